// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A guest's memory: regions that are found and those that are refused, the dirty
 * log, and what happens when a file is made shorter while it is mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_mem.h"
#include "test.h"

#define PAGE 4096u

static int file_of(size_t len)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	return fd;
}

TEST(guest_mem, regions_that_cannot_be_are_refused)
{
	struct guest_mem m = {0};
	int fd = file_of(8 * PAGE), null = open("/dev/null", O_RDWR);
	int file = open("/proc/self/status", O_RDONLY); /* not in memory */

	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 9 * PAGE, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, PAGE, 8 * PAGE), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, PAGE, ~0ULL - 10), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, ~0ULL - 10, 0, PAGE, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, ~0ULL - 10, PAGE, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, null, 0, 0, PAGE, 0), -EOPNOTSUPP);
	assert_int_equal(guest_mem_add(&m, file, 0, 0, 1, 0), -EOPNOTSUPP);
	assert_int_equal(guest_mem_add(&m, -1, 0, 0, PAGE, 0), -EBADF);
	assert_int_equal(m.n, 0);
	assert_int_equal(guest_mem_add(&m, fd, 4 * PAGE, 0, 4 * PAGE, 0), 0);
	assert_int_equal(guest_mem_add(&m, fd, 7 * PAGE, 0, PAGE, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 4 * PAGE + 1, 0), -EINVAL);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 4 * PAGE, 4 * PAGE), 0);
	assert_int_equal(guest_mem_add(&m, fd, 8 * PAGE, 0, PAGE, 0), 0);
	assert_int_equal(guest_mem_remove(&m, 4 * PAGE, 0, PAGE), -ENOENT);
	for (unsigned int i = m.n; i < GUEST_MEM_REGIONS; i++)
		assert_int_equal(guest_mem_add(&m, fd, i * 16 * PAGE, 0, PAGE, 0), 0);
	assert_int_equal(guest_mem_add(&m, fd, 1ULL << 40, 0, PAGE, 0), -ENOSPC);
	guest_mem_fini(&m);
	assert_int_equal(m.n, 0);
	close(fd);
	close(file);
	close(null);
}

/* Against a table of what is where, region by region as they come and go. */
TEST(guest_mem, each_address_is_found_or_nowhere)
{
	enum { SLOTS = 16, REGION = 3 * PAGE };
	struct guest_mem m = {0};
	const struct guest_region *hint = &m.region[5];
	bool there[SLOTS] = {false};
	uint64_t seed = test_seed(0x6d656d);
	int fd = file_of(SLOTS * REGION);
	__u8 *view = mmap(NULL, SLOTS * REGION, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	for (int round = 0; round < 2000; round++) {
		__u32 slot = test_below(&seed, SLOTS), at = test_below(&seed, SLOTS * REGION);
		__u64 gpa = slot * REGION, want = 1 + test_below(&seed, 2 * REGION), len = want;
		__u8 *p;

		if (there[slot])
			assert_int_equal(guest_mem_remove(&m, gpa, 2 * gpa, REGION), 0);
		else
			assert_int_equal(guest_mem_add(&m, fd, gpa, 2 * gpa, REGION, gpa), 0);
		there[slot] = !there[slot];
		view[at] = (__u8)round;
		slot = at / REGION;
		p = guest_mem_at_hint(&m, &hint, at, &len);
		assert_int_equal(p != NULL, there[slot]);
		assert_ptr_equal(p, guest_mem_at(&m, at, &(__u64){want}));
		if (!p) {
			/* But for what 2 * gpa may be in another one. */
			assert_null(guest_mem_at_user(&m, ~0ULL - 5, 2));
			continue;
		}
		assert_int_equal(*p, (__u8)round);
		assert_int_equal(len, want < REGION - at % REGION ? want : REGION - at % REGION);
		assert_true(guest_mem_gpa(&m, p, &gpa));
		assert_int_equal(gpa, at);
		assert_ptr_equal(guest_mem_at_user(&m, 2ULL * slot * REGION, REGION),
				 p - at % REGION);
		assert_null(guest_mem_at_user(&m, 2ULL * slot * REGION, REGION + 1));
		assert_null(guest_mem_at_user(&m, 2ULL * slot * REGION + 1, REGION));
	}
	guest_mem_fini(&m);
	munmap(view, SLOTS * REGION);
	close(fd);
}

TEST(guest_mem, offsets_need_no_alignment)
{
	struct guest_mem m = {0};
	int fd = file_of(4 * PAGE);
	__u64 len = 1;
	__u8 *p;

	assert_int_equal(pwrite(fd, "x", 1, PAGE + 100), 1);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 2 * PAGE, PAGE + 100), 0);
	p = guest_mem_at(&m, 0, &len);
	assert_int_equal(*p, 'x');
	guest_mem_fini(&m);
	close(fd);
}

