/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fixed-width types and small macros that every shared header uses.
 *
 * This is the only shared file that knows whether it is compiled for BPF
 * (vmlinux.h has been included by the unit) or for user space (libc).
 */
#ifndef XVS_TYPES_H
#define XVS_TYPES_H

#ifdef __bpf__
#ifndef __VMLINUX_H__
#error "include vmlinux.h first: a BPF unit takes its kernel types from there"
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif
#else
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#define XVS_STATIC_ASSERT(cond, msg) _Static_assert(cond, msg)
#define XVS_ALIGN(n) __attribute__((aligned(n)))
#define XVS_OFFSETOF(type, member) __builtin_offsetof(type, member)

/* One access, never split, merged or repeated by the compiler. */
#define XVS_READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define XVS_WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* Byte order of constants and values; xvs runs on both kinds of machine. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define XVS_BE16(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define XVS_BE32(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define XVS_BE64(x) ((__be64)__builtin_bswap64((__u64)(x)))
#else
#define XVS_BE16(x) ((__be16)(x))
#define XVS_BE32(x) ((__be32)(x))
#define XVS_BE64(x) ((__be64)(x))
#endif
#define XVS_FROM_BE16(x) ((__u16)XVS_BE16(x))
#define XVS_FROM_BE32(x) ((__u32)XVS_BE32(x))
#define XVS_FROM_BE64(x) ((__u64)XVS_BE64(x))

#endif /* XVS_TYPES_H */
