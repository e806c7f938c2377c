#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What guests see: one packet goes in, and every guest tells what it has got.

guests.py SWITCH GUEST...
    Reads a line a request, answers with a line. A guest is PORT=NETNS:DEV, or just
    PORT, whose name space below /run/netns has that name, and the device is eth0.
    The daemon is asked, through $XVS_RUNDIR/xvsd.sock, whether a packet that a port
    of SWITCH received is disposed of.

    step FROM FRAME | GUEST FRAME | GUEST FRAME ...
        FROM sends FRAME. Then everybody has got just the frames that are named
        behind the bars, byte for byte, each guest's in this order: "ok". Else
        "not ok ..." with what was got instead. For FRAME "=" is the frame that was
        sent, and "*" any frame.
    burst N FROM FRAME
        N times the same frame. "GUEST=N ..." says how many each got.
    send FROM FRAME
        and no more.

A frame is written as layers, each with KEY=VALUE,... where it differs from the
cast; what follows a layer, lengths and checksums are derived:

    eth:src=,dst=  type:0x88b5  vlan:vid=,pcp=,tpid=  mpls:label=,tc=,bos=,ttl=
    arp:op=,sha=,spa=,tha=,tpa=  ip:src=,dst=,ttl=,tos=,proto=,frag=,id=
    ip6:src=,dst=,hlim=,tc=,label=,next=  tcp:src=,dst=,flags=  udp:src=,dst=
    sctp:src=,dst=  icmp:type=,code=  icmp6:type=,code=
    ns:target=,sll=  na:target=,tll=  data:BYTES

