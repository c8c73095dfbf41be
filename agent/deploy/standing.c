/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of a service, and pratique adopt, which sets the first floor.
 *
 * The floor is the highest version in the journal, the label of the container
 * and the policy. If the state directory is lost, the label remains. If an
 * operator replaces the container by hand, the journal remains. If one source
 * cannot be read, the floor is unknown and each release waits. Otherwise an old
 * backup of the journal could lower the floor: only the label shows its age.
 */
#include "deploy/standing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/version.h>

/*
 * Return true if the service has an unfinished deployment, or if the journal
 * failed. Then the running container does not show the live version.
 */
static bool
is_unfinished(struct deploy *d, const struct pq_config_service *s)
{
	struct pq_deployment dep;
	int r = pq_journal_unfinished(&d->journal, &dep);

	return r < 0 ||
	    (r == 1 && strcmp(dep.service, s->policy->service) == 0);
}

int
pq_standing_observe(struct pq_observed *ret, struct deploy *d,
    const struct pq_config_service *s, char why[PQ_REASON_MAX])
{
	struct pq_err err = PQ_ERR_INIT;
	int r;

	*ret = (struct pq_observed){ .there = false };
	if (is_unfinished(d, s)) {
		(void)snprintf(why, PQ_REASON_MAX,
		    "a deployment of %s is in progress: try again when it has "
		    "ended",
		    s->policy->service);
		return 1;
	}
	r = pq_target_observe(ret, d->docker, s, &err);
	if (r == 0)
		return 0;
	(void)snprintf(why, PQ_REASON_MAX,
	    "deploy cannot find out which version runs: %.400s", err.text);
	return 1;
}

/* Explain how to set the first floor, and suggest the image's version. */
static void
explain_adopt(struct pq_floor *f, const struct pq_config_service *s,
    const struct pq_observed *r)
{
	const char *name = s->policy->service, *claim = r->claim;

	if (!r->there)
		(void)snprintf(f->from, sizeof(f->from),
		    "the live version is unknown, and there is no %s named "
		    "%s: create it once by hand, then run pratique adopt %s "
		    "--version 1.0.0, with its version instead of 1.0.0",
		    pq_target_key(s->target), s->target_name, name);
	else
		(void)snprintf(f->from, sizeof(f->from),
		    "the live version of %s is unknown: run pratique adopt %s "
		    "--version %.64s%s",
		    name, name, claim[0] != '\0' ? claim : "1.0.0",
		    claim[0] != '\0'
			? ", if that is the version that runs"
			: ", with the version that runs instead of 1.0.0");
}

int
pq_standing_floor(struct pq_floor *ret, struct deploy *d,
    const struct pq_config_service *s, const struct pq_observed *r)
{
	struct pq_floor f = { 0 };
	const char *fault = NULL;

	pq_journal_floor(
	    &d->journal, s->policy->service, s->floor_instead_of, &f);
	if (d->journal.fault != 0)
		fault = "deploy's journal cannot be read";
	else if (r->unproven)
		fault = "the engine has lost the image of the running "
			"container, so the author of its labels is unknown: "
			"pull that image again";
	if (fault != NULL) {
		*ret = (struct pq_floor){ 0 };
		(void)snprintf(ret->from, sizeof(ret->from), "%s", fault);
		return 1;
	}
	pq_floor_raise(&f, r->version, PQ_FLOOR_LABEL, s->floor_instead_of);
	pq_floor_raise(&f, s->floor, PQ_FLOOR_POLICY, NULL);
	if (f.version[0] == '\0')
		explain_adopt(&f, s, r);
	*ret = f;
	return 0;
}

bool
pq_standing_changed_floor(struct pq_floor *ret, bool *ret_away,
    struct deploy *d, const struct pq_config_service *s)
{
	struct pq_floor *told = &d->told[s - d->config->services];
	struct pq_observed run;
	struct pq_floor f = { 0 };

	*ret_away = false;
	if (is_unfinished(d, s))
		return false;
	*ret_away = pq_standing_observe(&run, d, s, f.from) != 0;
	if (!*ret_away)
		(void)pq_standing_floor(&f, d, s, &run);
	pq_observed_free(&run);
	if (strcmp(f.version, told->version) == 0 &&
	    strcmp(f.from, told->from) == 0)
		return false;
	*told = f;
	*ret = f;
	return true;
}

