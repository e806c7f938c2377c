#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs a command in a guest whose init is vm/guest_agent.sh.

    guest_run.py DIR LIMIT COMMAND [ARG...]

DIR has the guest's lanes: sockets *.lane of QEMU, each to one virtio-serial
port. A lane that nobody uses is taken for as long as the command runs. Prints
what the command printed and exits with its status; 124: it ran longer than LIMIT
seconds, and was stopped; 125: the guest gave no answer.
"""
import fcntl
import glob
import os
import shlex
import socket
import sys
import time

GRACE = 15  # seconds more for the answer to come, on a busy machine
DEAD = 5  # seconds after which a QEMU that takes no connection has ended


def take_lane(directory, deadline):
    """A connected socket. Its lock is held for as long as this process lives."""
    seen = time.monotonic()
    while time.monotonic() < deadline:
        for path in sorted(glob.glob(directory + "/*.lane")):
            lock = os.open(path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                sock.connect(path)
                return sock
            except BlockingIOError:  # somebody else's
                seen = time.monotonic()
            except OSError as err:
                if time.monotonic() > seen + DEAD:
                    raise err
            os.close(lock)
        time.sleep(0.05)
    raise TimeoutError("no lane is free")


def answer(sock, ident):
    """(exit status, output); answers to somebody who did not wait are skipped."""
    stream = sock.makefile("rb")
    while True:
        line = stream.readline()
        if not line:
            raise ConnectionError("the guest has ended")
        words = line.split()
        if len(words) == 3 and words[0] == ident:
            return int(words[1]), stream.read(int(words[2]))


def main():
    directory, limit, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    text = shlex.join(command)
    if "\n" in text:
        sys.exit("guest_run.py: a command is one line")
    deadline = time.monotonic() + limit + GRACE
    try:
        sock = take_lane(directory, deadline)
        ident = b"%d.%d" % (os.getpid(), time.monotonic_ns())
        sock.sendall(b"%s %d %s\n" % (ident, limit, text.encode()))
        sock.settimeout(max(0.1, deadline - time.monotonic()))
        status, output = answer(sock, ident)
    except (OSError, ValueError) as err:
        print("guest_run.py: %s" % err, file=sys.stderr)
        return 125
    sys.stdout.buffer.write(output)
    return status


sys.exit(main())
