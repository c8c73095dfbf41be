/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMES_H
#define CORE_SCHEMES_H

#include <pratique/callback.h>

/* The rows: pq_scheme_github and so on. Each row is in its own file. */
#define SCHEME(NAME, number, file, payloads) \
	extern const struct pq_scheme_row pq_scheme_##file;
PQ_SCHEMES(SCHEME)
#undef SCHEME

/* Do what pq_callback_authenticate() and pq_callback_sign() do, with a row. */
enum pq_callback_ruling pq_scheme_authenticate(const struct pq_scheme_row *row,
    const struct pq_callback *cb, const struct pq_slice *secrets,
    size_t n_secrets, int64_t now, char id[PQ_DELIVERY_TEXT],
    struct pq_err *why);
int pq_scheme_sign(struct pq_signed *ret, const struct pq_scheme_row *row,
    const char *id, int64_t now, struct pq_slice secret, struct pq_slice body);

static inline enum pq_callback_ruling
pq_scheme_refuse(struct pq_err *why, int fault, const char *text)
{
	(void)pq_err_set(why, fault, "%s", text);
	return PQ_CALLBACK_REFUSED;
}

#endif
