/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_OCI_CLIENT_H
#define AGENT_NET_OCI_CLIENT_H

#include <pratique/digest.h>
#include <pratique/oci.h>

#include "net/http.h"
#include "net/source.h"

/* Read access to one repository of one registry. */
struct pq_oci_client;

/*
 * pq_oci_client_open() - @http must outlive it
 * @image:       "host[:port]/repository" without tag
 * @plain_http:  as the configuration says of this registry
 * @token_realm: origin allowed as bearer realm beside the registry's own
 * @credential:  "user:password", empty: anonymous; copied, wiped on close
 */
int pq_oci_client_open(struct pq_oci_client **ret, struct pq_http *http,
    const char *image, bool plain_http, const char *token_realm,
    struct pq_slice credential, struct pq_err *err);
void pq_oci_client_close(struct pq_oci_client *c);

/*
 * Return of all: 0; PQ_OCI_ABSENT; what may be another time: -PQ_ENET,
 * -PQ_ETIMEOUT, -PQ_EPERM (not allowed in), -PQ_EPROTO (an answer that is no
 * registry's); what is wrong for good: -PQ_EMISMATCH, -PQ_ELIMIT, -PQ_EFORMAT.
 * @ret is to be freed after 0 only.
 */
int pq_oci_get_tag(struct pq_oci_client *c, const char *tag,
    struct pq_oci_document *ret, struct pq_err *err);
int pq_oci_get_manifest(struct pq_oci_client *c, const struct pq_digest *d,
    size_t max, struct pq_oci_document *ret, struct pq_err *err);
int pq_oci_get_blob(struct pq_oci_client *c, const struct pq_digest *d,
    uint64_t size, size_t max, struct pq_buf *ret, struct pq_err *err);
/* the referrers API; PQ_OCI_ABSENT: it has none, look at the fallback tag */
int pq_oci_get_referrers(struct pq_oci_client *c, const struct pq_digest *d,
    struct pq_oci_document *ret, struct pq_err *err);
void pq_oci_document_free(struct pq_oci_document *d);
/* send the question that one of the above will ask next; see pq_http_ahead() */
void pq_oci_ahead(struct pq_oci_client *c, const struct pq_oci_want *w);
/* the above as a source; borrows @c */
struct pq_oci_source pq_oci_client_source(struct pq_oci_client *c);

#endif
