/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard Webhooks: an HMAC over id, timestamp and body. With the signed
 * timestamp a recorded callback expires. With the signed id it is accepted only
 * once. The secret is a key in base64.
 *
 * Source: Standard Webhooks 1.0.0.
 */
#include "core/schemes.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include <pratique/digest.h>

#define WHSEC_PREFIX "whsec_"
#define V1_PREFIX "v1,"
#define WHSEC_MIN 24 /* Standard Webhooks, "Signature scheme" */
#define WHSEC_MAX 64
#define TOLERANCE 300       /* seconds, in both directions */
#define TIMESTAMP_DIGITS 11 /* enough until the year 5138 */
#define SIGNATURES_MAX 8    /* in one webhook-signature header */
#define MAC_N 32

static int
decode_whsec(struct pq_buf *ret, struct pq_slice secret)
{
	size_t skip = sizeof(WHSEC_PREFIX) - 1;

	if (!pq_slice_starts(secret, WHSEC_PREFIX))
		return -PQ_EFORMAT;
	if (pq_b64_decode(ret, pq_slice(secret.p + skip, secret.n - skip)) < 0)
		return -PQ_EFORMAT;
	return ret->n < WHSEC_MIN || ret->n > WHSEC_MAX ? -PQ_EFORMAT : 0;
}

static const char *
find_secret_fault(struct pq_slice secret)
{
	struct pq_buf key = PQ_BUF_INIT(PQ_SECRET_MAX);
	int r = decode_whsec(&key, secret);

	pq_buf_wipe(&key);
	return r == 0 ? NULL : "not whsec_ and base64 of 24 to 64 bytes";
}

/* Compute the HMAC over id "." timestamp "." body. */
static int
sign_message(
    uint8_t mac[MAC_N], struct pq_slice secret, const struct pq_callback *cb)
{
	struct pq_buf key = PQ_BUF_INIT(PQ_SECRET_MAX);
	struct pq_buf msg = PQ_BUF_INIT(PQ_BODY_MAX + 2 * PQ_HEADER_MAX);
	int r = decode_whsec(&key, secret);

	pq_buf_slice(&msg, cb->webhook_id);
	pq_buf_u8(&msg, '.');
	pq_buf_slice(&msg, cb->webhook_timestamp);
	pq_buf_u8(&msg, '.');
	pq_buf_slice(&msg, cb->body);
	if (r == 0)
		r = msg.fault;
	if (r == 0)
		r = pq_hmac_sha256(mac, pq_buf_view(&key), pq_buf_view(&msg));
	pq_buf_wipe(&key);
	pq_buf_free(&msg);
	return r;
}

/*
 * Read the "v1" signatures of the header. The header may have SIGNATURES_MAX
 * entries. Entries of other versions are for other receivers and are skipped.
 */
static int
read_signatures(
    uint8_t macs[SIGNATURES_MAX][MAC_N], size_t *n, struct pq_slice s)
{
	size_t entries = 0, skip = sizeof(V1_PREFIX) - 1;

	*n = 0;
	for (;;) {
		const uint8_t *sp = s.n == 0 ? NULL : memchr(s.p, ' ', s.n);
		size_t len = sp == NULL ? s.n : (size_t)(sp - s.p);
		struct pq_slice e = pq_slice(s.p, len);
		struct pq_buf b = PQ_BUF_INIT(64);

		if (e.n == 0 || ++entries > SIGNATURES_MAX)
			return -PQ_EFORMAT;
		if (pq_slice_starts(e, V1_PREFIX)) {
			int r = e.n - skip > 60
			    ? -PQ_EFORMAT
			    : pq_b64_decode(
				  &b, pq_slice(e.p + skip, e.n - skip));

			if (r == 0 && b.n == MAC_N)
				memcpy(macs[(*n)++], b.p, MAC_N);
			else
				r = -PQ_EFORMAT;
			pq_buf_free(&b);
			if (r < 0)
				return r;
		}
		if (sp == NULL)
			return *n == 0 ? -PQ_EFORMAT : 0;
		s = pq_slice(sp + 1, s.n - len - 1);
	}
}

static bool
read_timestamp(int64_t *ret, struct pq_slice s)
{
	int64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > TIMESTAMP_DIGITS || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return true;
}

static enum pq_callback_ruling
match_any(const struct pq_callback *cb, const struct pq_slice *secrets,
    size_t n, uint8_t claimed[SIGNATURES_MAX][MAC_N], size_t n_claimed,
    struct pq_err *why)
{
	uint8_t mac[MAC_N];
	bool match = false;
	size_t i, j;

