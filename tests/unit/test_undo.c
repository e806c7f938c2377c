// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The undo journal (loader/port/undo.c): its lines, its file after crashes, and
 * that replaying it puts back what was. Devices are a table of switches here.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "undo.h"

#define N_DEVICES 4

/* The host: what is on, per device (ifindex - 1) and setting. */
struct host {
	bool on[N_DEVICES][UNDO_N];
	int refuse_ifindex; /* applying to it fails */
	int n_applied;
	enum undo_what order[16];
};

static int apply(void *aux, const struct undo_change *c)
{
	struct host *host = aux;

	if (c->ifindex == host->refuse_ifindex)
		return -EIO;
	if (host->n_applied < 16)
		host->order[host->n_applied] = c->what;
	host->n_applied++;
	if (c->ifindex <= N_DEVICES)
		host->on[c->ifindex - 1][c->what] = c->old;
	return 0;
}

static struct undo_change change(int ifindex, enum undo_what what, bool old)
{
	struct undo_change c = {.ifindex = ifindex, .what = what, .old = old};

	snprintf(c.ifname, sizeof(c.ifname), "eth%d", ifindex);
	return c;
}

static int record(struct undo *u, int ifindex, enum undo_what what, bool old)
{
	struct undo_change c = change(ifindex, what, old);

	return undo_record(u, &c);
}

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/xvs-test-undo-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static const char *path(void)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/" UNDO_FILE, dir);
	return p;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path());
	return rmdir(dir); /* fails if a temporary file was left behind */
}

