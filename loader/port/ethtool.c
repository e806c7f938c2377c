// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Device features by SIOCETHTOOL: names, state and change. netdev_change.c
 * decides what is changed; nothing here remembers what was.
 */
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "xvs/types.h"

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

static int read_count(int fd, const char *ifname, __u32 *n)
{
	union {
		struct ethtool_sset_info info;
		__u32 words[sizeof(struct ethtool_sset_info) / sizeof(__u32) + 1];
	} cmd = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
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
	err = read_count(fd, ifname, &f->n);
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
