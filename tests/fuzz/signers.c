/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: an allowed_signers file. It has a key, or it is refused with a reason.
 */
#include <stdlib.h>

#include <pratique/signers.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_signers *s = NULL;
	struct pq_err err = PQ_ERR_INIT;
	int r = pq_signers_parse(&s, pq_slice(data, size), &err);

	if (r == 0 ? pq_signers_count(s) == 0 : s != NULL)
		abort();
	if (r < 0 && err.text[0] == '\0')
		abort();
	pq_signers_free(s);
	return 0;
}
