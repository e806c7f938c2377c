# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sequences of packets of which two connection trackers shall think the same.

A sequence has a client's address of its own, 10.1.a.b or fd01::n, so that its
connections are its own too; servers are at 10.2.0.1 and fd02::1. The packets of one are
sent in order, each after what the one before did."""
import random
import re
import struct
import zlib

import ct_packets as p

SERVER = {4: "10.2.0.1", 6: "fd02::1"}
ROUTER = {4: "10.2.0.77", 6: "fd02::77"}
SYN_OPTIONS = p.MSS + p.SACK_OK + p.scale(7)


class Sequence:
    """name; packets: (from the server, text, bytes) in order"""

    def __init__(self, name, number, family=4):
        self.name, self.number, self.family = name, number, family
        self.client = ("10.1.%d.%d" % (number >> 8, number & 255) if family == 4 else
                       "fd01::%x" % (number + 1))
        self.server = SERVER[family]
        self.sport, self.dport = 20000 + number, 80
        self.packets = []
        rng = random.Random(zlib.crc32(name.encode()))
        # Not near the wrap, but for the sequences that want it.
        self.isn = [rng.randrange(1 << 20, 1 << 30), rng.randrange(1 << 20, 1 << 30)]

    def ends(self, rpl):
        if rpl:
            return self.server, self.dport, self.client, self.sport
        return self.client, self.sport, self.server, self.dport

    def add(self, rpl, text, packet):
        self.packets.append((rpl, ("< " if rpl else "> ") + text, packet))
        return packet

    def tcp(self, rpl, flags, seq=0, ack=0, n=0, win=8192, options=b""):
        """seq and ack count from the two ends' initial numbers."""
        return self.add(rpl, "%s seq=%d ack=%d len=%d win=%d" % (flags or "none", seq, ack, n, win),
                        p.tcp(self.ends(rpl), flags, self.isn[rpl] + seq,
                              self.isn[not rpl] + ack if "A" in flags else 0,
                              win, options, b"x" * n))

    def line(self, text):
        """Segments as text: "> S, < SA 0 1, > A 1 1 100": direction, flags, seq, ack,
        length, window. SYN and SYN/ACK have the usual options; "-" flags: none."""
        for word in text.split(","):
            word = word.split()
            flags = word[1].replace("-", "")
            numbers = [int(n) for n in word[2:]] + [0, 0, 0, 8192][len(word) - 2:]
            self.tcp(word[0] == "<", flags, *numbers,
                     options=SYN_OPTIONS if "S" in flags else b"")
        return self

    def udp(self, rpl, payload=b"data"):
        return self.add(rpl, "udp", p.udp(self.ends(rpl), payload))

    def echo(self, rpl, ident, number, answer=False):
        src, _, dst, _ = self.ends(rpl)
        return self.add(rpl, "echo %s id=%d" % ("reply" if answer else "request", ident),
                        p.echo(src, dst, ident, number, answer))

    def error(self, rpl, kind, code, about, router=False):
        src, _, dst, _ = self.ends(rpl)
        src = ROUTER[self.family] if router else src
        return self.add(rpl, "icmp error %d/%d" % (kind, code),
                        p.icmp_error(src, dst, kind, code, about))


HANDSHAKE = "> S, < SA 0 1, > A 1 1"

