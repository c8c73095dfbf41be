/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitHub's scheme: an HMAC over the body. The event and the delivery id are not
 * signed.
 *
 * Source: GitHub, "Validating webhook deliveries".
 */
#include "core/schemes.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include <pratique/digest.h>

#define HUB_PREFIX "sha256="
#define SECRET_MIN 8 /* bytes; a shorter secret is a typo or easy to guess */
#define MAC_N 32

static const char *
find_secret_fault(struct pq_slice secret)
{
	return secret.n < SECRET_MIN ? "shorter than 8 bytes" : NULL;
}

static enum pq_callback_ruling
authenticate_github(const struct pq_callback *cb,
    const struct pq_slice *secrets, size_t n, int64_t now, struct pq_err *why)
{
	struct pq_slice s = cb->hub_signature_256;
	uint8_t claimed[MAC_N], mac[MAC_N];
	bool match = false;
	size_t i;

	(void)now;
	if (s.n == 0)
		return pq_scheme_refuse(
		    why, PQ_EABSENT, "header X-Hub-Signature-256 missing");
	if (!pq_slice_starts(s, HUB_PREFIX) ||
	    pq_hex_decode(claimed, sizeof(claimed),
		pq_slice(s.p + sizeof(HUB_PREFIX) - 1,
		    s.n - (sizeof(HUB_PREFIX) - 1))) < 0)
		return pq_scheme_refuse(why, PQ_EFORMAT,
		    "X-Hub-Signature-256: expected sha256= and 64 lower-case "
		    "hex digits");
	for (i = 0; i < n; i++) {
		if (pq_hmac_sha256(mac, secrets[i], cb->body) < 0)
			return pq_scheme_refuse(why, PQ_ECRYPTO, "HMAC failed");
		match |= pq_mem_eq(mac, claimed, sizeof(mac));
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	if (!match)
		return pq_scheme_refuse(why, PQ_EMISMATCH,
		    "X-Hub-Signature-256 matches no secret of the endpoint");
	return PQ_CALLBACK_GENUINE;
}

static int
sign_github(struct pq_signed *ret, const char *id, int64_t now,
    struct pq_slice secret, struct pq_slice body)
{
	char hex[2 * MAC_N + 1];
	uint8_t mac[MAC_N];
	int r = pq_hmac_sha256(mac, secret, body);

	(void)now;
	if (r != 0)
		return r;
	pq_hex_encode(hex, pq_slice(mac, sizeof(mac)));
	(void)snprintf(ret->headers[PQ_HEADER_HUB_SIGNATURE_256],
	    PQ_SIGNED_TEXT, HUB_PREFIX "%s", hex);
	(void)snprintf(
	    ret->headers[PQ_HEADER_GITHUB_DELIVERY], PQ_SIGNED_TEXT, "%s", id);
	return 0;
}

const struct pq_scheme_row pq_scheme_github = {
	.name = "github",
	.rule = "GitHub, Validating webhook deliveries",
	.authority = PQ_AUTHORITY_HINT,
	.headers = { PQ_HEADER_HUB_SIGNATURE_256, PQ_HEADER_GITHUB_DELIVERY,
	    PQ_HEADER_GITHUB_EVENT },
	.named = PQ_HEADER_HUB_SIGNATURE_256,
	.delivery = PQ_HEADER_GITHUB_DELIVERY,
	.id_signed = false,
	.event = PQ_HEADER_GITHUB_EVENT,
	.form = true,            /* GitHub's default content type */
	.own_event = "pratique", /* not one of GitHub's events */
	.lacks = find_secret_fault,
	.authenticate = authenticate_github,
	.sign = sign_github,
};
