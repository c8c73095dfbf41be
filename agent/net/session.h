/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_SESSION_H
#define AGENT_NET_SESSION_H

#include "net/gather.h"

/*
 * Everything that talking to one registry or one git host needs: the origins
 * that may be talked to, their CAs, the one credential. Opened before the
 * process confines itself (it reads files), used after.
 */
struct pq_session;

/* @role: whose secrets, "fetch"; NULL: anonymous */
int pq_session_registry(struct pq_session **ret, const struct pq_config *c,
    const struct pq_config_registry *r, const char *role, struct pq_err *err);
int pq_session_git(struct pq_session **ret, const struct pq_config *c,
    const struct pq_config_git *g, const char *role, struct pq_err *err);
void pq_session_close(struct pq_session *s);

/*
 * @image: host/repository; @ref: tag or "sha256:...". Fills @g, whatever
 * happens; ends in time.
 */
void pq_session_image(struct pq_session *s, struct pq_gather *g,
    const char *image, const char *ref, const char *architecture,
    unsigned artifacts);
void pq_session_tag(struct pq_session *s, struct pq_gather *g, const char *url,
    const char *tag);

#endif
