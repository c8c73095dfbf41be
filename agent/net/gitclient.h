/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GITCLIENT_H
#define AGENT_NET_GITCLIENT_H

#include "net/gitproto.h"
#include "net/http.h"

/*
 * The reader of packs. A pack can cost seconds and much memory, so a process
 * with a credential leaves the work to another one.
 */
struct pq_git_packs {
	void *ctx;
	/* as pq_git_pack_find(); -PQ_ETIMEOUT: it costs too much time */
	int (*find)(void *ctx, struct pq_git_want *wants, size_t n,
	    struct pq_slice pack);
};

/* One git repository, read over smart HTTP with protocol version 2. */
struct pq_git_client {
	struct pq_http *http;
	const struct pq_git_packs *packs; /* borrowed; NULL: this process */
	const char *url;                  /* borrowed, without trailing '/' */
	const char *authorization;        /* borrowed, or NULL */
	struct pq_git_caps caps;
};

/*
 * pq_git_connect() - fetch the capabilities of the server into c->caps
 * pq_git_ls_ref()  - find the object of the ref @name
 * pq_git_fetch()   - request @tip, and read the objects of @wants from the pack
 * @tip:   the tag object, or the commit
 * @wants: the objects that the pack must contain; their data is filled
 * Return: 0; a fault; pq_git_ls_ref() also 1: the server does not have the ref
 */
int pq_git_connect(struct pq_git_client *c, struct pq_err *err);
int pq_git_ls_ref(struct pq_git_client *c, const char *name,
    struct pq_git_ref *ret, struct pq_err *err);
int pq_git_fetch(struct pq_git_client *c, const struct pq_oid *tip,
    struct pq_git_want *wants, size_t n, struct pq_err *err);

#endif
