/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys in OpenSSH's form, and the signatures that they make.
 *
 * All input is untrusted: an attacker who can write to the repository chooses
 * every byte. So each value has exactly one encoding: minimal positive mpints,
 * no trailing bytes.
 *
 * Only the key decides which algorithms are allowed. The algorithm name in the
 * signature must be one of these. If ssh-rsa (SHA-1) were allowed, an attacker
 * could make two documents with the same hash, and a signature on one of them
 * would be valid for both.
 *
 * Source: RFC 4253 section 6.6; RFC 5656 section 3.1; RFC 8332; RFC 8709;
 * OpenSSH PROTOCOL.u2f.
 */
#include "sshkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <pratique/digest.h>
#include <pratique/text.h>

#include "pubkey.h"

#define APPLICATION_MAX 256
#define MPINT_MAX 1025 /* an RSA modulus of 8192 bits and its sign */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define SK_PRESENT 0x01 /* PROTOCOL.u2f: a user touched the key */
#define SK_STATEMENT_MAX 128

enum family { FAMILY_NONE = 0, FAMILY_ED25519, FAMILY_ECDSA, FAMILY_RSA };

/* The properties of a key type. */
struct keytype {
	const char *name;
	enum family family;
	bool sk;           /* kept in a security key */
	const char *curve; /* the curve's name in SSH */
	const char *group; /* the curve's name in OpenSSL */
	size_t point;      /* bytes of an uncompressed point */
	const char *hash;
};

static const struct keytype keytypes[] = {
	{ "ssh-ed25519", FAMILY_ED25519, false, NULL, NULL, 32, NULL },
	{ "sk-ssh-ed25519@openssh.com", FAMILY_ED25519, true, NULL, NULL, 32,
	    NULL },
	{ "ecdsa-sha2-nistp256", FAMILY_ECDSA, false, "nistp256", "P-256", 65,
	    "SHA256" },
	{ "ecdsa-sha2-nistp384", FAMILY_ECDSA, false, "nistp384", "P-384", 97,
	    "SHA384" },
	{ "ecdsa-sha2-nistp521", FAMILY_ECDSA, false, "nistp521", "P-521", 133,
	    "SHA512" },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", FAMILY_ECDSA, true, "nistp256",
	    "P-256", 65, "SHA256" },
	{ "ssh-rsa", FAMILY_RSA, false, NULL, NULL, 0, NULL },
};

struct pq_sshkey {
	const struct keytype *type;
	EVP_PKEY *pkey;
	uint8_t *blob;
	size_t blob_n;
	uint8_t application[32]; /* SHA-256 of it; only for security keys */
};

static void
pkey_freep(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}

static void
bn_freep(BIGNUM **p)
{
	BN_free(*p);
}

static void
md_ctx_freep(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}

static int
crypto_fault(struct pq_err *err, const char *what)
{
	ERR_clear_error();
	return pq_err_set(err, PQ_ECRYPTO, "%s", what);
}

static int
set_bad(struct pq_err *err, const char *why)
{
	(void)pq_err_set(err, PQ_EMISMATCH, "%s", why);
	return PQ_SSHKEY_BAD;
}

/*
 * Take a positive integer in the form of RFC 4251 section 5: minimal length,
 * sign bit clear. Return an empty slice for all other input, zero included.
 */
static struct pq_slice
take_mpint(struct pq_cur *c)
{
	struct pq_slice s = pq_cur_string(c, MPINT_MAX);

	if (s.n == 0 || (s.p[0] & 0x80) != 0 ||
	    (s.p[0] == 0 && (s.n == 1 || (s.p[1] & 0x80) == 0))) {
		c->bad = true;
		return pq_slice(NULL, 0);
	}
	if (s.p[0] == 0)
		return pq_slice(s.p + 1, s.n - 1);
	return s;
}

static const struct keytype *
keytype_by_name(struct pq_slice name)
{
	size_t i;

	for (i = 0; i < sizeof(keytypes) / sizeof(keytypes[0]); i++)
		if (pq_slice_eq_str(name, keytypes[i].name))
			return &keytypes[i];
	return NULL;
}

static int
from_params(EVP_PKEY **ret, const char *algorithm, OSSL_PARAM *params,
    struct pq_err *err)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *key = NULL;
	int r = -1;

	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		r = EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	if (r != 1 || key == NULL) {
		EVP_PKEY_free(key);
		ERR_clear_error();
		return pq_err_set(
		    err, PQ_EFORMAT, "not a valid %s key", algorithm);
	}
	*ret = key;
	return 0;
}

static int
read_ed25519(EVP_PKEY **ret, const struct keytype *t, struct pq_cur *c,
    struct pq_err *err)
{
	struct pq_slice raw = pq_cur_string(c, t->point);
	EVP_PKEY *key;

