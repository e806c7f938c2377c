// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes while rings run: memory that comes, goes or shrinks, rings that move or
 * start elsewhere, a migration that begins, inflight memory that is nonsense.
 */
#include "hostile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned int some_ring(struct life *l)
{
	return below(l, 2 * l->pairs);
}

static bool enable(struct life *l)
{
	return tell_state(l, SET_VRING_ENABLE, some_ring(l), below(l, 4) != 0);
}

/* To where it is, to the place of another, or to nowhere good. */
static bool move_ring(struct life *l)
{
	unsigned int i = some_ring(l);
	const struct ring *r = &l->ring[below(l, 4) ? i : some_ring(l)];
	struct message m = {.request = SET_VRING_ADDR,
			    .addr = {.index = i,
				     .desc = (uintptr_t)r->desc,
				     .used = (uintptr_t)r->used,
				     .avail = (uintptr_t)r->avail}};

	if (oops(l))
		m.addr.desc = oops(l) ? odd_number(l) : m.addr.desc + below(l, 64);
	if (oops(l))
		m.addr.used = l->rings.region.uva + l->rings.region.size - below(l, 16384);
	if (!below(l, 8)) {
		m.addr.flags = 1;
		m.addr.log = odd_number(l);
	}
	return tell(l, &m, sizeof(m.addr), NULL, 0);
}

/* Stops it, and starts it where it was or anywhere. */
static bool restart_ring(struct life *l)
{
	unsigned int i = some_ring(l);
	struct message m = {.request = GET_VRING_BASE, .state = {i, 0}};
	uint32_t base;

	if (!tell(l, &m, sizeof(m.state), NULL, 0))
		return false;
	m.request = GET_VRING_BASE;
	if (!answer(l, &m, NULL))
		return false;
	base = m.state.num;
	if (!below(l, 4))
		base = (uint32_t)odd_number(l);
	if (!l->packed)
		ring_restart(&l->ring[i], (uint16_t)base);
	return tell_state(l, SET_VRING_BASE, i, base) && tell_addr(l, i) &&
	       tell_eventfd(l, SET_VRING_KICK, i, &l->ring[i].kick);
}

/* Full, so that whoever writes them blocks: they are the same files, and their flags
 * are ours as much as theirs. */
static bool fill_eventfds(struct life *l)
{
	for (unsigned int i = 0; i < 2 * l->pairs; i++) {
		int fd = l->ring[i].call;
		eventfd_t count;

		fcntl(fd, F_SETFL, O_NONBLOCK);
		eventfd_read(fd, &count);
		if (!eventfd_write(fd, UINT64_MAX - 1))
			fcntl(fd, F_SETFL, 0);
	}
	return true;
}

static bool change_eventfd(struct life *l)
{
	unsigned int i = some_ring(l);
	int none = -1;
	bool ok;

	switch (below(l, 5)) {
	case 0:
		return tell_eventfd(l, SET_VRING_KICK, i, &l->ring[i].kick);
	case 1: /* nobody else has it then */
		ok = tell_eventfd(l, SET_VRING_ERR, i, &none);
		close(none);
		return ok;
	case 2:
		return tell_u64(l, below(l, 2) ? SET_VRING_CALL : SET_VRING_KICK, i | 0x100);
	case 3:
		return tell_eventfd(l, SET_VRING_CALL, i, &l->ring[i].call);
	default:
		return fill_eventfds(l);
	}
}

static bool memory_table(struct life *l)
{
	struct message m = {.request = SET_MEM_TABLE, .memory = {.n = below(l, MAX_REGIONS + 1)}};
	int fds[MAX_REGIONS];

	if (below(l, 4))
		return tell_memory(l);
	for (uint32_t i = 0; i < m.memory.n; i++) {
		const struct memory *from = below(l, 2) ? &l->rings : &l->buffers;

		fds[i] = from->fd;
		m.memory.region[i] = from->region;
		((uint64_t *)&m.memory.region[i])[below(l, 4)] += odd_number(l);
	}
	return tell(l, &m, 8 + m.memory.n * (uint32_t)sizeof(struct region), fds, (int)m.memory.n);
}

static bool slot(struct life *l)
{
	const struct memory *memory = below(l, 2) ? &l->rings : &l->buffers;
	struct message m = {.request = below(l, 2) ? ADD_MEM_REG : REM_MEM_REG,
			    .slot = {.region = memory->region}};
	int fd = dup(memory->fd);
	bool ok;

	if (!(l->protocol >> PROTOCOL_CONFIGURE_SLOTS & 1) && !oops(l))
		return true;
	/* More of it, elsewhere; or what is there is taken away, and comes back. */
	if (m.request == ADD_MEM_REG || !below(l, 4)) {
		m.slot.region.gpa += (1ULL + below(l, 64)) << 32;
		m.slot.region.uva += (1ULL + below(l, 64)) << 32;
	}
	if (oops(l))
		((uint64_t *)&m.slot.region)[below(l, 4)] = odd_number(l);
	ok = tell(l, &m, sizeof(m.slot), &fd, m.request == ADD_MEM_REG);
	close(fd);
	if (!ok || m.request == ADD_MEM_REG || below(l, 4))
		return ok;
	m.request = ADD_MEM_REG;
	m.slot.region = memory->region;
	fd = memory->fd;
	return tell(l, &m, sizeof(m.slot), &fd, 1);
}

