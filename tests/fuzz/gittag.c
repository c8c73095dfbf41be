/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a raw tag object. The parts that are read must add up to its bytes. */
#include <stdlib.h>

#include <pratique/gittag.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] =
	    "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJvDlf8YxuUGLHu5GiM2vNk"
	    "eCHWzBPEWZ+Z8R5t0cTo";
	static struct pq_signers *signers;
	struct pq_gittag tag;
	struct pq_ruling r;

	if (signers == NULL &&
	    pq_signers_parse(&signers, pq_slice_str(line), NULL) < 0)
		abort();
	if (pq_gittag_parse(&tag, pq_slice(data, size), NULL) < 0)
		return 0;
	if (tag.payload.n + tag.signature.n != size)
		abort();
	if (pq_gittag_examine(&tag, signers, 1720000000, &r) == 0 &&
	    r.status == PQ_PASS)
		abort(); /* the private key no longer exists */
	return 0;
}
