/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this callback from somebody who holds one of the endpoint's secrets?
 *
 * The scheme comes from the configuration: a caller who could choose it by
 * the headers he sends would choose the weakest. The HMAC is over the raw
 * body, before anything parses it. A signature is compared as bytes of fixed
 * length in constant time, every live secret is tried even after a match, and
 * a secret that is missing or too short never matches: the HMAC under an
 * empty key is one that everybody can compute.
 *
 * Genuine means that a holder of the secret sent these bytes at some time.
 * Whoever recorded them can send them again; the ledger's delivery ids and
 * the look that leads to nothing new make that harmless.
 *
 * Source: GitHub, "Validating webhook deliveries"; Standard Webhooks 1.0.0.
 */
#include <pratique/callback.h>

#include <string.h>

#include <openssl/crypto.h>

#include <pratique/digest.h>
#include <pratique/text.h>

#define HUB_PREFIX "sha256="
#define WHSEC_PREFIX "whsec_"
#define V1_PREFIX "v1,"
#define GITHUB_SECRET_MIN 8 /* bytes; less is a typo, or guessed offline */
#define SECRET_MAX 1024
#define WHSEC_MIN 24 /* Standard Webhooks, "Signature scheme" */
#define WHSEC_MAX 64
#define TOLERANCE 300       /* seconds, both ways */
#define TIMESTAMP_DIGITS 11 /* enough until year 5138 */
#define SIGNATURES_MAX 8    /* in one webhook-signature header */
#define MAC_N 32

static int
whsec(struct pq_buf *ret, struct pq_slice secret)
{
	size_t skip = sizeof(WHSEC_PREFIX) - 1;

	if (!pq_slice_starts(secret, WHSEC_PREFIX))
		return -PQ_EFORMAT;
	if (pq_b64_decode(ret, pq_slice(secret.p + skip, secret.n - skip)) < 0)
		return -PQ_EFORMAT;
	return ret->n < WHSEC_MIN || ret->n > WHSEC_MAX ? -PQ_EFORMAT : 0;
}

/* NULL, or what the secret lacks */
static const char *
github_lacks(struct pq_slice secret)
{
	return secret.n < GITHUB_SECRET_MIN ? "too short" : NULL;
}

static const char *
standard_lacks(struct pq_slice secret)
{
	struct pq_buf key = PQ_BUF_INIT(SECRET_MAX);
	int r = whsec(&key, secret);

	pq_buf_wipe(&key);
	return r == 0 ? NULL : "not whsec_ and base64 of 24 to 64 bytes";
}

static const struct {
	enum pq_scheme scheme;
	const char *name;
	const char *(*lacks)(struct pq_slice secret);
} schemes[] = {
	{ PQ_SCHEME_GITHUB, "github", github_lacks },
	{ PQ_SCHEME_STANDARD, "standard-webhooks", standard_lacks },
};

const char *
pq_scheme_name(enum pq_scheme s)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].scheme == s)
			return schemes[i].name;
	return "none";
}

enum pq_scheme
pq_scheme_by_name(const char *s)
{
	size_t i;

	for (i = 0; s != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcmp(schemes[i].name, s) == 0)
			return schemes[i].scheme;
	return PQ_SCHEME_NONE;
}

static enum pq_callback_ruling
refuse(struct pq_err *why, int fault, const char *text)
{
	(void)pq_err_set(why, fault, "%s", text);
	return PQ_CALLBACK_REFUSED;
}

/* It goes to the log and into the ledger. */
static enum pq_callback_ruling
refuse_id(struct pq_err *why, const char *header)
{
	(void)pq_err_wrap(why, -PQ_EFORMAT, "%s", header);
	return PQ_CALLBACK_REFUSED;
}

static void
take_id(char id[PQ_DELIVERY_TEXT], struct pq_slice s)
{
	pq_text_escape(id, PQ_DELIVERY_TEXT, s);
}

const char *
pq_callback_secret_fault(enum pq_scheme scheme, struct pq_slice secret)
{
	size_t i;

	if (secret.n == 0 || secret.n > SECRET_MAX)
		return "empty or too long";
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].scheme == scheme)
			return schemes[i].lacks(secret);
	return "of no scheme";
}

int
pq_callback_secrets(enum pq_scheme scheme, const struct pq_slice *secrets,
    size_t n, struct pq_err *why)
{
	const char *what;
	size_t i, j;

	if (n == 0)
		return pq_err_set(
		    why, PQ_ECONFIG, "the endpoint has no secret");
	for (i = 0; i < n; i++) {
		what = pq_callback_secret_fault(scheme, secrets[i]);
		/* a rotation that did not rotate should be noticed */
		for (j = 0; j < i; j++)
			if (secrets[i].n == secrets[j].n &&
			    pq_mem_eq(secrets[i].p, secrets[j].p, secrets[i].n))
				what = "given twice";
		if (what != NULL)
			return pq_err_set(why, PQ_ECONFIG,
			    "a secret of the endpoint is %s", what);
	}
	return 0;
}

