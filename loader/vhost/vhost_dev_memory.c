// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The memory of a vhost-user device's guest and its dirty log, as the front end tells
 * of them (vhost_dev_private.h). All changes are made with the rings held; their
 * addresses are resolved again afterwards, and a ring whose memory is gone stops.
 */
#include <errno.h>
#include <string.h>

#include "vhost_dev_private.h"

static int region_add(struct vhost_dev *dev, const struct vhost_call *c,
		      const struct vhost_msg_region *m, int fd)
{
	int rc = guest_mem_add(&dev->mem, fd, m->gpa, m->uva, m->size, m->offset);

	if (!rc)
		return 0;
	return vhost_refuse(dev, c, rc == -EPROTO ? -EINVAL : rc,
			    "0x%llx bytes at 0x%llx, 0x%llx in the file: %s",
			    (unsigned long long)m->size, (unsigned long long)m->gpa,
			    (unsigned long long)m->offset, strerror(-rc));
}

/* One by one: the log stays. */
static void regions_clear(struct guest_mem *mem)
{
	while (mem->n) {
		const struct guest_region *r = &mem->region[mem->n - 1];

		if (guest_mem_remove(mem, r->gpa, r->uva, r->size))
			break;
	}
}

int vhost_set_mem_table(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_memory *table = &c->msg.memory;
	int rc = 0;

	vhost_rings_hold(dev);
	regions_clear(&dev->mem);
	for (__u32 i = 0; i < table->n_regions && !rc; i++)
		rc = region_add(dev, c, &table->region[i], c->fds[i]);
	/* Half a table is none. */
	if (rc)
		regions_clear(&dev->mem);
	vhost_rings_go_on(dev);
	return rc;
}

int vhost_get_max_mem_slots(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_reply_u64(c, GUEST_MEM_REGIONS);
	return 0;
}

/* Some front ends (QEMU before 8.2) tell of each region once for each queue pair. */
static bool region_is_there(const struct guest_mem *mem, const struct vhost_msg_region *m)
{
	for (unsigned int i = 0; i < mem->n; i++)
		if (mem->region[i].gpa == m->gpa && mem->region[i].uva == m->uva &&
		    mem->region[i].size == m->size)
			return true;
	return false;
}

static bool region_is_nowhere(const struct guest_mem *mem, const struct vhost_msg_region *m)
{
	for (unsigned int i = 0; i < mem->n; i++)
		if (m->gpa < mem->region[i].gpa + mem->region[i].size &&
		    mem->region[i].gpa < m->gpa + m->size)
			return false;
	return true;
}

/* One that is there is added already. */
int vhost_add_mem_reg(struct vhost_dev *dev, struct vhost_call *c)
{
	int rc;

	if (region_is_there(&dev->mem, &c->msg.slot.region))
		return 0;
	vhost_rings_hold(dev);
	rc = region_add(dev, c, &c->msg.slot.region, c->fds[0]);
	vhost_rings_go_on(dev);
	return rc;
}

/* And one of which nothing is there is removed already. */
int vhost_rem_mem_reg(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_region *m = &c->msg.slot.region;
	int rc;

	if (region_is_nowhere(&dev->mem, m))
		return 0;
	vhost_rings_hold(dev);
	rc = guest_mem_remove(&dev->mem, m->gpa, m->uva, m->size);
	vhost_rings_go_on(dev);
	if (!rc)
		return 0;
	return vhost_refuse(dev, c, rc, "there is no region of 0x%llx bytes at 0x%llx",
			    (unsigned long long)m->size, (unsigned long long)m->gpa);
}

int vhost_set_log_base(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_log *log = &c->msg.log;
	int rc;

	vhost_rings_hold(dev);
	rc = guest_mem_set_log(&dev->mem, c->fds[0], log->size, log->offset);
	vhost_rings_go_on(dev);
	/* This one is always answered, and an answer has no room for an error. */
	if (rc)
		return vhost_refuse(dev, c, -EPROTO, "0x%llx bytes at 0x%llx: %s",
				    (unsigned long long)log->size, (unsigned long long)log->offset,
				    strerror(-rc));
	vhost_reply_u64(c, 0);
	return 0;
}

/* It would be told of each change of the log; front ends look at the log itself. */
int vhost_set_log_fd(struct vhost_dev *dev, struct vhost_call *c)
{
	return 0;
}
