/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet-context verbs: all that a step may do with a packet.
 *
 * Problem. One set of steps serves three hooks whose packets differ: an XDP
 * buffer, an skb with offloads and a tag beside the frame, a frame in user
 * space. No step may know which one it runs under.
 *
 * Idea. A unit includes one binding (ctx_xdp.h, ctx_skb.h, ctx_user.h) and then
 * the steps. The binding defines 'struct xvs_ctx', the verbs below, the loads
 * load16/32/64, the table_*() accessors and `config()`.
 *
 *   CTX_HOOK                    enum xvs_hook, for records and port entries
 *   CTX_PASS, CTX_DROP          the hook's own codes
 *   CTX_HANDED_UP               that of a packet that is left to the TC stage
 *   ctx_hands_up(ctx)           what the hook cannot do goes to the TC stage
 *   ctx_hands_up_misses(ctx)    and so does what needs the daemon
 *   ctx_port_no(ctx)            input port, 0: not a port of ours
 *   ctx_data(ctx), ctx_data_end(ctx)   the bytes that can be read directly
 *   ctx_data_len(ctx)           how many those are
 *   ctx_buf_len(ctx)            bytes in the buffer, frags included
 *   ctx_buf_len_quick(ctx)      the same, or (never more) what is known at once
 *   ctx_tag_len(ctx)            4 when a tag lies beside the frame, else 0
 *   ctx_tag_tci(ctx)            that tag's TCI, host order
 *   ctx_mark(ctx)               packet mark
 *   ctx_pull(ctx)               0: more can be read directly now, parse again
 *   ctx_is_stack_copy(ctx)      a frame that the steps have given to the host's
 *                               stack, and that comes by on its way there
 *   ctx_copy_to_stack(ctx, pkt) give the host's stack the packet as it is
 *   ctx_taken(pkt)              the code of a packet that lives on elsewhere: the
 *                               hook's own ends here
 *   ctx_is_unserved(scratch)    nobody has emptied the ring for long
 *   ctx_hint(ctx, pkt, &generation)   the XDP program's hand-over: slot or 0
 *   ctx_hand_up(ctx, pkt, slot) leave the packet to the TC stage
 *   ctx_takes_output(ctx, pkt, port_no, out)   can this hook send it there? To
 *                               be asked before the packet is changed
 *   ctx_runs_program(ctx, pkt, block)          the same of a whole program
 *   ctx_output(ctx, pkt, port_no, out, last)   send a copy, or if 'last' the
 *                               packet itself: 0, a copy was sent; STEP_DONE(),
 *                               the packet was; < 0, the device took none
 *   ctx_load32, ctx_store32(ctx, off, v, sum)  a word of the frame; 'sum': the
 *                               packet's own checksum must follow the change
 *   ctx_l3_csum(ctx, off, old, new)            correct the checksum at 'off'
 *   ctx_l4_csum(ctx, off, old, new, flags)     flags: CTX_CSUM_*
 *   ctx_crc32c_shift(crc, n)    of crc32c.h } under BPF, a global function
 *   ctx_flow_take(...)          of microflow.h } each (leaf.bpf.c)
 *   ctx_vlan_push, ctx_vlan_pop, ctx_vlan_set  0 or -errno, *delta is how far
 *                               the headers behind the tags have moved
 *   ctx_mpls_push, ctx_mpls_pop, ctx_mpls_set  the same for a label entry at
 *                               'off', which is behind the tags of the frame
 *   ctx_execute_controller(...) of execute_controller.h } under BPF, each a
 *   ctx_execute_mpls(...)       of execute_mpls.h       } global function
 *   ctx_ct_enter(pkt, what)     of ct_enter.h } under BPF, each a
 *   ctx_ct_expected(pkt)        of ct_enter.h }
 *   ctx_ct_options(ctx, pkt)    of ct_tcp.h   } global function
 *   ctx_ct_rare(ctx, pkt, zone, kind)   of ct_packet.h  }
 *   ctx_ct_rewrite(ctx, pkt)    of ct_rewrite.h         }
 *   ctx_ct_put(ctx, pkt, new, mask)     of ct_rewrite.h }
 *   ctx_ct_nat(pkt)             of ct_nat.h             }
 *   ctx_emit_upcall(ctx, pkt, arg)             0 or -XVS_DROP_*
 *   ctx_describe(ctx, pkt, record)             offloads, tag, mark for a record
 *   ctx_dry_run_begin(ctx, cookie)    the packet has the mark of a dry run; it is
 *                               then as a device would have given it
 *   ctx_dry_run_*(...)          of dry_run_record.h, dry_run_output.h } under BPF,
 *                               global functions
 *   ctx_lane()                  statistics lane of this CPU or thread
 *   ctx_jiffies()
 *   ctx_ns(), ctx_coarse_ns()   CLOCK_MONOTONIC, now and at the last tick
 *   ctx_loop(n, look, arg)      calls look(i, arg) for i = 0 .. n - 1 until it is not 0;
 *                               'arg' is on the stack
 *   ctx_tail(ctx, pkt, tail)    go on with another program; returns only when
 *                               it is missing. 'tail' is a constant at each
 *                               call: the kernel makes a direct jump of it,
 *                               where an index in a register would cost an
 *                               indirect one (7 ns with retpolines)
 *
 * Result of a step: 0, go on with the next; STEP_DONE(code), the packet is
 * disposed of and accounted for; -XVS_DROP_*, drop it, which only step_finish()
 * does (account.h).
 */
#ifndef BPF_CTX_H
#define BPF_CTX_H

#define STEP_DONE(code) ((code) + 1)

/* Flags of ctx_l4_csum() */
#define CTX_CSUM_PSEUDO 0x1 /* the word is of the pseudo header */
#define CTX_CSUM_UDP 0x2 /* a sum of 0 is written as 0xffff */

/* Direct access in a buffer goes no deeper; no header lies there. */
#define CTX_MAX_OFF 0x3fff

struct xvs_ctx;

#endif /* BPF_CTX_H */
