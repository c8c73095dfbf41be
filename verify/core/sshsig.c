/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH signatures: the armor, the blob in it, the signed bytes, and the allowed
 * signers.
 *
 * All input is untrusted: an attacker who can write to the repository chooses
 * every byte. So each value has exactly one encoding: one armor, canonical
 * base64, no trailing bytes. A signature with two encodings would count as
 * two signatures in the ledger.
 *
 * Source: OpenSSH PROTOCOL.sshsig.
 */
#include "sshsig.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <pratique/text.h>

#include "signers.h"

#define ARMOR_BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define ARMOR_END "-----END SSH SIGNATURE-----"
#define ARMOR_LINE 76 /* PROTOCOL.sshsig; ssh-keygen writes 70 */
#define MAGIC "SSHSIG"
#define SPEC_SIG "OpenSSH PROTOCOL.sshsig section 3"
#define SPEC_SIGNERS "ssh-keygen(1), ALLOWED SIGNERS"
#define NS_MAX 256 /* bytes of a namespace */
#define PREIMAGE_MAX 4096

/* Append the base64 between the armor lines, without its newlines. */
static int
armor_body(struct pq_buf *ret, struct pq_slice a, struct pq_err *err)
{
	struct pq_cur c;

	if (a.n > PQ_SSHSIG_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the SSH signature has %zu bytes; the limit is %d", a.n,
		    PQ_SSHSIG_MAX);
	if (!pq_slice_starts(a, ARMOR_BEGIN))
		return pq_err_set(err, PQ_EFORMAT,
		    "expected the line -----BEGIN SSH SIGNATURE-----");
	c = pq_cur_start(a);
	(void)pq_cur_take(&c, sizeof(ARMOR_BEGIN) - 1);
	for (;;) {
		struct pq_slice rest = pq_slice(c.p, c.left), line;
		const uint8_t *lf;

		if (pq_slice_starts(rest, ARMOR_END))
			break;
		lf = rest.n == 0 ? NULL : memchr(rest.p, '\n', rest.n);
		if (lf == NULL)
			return pq_err_set(err, PQ_EFORMAT,
			    "SSH signature armor has no END line");
		line = pq_cur_take(&c, (size_t)(lf - rest.p));
		if (line.n == 0 || line.n > ARMOR_LINE)
			return pq_err_set(err, PQ_EFORMAT,
			    "SSH signature armor has a line of %zu bytes "
			    "(allowed: 1 to %d)",
			    line.n, ARMOR_LINE);
		pq_buf_slice(ret, line);
		(void)pq_cur_take(&c, 1);
	}
	(void)pq_cur_take(&c, sizeof(ARMOR_END) - 1);
	if (c.left > 1 || (c.left == 1 && c.p[0] != '\n'))
		return pq_err_set(err, PQ_EFORMAT,
		    "trailing bytes after the SSH signature armor");
	return ret->fault;
}

static int
decode_blob(struct pq_sshsig *s, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(pq_buf_view(&s->blob));
	uint32_t version;

	if (!pq_slice_eq_str(pq_cur_take(&c, sizeof(MAGIC) - 1), MAGIC))
		return pq_err_set(
		    err, PQ_EFORMAT, "SSH signature has no SSHSIG preamble");
	version = pq_cur_u32(&c);
	if (!c.bad && version != 1)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "SSHSIG version %u is not supported, only 1", version);
	s->publickey = pq_cur_string(&c, PQ_SSHKEY_MAX);
	s->ns = pq_cur_string(&c, NS_MAX);
	s->reserved = pq_cur_string(&c, NS_MAX);
	s->hash_alg = pq_cur_string(&c, PQ_SSH_NAME_MAX);
	s->signature = pq_cur_string(&c, PQ_SSHSIG_MAX);
	if (c.bad)
		return pq_err_set(
		    err, PQ_EFORMAT, "SSH signature is truncated");
	if (c.left != 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "SSH signature has trailing bytes");
	if (s->ns.n == 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "SSH signature has an empty namespace");
	/* the field has no meaning yet, and a later meaning may be critical */
	if (s->reserved.n != 0)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "SSH signature uses the reserved field");
	return 0;
}

int
pq_sshsig_parse(
    struct pq_sshsig *ret, struct pq_slice armored, struct pq_err *err)
{
	struct pq_buf text = PQ_BUF_INIT(PQ_SSHSIG_MAX);
	struct pq_sshsig s = { 0 };
	int r;

