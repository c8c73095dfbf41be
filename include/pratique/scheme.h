/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SCHEME_H
#define PRATIQUE_SCHEME_H

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/header.h>

struct pq_callback;

/*
 * The schemes by which a callback is authenticated. The configuration of an
 * endpoint fixes one; no header chooses it.
 *
 * SCHEME(NAME, NUMBER, file, payloads) - verify/core/scheme_FILE.c has its row,
 * verify/format/hint_PAYLOADS.c reads its bodies. Ledgers hold the number, so
 * it is never given to another scheme; they ascend without a gap.
 */
/* clang-format off */
#define PQ_SCHEMES(SCHEME)                     \
	SCHEME(GITHUB,   1, github,   github)  \
	SCHEME(STANDARD, 2, standard, own)
/* clang-format on */

enum pq_scheme {
	PQ_SCHEME_NONE = 0,
#define SCHEME(NAME, number, file, payloads) PQ_SCHEME_##NAME = (number),
	PQ_SCHEMES(SCHEME)
#undef SCHEME
	    PQ_SCHEME_END
};

enum pq_callback_ruling {
	PQ_CALLBACK_REFUSED = 0,
	PQ_CALLBACK_STALE, /* its time is outside of the tolerance */
	PQ_CALLBACK_GENUINE,
};

/* The effect of a genuine callback. */
enum pq_authority {
	PQ_AUTHORITY_NONE = 0, /* nothing: it is refused */
	PQ_AUTHORITY_HINT,     /* it looks where the callback says */
};

#define PQ_SCHEME_HEADERS 8
#define PQ_SIGNED_TEXT 160 /* of a header that `pratique send` makes */

/* The headers that a sender adds to a body; "" is an absent header. */
struct pq_signed {
	char headers[PQ_HEADER_COUNT][PQ_SIGNED_TEXT];
};

/* All that the agent knows of a scheme; a member left out refuses. */
struct pq_scheme_row {
	const char *name; /* in the configuration and on the command line */
	const char *rule; /* its specification, for a finding */
	enum pq_authority authority;
	/* Content-Type and these are all that it sees; behind them NONE */
	enum pq_header headers[PQ_SCHEME_HEADERS];
	/* The one to which an endpoint may give another name; NONE: none. */
	enum pq_header named;
	/*
	 * Its delivery id. Where the signature does not cover it, somebody who
	 * recorded a callback can change it, so the body counts once instead.
	 */
	enum pq_header delivery;
	bool id_signed;
	/* Which payload it is; NONE: it has one form only. */
	enum pq_header event;
	const char *own_event; /* of our own body; NULL: without one */
	/*
	 * @secret: neither empty nor over PQ_SECRET_MAX bytes
	 * Return:  NULL, or what it lacks: "too short"; never its bytes
	 */
	const char *(*lacks)(struct pq_slice secret);
	/*
	 * Is it from somebody who holds one of @secrets? They lack nothing.
	 * Each is tried in constant time, also after a match.
	 * @now: seconds UTC
	 * @why: a reason for the log, never for the caller
	 */
	enum pq_callback_ruling (*authenticate)(const struct pq_callback *cb,
	    const struct pq_slice *secrets, size_t n, int64_t now,
	    struct pq_err *why);
	/*
	 * The sender's half, for `pratique send`; NULL: it is another's alone.
	 * @ret: gets all headers but the event and the content type
	 * @id:  a delivery id that was never there
	 */
	int (*sign)(struct pq_signed *ret, const char *id, int64_t now,
	    struct pq_slice secret, struct pq_slice body);
};

#define PQ_SECRET_MAX 1024 /* bytes of a webhook's secret */

/* NULL: there is none of this number */
const struct pq_scheme_row *pq_scheme_row(enum pq_scheme s);
const char *pq_scheme_name(enum pq_scheme s); /* "none" for NONE */
enum pq_scheme pq_scheme_by_name(const char *s);
/* all names, for a message; @last is between the last two: " or " */
#define PQ_SCHEME_NAMES 512
void pq_scheme_names(char dst[PQ_SCHEME_NAMES], const char *last);

#endif
