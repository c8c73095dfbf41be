/* SPDX-License-Identifier: Apache-2.0 */
#include "net/gitproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pq_git_want w = { PQ_GITOBJ_COMMIT, { 20, { 0 } },
		PQ_BUF_INIT(PQ_GIT_OBJECT_MAX), false };

	(void)pq_git_pack_find(&w, 1, pq_slice(p, n));
	pq_buf_free(&w.data);
	return 0;
}
