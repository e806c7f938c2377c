#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same packets through xvs and through the kernel's connection tracking.

ct_differential.py [seed=N] [walks=N] [only=REGEX] [show=1]

Runs in a name space with these devices (netns/ct_differential.sh makes them):

    xa, xb         ports of sw0: sequences' clients and servers send here
    xs-<state>     ports to which sw0 sends what ct() found to be in that state
    ka, kb         two ends of a router, in name space "kernel", whose nftables writes
                   what it found as DSCP into the packets that it forwards

Sequences (ct_sequences.py) run in groups: the n-th packet of each, then what became of
them, and the states of both tables. Each packet has to be in the same state, each TCP
connection too, up to the first difference: from there on the two know different things.
What differs for a reason is in DOCUMENTED, and has to differ still. Prints a line for
each difference, and as the last one JSON: sequences, packets, those compared, differing
packets and states that are not documented, and reasons that no longer apply."""
import json
import os
import re
import select
import socket
import subprocess
import sys
import time

import ct_packets as p
import ct_sequences
from ct_documented import DOCUMENTED

GROUP = 64
STATES = ("none", "new", "est", "est-rpl", "rel", "rel-rpl", "inv", "untracked")
MAC = {"xa": "02:00:00:00:01:01", "xb": "02:00:00:00:01:02"}
CONNTRACK = ["nsenter", "--net=/run/netns/kernel", "conntrack"]
WAIT_S = 0.4
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33


def device(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    s.bind((name, ETH_P_ALL))
    return s


def command(words):
    """What it prints."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


