/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticate a callback: check that a holder of one of the endpoint's secrets
 * sent it.
 *
 * The configuration chooses the scheme. If the sender's headers chose the
 * scheme, an attacker would choose the weakest one. The HMAC is computed over
 * the raw body before any code parses the body. Signatures are compared as
 * bytes of fixed length in constant time. Every secret is tried, even after a
 * match. A secret that is missing or too short never matches, because anyone
 * can compute an HMAC with an empty key.
 *
 * A callback is genuine if a holder of the secret sent these bytes at some
 * time. An attacker who recorded the bytes can send them again. Such a replay
 * is harmless: the ledger knows the delivery id, and a second lookup finds
 * nothing new.
 *
 * The file of each scheme checks the signature. This file checks the rules for
 * all schemes: the endpoint has secrets; the scheme reads only its own headers;
 * the scheme's row permits an effect of a genuine callback; the ledger can
 * store the delivery id.
 */
#include "core/schemes.h"

#include <stdio.h>
#include <string.h>

#include <pratique/digest.h>
#include <pratique/text.h>

static const char *
secret_fault(const struct pq_scheme_row *row, struct pq_slice secret)
{
	if (row == NULL || row->lacks == NULL)
		return "for an unknown scheme";
	if (secret.n == 0 || secret.n > PQ_SECRET_MAX)
		return "empty or longer than 1024 bytes";
	return row->lacks(secret);
}

static int
check_secrets(const struct pq_scheme_row *row, const struct pq_slice *secrets,
    size_t n, struct pq_err *why)
{
	const char *what;
	size_t i, j;

	if (n == 0)
		return pq_err_set(
		    why, PQ_ECONFIG, "the endpoint has no secret");
	for (i = 0; i < n; i++) {
		what = secret_fault(row, secrets[i]);
		/* two equal secrets are a mistake in a rotation: report it */
		for (j = 0; j < i; j++)
			if (secrets[i].n == secrets[j].n &&
			    pq_mem_eq(secrets[i].p, secrets[j].p, secrets[i].n))
				what = "given more than once";
		if (what != NULL)
			return pq_err_set(why, PQ_ECONFIG,
			    "a secret of the endpoint is %s", what);
	}
	return 0;
}

const char *
pq_callback_secret_fault(enum pq_scheme scheme, struct pq_slice secret)
{
	return secret_fault(pq_scheme_row(scheme), secret);
}

int
pq_callback_secrets(enum pq_scheme scheme, const struct pq_slice *secrets,
    size_t n, struct pq_err *why)
{
	return check_secrets(pq_scheme_row(scheme), secrets, n, why);
}

/* Copy the headers of the row. Other headers must not influence the result. */
static struct pq_callback
copy_headers(const struct pq_scheme_row *row, const struct pq_callback *cb)
{
	struct pq_callback ret = { .body = cb->body,
		.content_type = cb->content_type };
	size_t i;

	for (i = 0; i < PQ_SCHEME_HEADERS; i++)
		ret.headers[row->headers[i]] = cb->headers[row->headers[i]];
	return ret;
}

/* The delivery id goes to the log and into the ledger. */
static int
check_id(
    const struct pq_scheme_row *row, struct pq_slice id, struct pq_err *why)
{
	const char *name = pq_header_name(row->delivery);

	if (row->id_signed && id.n == 0)
		return pq_err_set(why, PQ_EABSENT, "header %s missing", name);
	if (id.n != 0 && pq_name_delivery(id, why) != 0)
		return pq_err_wrap(why, -PQ_EFORMAT, "%s", name);
	return 0;
}

enum pq_callback_ruling
pq_scheme_authenticate(const struct pq_scheme_row *row,
    const struct pq_callback *cb, const struct pq_slice *secrets,
    size_t n_secrets, int64_t now, char id[PQ_DELIVERY_TEXT],
    struct pq_err *why)
{
	enum pq_callback_ruling r;
	struct pq_callback seen;

	id[0] = '\0';
	if (row == NULL || row->authority != PQ_AUTHORITY_HINT ||
	    row->authenticate == NULL)
		return pq_scheme_refuse(why, PQ_ECONFIG,
		    "the endpoint has no scheme, or its scheme permits no "
		    "callbacks");
	if (cb->body.n > PQ_BODY_MAX)
		return pq_scheme_refuse(why, PQ_ELIMIT, "the body is too long");
	if (check_secrets(row, secrets, n_secrets, why) != 0)
		return PQ_CALLBACK_REFUSED;
	seen = copy_headers(row, cb);
	if (check_id(row, seen.headers[row->delivery], why) != 0)
		return PQ_CALLBACK_REFUSED;
	r = row->authenticate(&seen, secrets, n_secrets, now, why);
	if (r == PQ_CALLBACK_GENUINE)
		pq_text_escape(
		    id, PQ_DELIVERY_TEXT, seen.headers[row->delivery]);
	return r;
}

enum pq_callback_ruling
pq_callback_authenticate(enum pq_scheme scheme, const struct pq_callback *cb,
    const struct pq_slice *secrets, size_t n_secrets, int64_t now,
    char id[PQ_DELIVERY_TEXT], struct pq_err *why)
{
	return pq_scheme_authenticate(
	    pq_scheme_row(scheme), cb, secrets, n_secrets, now, id, why);
}

int
pq_scheme_sign(struct pq_signed *ret, const struct pq_scheme_row *row,
    const char *id, int64_t now, struct pq_slice secret, struct pq_slice body)
{
	struct pq_signed s = { .headers = { "" } };
	int r;

	if (row == NULL || row->sign == NULL)
		return -PQ_EUNSUPPORTED;
	if (secret_fault(row, secret) != NULL)
		return -PQ_ECONFIG;
	(void)snprintf(s.headers[PQ_HEADER_CONTENT_TYPE], PQ_SIGNED_TEXT,
	    "application/json");
	if (row->own_event != NULL)
		(void)snprintf(s.headers[row->event], PQ_SIGNED_TEXT, "%s",
		    row->own_event);
	r = row->sign(&s, id, now, secret, body);
	if (r == 0)
		*ret = s;
	return r;
}

int
pq_callback_sign(struct pq_signed *ret, enum pq_scheme scheme, const char *id,
    int64_t now, struct pq_slice secret, struct pq_slice body)
{
	return pq_scheme_sign(
	    ret, pq_scheme_row(scheme), id, now, secret, body);
}
