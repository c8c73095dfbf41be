/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of headers. Intake uses it to select the headers that it forwards.
 * Intake must not link code that decides, so the table is in the lowest
 * library.
 */
#include <pratique/header.h>

static const struct {
	const char *name;
	size_t max;
} headers[PQ_HEADER_COUNT] = { [PQ_HEADER_NONE] = { "", 0 },
/* a longer value would not fit the buffer of a signed message */
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
to_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool
pq_header_is_same(struct pq_slice a, struct pq_slice b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (to_lower(a.p[i]) != to_lower(b.p[i]))
			return false;
	return true;
}

bool
pq_header_is_name(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!(to_lower(s.p[i]) >= 'a' && to_lower(s.p[i]) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= PQ_HEADER_NAME_MAX;
}

enum pq_header
pq_header_find(struct pq_slice name)
{
	unsigned h;

	for (h = PQ_HEADER_NONE + 1; name.n > 0 && h < PQ_HEADER_COUNT; h++)
		if (pq_header_is_same(name, pq_slice_str(headers[h].name)))
			return (enum pq_header)h;
	return PQ_HEADER_NONE;
}
