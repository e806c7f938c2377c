/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finishes a checksum that a guest left to its device (RFC 1071): the field holds
 * the sum of the pseudo header, and the rest of the frame from 'start' on is added.
 */
#ifndef FORWARD_CSUM_FINISH_H
#define FORWARD_CSUM_FINISH_H

#include "xvs/types.h"

/* The field is at 'start' + 'offset', and lies within the frame. A sum of 0 is
 * written as 0xffff, which UDP asks for and TCP takes for the same. */
void csum_finish(__u8 *frame, __u32 len, __u16 start, __u16 offset);

#endif /* FORWARD_CSUM_FINISH_H */
