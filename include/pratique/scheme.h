/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SCHEME_H
#define PRATIQUE_SCHEME_H

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/header.h>

struct pq_callback;

/*
 * The schemes that authenticate a callback. The configuration of an endpoint
 * selects one scheme. No header of a callback can select another.
 *
 * SCHEME(NAME, NUMBER, file, payloads)
 * verify/core/scheme_FILE.c has the row of a scheme, and
 * verify/format/hint_PAYLOADS.c reads its bodies. Ledgers store NUMBER, so a
 * number is never reused. Numbers ascend without a gap.
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
	PQ_CALLBACK_STALE,   /* its timestamp is outside of the tolerance */
	PQ_CALLBACK_GENUINE, /* a holder of a secret sent these bytes */
};

/* The effect of a genuine callback. */
enum pq_authority {
	PQ_AUTHORITY_NONE = 0, /* none: the agent refuses the callback */
	PQ_AUTHORITY_HINT,     /* fetch looks up the announced tag */
};

#define PQ_SCHEME_HEADERS 8
#define PQ_SIGNED_TEXT 160 /* bytes of a header of `pratique send` */

/* The headers that a sender adds to a body; "" is an absent header. */
struct pq_signed {
	char headers[PQ_HEADER_COUNT][PQ_SIGNED_TEXT];
};

/* All properties of a scheme. A member that is not set permits nothing. */
struct pq_scheme_row {
	const char *name; /* in the configuration and on the command line */
	const char *rule; /* specification of the scheme, for findings */
	enum pq_authority authority;
	/* The scheme reads only Content-Type and these headers. PQ_HEADER_NONE
	 * ends the list. */
	enum pq_header headers[PQ_SCHEME_HEADERS];
	/* An endpoint can configure another name for this header. NONE: the
	 * names of all headers are fixed. */
	enum pq_header named;
	/*
	 * The header with the delivery id. If the signature does not cover the
	 * id, an attacker can change it in a recorded callback. So the agent
	 * accepts each body of such a scheme only once.
	 */
	enum pq_header delivery;
	bool id_signed;
	/* The header with the payload's type. NONE: there is only one type. */
	enum pq_header event;
	bool form; /* it may send "payload=" and the JSON, as a form */
	const char *own_event; /* event of `pratique send`; NULL: none */
	/*
	 * lacks - check one secret
	 * @secret: 1 to PQ_SECRET_MAX bytes; borrowed
	 * Return:  NULL if it is valid; else a text that follows "the secret
	 *          is" and does not quote the secret
	 */
	const char *(*lacks)(struct pq_slice secret);
	/*
	 * authenticate - decide whether a holder of a secret sent a callback
	 * It tries each secret in constant time, even after a match.
	 * @secrets: borrowed; @lacks accepts each of them
	 * @now:     seconds since 1970-01-01 UTC
	 * @why:     gets the reason for the log; the sender must not see it
	 */
	enum pq_callback_ruling (*authenticate)(const struct pq_callback *cb,
	    const struct pq_slice *secrets, size_t n, int64_t now,
	    struct pq_err *why);
	/*
	 * sign - make the headers of a callback for `pratique send`
	 * NULL: pratique cannot send with this scheme.
	 * @ret: gets all headers except the event and the content type
	 * @id:  a new delivery id
	 */
	int (*sign)(struct pq_signed *ret, const char *id, int64_t now,
	    struct pq_slice secret, struct pq_slice body);
};

#define PQ_SECRET_MAX 1024 /* bytes of a webhook secret */

/*
 * pq_scheme_row()     - return the table row of a scheme
 * pq_scheme_name()    - return the name of a scheme
 * pq_scheme_by_name() - find a scheme by its name
 * @s:     a scheme, may be out of range; or a name, may be NULL
 * Return: pq_scheme_row(): a static row, NULL for an unknown scheme;
 *         pq_scheme_name(): static text, "none" for an unknown scheme;
 *         pq_scheme_by_name(): PQ_SCHEME_NONE for an unknown name
 */
const struct pq_scheme_row *pq_scheme_row(enum pq_scheme s);
const char *pq_scheme_name(enum pq_scheme s);
enum pq_scheme pq_scheme_by_name(const char *s);
#define PQ_SCHEME_NAMES 512
/*
 * pq_scheme_names() - list the names of all schemes, for a message
 * @dst:   always NUL-terminated
 * @last:  text between the last two names, such as " or "
 */
void pq_scheme_names(char dst[PQ_SCHEME_NAMES], const char *last);

#endif