# name: segments
TCP_LINES = {
    "open-data-close-by-client": HANDSHAKE + ", > PA 1 1 100, < A 1 101, < PA 1 101 500,"
    "> A 101 501, > FA 101 501, < A 501 102, < FA 501 102, > A 102 502, > A 102 502",
    "open-data-close-by-server": HANDSHAKE + ", > PA 1 1 100, < PA 1 101 500, < FA 501 101,"
    "> A 101 502, > FA 101 502, < A 502 102, < A 502 102",
    "close-at-once": HANDSHAKE + ", > FA 1 1, < FA 1 1, < A 2 2, > A 2 2",
    "close-in-three": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2",
    "half-close-with-data": HANDSHAKE + ", > FA 1 1, < A 1 2, < PA 1 2 1000, > A 2 1001,"
    "< PA 1001 2 1000, > A 2 2001, < FA 2001 2, > A 2 2002",
    "simultaneous-open": "> S, < S, > SA 0 1, < SA 0 1, > A 1 1, < A 1 1, > PA 1 1 10, < A 1 11",
    "simultaneous-open-one-answer": "> S, < S, > SA 0 1, < A 1 1, > A 1 1",
    "split-handshake": "> S, < A 0 1, < S 0 0, > SA 0 1, < A 1 1, > A 1 1",
    "syn-again": "> S, > S, > S, < SA 0 1, > A 1 1",
    "syn-again-after-syn-ack": "> S, < SA 0 1, > S, < SA 0 1, > A 1 1",
    "syn-ack-again": "> S, < SA 0 1, < SA 0 1, > A 1 1, < SA 0 1, > A 1 1",
    "syn-ack-acks-too-much": "> S, < SA 0 5, > R 5, > S, < SA 0 1, > A 1 1",
    "syn-ack-acks-nothing": "> S, < SA 0 0, < SA 0 1, > A 1 1",
    "syn-then-other-syn": "> S, > S 5000, < SA 0 5001, > A 5001 1",
    "refused": "> S, < RA 0 1, > S",
    "refused-by-wrong-ack": "> S, < RA 0 7, < SA 0 1, > A 1 1",
    "refused-then-open": "> S, < RA 0 1, > S 9000, < SA 0 9001, > A 9001 1",
    "rst-without-ack-to-syn": "> S, < R 0, < SA 0 1, > A 1 1",
    "client-resets-syn": "> S, > R 1, < SA 0 1",
    "client-resets-syn-ack": "> S, < SA 0 1, > R 1, > S 100",
    "rst-by-client": HANDSHAKE + ", > R 1, < A 1 1, > A 1 1",
    "rst-by-server": HANDSHAKE + ", < R 1, > A 1 1, < R 1",
    "rst-ack-by-client": HANDSHAKE + ", > PA 1 1 10, > RA 11 1, < A 1 11",
    "rst-ack-by-server": HANDSHAKE + ", > PA 1 1 10, < RA 1 11, > A 11 1",
    "rst-in-window": HANDSHAKE + ", > PA 1 1 10, < A 1 11, < R 500, > A 11 1, < A 1 11",
    "rst-out-of-window": HANDSHAKE + ", > PA 1 1 10, < A 1 11, < R 900000000, > PA 11 1 10, < A 1 21",
    "rst-before-window": HANDSHAKE + ", > PA 1 1 10, < PA 1 11 10, > A 11 11, < R 2, > PA 11 11 5, < A 11 16",
    "rst-before-window-client": HANDSHAKE + ", > PA 1 1 1000, < A 1 1001, > R 3, < PA 1 1001 5",
    "rst-ack-out-of-window": HANDSHAKE + ", < RA 900000000 1, > PA 1 1 10, < A 1 11",
    "challenge-ack": HANDSHAKE + ", > PA 1 1 10, < A 1 11, > S 700000, < A 1 11, > R 11, > S 700000",
    "syn-in-established": HANDSHAKE + ", > S 5, < A 1 1, > PA 1 1 5, < A 1 6",
    "server-syn-in-established": HANDSHAKE + ", < S 77, > A 1 1, < PA 1 1 5",
    "syn-ack-by-client": HANDSHAKE + ", > SA 0 1, < A 1 1",
    "client-syn-ack-first": "> SA 0 1, < R 1, > S, < SA 0 1, > A 1 1",
    "server-first-syn-ack": "< SA 0 1, > R 1",
    "mid-stream-ack": "> A 1 1, < A 1 1, > PA 1 1 100, < A 1 101, < PA 1 101 50",
    "mid-stream-data": "> PA 1 1 100, < PA 1 101 100, > A 101 101",
    "mid-stream-by-server": "< PA 1 1 100, > A 1 101, < PA 101 1 100, > PA 1 201 10",
    "mid-stream-data-large": "> PA 1 1 1000, < A 1 1001, > PA 5001 1 1000, < A 1 6001,"
    "> PA 40001 1 1000, < A 1 41001",
    "mid-stream-fin": "> FA 1 1, < FA 1 2, > A 2 2",
    "mid-stream-rst": "> R 1, > RA 1 1, > A 1 1",
    "mid-stream-close": "> A 1 1, < A 1 1, > FA 1 1, < FA 1 2, > A 2 2",
    "data-again": HANDSHAKE + ", > PA 1 1 100, > PA 1 1 100, < A 1 101, > PA 1 1 100, < A 1 101",
    "data-overlaps": HANDSHAKE + ", > PA 1 1 100, > PA 51 1 100, < A 1 151",
    "data-out-of-order": HANDSHAKE + ", > PA 101 1 100, < A 1 1, > PA 1 1 100, < A 1 201",
    "keep-alive": HANDSHAKE + ", > PA 1 1 10, < A 1 11, > A 10 1, < A 1 11, < A 0 11, > A 11 1",
    "keep-alive-with-byte": HANDSHAKE + ", > PA 1 1 10, < A 1 11, > A 10 1 1, < A 1 11",
    "zero-window": HANDSHAKE + ", > PA 1 1 100, < A 1 101 0 0, > A 100 1 1, < A 1 101 0 0,"
    "< A 1 101 0 100, > PA 101 1 50",
    "window-probe": HANDSHAKE + ", < A 1 1 0 0, > PA 1 1 1, < A 1 2 0 64, > PA 2 1 1000",
    "before-window": HANDSHAKE + ", > PA 1 1 1000, < A 1 1001, > PA -900000000 1 100, > PA 1001 1 5",
    "behind-window": HANDSHAKE + ", > PA 900000000 1 100, > PA 1 1 100, < A 1 101",
    "acks-unsent": HANDSHAKE + ", > A 1 900000000, > A 1 1, < A 1 900000000, < A 1 1",
    "acks-long-ago": HANDSHAKE + ", < PA 1 1 1000, > A 1 1001, > A 1 -900000000, > A 1 1001",
    "acks-a-bit-too-much": HANDSHAKE + ", > A 1 2, > A 1 1, < A 1 40, < A 1 1",
    "fin-out-of-window": HANDSHAKE + ", > FA 900000000 1, > A 1 1, < A 1 1",
    "fin-again": HANDSHAKE + ", > FA 1 1, > FA 1 1, < FA 1 2, < FA 1 2, > A 2 2, > A 2 2",
    "fin-without-ack": HANDSHAKE + ", > F 1, > FA 1 1, < A 1 2",
    "data-after-fin": HANDSHAKE + ", > FA 1 1, > PA 2 1 100, < A 1 2",
    "data-after-close": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2, > PA 2 2 10, < PA 2 2 10",
    "rst-after-close": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2, < R 2, > R 2",
    "reopen-in-time-wait": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2, > S 100000, < SA 90000 100001,"
    "> A 100001 90001, > PA 100001 90001 9",
    "reopen-in-time-wait-older": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2, > S -5000, < SA 90000 -4999",
    "reopen-by-server-in-time-wait": HANDSHAKE + ", > FA 1 1, < FA 1 2, > A 2 2, < S 100000,"
    "> SA 90000 100001, < A 100001 90001",
    "reopen-after-rst": HANDSHAKE + ", < R 1, > S 100000, < SA 90000 100001, > A 100001 90001",
    "reopen-in-last-ack": HANDSHAKE + ", > FA 1 1, < FA 1 2, > S 100000, < A 2 2, > R 2",
    "reopen-in-fin-wait": HANDSHAKE + ", > FA 1 1, > S 100000, < A 1 2, < FA 1 2",
    "flags-none": "> -, > S, < SA 0 1, > A 1 1, > -, < -",
    "flags-syn-fin": "> SF, > S, < SA 0 1, > SF, > A 1 1, < SF",
    "flags-syn-rst": "> SR, > S, < SR, < SA 0 1, > A 1 1",
    "flags-fin-rst": HANDSHAKE + ", > FRA 1 1, > A 1 1",
    "flags-xmas": "> FPU 0, > S, < SA 0 1, > A 1 1, > FPU 1, < FPUA 1 1",
    "flags-all": "> FSRPAU, > S, < SA 0 1, > FSRPAU 1 1",
    "flags-push-only": HANDSHAKE + ", > P 1 0 10, > PA 1 1 10, < U 1, < A 1 11",
    "flags-urgent": HANDSHAKE + ", > UA 1 1 10, < A 1 11, > PUA 11 1 10, < A 1 21",
    "flags-urgent-syn": "> SU, < SA 0 1, > A 1 1",
    "ecn": "> SEC, < SAE 0 1, > A 1 1, > PAE 1 1 10, < AC 1 11",
    "syn-with-data": "> S 0 0 100, < SA 0 101, > A 101 1",
    "syn-with-data-not-taken": "> S 0 0 100, < SA 0 1, > A 1 1 100, < A 1 101",
    "syn-ack-with-data": "> S, < SA 0 1 100, > A 1 101, > PA 1 101 5",
    "last-ack-with-data": "> S, < SA 0 1, > PA 1 1 200, < A 1 201",
    "last-ack-is-fin": "> S, < SA 0 1, > FA 1 1, < FA 1 2, > A 2 2",
    "ack-before-syn-ack": "> S, > A 1 1, < SA 0 1, > A 1 1",
    "data-before-syn-ack": "> S, > PA 1 1 5, < SA 0 1, > A 1 1",
    "fin-before-syn-ack": "> S, > FA 1 1, < SA 0 1",
    "server-data-before-ack": "> S, < SA 0 1, < PA 1 1 100, > A 1 101",
    "server-fin-before-ack": "> S, < SA 0 1, < FA 1 1, > A 1 2, > FA 1 2, < A 2 2",
    "server-acks-syn": "> S, < A 1 1, < SA 0 1, > A 1 1",
}

