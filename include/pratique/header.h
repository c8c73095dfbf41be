/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_HEADER_H
#define PRATIQUE_HEADER_H

#include <pratique/names.h>

/*
 * The headers of a callback that decide something. From this list come struct
 * pq_callback, the fields of the messages that carry one, the names and limits
 * of intake, and those of the command line; there is no second list.
 *
 * HEADER(WITH, NAME, member, HTTP-NAME, MAX) - MAX: bytes of its value; WITH is
 * handed on as it is given, to a row that expands by a macro of its caller
 */
/* clang-format off */
#define PQ_CALLBACK_HEADERS(H, W)                                             \
	H(W, CONTENT_TYPE, content_type, "Content-Type", 255)                 \
	H(W, GITHUB_EVENT, github_event, "X-GitHub-Event", 64)                \
	H(W, GITHUB_DELIVERY, github_delivery, "X-GitHub-Delivery",           \
	    PQ_DELIVERY_MAX)                                                  \
	H(W, HUB_SIGNATURE_256, hub_signature_256, "X-Hub-Signature-256",     \
	    128)                                                              \
	H(W, WEBHOOK_ID, webhook_id, "webhook-id", PQ_DELIVERY_MAX)           \
	H(W, WEBHOOK_TIMESTAMP, webhook_timestamp, "webhook-timestamp", 32)   \
	H(W, WEBHOOK_SIGNATURE, webhook_signature, "webhook-signature", 1024) \
	/* that an endpoint's configuration names: see pq_scheme_row */       \
	H(W, CONFIGURED, configured, "", 1024)
/* clang-format on */

#define PQ_HEADER_MAX 1024 /* bytes of the longest */

enum pq_header {
	PQ_HEADER_NONE = 0, /* of no name, and always absent */
#define HEADER(WITH, NAME, member, http, max) PQ_HEADER_##NAME,
	PQ_CALLBACK_HEADERS(HEADER, )
#undef HEADER
	    PQ_HEADER_COUNT
};

/* the name as it is sent; "" for NONE and CONFIGURED */
const char *pq_header_name(enum pq_header h);
/* bytes of its value at most */
size_t pq_header_max(enum pq_header h);
/*
 * pq_header_find() - the header of this name
 * Return: NONE: it decides nothing, unless it is the configured one
 * Source: RFC 9110 section 5.1: names are case-insensitive
 */
enum pq_header pq_header_find(struct pq_slice name);
/*
 * pq_header_is_same() - do two names mean one header?
 * pq_header_is_name() - can a header have this name? Letters, digits and "-",
 *                       narrower than RFC 9110 section 5.6.2
 */
#define PQ_HEADER_NAME_MAX 64
bool pq_header_is_same(struct pq_slice a, struct pq_slice b);
bool pq_header_is_name(struct pq_slice s);

#endif
