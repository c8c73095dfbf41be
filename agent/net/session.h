/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_SESSION_H
#define AGENT_NET_SESSION_H

#include "net/gather.h"

/*
 * The data that a process needs to contact one registry or one git host: the
 * permitted origins, their CAs, one credential. The functions that open a
 * session read files, so call them before the process confines itself.
 */
struct pq_session;

/* One origin. */
struct pq_session_of {
	const struct pq_config *config;
	const struct pq_config_registry *registry; /* one of the two is set */
	const struct pq_config_git *git;
};

/*
 * pq_session_origins() - list the origins that a session may contact
 * The connector of the session gets the same list. The list has no CAs.
 */
int pq_session_origins(
    struct pq_origins *ret, const struct pq_session_of *of, struct pq_err *err);
/*
 * pq_session_open() - read the credential and the CAs
 * @role:      the role whose secrets are read ("fetch"), or NULL for anonymous
 * @connector: connects to pq_session_origins(); must outlive the session
 * @packs:     must outlive the session; NULL: this process reads packs
 */
int pq_session_open(struct pq_session **ret, const struct pq_session_of *of,
    const char *role, struct pq_connector *connector,
    const struct pq_git_packs *packs, struct pq_err *err);
void pq_session_close(struct pq_session *s);

/*
 * pq_session_image() - fetch an image and its signatures from the registry
 * pq_session_tag()   - fetch a tag and its commit from the git host
 * @g:     always filled; a fault becomes the result and the reason
 * @image: host[:port]/repository
 * @ref:   a tag or "sha256:..."
 * They return within PQ_GATHER_DEADLINE_S and, without the time to read the
 * pack, within PQ_TAG_DEADLINE_S.
 */
#define PQ_TAG_DEADLINE_S 47
void pq_session_image(struct pq_session *s, struct pq_gather *g,
    const char *image, const char *ref, const char *architecture,
    unsigned artifacts);
void pq_session_tag(struct pq_session *s, struct pq_gather *g, const char *url,
    const char *tag);

/*
 * pq_session_probe() - check that the origin answers and grants access
 * Requests the list of tags from a registry, or the capabilities from a git
 * host. Returns within PQ_PROBE_DEADLINE_S.
 * @g:     PQ_GATHER_FETCHED: access granted; otherwise g->reason has the cause,
 *         the place and the next step
 * @place: an image, or the URL of a repository
 */
#define PQ_PROBE_DEADLINE_S 15
void pq_session_probe(
    struct pq_session *s, struct pq_gather *g, const char *place);

#endif
