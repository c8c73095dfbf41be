/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique doctor: can fetch use each configured registry and git host now?
 *
 * The processes of the origins send the probes, as they send the requests of an
 * errand. Errands come first, so an examination delays a release by one probe
 * at most. Everybody who may connect may start one: the number of places and
 * the time are bounded.
 */
#include "fetch/doctor.h"

#include <stdio.h>
#include <string.h>

static bool
is_listed(const struct pq_doctor *d, const char *place, enum pq_check check)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->v[i].check == check && strcmp(d->v[i].place, place) == 0)
			return true;
	return false;
}

static void
add_place(struct pq_doctor *d, enum pq_check check, const char *place,
    const void *origin)
{
	if (place == NULL || is_listed(d, place, check))
		return;
	if (d->n == PQ_DOCTOR_PROBES) {
		d->more++;
		return;
	}
	d->v[d->n++] = (struct pq_probe){
		.place = place, .origin = origin, .check = check
	};
}

int
pq_doctor_begin(struct pq_doctor *d, const struct pq_config *c,
    struct pq_slice service, uint64_t job, int64_t now)
{
	const struct pq_config_service *one = pq_config_service(c, service), *s;

	if (service.n != 0 && one == NULL)
		return -PQ_EABSENT;
	*d = (struct pq_doctor){ .used = true, .job = job, .since = now };
	for (s = c->services; s < c->services + c->n_services; s++) {
		const struct pq_policy *p = s->policy;

		if (service.n != 0 && s != one)
			continue;
		add_place(d, PQ_CHECK_FETCH_REGISTRY, p->image,
		    pq_config_registry(c, p->image));
		if (p->git_url != NULL)
			add_place(d, PQ_CHECK_FETCH_GIT, p->git_url,
			    pq_config_git(c, p->git_url));
	}
	return 0;
}

bool
pq_doctor_probes(const struct pq_doctor *d, int64_t now)
{
	return d->used && now - d->since < PQ_DOCTOR_START_S;
}

void
pq_doctor_take(struct pq_probe *p, const struct pq_gather *g)
{
	p->done = true;
	p->status = g->result == PQ_GATHER_FETCHED ? PQ_PASS : PQ_FAIL;
	(void)snprintf(p->reason, sizeof(p->reason), "%s", g->reason);
}

bool
pq_doctor_done(const struct pq_doctor *d, bool over)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (!d->v[i].done && (d->v[i].asked || !over))
			return false;
	return true;
}

static void
add_finding(struct pq_findings *ret, const struct pq_probe *p)
{
	if (!p->done)
		pq_findings_add(ret, p->check, PQ_PENDING, p->place, "",
		    "%.200s: not examined, because errands use this origin: "
		    "try again in a minute",
		    p->place);
	else if (p->status == PQ_PASS)
		pq_findings_add(ret, p->check, PQ_PASS, p->place, "",
		    "%.200s: %.250s", p->place, p->reason);
	else
		pq_findings_add(
		    ret, p->check, PQ_FAIL, p->place, "", "%s", p->reason);
}

void
pq_doctor_findings(struct pq_findings *ret, const struct pq_doctor *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		add_finding(ret, &d->v[i]);
	if (d->more > 0)
		pq_findings_add(ret, PQ_CHECK_FETCH_REGISTRY, PQ_PENDING, "",
		    "",
		    "%zu places more than the %d of one examination: name a "
		    "service",
		    d->more, PQ_DOCTOR_PROBES);
}

enum pq_answered
pq_doctor_sum_up(char ret_text[PQ_REASON_MAX], const struct pq_findings *f)
{
	static const enum pq_answered codes[] = {
		[PQ_FAIL] = PQ_ANSWERED_REFUSED,
		[PQ_PENDING] = PQ_ANSWERED_NOT_EXAMINED,
		[PQ_PASS] = PQ_ANSWERED_DONE,
	};
	enum pq_status all = pq_findings_overall(f);
	size_t i = 0;

	ret_text[0] = '\0';
	while (i < f->n && f->v[i].status != all)
		i++;
	if (all != PQ_PASS && i < f->n)
		(void)snprintf(ret_text, PQ_REASON_MAX, "%s: %.460s",
		    pq_check_name(f->v[i].check), f->v[i].reason);
	return codes[all];
}
