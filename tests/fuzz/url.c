/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a URL from a registry's answer. It names one place or is refused. */
#include "fuzz.h"

#include "net/origin.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = pq_slice_dup_str(pq_slice(data, size));
	char once[PQ_ORIGIN_TEXT], twice[PQ_ORIGIN_TEXT];
	struct pq_origins known = { .n = 0 };
	struct pq_url u;

	if (text == NULL)
		return 0;
	FUZZ_REQUIRE(pq_origins_add(&known, "registry.example.com", false,
			 pq_slice(NULL, 0)) == 0);
	if (pq_origin_canonical(once, text, false) == 0) {
		FUZZ_REQUIRE(pq_origin_canonical(twice, once, false) == 0);
		FUZZ_REQUIRE(strcmp(once, twice) == 0);
	}
	if (pq_url_split(&u, text) == 0)
		FUZZ_REQUIRE(u.path >= text && u.path < text + size + 1 &&
		    u.path[0] == '/' && strpbrk(u.origin, "@/\\ ") == NULL);
	if (pq_origins_find(&known, text) != NULL)
		FUZZ_REQUIRE(strncasecmp(text, "https://registry.example.com",
				 28) == 0 &&
		    strchr("/:?", text[28]) != NULL);
	free(text);
	return 0;
}