static enum pq_callback_ruling
github(const struct pq_callback *cb, const struct pq_slice *secrets, size_t n,
    char id[PQ_DELIVERY_TEXT], struct pq_err *why)
{
	struct pq_slice s = cb->hub_signature_256;
	uint8_t claimed[MAC_N], mac[MAC_N];
	bool match = false;
	size_t i;

	if (s.n == 0)
		return refuse(why, PQ_EABSENT, "no X-Hub-Signature-256");
	if (!pq_slice_starts(s, HUB_PREFIX) ||
	    pq_hex_decode(claimed, sizeof(claimed),
		pq_slice(s.p + sizeof(HUB_PREFIX) - 1,
		    s.n - (sizeof(HUB_PREFIX) - 1))) < 0)
		return refuse(why, PQ_EFORMAT,
		    "X-Hub-Signature-256 is not sha256= and 64 lower-case "
		    "hex digits");
	if (cb->github_delivery.n != 0 &&
	    pq_name_delivery(cb->github_delivery, why) != 0)
		return refuse_id(why, "X-GitHub-Delivery");
	for (i = 0; i < n; i++) {
		if (pq_hmac_sha256(mac, secrets[i], cb->body) < 0)
			return refuse(why, PQ_ECRYPTO, "HMAC failed");
		match |= pq_mem_eq(mac, claimed, sizeof(mac));
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	if (!match)
		return refuse(why, PQ_EMISMATCH,
		    "X-Hub-Signature-256 fits none of the secrets");
	take_id(id, cb->github_delivery);
	return PQ_CALLBACK_GENUINE;
}

/* HMAC over id "." timestamp "." body */
static int
standard_mac(
    uint8_t mac[MAC_N], struct pq_slice secret, const struct pq_callback *cb)
{
	struct pq_buf key = PQ_BUF_INIT(SECRET_MAX);
	struct pq_buf msg = PQ_BUF_INIT(PQ_BODY_MAX + 2 * PQ_HEADER_MAX);
	int r = whsec(&key, secret);

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
 * The "v1" signatures of the header, at most SIGNATURES_MAX entries in all;
 * other versions are for other receivers and are passed over.
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
		int r = standard_mac(mac, secrets[i], cb);

		if (r < 0)
			return refuse(why, -r, "HMAC failed");
		for (j = 0; j < n_claimed; j++)
			match |= pq_mem_eq(mac, claimed[j], sizeof(mac));
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	if (!match)
		return refuse(why, PQ_EMISMATCH,
		    "webhook-signature fits none of the secrets");
	return PQ_CALLBACK_GENUINE;
}

static enum pq_callback_ruling
standard(const struct pq_callback *cb, const struct pq_slice *secrets, size_t n,
    int64_t now, char id[PQ_DELIVERY_TEXT], struct pq_err *why)
{
	uint8_t claimed[SIGNATURES_MAX][MAC_N];
	size_t n_claimed;
	int64_t t;

	if (cb->webhook_id.n == 0 || cb->webhook_timestamp.n == 0 ||
	    cb->webhook_signature.n == 0)
		return refuse(why, PQ_EABSENT,
		    "webhook-id, webhook-timestamp or webhook-signature is "
		    "missing");
	if (pq_name_delivery(cb->webhook_id, why) != 0)
		return refuse_id(why, "webhook-id");
	/* with a dot, another split of id and timestamp signs the same */
	if (memchr(cb->webhook_id.p, '.', cb->webhook_id.n) != NULL)
		return refuse(why, PQ_EFORMAT, "webhook-id holds a dot");
	if (!read_timestamp(&t, cb->webhook_timestamp))
		return refuse(
		    why, PQ_EFORMAT, "webhook-timestamp is malformed");
	if (read_signatures(claimed, &n_claimed, cb->webhook_signature) < 0)
		return refuse(why, PQ_EFORMAT,
		    "webhook-signature is malformed or has no v1 entry");
	/* the clock is consulted last: a stranger learns nothing of it */
	if (match_any(cb, secrets, n, claimed, n_claimed, why) !=
	    PQ_CALLBACK_GENUINE)
		return PQ_CALLBACK_REFUSED;
	if (t < now - TOLERANCE || t > now + TOLERANCE) {
		(void)pq_err_set(why, PQ_ETIMEOUT,
		    "webhook-timestamp is more than %d s off", TOLERANCE);
		return PQ_CALLBACK_STALE;
	}
	take_id(id, cb->webhook_id);
	return PQ_CALLBACK_GENUINE;
}

enum pq_callback_ruling
pq_callback_authenticate(enum pq_scheme scheme, const struct pq_callback *cb,
    const struct pq_slice *secrets, size_t n_secrets, int64_t now,
    char id[PQ_DELIVERY_TEXT], struct pq_err *why)
{
	id[0] = '\0';
	if (cb->body.n > PQ_BODY_MAX)
		return refuse(why, PQ_ELIMIT, "the body is too long");
	if (pq_callback_secrets(scheme, secrets, n_secrets, why) != 0)
		return PQ_CALLBACK_REFUSED;
	switch (scheme) {
	case PQ_SCHEME_GITHUB:
		return github(cb, secrets, n_secrets, id, why);
	case PQ_SCHEME_STANDARD:
		return standard(cb, secrets, n_secrets, now, id, why);
	case PQ_SCHEME_NONE:
		break;
	}
	return refuse(why, PQ_ECONFIG, "the endpoint has no scheme");
}
