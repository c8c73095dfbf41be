/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_FLOOR_H
#define AGENT_GATE_FLOOR_H

#include <pratique/finding.h>
#include <pratique/names.h>

#define PQ_FLOOR_TEXT PQ_TAG_TEXT /* a version is an image tag */
/* sources of a floor, in words that follow the version */
#define PQ_FLOOR_LIVE "the highest version that was live"
#define PQ_FLOOR_LABEL "the label of the running container"
#define PQ_FLOOR_POLICY "the floor of the policy"

/*
 * The lowest version of a service that may go live. The zero value means that
 * no floor is known; then no version passes.
 */
struct pq_floor {
	char version[PQ_FLOOR_TEXT]; /* "": no floor is known */
	/* the source, such as PQ_FLOOR_LIVE, or why no floor is known; escaped
	 */
	char from[PQ_REASON_MAX];
};

/*
 * pq_floor_raise() - raise the floor to the version that one source has
 * recorded
 * A higher version replaces a lower one. A valid version replaces a text that
 * is not a version.
 * @version:    NULL or "" if the source has no version
 * @from:       the source, such as PQ_FLOOR_LIVE
 * @instead_of: a version that the policy revokes and that does not count; may
 *              be NULL
 */
void pq_floor_raise(struct pq_floor *f, const char *version, const char *from,
    const char *instead_of);

/*
 * pq_floor_allows_adopt() - decide whether an operator may adopt @version
 * An operator may set the first floor or repeat the existing floor, and may
 * not change it. PQ_FLOOR_FIXED is the format of the refusal; its arguments
 * are the service, floor->version and floor->from.
 */
bool pq_floor_allows_adopt(const struct pq_floor *f, const char *version);
#define PQ_FLOOR_FIXED                                                     \
	"%s already has the floor %s, %.200s; adopt cannot change it. To " \
	"raise it, set floor: in the service's file; to lower it, set "    \
	"floor: {version: ..., instead-of: ...}"

/*
 * pq_floor_judge() - add the finding of the check order.monotonic
 * The status is pass if @tag equals or exceeds the floor, fail if it is older
 * or cannot be compared, and pending if no floor is known.
 */
void pq_floor_judge(
    struct pq_findings *ret, const char *tag, const struct pq_floor *f);

#endif
