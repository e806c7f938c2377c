// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How much may go up: limits of all ports, those that a port has of its own, and
 * where each of them is in force (datapath, queues of upcalls).
 */
#include "model_private.h"

/* Upcalls a port may make: above what 99 % of production hosts see in new
 * flows a second (1,500), below what takes the slow path from other ports. */
#define DEFAULT_PKTS_PER_S 20000
#define DEFAULT_BURST_PKTS 2000
#define DEFAULT_KBYTES_PER_S 65536
#define DEFAULT_BURST_KBYTES 8192

void model_port_admission(const struct model *m, const struct sw_port *sp, struct dp_admission *out)
{
	*out = m->admission.port;
	if (sp->upcall_rate.own)
		out->pkts_per_s = sp->upcall_rate.value;
	if (sp->upcall_burst.own)
		out->burst_pkts = sp->upcall_burst.value;
}

void model_admission_apply(struct model *m, const struct sw_port *sp)
{
	struct dp_admission limits;

	model_port_admission(m, sp, &limits);
	dp_set_admission(m->dp, sp->port_no, &limits);
}

void model_admission_forget(struct model *m, __u16 port_no)
{
	dp_set_admission(m->dp, port_no, &m->admission.port);
}

void model_admission(const struct model *m, struct model_admission *out)
{
	*out = m->admission;
}

void model_admission_set(struct model *m, const struct model_admission *a)
{
	m->admission = *a;
	/* Those of numbers that no port has, for the next one that gets it: its first
	 * packets come before anybody has said what is different about it. */
	for (__u16 i = 0; i < XVS_MAX_PORTS; i++)
		if (!port_by_no(m->ports, i))
			dp_set_admission(m->dp, i, &a->port);
	for (size_t i = 0; i < m->n_switches; i++)
		for (size_t k = 0; k < m->switches[i]->n_ports; k++)
			model_admission_apply(m, m->switches[i]->ports[k]);
	dp_set_allowance(m->dp, a->allowance);
	upcall_queue_set_records(m->upcalls, a->queue);
}

void model_admission_start(struct model *m)
{
	const struct model_admission defaults = {
		.port = {DEFAULT_PKTS_PER_S, DEFAULT_BURST_PKTS, DEFAULT_KBYTES_PER_S,
			 DEFAULT_BURST_KBYTES},
		.allowance = XVS_INFLIGHT_ALLOWANCE,
		.queue = UPCALL_QUEUE_RECORDS,
	};

	model_admission_set(m, &defaults);
}

void model_waiting(const struct model *m, struct model_waiting *out)
{
	struct upcall_queue_stats st;

	upcall_queue_stats(m->upcalls, &st);
	*out = (struct model_waiting){
		.records = st.records,
		.bytes = (__u64)st.chunks * UPCALL_QUEUE_CHUNK,
		.bytes_limit = (__u64)UPCALL_QUEUE_CHUNKS * UPCALL_QUEUE_CHUNK,
		.lost = st.lost,
	};
}
