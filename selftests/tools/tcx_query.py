#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints how many programs sit at the tcx ingress and egress of a device.

iproute2 6.1 and bpftool 7.1 do not know tcx, so the system call is made here.
"""
import ctypes
import os
import socket
import struct
import sys

SYS_BPF = 321
BPF_PROG_QUERY = 16
TCX_INGRESS, TCX_EGRESS = 46, 47


def count(ifindex, attach_type):
    # target, type, query flags, attach flags, ids, count, pad, then zeros
    attr = bytearray(struct.pack("=IIIIQII", ifindex, attach_type, 0, 0, 0, 0, 0) + bytes(32))
    buf = (ctypes.c_char * len(attr)).from_buffer(attr)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SYS_BPF, BPF_PROG_QUERY, buf, len(attr)):
        err = ctypes.get_errno()
        # No tcx before kernel 6.6; ENOENT: nothing was ever attached.
        return "none" if err in (2, 22) else os.strerror(err)
    return str(struct.unpack_from("=I", attr, 24)[0] or "none")


def main():
    ifindex = socket.if_nametoindex(sys.argv[1])
    print("ingress", count(ifindex, TCX_INGRESS), "egress", count(ifindex, TCX_EGRESS))


main()
