/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_HEADER_H
#define PRATIQUE_HEADER_H

#include <pratique/names.h>

/*
 * The headers of a callback that influence a decision. This list generates the
 * members of struct pq_callback, the fields of the messages that carry a
 * callback, and the names and limits in intake and the command line.
 *
 * HEADER(WITH, NAME, member, HTTP-NAME, MAX)
 * MAX is the limit of the value in bytes. WITH is an argument that the caller
 * passes through the list to its own macro HEADER.
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
	/* the header that the endpoint's configuration names */              \
	H(W, CONFIGURED, configured, "", 1024)
/* clang-format on */

#define PQ_HEADER_MAX 1024 /* bytes of the longest value */

enum pq_header {
	PQ_HEADER_NONE = 0, /* no header; never present */
#define HEADER(WITH, NAME, member, http, max) PQ_HEADER_##NAME,
	PQ_CALLBACK_HEADERS(HEADER, )
#undef HEADER
	    PQ_HEADER_COUNT
};

/*
 * pq_header_name() - return the HTTP name of a header
 * pq_header_max()  - return the limit of its value in bytes
 * @h:     may be out of range
 * Return: pq_header_name(): static text, "" for PQ_HEADER_CONFIGURED;
 *         pq_header_max(): bytes. "" and 0 for PQ_HEADER_NONE or an unknown
 *         header.
 */
const char *pq_header_name(enum pq_header h);
size_t pq_header_max(enum pq_header h);
/*
 * pq_header_find() - find a header by its HTTP name
 * @name:  borrowed, untrusted
 * Return: the header; PQ_HEADER_NONE if it is not in the list. The list has no
 *         name for PQ_HEADER_CONFIGURED. The caller compares that name itself.
 * Source: RFC 9110 section 5.1: names are case-insensitive
 */
enum pq_header pq_header_find(struct pq_slice name);
#define PQ_HEADER_NAME_MAX 64
/*
 * pq_header_is_same() - decide whether two names denote one header
 * pq_header_is_name() - decide whether a text is a valid name of a header
 * A valid name has 1 to PQ_HEADER_NAME_MAX letters, digits and "-". The
 * specification allows more characters.
 * @a:     borrowed
 * @b:     borrowed
 * @s:     borrowed
 * Return: true if @a and @b denote one header, or if @s is a valid name
 * Source: RFC 9110 sections 5.1 and 5.6.2
 */
bool pq_header_is_same(struct pq_slice a, struct pq_slice b);
bool pq_header_is_name(struct pq_slice s);

#endif
