/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of drop reasons, for every method that shows one.
 */
#ifndef CONTROL_RPC_DROPS_H
#define CONTROL_RPC_DROPS_H

#include "xvs/drop_reason.h"

/* "no-match"; "unknown" for what is no reason. */
const char *drop_reason_name(enum xvs_drop_reason reason);

#endif /* CONTROL_RPC_DROPS_H */
