/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REQUIREMENT_H
#define PRATIQUE_REQUIREMENT_H

#include <pratique/bytes.h>

/*
 * The kinds of evidence: KIND(ID, name, PROVEN)
 *
 * For each kind, core/NAME.c has pq_NAME_prove(): deploy uses it to verify a
 * signature again. format/NAME.c has the row pq_NAME_find: verify uses it to
 * find signatures in a document. kinds.c has a row with the other properties,
 * see kind.h. If PROVEN is "no", there is no core/NAME.c, and check-config
 * refuses a policy that requires this kind.
 *
 * COSIGN_KEY - an image signature by a public key
 * SSH        - a git tag signature by an allowed signer
 */
/* clang-format off */
#define PQ_KINDS(KIND)                    \
	KIND(COSIGN_KEY, cosign_key, yes) \
	KIND(SSH,        ssh,        yes)
/* clang-format on */

/* PQ_PROVEN_##PROVEN(x) is x if PROVEN is "yes", else empty */
#define PQ_PROVEN_yes(...) __VA_ARGS__
#define PQ_PROVEN_no(...)

enum pq_kind {
	PQ_KIND_NONE = 0, /* not set: never met */
#define KIND(ID, ...) PQ_KIND_##ID,
	PQ_KINDS(KIND)
#undef KIND
	    PQ_KIND_COUNT
};

/*
 * The maximum number of materials in one policy. Verify tries each signature of
 * an image with each material, so this limits the work that an attacker's
 * signatures cause.
 */
#define PQ_MATERIALS_MAX 64

struct pq_pubkey; /* <pratique/pubkey.h> */

/* A file with a public key or a list of signers; owned. */
struct pq_material {
	char *name;  /* name of the file, for messages */
	char *party; /* the party that holds the key; NULL: not configured */
	uint8_t *p;  /* the bytes of the file */
	size_t n;
	/* the parsed key; borrowed; NULL: each prover parses @p itself */
	const struct pq_pubkey *key;
	unsigned line; /* line in the service's file; 0: unknown */
};

/*
 * Signed evidence that a policy requires. Requirements with the same clause
 * number are alternatives and are adjacent in the policy's list. A release must
 * meet one alternative of each clause.
 */
struct pq_requirement {
	enum pq_kind kind;
	unsigned clause;    /* number of the clause */
	unsigned threshold; /* number of different parties that must sign
			       with a key of @v; 0: never met */
	struct pq_material *v;
	size_t n;
};

#endif
