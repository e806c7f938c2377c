# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Packets of connections for ct_sequences.py: IPv4 and IPv6 with TCP, UDP and ICMP.

A packet is bytes from its IP header on, and tells who it is by its identification
(IPv4) or flow label (IPv6), which is written last: so one capture of many packets says
which became what. Checksums are right unless a sequence breaks them itself."""
import ipaddress
import struct

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}

# Options of TCP, as both ends send them with SYN.
MSS = struct.pack("!BBH", 2, 4, 1460)
SACK_OK = b"\x04\x02"
NOP = b"\x01"


def scale(shift):
    return NOP + struct.pack("!BBB", 3, 3, shift)


def csum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def raw(address):
    return ipaddress.ip_address(address).packed


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def ip(src, dst, proto, payload, ttl=64):
    """src, dst as text."""
    src, dst = raw(src), raw(dst)
    if len(src) == 16:
        return struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) + src + dst + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, ttl, proto, 0)
    return finish_ip4(head + src + dst + payload)


def finish_ip4(packet):
    head = packet[:10] + b"\0\0" + packet[12:20]
    return head[:10] + struct.pack("!H", csum(head)) + head[12:] + packet[20:]


def named(packet, ident):
    """The packet with its name written into it."""
    if packet[0] >> 4 == 6:
        return struct.pack("!I", 6 << 28 | ident) + packet[4:]
    return finish_ip4(packet[:4] + struct.pack("!H", ident) + packet[6:])


def name_of(packet):
    if packet[0] >> 4 == 6:
        return struct.unpack("!I", packet[:4])[0] & 0xFFFFF
    return struct.unpack("!H", packet[4:6])[0]


def dscp_of(packet):
    if packet[0] >> 4 == 6:
        return struct.unpack("!H", packet[:2])[0] >> 6 & 0x3F
    return packet[1] >> 2


def with_csum(src, dst, proto, segment, at):
    """The segment with its checksum, over the pseudo header too, at offset 'at'."""
    total = csum(pseudo(raw(src), raw(dst), proto, len(segment)) + segment)
    return segment[:at] + struct.pack("!H", total) + segment[at + 2:]


def flag_bits(flags):
    return sum(FLAGS[f] for f in flags)


def tcp(ends, flags, seq, ack, win=8192, options=b"", payload=b""):
    """ends: (source address, source port, destination address, destination port)"""
    src, sport, dst, dport = ends
    options += NOP * (-len(options) % 4)
    segment = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                          (5 + len(options) // 4) << 4, flag_bits(flags), win, 0, 0)
    return ip(src, dst, TCP, with_csum(src, dst, TCP, segment + options + payload, 16))


def udp(ends, payload=b"data"):
    src, sport, dst, dport = ends
    segment = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return ip(src, dst, UDP, with_csum(src, dst, UDP, segment, 6))


def icmp(src, dst, kind, code, rest, payload=b""):
    """rest: the four bytes behind the checksum"""
    message = struct.pack("!BBH", kind, code, 0) + rest + payload
    if ":" in src:
        return ip(src, dst, ICMPV6, with_csum(src, dst, ICMPV6, message, 2))
    return ip(src, dst, ICMP, message[:2] + struct.pack("!H", csum(message)) + message[4:])


def echo(src, dst, ident, number, answer=False):
    kind = {False: 128, True: 129} if ":" in src else {False: 8, True: 0}
    return icmp(src, dst, kind[answer], 0, struct.pack("!HH", ident, number), b"ping")


def icmp_error(src, dst, kind, code, about, rest=b"\0\0\0\0"):
    """about: the packet that could not be delivered; as much of it as a router quotes"""
    head = 40 if about[0] >> 4 == 6 else 20
    return icmp(src, dst, kind, code, rest, about[:head + 8])
