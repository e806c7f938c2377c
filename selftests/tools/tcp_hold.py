#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A TCP connection that stays open, and says whether it still works.

tcp_hold.py serve IP PORT           says "ready", sends back what each connection sends
tcp_hold.py hold IP PORT [EVERY_S]  says "connected SPORT", then sends a byte every so
                                    often (0.2) and says "N" for the Nth that came back;
                                    "lost" and ends if one has not for 3 seconds. TERM
                                    closes the connection: "closed"
tcp_hold.py once IP PORT            connects, sends a byte, gets it back, closes
"""

import os
import select
import signal
import socket
import sys
import time

ANSWER_S = 3


def say(*words):
    print(*words, flush=True)


def family_of(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def serve(ip, port):
    listener = socket.socket(family_of(ip), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ip, port))
    listener.listen(64)
    say("ready")
    open_ones = {listener}
    while True:
        for sock in select.select(open_ones, [], [])[0]:
            if sock is listener:
                open_ones.add(listener.accept()[0])
                continue
            try:
                data = sock.recv(4096)
                if data:
                    sock.sendall(data)
                    continue
            except OSError:
                pass
            open_ones.discard(sock)
            sock.close()


def exchange(sock):
    """One byte there and back; False: it did not come in time."""
    sock.sendall(b"x")
    return bool(select.select([sock], [], [], ANSWER_S)[0]) and sock.recv(1) == b"x"


def hold(ip, port, every_s):
    sock = socket.create_connection((ip, port), ANSWER_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(*_):
        sock.close()
        say("closed")
        os._exit(0)

    signal.signal(signal.SIGTERM, close)
    say("connected", sock.getsockname()[1])
    n = 0
    while True:
        if not exchange(sock):
            say("lost")
            sys.exit(1)
        n += 1
        say(n)
        time.sleep(every_s)


def main(verb, ip, port, every_s="0.2"):
    if verb == "serve":
        serve(ip, int(port))
    elif verb == "hold":
        hold(ip, int(port), float(every_s))
    elif verb == "once":
        with socket.create_connection((ip, int(port)), ANSWER_S) as sock:
            sys.exit(not exchange(sock))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
