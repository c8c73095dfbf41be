/* SPDX-License-Identifier: Apache-2.0 */
/* A scheme byte, then headers and body, each up to a 0xff byte. */
#include "fuzz.h"

#include <pratique/callback.h>
#include <pratique/digest.h>

static const struct pq_slice secrets[] = { PQ_SLICE_LIT("a secret of ours"),
	PQ_SLICE_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") };

static void
check_genuine(const struct pq_callback *cb, const char *id)
{
	char text[72] = "sha256=";
	uint8_t mac[32];

	FUZZ_REQUIRE(strlen(id) <= 128);
	if (cb->hub_signature_256.n == 0)
		return;
	FUZZ_REQUIRE(pq_hmac_sha256(mac, secrets[0], cb->body) == 0);
	pq_hex_encode(text + 7, pq_slice(mac, sizeof(mac)));
	FUZZ_REQUIRE(pq_slice_eq_str(cb->hub_signature_256, text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_cur c = pq_cur(pq_slice(data, size));
	enum pq_scheme s =
	    pq_cur_u8(&c) & 1 ? PQ_SCHEME_GITHUB : PQ_SCHEME_STANDARD;
	struct pq_slice f[4];
	struct pq_err why = PQ_ERR_INIT;
	char id[129] = "";
	size_t i, n;

	for (i = 0; i < 4; i++) {
		for (n = 0; n < c.left && c.p[n] != 0xff; n++)
			;
		f[i] = pq_cur_take(&c, n);
		(void)pq_cur_take(&c, c.left > 0);
	}
	struct pq_callback cb = { .body = f[0],
		.webhook_id = f[2],
		.github_delivery = f[2],
		.webhook_timestamp = f[3] };
	if (s == PQ_SCHEME_GITHUB)
		cb.hub_signature_256 = f[1];
	else
		cb.webhook_signature = f[1];
	if (pq_callback_authenticate(s, &cb, secrets + (s != PQ_SCHEME_GITHUB),
		1, 1614265330, id, &why) == PQ_CALLBACK_GENUINE)
		check_genuine(&cb, id);
	else
		FUZZ_REQUIRE(id[0] == '\0');
	return 0;
}
