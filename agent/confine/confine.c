/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the confinement of a role, and its resource limits. */
#include "confine/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine/filter.h"
#include "confine/landlock.h"
#include "confine/selftest.h"

#define J(name) (1u << PQ_JAIL_##name)
#define ALL (~0u)

struct limit {
	int resource;
	unsigned jails;
	rlim_t value;
};

/* clang-format off */
static const struct limit limits[] = {
	{ RLIMIT_CORE, ALL, 0 },                     /* cores contain secrets */
	{ RLIMIT_NOFILE, J(INTAKE), 1024 },          /* 512 connections */
	{ RLIMIT_NOFILE, J(WARDEN) | J(DEPLOY) | J(FETCH) | J(FETCH_CHILD) |
	    J(VERIFY), 128 },
	{ RLIMIT_NOFILE, J(FETCH_CONNECTOR), 32 },
	{ RLIMIT_NOFILE, J(VERIFY_CHILD) | J(FETCH_PACKS) | J(FETCH_PACK), 16 },
	{ RLIMIT_FSIZE, J(INTAKE) | J(VERIFY_CHILD), 16u << 20 }, /* memfd */
	{ RLIMIT_CPU, J(VERIFY_CHILD), 20 },         /* seconds for one child */
	{ RLIMIT_CPU, J(FETCH_PACK), 2 },            /* for two small objects */
#ifndef PQ_SANITIZE
	{ RLIMIT_DATA, J(INTAKE), 64u << 20 },       /* 32 MiB of bodies */
	{ RLIMIT_AS, J(VERIFY_CHILD), 512u << 20 },
	{ RLIMIT_AS, J(FETCH_PACK), 128u << 20 },    /* a pack has 4 MiB */
	{ RLIMIT_FSIZE, J(FETCH_PACK), 1u << 16 },    /* its filter; no file */
#endif
};
/* clang-format on */

static int
set_limits(enum pq_jail jail, struct pq_err *err)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit now, want;

		if ((limits[i].jails & (1u << jail)) == 0)
			continue;
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) !=
		    0)
			return pq_err_set(
			    err, PQ_ESYS, "getrlimit: %s", strerror(errno));
		want.rlim_cur = want.rlim_max = limits[i].value;
		if (want.rlim_max > now.rlim_max)
			want.rlim_cur = want.rlim_max = now.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].resource, &want) !=
		    0)
			return pq_err_set(
			    err, PQ_ESYS, "setrlimit: %s", strerror(errno));
	}
	return 0;
}

#ifdef PQ_SANITIZE
static bool confined;

/*
 * When a sanitized process exits, it starts a thread that searches for leaks
 * and stops the other threads with ptrace(2). No jail permits ptrace(2). A role
 * that may call clone(2) would wait for this thread forever.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return confined;
}
#endif

int
pq_confine_enter(enum pq_jail jail, const struct pq_jail_paths *paths,
    char report[128], struct pq_err *err)
{
	unsigned tried = 0;
	char abi_text[16] = "none";
	int abi, r;

	if (jail == PQ_JAIL_NONE)
		return pq_err_set(
		    err, PQ_EINTERNAL, "the jail is PQ_JAIL_NONE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return pq_err_set(err, PQ_ESYS, "prctl: %s", strerror(errno));
	r = set_limits(jail, err);
	if (r != 0)
		return r;
#ifdef PQ_SANITIZE
	confined = true;
#endif
	abi = pq_landlock_enter(paths, err);
	if (abi < 0)
		return abi;
	r = pq_filter_enter(jail, err);
	if (r != 0)
		return r;
	r = pq_selftest_run(jail, abi, &tried, err);
	if (r != 0)
		return r;
	if (abi > 0)
		(void)snprintf(abi_text, sizeof(abi_text), "%d", abi);
	if (report != NULL)
		(void)snprintf(report, 128,
		    "landlock=%s seccomp=yes selftest=%u/%u", abi_text, tried,
		    tried);
	return 0;
}