	for (i = 0; i < n; i++) {
		int r = sign_message(mac, secrets[i], cb);

		if (r < 0)
			return pq_scheme_refuse(why, -r, "HMAC failed");
		for (j = 0; j < n_claimed; j++)
			match |= pq_mem_eq(mac, claimed[j], sizeof(mac));
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	if (!match)
		return pq_scheme_refuse(why, PQ_EMISMATCH,
		    "webhook-signature matches no secret of the endpoint");
	return PQ_CALLBACK_GENUINE;
}

static enum pq_callback_ruling
authenticate_standard(const struct pq_callback *cb,
    const struct pq_slice *secrets, size_t n, int64_t now, struct pq_err *why)
{
	uint8_t claimed[SIGNATURES_MAX][MAC_N];
	size_t n_claimed;
	int64_t t;

	if (cb->webhook_id.n == 0 || cb->webhook_timestamp.n == 0 ||
	    cb->webhook_signature.n == 0)
		return pq_scheme_refuse(why, PQ_EABSENT,
		    "webhook-id, webhook-timestamp or webhook-signature is "
		    "missing");
	/*
	 * With a dot in the id, another split of id and timestamp would give
	 * the same signed text.
	 */
	if (memchr(cb->webhook_id.p, '.', cb->webhook_id.n) != NULL)
		return pq_scheme_refuse(
		    why, PQ_EFORMAT, "webhook-id contains a dot");
	if (!read_timestamp(&t, cb->webhook_timestamp))
		return pq_scheme_refuse(
		    why, PQ_EFORMAT, "webhook-timestamp is malformed");
	if (read_signatures(claimed, &n_claimed, cb->webhook_signature) < 0)
		return pq_scheme_refuse(why, PQ_EFORMAT,
		    "webhook-signature is malformed or has no v1 entry");
	/*
	 * Compare the time last, so that a sender without the secret learns
	 * nothing about the clock of this host.
	 */
	if (match_any(cb, secrets, n, claimed, n_claimed, why) !=
	    PQ_CALLBACK_GENUINE)
		return PQ_CALLBACK_REFUSED;
	if (t < now - TOLERANCE || t > now + TOLERANCE) {
		(void)pq_err_set(why, PQ_ETIMEOUT,
		    "webhook-timestamp differs by more than %d s from this "
		    "host's clock",
		    TOLERANCE);
		return PQ_CALLBACK_STALE;
	}
	return PQ_CALLBACK_GENUINE;
}

static int
sign_standard(struct pq_signed *ret, const char *id, int64_t now,
    struct pq_slice secret, struct pq_slice body)
{
	pq_auto(pq_buf_free) struct pq_buf b64 = PQ_BUF_INIT(64);
	char *when = ret->headers[PQ_HEADER_WEBHOOK_TIMESTAMP];
	struct pq_callback cb = { .body = body };
	uint8_t mac[MAC_N];
	int r;

	(void)snprintf(when, PQ_SIGNED_TEXT, "%lld", (long long)now);
	(void)snprintf(
	    ret->headers[PQ_HEADER_WEBHOOK_ID], PQ_SIGNED_TEXT, "%s", id);
	cb.webhook_id = pq_slice_str(id);
	cb.webhook_timestamp = pq_slice_str(when);
	r = sign_message(mac, secret, &cb);
	if (r == 0)
		r = pq_b64_encode(&b64, pq_slice(mac, sizeof(mac)));
	if (r == 0)
		(void)snprintf(ret->headers[PQ_HEADER_WEBHOOK_SIGNATURE],
		    PQ_SIGNED_TEXT, V1_PREFIX "%s", pq_buf_cstr(&b64));
	return r;
}

const struct pq_scheme_row pq_scheme_standard = {
	.name = "standard-webhooks",
	.rule = "Standard Webhooks 1.0.0",
	.authority = PQ_AUTHORITY_HINT,
	.headers = { PQ_HEADER_WEBHOOK_SIGNATURE, PQ_HEADER_WEBHOOK_ID,
	    PQ_HEADER_WEBHOOK_TIMESTAMP },
	.named = PQ_HEADER_NONE,
	.delivery = PQ_HEADER_WEBHOOK_ID,
	.id_signed = true,
	.event = PQ_HEADER_NONE,
	.lacks = find_secret_fault,
	.authenticate = authenticate_standard,
	.sign = sign_standard,
};
