/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_CALLBACK_H
#define PRATIQUE_CALLBACK_H

#include <pratique/digest.h>
#include <pratique/header.h>
#include <pratique/names.h>
#include <pratique/scheme.h>

#define PQ_BODY_MAX (1u << 20) /* bytes of a callback's body */

/*
 * A body and its headers, which have two names: that of their row in header.h,
 * and their number. An empty slice is an absent header.
 */
struct pq_callback {
	struct pq_slice body;
	union {
		struct {
			struct pq_slice none; /* of PQ_HEADER_NONE: empty */
#define HEADER(WITH, NAME, member, http, max) struct pq_slice member;
			PQ_CALLBACK_HEADERS(HEADER, )
#undef HEADER
		};
		struct pq_slice headers[PQ_HEADER_COUNT];
	};
};

/*
 * pq_callback_secrets() - can these secrets of one endpoint be any good?
 * @secrets: at least one, each as its scheme wants it, none twice
 * @why:     what the first bad one lacks, never its bytes
 * Return:   0; -PQ_ECONFIG: every callback would be refused
 */
int pq_callback_secrets(enum pq_scheme scheme, const struct pq_slice *secrets,
    size_t n_secrets, struct pq_err *why);

/*
 * pq_callback_authenticate() - judge the HMAC over the raw bytes (core/)
 * @secrets: the live secrets, any one may match; see pq_callback_secrets()
 * @now:     seconds UTC
 * @why:     a reason for the log, never for the caller
 * @id:      delivery id, "" when there is none; set when genuine
 */
enum pq_callback_ruling pq_callback_authenticate(enum pq_scheme scheme,
    const struct pq_callback *cb, const struct pq_slice *secrets,
    size_t n_secrets, int64_t now, char id[PQ_DELIVERY_TEXT],
    struct pq_err *why);

/*
 * pq_callback_sign() - the sender's half
 * @id:     a delivery id that was never there
 * @now:    seconds UTC
 * Return:  0; -PQ_EUNSUPPORTED: not by this scheme; -PQ_ECONFIG: the secret is
 *          of no use; another fault
 */
int pq_callback_sign(struct pq_signed *ret, enum pq_scheme scheme,
    const char *id, int64_t now, struct pq_slice secret, struct pq_slice body);

/* NULL; or what is wrong with a secret that makes nothing genuine: "too short"
 */
const char *pq_callback_secret_fault(
    enum pq_scheme scheme, struct pq_slice secret);

enum pq_hint_kind {
	PQ_HINT_UNREADABLE = 0, /* malformed: reason says where */
	PQ_HINT_IGNORED,        /* well-formed, but nothing to look at */
	PQ_HINT_PING,
	PQ_HINT_IMAGE,    /* repository and tag are set */
	PQ_HINT_GIT_TAG,  /* push of a git tag: git_tag (and commit) are set */
	PQ_HINT_NOT_READ, /* could not be examined: reason says why */
};

/* What a callback claims. A claim only says where to look. */
struct pq_hint {
	enum pq_hint_kind kind;
	char reason[512];
	char repository[PQ_REPOSITORY_TEXT]; /* as the sender names it */
	char tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT]; /* "" or canonical sha256:... */
	char commit[PQ_OID_TEXT];    /* "" or lower-case hex */
	char git_tag[PQ_GIT_TAG_TEXT];
};

/* pq_hint_read() - parse a callback's body (jansson; in the jail only) */
int pq_hint_read(
    struct pq_hint *ret, enum pq_scheme scheme, const struct pq_callback *cb);

#endif
