/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content digests and git object ids. These are different types, so that the
 * compiler refuses one where the code needs the other.
 *
 * SHA-1 identifies git objects only. A collision does not help an attacker: the
 * signature covers the bytes of the tag, and the commit in the tag must equal
 * the commit in the image's signed configuration.
 */
#include <pratique/digest.h>

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <pratique/err.h>

#define PREFIX "sha256:"
#define PREFIX_N (sizeof(PREFIX) - 1)

int
pq_digest_parse(struct pq_digest *ret, struct pq_slice text)
{
	struct pq_digest d;

	if (!pq_slice_starts(text, PREFIX))
		return -PQ_EFORMAT;
	if (pq_hex_decode(d.sha256, sizeof(d.sha256),
		pq_slice(text.p + PREFIX_N, text.n - PREFIX_N)) != 0)
		return -PQ_EFORMAT;
	*ret = d;
	return 0;
}

void
pq_digest_format(char dst[PQ_DIGEST_TEXT], const struct pq_digest *d)
{
	memcpy(dst, PREFIX, PREFIX_N);
	pq_hex_encode(dst + PREFIX_N, pq_slice(d->sha256, sizeof(d->sha256)));
}

int
pq_digest_of(struct pq_digest *ret, struct pq_slice bytes)
{
	struct pq_digest d;

	if (EVP_Digest(bytes.n == 0 ? "" : (const void *)bytes.p, bytes.n,
		d.sha256, NULL, EVP_sha256(), NULL) != 1)
		return -PQ_ECRYPTO;
	*ret = d;
	return 0;
}

bool
pq_digest_eq(const struct pq_digest *a, const struct pq_digest *b)
{
	return !pq_digest_none(a) &&
	    memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

bool
pq_digest_none(const struct pq_digest *d)
{
	static const struct pq_digest none;

	return memcmp(d->sha256, none.sha256, sizeof(none.sha256)) == 0;
}

int
pq_oid_parse(struct pq_oid *ret, struct pq_slice hex)
{
	struct pq_oid o = { 0 };

	if (hex.n != 40 && hex.n != 64)
		return -PQ_EFORMAT;
	o.len = (uint8_t)(hex.n / 2);
	if (pq_hex_decode(o.id, o.len, hex) != 0)
		return -PQ_EFORMAT;
	*ret = o;
	return 0;
}

void
pq_oid_format(char dst[PQ_OID_TEXT], const struct pq_oid *o)
{
	pq_hex_encode(dst, pq_slice(o->id, o->len));
}

bool
pq_oid_eq(const struct pq_oid *a, const struct pq_oid *b)
{
	return a->len != 0 && a->len == b->len &&
	    memcmp(a->id, b->id, a->len) == 0;
}

int
pq_oid_of(
    struct pq_oid *ret, enum pq_gitobj type, uint8_t len, struct pq_slice bytes)
{
	const char *word = type == PQ_GITOBJ_TAG ? "tag" : "commit";
	const EVP_MD *md = len == 20 ? EVP_sha1() : EVP_sha256();
	struct pq_oid o = { 0 };
	char head[48];
	EVP_MD_CTX *ctx;
	int n, r;

	if ((type != PQ_GITOBJ_TAG && type != PQ_GITOBJ_COMMIT) ||
	    (len != 20 && len != 32))
		return -PQ_EFORMAT;
	n = snprintf(head, sizeof(head), "%s %zu", word, bytes.n);
	if (n < 0 || (size_t)n >= sizeof(head))
		return -PQ_EINTERNAL;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return -PQ_ENOMEM;
	o.len = len;
	r = -PQ_ECRYPTO;
	if (EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	    EVP_DigestUpdate(ctx, head, (size_t)n + 1) == 1 &&
	    EVP_DigestUpdate(ctx, bytes.p, bytes.n) == 1 &&
	    EVP_DigestFinal_ex(ctx, o.id, NULL) == 1)
		r = 0;
	EVP_MD_CTX_free(ctx);
	if (r == 0)
		*ret = o;
	return r;
}

int
pq_hmac_sha256(uint8_t ret[32], struct pq_slice key, struct pq_slice msg)
{
	unsigned n = 0;

	if (key.n == 0 || key.n > INT32_MAX ||
	    HMAC(EVP_sha256(), key.p, (int)key.n, msg.p, msg.n, ret, &n) ==
		NULL ||
	    n != 32)
		return -PQ_ECRYPTO;
	return 0;
}

bool
pq_mem_eq(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
