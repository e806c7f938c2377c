// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The Open vSwitch side of the comparison.
 */
#include "ovs_side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "field_text.h"
#include "flow_parse.h"
#include "odp_text.h"
#include "unixctl.h"

#define TIMEOUT_MS 5000
/* Matches on what no other rule does. */
#define LAST_RULE "pkt_mark=1"
#define LAST_RULE_MASK "pkt_mark=0"

static const struct timespec one_ms = {.tv_nsec = 1000000};

static char *call(struct ovs_side *o, const char *command, const char *arg1, const char *arg2)
{
	const char *args[] = {arg1, arg2, NULL};

	return unixctl_call(o->fd, command, args);
}

/* "    p1 1/3: (dummy)": port 1 of the bridge is port 3 of the datapath. */
static int learn_ports(struct ovs_side *o)
{
	char *text = call(o, "dpif/show", NULL, NULL);
	unsigned int found = 0;

	if (!text)
		return -EIO;
	for (unsigned int no = 1; no <= TABLE_PORTS; no++) {
		char name[32];
		const char *at;

		snprintf(name, sizeof(name), " p%u %u/", no, no);
		at = strstr(text, name);
		if (at && sscanf(at + strlen(name), "%u", &o->dp_port[no]) == 1)
			found++;
	}
	free(text);
	if (found != TABLE_PORTS) {
		fprintf(stderr, "ovs: the bridge has not ports p1 to p%d\n", TABLE_PORTS);
		return -ENODEV;
	}
	return 0;
}

int ovs_side_open(struct ovs_side *o, const char *socket, const char *management)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->management = management;
	o->fd = unixctl_open(socket);
	if (o->fd < 0) {
		fprintf(stderr, "ovs: %s: %s\n", socket, strerror(-o->fd));
		return o->fd;
	}
	rc = learn_ports(o);
	if (rc)
		ovs_side_close(o);
	return rc;
}

void ovs_side_close(struct ovs_side *o)
{
	close(o->fd);
	o->fd = -1;
}

/* That it took each rule as one: a replaced one would make another table. */
static int check_rules(struct ovs_side *o, size_t n)
{
	char *text = call(o, "bridge/dump-flows", "br0", NULL);
	size_t found = 0;

	if (!text)
		return -EIO;
	/* Its own rules are in table 254, "table_id=254, ". */
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		found += *line && strncmp(line, "table_id=", 9);
	}
	free(text);
	if (found != n) {
		fprintf(stderr, "ovs: %zu rules after %zu were loaded\n", found, n);
		return -EPROTO;
	}
	return 0;
}

/*
 * Deleted rules stay in its classifier, invisible, until their grace period is
 * over, and lookups go on un-wildcarding what they look at. They go in the order
 * in which they were deleted, so the last of them tells of all.
 */
static int wait_until_settled(struct ovs_side *o)
{
	for (int i = 0; i < TIMEOUT_MS; i++) {
		char *text = call(o, "ofproto/trace", "br0", "in_port=1");
		bool settled;

		if (!text)
			return -EIO;
		settled = !strstr(text, "Megaflow: " LAST_RULE_MASK);
		free(text);
		if (settled)
			return 0;
		nanosleep(&one_ms, NULL);
	}
	fprintf(stderr, "ovs: deleted rules do not go away\n");
	return -ETIMEDOUT;
}

/* Lines as in the file that ovs-ofctl add-flows takes. */
static int change_rules(struct ovs_side *o, const char *lines)
{
	char command[256];
	FILE *pipe;

	snprintf(command, sizeof(command), "exec ovs-ofctl add-flows '%s' -", o->management);
	pipe = popen(command, "we");
	if (!pipe)
		return -errno;
	fputs(lines, pipe);
	if (pclose(pipe)) {
		fprintf(stderr, "ovs: ovs-ofctl refuses the table\n");
		return -EINVAL;
	}
	return 0;
}