# State: how it is come to, and what its next numbers are (client's, server's).
PREFIXES = {
    "none": ("", 0, 0),
    "syn-sent": ("> S", 1, 0),
    "syn-sent2": ("> S, < S", 1, 1),
    "syn-recv": ("> S, < SA 0 1", 1, 1),
    "established": (HANDSHAKE, 1, 1),
    "fin-wait": (HANDSHAKE + ", > FA 1 1", 2, 1),
    "close-wait": (HANDSHAKE + ", > FA 1 1, < A 1 2", 2, 1),
    "last-ack": (HANDSHAKE + ", > FA 1 1, < A 1 2, < FA 1 2", 2, 2),
    "time-wait": (HANDSHAKE + ", > FA 1 1, < A 1 2, < FA 1 2, > A 2 2", 2, 2),
    "close": (HANDSHAKE + ", < R 1", 1, 1),
}
EACH_FLAGS = ("S", "SA", "A", "PA", "FA", "R", "RA", "F", "-", "SF")


def tcp_each_flags(make):
    """Each state x flags x direction, and what the other two segments then are."""
    for state, (prefix, client, server) in PREFIXES.items():
        for flags in EACH_FLAGS:
            for who, mine, other in ((">", client, server), ("<", server, client)):
                back = "<" if who == ">" else ">"
                n = 10 if flags == "PA" else 0
                after = mine + n + ("F" in flags) + ("S" in flags and mine == 0)
                seq = 0 if "S" in flags else mine
                text = ", ".join(filter(None, [
                    prefix, "%s %s %d %d %d" % (who, flags, seq, other, n),
                    "%s A %d %d" % (back, other, after),
                    "%s A %d %d" % (who, after, other)]))
                make("each/%s/%s%s" % (state, who, flags)).line(text)


