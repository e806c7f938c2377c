/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Port names for tests and fuzzing of flow text, the awkward kinds included:
 * dots, spaces, a reserved word, a number.
 */
#ifndef TESTS_FLOW_NAMES_H
#define TESTS_FLOW_NAMES_H

#include <errno.h>
#include <string.h>

#include "flow_parse.h"

static const char *const test_port_names[] = {
	NULL, "vm0", "vm1", "eth0.10", "a b", "normal", "7", "br-lan@x", "10ge1",
};
#define TEST_N_PORT_NAMES (sizeof(test_port_names) / sizeof(test_port_names[0]))

static inline int test_port_number(void *aux, const char *name, __u16 *port_no)
{
	(void)aux;
	for (__u16 i = 1; i < TEST_N_PORT_NAMES; i++) {
		if (!strcmp(test_port_names[i], name)) {
			*port_no = i;
			return 0;
		}
	}
	return -ENOENT;
}

static inline const char *test_port_name(void *aux, __u16 port_no)
{
	(void)aux;
	return port_no < TEST_N_PORT_NAMES ? test_port_names[port_no] : NULL;
}

static const struct port_names test_names = {
	.number = test_port_number,
	.name = test_port_name,
};

#endif /* TESTS_FLOW_NAMES_H */
