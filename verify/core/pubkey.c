/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys that operators trust for image signatures.
 *
 * Only the key chooses the algorithm. If data beside the signature chose the
 * hash or the padding, an attacker could pick the weakest algorithm that the
 * library still supports. Only the kinds in the tables below are accepted. A
 * key file holds exactly one key. If it held two, an operator might check the
 * first key, and this code might use the second.
 */
#include "pubkey.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

struct kind {
	const char *name;
	const char *group; /* OpenSSL's name of the curve; NULL: not EC */
	const EVP_MD *(*hash[2])(void); /* tried in this order */
};

static const struct kind ec_kinds[] = {
	{ "ecdsa-p256", "prime256v1", { EVP_sha256, NULL } },
	/* older versions of sigstore use SHA-256 for each curve */
	{ "ecdsa-p384", "secp384r1", { EVP_sha384, EVP_sha256 } },
	{ "ecdsa-p521", "secp521r1", { EVP_sha512, EVP_sha256 } },
};
static const struct kind rsa_kind = { "rsa", NULL, { EVP_sha256, NULL } };
static const struct kind ed25519_kind = { "ed25519", NULL, { NULL, NULL } };

struct pq_pubkey {
	EVP_PKEY *pkey;
	const struct kind *kind;
};

static struct pq_slice
trim_blanks(struct pq_slice s)
{
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL && s.p[0] != '\0')
		s = pq_slice(s.p + 1, s.n - 1);
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	    strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

static bool
ends_with(struct pq_slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + (s.n - n), suffix, n) == 0;
}

/*
 * Decode one PEM block (RFC 7468). Its base64 may have line ends, and no other
 * white space.
 */
static int
decode_pem(struct pq_buf *der, struct pq_slice pem, struct pq_err *err)
{
	struct pq_buf text = PQ_BUF_INIT(PQ_PUBKEY_PEM_MAX);
	struct pq_slice s = trim_blanks(pem);
	size_t i;
	int r;

	if (s.n < sizeof(BEGIN) + sizeof(END) || !pq_slice_starts(s, BEGIN) ||
	    !ends_with(s, END))
		return pq_err_set(
		    err, PQ_EFORMAT, "expected one PEM block \"PUBLIC KEY\"");
	s = pq_slice(s.p + sizeof(BEGIN) - 1,
	    s.n - (sizeof(BEGIN) - 1) - (sizeof(END) - 1));
	for (i = 0; i < s.n; i++)
		if (s.p[i] != '\n' && s.p[i] != '\r')
			pq_buf_u8(&text, s.p[i]);
	r = text.fault != 0 ? text.fault
			    : pq_b64_decode(der, pq_buf_view(&text));
	pq_buf_free(&text);
	if (r == -PQ_ENOMEM)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	if (r != 0)
		return pq_err_set(err, PQ_EFORMAT, "%s",
		    memmem(s.p, s.n, "-----", 5) != NULL
			? "more than one PEM block: write one key per file"
			: "bad base64 in the PEM block");
	return 0;
}

static const struct kind *
ec_kind(EVP_PKEY *pkey)
{
	char group[32] = "";
	size_t i, n = 0;
	int explicit_params = 1;

	/* explicit parameters can define a weak curve that an attacker made */
	if (EVP_PKEY_get_int_param(pkey,
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		&explicit_params) != 1 ||
	    explicit_params != 0)
		return NULL;
	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) != 1)
		return NULL;
	for (i = 0; i < sizeof(ec_kinds) / sizeof(ec_kinds[0]); i++)
		if (strcmp(group, ec_kinds[i].group) == 0)
			return &ec_kinds[i];
	return NULL;
}

static const struct kind *
kind_of(EVP_PKEY *pkey)
{
	int bits = EVP_PKEY_get_bits(pkey);

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_EC:
		return ec_kind(pkey);
	case EVP_PKEY_RSA:
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? &rsa_kind
								    : NULL;
	case EVP_PKEY_ED25519:
		return &ed25519_kind;
	default:
		return NULL;
	}
}

/*
 * Return false if the numbers of the key are not valid, such as a point outside
 * the curve or an even RSA modulus.
 */