/* A log of any size, and pages beyond it that become dirty. */
static bool migrate(struct life *l)
{
	struct message m = {.request = SET_LOG_BASE, .log = {4096u << below(l, 8), 0}};
	int fd = memfd_create("log", MFD_CLOEXEC);
	bool ok;

	if (oops(l))
		m.log.offset = odd_number(l);
	ok = !ftruncate(fd, (off_t)(4096u << below(l, 8)));
	if (ok && (oops(l) || l->protocol & 2))
		ok = tell(l, &m, sizeof(m.log), &fd, 1);
	if (ok)
		ok = tell_u64(l, SET_FEATURES, l->features ^ (below(l, 4) ? 1ULL << F_LOG_ALL : 0));
	if (!below(l, 4) && ftruncate(fd, 0))
		ok = false;
	close(fd);
	return ok;
}

/* Asks for the memory and gives it back, with noise in it, or gives something else. */
static bool inflight(struct life *l)
{
	struct message m = {.request = GET_INFLIGHT_FD,
			    .inflight = {.n_rings = (uint16_t)(2 * l->pairs),
					 .ring_size = (uint16_t)l->ring_size}};
	uint8_t *at;
	int fd;
	bool ok;

	if (!(l->protocol >> PROTOCOL_INFLIGHT & 1) && !oops(l))
		return true;
	if (!tell(l, &m, sizeof(m.inflight), NULL, 0))
		return false;
	m.request = GET_INFLIGHT_FD;
	if (!answer(l, &m, &fd) || fd < 0)
		return false;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (unsigned int n = below(l, 32); n-- && at != MAP_FAILED;)
		at[below(l, 4096)] = (uint8_t)draw(l);
	if (at != MAP_FAILED)
		munmap(at, 4096);
	if (!below(l, 4)) {
		close(fd);
		fd = odd_fd(l);
	}
	if (oops(l))
		m.word[below(l, 3)] = odd_number(l);
	m.request = SET_INFLIGHT_FD;
	ok = tell(l, &m, sizeof(m.inflight), &fd, 1);
	close(fd);
	return ok;
}

static bool truncate_memory(struct life *l)
{
	struct memory *m = below(l, 2) ? &l->rings : &l->buffers;

	if (m->gone || ftruncate(m->fd, below(l, 2) ? 0 : (off_t)below(l, 1 << 16)))
		return true;
	m->gone = true;
	l->tally->truncated++;
	/* It may be there again before anybody has looked. */
	if (!below(l, 4) && !ftruncate(m->fd, (off_t)m->region.size))
		m->gone = false;
	return true;
}

static bool start_over(struct life *l)
{
	static const uint32_t requests[] = {RESET_OWNER, RESET_DEVICE, SET_STATUS};
	struct message m = {.request = requests[below(l, 3)]};

	if (!tell(l, &m, m.request == SET_STATUS ? 8 : 0, NULL, 0))
		return false;
	for (unsigned int i = 0; i < 2 * l->pairs; i++)
		ring_restart(&l->ring[i], 0);
	return negotiate(l);
}

static bool other(struct life *l)
{
	static const uint32_t requests[] = {SEND_RARP,         NET_SET_MTU, GET_QUEUE_NUM,
					    GET_MAX_MEM_SLOTS, GET_STATUS,  SET_STATUS,
					    GET_FEATURES,      SET_FEATURES};
	struct message m = {.request = requests[below(l, 8)], .u64 = odd_number(l)};
	bool asks = m.request == GET_QUEUE_NUM || m.request == GET_MAX_MEM_SLOTS ||
		    m.request == GET_STATUS || m.request == GET_FEATURES;

	if (m.request == SET_FEATURES && !oops(l))
		m.u64 = l->features;
	if (m.request == SET_STATUS && !oops(l))
		m.u64 = 15;
	return tell(l, &m, asks ? 0 : 8, NULL, 0);
}

/* Questions by the hundred, and nobody reads the answers. */
static bool flood(struct life *l)
{
	bool ok = true;

	for (unsigned int n = below(l, 400); n-- && ok;)
		ok = tell_u64(l, SEND_RARP, draw(l)) &&
		     tell(l, &(struct message){.request = GET_FEATURES}, 0, NULL, 0);
	return ok;
}

bool change_something(struct life *l)
{
	static bool (*const often[])(struct life * l) = {
		enable, move_ring, restart_ring, change_eventfd, memory_table,
		slot,   migrate,   inflight,     other,
	};
	static bool (*const seldom[])(struct life * l) = {truncate_memory, start_over, flood};

	if (!below(l, 6))
		return seldom[below(l, sizeof(seldom) / sizeof(seldom[0]))](l);
	return often[below(l, sizeof(often) / sizeof(often[0]))](l);
}