class Side:
    """What a tracker makes of packets, by their names."""

    def __init__(self, title, inputs, outputs):
        self.title = title
        self.inputs = [device(name) for name in inputs]
        self.outputs = {s.fileno(): (s, name) for s, name in
                        ((s, s.getsockname()[0]) for s in
                         self.inputs + [device(name) for name in outputs])}
        self.poll = select.poll()
        for fd in self.outputs:
            self.poll.register(fd, select.POLLIN)

    def collect(self, wanted):
        """{name: state} of the named packets, once all are there or time is over."""
        found, deadline = {}, time.monotonic() + WAIT_S
        while len(found) < len(wanted) and time.monotonic() < deadline:
            for fd, _ in self.poll.poll(50):
                self.drain(*self.outputs[fd], wanted, found)
        return found

    def drain(self, s, name, wanted, found):
        while True:
            try:
                frame, address = s.recvfrom(2048, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            if address[2] == socket.PACKET_OUTGOING or frame[12:14] not in (b"\x08\0", b"\x86\xdd"):
                continue
            who = p.name_of(frame[14:])
            if who in wanted:
                found[who] = self.state_of(name, frame[14:])

    def send(self, rpl, packet):
        kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
        self.inputs[rpl].send(self.head(rpl) + kind + packet)


class Switch(Side):
    def __init__(self):
        super().__init__("xvs", ("xa", "xb"), ["xs-" + s for s in STATES[1:]])

    def head(self, rpl):
        pair = (mac(MAC["xa"]), mac(MAC["xb"]))
        return pair[not rpl] + pair[rpl]

    def state_of(self, name, packet):
        return name.removeprefix("xs-")

    def flush(self):
        command([os.environ["XVSCTL"], "-q", "ct", "flush", "sw0"])

    def table(self):
        text = command([os.environ["XVSCTL"], "-j", "ct", "show", "sw0"])
        return [(e["proto"], json.dumps(e["orig"]), e["state"].lower())
                for e in json.loads(text)]


class Kernel(Side):
    def __init__(self):
        super().__init__("kernel", ("ka", "kb"), ())
        self.router = [mac(os.environ["ROUTER_A"]), mac(os.environ["ROUTER_B"])]
        self.own = [s.getsockname()[4] for s in self.inputs]

    def head(self, rpl):
        return self.router[rpl] + self.own[rpl]

    def state_of(self, name, packet):
        return STATES[p.dscp_of(packet)]

    def flush(self):
        command(CONNTRACK + ["-F"])

    def table(self):
        entries = []
        for family in ("ipv4", "ipv6"):
            for line in command(CONNTRACK + ["-L", "-p", "tcp", "-f", family]).splitlines():
                words = line.split()
                entries.append((words[0], line, words[3].lower()))
        return entries


def client_of(text):
    found = re.search(r"10\.1\.(\d+)\.(\d+)|fd01::([0-9a-f]+)", text)
    if not found:
        return None
    if found[3]:
        return int(found[3], 16) - 1
    return int(found[1]) << 8 | int(found[2])


def tcp_states(side):
    """{sequence number: state}"""
    return {client_of(text): state for proto, text, state in side.table() if proto == "tcp"}


class Run:
    def __init__(self, sides, show):
        self.sides, self.show = sides, show
        self.used = [0] * len(DOCUMENTED)
        self.packets = self.compared = self.next_name = 0
        self.bad = {"packet": 0, "state": 0}
        self.parted = set()

    def difference(self, kind, seq, at, kernel, ours):
        self.parted.add(seq.number)
        text = "%s/%d: %s: %s: kernel %s, xvs %s" % (seq.name, at + 1, seq.packets[at][1], kind,
                                                    kernel, ours)
        for i, (pattern, reason) in enumerate(DOCUMENTED):
            if re.search(pattern, text):
                self.used[i] += 1
                if self.show:
                    print("%s (%s)" % (text, reason))
                return
        self.bad[kind] += 1
        print(text)

    def compare(self, seq, at, states, tables):
        """states, tables: of the packet and the connection, the kernel's and ours"""
        self.packets += 1
        if seq.number in self.parted:
            return
        self.compared += 1
        if states[0] != states[1]:
            self.difference("packet", seq, at, *states)
        elif tables[0] != tables[1]:
            self.difference("state", seq, at, *tables)

    def round(self, group, at):
        now = [seq for seq in group if at < len(seq.packets)]
        names = {}
        for seq in now:
            self.next_name += 1
            names[self.next_name] = seq
        states, tables = [], []
        for side in self.sides:
            for name, seq in names.items():
                rpl, _, packet = seq.packets[at]
                side.send(rpl, p.named(packet, name))
            states.append(side.collect(names))
            tables.append(tcp_states(side))
        for name, seq in names.items():
            self.compare(seq, at, [found.get(name, "none") for found in states],
                         [table.get(seq.number, "none") for table in tables])

    def all(self, sequences):
        for first in range(0, len(sequences), GROUP):
            group = sequences[first:first + GROUP]
            for side in self.sides:
                side.flush()
            for at in range(max(len(seq.packets) for seq in group)):
                self.round(group, at)


def main():
    opts = dict(word.split("=", 1) for word in sys.argv[1:])
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    seed = int(opts.get("seed", str(time.time_ns() & 0xFFFFFF)), 0)
    print("seed", seed, flush=True)
    sequences = ct_sequences.sequences(seed, int(opts.get("walks", 60)))
    sequences = [s for s in sequences if re.search(opts.get("only", ""), s.name)]
    sides = [Kernel(), Switch()]
    run = Run(sides, "show" in opts)
    run.all(sequences)
    # What only random walks meet they may miss.
    idle = [] if "only" in opts else [pattern for (pattern, _), n in zip(DOCUMENTED, run.used)
                                      if not n and not pattern.startswith("^walk/")]
    for pattern in idle:
        print("documented, but it does not differ: %s" % pattern)
    print(json.dumps({"sequences": len(sequences), "packets": run.packets,
                      "compared": run.compared, "differing_packets": run.bad["packet"],
                      "differing_states": run.bad["state"],
                      "documented": sum(run.used), "idle": len(idle)}))


if __name__ == "__main__":
    main()
