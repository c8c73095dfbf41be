/* SPDX-License-Identifier: Apache-2.0 */
#include "net/gitproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pq_buf pack = PQ_BUF_INIT(1u << 20);
	struct pq_git_caps caps;
	struct pq_git_ref ref;

	(void)pq_git_caps_read(&caps, pq_slice(p, n));
	(void)pq_git_ref_find(&ref, pq_slice(p, n), "refs/tags/v1", 20);
	(void)pq_git_pack_join(&pack, pq_slice(p, n), false, NULL);
	pq_buf_free(&pack);
	return 0;
}