TEST(guest_mem, the_log_has_a_bit_for_each_page_that_was_written)
{
	struct guest_mem m = {0};
	int fd = file_of(PAGE), log = file_of(PAGE);
	__u8 *bits = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, log, 0);
	__u8 expected[16] = {0};

	guest_mem_log(&m, 0, 10); /* none yet */
	assert_int_equal(guest_mem_set_log(&m, log, 8, 2 * PAGE), -EINVAL);
	assert_int_equal(guest_mem_set_log(&m, log, 8, 0), 0);
	guest_mem_log(&m, 5 * PAGE - 1, 2); /* two pages */
	guest_mem_log(&m, 9 * PAGE, PAGE); /* one */
	guest_mem_log(&m, 20 * PAGE, 0); /* none */
	guest_mem_log(&m, 63 * PAGE, 3 * PAGE); /* the last, and what it has no bit for */
	guest_mem_log(&m, ~0ULL - 10, 100);
	expected[0] = 1 << 4 | 1 << 5;
	expected[1] = 1 << 1;
	expected[7] = 1 << 7;
	assert_memory_equal(bits, expected, sizeof(expected));
	assert_int_equal(guest_mem_add(&m, fd, 16 * PAGE, 0, PAGE, 0), 0);
	guest_mem_log_at(&m, m.region[0].base + 7, 1);
	guest_mem_log_at(&m, &m, 1); /* nobody's */
	expected[2] = 1;
	assert_memory_equal(bits, expected, sizeof(expected));
	assert_int_equal(guest_mem_set_log(&m, -1, 0, 0), 0);
	guest_mem_log(&m, 0, 1);
	assert_memory_equal(bits, expected, sizeof(expected));
	guest_mem_fini(&m);
	munmap(bits, PAGE);
	close(log);
	close(fd);
}

TEST(guest_mem, memory_that_was_taken_away_reads_as_zeros_and_is_broken)
{
	struct guest_mem m = {0}, other = {0};
	int fd = file_of(4 * PAGE), fd2 = file_of(PAGE);
	volatile __u8 *p;
	__u32 generation;

	assert_int_equal(guest_mem_guard(), 0);
	assert_int_equal(guest_mem_guard(), 0);
	assert_int_equal(guest_mem_add(&other, fd2, 0, 0, PAGE, 0), 0);
	assert_int_equal(guest_mem_add(&m, fd, 0, 0, 4 * PAGE, 0), 0);
	p = m.region[0].base;
	p[0] = p[2 * PAGE] = 1;
	generation = m.generation;
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(p[0], 1);
	assert_false(guest_mem_is_broken(&m));
	assert_int_equal(p[2 * PAGE], 0);
	assert_true(guest_mem_is_broken(&m));
	assert_true(m.generation != generation);
	p[3 * PAGE + 5] = 7; /* a write is answered, too */
	assert_int_equal(p[3 * PAGE + 5], 7);
	/* System calls do not fault. */
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd2, (const void *)p, 1, 0), -1);
	assert_int_equal(errno, EFAULT);
	assert_false(guest_mem_is_broken(&other));
	guest_mem_fini(&m);
	guest_mem_fini(&other);
	assert_false(guest_mem_is_broken(&m));
	close(fd);
	close(fd2);
}

/* In a child: how it died of what it did. */
static int death_of(void (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct sigaction sa = {.sa_handler = SIG_DFL};

		sigaction(SIGBUS, &sa, NULL);
		guest_mem_guard();
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void fault_elsewhere(void)
{
	int fd = memfd_create("ours", MFD_CLOEXEC);
	volatile __u8 *p;

	if (ftruncate(fd, PAGE))
		_exit(1);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ftruncate(fd, 0))
		_exit(1);
	p[0] = 1;
}

static void fault_after_removal(void)
{
	struct guest_mem m = {0};
	int fd = memfd_create("guest", MFD_CLOEXEC);
	__u8 *p;

	if (ftruncate(fd, PAGE) || guest_mem_add(&m, fd, 0, 0, PAGE, 0))
		_exit(1);
	p = m.region[0].base;
	guest_mem_guard_remove(p);
	if (ftruncate(fd, 0))
		_exit(1);
	*(volatile __u8 *)p = 1;
}

static void be_sent_one(void)
{
	raise(SIGBUS);
}

TEST(guest_mem, other_faults_kill_as_before)
{
	assert_int_equal(death_of(fault_elsewhere), SIGBUS);
	assert_int_equal(death_of(fault_after_removal), SIGBUS);
	assert_int_equal(death_of(be_sent_one), SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(guest_mem, regions_that_cannot_be_are_refused),
		TEST_ROW(guest_mem, each_address_is_found_or_nowhere),
		TEST_ROW(guest_mem, offsets_need_no_alignment),
		TEST_ROW(guest_mem, the_log_has_a_bit_for_each_page_that_was_written),
		TEST_ROW(guest_mem, memory_that_was_taken_away_reads_as_zeros_and_is_broken),
		TEST_ROW(guest_mem, other_faults_kill_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
