/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of headers. It is in the lowest library, because intake, which may
 * link nothing that judges, asks by it which headers to hand on.
 */
#include <pratique/header.h>

#include <string.h>

static const struct {
	const char *name;
	size_t max;
} headers[PQ_HEADER_COUNT] = { [PQ_HEADER_NONE] = { "", 0 },
/* a longer one would not fit where a signature is computed */
#define LIMIT(max) ((max) + sizeof(char[(max) <= PQ_HEADER_MAX ? 1 : -1]) - 1)
#define HEADER(WITH, NAME, member, http, max) \
	[PQ_HEADER_##NAME] = { http, LIMIT(max) },
	PQ_CALLBACK_HEADERS(HEADER, )
#undef HEADER
};

const char *
pq_header_name(enum pq_header h)
{
	return (unsigned)h < PQ_HEADER_COUNT ? headers[h].name : "";
}

size_t
pq_header_max(enum pq_header h)
{
	return (unsigned)h < PQ_HEADER_COUNT ? headers[h].max : 0;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool
is_named(struct pq_slice name, const char *want)
{
	size_t i, n = strlen(want);

	if (n != name.n)
		return false;
	for (i = 0; i < n; i++)
		if (lower(name.p[i]) != lower((uint8_t)want[i]))
			return false;
	return true;
}

enum pq_header
pq_header_find(struct pq_slice name)
{
	unsigned h;

	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
		if (is_named(name, headers[h].name))
			return (enum pq_header)h;
	return PQ_HEADER_NONE;
}
