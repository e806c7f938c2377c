#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""TCP connections that live long and say little: does a switch keep them?

tcp_many.py serve IP PORT          echoes; says "ready"; until SIGTERM
tcp_many.py hold IP PORT N GAP_MS  opens N connections, says "ready", then asks one after
                                   the other for the echo of a number, until SIGTERM

The latter prints JSON: connections, asked, answered (in time: RTO and all, 5 s), broken
(an error or a wrong answer), and the retransmits that the kernel needed for it."""
import json
import selectors
import signal
import socket
import struct
import sys
import time

ANSWER_S = 5
RETRANSMITS_AT = 100  # tcpi_total_retrans in struct tcp_info


class Stop(Exception):
    pass


def on_term(*_):
    raise Stop


def serve(ip, port):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    listener = socket.create_server((ip, port), family=family, backlog=4096)
    poll = selectors.DefaultSelector()
    poll.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in poll.select():
            if key.fileobj is listener:
                s, _ = listener.accept()
                poll.register(s, selectors.EVENT_READ)
                continue
            try:
                data = key.fileobj.recv(4096)
                key.fileobj.sendall(data)
            except OSError:
                data = b""
            if not data:
                poll.unregister(key.fileobj)
                key.fileobj.close()


def ask(s, number):
    """Whether the answer is right; an OSError when none comes."""
    question = struct.pack("!Q", number)
    s.sendall(question)
    answer = b""
    while len(answer) < len(question):
        part = s.recv(len(question) - len(answer))
        if not part:
            return False
        answer += part
    return answer == question


def retransmits(s):
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, RETRANSMITS_AT + 4)
    return struct.unpack_from("=I", info, RETRANSMITS_AT)[0]


def hold(ip, port, n, gap_ms):
    held = [socket.create_connection((ip, port), timeout=ANSWER_S) for _ in range(n)]
    asked = answered = 0
    broken = set()
    # What the opening took is not the question.
    before = sum(retransmits(s) for s in held)
    print("ready", flush=True)
    try:
        while len(broken) < n:
            which = asked % n
            asked += 1
            if which not in broken:
                try:
                    right = ask(held[which], asked)
                except OSError:
                    right = False
                answered += right
                if not right:
                    broken.add(which)
            time.sleep(gap_ms / 1000)
    except Stop:
        asked = answered + len(broken)
    print(json.dumps({"connections": n, "asked": asked, "answered": answered,
                      "broken": len(broken),
                      "retransmits": sum(retransmits(s) for s in held) - before}), flush=True)


def main():
    signal.signal(signal.SIGTERM, on_term)
    try:
        if len(sys.argv) == 4 and sys.argv[1] == "serve":
            serve(sys.argv[2], int(sys.argv[3]))
        elif len(sys.argv) == 6 and sys.argv[1] == "hold":
            hold(sys.argv[2], *map(int, sys.argv[3:]))
        else:
            sys.exit(__doc__)
    except Stop:
        pass


if __name__ == "__main__":
    main()
