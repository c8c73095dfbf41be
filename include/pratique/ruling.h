/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_RULING_H
#define PRATIQUE_RULING_H

#include <pratique/finding.h>

/* The result of one examination; the zero value is a fail. */
struct pq_ruling {
	enum pq_status status;
	char reason[PQ_REASON_MAX]; /* printable; untrusted bytes escaped */
	char spec[PQ_SPEC_MAX];     /* specification section; may be "" */
	char principal[256];        /* name of the signer; "": unknown */
};

#endif
