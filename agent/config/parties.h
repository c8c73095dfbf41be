/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_PARTIES_H
#define AGENT_CONFIG_PARTIES_H

#include <pratique/proof.h>

#include "config/config.h"

enum pq_ability {
	PQ_ABILITY_IMAGES = 1u << 0, /* signs images */
	PQ_ABILITY_TAGS = 1u << 1,   /* signs tags */
	PQ_ABILITY_APPROVE = 1u << 2,
};

/* A key file, or an entry of operators:. Other structs own all texts. */
struct pq_holding {
	enum pq_ability ability;
	const char *holder; /* name of the party; no name: that of the file */
	const char *file;   /* NULL: an operator */
	size_t party;       /* index into struct pq_parties.abilities */
	/* the rest only for a key file */
	size_t requirement, material; /* indices into the policy */
	/* from pq_requirement_parties(): keys of one class are one party */
	size_t class;
	unsigned line;
};

#define PQ_PARTIES_SIGNERS PQ_PROOF_PIECES /* most signers in one set */
#define PQ_PARTIES_SETS PQ_MATERIALS_MAX   /* most sets */

/* Parties that together satisfy a whole policy. */
struct pq_party_set {
	size_t
	    signers[PQ_PARTIES_SIGNERS]; /* indices of image and tag signers */
	size_t n_signers;
	unsigned approvals; /* how many other operators must approve */
};

/*
 * The parties of one service. A party may have several names. The holdings of a
 * party have its index, and the first of them has the name to print.
 */
struct pq_parties {
	struct pq_holding *held; /* image keys, tag signers, operators */
	size_t n_held;
	unsigned *abilities; /* bits of enum pq_ability, for each party */
	size_t n;
	/* all sets with the fewest parties; empty if no set is possible */
	struct pq_party_set smallest[PQ_PARTIES_SETS];
	size_t n_smallest;
	/*
	 * 0: smallest[] is complete. Otherwise the search ended early, and each
	 * set that is missing has at least this many parties.
	 */
	size_t at_least;
};

/*
 * pq_parties_of() - find the parties that must act together to ship a release
 * Two names are one party in three cases: they are equal, they have the same
 * key, or the image key of one is in the allowed_signers file of the other. A
 * set also needs enough operators for the approvals.
 * @s:     the service; borrowed
 * @c:     has the operators; borrowed; NULL: no operator is known
 * @ret:   untouched unless 0 is returned; owned; its texts point into @s and @c
 * Return: 0 or -PQ_ENOMEM
 */
int pq_parties_of(struct pq_parties **ret, const struct pq_config_service *s,
    const struct pq_config *c);
void pq_parties_free(struct pq_parties *p);   /* NULL is permitted */
void pq_parties_freep(struct pq_parties **p); /* for pq_auto() */

/* Return the name to print, borrowed, or NULL if there is no such party. */
const char *pq_parties_name(const struct pq_parties *p, size_t party);
/*
 * pq_parties_registry() - describe the account that pushes images
 * The account has no key, but it can give a new tag to any image that was
 * signed before. If only the tag says the version, it can present an old image
 * with a known vulnerability as the newest release.
 * @who:   gets the name of the account, also if NULL is returned
 * Return: a description; NULL: signed content says the version
 */
#define PQ_PARTIES_REGISTRY 320
const char *pq_parties_registry(
    char who[PQ_PARTIES_REGISTRY], const struct pq_config_service *s);
#endif
