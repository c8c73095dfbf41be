/* SPDX-License-Identifier: Apache-2.0 */
/* Input: an armored signature, also read as a bare public key. */
#include <stdlib.h>

#include "core/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_sshkey *key = NULL;
	struct pq_sshsig sig;
	struct pq_err err;

	if (pq_sshkey_parse(&key, in, &err) == 0) {
		if (!pq_sshkey_is(key, in))
			abort();
		pq_sshkey_free(key);
	}
	if (pq_sshsig_parse(&sig, in, &err) < 0)
		return 0;
	key = NULL;
	if (pq_sshkey_parse(&key, sig.publickey, &err) == 0)
		(void)pq_sshsig_check(&sig, key, in, &err);
	pq_sshkey_free(key);
	pq_sshsig_free(&sig);
	return 0;
}
