/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_FLOOR_H
#define AGENT_GATE_FLOOR_H

#include <pratique/finding.h>
#include <pratique/names.h>

#define PQ_FLOOR_TEXT PQ_TAG_TEXT /* a version is an image tag */
/* who says so */
#define PQ_FLOOR_LIVE "which was live"
#define PQ_FLOOR_LABEL "the label of the running container"
#define PQ_FLOOR_POLICY "the floor of the policy"

/*
 * The version below which nothing of a service is deployed. The zero value is
 * "none is known", and nothing passes it.
 */
struct pq_floor {
	char version[PQ_FLOOR_TEXT]; /* "": none is known */
	/* who says so ("which was live"), or why none is known; clean text */
	char from[PQ_REASON_MAX];
};

/*
 * pq_floor_raise() - take one memory of a live version into account
 * A higher version replaces a lower one, and any version a text that is none.
 * @version:    NULL or "": this memory knows nothing
 * @from:       who says so
 * @instead_of: the one version that the policy takes back; NULL: none
 */
void pq_floor_raise(struct pq_floor *f, const char *version, const char *from,
    const char *instead_of);

/*
 * pq_floor_yields() - may an operator's word that @version is live count?
 * It gives a first floor, or repeats the one that there is; it never changes
 * one. PQ_FLOOR_STANDS says why not, of (service, floor->version, floor->from).
 */
bool pq_floor_yields(const struct pq_floor *f, const char *version);
#define PQ_FLOOR_STANDS                                                      \
	"%s has the floor %s already, %.200s: adopting never changes one; "  \
	"floor: in the policy raises it, and with instead-of: replaces one " \
	"that is too high"

/*
 * pq_floor_judge() - the check order.monotonic
 * Adds a pass when @tag is at the floor or above it, a fail when it is older
 * or cannot be compared, and "pending" while no floor is known.
 */
void pq_floor_judge(
    struct pq_findings *ret, const char *tag, const struct pq_floor *f);

#endif