int ovs_side_load(struct ovs_side *o, const char *rules, size_t n)
{
	int rc = change_rules(o, "delete\nadd priority=65535," LAST_RULE ",actions=drop\n"
				 "delete " LAST_RULE "\n");

	if (!rc)
		rc = wait_until_settled(o);
	if (!rc)
		rc = change_rules(o, rules);
	return rc ? rc : check_rules(o, n);
}

/* Takes a word and its comma out of a line. */
static void remove_word(char *line, const char *word)
{
	char *at = strstr(line, word);

	if (at)
		memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
}

/* The rest of the line that begins with 'label', cut off in place. */
static char *labelled(char *text, const char *label)
{
	char *at = strstr(text, label);

	if (!at)
		return NULL;
	at += strlen(label);
	at[strcspn(at, "\n")] = '\0';
	return at;
}

/* Takes "name=N," out of a line; N, or -1 if it is not there. */
static int take_number(char *line, const char *name)
{
	char *at = strstr(line, name);
	int n, end = 0;

	if (!at || sscanf(at + strlen(name), "%d,%n", &n, &end) != 1 || !end)
		return -1;
	end += (int)strlen(name);
	memmove(at, at + end, strlen(at + end) + 1);
	return n;
}

/* The inner tag has words that a rule cannot have, dl_vlan1 and dl_vlan_pcp1. */
static void take_inner_tag(char *line, struct match *match)
{
	int vid = take_number(line, "dl_vlan1="), pcp = take_number(line, "dl_vlan_pcp1=");
	__u16 tci = 0, mask = 0;

	memset(match, 0, sizeof(*match));
	if (vid >= 0) {
		tci |= XVS_VLAN_PRESENT | (__u16)vid;
		mask |= XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK;
	}
	if (pcp >= 0) {
		tci |= XVS_VLAN_PRESENT | (__u16)(pcp << XVS_VLAN_PCP_SHIFT);
		mask |= XVS_VLAN_PRESENT | XVS_VLAN_PCP_MASK;
	}
	match->key.vlan_tci1 = XVS_BE16(tci);
	match->mask.vlan_tci1 = XVS_BE16(mask);
}

/*
 * Open vSwitch un-wildcards fields that a packet does not have when it looked
 * at a rule for another protocol, and prints them; in a rule they would be an
 * error. Moves the word at 'column' from the line to the match.
 */
static int take_field(char *line, size_t column, struct match *match)
{
	char *name = line + column;
	size_t len = strcspn(name, ","), name_len = strcspn(name, "=");
	const struct field *f = field_by_name(name, name_len);
	struct parse_error err;
	struct field_bits bits;
	struct field_text in = {
		.field = f,
		.name = {.s = name, .len = name_len},
		.text = {.s = name + name_len + 1, .len = len - name_len - 1},
	};

	if (!f || name_len >= len || field_text_parse(&in, &bits, &err))
		return -EINVAL;
	field_set(f, &match->key, &bits.value);
	field_set(f, &match->mask, &bits.mask);
	len += name[len] == ',';
	memmove(name, name + len, strlen(name + len) + 1);
	return 0;
}

static int parse_megaflow(char *line, struct match *match)
{
	struct parse_error err;
	struct flow_spec spec;
	int rc;

	take_inner_tag(line, match);
	/* The packet type, which is Ethernet always. */
	remove_word(line, "eth,");
	/* Labels below the first: here a packet has none. */
	remove_word(line, ",mpls_lse1=0");
	remove_word(line, ",mpls_lse2=0");
	while ((rc = flow_parse(line, FLOW_PARSE_DEL, NULL, &spec, &err)))
		if (rc != -EINVAL || take_field(line, err.column, match)) {
			fprintf(stderr, "ovs: '%s': %s\n", line, err.message);
			return rc;
		}
	flow_mask_or(&match->key, &spec.match.key);
	flow_mask_or(&match->mask, &spec.match.mask);
	flow_spec_fini(&spec);
	return 0;
}

