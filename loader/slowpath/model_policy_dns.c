// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Addresses of names: learned from answers that pass, forgotten when their time is
 * over.
 */
#include "dns_snoop.h"
#include "log.h"
#include "model_policy.h"
#include "model_policy_private.h"
#include "model_private.h"

#define MODULE "policy"

static bool learn_one(struct model *m, struct sw *sw, const char *name,
		      const struct policy_address *address, __u64 until_ms)
{
	int rc = policy_learn(sw->policy, name, address, until_ms);

	if (rc < 0)
		log_warn_rl(MODULE, "%s: an address of %s is not learned: %s", sw->name, name,
			    strerror(-rc));
	return rc > 0;
}

static bool learn_name(struct model *m, struct sw *sw, const struct dns_snoop *dns,
		       const char *name)
{
	__u64 now_ms = clock_ms();
	bool changed = false;

	for (size_t i = 0; i < dns->n_addresses; i++) {
		struct policy_address address = {
			.len = dns->address[i].v6 ? 128 : 32,
			.family = dns->address[i].v6 ? POLICY_IPV6 : POLICY_IPV4,
		};

		memcpy(address.addr, dns->address[i].addr, sizeof(address.addr));
		changed |=
			learn_one(m, sw, name, &address, now_ms + 1000ULL * dns->address[i].ttl_s);
	}
	return changed;
}

static void members_changed(struct model *m, const struct sw *sw)
{
	change_set_add_tag(&m->changes, xlate_dep_tag(XLATE_DEP_POLICY, sw->id, 1));
}

void model_policy_learn(struct model *m, struct sw *sw, const struct dns_snoop *dns)
{
	bool changed = false;

	if (!sw->policy)
		return;
	for (size_t i = 0; i < dns->n_names; i++)
		if (policy_wants_name(sw->policy, dns->name[i]))
			changed |= learn_name(m, sw, dns, dns->name[i]);
	if (!changed)
		return;
	members_changed(m, sw);
	revalidator_run(m);
	model_policy_arm_expiry(m);
}

static void expire(void *aux)
{
	struct model *m = aux;

	for (size_t i = 0; i < m->n_switches; i++) {
		struct sw *sw = m->switches[i];

		if (!sw->policy || !policy_expire(sw->policy, clock_ms()))
			continue;
		members_changed(m, sw);
		revalidator_request(m);
	}
	model_policy_arm_expiry(m);
}

void model_policy_arm_expiry(struct model *m)
{
	__u64 now = clock_ms(), next = UINT64_MAX;

	for (size_t i = 0; i < m->n_switches; i++) {
		const struct policy *p = m->switches[i]->policy;
		__u64 at = p ? policy_next_expiry(p) : UINT64_MAX;

		next = at < next ? at : next;
	}
	if (next == UINT64_MAX)
		event_timer_set(m->policy_timer, 0);
	else
		event_timer_set(m->policy_timer, next > now ? next - now + 1 : 1);
}

int model_policy_start(struct model *m)
{
	return event_add_timer(m->loop, 0, expire, m, &m->policy_timer);
}

void model_policy_stop(struct model *m)
{
	event_source_remove(m->policy_timer);
	m->policy_timer = NULL;
}
