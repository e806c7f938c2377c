// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The client of unixctl.h.
 */
#include "unixctl.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int unixctl_open(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static int send_request(int fd, const char *command, const char *const *args)
{
	json_t *params = json_array();
	json_t *request;
	int rc;

	for (; *args; args++)
		json_array_append_new(params, json_string(*args));
	request = json_pack("{s:i, s:s, s:o}", "id", 0, "method", command, "params", params);
	if (!request)
		return -ENOMEM;
	rc = json_dumpfd(request, fd, JSON_COMPACT);
	json_decref(request);
	return rc ? -EIO : 0;
}

/* A reply is all that there is to read, so nothing of another one is lost. */
static size_t receive(void *buffer, size_t size, void *fd)
{
	ssize_t n;

	do {
		n = recv(*(int *)fd, buffer, size, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? (size_t)-1 : (size_t)n;
}

char *unixctl_call(int fd, const char *command, const char *const *args)
{
	const char *result, *error;
	char *copy = NULL;
	json_error_t why;
	json_t *reply;

	if (send_request(fd, command, args)) {
		fprintf(stderr, "ovs: %s: cannot send\n", command);
		return NULL;
	}
	reply = json_load_callback(receive, &fd, JSON_DISABLE_EOF_CHECK, &why);
	result = json_string_value(json_object_get(reply, "result"));
	error = json_string_value(json_object_get(reply, "error"));
	if (result)
		copy = strdup(result);
	else
		fprintf(stderr, "ovs: %s %s: %s\n", command, *args ? *args : "",
			error ? error : why.text);
	json_decref(reply);
	return copy;
}
