#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Many connections through a translation, each asked for, answered and looked at.

nat_fan.py CLIENT-DEV SERVER-DEV KIND COUNT TRANSLATED SERVER [first=N] [tries=N]

Sends UDP to SERVER:5000 on CLIENT-DEV, sees what comes out on SERVER-DEV, answers it
there and sees the answer on CLIENT-DEV. KIND is what makes connections different:

    ports      one client, 10.0.0.2; source ports 1023 and on, from 'first' on
    clients    a client each, 10.64.0.0 and on, source port 7000

At most 64 are on their way at a time; what has not come back in 0.3 s is sent again.
Prints JSON: asked, answered; ports: different source ports outside, and the least and
the greatest of them; clashes: one source port for two connections; strangers: packets
outside whose source is not TRANSLATED; astray: answers that came to another connection
than the one that they belong to."""
import json
import select
import socket
import struct
import sys
import time

import ct_packets as p

SERVER_PORT = 5000
WINDOW = 64
RESEND_S = 0.3
SO_RCVBUFFORCE = 33
MAC = {"client": bytes.fromhex("020000000101"), "server": bytes.fromhex("020000000102")}


def device(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    s.bind((name, 0x0800))
    return s


def client_of(kind, n):
    """(address, port) of the n-th"""
    if kind == "ports":
        return "10.0.0.2", 1023 + n
    n += 10 << 24 | 64 << 16
    return socket.inet_ntoa(struct.pack("!I", n)), 7000


def ends_of(frame):
    """source address and port, destination address and port, payload"""
    sport, dport = struct.unpack("!HH", frame[34:38])
    return (socket.inet_ntoa(frame[26:30]), sport, socket.inet_ntoa(frame[30:34]), dport,
            frame[42:50])


class Fan:
    def __init__(self, client, server, kind, translated, address):
        self.client, self.server = device(client), device(server)
        self.kind, self.translated, self.address = kind, translated, address
        self.outside = {}  # source port: connection
        self.waiting = {}  # connection: (when it was sent, tries left)
        self.answered = self.clashes = self.strangers = self.astray = 0
        self.poll = select.poll()
        self.poll.register(self.client, select.POLLIN)
        self.poll.register(self.server, select.POLLIN)

    def ask(self, n, tries):
        ends = client_of(self.kind, n) + (self.address, SERVER_PORT)
        packet = p.udp(ends, struct.pack("!Q", n) + bytes(10))
        self.client.send(MAC["server"] + MAC["client"] + b"\x08\0" + packet)
        self.waiting[n] = (time.monotonic(), tries)

    def at_server(self, frame):
        src, sport, dst, dport, payload = ends_of(frame)
        if dst != self.address or dport != SERVER_PORT:
            return
        n, = struct.unpack("!Q", payload)
        if src != self.translated:
            self.strangers += 1
        elif self.outside.setdefault(sport, n) != n:
            self.clashes += 1
        answer = p.udp((dst, dport, src, sport), payload + bytes(10))
        self.server.send(MAC["client"] + MAC["server"] + b"\x08\0" + answer)

    def at_client(self, frame):
        src, sport, dst, dport, payload = ends_of(frame)
        if src != self.address or sport != SERVER_PORT:
            return
        n, = struct.unpack("!Q", payload)
        if (dst, dport) != client_of(self.kind, n):
            self.astray += 1
        elif self.waiting.pop(n, None):
            self.answered += 1

    def receive(self):
        for fd, _ in self.poll.poll(20):
            s, handle = ((self.client, self.at_client) if fd == self.client.fileno() else
                         (self.server, self.at_server))
            while True:
                try:
                    frame, address = s.recvfrom(2048, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    break
                if address[2] != socket.PACKET_OUTGOING and len(frame) >= 50:
                    handle(frame)

    def again(self):
        now = time.monotonic()
        for n, (sent, tries) in list(self.waiting.items()):
            if now - sent > RESEND_S:
                del self.waiting[n]
                if tries:
                    self.ask(n, tries - 1)

    def run(self, first, count, tries):
        n = first
        # One alone: what the others are cached by is there then.
        self.ask(n, 10)
        while self.waiting:
            self.receive()
            self.again()
            while n + 1 < first + count and self.answered and len(self.waiting) < WINDOW:
                n += 1
                self.ask(n, tries)
        return n + 1 - first


def main():
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    client, server, kind, count, translated, address = sys.argv[1:7]
    opts = dict(word.split("=") for word in sys.argv[7:])
    fan = Fan(client, server, kind, translated, address)
    began = time.monotonic()
    asked = fan.run(int(opts.get("first", 0)), int(count), int(opts.get("tries", 10)))
    ports = fan.outside or {0: 0}
    print(json.dumps({"asked": asked, "answered": fan.answered, "ports": len(fan.outside),
                      "least": min(ports), "greatest": max(ports), "clashes": fan.clashes,
                      "strangers": fan.strangers, "astray": fan.astray,
                      "seconds": round(time.monotonic() - began, 2)}))


if __name__ == "__main__":
    main()
