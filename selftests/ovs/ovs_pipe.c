// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The Open vSwitch of ovs_pipe.h.
 */
#include "ovs_pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "odp_ct.h"
#include "unixctl.h"

#define MAX_PASSES 16

static char *call(struct ovs_pipe *o, const char *command, const char *arg1, const char *arg2,
		  const char *arg3)
{
	const char *args[] = {arg1, arg2, arg3, NULL};

	return unixctl_call(o->fd, command, args);
}

static int call_for_effect(struct ovs_pipe *o, const char *command, const char *arg)
{
	char *text = call(o, command, arg, NULL, NULL);

	free(text);
	return text ? 0 : -EIO;
}

/* Lines "    p1 1/3: (dummy)": port 1 of the bridge is port 3 of the datapath. */
static int learn_ports(struct ovs_pipe *o)
{
	char *text = call(o, "dpif/show", NULL, NULL, NULL);
	int rc = text ? 0 : -EIO;

	for (int i = 0; i < SCENARIO_PORTS && !rc; i++) {
		const struct scenario_port *sp = &scenario_ports[i];
		unsigned int of_port, dp_port;
		char name[32];
		const char *at;

		if (sp->patch)
			continue;
		snprintf(name, sizeof(name), "    %s ", sp->name);
		at = strstr(text, name);
		if (!at || sscanf(at + strlen(name), "%u/%u:", &of_port, &dp_port) != 2 ||
		    dp_port >= OVS_PIPE_DP_PORTS || (!sp->local && of_port != sp->no)) {
			fprintf(stderr, "ovs: there is no port %s with number %u\n", sp->name,
				sp->no);
			rc = -ENODEV;
			break;
		}
		o->port[dp_port] = sp->no;
		o->dp_port[sp->no] = dp_port;
	}
	free(text);
	return rc;
}

int ovs_pipe_open(struct ovs_pipe *o, const char *dir)
{
	char path[256];
	int rc;

	memset(o, 0, sizeof(*o));
	o->dir = dir;
	strbuf_init(&o->traces);
	snprintf(path, sizeof(path), "%s/ctl", dir);
	o->fd = unixctl_open(path);
	if (o->fd < 0) {
		fprintf(stderr, "ovs: %s: %s\n", path, strerror(-o->fd));
		return o->fd;
	}
	rc = learn_ports(o);
	if (rc)
		ovs_pipe_close(o);
	return rc;
}

void ovs_pipe_close(struct ovs_pipe *o)
{
	close(o->fd);
	o->fd = -1;
	strbuf_fini(&o->traces);
}

static void port_settings(struct strbuf *command, const struct scenario *s)
{
	for (int i = 0; i < SCENARIO_PORTS; i++) {
		const struct scenario_port *sp = &scenario_ports[i];

		strbuf_printf(command, " -- clear port %s tag trunks", sp->name);
		if (s->tag[sp->no])
			strbuf_printf(command, " -- set port %s tag=%u", sp->name, s->tag[sp->no]);
		for (int k = 0; k < 3 && s->trunks[sp->no][k]; k++)
			strbuf_printf(command, " -- add port %s trunks %d", sp->name,
				      s->trunks[sp->no][k]);
	}
}

static void port_set(struct strbuf *command, const char *column, __u64 set)
{
	const char *before = "=";

	if (!set)
		return;
	strbuf_printf(command, " %s", column);
	for (int i = 0; i < SCENARIO_PORTS; i++)
		if (set >> scenario_ports[i].no & 1) {
			strbuf_printf(command, "%s@%s", before, scenario_ports[i].name);
			before = ",";
		}
}

static void mirror_settings(struct strbuf *command, const struct scenario_mirror *m)
{
	const char *before = " select-vlan=";

	strbuf_printf(command, " -- --id=@m create mirror name=%s select-all=%s", m->name,
		      m->all ? "true" : "false");
	port_set(command, "select-src-port", m->src);
	port_set(command, "select-dst-port", m->dst);
	port_set(command, "output-port", m->output_port ? 1ULL << m->output_port : 0);
	for (int i = 0; i < 3 && m->vlan[i] >= 0; i++) {
		strbuf_printf(command, "%s%d", before, m->vlan[i]);
		before = ",";
	}
	if (m->output_vlan >= 0)
		strbuf_printf(command, " output-vlan=%d", m->output_vlan);
	strbuf_printf(command, " -- add bridge br%u mirrors @m", m->bridge);
}

/* One mirror at a time: names of a command's new rows are its own. */
static int vsctl(struct ovs_pipe *o, struct strbuf *settings)
{
	struct strbuf command;
	int rc;

	strbuf_init(&command);
	strbuf_printf(&command, "exec ovs-vsctl --db=unix:%s/db.sock --timeout=20", o->dir);
	for (int i = 0; i < SCENARIO_PORTS; i++)
		strbuf_printf(&command, " -- --id=@%s get port %s", scenario_ports[i].name,
			      scenario_ports[i].name);
	strbuf_printf(&command, "%s >/dev/null", strbuf_str(settings));
	rc = system(strbuf_str(&command)) ? -EINVAL : 0;
	if (rc)
		fprintf(stderr, "ovs: %s\n", strbuf_str(&command));
	strbuf_fini(&command);
	strbuf_fini(settings);
	return rc;
}