static size_t read_file(char *buf, size_t size)
{
	FILE *f = fopen(path(), "r");
	size_t n;

	if (!f)
		return 0;
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n;
}

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(path(), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static struct undo *open_journal(void)
{
	struct undo *u = NULL;

	assert_int_equal(undo_open(dir, &u), 0);
	return u;
}

TEST(undo, lines_read_as_they_were_written)
{
	char line[UNDO_LINE_BYTES];
	struct undo_change out;

	for (int what = UNDO_UNSPEC + 1; what < UNDO_N; what++)
		for (int old = 0; old < 2; old++) {
			struct undo_change in = change(INT_MAX, (enum undo_what)what, old);

			strcpy(in.ifname, "fifteen-letters");
			assert_true(undo_format_line(line, sizeof(line), &in) < (int)sizeof(line));
			line[strcspn(line, "\n")] = '\0';
			assert_int_equal(undo_parse_line(line, &out), 0);
			assert_memory_equal(&in, &out, sizeof(in));
		}
	assert_int_equal(undo_parse_line("eth1 3 rx-vlan-offload on", &out), 0);
	assert_int_equal(out.what, UNDO_RX_VLAN);
}

TEST(undo, malformed_lines_are_refused)
{
	static const char *const lines[] = {
		"",
		"eth1",
		"eth1 3 promisc",
		"eth1 3 promisc maybe",
		"eth1 3 promisc on more",
		"eth1 3 promisc on ",
		"eth1  promisc on",
		"eth1 0 promisc on",
		"eth1 -3 promisc on",
		"eth1 3x promisc on",
		"eth1 99999999999 promisc on",
		"eth1 3 mtu on",
		"sixteen-letters- 3 promisc on",
		"eth1 3 promisc on                                                                  "
		"                             x",
	};
	struct undo_change c;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ROW_CHECK(lines[i], undo_parse_line(lines[i], &c) == -EINVAL, "accepted");
}

TEST(undo, entries_outlive_the_process)
{
	struct undo *u = open_journal();
	const struct undo_change *c;
	char text[256];

	assert_int_equal(record(u, 1, UNDO_PROMISC, false), 0);
	assert_int_equal(record(u, 2, UNDO_RX_VLAN, true), 0);
	undo_close(u);
	read_file(text, sizeof(text));
	assert_string_equal(text, "eth1 1 promisc off\neth2 2 rx-vlan-offload on\n");
	u = open_journal();
	c = undo_find(u, 2, UNDO_RX_VLAN);
	assert_non_null(c);
	assert_true(c->old);
	assert_null(undo_find(u, 1, UNDO_RX_VLAN));
	undo_close(u);
}

TEST(undo, the_oldest_value_is_kept)
{
	static const char twice[] = "eth1 1 promisc off\neth1 1 promisc on\n";
	struct undo *u = open_journal();

	assert_int_equal(record(u, 1, UNDO_RX_VLAN, true), 0);
	assert_int_equal(record(u, 1, UNDO_RX_VLAN, false), 0);
	assert_true(undo_find(u, 1, UNDO_RX_VLAN)->old);
	undo_close(u);
	write_file(twice, strlen(twice));
	u = open_journal();
	assert_false(undo_find(u, 1, UNDO_PROMISC)->old);
	undo_close(u);
}

TEST(undo, replay_is_newest_first_and_removes_the_file)
{
	struct undo *u = open_journal();
	struct host host = {0};

	assert_int_equal(record(u, 1, UNDO_PROMISC, true), 0);
	assert_int_equal(record(u, 1, UNDO_LRO, true), 0);
	assert_int_equal(record(u, 1, UNDO_RX_VLAN, true), 0);
	assert_int_equal(undo_replay(u, 0, apply, &host), 0);
	assert_int_equal(host.n_applied, 3);
	assert_int_equal(host.order[0], UNDO_RX_VLAN);
	assert_int_equal(host.order[1], UNDO_LRO);
	assert_int_equal(host.order[2], UNDO_PROMISC);
	assert_int_equal(access(path(), F_OK), -1);
	undo_close(u);
}

TEST(undo, replay_of_one_device_leaves_the_others)
{
	struct undo *u = open_journal();
	struct host host = {0};
	char text[256];

	assert_int_equal(record(u, 1, UNDO_PROMISC, true), 0);
	assert_int_equal(record(u, 2, UNDO_PROMISC, true), 0);
	assert_int_equal(record(u, 1, UNDO_LRO, true), 0);
	assert_int_equal(undo_replay(u, 1, apply, &host), 0);
	assert_int_equal(host.n_applied, 2);
	assert_false(host.on[1][UNDO_PROMISC]);
	read_file(text, sizeof(text));
	assert_string_equal(text, "eth2 2 promisc on\n");
	assert_int_equal(undo_replay_of(u, 2, UNDO_BIT(UNDO_LRO), apply, &host), 0);
	assert_int_equal(host.n_applied, 2);
	assert_int_equal(undo_replay_of(u, 2, UNDO_BIT(UNDO_PROMISC), apply, &host), 0);
	assert_true(host.on[1][UNDO_PROMISC]);
	undo_close(u);
}

TEST(undo, what_cannot_be_put_back_stays)
{
	struct undo *u = open_journal();
	struct host host = {.refuse_ifindex = 2};
	char text[256];

	assert_int_equal(record(u, 1, UNDO_PROMISC, true), 0);
	assert_int_equal(record(u, 2, UNDO_PROMISC, true), 0);
	assert_int_equal(undo_replay(u, 0, apply, &host), -EIO);
	assert_true(host.on[0][UNDO_PROMISC]);
	read_file(text, sizeof(text));
	assert_string_equal(text, "eth2 2 promisc on\n");
	host.refuse_ifindex = 0;
	assert_int_equal(undo_replay(u, 0, apply, &host), 0);
	assert_true(host.on[1][UNDO_PROMISC]);
	undo_close(u);
}

TEST(undo, a_cut_line_is_no_entry_and_is_not_appended_to)
{
	static const char cut[] = "eth1 1 promisc off\neth2 2 promisc on";
	struct undo *u;
	char text[256];

	write_file(cut, strlen(cut));
	u = open_journal();
	assert_non_null(undo_find(u, 1, UNDO_PROMISC));
	assert_null(undo_find(u, 2, UNDO_PROMISC));
	assert_int_equal(record(u, 3, UNDO_LRO, true), 0);
	undo_close(u);
	read_file(text, sizeof(text));
	assert_string_equal(text, "eth1 1 promisc off\neth3 3 large-receive-offload on\n");
}

TEST(undo, unknown_lines_do_not_hide_others)
{
	static const char text[] = "eth1 1 from-the-future on\n\neth2 2 promisc on\n";
	struct host host = {0};
	struct undo *u;

	write_file(text, strlen(text));
	u = open_journal();
	assert_int_equal(undo_replay(u, 0, apply, &host), 0);
	assert_int_equal(host.n_applied, 1);
	assert_true(host.on[1][UNDO_PROMISC]);
	undo_close(u);
}

TEST(undo, a_journal_that_cannot_be_written_notes_nothing)
{
	struct undo *u = NULL;
	char missing[128];

	snprintf(missing, sizeof(missing), "%s/missing", dir);
	assert_int_equal(undo_open(missing, &u), 0);
	assert_int_equal(record(u, 1, UNDO_PROMISC, false), -ENOENT);
	assert_null(undo_find(u, 1, UNDO_PROMISC));
	undo_close(u);
}

TEST(undo, description_says_what_is_in_force)
{
	struct undo *u = open_journal();
	char text[64], small[12];

	assert_int_equal(record(u, 1, UNDO_PROMISC, false), 0);
	assert_int_equal(record(u, 2, UNDO_LRO, true), 0);
	assert_int_equal(record(u, 1, UNDO_RX_VLAN, true), 0);
	/* That it is there is no setting. */
	assert_int_equal(record(u, 1, UNDO_DEVICE, false), 0);
	undo_describe(u, 1, text, sizeof(text));
	assert_string_equal(text, "promisc on, rx-vlan-offload off");
	undo_describe(u, 1, small, sizeof(small));
	assert_string_equal(small, "promisc on,");
	undo_describe(u, 3, text, sizeof(text));
	assert_string_equal(text, "");
	undo_close(u);
}

/* Random changes, each noted and then made; a crash leaves any prefix of the
 * file from the last change on, and any number of undo attempts follow, each
 * of which may be cut short too: the host is as it was in the end. */
static void crash_once(uint64_t *seed)
{
	struct host before = {0}, host;
	struct undo *u = open_journal();
	size_t len_before = 0, len;
	char text[4096];

	for (int i = 0; i < N_DEVICES; i++)
		for (int what = 1; what < UNDO_N; what++)
			before.on[i][what] = test_below(seed, 2);
	host = before;
	for (uint32_t i = 1 + test_below(seed, 12); i > 0; i--) {
		int ifindex = 1 + (int)test_below(seed, N_DEVICES);
		enum undo_what what = (enum undo_what)(1 + test_below(seed, UNDO_N - 1));

		len_before = read_file(text, sizeof(text));
		assert_int_equal(record(u, ifindex, what, host.on[ifindex - 1][what]), 0);
		if (i > 1) /* the crash comes before the last change is made */
			host.on[ifindex - 1][what] ^= 1;
	}
	undo_close(u);
	len = read_file(text, sizeof(text));
	len = len_before + test_below(seed, (uint32_t)(len - len_before) + 1);
	for (uint32_t i = 1 + test_below(seed, 3); i > 0; i--) {
		write_file(text, len);
		u = open_journal();
		host.refuse_ifindex = i > 1 ? (int)test_below(seed, N_DEVICES + 1) : 0;
		undo_replay(u, 0, apply, &host);
		undo_close(u);
	}
	assert_memory_equal(host.on, before.on, sizeof(host.on));
	unlink(path());
}

TEST(undo, any_crash_can_be_undone)
{
	uint64_t seed = test_seed(20261101);

	for (int i = 0; i < 500; i++)
		crash_once(&seed);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(undo_##name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(undo, lines_read_as_they_were_written),
		TEST_ROW(undo, malformed_lines_are_refused),
		FILE_TEST(entries_outlive_the_process),
		FILE_TEST(the_oldest_value_is_kept),
		FILE_TEST(replay_is_newest_first_and_removes_the_file),
		FILE_TEST(replay_of_one_device_leaves_the_others),
		FILE_TEST(what_cannot_be_put_back_stays),
		FILE_TEST(a_cut_line_is_no_entry_and_is_not_appended_to),
		FILE_TEST(unknown_lines_do_not_hide_others),
		FILE_TEST(a_journal_that_cannot_be_written_notes_nothing),
		FILE_TEST(description_says_what_is_in_force),
		FILE_TEST(any_crash_can_be_undone),
	};

	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
