/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's headers define as macros, which BTF does not hold, and
 * where the programs bend to a kernel version or to the verifier.
 */
#ifndef BPF_COMPAT_H
#define BPF_COMPAT_H

#include "xvs/types.h"

/* linux/pkt_cls.h. Under tcx (Linux 6.6) OK is TCX_PASS, SHOT is TCX_DROP and
 * REDIRECT is TCX_REDIRECT; TC_ACT_STOLEN would mean "go on" there. */
#define TC_ACT_OK 0
#define TC_ACT_SHOT 2
#define TC_ACT_REDIRECT 7

/* linux/bpf.h: bpf_ringbuf_query() */
#define COMPAT_RB_AVAIL_DATA 0
#define COMPAT_RB_CONS_POS 2

/* VERIFIER: keeps a bound that was checked in the register that is used; the
 * compiler would check one copy of the value and use another ("R2 unbounded
 * memory access"). */
#define compat_opaque(value) asm volatile("" : "+r"(value))

/*
 * A loop over key words, unrolled: offsets become constants. The compiler only
 * does it when it cannot merge the bound known at run time with the constant
 * one, so that one goes through compat_opaque() in the loop. A microflow hit of
 * six words is 4 ns faster, a mask that misses 0.7. And a loop that is to stay one:
 * its body is large, and runs for few packets.
 */
#ifdef __clang__
#define COMPAT_UNROLL _Pragma("clang loop unroll(full)")
#define COMPAT_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define COMPAT_UNROLL
#define COMPAT_NO_UNROLL
#endif

/* VERIFIER: reads a packet pointer of a context afresh, as 64 bits. The compiler
 * would merge the loads of what the C type says are 32-bit members and copy
 * half registers ("offset is outside of the packet"). */
#define compat_ctx_pointer(ctx, member)                                                          \
	({                                                                                       \
		void *pointer_;                                                                  \
		asm volatile(                                                                    \
			"%[to] = *(u32 *)(%[from] + %[off])"                                     \
			: [to] "=r"(pointer_)                                                    \
			: [from] "r"(ctx), [off] "i"(XVS_OFFSETOF(__typeof__(*(ctx)), member))); \
		pointer_;                                                                        \
	})

/* VERIFIER: the same for a word of a context. The compiler would choose between two
 * addresses and load once ("dereference of modified ctx ptr"). */
#define compat_ctx_word(ctx, member)                                                             \
	({                                                                                       \
		__u32 word_;                                                                     \
		asm volatile(                                                                    \
			"%[to] = *(u32 *)(%[from] + %[off])"                                     \
			: [to] "=r"(word_)                                                       \
			: [from] "r"(ctx), [off] "i"(XVS_OFFSETOF(__typeof__(*(ctx)), member))); \
		word_;                                                                           \
	})

#endif /* BPF_COMPAT_H */
