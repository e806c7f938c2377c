// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Eventfds of others: see vhost_notify.h. The C library has no wrappers for these
 * system calls.
 */
#include "vhost_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Completions that nobody has fetched yet; nobody wants them. */
#define MAX_EVENTS 64
/* Other threads may be as fast. */
#define MAX_TRIES 100

static pthread_once_t once = PTHREAD_ONCE_INIT;
static aio_context_t context;
static int null_fd = -1, setup_error;

static void setup(void)
{
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd >= 0 && !syscall(SYS_io_setup, MAX_EVENTS, &context))
		return;
	setup_error = -errno;
	if (null_fd >= 0)
		close(null_fd);
}

int vhost_notify_setup(void)
{
	pthread_once(&once, setup);
	return setup_error;
}

static void fetch_events(void)
{
	struct io_event events[MAX_EVENTS];
	struct timespec now = {};

	syscall(SYS_io_getevents, context, 0, MAX_EVENTS, events, &now);
}

bool vhost_notify(int fd)
{
	char byte;
	struct iocb read_nothing = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (__u32)null_fd,
		.aio_buf = (uintptr_t)&byte,
		.aio_nbytes = sizeof(byte),
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = (__u32)fd,
	};
	struct iocb *list = &read_nothing;

	if (vhost_notify_setup())
		return !eventfd_write(fd, 1);
	for (int i = 0; i < MAX_TRIES; i++) {
		if (syscall(SYS_io_submit, context, 1, &list) == 1)
			return true;
		if (errno != EAGAIN)
			return false;
		fetch_events();
	}
	return false;
}
