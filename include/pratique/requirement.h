/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REQUIREMENT_H
#define PRATIQUE_REQUIREMENT_H

#include <pratique/bytes.h>

/* The kinds of evidence: their table is in kind.h. */
enum pq_kind {
	PQ_KIND_NONE = 0,   /* refuses */
	PQ_KIND_COSIGN_KEY, /* an image signature by a public key */
	PQ_KIND_SSH,        /* a git tag signature by an allowed signer */
	PQ_KIND_COUNT
};

/*
 * Materials of one policy: each signature beside an image is tried with each
 * of them, so this bounds the work that somebody else's signatures cause.
 */
#define PQ_MATERIALS_MAX 64

/* A public key, or a list of signers, as a file has it; owned. */
struct pq_material {
	char *name;  /* of the file, for reasons */
	char *party; /* who holds it; NULL when not said */
	uint8_t *p;
	size_t n;
	unsigned line; /* where the service's file names it, 0: nowhere */
};

/*
 * What signed evidence a policy asks for. Those of one clause are alternatives,
 * and lie beside each other in the policy's list; of the clauses each is
 * needed.
 */
struct pq_requirement {
	enum pq_kind kind;
	unsigned clause;
	unsigned threshold; /* distinct parties among @v; 0 is never met */
	struct pq_material *v;
	size_t n;
};

#endif