	s.blob = PQ_BUF_INIT(PQ_SSHSIG_MAX);
	r = armor_body(&text, armored, err);
	if (r == 0) {
		r = pq_b64_decode(&s.blob, pq_buf_view(&text));
		if (r < 0)
			(void)pq_err_set(
			    err, -r, "SSH signature is not canonical base64");
	}
	pq_buf_free(&text);
	if (r == 0)
		r = decode_blob(&s, err);
	if (r < 0) {
		pq_sshsig_free(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void
pq_sshsig_free(struct pq_sshsig *s)
{
	pq_buf_free(&s->blob);
	*s = (struct pq_sshsig){ 0 };
}

static int
set_bad(struct pq_err *err, const char *why)
{
	(void)pq_err_set(err, PQ_EMISMATCH, "%s", why);
	return PQ_SSHSIG_BAD;
}

/* Make the signed bytes: PROTOCOL.sshsig section 3, "Signed Data". */
static int
make_preimage(struct pq_buf *ret, const struct pq_sshsig *s,
    struct pq_slice message, struct pq_err *err)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned md_n = 0;
	const EVP_MD *hash = NULL;

	if (pq_slice_eq_str(s->hash_alg, "sha256"))
		hash = EVP_sha256();
	else if (pq_slice_eq_str(s->hash_alg, "sha512"))
		hash = EVP_sha512();
	if (hash == NULL)
		return set_bad(
		    err, "SSH signature: expected the hash sha256 or sha512");
	if (EVP_Digest(message.p, message.n, md, &md_n, hash, NULL) != 1) {
		ERR_clear_error();
		return pq_err_set(err, PQ_ECRYPTO, "hash of the message");
	}
	pq_buf_str(ret, MAGIC);
	pq_buf_u32(ret, (uint32_t)s->ns.n);
	pq_buf_slice(ret, s->ns);
	pq_buf_u32(ret, (uint32_t)s->reserved.n);
	pq_buf_slice(ret, s->reserved);
	pq_buf_u32(ret, (uint32_t)s->hash_alg.n);
	pq_buf_slice(ret, s->hash_alg);
	pq_buf_u32(ret, md_n);
	pq_buf_put(ret, md, md_n);
	return ret->fault;
}

int
pq_sshsig_check(const struct pq_sshsig *s, const struct pq_sshkey *key,
    struct pq_slice message, struct pq_err *err)
{
	struct pq_buf data = PQ_BUF_INIT(PREIMAGE_MAX);
	int r;

	if (!pq_sshkey_is(key, s->publickey))
		return set_bad(err, "another key made this signature");
	r = make_preimage(&data, s, message, err);
	if (r == 0)
		r = pq_sshkey_verify(
		    key, s->signature, pq_buf_view(&data), err);
	else if (r < 0 && r != -PQ_ECRYPTO)
		(void)pq_err_set(err, -r, "signed data");
	pq_buf_free(&data);
	return r;
}

__attribute__((format(printf, 3, 4))) static int
set_ruling(struct pq_ruling *ret, const char *spec, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ret->reason, sizeof(ret->reason), fmt, ap);
	va_end(ap);
	(void)snprintf(ret->spec, sizeof(ret->spec), "%s", spec);
	return 0;
}

static int
judge_signature(const struct pq_signers *all, const struct pq_sshsig *sig,
    const char *ns, struct pq_slice identity, struct pq_slice message,
    const int64_t *times, size_t n_times, struct pq_ruling *ret)
{
	struct pq_signer s = { NULL, NULL };
	const char *why;
	char text[128], print[PQ_SSHKEY_FINGERPRINT];
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (!pq_slice_eq_str(sig->ns, ns)) {
		pq_text_escape(text, sizeof(text), sig->ns);
		return set_ruling(ret, SPEC_SIG,
		    "SSH signature is for the namespace \"%s\", not \"%s\"",
		    text, ns);
	}
	pq_sshkey_fingerprint(print, sig->publickey);
	why = pq_signers_find(
	    &s, all, sig->publickey, ns, identity, times, n_times);
	/* give the type of an unsupported key: no tool shows this fingerprint
	 * for a certificate */
	if (why != NULL && pq_sshkey_known(sig->publickey, &err) != 0)
		return set_ruling(ret, SPEC_SIG, "the signer's %s", err.text);
	if (why != NULL)
		return set_ruling(
		    ret, SPEC_SIGNERS, "the key %s %s", print, why);
	r = pq_sshsig_check(sig, s.key, message, &err);
	if (r < 0)
		return r;
	if (r != 0)
		return set_ruling(
		    ret, SPEC_SIG, "%s (key %s)", err.text, print);
	pq_text_escape(ret->principal, sizeof(ret->principal),
	    identity.n != 0 ? identity : pq_slice_str(s.principals));
	ret->status = PQ_PASS;
	return set_ruling(ret, SPEC_SIG, "signed by %s with the %s key %s",
	    ret->principal, pq_sshkey_type(s.key), print);
}

int
pq_sshsig_verify(const struct pq_signers *signers, const char *ns,
    struct pq_slice identity, struct pq_slice armored, struct pq_slice message,
    const int64_t *times, size_t n_times, struct pq_ruling *ret)
{
	struct pq_ruling ruling = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_sshsig sig;
	int r;

	if (n_times == 0 || ns == NULL || *ns == '\0')
		return -PQ_EINTERNAL;
	r = pq_sshsig_parse(&sig, armored, &err);
	if (r == -PQ_ENOMEM || r == -PQ_ECRYPTO)
		return r;
	if (r < 0) {
		(void)set_ruling(&ruling, SPEC_SIG, "%s", err.text);
	} else {
		r = judge_signature(signers, &sig, ns, identity, message, times,
		    n_times, &ruling);
		pq_sshsig_free(&sig);
		if (r < 0)
			return r;
	}
	*ret = ruling;
	return 0;
}