	if (c->bad || raw.n != t->point)
		return pq_err_set(
		    err, PQ_EFORMAT, "an Ed25519 key has 32 bytes");
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.n);
	if (key == NULL)
		return crypto_fault(err, "Ed25519 key");
	*ret = key;
	return 0;
}

static int
read_ecdsa(EVP_PKEY **ret, const struct keytype *t, struct pq_cur *c,
    struct pq_err *err)
{
	struct pq_slice curve = pq_cur_string(c, PQ_SSH_NAME_MAX);
	struct pq_slice q = pq_cur_string(c, t->point);
	char group[16];
	uint8_t point[133];
	OSSL_PARAM params[3];

	if (c->bad || !pq_slice_eq_str(curve, t->curve))
		return pq_err_set(err, PQ_EFORMAT,
		    "expected curve and point of the type %s", t->name);
	if (q.n != t->point || q.n > sizeof(point) || q.p[0] != 4)
		return pq_err_set(err, PQ_EFORMAT,
		    "expected an uncompressed point on %s", t->curve);
	(void)snprintf(group, sizeof(group), "%s", t->group);
	memcpy(point, q.p, q.n);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, point, q.n);
	params[2] = OSSL_PARAM_construct_end();
	return from_params(ret, "EC", params, err);
}

static int
read_rsa(EVP_PKEY **ret, const struct keytype *t, struct pq_cur *c,
    struct pq_err *err)
{
	struct pq_slice e = take_mpint(c), n = take_mpint(c);
	pq_auto(bn_freep) BIGNUM *bn_e = NULL;
	pq_auto(bn_freep) BIGNUM *bn_n = NULL;
	OSSL_PARAM_BLD *bld;
	OSSL_PARAM *params = NULL;
	int r;

	if (c->bad)
		return pq_err_set(err, PQ_EFORMAT,
		    "%s: an integer is missing or not minimal", t->name);
	bn_e = BN_bin2bn(e.p, (int)e.n, NULL);
	bn_n = BN_bin2bn(n.p, (int)n.n, NULL);
	if (bn_e == NULL || bn_n == NULL)
		return pq_err_set(err, PQ_ENOMEM, "RSA key");
	if (BN_num_bits(bn_n) < RSA_BITS_MIN ||
	    BN_num_bits(bn_n) > RSA_BITS_MAX)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "RSA key of %d bits (need %d to %d)", BN_num_bits(bn_n),
		    RSA_BITS_MIN, RSA_BITS_MAX);
	/* a huge exponent costs CPU time; an exponent of 1 permits forgeries */
	if (!BN_is_odd(bn_n) || !BN_is_odd(bn_e) || BN_is_one(bn_e) ||
	    BN_num_bits(bn_e) > 64)
		return pq_err_set(err, PQ_EFORMAT,
		    "RSA key with an even modulus, or with an exponent that "
		    "is even, 1 or longer than 64 bits");
	bld = OSSL_PARAM_BLD_new();
	if (bld != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1)
		params = OSSL_PARAM_BLD_to_param(bld);
	OSSL_PARAM_BLD_free(bld);
	if (params == NULL)
		return crypto_fault(err, "RSA key");
	r = from_params(ret, "RSA", params, err);
	OSSL_PARAM_free(params);
	return r;
}

static int
read_key(EVP_PKEY **ret, const struct keytype *t, struct pq_cur *c,
    struct pq_err *err)
{
	switch (t->family) {
	case FAMILY_ED25519:
		return read_ed25519(ret, t, c, err);
	case FAMILY_ECDSA:
		return read_ecdsa(ret, t, c, err);
	case FAMILY_RSA:
		return read_rsa(ret, t, c, err);
	case FAMILY_NONE:
		break;
	}
	return pq_err_set(err, PQ_EINTERNAL, "key type without a family");
}

static int
refuse_type(struct pq_slice name, struct pq_err *err)
{
	char text[4 * PQ_SSH_NAME_MAX + 1];

	pq_text_escape(text, sizeof(text), name);
	return pq_err_set(
	    err, PQ_EUNSUPPORTED, "key type \"%s\" is not supported", text);
}

static int
read_type(const struct keytype **ret, struct pq_cur *c, struct pq_err *err)
{
	struct pq_slice name = pq_cur_string(c, PQ_SSH_NAME_MAX);

	if (c->bad || name.n == 0)
		return pq_err_set(err, PQ_EFORMAT, "SSH key without a type");
	*ret = keytype_by_name(name);
	return *ret != NULL ? 0 : refuse_type(name, err);
}

int
pq_sshkey_known(struct pq_slice blob, struct pq_err *err)
{
	const struct keytype *type;
	struct pq_cur c = pq_cur_start(blob);

	return read_type(&type, &c, err);
}

