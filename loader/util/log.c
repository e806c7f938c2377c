// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Log lines of the daemon. One write(2) a line, so that lines of two threads
 * never mix.
 */
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048

struct log_level_info {
	const char *name;
	int priority; /* of syslog(3), for the journal */
};

static const struct log_level_info level_info[] = {
	[LOG_LVL_ERR] = {"err", 3},
	[LOG_LVL_WARN] = {"warn", 4},
	[LOG_LVL_INFO] = {"info", 6},
	[LOG_LVL_DEBUG] = {"debug", 7},
};

static atomic_int level_limit = LOG_LVL_INFO;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;
static int to_journal;
static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;

/* $JOURNAL_STREAM names the device and inode of the journal's stream; it is
 * inherited, so it only counts if standard error still is that stream. */
static void find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return;
	if (!fstat(STDERR_FILENO, &st))
		to_journal = st.st_dev == dev && st.st_ino == ino;
}

void log_set_level(enum log_level level)
{
	atomic_store(&level_limit, (int)level);
}

static int put_prefix(char *line, size_t size, enum log_level level, const char *module)
{
	const struct log_level_info *info = &level_info[level];
	struct timespec now;
	struct tm tm;
	char when[32];

	if (to_journal)
		return snprintf(line, size, "<%d>%s: ", info->priority, module);
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	return snprintf(line, size, "%s.%03ld %s %s: ", when, now.tv_nsec / 1000000, info->name,
			module);
}

void log_line(enum log_level level, const char *module, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;
	size_t len;
	int n;

	if ((int)level > atomic_load(&level_limit))
		return;
	pthread_once(&journal_once, find_journal);
	n = put_prefix(line, sizeof(line), level, module);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	len = (size_t)n;
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	len += (size_t)n;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	/* A line is a line, whatever a device is called. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = '?';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is no other place to say it */
}

int log_limit_ok(struct log_limit *l, unsigned int burst)
{
	unsigned int suppressed = 0;
	struct timespec now;
	int ok;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&limit_lock);
	if (l->second != now.tv_sec) {
		suppressed = l->suppressed;
		l->second = now.tv_sec;
		l->n = 0;
		l->suppressed = 0;
	}
	ok = l->n < burst;
	if (ok)
		l->n++;
	else
		l->suppressed++;
	pthread_mutex_unlock(&limit_lock);
	if (suppressed)
		log_line(LOG_LVL_WARN, "log", "%u lines like the next one left out", suppressed);
	return ok;
}
