/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an output device lost and nobody has counted yet. Pure arithmetic;
 * port_drops.c reads the counters and writes the ledger.
 *
 * Problem. A frame that a TC redirect hands to a device may be dropped there
 * (too large for the other end, a full queue) and only the device's counters
 * tell. Of other losses both tell: a driver counts what it refuses of a native
 * redirect or of a clone, and the programs count it in the ledger as well. Of a
 * third kind only the ledger tells: a native redirect that the kernel refused
 * before the device saw the frame.
 *
 * Idea. A reading is taken from time to time. What the device's counter grew by
 * beyond what the ledger grew by was seen by the device alone. Each reading
 * starts from the one before, so losses of the third kind hide losses of the
 * first kind only within one interval. The packet socket's refusals are known
 * to be of the third kind and are left out of the ledger's growth ('unseen').
 *
 * The two counters cannot be read in one moment, and a loss enters the device's
 * first. A loss that entered the ledger between the two readings, or the device
 * just before them, would look like one of the device alone in this interval or
 * the next. So the ledger is read on both sides of the device: its growth
 * between ('after' - 'before'), and one bulk of a native redirect that may be
 * between its two counters, are what a surplus of the ledger is kept for.
 *
 * [LOSS1] A loss is not counted twice. (One that was on its way to the ledger
 *         when the device was read shows twice until the next loss.)
 * [LOSS2] Readings may be as many as one likes: without losses between them
 *         they add nothing.
 * [LOSS3] Without losses of the third kind the ledger has every loss once the
 *         traffic has stopped and a reading was taken.
 */
#ifndef PORT_LOSSES_H
#define PORT_LOSSES_H

#include "xvs/types.h"

/* Frames that a CPU can be between counting for the device and for the ledger:
 * one bulk of the kernel's devmap. */
#define LOSSES_BULK_FRAMES 16

struct losses_reading {
	__u64 ledger_before; /* losses in the ledger, read before the device */
	__u64 device; /* of its counters */
	__u64 ledger_after; /* ... and after it */
	__u64 unseen; /* of those in the ledger, never seen by the device */
};

struct losses {
	__u64 device; /* as of the last reading */
	__u64 ledger; /* the same; what losses_count returned included */
	__u64 unseen;
	__u64 surplus; /* in the ledger already, expected from the device */
	__u64 last; /* what the last reading added */
};

/* From here on; nothing of the past is counted. */
void losses_begin(struct losses *l, const struct losses_reading *now);
/* How many losses the device alone has seen since the last reading. The caller
 * adds them to the ledger. A counter that fell is a new device or a cleared
 * ledger: a new beginning. */
__u64 losses_count(struct losses *l, const struct losses_reading *now);

#endif /* PORT_LOSSES_H */
