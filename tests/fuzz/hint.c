/* SPDX-License-Identifier: Apache-2.0 */
/* A callback's body, as each event of both schemes. */
#include <stdlib.h>

#include <pratique/callback.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const events[] = { NULL, "ping", "push", "package",
		"registry_package", "pratique", "star" };
	struct pq_callback cb = { .body = pq_slice(data, size) };
	struct pq_hint h;
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		cb.github_event = pq_slice_str(events[i]);
		if (pq_hint_read(&h, PQ_SCHEME_GITHUB, &cb) < 0)
			continue;
		if (h.kind == PQ_HINT_IMAGE &&
		    (h.repository[0] == '\0' || h.tag[0] == '\0'))
			abort();
		if (h.kind == PQ_HINT_GIT_TAG && h.git_tag[0] == '\0')
			abort();
		if (h.kind == PQ_HINT_UNREADABLE && h.reason[0] == '\0')
			abort();
	}
	(void)pq_hint_read(&h, PQ_SCHEME_STANDARD, &cb);
	return 0;
}
