/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of all bodies together. Without a limit, 512 strangers could each
 * leave 1 MiB here. If the bodies exceed the limit, the largest one goes, and
 * its request gets 503. So strangers who fill the memory lose their own bodies:
 * while each open connection holds at most its share, the bodies fit.
 */
#include "intake/intake.h"

_Static_assert(INTAKE_HELD_MAX / INTAKE_CONNECTIONS >= 65536,
    "the README promises 64 KiB to each connection");

static struct intake_request *
find_largest(const struct intake *in)
{
	struct intake_request *largest = NULL, *r;
	const struct intake_connection *k;

	for (k = in->connections; k != NULL; k = k->next) {
		r = k->request;
		if (r != NULL &&
		    (largest == NULL || r->body.cap > largest->body.cap))
			largest = r;
	}
	return largest;
}

void
intake_budget_put(struct intake_request *r, const char *data, size_t n)
{
	struct intake *in = r->conn->in;

	in->held -= r->body.cap;
	pq_buf_put(&r->body, data, n);
	in->held += r->body.cap;
}

struct intake_request *
intake_budget_excess(const struct intake *in)
{
	struct intake_request *largest = NULL;

	if (in->held > INTAKE_HELD_MAX)
		largest = find_largest(in);
	return largest == NULL || largest->body.cap == 0 ? NULL : largest;
}

void
intake_budget_free(struct intake_request *r)
{
	r->conn->in->held -= r->body.cap;
	pq_buf_free(&r->body);
}