static int
copy_key(struct pq_sshkey **ret, const struct pq_sshkey *made,
    struct pq_slice blob, struct pq_err *err)
{
	struct pq_sshkey *k = malloc(sizeof(*k));
	uint8_t *copy = malloc(blob.n);

	if (k == NULL || copy == NULL) {
		free(k);
		free(copy);
		return pq_err_set(err, PQ_ENOMEM, "SSH key");
	}
	memcpy(copy, blob.p, blob.n);
	*k = *made;
	k->blob = copy;
	k->blob_n = blob.n;
	*ret = k;
	return 0;
}

int
pq_sshkey_parse(
    struct pq_sshkey **ret, struct pq_slice blob, struct pq_err *err)
{
	struct pq_sshkey k = { 0 };
	pq_auto(pkey_freep) EVP_PKEY *pkey = NULL;
	struct pq_digest application;
	struct pq_cur c = pq_cur_start(blob);
	struct pq_slice app;
	int r;

	if (blob.n > PQ_SSHKEY_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the SSH key has %zu bytes; the limit is %d", blob.n,
		    PQ_SSHKEY_MAX);
	r = read_type(&k.type, &c, err);
	if (k.type == NULL)
		return r;
	r = read_key(&pkey, k.type, &c, err);
	if (r < 0)
		return r;
	if (k.type->sk) {
		app = pq_cur_string(&c, APPLICATION_MAX);
		if (pq_digest_of(&application, app) < 0)
			return crypto_fault(err, "application of the key");
		memcpy(
		    k.application, application.sha256, sizeof(k.application));
	}
	if (!pq_cur_done(&c))
		return pq_err_set(err, PQ_EFORMAT,
		    "SSH key is truncated or has trailing bytes");
	k.pkey = pkey;
	r = copy_key(ret, &k, blob, err);
	if (r == 0)
		pkey = NULL;
	return r;
}

void
pq_sshkey_free(struct pq_sshkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k->blob);
	free(k);
}

const char *
pq_sshkey_type(const struct pq_sshkey *k)
{
	return k->type->name;
}

bool
pq_sshkey_is(const struct pq_sshkey *k, struct pq_slice blob)
{
	return pq_slice_eq(pq_slice(k->blob, k->blob_n), blob);
}

bool
pq_sshkey_eq(const struct pq_sshkey *a, const struct pq_sshkey *b)
{
	return pq_sshkey_is(a, pq_slice(b->blob, b->blob_n));
}

bool
pq_sshkey_same(const struct pq_sshkey *k, const struct pq_pubkey *key)
{
	bool same = EVP_PKEY_eq(k->pkey, pq_pubkey_evp(key)) == 1;

	ERR_clear_error();
	return same;
}

void
pq_sshkey_fingerprint(char dst[PQ_SSHKEY_FINGERPRINT], struct pq_slice blob)
{
	struct pq_buf b = PQ_BUF_INIT(64);
	struct pq_digest d;

	(void)snprintf(dst, PQ_SSHKEY_FINGERPRINT, "SHA256:?");
	if (pq_digest_of(&d, blob) == 0 &&
	    pq_b64_encode(&b, pq_slice(d.sha256, sizeof(d.sha256))) == 0 &&
	    b.n == 44) /* the last character is padding */
		(void)snprintf(dst, PQ_SSHKEY_FINGERPRINT, "SHA256:%.43s",
		    (const char *)b.p);
	pq_buf_free(&b);
}

/* Make the bytes that a security key signs, see PROTOCOL.u2f. */
static int
sk_preimage(struct pq_buf *ret, const struct pq_sshkey *key,
    struct pq_slice data, uint8_t flags, uint32_t counter)
{
	struct pq_digest d;

	if (pq_digest_of(&d, data) < 0)
		return -PQ_ECRYPTO;
	pq_buf_put(ret, key->application, sizeof(key->application));
	pq_buf_u8(ret, flags);
	pq_buf_u32(ret, counter);
	pq_buf_put(ret, d.sha256, sizeof(d.sha256));
	return ret->fault;
}

static int
evp_verify(EVP_PKEY *pkey, const char *hash, struct pq_slice sig,
    struct pq_slice data, struct pq_err *err)
{
	pq_auto(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r;

	if (ctx == NULL)
		return pq_err_set(err, PQ_ENOMEM, "SSH signature");
	if (EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, pkey, NULL) !=
	    1)
		return crypto_fault(err, "SSH signature");
	r = EVP_DigestVerify(ctx, sig.p, sig.n, data.p, data.n);
	ERR_clear_error();
	if (r != 1)
		return set_bad(
		    err, "the SSH signature is not over these bytes");
	return 0;
}

