/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control socket of an Open vSwitch daemon, what ovs-appctl speaks to:
 * JSON-RPC, one request at a time.
 */
#ifndef OVS_UNIXCTL_H
#define OVS_UNIXCTL_H

int unixctl_open(const char *path); /* a descriptor or -errno */
/* The command's output, malloc'ed, or NULL, explained on stderr. 'args' ends
 * with NULL. */
char *unixctl_call(int fd, const char *command, const char *const *args);

#endif /* OVS_UNIXCTL_H */
