/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How wide the masks of a port's cached flows are: as wide as the classifier allows
 * while there are few, rounded up in steps when there are many (mask_step.h).
 *
 * The level is a port's, as is the list of masks that its packets are tried under: what
 * one guest sends makes the flows of no other guest narrower.
 *
 * A level is raised when the port has more subtables than wanted, for longer than
 * a change of rules takes, and the next levels would merge them; masks that differ
 * in other fields than addresses and ports stay as they are. All flows of the port are
 * translated again, so that the old subtables empty. It falls back when hardly any of
 * them is left: then there cannot be many masks whatever their width.
 */
#ifndef SLOWPATH_MASK_LEVEL_H
#define SLOWPATH_MASK_LEVEL_H

#include "model_private.h"

/* An upcall's flow has been installed; flows have been judged, or time has passed.
 * Not while they are judged: old and new masks would count together. */
void mask_level_update(struct model *m, __u16 in_port);
void mask_level_update_all(struct model *m);
/* Flows have gone. */
void mask_level_relax(struct model *m);
/* The highest of the switch's ports. */
enum mask_level mask_level_most(const struct model *m, const struct sw *sw);

#endif /* SLOWPATH_MASK_LEVEL_H */