def tcp_windows(make):
    """Scaled windows: what lies in them, at their edge and behind it."""
    for shift in (0, 1, 7, 14, 15):
        for far in (-1, 0, 1):
            seq = make("window/scale-%d%+d" % (shift, far))
            win = 1000
            options = p.MSS + p.scale(shift)
            seq.tcp(0, "S", win=win, options=options)
            seq.tcp(1, "SA", ack=1, win=win, options=options)
            seq.tcp(0, "A", 1, 1, win=win)
            seq.tcp(1, "A", 1, 1, win=win)
            edge = win << min(shift, 14)
            seq.tcp(0, "PA", 1 + edge + far - 10, 1, 10, win=win)
            seq.tcp(1, "A", 1, 1, win=win)
            seq.tcp(0, "PA", 1, 1, 100, win=win)
            seq.tcp(1, "A", 1, 101, win=win)
    seq = make("window/scale-by-one-end")
    seq.tcp(0, "S", win=1000, options=p.MSS + p.scale(7))
    seq.tcp(1, "SA", ack=1, win=1000, options=p.MSS)
    seq.line("> A 1 1 0 1000, < A 1 1 0 1000, > PA 900 1 100 1000, > PA 5000 1 100 1000, > A 1 1 0 1000")
    seq = make("window/sequence-wraps")
    seq.isn = [0xFFFFFF00, 0xFFFFFFF0]
    seq.line(HANDSHAKE + ", > PA 1 1 200, < A 1 201, > PA 201 1 200, < PA 1 401 100, > A 401 101,"
             "> FA 401 101, < FA 101 402, > A 402 102")


