/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of a guest's frame: the steps of bpf/ over the shared tables, in a
 * forwarding thread.
 *
 * The beginning of the frame is copied to the thread's own memory, where it is
 * parsed and rewritten; the rest stays where it is until it is copied to where it
 * goes. So what was looked at is what is sent, whatever the guest does meanwhile.
 */
#ifndef FORWARD_FRAME_PATH_H
#define FORWARD_FRAME_PATH_H

#include "datapath.h"
#include "vring.h"

struct thread;
struct guest_queue;
struct frame_path;

/* Bytes copied at first: the headers of nearly all frames... */
#define FRAME_LINEAR 192
/* ... and at most, when they are deeper. */
#define FRAME_LINEAR_MAX 2048
/* Room in front of a frame for what is pushed. */
#define FRAME_HEADROOM 128

int frame_path_create(const struct dp *dp, __u32 lane, struct frame_path **out);
void frame_path_destroy(struct frame_path *p);
/* Before each batch: the time. */
void frame_path_tick(struct frame_path *p);

enum frame_fate {
	FRAME_DONE, /* sent or dropped, and counted */
	FRAME_HANDED_UP, /* untouched: to be written to the tap */
};

enum frame_fate frame_forward(struct thread *t, struct guest_queue *from,
			      const struct vring_packet *packet);

/* Counts a frame for 'port_no' that its guest or device did not take. */
void frame_count_egress_failed(struct frame_path *p, __u32 port_no);
/* Counts a frame from 'port_no' that could not be handed up. */
void frame_count_lost(struct frame_path *p, __u32 port_no, __u32 len);

#endif /* FORWARD_FRAME_PATH_H */
