/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: the lowest version that may go live. The signature of an old
 * release stays valid for ever, so only a record of the live versions stops its
 * replay. There are three records, and each can be missing. The journal is lost
 * with its disk. A container that somebody creates by hand has no label. Many
 * policies have no floor:. So the highest record counts. Without any record the
 * check order.monotonic does not pass.
 */
#include "gate/floor.h"

#include <stdio.h>

#include <pratique/version.h>

/* Return true if @one is higher, or if only @one is a valid version. */
static bool
is_higher(const char *one, const char *other)
{
	struct pq_slice a = pq_slice_str(one), b = pq_slice_str(other);
	int order;

	if (pq_version_compare(&order, a, b) == 0)
		return order > 0;
	return pq_version_valid(a) && !pq_version_valid(b);
}

static bool
is_equal(const char *one, const char *other)
{
	int order;

	return pq_version_compare(
		   &order, pq_slice_str(one), pq_slice_str(other)) == 0 &&
	    order == 0;
}

void
pq_floor_raise(struct pq_floor *f, const char *version, const char *from,
    const char *instead_of)
{
	if (version == NULL || version[0] == '\0' ||
	    (instead_of != NULL && is_equal(version, instead_of)))
		return;
	if (f->version[0] != '\0' && !is_higher(version, f->version))
		return;
	(void)snprintf(f->version, sizeof(f->version), "%s", version);
	(void)snprintf(f->from, sizeof(f->from), "%s", from);
}

bool
pq_floor_allows_adopt(const struct pq_floor *f, const char *version)
{
	return f->version[0] == '\0' || is_equal(f->version, version);
}

void
pq_floor_judge(
    struct pq_findings *ret, const char *tag, const struct pq_floor *f)
{
	enum pq_status s = PQ_FAIL;
	int c = 0;

	if (f->version[0] == '\0')
		pq_findings_add(ret, PQ_CHECK_ORDER_MONOTONIC, PQ_PENDING, tag,
		    "", "%s",
		    f->from[0] != '\0' ? f->from : "no floor is known yet");
	else if (pq_version_compare(
		     &c, pq_slice_str(tag), pq_slice_str(f->version)) != 0)
		pq_findings_add(ret, PQ_CHECK_ORDER_MONOTONIC, s, tag, "",
		    "cannot compare %s with %s, %.300s", tag, f->version,
		    f->from);
	else
		pq_findings_add(ret, PQ_CHECK_ORDER_MONOTONIC,
		    c < 0 ? PQ_FAIL : PQ_PASS, tag, "", "%s is %s %s, %.300s",
		    tag,
		    c < 0   ? "older than"
			: c ? "newer than"
			    : "the same as",
		    f->version, f->from);
}
