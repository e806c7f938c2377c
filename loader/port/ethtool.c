// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Device features by SIOCETHTOOL: names, state and change; and the driver's own
 * counters. netdev_change.c decides what is changed; nothing here remembers what
 * was.
 */
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct ethtool_features {
	__u32 n;
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *state;
};

static int request(int fd, const char *ifname, void *cmd)
{
	struct ifreq ifr = {0};

	if (strlen(ifname) >= sizeof(ifr.ifr_name))
		return -ENODEV;
	strcpy(ifr.ifr_name, ifname);
	ifr.ifr_data = cmd;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int read_count(int fd, const char *ifname, enum ethtool_stringset set, __u32 *n)
{
	union {
		struct ethtool_sset_info info;
		__u32 words[sizeof(struct ethtool_sset_info) / sizeof(__u32) + 1];
	} cmd = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << set}};
	int err = request(fd, ifname, &cmd);

	if (err)
		return err;
	*n = cmd.words[sizeof(struct ethtool_sset_info) / sizeof(__u32)];
	return cmd.info.sset_mask && *n ? 0 : -EOPNOTSUPP;
}

int ethtool_features_read(int fd, const char *ifname, struct ethtool_features **out)
{
	struct ethtool_features *f = calloc(1, sizeof(*f));
	size_t blocks;
	int err;

	if (!f)
		return -ENOMEM;
	err = read_count(fd, ifname, ETH_SS_FEATURES, &f->n);
	if (err)
		goto err_free;
	blocks = (f->n + 31) / 32;
	err = -ENOMEM;
	f->names = calloc(1, sizeof(*f->names) + (size_t)f->n * ETH_GSTRING_LEN);
	f->state = calloc(1, sizeof(*f->state) + blocks * sizeof(f->state->features[0]));
	if (!f->names || !f->state)
		goto err_free;
	f->names->cmd = ETHTOOL_GSTRINGS;
	f->names->string_set = ETH_SS_FEATURES;
	f->names->len = f->n;
	err = request(fd, ifname, f->names);
	if (err)
		goto err_free;
	f->state->cmd = ETHTOOL_GFEATURES;
	f->state->size = (__u32)blocks;
	err = request(fd, ifname, f->state);
	if (err)
		goto err_free;
	*out = f;
	return 0;
err_free:
	ethtool_features_free(f);
	return err;
}

void ethtool_features_free(struct ethtool_features *f)
{
	if (!f)
		return;
	free(f->names);
	free(f->state);
	free(f);
}

/* The bit of a feature, or -1. */
static int find(const struct ethtool_features *f, const char *feature)
{
	for (__u32 i = 0; f && i < f->n; i++)
		if (!strncmp((const char *)f->names->data + (size_t)i * ETH_GSTRING_LEN, feature,
			     ETH_GSTRING_LEN))
			return (int)i;
	return -1;
}

bool ethtool_feature_on(const struct ethtool_features *f, const char *feature)
{
	int bit = find(f, feature);

	return bit >= 0 && f->state->features[bit / 32].active >> (bit % 32) & 1;
}

bool ethtool_feature_changeable(const struct ethtool_features *f, const char *feature)
{
	const struct ethtool_get_features_block *block;
	int bit = find(f, feature);

	if (bit < 0)
		return false;
	block = &f->state->features[bit / 32];
	return (block->available & ~block->never_changed) >> (bit % 32) & 1;
}

static int write_feature(int fd, const char *ifname, __u32 n, int bit, bool on)
{
	size_t blocks = (n + 31) / 32;
	struct ethtool_sfeatures *cmd;
	int err;

	cmd = calloc(1, sizeof(*cmd) + blocks * sizeof(cmd->features[0]));
	if (!cmd)
		return -ENOMEM;
	cmd->cmd = ETHTOOL_SFEATURES;
	cmd->size = (__u32)blocks;
	cmd->features[bit / 32].valid = 1U << (bit % 32);
	cmd->features[bit / 32].requested = on ? 1U << (bit % 32) : 0;
	err = request(fd, ifname, cmd);
	free(cmd);
	return err;
}

int ethtool_feature_set(int fd, const char *ifname, const char *feature, bool on)
{
	struct ethtool_features *f;
	bool is_on;
	int bit;
	int err;

	err = ethtool_features_read(fd, ifname, &f);
	if (err)
		return err;
	bit = find(f, feature);
	is_on = ethtool_feature_on(f, feature);
	if (bit >= 0 && is_on != on)
		err = write_feature(fd, ifname, f->n, bit, on);
	ethtool_features_free(f);
	if (bit < 0)
		return on ? -EOPNOTSUPP : 0;
	if (err || is_on == on)
		return err;
	/* The call says nothing when a driver or another feature overrules it. */
	err = ethtool_features_read(fd, ifname, &f);
	if (err)
		return err;
	is_on = ethtool_feature_on(f, feature);
	ethtool_features_free(f);
	return is_on == on ? 0 : -EOPNOTSUPP;
}

/* By its name: what changes a frame on its way out. */
static bool is_tx_offload(const char *name)
{
	static const char *const parts[] = {"checksum", "segmentation", "gso", "vlan"};

	if (strncmp(name, "tx-", 3))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

int ethtool_tx_offloads_off(int fd, const char *ifname)
{
	struct ethtool_sfeatures *cmd;
	struct ethtool_features *f;
	int err = ethtool_features_read(fd, ifname, &f);

	if (err)
		return err;
	cmd = calloc(1, sizeof(*cmd) + (f->n + 31) / 32 * sizeof(cmd->features[0]));
	if (!cmd) {
		ethtool_features_free(f);
		return -ENOMEM;
	}
	cmd->cmd = ETHTOOL_SFEATURES;
	cmd->size = (f->n + 31) / 32;
	for (__u32 i = 0; i < f->n; i++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, f->names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		if (is_tx_offload(name) && ethtool_feature_on(f, name) &&
		    ethtool_feature_changeable(f, name))
			cmd->features[i / 32].valid |= 1U << (i % 32);
	}
	err = request(fd, ifname, cmd);
	free(cmd);
	ethtool_features_free(f);
	return err;
}

/* Names and values of the driver's counters, of which there are 'n'. */
static int read_stats(int fd, const char *ifname, struct ethtool_gstrings *names,
		      struct ethtool_stats *stats, __u32 n)
{
	int err;

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = n;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = n;
	err = request(fd, ifname, names);
	return err ? err : request(fd, ifname, stats);
}

static bool is_between(const char *name, const char *begin, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return !strncmp(name, begin, strlen(begin)) && len >= n && !strcmp(name + len - n, end);
}

int ethtool_stats_sum(int fd, const char *ifname, const char *begin, const char *end, __u64 *sum)
{
	struct ethtool_gstrings *names = NULL;
	struct ethtool_stats *stats = NULL;
	__u32 n = 0;
	int err = read_count(fd, ifname, ETH_SS_STATS, &n);

	if (err)
		return err;
	names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + (size_t)n * sizeof(stats->data[0]));
	err = names && stats ? read_stats(fd, ifname, names, stats, n) : -ENOMEM;
	*sum = 0;
	for (__u32 i = 0; !err && i < n; i++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		if (is_between(name, begin, end))
			*sum += stats->data[i];
	}
	free(names);
	free(stats);
	return err;
}
