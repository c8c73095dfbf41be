/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-verify: parse and judge untrusted data, in children that can do
 * nothing else (serve.c, job.c).
 */
#include <sys/resource.h>

#include "confine/confine.h"
#include "role/libraries.h"
#include "role/load.h"
#include "verify/serve.h"

#define ROLE PQ_ROLE_VERIFY
#define NICE 10

static int
start_role(const struct pq_role_options *o, struct pq_err *err)
{
	struct pq_config *c = NULL;
	struct pq_channel channel;
	char report[128];
	int r = pq_role_config(&c, o->config, err);

	if (r != 0)
		return r;
	r = pq_role_connect(&channel, ROLE, o->run, err);
	if (r != 0)
		return r;
	/* jobs can wait; clients that wait for intake's answer cannot */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	r = pq_confine_prepare(PQ_JAIL_VERIFY_CHILD, err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_VERIFY, NULL, report, err);
	if (r != 0)
		return r;
	pq_role_log("ready %s", report);
	r = pq_verify_serve(&channel, c, err);
	pq_channel_close(&channel);
	pq_config_free(c);
	return r;
}

int
main(int argc, char **argv)
{
	struct pq_role_options o;
	struct pq_err err = PQ_ERR_INIT;

	pq_libraries_begin();
	if (pq_role_options(&o, ROLE, argc, argv) != 0)
		return 2;
	(void)start_role(&o, &err);
	pq_role_log("stopped reason=\"%s\"", err.text);
	return 1;
}
