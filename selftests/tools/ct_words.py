#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The connections of a switch whose daemon may be dead, out of its pinned maps.

ct_words.py DIRECTORY    prints a line for each slot that is in use:
                         STATE LEFT ZONE PROTO SPORT DPORT; LEFT is the jiffies until it
                         is over, 0 or less if it is (include/xvs/conntrack.h)
"""

import ctypes
import mmap
import os
import re
import struct
import sys

WAYS = 8
STATES = ("free", "claimed", "dead", "alias", "expect", "unreplied", "replied", "syn_sent",
          "syn_sent2", "syn_recv", "established", "fin_wait", "close_wait", "last_ack",
          "time_wait", "close")

BPF_OBJ_GET = 7
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]


def open_pin(path):
    """The map that is pinned there, as a descriptor that can be mapped."""
    name = ctypes.create_string_buffer(path.encode())
    attr = struct.pack("QII", ctypes.addressof(name), 0, 0)
    buf = ctypes.create_string_buffer(attr, 128)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_BPF, BPF_OBJ_GET, buf, len(attr))
    if fd < 0:
        sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")
    return fd


def map_pin(path):
    """Its memory, the size of an element, how many there are."""
    fd = open_pin(path)
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
        text = info.read()
    entries, value_bytes = (int(re.search(rf"{name}:\s*(\d+)", text).group(1))
                            for name in ("max_entries", "value_size"))
    size = -(-entries * value_bytes // mmap.PAGESIZE) * mmap.PAGESIZE
    return mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ), value_bytes, entries


def jiffies():
    with open("/proc/timer_list", encoding="ascii") as timers:
        for line in timers:
            if line.startswith("jiffies:"):
                return int(line.split()[1])
    sys.exit("/proc/timer_list: no jiffies")


def main(directory):
    words, _, buckets = map_pin(f"{directory}/xvs_ct_buckets")
    entries, entry_bytes, _ = map_pin(f"{directory}/xvs_ct_entries")
    now = jiffies()
    for slot, (word,) in enumerate(struct.iter_unpack("Q", words[:buckets * 8 * WAYS])):
        state = word >> 48 & 0xf
        if not state:
            continue
        left = ((word - now + (1 << 31)) & 0xffffffff) - (1 << 31)
        at = slot * entry_bytes + 32
        sport, dport = struct.unpack(">HH", entries[at:at + 4])
        zone, proto = struct.unpack("HB", entries[at + 4:at + 7])
        print(STATES[state], left, zone, proto, sport, dport)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