/* Convert two mpints to the DER form that OpenSSL expects. */
static int
ecdsa_der(struct pq_buf *ret, struct pq_slice raw, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(raw);
	struct pq_slice r = take_mpint(&c), s = take_mpint(&c);
	ECDSA_SIG *sig;
	BIGNUM *bn_r, *bn_s;
	uint8_t *der = NULL;
	int n;

	if (!pq_cur_done(&c) || r.n > 66 || s.n > 66)
		return set_bad(err, "not a well-formed ECDSA signature");
	sig = ECDSA_SIG_new();
	bn_r = BN_bin2bn(r.p, (int)r.n, NULL);
	bn_s = BN_bin2bn(s.p, (int)s.n, NULL);
	if (sig == NULL || bn_r == NULL || bn_s == NULL) {
		ECDSA_SIG_free(sig);
		BN_free(bn_r);
		BN_free(bn_s);
		return pq_err_set(err, PQ_ENOMEM, "ECDSA signature");
	}
	(void)ECDSA_SIG_set0(sig, bn_r, bn_s);
	n = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	if (n <= 0)
		return crypto_fault(err, "ECDSA signature");
	pq_buf_put(ret, der, (size_t)n);
	OPENSSL_free(der);
	return ret->fault;
}

static int
verify_ecdsa(const struct pq_sshkey *key, struct pq_slice raw,
    struct pq_slice data, struct pq_err *err)
{
	struct pq_buf der = PQ_BUF_INIT(256);
	int r = ecdsa_der(&der, raw, err);

	if (r == 0)
		r = evp_verify(
		    key->pkey, key->type->hash, pq_buf_view(&der), data, err);
	pq_buf_free(&der);
	return r;
}

/* Verify as in RFC 8332. The algorithm "ssh-rsa" is refused: it uses SHA-1. */
static int
verify_rsa(const struct pq_sshkey *key, struct pq_slice algorithm,
    struct pq_slice raw, struct pq_slice data, struct pq_err *err)
{
	const char *hash = NULL;

	if (pq_slice_eq_str(algorithm, "rsa-sha2-256"))
		hash = "SHA256";
	else if (pq_slice_eq_str(algorithm, "rsa-sha2-512"))
		hash = "SHA512";
	if (hash == NULL)
		return set_bad(err,
		    pq_slice_eq_str(algorithm, "ssh-rsa")
			? "RSA signature with SHA-1 (ssh-rsa): not allowed"
			: "signature algorithm is not one for an RSA key");
	if (raw.n != (size_t)EVP_PKEY_get_size(key->pkey))
		return set_bad(err, "RSA signature is not as long as its key");
	return evp_verify(key->pkey, hash, raw, data, err);
}

static int
verify_raw(const struct pq_sshkey *key, struct pq_slice algorithm,
    struct pq_slice raw, struct pq_slice data, struct pq_err *err)
{
	if (key->type->family == FAMILY_RSA)
		return verify_rsa(key, algorithm, raw, data, err);
	if (!pq_slice_eq_str(algorithm, key->type->name))
		return set_bad(err, "signature algorithm is not the key's");
	if (key->type->family == FAMILY_ECDSA)
		return verify_ecdsa(key, raw, data, err);
	if (raw.n != 64)
		return set_bad(err, "an Ed25519 signature has 64 bytes");
	return evp_verify(key->pkey, NULL, raw, data, err);
}

static int
verify_sk(const struct pq_sshkey *key, struct pq_slice algorithm,
    struct pq_slice raw, uint8_t flags, uint32_t counter, struct pq_slice data,
    struct pq_err *err)
{
	struct pq_buf b = PQ_BUF_INIT(SK_STATEMENT_MAX);
	int r;

	if ((flags & SK_PRESENT) == 0)
		return set_bad(
		    err, "the security key signed without a touch by its user");
	r = sk_preimage(&b, key, data, flags, counter);
	if (r < 0)
		(void)pq_err_set(err, -r, "statement of the security key");
	else
		r = verify_raw(key, algorithm, raw, pq_buf_view(&b), err);
	pq_buf_free(&b);
	return r;
}

int
pq_sshkey_verify(const struct pq_sshkey *key, struct pq_slice signature,
    struct pq_slice data, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(signature);
	struct pq_slice algorithm = pq_cur_string(&c, PQ_SSH_NAME_MAX);
	struct pq_slice raw = pq_cur_string(&c, signature.n);
	uint8_t flags = 0;
	uint32_t counter = 0;

	if (key->type->sk) {
		flags = pq_cur_u8(&c);
		counter = pq_cur_u32(&c);
	}
	if (!pq_cur_done(&c))
		return set_bad(err,
		    "the inner SSH signature is truncated or has trailing "
		    "bytes");
	if (key->type->sk)
		return verify_sk(
		    key, algorithm, raw, flags, counter, data, err);
	return verify_raw(key, algorithm, raw, data, err);
}
