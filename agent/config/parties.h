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

/* A key file, or a place among the operators; all is borrowed. */
struct pq_holding {
	enum pq_ability ability;
	const char *holder; /* the party's name, else the file's */
	const char *file;   /* NULL: an operator */
	size_t party;       /* index into struct pq_parties.abilities */
	/* of a key file, not of an operator */
	size_t requirement, material; /* of the policy */
	size_t class; /* as of pq_requirement_parties(): one party there */
	unsigned line;
};

#define PQ_PARTIES_SIGNERS PQ_PROOF_PIECES /* of one set */
#define PQ_PARTIES_SETS PQ_MATERIALS_MAX

/* Parties that satisfy a whole policy together. */
struct pq_party_set {
	size_t signers[PQ_PARTIES_SIGNERS]; /* of image and tag, as indices */
	size_t n_signers;
	unsigned approvals; /* operators needed beside @signers */
};

/*
 * The parties of one service. One party may go by several names: its holdings
 * are those with its index, and the first of them has the name to print.
 */
struct pq_parties {
	struct pq_holding *held; /* image keys, tag signers, operators */
	size_t n_held;
	unsigned *abilities; /* of each party, enum pq_ability */
	size_t n;
	/* each choice of signers that needs the fewest parties; may be none */
	struct pq_party_set smallest[PQ_PARTIES_SETS];
	size_t n_smallest;
	/* there are too many choices to see them all: no set has fewer parties
	 * than this. 0: all were seen */
	size_t at_least;
};

/*
 * pq_parties_of() - who must act together to satisfy a service's policy
 * Names are one party when they are equal, when they hold the same key, or when
 * an image key of one is in the allowed_signers file of the other. Approvals
 * count: no set satisfies a policy that wants more of them than there are
 * operators.
 * @c:     the operators; NULL: none is known
 * @ret:   owned; borrows from @s and @c
 * Return: 0 or -PQ_ENOMEM
 */
int pq_parties_of(struct pq_parties **ret, const struct pq_config_service *s,
    const struct pq_config *c);
void pq_parties_free(struct pq_parties *p);   /* NULL is fine */
void pq_parties_freep(struct pq_parties **p); /* for pq_auto() */

/* borrowed */
const char *pq_parties_name(const struct pq_parties *p, size_t party);
/*
 * pq_parties_registry() - the ability of the account that pushes images
 * It holds no key. It chooses which of the images that were signed some day
 * gets a new name; where the name alone tells the version, an old image with a
 * known hole becomes the newest.
 * @who:   the account in words; always written
 * Return: the ability in words; NULL: signed content tells the version
 */
#define PQ_PARTIES_REGISTRY 320
const char *pq_parties_registry(
    char who[PQ_PARTIES_REGISTRY], const struct pq_config_service *s);
#endif
