/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a callback's body. It is read as each event of each scheme. */
#include "fuzz.h"

#include <pratique/callback.h>

/* The events of all schemes. A scheme does not know those of the others. */
static const char *const events[] = { NULL, "ping", "push", "package",
	"registry_package", "pratique", "star" };

static void
require_whole(const struct pq_hint *h)
{
	if (h->kind == PQ_HINT_IMAGE)
		FUZZ_REQUIRE(h->repository[0] != '\0' && h->tag[0] != '\0');
	if (h->kind == PQ_HINT_GIT_TAG)
		FUZZ_REQUIRE(h->git_tag[0] != '\0');
	if (h->kind == PQ_HINT_UNREADABLE || h->kind == PQ_HINT_NOT_READ)
		FUZZ_REQUIRE(h->reason[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_callback cb = { .body = pq_slice(data, size) };
	struct pq_hint h;
	unsigned s;
	size_t i;

	for (s = PQ_SCHEME_NONE + 1; s < PQ_SCHEME_END; s++)
		for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
			enum pq_header to =
			    pq_scheme_row((enum pq_scheme)s)->event;

			if (to != PQ_HEADER_NONE)
				cb.headers[to] = pq_slice_str(events[i]);
			if (pq_hint_read(&h, (enum pq_scheme)s, &cb) == 0)
				require_whole(&h);
		}
	return 0;
}
