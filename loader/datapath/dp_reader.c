// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Readers of the tables in the daemon: liburcu's flavour in which a reader says
 * when it holds nothing, once a batch, and pays nothing for a packet (QSBR).
 */
#include "dp_private.h"

#include <urcu-qsbr.h>

void dp_reader_begin(void)
{
	urcu_qsbr_register_thread();
}

void dp_reader_end(void)
{
	urcu_qsbr_unregister_thread();
}

void dp_reader_quiescent(void)
{
	urcu_qsbr_quiescent_state();
}

void dp_reader_sleeps(void)
{
	urcu_qsbr_thread_offline();
}

void dp_reader_wakes(void)
{
	urcu_qsbr_thread_online();
}

/* Also on a thread that is no reader, as those that call it are. */
void dp_readers_wait(void)
{
	urcu_qsbr_synchronize_rcu();
}
