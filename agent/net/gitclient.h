/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GITCLIENT_H
#define AGENT_NET_GITCLIENT_H

#include "net/gitproto.h"
#include "net/http.h"

/* One repository over smart HTTP, protocol version 2. */
struct pq_git_client {
	struct pq_http *http;
	const char *url;           /* borrowed, without trailing '/' */
	const char *authorization; /* borrowed, or NULL */
	struct pq_git_caps caps;
};

/* Return of all: 0, a fault, or what is said. */
int pq_git_connect(struct pq_git_client *c, struct pq_err *err);
/* 1: the server has no such ref */
int pq_git_ls_ref(struct pq_git_client *c, const char *name,
    struct pq_git_ref *ret, struct pq_err *err);
/* @tip: what to ask for; @wants: what must come with it */
int pq_git_fetch(struct pq_git_client *c, const struct pq_oid *tip,
    struct pq_git_want *wants, size_t n, struct pq_err *err);

#endif
