/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: two lines, a template and a name. A refusal must give a reason and a
 * byte. A tag that a template expands must match that template again.
 */
#include "fuzz.h"

#include <pratique/template.h>

static int
check_host(struct pq_slice s, struct pq_err *err)
{
	struct pq_host h;
	int r = pq_name_host(&h, s, err);

	FUZZ_REQUIRE(r != 0 || (h.name.n <= s.n && h.port <= 65535));
	return r;
}

static int
check_url(struct pq_slice s, struct pq_err *err)
{
	struct pq_url_parts u;
	int r = pq_name_url(&u, s, err);

	FUZZ_REQUIRE(r != 0 || (u.host.n > 0 && u.path.p[0] == '/'));
	return r;
}

static void
check_template(struct pq_slice template, struct pq_slice tag)
{
	char git_tag[PQ_GIT_TAG_TEXT];
	struct pq_slice back;

	if (pq_template_match(&back, template, tag))
		FUZZ_REQUIRE(
		    pq_template_expand(git_tag, template, back, NULL) == 0 &&
		    pq_slice_eq_str(tag, git_tag));
	if (pq_template_expand(git_tag, template, tag, NULL) == 0)
		FUZZ_REQUIRE(
		    pq_template_match(&back, template, pq_slice_str(git_tag)) &&
		    pq_slice_eq(back, tag));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const grammars[])(struct pq_slice s,
	    struct pq_err * err) = { pq_name_tag, pq_name_git_tag, check_host,
		check_url, pq_name_repository, pq_name_path, pq_name_service,
		pq_name_container, pq_name_own_container, pq_name_container_id,
		pq_name_delivery, pq_name_operator, pq_name_party,
		pq_name_secret, pq_template_check };
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t n = end == NULL ? size : (size_t)(end - data), i;
	struct pq_slice first = pq_slice(data, n);
	struct pq_slice second =
	    end == NULL ? pq_slice(NULL, 0) : pq_slice(end + 1, size - n - 1);

	check_template(first, second);
	for (i = 0; i < sizeof(grammars) / sizeof(grammars[0]); i++) {
		struct pq_err err = PQ_ERR_INIT;
		int r = grammars[i](second, &err);

		FUZZ_REQUIRE(r == grammars[i](second, NULL));
		FUZZ_REQUIRE(r == 0 || (r == -PQ_EFORMAT && err.text[0]));
		/* a valid name holds neither a NUL nor a newline */
		FUZZ_REQUIRE(r != 0 ||
		    (memchr(second.p, '\0', second.n) == NULL &&
			memchr(second.p, '\n', second.n) == NULL));
	}
	return 0;
}
