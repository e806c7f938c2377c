// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Samples and circumstances; see bench.h.
 */
#include "bench.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void samples_add(struct samples *s, double v)
{
	if (s->n < MAX_SAMPLES)
		s->v[s->n++] = v;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void sort(struct samples *s)
{
	qsort(s->v, s->n, sizeof(s->v[0]), by_value);
}

double samples_median(struct samples *s)
{
	sort(s);
	if (!s->n)
		return 0;
	return s->n & 1 ? s->v[s->n / 2] : (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

double samples_min(struct samples *s)
{
	sort(s);
	return s->n ? s->v[0] : 0;
}

double samples_max(struct samples *s)
{
	sort(s);
	return s->n ? s->v[s->n - 1] : 0;
}

void samples_print(struct samples *s, const char *label, const char *unit, double goal)
{
	printf("  %-44s %8.2f [%.2f..%.2f] %s", label, samples_median(s), samples_min(s),
	       samples_max(s), unit);
	if (goal > 0)
		printf("   goal <= %.2f", goal);
	else if (goal < 0)
		printf("   goal >= %.2f", -goal);
	printf("\n");
	fflush(stdout);
}

static void print_line(const char *label, const char *path, const char *key)
{
	char line[512];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		char *value = key ? strchr(line, ':') : line;

		if (key && (strncmp(line, key, strlen(key)) || !value))
			continue;
		printf("# %s: %s", label, key ? value + 2 : value);
		break;
	}
	if (f)
		fclose(f);
}

static void print_mitigations(void)
{
	const char *base = "/sys/devices/system/cpu/vulnerabilities";
	DIR *dir = opendir(base);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[400], line[256] = "";
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, e->d_name);
		f = fopen(path, "re");
		if (f && fgets(line, sizeof(line), f) && strncmp(line, "Not affected", 12))
			printf("# mitigation: %s: %s", e->d_name, line);
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
}

void bench_circumstances(const char *title)
{
	struct utsname uts;

	uname(&uts);
	printf("# %s\n# kernel: %s, %ld CPUs\n", title, uts.release, sysconf(_SC_NPROCESSORS_ONLN));
	print_line("CPU", "/proc/cpuinfo", "model name");
	print_line("load", "/proc/loadavg", NULL);
	print_mitigations();
}

void bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("# sched_setaffinity");
}