/* ---- adopting ---------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
set_answer(struct pq_adoption *ret, enum pq_answered code, const char *fmt, ...)
{
	va_list ap;

	ret->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(ret->reason, sizeof(ret->reason), fmt, ap);
	va_end(ap);
}

/* Return true if the container runs; otherwise write the refusal to @ret. */
static bool
require_running(struct pq_adoption *ret, const struct pq_config_service *s,
    const struct pq_observed *r)
{
	const char *key = pq_target_key(s->target);

	if (!r->there)
		set_answer(ret, PQ_ANSWERED_REFUSED,
		    "there is no %s named %s: create it once by hand", key,
		    s->target_name);
	else if (!pq_observed_runs(r))
		set_answer(ret, PQ_ANSWERED_REFUSED,
		    "the %s %s does not run: start it first", key,
		    s->target_name);
	return pq_observed_runs(r);
}

static void
record_adoption(struct pq_adoption *ret, struct deploy *d,
    const struct pq_config_service *s, const struct pq_observed *r,
    const char *version)
{
	struct pq_deployment dep = { .release = 0 };
	const char *claim = r->claim, *key = pq_target_key(s->target);
	bool other = claim[0] != '\0' &&
	    !pq_version_same(pq_slice_str(claim), pq_slice_str(version));

	if (r->known == PQ_KNOWN_NOT) {
		set_answer(ret, PQ_ANSWERED_REFUSED,
		    "the engine has lost the image of the %s %s, so its "
		    "digest is unknown: pull that image again",
		    key, s->target_name);
		return;
	}
	memcpy(ret->digest, r->digest, sizeof(ret->digest));
	(void)snprintf(
	    dep.service, sizeof(dep.service), "%s", s->policy->service);
	(void)snprintf(dep.tag, sizeof(dep.tag), "%s", version);
	(void)snprintf(dep.digest, sizeof(dep.digest), "%s", ret->digest);
	pq_journal_live(
	    &d->journal, &dep, d->now.wall_ms / 1000, s->floor_instead_of);
	(void)snprintf(ret->container, sizeof(ret->container), "%s", r->ref);
	set_answer(ret, PQ_ANSWERED_DONE, "the %s %s is live as %s, %s %s%s%s",
	    key, s->target_name, version,
	    r->known == PQ_KNOWN_BY_DIGEST ? "digest" : "image id", ret->digest,
	    other ? "; its image is labelled " : "", other ? claim : "");
}

/* Return true if the journal has this adoption: it may be repeated. */
static bool
is_recorded(struct deploy *d, const struct pq_config_service *s,
    const struct pq_observed *r, const char *version)
{
	char tag[PQ_FLOOR_TEXT];

	return r->known != PQ_KNOWN_NOT &&
	    pq_journal_was(&d->journal, s->policy->service, r->digest, tag) ==
	    1 &&
	    pq_version_same(pq_slice_str(tag), pq_slice_str(version));
}

static void
adopt_version(struct pq_adoption *ret, struct deploy *d,
    const struct pq_config_service *s, const char *version)
{
	struct pq_observed run;
	struct pq_floor floor;

	if (pq_standing_observe(&run, d, s, ret->reason) != 0) {
		ret->code = PQ_ANSWERED_NOT_EXAMINED;
		return;
	}
	if (!require_running(ret, s, &run)) {
		pq_observed_free(&run);
		return;
	}
	if (pq_standing_floor(&floor, d, s, &run) != 0)
		set_answer(ret, PQ_ANSWERED_NOT_EXAMINED, "%s", floor.from);
	else if (floor.version[0] != '\0' && !is_recorded(d, s, &run, version))
		set_answer(ret, PQ_ANSWERED_REFUSED, PQ_FLOOR_FIXED,
		    s->policy->service, floor.version, floor.from);
	else
		record_adoption(ret, d, s, &run, version);
	pq_observed_free(&run);
}

void
pq_standing_adopt(
    struct pq_adoption *ret, struct deploy *d, const struct pq_msg_adopt *m)
{
	const struct pq_config_service *s =
	    pq_config_service(d->config, m->service);
	char version[PQ_FLOOR_TEXT];

	*ret = (struct pq_adoption){ .code = PQ_ANSWERED_REFUSED };
	(void)snprintf(version, sizeof(version), "%.*s", (int)m->version.n,
	    (const char *)m->version.p);
	if (s == NULL)
		set_answer(ret, PQ_ANSWERED_NOT_EXAMINED,
		    "deploy does not know this service: " PQ_CONFIG_CHANGED);
	else if (!pq_version_valid(m->version))
		set_answer(ret, PQ_ANSWERED_REFUSED,
		    "%s is not a version such as 1.0.0", version);
	else
		adopt_version(ret, d, s, version);
}
