/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_CHALLENGE_H
#define AGENT_NET_CHALLENGE_H

#include <pratique/bytes.h>

enum pq_challenge_kind {
	PQ_CHALLENGE_NONE = 0,
	PQ_CHALLENGE_BASIC,
	PQ_CHALLENGE_BEARER,
};

struct pq_challenge {
	enum pq_challenge_kind kind;
	char realm[1024];
	char service[256];
};

/*
 * pq_challenge_parse() - parse a WWW-Authenticate header with one challenge
 * @ret:    untouched unless 0 is returned
 * @header: value of the header; borrowed
 * Values must be quoted strings. A repeated parameter and trailing bytes are
 * errors.
 * Return: 0; -PQ_EFORMAT (also for a second challenge and for a scheme other
 *         than Basic and Bearer)
 * Source: RFC 9110 section 11.6.1; distribution "token authentication"
 */
int pq_challenge_parse(struct pq_challenge *ret, struct pq_slice header);

#endif
