// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A port's queue is one chain of chunks, its records one behind the other; how
 * many chunks a record has follows from its length. Ports that have records are
 * in a list, in the order in which it is their turn.
 */
#include "upcall_queue.h"

#include <stdlib.h>
#include <string.h>

#define NO_CHUNK 0xffffffffU
#define NO_PORT 0xffff

struct port_queue {
	__u32 head, tail; /* first and last chunk; NO_CHUNK: empty */
	__u32 n_chunks;
	__u32 n_records;
	__u16 next; /* port, in the list of turns */
	bool listed;
};

struct upcall_queue {
	struct upcall_queue_size size;
	struct upcall_queue_stats stats;
	__u8 *data; /* chunks */
	__u32 *link; /* by chunk: the next one of its chain */
	__u32 free; /* a chain too, last in first out: what was touched is used again */
	__u32 n_free;
	__u16 first, last; /* the list of turns; 'last' is valid while there is a first */
	struct port_queue port[XVS_MAX_PORTS];
	__u32 lent; /* a chunk that pop returned, NO_CHUNK: none */
	__u8 *record; /* what pop returned of more chunks, in one piece */
};

static void *chunk_at(const struct upcall_queue *q, __u32 chunk)
{
	return q->data + (size_t)chunk * UPCALL_QUEUE_CHUNK;
}

static size_t record_bytes(const struct xvs_upcall *up)
{
	return sizeof(*up) + up->len;
}

static __u32 record_chunks(const struct xvs_upcall *up)
{
	return (__u32)((record_bytes(up) + UPCALL_QUEUE_CHUNK - 1) / UPCALL_QUEUE_CHUNK);
}

static void init_free(struct upcall_queue *q)
{
	for (__u32 i = 0; i < q->size.chunks; i++)
		q->link[i] = i + 1 < q->size.chunks ? i + 1 : NO_CHUNK;
	q->free = 0;
	q->n_free = q->size.chunks;
}

struct upcall_queue *upcall_queue_create(const struct upcall_queue_size *size)
{
	struct upcall_queue *q = calloc(1, sizeof(*q));

	XVS_STATIC_ASSERT(sizeof(struct xvs_upcall) <= UPCALL_QUEUE_CHUNK,
			  "a header is in one piece");
	if (!q)
		return NULL;
	q->size = *size;
	q->first = NO_PORT;
	q->lent = NO_CHUNK;
	/* Large enough to be pages that are not there until they are written. */
	q->data = malloc((size_t)size->chunks * UPCALL_QUEUE_CHUNK);
	q->link = malloc(size->chunks * sizeof(*q->link));
	q->record = malloc(sizeof(struct xvs_upcall) + XVS_UPCALL_CLASS3 + UPCALL_QUEUE_CHUNK);
	if (!q->data || !q->link || !q->record) {
		upcall_queue_destroy(q);
		return NULL;
	}
	init_free(q);
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		q->port[i].head = q->port[i].tail = NO_CHUNK;
	return q;
}

void upcall_queue_destroy(struct upcall_queue *q)
{
	if (!q)
		return;
	free(q->data);
	free(q->link);
	free(q->record);
	free(q);
}

void upcall_queue_set_records(struct upcall_queue *q, __u32 port_records)
{
	q->size.port_records = port_records;
}

/* --- the list of turns --- */

static void list_append(struct upcall_queue *q, __u16 port_no)
{
	q->port[port_no].next = NO_PORT;
	q->port[port_no].listed = true;
	if (q->first == NO_PORT)
		q->first = port_no;
	else
		q->port[q->last].next = port_no;
	q->last = port_no;
	q->stats.ports++;
}

static __u16 list_take(struct upcall_queue *q)
{
	__u16 port_no = q->first;

	if (port_no == NO_PORT)
		return NO_PORT;
	q->first = q->port[port_no].next;
	q->port[port_no].listed = false;
	q->stats.ports--;
	return port_no;
}

/* --- chunks --- */

static __u32 chunk_alloc(struct upcall_queue *q)
{
	__u32 chunk = q->free;

	q->free = q->link[chunk];
	q->n_free--;
	return chunk;
}

static void chunk_free(struct upcall_queue *q, __u32 chunk)
{
	q->link[chunk] = q->free;
	q->free = chunk;
	q->n_free++;
}

static void note_taken(struct upcall_queue *q, struct port_queue *pq, __u32 n)
{
	if (pq->head == NO_CHUNK)
		pq->tail = NO_CHUNK;
	pq->n_chunks -= n;
	pq->n_records--;
	q->stats.chunks -= n;
	q->stats.records--;
}