static int parse_actions(const struct ovs_side *o, const char *line, __u16 *out_port)
{
	unsigned int dp_port;
	int end = 0;

	*out_port = 0;
	if (!strcmp(line, "drop"))
		return 0;
	if (sscanf(line, "%u%n", &dp_port, &end) == 1 && !line[end])
		for (__u16 no = 1; no <= TABLE_PORTS; no++)
			if (o->dp_port[no] == dp_port) {
				*out_port = no;
				return 0;
			}
	fprintf(stderr, "ovs: unknown actions '%s'\n", line);
	return -EPROTO;
}

static int parse_answer(const struct ovs_side *o, char *text, const struct flow_key *key,
			struct answer *answer)
{
	char *actions = labelled(text, "\nDatapath actions: ");
	char *megaflow = labelled(text, "\nMegaflow: ");
	char *flow = labelled(text, "Flow: ");
	int rc;

	if (!flow || !megaflow || !actions) {
		fprintf(stderr, "ovs: no trace: %s\n", text);
		return -EPROTO;
	}
	rc = parse_megaflow(flow, &answer->megaflow);
	if (rc)
		return rc;
	/* It understood the same packet. */
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if (answer->megaflow.key.w[i] != key->w[i]) {
			fprintf(stderr, "ovs: took the packet for '%s'\n", flow);
			return -EPROTO;
		}
	rc = parse_megaflow(megaflow, &answer->megaflow);
	return rc ? rc : parse_actions(o, actions, &answer->out_port);
}

int ovs_side_answer(struct ovs_side *o, const struct flow_key *key, struct answer *answer)
{
	struct strbuf packet;
	char *text;
	int rc;

	strbuf_init(&packet);
	odp_text(&packet, key, o->dp_port[key->in_port]);
	text = call(o, "ofproto/trace", "ovs-dummy", strbuf_str(&packet));
	rc = text ? parse_answer(o, text, key, answer) : -EIO;
	if (rc)
		fprintf(stderr, "ovs: packet %s\n", strbuf_str(&packet));
	free(text);
	strbuf_fini(&packet);
	return rc;
}

/* Frames that the datapath has looked up. */
static int lookups(struct ovs_side *o, size_t *n)
{
	char *text = call(o, "dpctl/show", NULL, NULL);
	unsigned long hits, misses;
	const char *at = text ? strstr(text, "lookups: ") : NULL;
	int rc = -EPROTO;

	if (at && sscanf(at, "lookups: hit:%lu missed:%lu", &hits, &misses) == 2) {
		*n = hits + misses;
		rc = 0;
	}
	free(text);
	return rc;
}

int ovs_side_flush(struct ovs_side *o)
{
	char *text = call(o, "revalidator/purge", NULL, NULL);

	if (!text)
		return -EIO;
	free(text);
	return lookups(o, &o->n_lookups);
}

int ovs_side_receive(struct ovs_side *o, const struct flow_key *key)
{
	struct strbuf packet;
	char port[8], *text;

	strbuf_init(&packet);
	odp_text(&packet, key, o->dp_port[key->in_port]);
	snprintf(port, sizeof(port), "p%u", key->in_port);
	text = call(o, "netdev-dummy/receive", port, strbuf_str(&packet));
	strbuf_fini(&packet);
	if (!text)
		return -EIO;
	free(text);
	return 0;
}

static int wait_for_lookups(struct ovs_side *o, size_t n_received)
{
	size_t n = 0;

	for (int i = 0; i < TIMEOUT_MS; i++) {
		int rc = lookups(o, &n);

		if (rc)
			return rc;
		if (n - o->n_lookups >= n_received)
			return 0;
		nanosleep(&one_ms, NULL);
	}
	fprintf(stderr, "ovs: %zu of %zu frames were looked up\n", n - o->n_lookups, n_received);
	return -ETIMEDOUT;
}

int ovs_side_count(struct ovs_side *o, size_t n_received, size_t *n_flows)
{
	int rc = wait_for_lookups(o, n_received);
	char *text;

	if (rc)
		return rc;
	text = call(o, "dpctl/dump-flows", NULL, NULL);
	if (!text)
		return -EIO;
	*n_flows = 0;
	for (const char *at = text; (at = strstr(at, "recirc_id(")); at++)
		(*n_flows)++;
	free(text);
	return 0;
}
