/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The undo journal: what attaching changed on devices, on disk before it is
 * changed, so that a daemon that dies leaves a note of how the host was.
 *
 * Problem. A device's settings outlive the daemon. Whoever detaches, perhaps
 * the next daemon, must know how they were before the first change.
 *
 * Idea. A text file, one line a change:
 *
 *   IFNAME IFINDEX WHAT OLD        "eth1 3 rx-vlan-offload on"
 *
 * A line is appended and synced before the change is made [PORT3]. When a
 * change has been undone the file is written anew without it and renamed into
 * place. A line whose newline is missing was cut by a crash: its change was
 * never made, so it is ignored.
 *
 * Invariants
 * [UNDO1] One entry per device and WHAT, and it is the oldest: a change that is
 *         made again keeps the value that the host had.
 * [UNDO2] Applying an entry twice is the same as once (it names a value, not a
 *         difference), so a crash during undo is cured by undoing again.
 */
#ifndef PORT_UNDO_H
#define PORT_UNDO_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

/* X(symbol, name): what can have been changed. All are switches; DEVICE is
 * whether the device is there at all: off for a veth pair that xvs made. */
#define UNDO_WHATS(X)                           \
	X(DEVICE, "device")                     \
	X(PROMISC, "promisc")                   \
	X(LRO, "large-receive-offload")         \
	X(RX_VLAN, "rx-vlan-offload")           \
	X(RX_VLAN_STAG, "rx-vlan-stag-offload") \
	X(PEER_TX_VLAN, "peer-tx-vlan-offload") \
	X(PEER_TX_VLAN_STAG, "peer-tx-vlan-stag-offload")

enum undo_what {
	UNDO_UNSPEC,
#define UNDO_ENUM(sym, name) UNDO_##sym,
	UNDO_WHATS(UNDO_ENUM)
#undef UNDO_ENUM
		UNDO_N,
};

#define UNDO_BIT(what) (1U << (what))
#define UNDO_ALL (UNDO_BIT(UNDO_N) - 1)

struct undo_change {
	char ifname[IFNAMSIZ];
	int ifindex;
	enum undo_what what;
	bool old; /* on before the change */
};

#define UNDO_LINE_BYTES 96
#define UNDO_FILE "undo"

const char *undo_what_name(enum undo_what what);
/* With its newline; the length, as snprintf. */
int undo_format_line(char *buf, size_t size, const struct undo_change *c);
/* 'line' without its newline. 0 or -EINVAL. */
int undo_parse_line(const char *line, struct undo_change *c);

struct undo;

/* Reads the journal in 'rundir' if there is one. */
int undo_open(const char *rundir, struct undo **out);
/* Leaves the file as it is. NULL is a no-op. */
void undo_close(struct undo *u);

/* Notes 'c', on disk when this returns 0; a no-op if it is noted [UNDO1]. */
int undo_record(struct undo *u, const struct undo_change *c);
/* NULL: nothing noted. Valid until the next change of the journal. */
const struct undo_change *undo_find(const struct undo *u, int ifindex, enum undo_what what);
/* "promisc on, rx-vlan-offload off": the settings in force now on a device. */
void undo_describe(const struct undo *u, int ifindex, char *buf, size_t size);

/* Puts one thing back. 0: done, or the device is gone; the entry goes. Else it
 * stays in the journal for another try. */
typedef int (*undo_apply_fn)(void *aux, const struct undo_change *c);
/* Undoes what is noted of one device (0: of all), newest first, and writes the
 * journal; an empty one is removed. The first error of 'fn' or of the file. */
int undo_replay(struct undo *u, int ifindex, undo_apply_fn fn, void *aux);
/* The same for changes of some kinds only: UNDO_BIT of each. */
int undo_replay_of(struct undo *u, int ifindex, unsigned int whats, undo_apply_fn fn, void *aux);

#endif /* PORT_UNDO_H */
