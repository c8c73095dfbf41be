/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REQUIREMENT_H
#define PRATIQUE_REQUIREMENT_H

#include <pratique/bytes.h>

/*
 * The kinds of evidence: KIND(ID, name, PROVEN)
 *
 * Of each kind core/name.c has pq_name_prove(), by which deploy proves it
 * again, and format/name.c has pq_name_find, which says how it is found in a
 * document. Its other properties are a row of kinds.c: see kind.h. A kind that
 * is not proven has no core/name.c, and check-config refuses a policy with it.
 *
 * COSIGN_KEY - an image signature by a public key
 * SSH        - a git tag signature by an allowed signer
 */
/* clang-format off */
#define PQ_KINDS(KIND)                    \
	KIND(COSIGN_KEY, cosign_key, yes) \
	KIND(SSH,        ssh,        yes)
/* clang-format on */

/* PQ_PROVEN_##PROVEN(x) is x for a kind that is proven */
#define PQ_PROVEN_yes(...) __VA_ARGS__
#define PQ_PROVEN_no(...)

enum pq_kind {
	PQ_KIND_NONE = 0, /* refuses */
#define KIND(ID, ...) PQ_KIND_##ID,
	PQ_KINDS(KIND)
#undef KIND
	    PQ_KIND_COUNT
};

/*
 * Materials of one policy: each signature beside an image is tried with each
 * of them, so this bounds the work that somebody else's signatures cause.
 */
#define PQ_MATERIALS_MAX 64

struct pq_pubkey; /* <pratique/pubkey.h> */

/* A public key, or a list of signers, as a file has it; owned. */
struct pq_material {
	char *name;  /* of the file, for reasons */
	char *party; /* who holds it; NULL when not said */
	uint8_t *p;
	size_t n;
	/* what @p was parsed to; NULL: who needs it parses. Borrowed. */
	const struct pq_pubkey *key;
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