static bool
is_sound(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool good = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

/*
 * Return true if OpenSSL writes the key as exactly @der. This refuses DER that
 * is not canonical. A compressed or hybrid EC point stays as it is.
 */
static bool
same_der(EVP_PKEY *pkey, struct pq_slice der)
{
	unsigned char *out = NULL;
	int n = i2d_PUBKEY(pkey, &out);
	bool same = n > 0 && pq_slice_eq(pq_slice(out, (size_t)n), der);

	OPENSSL_free(out);
	return same;
}

static int
fill_key(struct pq_pubkey *key, struct pq_slice der, bool checked,
    struct pq_err *err)
{
	const unsigned char *p = der.p;

	key->pkey = d2i_PUBKEY(NULL, &p, (long)der.n);
	if (key->pkey == NULL || p != der.p + der.n)
		return pq_err_set(
		    err, PQ_EFORMAT, "expected one SubjectPublicKeyInfo");
	key->kind = kind_of(key->pkey);
	if (key->kind == NULL)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "expected ECDSA P-256, P-384 or P-521, RSA of 2048 to "
		    "8192 bits, or Ed25519");
	if (!same_der(key->pkey, der) || (checked && !is_sound(key->pkey)))
		return pq_err_set(err, PQ_EFORMAT,
		    "the public key is not valid or not in canonical DER");
	return 0;
}

/* @checked: false skips is_sound(), which can take 20 ms */
static int
parse_key(struct pq_pubkey **ret, struct pq_slice spki_pem, bool checked,
    struct pq_err *err)
{
	struct pq_buf der = PQ_BUF_INIT(PQ_PUBKEY_PEM_MAX);
	struct pq_pubkey *key;
	int r;

	if (spki_pem.n > PQ_PUBKEY_PEM_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the key file has %zu bytes; the limit is %d", spki_pem.n,
		    PQ_PUBKEY_PEM_MAX);
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	r = decode_pem(&der, spki_pem, err);
	if (r == 0)
		r = fill_key(key, pq_buf_view(&der), checked, err);
	pq_buf_free(&der);
	ERR_clear_error();
	if (r != 0) {
		pq_pubkey_free(key);
		return r;
	}
	*ret = key;
	return 0;
}

int
pq_pubkey_parse(
    struct pq_pubkey **ret, struct pq_slice spki_pem, struct pq_err *err)
{
	return parse_key(ret, spki_pem, true, err);
}

void
pq_pubkey_free(struct pq_pubkey *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

void
pq_pubkey_freep(struct pq_pubkey **key)
{
	pq_pubkey_free(*key);
	*key = NULL;
}

const EVP_PKEY *
pq_pubkey_evp(const struct pq_pubkey *key)
{
	return key->pkey;
}

static int
verify_with(const struct pq_pubkey *key, const EVP_MD *md,
    struct pq_slice message, struct pq_slice signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r = -PQ_ECRYPTO;

	if (ctx == NULL)
		return -PQ_ENOMEM;
	ERR_clear_error();
	if (EVP_DigestVerifyInit(ctx, NULL, md, NULL, key->pkey) == 1) {
		int v = EVP_DigestVerify(ctx, signature.p, signature.n,
		    message.n == 0 ? (const uint8_t *)"" : message.p,
		    message.n);

		/* a signature that OpenSSL cannot parse is a bad signature */
		if (v == 1)
			r = 0;
		else if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    ERR_R_MALLOC_FAILURE)
			r = -PQ_ENOMEM;
		else
			r = PQ_PUBKEY_BAD;
	}
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	return r;
}

int
pq_pubkey_verify(const struct pq_pubkey *key, struct pq_slice message,
    struct pq_slice signature)
{
	size_t i;
	int r;

	if (signature.n == 0 || signature.n > PQ_PUBKEY_SIG_MAX)
		return PQ_PUBKEY_BAD;
	if (key->kind == &ed25519_kind)
		return verify_with(key, NULL, message, signature);
	r = -PQ_ECRYPTO;
	for (i = 0; i < 2 && key->kind->hash[i] != NULL; i++) {
		r = verify_with(key, key->kind->hash[i](), message, signature);
		if (r != PQ_PUBKEY_BAD)
			return r;
	}
	return r;
}

const char *
pq_pubkey_algorithm(const struct pq_pubkey *key)
{
	return key->kind->name;
}

int
pq_pubkey_same(struct pq_slice a, struct pq_slice b)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *x = NULL;
	pq_auto(pq_pubkey_freep) struct pq_pubkey *y = NULL;
	bool same;
	int r, q;

	if (pq_slice_eq(a, b))
		return 1;
	/* a policy compares each pair of keys, so skip the slow check */
	r = parse_key(&x, a, false, NULL);
	q = parse_key(&y, b, false, NULL);
	if (r == -PQ_ENOMEM || q == -PQ_ENOMEM)
		return -PQ_ENOMEM;
	/* compare the keys, not the bytes: an EC point has three encodings */
	same = x != NULL && y != NULL && EVP_PKEY_eq(x->pkey, y->pkey) == 1;
	ERR_clear_error();
	return same;
}
