/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of schemes. The row of a scheme has all of its properties. No code
 * outside the scheme's own file depends on a certain scheme.
 */
#include "core/schemes.h"

#include <stdio.h>
#include <string.h>

static const struct pq_scheme_row *const rows[PQ_SCHEME_END] = {
#define SCHEME(NAME, number, file, payloads) [number] = &pq_scheme_##file,
	PQ_SCHEMES(SCHEME)
#undef SCHEME
};

const struct pq_scheme_row *
pq_scheme_row(enum pq_scheme s)
{
	return (unsigned)s < PQ_SCHEME_END ? rows[s] : NULL;
}

const char *
pq_scheme_name(enum pq_scheme s)
{
	const struct pq_scheme_row *row = pq_scheme_row(s);

	return row == NULL ? "none" : row->name;
}

enum pq_scheme
pq_scheme_by_name(const char *s)
{
	unsigned i;

	for (i = PQ_SCHEME_NONE + 1; s != NULL && i < PQ_SCHEME_END; i++)
		if (strcmp(pq_scheme_name((enum pq_scheme)i), s) == 0)
			return (enum pq_scheme)i;
	return PQ_SCHEME_NONE;
}

void
pq_scheme_names(char dst[PQ_SCHEME_NAMES], const char *last)
{
	size_t n = 0;
	unsigned i;

	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		const char *between = i == PQ_SCHEME_NONE + 1 ? ""
		    : i == PQ_SCHEME_END - 1                  ? last
							      : ", ";

		if (n < PQ_SCHEME_NAMES)
			n += (size_t)snprintf(dst + n, PQ_SCHEME_NAMES - n,
			    "%s%s", between, pq_scheme_name((enum pq_scheme)i));
	}
}