class Walk:
    """Two ends that mostly do what TCP does, in an order by chance: they repeat
    themselves, and now and then say what is wrong."""

    def __init__(self, seq, rng):
        self.seq, self.rng = seq, rng
        self.next = [0, 0]
        self.said = []

    def say(self, rpl, flags, seq, ack, n=0):
        win = self.rng.choice((8192, 8192, 8192, 65535))
        self.said.append((rpl, flags, seq, ack, n, win, SYN_OPTIONS if "S" in flags else b""))
        self.seq.tcp(*self.said[-1])

    def right(self, rpl):
        """What this end may say next."""
        flags = self.rng.choice(("A", "A", "PA", "PA", "PA", "FA")) if self.next[rpl] else \
            "SA" if self.next[not rpl] else "S"
        n = self.rng.choice((1, 10, 100, 1000)) if "P" in flags else 0
        self.say(rpl, flags, self.next[rpl], self.next[not rpl], n)
        self.next[rpl] += n + ("S" in flags) + ("F" in flags)

    def wrong(self, rpl):
        flags, ahead, acks = self.rng.choice((
            ("A", 1 << 30, 0), ("PA", 1 << 30, 0), ("FA", 1 << 29, 0), ("A", 0, 1000),
            ("A", 0, 1 << 30), ("SF", 0, 0), ("SR", 0, 0), ("", 0, 0), ("FPU", 0, 0),
            ("R", 1 << 30, 0), ("RA", 1 << 30, 0)))
        self.say(rpl, flags, self.next[rpl] + ahead, self.next[not rpl] + acks)

    def step(self):
        chance, rpl = self.rng.random(), self.rng.random() < 0.5
        if not self.said:
            self.right(False)
        elif not self.next[1] and chance < 0.7:
            self.right(True)
        elif chance < 0.15:
            self.say(*self.rng.choice(self.said)[:5])
        elif chance < 0.25:
            self.wrong(rpl)
        elif self.next[1]:
            self.right(rpl)
        else:
            self.say(False, "S", 0, 0)


def tcp_walks(make, seed, count):
    for i in range(count):
        walk = Walk(make("walk/%d" % i), random.Random("%s/%d" % (seed, i)))
        for _ in range(18):
            walk.step()


def udp_sequences(make, family):
    """make: a sequence by its name"""
    make("udp/one-way").udp(0)
    seq = make("udp/answered")
    for rpl in (0, 1, 0, 1, 1, 0):
        seq.udp(rpl)
    seq = make("udp/many-before-answer")
    for rpl in (0, 0, 0, 1, 0, 0):
        seq.udp(rpl)
    seq = make("udp/empty")
    for rpl in (0, 1, 0):
        seq.udp(rpl, b"")
    seq = make("udp/by-server")
    for rpl in (1, 0, 1):
        seq.udp(rpl)
    seq = make("udp/other-port-answers")
    seq.udp(0)
    seq.dport += 1
    seq.udp(1)
    seq.udp(0)
    for proto in (99, 253):
        seq = make("other/protocol-%d" % proto)
        for rpl in (0, 0, 1, 0):
            src, _, dst, _ = seq.ends(rpl)
            seq.add(rpl, "protocol %d" % proto, p.ip(src, dst, proto, b"whatever"))