How long nothing comes is not waited for. A packet is disposed of when the
port's counters add up; then a marker is sent the same way, by a rule that the
script has made (`dl_type=0x88b7,actions=all`), and what comes before it counts.
"""
import ctypes
import json
import os
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True  # the tree stays as it is
from frames import csum, listener, mac, receive  # noqa: E402

MARKER = 0x88B7
PATIENCE = 5.0
CLONE_NEWNET = 0x40000000

MAC1, MAC2 = "02:00:00:00:00:01", "02:00:00:00:00:02"
TYPES = {"arp": 0x806, "ip": 0x800, "ip6": 0x86DD, "mpls": 0x8847}
PROTOS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmp6": 58, "ns": 58, "na": 58}


# ---------------------------------------------------------------- frames

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def number(opts, key, default):
    return int(opts.get(key, str(default)), 0)


def ethertype(layer):
    kind, opts, arg = layer
    if kind == "type":
        return int(arg, 0)
    if kind == "vlan":
        return number(opts, "tpid", 0x8100)
    if kind == "mpls" and "type" in opts:
        return int(opts["type"], 0)
    return TYPES[kind]


def parse(spec):
    """[(kind, options, argument)] of "eth ip:ttl=3 udp data:20"."""
    layers = []
    for word in spec.split():
        kind, _, arg = word.partition(":")
        opts = dict(o.split("=", 1) for o in arg.split(",") if "=" in o)
        layers.append((kind, opts, arg))
    if not layers or layers[0][0] != "eth":
        layers.insert(0, ("eth", {}, ""))
    return layers


def l4(kind, opts, body, pseudo):
    """A header of its own checksum over 'body'."""
    sport, dport = number(opts, "src", 40000), number(opts, "dst", 80)
    if kind == "sctp":
        head = struct.pack("!HHI", sport, dport, 0xDEADBEEF)
        return head + struct.pack("<I", crc32c(head + b"\0\0\0\0" + body)) + body
    if kind == "tcp":
        head, at = struct.pack("!HHIIHHHH", sport, dport, 1, 2,
                               5 << 12 | number(opts, "flags", 0x10), 65000, 0, 0), 16
    elif kind == "udp":
        head, at = struct.pack("!HHHH", sport, dport, 8 + len(body), 0), 6
    elif kind in ("ns", "na"):
        head = struct.pack("!BBHI", 135 if kind == "ns" else 136, 0, 0, 0)
        head += socket.inet_pton(socket.AF_INET6, opts.get("target", "2001:db8::9"))
        option = opts.get("sll" if kind == "ns" else "tll")
        head += (struct.pack("!BB", 1 if kind == "ns" else 2, 1) + mac(option)) if option else b""
        at = 2
    else:
        head, at = struct.pack("!BBHHH", number(opts, "type", 8 if kind == "icmp" else 128),
                               number(opts, "code", 0), 0, 7, 1), 2
    packet = head + body
    check = csum((b"" if kind == "icmp" else pseudo(len(packet))) + packet)
    if kind == "udp" and not check:
        check = 0xFFFF
    return packet[:at] + struct.pack("!H", check) + packet[at + 2:]


def ip(opts, proto, rest, next_layers):
    src = socket.inet_aton(opts.get("src", "10.0.0.1"))
    dst = socket.inet_aton(opts.get("dst", "10.0.0.2"))
    proto = number(opts, "proto", proto)
    body = rest(next_layers, lambda n: src + dst + struct.pack("!BBH", 0, proto, n))

    def header(check):
        return struct.pack("!BBHHHBBH4s4s", 0x45, number(opts, "tos", 0), 20 + len(body),
                           number(opts, "id", 1), number(opts, "frag", 0),
                           number(opts, "ttl", 64), proto, check, src, dst)
    return header(csum(header(0))) + body


def ip6(opts, proto, rest, next_layers):
    src = socket.inet_pton(socket.AF_INET6, opts.get("src", "2001:db8::1"))
    dst = socket.inet_pton(socket.AF_INET6, opts.get("dst", "2001:db8::2"))
    proto = number(opts, "next", proto)
    body = rest(next_layers, lambda n: src + dst + struct.pack("!II", n, proto))
    hlim = 255 if next_layers and next_layers[0][0] in ("ns", "na") else 64
    first = 6 << 28 | number(opts, "tc", 0) << 20 | number(opts, "label", 0)
    return struct.pack("!IHBB", first, len(body), proto, number(opts, "hlim", hlim)) + src + dst + \
        body


def build(layers, pseudo=None):
    if not layers:
        return b""
    (kind, opts, arg), rest = layers[0], layers[1:]
    if kind == "eth":
        return mac(opts.get("dst", MAC2)) + mac(opts.get("src", MAC1)) + \
            struct.pack("!H", ethertype(rest[0])) + build(rest)
    if kind == "type":
        return build(rest)
    if kind == "vlan":
        return struct.pack("!HH", number(opts, "pcp", 0) << 13 | number(opts, "vid", 0),
                           ethertype(rest[0])) + build(rest)
    if kind == "mpls":
        bottom = number(opts, "bos", 0 if rest and rest[0][0] == "mpls" else 1)
        return struct.pack("!I", number(opts, "label", 16) << 12 | number(opts, "tc", 0) << 9 |
                           bottom << 8 | number(opts, "ttl", 64)) + build(rest)
    if kind == "arp":
        return struct.pack("!HHBBH", 1, 0x800, 6, 4, number(opts, "op", 1)) + \
            mac(opts.get("sha", MAC1)) + socket.inet_aton(opts.get("spa", "10.0.0.1")) + \
            mac(opts.get("tha", "00:00:00:00:00:00")) + \
            socket.inet_aton(opts.get("tpa", "10.0.0.2")) + build(rest)
    if kind in ("ip", "ip6"):
        proto = PROTOS.get(rest[0][0], 255) if rest else 255
        return (ip if kind == "ip" else ip6)(opts, proto, build, rest)
    if kind == "data":
        return bytes((i * 7 + 1) & 255 for i in range(int(arg)))
    return l4(kind, opts, build(rest), pseudo)


def frame_of(spec):
    return build(parse(spec))


# ---------------------------------------------------------------- guests

class Guest:
    """A raw socket in another name space; the caller's own stays."""

    def __init__(self, spec):
        self.name, _, place = spec.partition("=")
        netns, _, dev = (place or self.name + ":eth0").partition(":")
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net") as own, open("/run/netns/" + netns) as theirs:
            if libc.setns(theirs.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns " + netns)
            self.sock = listener(dev)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            libc.setns(own.fileno(), CLONE_NEWNET)

    def receive(self, deadline):
        """The next frame that comes in; None: too late."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            frame = receive(self.sock, left)
            if frame is not None:
                return frame

    def until_marker(self, marker):
        """What came before 'marker'."""
        frames, deadline = [], time.monotonic() + PATIENCE
        while True:
            frame = self.receive(deadline)
            if frame is None:
                raise RuntimeError("%s: the marker did not come" % self.name)
            if frame == marker:
                return frames
            if frame[12:14] != struct.pack("!H", MARKER):
                frames.append(frame)


class Switch:
    """The daemon's counters, asked over its socket."""

    def __init__(self, name):
        self.name = name
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ["XVS_RUNDIR"] + "/xvsd.sock")
        self.file = self.sock.makefile("rb")

    def ask(self, method, *args):
        self.sock.sendall(json.dumps({"method": method, "params": {"args": args}}).encode() + b"\n")
        reply = json.loads(self.file.readline())
        if "error" in reply:
            raise RuntimeError(reply["error"]["message"])
        return reply["result"]

    def port(self, name):
        return self.ask("port.show", self.name, name)[0]

    def disposed_of(self, port, rx):
        p = self.port(port)
        return p["rx_packets"] >= rx and p["upcalls"] == p["upcalls_done"]


