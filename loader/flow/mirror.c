// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mirrors of a switch: memory and the list. What they do is in the translation.
 */
#include "mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sw.h"

struct mirror *mirror_create(const char *name)
{
	size_t len = strlen(name);
	struct mirror *m = len && len < XVS_NAME_LEN ? calloc(1, sizeof(*m)) : NULL;

	if (!m)
		return NULL;
	memcpy(m->name, name, len + 1);
	m->output_vlan = -1;
	m->refs = 1;
	return m;
}

struct mirror *mirror_get(struct mirror *m)
{
	m->refs++;
	return m;
}

void mirror_put(struct mirror *m)
{
	if (m && !--m->refs)
		free(m);
}

/* The place of that name; sw->n_mirrors: none. */
static size_t place(const struct sw *sw, const char *name)
{
	size_t i = 0;

	while (i < sw->n_mirrors && strcmp(sw->mirrors[i]->name, name))
		i++;
	return i;
}

struct mirror *mirror_find(const struct sw *sw, const char *name)
{
	size_t i = place(sw, name);

	return i < sw->n_mirrors ? sw->mirrors[i] : NULL;
}

int mirror_insert(struct sw *sw, struct mirror *m)
{
	if (mirror_find(sw, m->name))
		return -EEXIST;
	if (sw->n_mirrors >= MIRRORS_MAX)
		return -ENOSPC;
	/* All at once: there are few, and what was taken out finds room again. */
	if (!sw->mirrors)
		sw->mirrors = calloc(MIRRORS_MAX, sizeof(struct mirror *));
	if (!sw->mirrors)
		return -ENOMEM;
	sw->mirrors[sw->n_mirrors++] = m;
	change_set_add_all(sw->changes);
	return 0;
}

struct mirror *mirror_replace(struct sw *sw, struct mirror *m)
{
	size_t i = place(sw, m->name);
	struct mirror *old = sw->mirrors[i];

	sw->mirrors[i] = m;
	change_set_add_all(sw->changes);
	return old;
}

struct mirror *mirror_remove(struct sw *sw, const char *name)
{
	size_t i = place(sw, name);
	struct mirror *m;

	if (i == sw->n_mirrors)
		return NULL;
	m = sw->mirrors[i];
	change_set_add_all(sw->changes);
	sw->n_mirrors--;
	memmove(&sw->mirrors[i], &sw->mirrors[i + 1],
		(sw->n_mirrors - i) * sizeof(struct mirror *));
	return m;
}

void mirrors_fini(struct sw *sw)
{
	for (size_t i = 0; i < sw->n_mirrors; i++)
		mirror_put(sw->mirrors[i]);
	free(sw->mirrors);
	sw->mirrors = NULL;
	sw->n_mirrors = 0;
}

bool mirror_owns_port(const struct sw *sw, __u16 port_no)
{
	for (size_t i = 0; i < sw->n_mirrors; i++)
		if (sw->mirrors[i]->output_port == port_no)
			return port_no != 0;
	return false;
}

void mirror_forget_port(struct sw *sw, __u16 port_no)
{
	for (size_t i = 0; i < sw->n_mirrors; i++) {
		struct mirror *m = sw->mirrors[i];

		m->src_ports[port_no / 64] &= ~(1ULL << (port_no % 64));
		m->dst_ports[port_no / 64] &= ~(1ULL << (port_no % 64));
		if (m->output_port == port_no)
			m->output_port = 0;
		change_set_add_all(sw->changes);
	}
}
