/* SPDX-License-Identifier: Apache-2.0 */
/* A message between roles: what is read is exactly what would be sent. */
#include "fuzz.h"

#include "ipc/channel.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;

	if (pq_msg_decode(&m, in, &err) < 0) {
		FUZZ_REQUIRE(err.text[0] != '\0');
		return 0;
	}
	FUZZ_REQUIRE(pq_msg_encode(&out, &m) == 0);
	FUZZ_REQUIRE(pq_slice_eq(in, pq_buf_view(&out)));
	pq_buf_free(&out);
	return 0;
}