int ovs_pipe_setup(struct ovs_pipe *o, const struct scenario *s)
{
	struct strbuf settings;
	int rc;

	strbuf_init(&settings);
	strbuf_add(&settings, " -- clear bridge br0 mirrors -- clear bridge br1 mirrors");
	port_settings(&settings, s);
	rc = vsctl(o, &settings);
	for (int i = 0; i < SCENARIO_MIRRORS && s->mirror[i].name && !rc; i++) {
		strbuf_init(&settings);
		mirror_settings(&settings, &s->mirror[i]);
		rc = vsctl(o, &settings);
	}
	return rc;
}

static int load_bridge(struct ovs_pipe *o, unsigned int bridge, const char *text)
{
	char command[512];
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "exec ovs-ofctl -O OpenFlow15 bundle 'unix:%s/br%u.mgmt' - %s", o->dir, bridge,
		 o->quiet ? "2>/dev/null" : "");
	pipe = popen(command, "we");
	if (!pipe)
		return -errno;
	/* Rules that had a packet miss their tables were not there. */
	fputs("flow delete\ngroup delete group_id=all\n", pipe);
	fputs(text, pipe);
	if (!pclose(pipe))
		return 0;
	if (!o->quiet)
		fprintf(stderr, "ovs: ovs-ofctl refuses what is for br%u:\n%s", bridge, text);
	return -EINVAL;
}

int ovs_pipe_load(struct ovs_pipe *o, const struct pipeline *p)
{
	static const char *const bridges[BRIDGES] = {"br0", "br1"};
	int rc = 0;

	for (unsigned int b = 0; b < BRIDGES && !rc; b++) {
		struct strbuf text;

		strbuf_init(&text);
		pipeline_text(p, b, &text);
		rc = load_bridge(o, b, strbuf_str(&text));
		strbuf_fini(&text);
		if (!rc)
			rc = call_for_effect(o, "fdb/flush", bridges[b]);
	}
	return rc;
}

static void note_crossed(struct ovs_pipe *o, const char *trace)
{
	static const char word[] = ", cookie 0x";

	for (const char *at = trace; (at = strstr(at, word)); at++)
		if (o->n_crossed < OVS_PIPE_MAX_CROSSED)
			o->crossed[o->n_crossed++] = strtoull(at + sizeof(word) - 1, NULL, 16);
}

static __u16 port_of(void *aux, unsigned int dp_port)
{
	const struct ovs_pipe *o = aux;

	return dp_port < OVS_PIPE_DP_PORTS ? o->port[dp_port] : 0;
}

static int run_pass(void *aux, __u32 recirc_id, const struct odp_packet *packet);

/* It goes on by itself behind a ct(), with a state that it supposes. */
static void cut_further_passes(char *trace)
{
	char *further = strstr(trace, "\n====");

	if (further)
		*further = '\0';
}

static int run_trace(struct ovs_pipe *o, const char *trace, const struct odp_packet *packet)
{
	static const char label[] = "\nDatapath actions: ";
	const char *at = strstr(trace, label);
	struct odp_run run = {
		.effect = &o->effect,
		.port = port_of,
		.recirc = run_pass,
		.aux = o,
	};
	struct odp_packet copy = *packet;
	char *actions;
	int rc;

	if (!at) {
		fprintf(stderr, "ovs: no trace: %s\n", trace);
		return -EPROTO;
	}
	at += sizeof(label) - 1;
	actions = strndup(at, strcspn(at, "\n"));
	frame_edit_copy(&copy.frame, &packet->frame);
	copy.dp_hash = 0;
	rc = actions ? odp_actions_run(&run, actions, &copy) : -ENOMEM;
	free(actions);
	o->n_invalid_ttl += run.n_invalid_ttl;
	return rc;
}

static int run_pass(void *aux, __u32 recirc_id, const struct odp_packet *packet)
{
	static const char digits[] = "0123456789abcdef";
	char flow[256], tracking[160], hex[2 * FRAME_EDIT_MAX + 1], *trace;
	struct ovs_pipe *o = aux;
	int rc;

	if (++o->passes > MAX_PASSES)
		return -ELOOP;
	for (size_t i = 0; i < packet->frame.len; i++) {
		hex[2 * i] = digits[packet->frame.data[i] >> 4];
		hex[2 * i + 1] = digits[packet->frame.data[i] & 15];
	}
	hex[2 * packet->frame.len] = '\0';
	odp_ct_format(packet, tracking, sizeof(tracking));
	snprintf(flow, sizeof(flow), "recirc_id(%#x),dp_hash(%#x),%sin_port(%u)", recirc_id,
		 packet->dp_hash, tracking, o->dp_port[o->in_port]);
	trace = call(o, "ofproto/trace", "ovs-dummy", flow, hex);
	if (!trace)
		return -EIO;
	cut_further_passes(trace);
	strbuf_add(&o->traces, trace);
	note_crossed(o, trace);
	rc = run_trace(o, trace, packet);
	free(trace);
	return rc;
}

int ovs_pipe_packet(struct ovs_pipe *o, const struct pipeline_packet *packet)
{
	struct odp_packet p = {0};

	frame_edit_init(&p.frame, packet->frame.data, packet->frame.len);
	o->in_port = packet->in_port;
	o->effect.n = 0;
	o->effect.overflow = false;
	o->passes = 0;
	o->n_crossed = 0;
	strbuf_fini(&o->traces);
	strbuf_init(&o->traces);
	return run_pass(o, 0, &p);
}
