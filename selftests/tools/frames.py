#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Frames that the kernel's stack would not make, sent and captured as they are.

frames.py send DEV [key=value ...]
    dst= src=            MAC addresses
    vlan=VID[/PCP]       a tag (repeat for more; TPID:VID[/PCP] for another TPID)
    type=0x88b5          EtherType, with payload=TEXT
    udp=IP:PORT-IP:PORT  an IPv4 UDP packet instead, with payload=TEXT, ttl=N
    arp=IP-IP            an ARP request instead (sender, target)
    count=N gap_ms=N     how many, how far apart
frames.py capture DEV [count=N] [seconds=S] [type=0x88b5] [text=TEXT]
    prints "ready", then a line a frame that comes in: DST SRC [vlan VID/PCP ...] TYPE PAYLOAD
    A tag that the kernel keeps beside the frame is put back. Succeeds when 'count' came.
frames.py garbage DEV [count=N] [seed=N]
    random and half-right frames; the seed is printed
"""
import random
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6
VLAN_TPIDS = (0x8100, 0x88A8, 0x9100)


def mac(text):
    return bytes(int(b, 16) for b in text.split(":"))


def mac_text(raw):
    return ":".join("%02x" % b for b in raw)


def csum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(src, dst, proto, payload, ttl=64):
    def header(check):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, ttl, proto, check,
                           socket.inet_aton(src), socket.inet_aton(dst))
    return header(csum(header(0))) + payload


def udp(spec, payload, ttl):
    (src, sport), (dst, dport) = (end.split(":") for end in spec.split("-"))
    length = 8 + len(payload)
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, 17, length)
    ports = struct.pack("!HHH", int(sport), int(dport), length)
    check = csum(pseudo + ports + b"\0\0" + payload) or 0xFFFF
    return ipv4(src, dst, 17, ports + struct.pack("!H", check) + payload, ttl)


def tag(text):
    tpid, _, rest = text.rpartition(":")
    vid, _, pcp = rest.partition("/")
    return struct.pack("!HH", int(tpid, 0) if tpid else 0x8100, int(pcp or 0) << 13 | int(vid))


def build(opts, tags):
    src = mac(opts.get("src", "02:00:00:00:00:aa"))
    eth = mac(opts.get("dst", "ff:ff:ff:ff:ff:ff")) + src + b"".join(tag(t) for t in tags)
    payload = opts.get("payload", "").encode()
    if "udp" in opts:
        frame = eth + b"\x08\x00" + udp(opts["udp"], payload, int(opts.get("ttl", 64)))
    elif "arp" in opts:
        spa, tpa = opts["arp"].split("-")
        frame = (eth + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + src +
                 socket.inet_aton(spa) + bytes(6) + socket.inet_aton(tpa))
    else:
        frame = eth + struct.pack("!H", int(opts.get("type", "0x88b5"), 0)) + payload
    return frame + bytes(max(0, 60 - len(frame)))


def raw_socket(dev, protocol=0):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((dev, protocol))
    return s


def listener(dev):
    """For receive()."""
    s = raw_socket(dev, ETH_P_ALL)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return s


def send(dev, opts, tags):
    s = raw_socket(dev)
    frame = build(opts, tags)
    for i in range(int(opts.get("count", 1))):
        if i:
            time.sleep(int(opts.get("gap_ms", 0)) / 1000)
        s.send(frame)


def with_tag(frame, ancillary):
    for level, kind, data in ancillary:
        if level != SOL_PACKET or kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
        if status & TP_STATUS_VLAN_VALID:
            tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
            frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def receive(s, seconds):
    """The next frame of a listener(), its tag put back; None: nothing came in."""
    s.settimeout(seconds)
    try:
        frame, ancillary, _, address = s.recvmsg(70000, 256)
    except socket.timeout:
        return None
    return None if address[2] == PACKET_OUTGOING else with_tag(frame, ancillary)


def describe(frame):
    words, at = [mac_text(frame[:6]), mac_text(frame[6:12])], 12
    kind = struct.unpack_from("!H", frame, at)[0]
    while kind in VLAN_TPIDS and len(frame) >= at + 6:
        tci = struct.unpack_from("!H", frame, at + 2)[0]
        words.append("vlan %d/%d" % (tci & 0xFFF, tci >> 13))
        at += 4
        kind = struct.unpack_from("!H", frame, at)[0]
    text = "".join(chr(b) if 32 < b < 127 else "." for b in frame[at + 2:].rstrip(b"\0"))
    return kind, " ".join(words + ["0x%04x" % kind, text])


def capture(dev, opts):
    """Frames until there are enough or 'seconds' are over: from now on, or, with
    go=signal, from a SIGUSR1 on, so that a slow sender does not eat up the time."""
    want = int(opts.get("count", 1))
    only = int(opts["type"], 0) if "type" in opts else None
    seconds = float(opts.get("seconds", 2))
    deadline = time.monotonic() + seconds

    def go(*_):
        nonlocal deadline
        deadline = time.monotonic() + seconds

    if opts.get("go") == "signal":
        deadline += 20
        signal.signal(signal.SIGUSR1, go)
    s = listener(dev)
    print("ready", flush=True)
    while want > 0:
        left = deadline - time.monotonic()
        if left <= 0:
            return 1
        # Short, as the deadline may come nearer meanwhile.
        frame = receive(s, min(left, 0.1))
        if frame is None:
            continue
        kind, line = describe(frame)
        if (only is None or kind == only) and opts.get("text", "") in line:
            print(line, flush=True)
            want -= 1
    # The signal may still come while the interpreter ends, which would kill it.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    return 0


def garbage_frame(rng):
    """Random bytes behind headers that are right often enough to get deep."""
    frame = bytearray(rng.choice((b"\xff" * 6, b"\x02" + rng.randbytes(5))) +
                      b"\x02" + rng.randbytes(5))
    for _ in range(rng.choice((0, 0, 0, 1, 2, 3))):
        frame += struct.pack("!HH", rng.choice(VLAN_TPIDS), rng.getrandbits(16))
    kind = rng.choice((0x0800, 0x0800, 0x86DD, 0x86DD, 0x0806, 0x8847, 0x8035, 100,
                       rng.getrandbits(16)))
    frame += struct.pack("!H", kind)
    body = bytearray(rng.randbytes(rng.choice((0, 1, 8, 19, 20, 28, 39, 40, 48, 64, 200, 1400))))
    if kind == 0x0800 and len(body) >= 20:
        body[0] = rng.choice((0x45, 0x45, 0x46, 0x4F, 0x44, 0x65))
        body[2:4] = struct.pack("!H", rng.choice((len(body), len(body), 20, 65535, 0)))
        body[6:8] = rng.choice((b"\0\0", b"\x20\0", b"\0\x01", b"\x40\0"))
        body[9] = rng.choice((1, 2, 6, 17, 47, 58, 132, 255))
    elif kind == 0x86DD and len(body) >= 40:
        body[0] = rng.choice((0x60, 0x60, 0x40))
        body[4:6] = struct.pack("!H", rng.choice((len(body) - 40, len(body) - 40, 0, 65535)))
        body[6] = rng.choice((0, 6, 17, 43, 44, 51, 58, 59, 60, 132))
        for at in range(40, len(body) - 8, 8):
            body[at] = rng.choice((0, 6, 17, 43, 44, 51, 58, 60))
            body[at + 1] = rng.choice((0, 0, 0, 1, 255))
    frame += body
    return bytes(frame[:rng.randrange(14, len(frame) + 1)]) if rng.random() < 0.3 else bytes(frame)


def garbage(dev, opts):
    seed = int(opts.get("seed", time.time_ns() & 0xFFFFFFFF))
    print("seed", seed, flush=True)
    rng, s, sent = random.Random(seed), raw_socket(dev), 0
    for _ in range(int(opts.get("count", 10000))):
        try:
            s.send(garbage_frame(rng))
            sent += 1
        except OSError:
            pass
    print("sent", sent, flush=True)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("send", "capture", "garbage"):
        sys.exit(__doc__)
    words = [w.partition("=") for w in sys.argv[3:]]
    opts = {k: v for k, _, v in words if k != "vlan"}
    tags = [v for k, _, v in words if k == "vlan"]
    if sys.argv[1] == "send":
        return send(sys.argv[2], opts, tags)
    return {"capture": capture, "garbage": garbage}[sys.argv[1]](sys.argv[2], opts)


if __name__ == "__main__":
    sys.exit(main())