/* Takes the first record off a queue, and copies as much of it as 'max' allows. */
static void take_record(struct upcall_queue *q, struct port_queue *pq, __u8 *to, size_t max)
{
	const struct xvs_upcall *up = chunk_at(q, pq->head);
	size_t left = record_bytes(up) < max ? record_bytes(up) : max;
	__u32 n = record_chunks(up);

	for (__u32 i = 0; i < n; i++) {
		__u32 chunk = pq->head;
		size_t part = left < UPCALL_QUEUE_CHUNK ? left : UPCALL_QUEUE_CHUNK;

		memcpy(to, chunk_at(q, chunk), part);
		to += part;
		left -= part;
		pq->head = q->link[chunk];
		chunk_free(q, chunk);
	}
	note_taken(q, pq, n);
}

/* The first record of a queue, of one chunk: it stays where it is until the next pop. */
static const struct xvs_upcall *lend_record(struct upcall_queue *q, struct port_queue *pq)
{
	q->lent = pq->head;
	pq->head = q->link[q->lent];
	note_taken(q, pq, 1);
	return chunk_at(q, q->lent);
}

static void put_record(struct upcall_queue *q, struct port_queue *pq, const struct xvs_upcall *up,
		       __u32 n)
{
	const __u8 *from = (const __u8 *)up;
	size_t left = record_bytes(up);

	for (__u32 i = 0; i < n; i++) {
		__u32 chunk = chunk_alloc(q);
		size_t part = left < UPCALL_QUEUE_CHUNK ? left : UPCALL_QUEUE_CHUNK;

		memcpy(chunk_at(q, chunk), from, part);
		from += part;
		left -= part;
		q->link[chunk] = NO_CHUNK;
		if (pq->tail == NO_CHUNK)
			pq->head = chunk;
		else
			q->link[pq->tail] = chunk;
		pq->tail = chunk;
	}
	pq->n_chunks += n;
	pq->n_records++;
	q->stats.chunks += n;
	q->stats.records++;
}

static struct port_queue *longest(struct upcall_queue *q)
{
	struct port_queue *found = NULL;

	for (__u16 i = q->first; i != NO_PORT; i = q->port[i].next)
		if (!found || q->port[i].n_chunks > found->n_chunks)
			found = &q->port[i];
	return found;
}

/* Until 'n' chunks are free for the queue: false if it would be the longest. */
static bool make_room(struct upcall_queue *q, const struct port_queue *pq, __u32 n,
		      upcall_lost_fn lost, void *aux)
{
	while (q->n_free < n) {
		struct port_queue *victim = longest(q);
		struct xvs_upcall up;

		if (!victim || victim->n_chunks <= pq->n_chunks + n)
			return false;
		take_record(q, victim, (__u8 *)&up, sizeof(up));
		q->stats.lost++;
		lost(aux, &up);
	}
	return true;
}

void upcall_queue_push(struct upcall_queue *q, const struct xvs_upcall *up, upcall_lost_fn lost,
		       void *aux)
{
	struct port_queue *pq = &q->port[up->port_no];
	__u32 n = record_chunks(up);

	if (up->len > XVS_UPCALL_CLASS3 || pq->n_records >= q->size.port_records ||
	    pq->n_chunks + n > q->size.port_chunks || !make_room(q, pq, n, lost, aux)) {
		q->stats.lost++;
		lost(aux, up);
		return;
	}
	put_record(q, pq, up, n);
	if (!pq->listed)
		list_append(q, up->port_no);
}

const struct xvs_upcall *upcall_queue_pop(struct upcall_queue *q)
{
	const struct xvs_upcall *up;
	struct port_queue *pq;
	__u16 port_no;

	if (q->lent != NO_CHUNK)
		chunk_free(q, q->lent);
	q->lent = NO_CHUNK;
	port_no = list_take(q);
	/* A queue that lost its last record is still listed. */
	while (port_no != NO_PORT && !q->port[port_no].n_records)
		port_no = list_take(q);
	if (port_no == NO_PORT)
		return NULL;
	pq = &q->port[port_no];
	up = chunk_at(q, pq->head);
	if (record_chunks(up) == 1) {
		up = lend_record(q, pq);
	} else {
		take_record(q, pq, q->record, sizeof(struct xvs_upcall) + XVS_UPCALL_CLASS3);
		up = (const struct xvs_upcall *)(const void *)q->record;
	}
	if (pq->n_records)
		list_append(q, port_no);
	return up;
}

const struct xvs_upcall *upcall_queue_peek(const struct upcall_queue *q)
{
	if (q->first == NO_PORT || !q->port[q->first].n_records)
		return NULL;
	return chunk_at(q, q->port[q->first].head);
}

bool upcall_queue_is_empty(const struct upcall_queue *q)
{
	return !q->stats.records;
}

void upcall_queue_stats(const struct upcall_queue *q, struct upcall_queue_stats *out)
{
	*out = q->stats;
}
