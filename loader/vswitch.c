// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The composition root of xvsd.
 *
 * Two threads with an event loop each: the main thread has the control socket
 * and signals; the datapath thread owns the model, the tables and the ports.
 * (A third, inside loader/datapath, only waits for grace periods.)
 */
#include "vswitch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "datapath.h"
#include "event.h"
#include "log.h"
#include "model_main.h"
#include "server.h"

#define MODULE "xvsd"

/* As the service files of Open vSwitch do for its daemon. */
#define DATAPATH_NICE (-10)

struct vswitch {
	struct event_loop *main_loop;
	struct event_loop *dp_loop;
	struct dp *dp;
	struct model *model;
	struct server *server;
	struct event_source *signals[2];
	pthread_t dp_thread;
	bool undo; /* a client asked to stop */
};

static void on_signal(void *aux)
{
	struct vswitch *v = aux;

	log_info(MODULE, "stopping by signal; ports stay attached and known flows go on "
			 "(xvsctl detach undoes it)");
	event_loop_stop(v->main_loop);
}

/* On the datapath thread, for the client's request. */
static void on_stop_request(void *aux)
{
	struct vswitch *v = aux;

	v->undo = true;
	event_loop_stop(v->main_loop);
}

static int create_loops(struct vswitch *v)
{
	int rc = event_loop_create(&v->main_loop);

	if (!rc)
		rc = event_loop_create(&v->dp_loop);
	if (!rc)
		rc = event_add_signal(v->main_loop, SIGTERM, on_signal, v, &v->signals[0]);
	if (!rc)
		rc = event_add_signal(v->main_loop, SIGINT, on_signal, v, &v->signals[1]);
	return rc;
}

static int create_model(struct vswitch *v, const struct vswitch_options *opt, struct err *err)
{
	struct dp_options dpo = {.bpffs = opt->bpffs,
				 .flow_limit = opt->flow_limit,
				 .ct_limit = opt->ct_limit,
				 .forward_lanes = opt->forward_threads + XVS_MAX_OWN_THREADS};
	struct model_options mo = {
		.loop = v->dp_loop,
		.rundir = opt->rundir,
		.flow_limit = opt->flow_limit,
		.ct_limit = opt->ct_limit,
		.forward_threads = opt->forward_threads,
		.stop = on_stop_request,
		.stop_aux = v,
	};
	int rc = dp_open_bpf(&dpo, &v->dp, err);

	if (rc)
		return rc;
	mo.dp = v->dp;
	/* Only now: until they were detached, the programs of a daemon that died
	 * relied on what it had changed on the devices. */
	port_undo_stale(opt->rundir);
	return model_create(&mo, &v->model, err);
}

int vswitch_create(const struct vswitch_options *opt, struct vswitch **out, struct err *err)
{
	struct vswitch *v = calloc(1, sizeof(*v));
	char path[256];
	int rc = v ? create_loops(v) : -ENOMEM;

	if (rc) {
		vswitch_destroy(v);
		return err_set(err, rc, XVS_RPC_FAILED, "", "xvsd: cannot start: %s",
			       strerror(-rc));
	}
	rc = create_model(v, opt, err);
	if (rc)
		goto err;
	snprintf(path, sizeof(path), "%s/%s", opt->rundir, XVS_RPC_SOCKET);
	rc = server_create(v->main_loop, v->dp_loop, v->model, path, &v->server, err);
	if (rc)
		goto err;
	*out = v;
	return 0;
err:
	vswitch_destroy(v);
	return rc;
}

/* New flows wait for this thread; what it does is bounded by admission. Where it
 * is not permitted the daemon works all the same. */
static void raise_priority(void)
{
	FILE *group = fopen("/proc/self/autogroup", "w");

	if (setpriority(PRIO_PROCESS, 0, DATAPATH_NICE))
		log_debug(MODULE, "datapath thread: nice %d: %s", DATAPATH_NICE, strerror(errno));
	if (!group)
		return;
	fprintf(group, "%d\n", DATAPATH_NICE);
	fclose(group);
}

static void *datapath_main(void *aux)
{
	struct vswitch *v = aux;
	int rc;

	raise_priority();
	rc = event_loop_run(v->dp_loop);

	if (rc)
		log_err(MODULE, "datapath loop: %s", strerror(-rc));
	return NULL;
}

/* Translations follow rules from table to table by recursion: XLATE_MAX_RESUBMITS
 * of them with XLATE_MAX_COPIES take 5 MB, sanitized 30. Memory that is never
 * touched costs nothing; what the user's limit is must not decide. */
#define DATAPATH_STACK_BYTES (64 << 20)

static int start_datapath(struct vswitch *v)
{
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc)
		return rc;
	rc = pthread_attr_setstacksize(&attr, DATAPATH_STACK_BYTES);
	if (!rc)
		rc = pthread_create(&v->dp_thread, &attr, datapath_main, v);
	pthread_attr_destroy(&attr);
	return rc;
}

bool vswitch_run(struct vswitch *v)
{
	int rc = start_datapath(v);

	if (rc) {
		log_err(MODULE, "datapath thread: %s", strerror(rc));
		return true;
	}
	rc = event_loop_run(v->main_loop);
	if (rc)
		log_err(MODULE, "main loop: %s", strerror(-rc));
	server_destroy(v->server);
	v->server = NULL;
	event_loop_stop(v->dp_loop);
	pthread_join(v->dp_thread, NULL);
	return v->undo;
}

void vswitch_destroy(struct vswitch *v)
{
	if (!v)
		return;
	server_destroy(v->server);
	model_destroy(v->model);
	dp_close(v->dp);
	event_source_remove(v->signals[0]);
	event_source_remove(v->signals[1]);
	event_loop_destroy(v->dp_loop);
	event_loop_destroy(v->main_loop);
	free(v);
}
