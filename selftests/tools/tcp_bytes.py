#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One TCP connection whose every byte is looked at.

tcp_bytes.py recv IP PORT      says "ready", takes one connection, then prints
                               how many bytes came; a wrong one is an error
tcp_bytes.py send IP PORT N    sends N bytes, each its place modulo 251
"""

import socket
import sys

PERIOD = 251  # no power of two: a page that is lost or doubled shows
CHUNK = bytes(range(PERIOD)) * 261


def send(sock, n):
    sent = 0
    while sent < n:
        part = CHUNK[sent % PERIOD:][:n - sent]
        sock.sendall(part)
        sent += len(part)
    sock.shutdown(socket.SHUT_WR)
    # The other end closes when it has read everything.
    sock.recv(1)


def receive(sock):
    good = 0
    while True:
        data = sock.recv(65000)
        if not data:
            return good
        if data != CHUNK[good % PERIOD:][:len(data)]:
            sys.exit(f"a wrong byte behind {good} good ones")
        good += len(data)


def main(verb, ip, port, *more):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    if verb == "recv":
        with socket.create_server((ip, int(port)), family=family) as server:
            print("ready", flush=True)
            conn, _ = server.accept()
            with conn:
                print(receive(conn))
    else:
        with socket.create_connection((ip, int(port)), timeout=20) as sock:
            send(sock, int(more[0]))


main(*sys.argv[1:])
