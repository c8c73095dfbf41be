/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_CALLBACK_H
#define PRATIQUE_CALLBACK_H

#include <pratique/digest.h>
#include <pratique/header.h>
#include <pratique/names.h>
#include <pratique/scheme.h>

#define PQ_BODY_MAX (1u << 20) /* bytes of a callback's body */

/*
 * The body and the headers of a callback. The caller owns the bytes of all
 * slices. Code can access a header by its member, or by its number in enum
 * pq_header. An empty slice means that the header is absent.
 */
struct pq_callback {
	struct pq_slice body;
	union {
		struct {
			struct pq_slice none; /* PQ_HEADER_NONE: empty */
#define HEADER(WITH, NAME, member, http, max) struct pq_slice member;
			PQ_CALLBACK_HEADERS(HEADER, )
#undef HEADER
		};
		struct pq_slice headers[PQ_HEADER_COUNT];
	};
};

/*
 * pq_callback_secrets() - check the secrets of one endpoint
 * @scheme:    scheme of the endpoint
 * @secrets:   borrowed. There must be at least one, each must be valid for
 *             @scheme, and no two may be equal.
 * @n_secrets: number of @secrets
 * @why:       gets the fault of the first bad secret, without its bytes; may be
 *             NULL
 * Return:     0; -PQ_ECONFIG: every callback would be refused
 */
int pq_callback_secrets(enum pq_scheme scheme, const struct pq_slice *secrets,
    size_t n_secrets, struct pq_err *why);

/*
 * pq_callback_authenticate() - check the HMAC over the raw bytes of a callback
 * @scheme:    scheme of the endpoint; it comes from the configuration
 * @cb:        borrowed, untrusted
 * @secrets:   the secrets of the endpoint; borrowed. One match is enough. The
 *             callback is refused if pq_callback_secrets() refuses them.
 * @n_secrets: number of @secrets
 * @now:       seconds since 1970-01-01 UTC
 * @id:        gets the delivery id of a genuine callback; "" if the callback is
 *             not genuine or has no id
 * @why:       gets the reason for the log. The sender must never see it. May
 *             be NULL.
 * Return:     PQ_CALLBACK_REFUSED; PQ_CALLBACK_STALE; PQ_CALLBACK_GENUINE
 * Source:     the specification in the scheme's row
 */
enum pq_callback_ruling pq_callback_authenticate(enum pq_scheme scheme,
    const struct pq_callback *cb, const struct pq_slice *secrets,
    size_t n_secrets, int64_t now, char id[PQ_DELIVERY_TEXT],
    struct pq_err *why);

/*
 * pq_callback_sign() - make the headers that authenticate a body
 * @ret:    untouched unless 0 is returned
 * @scheme: scheme of the receiving endpoint
 * @id:     a new delivery id, NUL-terminated; borrowed
 * @now:    seconds since 1970-01-01 UTC
 * @secret: borrowed
 * @body:   borrowed
 * Return:  0; -PQ_EUNSUPPORTED: pratique cannot send with this
 *          scheme; -PQ_ECONFIG: the scheme refuses the secret; -PQ_ELIMIT: the
 *          body is too long; -PQ_ENOMEM; -PQ_ECRYPTO
 * Source:  the specification in the scheme's row
 */
int pq_callback_sign(struct pq_signed *ret, enum pq_scheme scheme,
    const char *id, int64_t now, struct pq_slice secret, struct pq_slice body);

/*
 * pq_callback_secret_fault() - check one secret
 * @scheme: scheme of the endpoint
 * @secret: borrowed
 * Return:  NULL if the secret is valid; else a static text that follows "the
 *          secret is", such as "shorter than 8 bytes"
 */
const char *pq_callback_secret_fault(
    enum pq_scheme scheme, struct pq_slice secret);

enum pq_hint_kind {
	PQ_HINT_UNREADABLE = 0, /* malformed; reason names the place */
	PQ_HINT_IGNORED,        /* well-formed; does not announce a release */
	PQ_HINT_PING,           /* the sender tests the connection */
	PQ_HINT_IMAGE,          /* repository and tag are set */
	PQ_HINT_GIT_TAG,        /* push of a git tag: git_tag is set, and commit
				   if the body names one */
	PQ_HINT_NOT_READ, /* the body could not be examined; reason names the
			     cause */
};

/*
 * The claims of a callback. A claim proves nothing. It only tells fetch what to
 * look up. Unset members are "".
 */
struct pq_hint {
	enum pq_hint_kind kind;
	char reason[512];
	char repository[PQ_REPOSITORY_TEXT]; /* as the sender writes it */
	char tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT]; /* "sha256:" and lower-case hex */
	char commit[PQ_OID_TEXT];    /* lower-case hex */
	char git_tag[PQ_GIT_TAG_TEXT];
};

/*
 * pq_hint_read() - parse the body of a callback
 * This function runs a JSON parser, so the agent calls it only in a sandboxed
 * child process. `pratique send` calls it directly to check its own body.
 * @ret:    filled if 0 is returned; read ret->kind
 * @scheme: scheme of the endpoint
 * @cb:     borrowed; untrusted, even after authentication
 * Return:  0; -PQ_ENOMEM
 * Source:  RFC 8259
 */
int pq_hint_read(
    struct pq_hint *ret, enum pq_scheme scheme, const struct pq_callback *cb);

#endif
