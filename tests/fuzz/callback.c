/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a body, then the headers of a scheme in the order of its row. A 0xff
 * byte ends each of them. Every scheme of the table reads the input. The fuzzer
 * does not know the secrets, so only callbacks of the corpus may be genuine.
 */
#include "fuzz.h"

#include <pratique/callback.h>

#define CORPUS_NOW INT64_C(1614265330) /* time of the corpus's callbacks */

static const struct pq_slice secrets[] = { PQ_SLICE_LIT("a secret of ours"),
	PQ_SLICE_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") };

/*
 * Return the first secret that fits a scheme. A new scheme may need a new one.
 */
static const struct pq_slice *
secret_of(enum pq_scheme s)
{
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (pq_callback_secret_fault(s, secrets[i]) == NULL)
			return &secrets[i];
	abort();
}

static struct pq_slice
take_part(struct pq_cur *c)
{
	struct pq_slice s;
	size_t n;

	for (n = 0; n < c->left && c->p[n] != 0xff; n++)
		;
	s = pq_cur_take(c, n);
	(void)pq_cur_take(c, c->left > 0);
	return s;
}

/* Require that a genuine callback has the headers that the sender makes. */
static void
require_signed(enum pq_scheme s, const struct pq_callback *cb, const char *id)
{
	const struct pq_scheme_row *row = pq_scheme_row(s);
	struct pq_signed made;
	size_t i;

	FUZZ_REQUIRE(strlen(id) <= 128 && (!row->id_signed || id[0] != '\0'));
	if (row->sign == NULL)
		return;
	FUZZ_REQUIRE(pq_callback_sign(&made, s, id, CORPUS_NOW, *secret_of(s),
			 cb->body) == 0);
	for (i = 0; i < PQ_SCHEME_HEADERS; i++) {
		enum pq_header h = row->headers[i];

		if (h == PQ_HEADER_NONE || h == row->event ||
		    h == row->delivery)
			continue;
		FUZZ_REQUIRE(
		    memmem(cb->headers[h].p, cb->headers[h].n, made.headers[h],
			strlen(made.headers[h])) != NULL);
	}
}

static void
try_scheme(enum pq_scheme s, struct pq_cur c)
{
	const struct pq_scheme_row *row = pq_scheme_row(s);
	struct pq_callback cb = { .body = take_part(&c) };
	struct pq_err why = PQ_ERR_INIT;
	char id[PQ_DELIVERY_TEXT] = "";
	size_t i;

	for (i = 0; i < PQ_SCHEME_HEADERS; i++)
		if (row->headers[i] != PQ_HEADER_NONE)
			cb.headers[row->headers[i]] = take_part(&c);
	if (pq_callback_authenticate(s, &cb, secret_of(s), 1, CORPUS_NOW, id,
		&why) == PQ_CALLBACK_GENUINE)
		require_signed(s, &cb, id);
	else
		FUZZ_REQUIRE(id[0] == '\0' && why.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned s;

	for (s = PQ_SCHEME_NONE + 1; s < PQ_SCHEME_END; s++)
		try_scheme(
		    (enum pq_scheme)s, pq_cur_start(pq_slice(data, size)));
	return 0;
}