def echo_sequences(make, family):
    seq = make("echo/answered")
    for number in range(3):
        seq.echo(0, 7, number)
        seq.echo(1, 7, number, answer=True)
    make("echo/answer-only").echo(1, 8, 0, answer=True)
    seq = make("echo/other-id-answers")
    seq.echo(0, 9, 0)
    seq.echo(1, 10, 0, answer=True)
    seq = make("echo/both-ask")
    for rpl in (0, 1, 0, 1):
        seq.echo(rpl, 11, 0)
        seq.echo(not rpl, 11, 0, answer=True)
    seq = make("echo/client-answers-itself")
    seq.echo(0, 12, 0)
    seq.echo(0, 12, 0, answer=True)
    if family == 4:
        for name, kind, answer in (("timestamp", 13, 14), ("information", 15, 16), ("mask", 17, 18)):
            seq = make("icmp/" + name)
            rest = struct.pack("!HH", 5, 1)
            for rpl in (0, 1, 0):
                src, _, dst, _ = seq.ends(rpl)
                seq.add(rpl, name, p.icmp(src, dst, answer if rpl else kind, 0, rest, bytes(12)))


# What is said of a packet, as (type, code): IPv4, IPv6
ERRORS = {
    "net-unreachable": ((3, 0), (1, 0)),
    "host-unreachable": ((3, 1), (1, 3)),
    "port-unreachable": ((3, 3), (1, 4)),
    "prohibited": ((3, 13), (1, 1)),
    "too-big": ((3, 4), (2, 0)),
    "time-exceeded": ((11, 0), (3, 0)),
    "parameter-problem": ((12, 0), (4, 0)),
    "source-quench": ((4, 0), None),
    "redirect": ((5, 1), None),
}


def error_sequences(make, family):
    for name, kinds in ERRORS.items():
        if kinds[family == 6] is None:
            continue
        kind, code = kinds[family == 6]
        for router in (False, True):
            seq = make("error/%s%s" % (name, "-by-router" if router else ""))
            first = seq.udp(0)
            seq.error(1, kind, code, first, router)
            seq.error(1, kind, code, first, router)
            seq.udp(0)
            seq.udp(1)
    kind, code = ERRORS["port-unreachable"][family == 6]
    seq = make("error/by-client")
    seq.udp(0)
    seq.error(0, kind, code, seq.udp(1))
    seq.udp(0)
    seq = make("error/about-tcp")
    syn = seq.tcp(0, "S", options=SYN_OPTIONS)
    seq.error(1, kind, code, syn)
    seq.line("< SA 0 1, > A 1 1")
    seq.error(1, kind, code, seq.tcp(0, "PA", 1, 1, 10))
    seq.error(0, kind, code, seq.tcp(1, "A", 1, 11))
    seq = make("error/about-echo")
    seq.error(1, kind, code, seq.echo(0, 21, 0))
    seq.error(0, kind, code, seq.echo(1, 21, 0, answer=True))
    seq = make("error/about-nothing-known")
    seq.error(1, kind, code, p.udp(seq.ends(0)))
    seq = make("error/about-wrong-direction")
    seq.udp(0)
    seq.error(1, kind, code, p.udp(seq.ends(1)))
    seq = make("error/about-other-ports")
    seq.udp(0)
    seq.error(1, kind, code, p.udp(seq.ends(0)[:1] + (9,) + seq.ends(0)[2:]))
    seq = make("error/about-an-error")
    seq.error(1, kind, code, seq.error(1, kind, code, seq.udp(0)))
    seq = make("error/cut-short")
    first = seq.udp(0)
    seq.error(1, kind, code, first[:24 if family == 4 else 44])


def sequences(seed, n_walks):
    """All of them, in the order of their numbers."""
    made = []

    def maker(family, pick=None):
        def make(name):
            name = name if family == 4 else "v6/" + name
            seq = Sequence(name, len(made), family)
            if pick is None or re.search(pick, name):
                made.append(seq)
            return seq
        return make

    for name, text in TCP_LINES.items():
        maker(4)(name).line(text)
    tcp_each_flags(maker(4))
    tcp_windows(maker(4))
    tcp_walks(maker(4), seed, n_walks)
    for family in (4, 6):
        udp_sequences(maker(family), family)
        echo_sequences(maker(family), family)
        error_sequences(maker(family), family)
    for name in ("open-data-close-by-client", "rst-by-server", "mid-stream-data", "refused",
                 "reopen-in-time-wait", "simultaneous-open"):
        maker(6)(name).line(TCP_LINES[name])
    tcp_each_flags(maker(6, "v6/each/(established|syn-recv)/"))
    return made