class Room:
    def __init__(self, switch, specs):
        self.switch = Switch(switch)
        self.guests = {guest.name: guest for guest in map(Guest, specs)}
        self.n_markers = 0

    def send(self, sender, frame, count=1):
        """Returns when the switch has done with them."""
        rx = self.switch.port(sender)["rx_packets"] + count
        for _ in range(count):
            self.guests[sender].sock.send(frame)
        deadline = time.monotonic() + PATIENCE
        while not self.switch.disposed_of(sender, rx):
            if time.monotonic() > deadline:
                raise RuntimeError("%s: the switch has not done with the packet" % sender)

    def collect(self):
        """What each has got up to now. A marker goes to all but its sender, so that
        two senders reach all; a port that is blocked gets none, and nothing else."""
        got = {name: [] for name in self.guests}
        states = {p["name"]: p["state"] for p in self.switch.ask("port.show", self.switch.name)}
        names = [name for name in self.guests if states[name] == "up"]
        for sender in names[:2]:
            self.n_markers += 1
            marker = frame_of("eth:dst=ff:ff:ff:ff:ff:ff type:%#x data:46" % MARKER)
            marker = marker[:14] + struct.pack("!I", self.n_markers) + marker[18:]
            self.guests[sender].sock.send(marker)
            for name in names:
                if name != sender:
                    got[name] += self.guests[name].until_marker(marker)
        return got

    def step(self, text):
        first, *outs = (part.strip() for part in text.split("|"))
        sender, _, spec = first.partition(" ")
        sent = frame_of(spec)
        want = {name: [] for name in self.guests}
        for out in outs:
            name, _, spec = out.partition(" ")
            spec = spec.strip()
            want[name].append(sent if spec == "=" else None if spec == "*" else frame_of(spec))
        self.send(sender, sent)
        return compare(self.collect(), want)

    def burst(self, text):
        count, sender, spec = text.split(" ", 2)
        self.send(sender, frame_of(spec), int(count))
        return " ".join("%s=%d" % (name, len(got)) for name, got in self.collect().items())

    def request(self, line):
        verb, _, text = line.partition(" ")
        if verb == "step":
            return self.step(text)
        if verb == "burst":
            return self.burst(text)
        if verb == "send":
            sender, _, spec = text.partition(" ")
            self.send(sender, frame_of(spec))
            return "ok"
        return "not ok unknown request " + verb


def compare(got, want):
    for name, frames in want.items():
        if len(got[name]) != len(frames):
            return "not ok %s got %d frames, want %d: %s" % (
                name, len(got[name]), len(frames), " ".join(f.hex() for f in got[name]))
        for g, w in zip(got[name], frames):
            if w is not None and g != w:
                return "not ok %s got %s want %s" % (name, g.hex(), w.hex())
    return "ok"


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    room = Room(sys.argv[1], sys.argv[2:])
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            print(room.request(line.strip()), flush=True)
        except (RuntimeError, KeyError, ValueError, IndexError) as e:
            print("not ok %s: %s" % (type(e).__name__, e), flush=True)


main()
