// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Monitors: a ring between the datapath thread and a reader; see
 * model_monitor.h.
 *
 * Barriers. A packet is whole before the tail that covers it:
 *
 *   datapath thread                      reader
 *   ring[tail] = packet                  (C) load tail, acquire
 *   (A) store tail, release   pairs C    packet = ring[head]
 *   (B) load head, acquire    pairs D    (D) store head, release
 *   reuse the place
 */
#include "model_monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "model_private.h"

struct model_monitor {
	char sw_name[XVS_NAME_LEN];
	struct model_monitor *next; /* of the model */
	int fd; /* eventfd: something was appended */

	__u64 lost; /* atomic: appended by one side, taken by the other */
	size_t n_bytes; /* atomic: in the ring */
	size_t head, tail; /* running numbers */
	struct model_monitored *ring[MODEL_MONITOR_PACKETS];
};

static __u64 realtime_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (__u64)ts.tv_sec * 1000000 + (__u64)ts.tv_nsec / 1000;
}

int model_monitor_open(struct model *m, const char *sw_name, struct model_monitor **out)
{
	struct model_monitor *mon = calloc(1, sizeof(*mon));

	if (!mon)
		return -ENOMEM;
	mon->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mon->fd < 0) {
		int rc = -errno;

		free(mon);
		return rc;
	}
	strncpy(mon->sw_name, sw_name, sizeof(mon->sw_name) - 1);
	mon->next = m->monitors;
	m->monitors = mon;
	*out = mon;
	return 0;
}

void model_monitor_close(struct model *m, struct model_monitor *mon)
{
	struct model_monitor **p = &m->monitors;
	struct model_monitored *packet;

	if (!mon)
		return;
	while (*p != mon)
		p = &(*p)->next;
	*p = mon->next;
	while ((packet = model_monitor_take(mon)))
		free(packet);
	close(mon->fd);
	free(mon);
}

static const char *name_of_port(const struct model *m, const struct model_packet_in *in)
{
	for (size_t i = 0; i < m->n_switches; i++) {
		const struct sw_port *sp;

		if (strcmp(m->switches[i]->name, in->sw_name))
			continue;
		sp = sw_port_by_no(m->switches[i], in->in_port);
		return sp ? sp->name : "";
	}
	return "";
}

static struct model_monitored *copy_packet(const struct model *m, const struct model_packet_in *in,
					   size_t n_bytes)
{
	struct model_monitored *packet = malloc(sizeof(*packet) + n_bytes);

	if (!packet)
		return NULL;
	*packet = (struct model_monitored){
		.time_us = realtime_us(),
		.cookie = in->cookie,
		.key = *in->key,
		.reason = in->reason,
		.len = in->len,
		.n_bytes = (__u32)n_bytes,
		.in_port = in->in_port,
		.table_id = in->table_id,
	};
	snprintf(packet->port_name, sizeof(packet->port_name), "%s", name_of_port(m, in));
	memcpy(packet->bytes, in->frame, n_bytes);
	return packet;
}

/* False: there is no room, or no memory. */
static bool append(struct model *m, struct model_monitor *mon, const struct model_packet_in *in)
{
	size_t n_bytes = in->len < in->max_len || in->max_len == 0xffff ? in->len : in->max_len;
	size_t head = __atomic_load_n(&mon->head, __ATOMIC_ACQUIRE); /* (B) */
	struct model_monitored *packet;

	if (mon->tail - head == MODEL_MONITOR_PACKETS ||
	    __atomic_load_n(&mon->n_bytes, __ATOMIC_RELAXED) + n_bytes > MODEL_MONITOR_BYTES)
		return false;
	packet = copy_packet(m, in, n_bytes);
	if (!packet)
		return false;
	packet->lost = __atomic_exchange_n(&mon->lost, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&mon->n_bytes, n_bytes, __ATOMIC_RELAXED);
	mon->ring[mon->tail % MODEL_MONITOR_PACKETS] = packet;
	__atomic_store_n(&mon->tail, mon->tail + 1, __ATOMIC_RELEASE); /* (A) */
	return true;
}

static void wake_reader(const struct model_monitor *mon)
{
	__u64 one = 1;
	ssize_t n = write(mon->fd, &one, sizeof(one));

	/* A counter that is full wakes as well. */
	(void)n;
}

void model_monitor_packet(struct model *m, const struct model_packet_in *in)
{
	for (struct model_monitor *mon = m->monitors; mon; mon = mon->next) {
		if (strcmp(mon->sw_name, in->sw_name))
			continue;
		if (!append(m, mon, in))
			__atomic_fetch_add(&mon->lost, 1, __ATOMIC_RELAXED);
		wake_reader(mon);
	}
}

int model_monitor_fd(const struct model_monitor *mon)
{
	return mon->fd;
}

static struct model_monitored *take_one(struct model_monitor *mon)
{
	size_t tail = __atomic_load_n(&mon->tail, __ATOMIC_ACQUIRE); /* (C) */
	struct model_monitored *packet;

	if (tail == mon->head)
		return NULL;
	packet = mon->ring[mon->head % MODEL_MONITOR_PACKETS];
	__atomic_fetch_sub(&mon->n_bytes, packet->n_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&mon->head, mon->head + 1, __ATOMIC_RELEASE); /* (D) */
	return packet;
}

struct model_monitored *model_monitor_take(struct model_monitor *mon)
{
	struct model_monitored *packet = take_one(mon);
	__u64 n;

	if (packet)
		return packet;
	/* Quiet first, then a second look: what came between has either been seen
	 * by it or has made the descriptor readable again. */
	if (read(mon->fd, &n, sizeof(n)) < 0)
		return NULL;
	return take_one(mon);
}

__u64 model_monitor_lost(struct model_monitor *mon)
{
	return __atomic_exchange_n(&mon->lost, 0, __ATOMIC_RELAXED);
}
