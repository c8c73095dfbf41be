/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_RULING_H
#define PRATIQUE_RULING_H

#include <pratique/finding.h>

/* What one examination concluded; the zero value is a fail. */
struct pq_ruling {
	enum pq_status status;
	char reason[PQ_REASON_MAX]; /* clean text, foreign bytes escaped */
	char spec[PQ_SPEC_MAX];     /* specification section, may be "" */
	char principal[256];        /* who signed, "" when not known */
};

#endif
