/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examination of the host: the Docker engine must be able to confine
 * containers. The posture check of a container relies on this. Without seccomp
 * in the engine, or without limits in the kernel, the engine still shows the
 * settings of a container, but they have no effect.
 *
 * The findings inform an operator. They never refuse a release, because an
 * attacker who controls the engine also controls its answer to GET /info.
 */
#include "deploy/host.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "deploy/json.h"
#include "deploy/space.h"

#define HOST PQ_CHECK_HOST_DAEMON

/* Return the text after "name=NAME", or NULL if there is no such option. */
static const char *
security_option(json_t *info, const char *name)
{
	json_t *list = json_object_get(info, "SecurityOptions"), *v;
	size_t i, n = strlen(name);

	json_array_foreach (list, i, v) {
		const char *s = json_string_value(v);

		if (s != NULL && strncmp(s, "name=", 5) == 0 &&
		    strncmp(s + 5, name, n) == 0 &&
		    (s[5 + n] == '\0' || s[5 + n] == ','))
			return s + 5 + n;
	}
	return NULL;
}

static void
report_engine(struct pq_findings *ret, json_t *info, const char *api)
{
	const char *version = pq_json_text(info, "ServerVersion");

	pq_findings_add(ret, HOST, version[0] != '\0' ? PQ_PASS : PQ_FAIL,
	    "engine", "", "version %.100s, API %.16s, on %.100s",
	    version[0] != '\0' ? version : "unknown", api,
	    pq_json_text(info, "OperatingSystem"));
}

/* Before Docker 23.0 the default profile is "default", since then "builtin". */
static void
report_seccomp(struct pq_findings *ret, json_t *info)
{
	const char *o = security_option(info, "seccomp");
	const char *profile = o == NULL ? NULL : strstr(o, ",profile=");

	profile = profile == NULL ? "" : profile + strlen(",profile=");
	if (o == NULL || strcmp(profile, "unconfined") == 0)
		pq_findings_add(ret, HOST, PQ_FAIL, "seccomp", "",
		    "containers run without a seccomp filter: %s",
		    o == NULL ? "the kernel or the engine has no seccomp"
			      : "remove seccomp-profile from daemon.json");
	else if (strcmp(profile, "default") == 0 ||
	    strcmp(profile, "builtin") == 0)
		pq_findings_add(ret, HOST, PQ_PASS, "seccomp", "",
		    "the engine's default seccomp profile");
	else
		pq_findings_warn(ret, HOST, "seccomp", "",
		    "a custom seccomp profile, which pratique does not "
		    "examine: %.200s",
		    profile);
}

static void
report_mandatory_access(struct pq_findings *ret, json_t *info)
{
	const char *which = security_option(info, "apparmor") != NULL
	    ? "AppArmor"
	    : security_option(info, "selinux") != NULL ? "SELinux"
						       : NULL;

	if (which != NULL)
		pq_findings_add(ret, HOST, PQ_PASS, "mandatory access control",
		    "", "%s", which);
	else
		pq_findings_warn(ret, HOST, "mandatory access control", "",
		    "AppArmor and SELinux are not active: only capabilities "
		    "and seccomp restrict root in a container");
}

static void
report_limit(
    struct pq_findings *ret, json_t *info, const char *member, const char *of)
{
	bool kept = json_is_true(json_object_get(info, member));

	pq_findings_add(ret, HOST, kept ? PQ_PASS : PQ_FAIL, of, "",
	    kept ? "limits of %s are enforced"
		 : "the kernel does not enforce limits of %s: the limits "
		   "set on containers have no effect",
	    of);
}

static void
report_disk(struct pq_findings *ret, json_t *info)
{
	const char *root = pq_json_text(info, "DockerRootDir");
	uint64_t have = pq_space_engine(root);

	if (have == UINT64_MAX)
		pq_findings_warn(ret, HOST, "disk", "",
		    "deploy cannot reach the engine's directory \"%.200s\": no "
		    "swap checks the free space there",
		    root);
	else
		pq_findings_add(ret, HOST,
		    have < PQ_SPACE_ENGINE ? PQ_FAIL : PQ_PASS, "disk", "",
		    "%llu MiB are free in the engine's %.200s; a swap needs %u",
		    (unsigned long long)(have >> 20), root,
		    PQ_SPACE_ENGINE >> 20);
}

void
pq_host_examine(struct pq_findings *ret, json_t *info, const char *api)
{
	report_engine(ret, info, api);
	report_seccomp(ret, info);
	report_mandatory_access(ret, info);
	report_limit(ret, info, "MemoryLimit", "memory");
	report_limit(ret, info, "PidsLimit", "processes");
	report_disk(ret, info);
}

/* Write the first finding that is not a pass to @ret->text. */
static void
set_first_fault(struct pq_reply *ret, const struct pq_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->v[i].status == PQ_PASS)
			continue;
		(void)snprintf(ret->text, sizeof(ret->text), "%s: %s: %.300s",
		    pq_check_name(f->v[i].check), f->v[i].subject,
		    f->v[i].reason);
		return;
	}
}

void
pq_reply_host(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	json_t *info = NULL;

	(void)m; /* the question has no parameter */
	ret->text[0] = '\0';
	if (pq_docker_json(d->docker, PQ_DOCKER_INFO, NULL, &info, &err) != 0) {
		ret->code = PQ_ANSWERED_NOT_EXAMINED;
		pq_text_utf8(
		    ret->text, sizeof(ret->text), pq_slice_str(err.text));
		return;
	}
	pq_host_examine(&f, info, pq_docker_version(d->docker));
	json_decref(info);
	(void)pq_findings_encode(&ret->document, &f);
	if (pq_findings_overall(&f) == PQ_PASS)
		ret->code = PQ_ANSWERED_DONE;
	else
		set_first_fault(ret, &f);
}
