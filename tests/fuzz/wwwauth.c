/* SPDX-License-Identifier: Apache-2.0 */
#include "net/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pq_challenge c;

	(void)pq_challenge_parse(&c, pq_slice(p, n));
	return 0;
}
