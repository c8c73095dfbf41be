/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_FETCH_DOCTOR_H
#define AGENT_FETCH_DOCTOR_H

#include <pratique/finding.h>

#include "config/config.h"
#include "ipc/channel.h"
#include "net/gather.h"

#define PQ_DOCTOR_PROBES 64  /* places in one examination */
#define PQ_DOCTOR_START_S 30 /* no probe starts later than that */

/* A repository of images, or a git repository. */
struct pq_probe {
	const char *place;  /* image or URL; borrowed from the configuration */
	const void *origin; /* its registry or git host there */
	enum pq_check check;
	bool asked, done;
	enum pq_status status;
	char reason[PQ_REASON_MAX];
};

/* The running examination; zero: none. */
struct pq_doctor {
	bool used;
	uint64_t job;
	int64_t since; /* CLOCK_MONOTONIC seconds */
	struct pq_probe v[PQ_DOCTOR_PROBES];
	size_t n;
	size_t more; /* places over PQ_DOCTOR_PROBES */
};

/*
 * pq_doctor_begin() - collect the places of one service, or of all ("")
 * A place that several services use is listed once.
 * Return: 0; -PQ_EABSENT: no such service, and @d is unchanged
 */
int pq_doctor_begin(struct pq_doctor *d, const struct pq_config *c,
    struct pq_slice service, uint64_t job, int64_t now);
/* may a further probe start? */
bool pq_doctor_probes(const struct pq_doctor *d, int64_t now);
/* keep the answer of the origin's process */
void pq_doctor_take(struct pq_probe *p, const struct pq_gather *g);
/* is no probe running or waiting? @over: none may start any more */
bool pq_doctor_done(const struct pq_doctor *d, bool over);
/*
 * pq_doctor_findings() - append one finding for each place
 * A place that was not probed is pending: its origin was busy.
 */
void pq_doctor_findings(struct pq_findings *ret, const struct pq_doctor *d);
/*
 * pq_doctor_sum_up() - the code of the reply to these findings
 * @ret_text: the first finding that does not pass; "" if all pass
 */
enum pq_answered pq_doctor_sum_up(
    char ret_text[PQ_REASON_MAX], const struct pq_findings *f);

#endif
