/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Log lines of the daemon: one line, lower case, subject first, no full stop.
 * To standard error, with the <N> prefix of sd-daemon(3) when the journal
 * reads it. Any thread.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

enum log_level { LOG_LVL_ERR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };

void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* At most 'burst' lines a second from one place, then a count of the rest. */
struct log_limit {
	long second;
	unsigned int n;
	unsigned int suppressed;
};
int log_limit_ok(struct log_limit *l, unsigned int burst);

#define log_err(module, ...) log_line(LOG_LVL_ERR, module, __VA_ARGS__)
#define log_warn(module, ...) log_line(LOG_LVL_WARN, module, __VA_ARGS__)
#define log_info(module, ...) log_line(LOG_LVL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_line(LOG_LVL_DEBUG, module, __VA_ARGS__)
/* For paths that packets drive. */
#define log_warn_rl(module, ...)                                     \
	do {                                                         \
		static struct log_limit log_limit_here;              \
		if (log_limit_ok(&log_limit_here, 5))                \
			log_line(LOG_LVL_WARN, module, __VA_ARGS__); \
	} while (0)
/* For what somebody outside can make happen as often as he likes: each of them has a
 * limit of his own, so that nobody's lines make another one's go away. */
#define log_limited(limit, level, module, ...)                \
	do {                                                  \
		if (log_limit_ok(limit, 5))                   \
			log_line(level, module, __VA_ARGS__); \
	} while (0)

#endif /* UTIL_LOG_H */
