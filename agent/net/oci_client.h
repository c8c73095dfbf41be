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
 * pq_oci_client_open() - create a client for one repository
 * @http:        must outlive the client
 * @image:       "host[:port]/repository" without a tag
 * @plain_http:  the configured scheme of this registry
 * @token_realm: second origin that may issue tokens, or NULL
 * @credential:  "user:password"; empty: anonymous; copied, and wiped on close
 */
int pq_oci_client_open(struct pq_oci_client **ret, struct pq_http *http,
    const char *image, bool plain_http, const char *token_realm,
    struct pq_slice credential, struct pq_err *err);
void pq_oci_client_close(struct pq_oci_client *c);

/*
 * Functions that fetch one document. If 0 is returned, the caller frees @ret.
 * Return: 0; PQ_OCI_ABSENT; temporary faults: -PQ_ENET, -PQ_ETIMEOUT,
 *         -PQ_EPERM (access denied), -PQ_EPROTO (the answer does not come
 *         from a registry); permanent faults: -PQ_EMISMATCH, -PQ_ELIMIT,
 *         -PQ_EFORMAT
 */
int pq_oci_get_tag(struct pq_oci_client *c, const char *tag,
    struct pq_oci_document *ret, struct pq_err *err);
int pq_oci_get_manifest(struct pq_oci_client *c, const struct pq_digest *d,
    size_t max, struct pq_oci_document *ret, struct pq_err *err);
int pq_oci_get_blob(struct pq_oci_client *c, const struct pq_digest *d,
    uint64_t size, size_t max, struct pq_buf *ret, struct pq_err *err);
/* PQ_OCI_ABSENT: the registry lacks the referrers API; use the fallback tag. */
int pq_oci_get_referrers(struct pq_oci_client *c, const struct pq_digest *d,
    struct pq_oci_document *ret, struct pq_err *err);
/*
 * pq_oci_probe() - check that the registry lists the tags of the repository
 * Return: 0; a fault as above; -PQ_EABSENT (the repository does not exist)
 */
int pq_oci_probe(struct pq_oci_client *c, struct pq_err *err);
void pq_oci_document_free(struct pq_oci_document *d);
/* Send one of these requests in advance; see pq_http_ahead(). */
void pq_oci_ahead(struct pq_oci_client *c, const struct pq_oci_want *w);
/* Return the client as a source; @c must outlive it. */
struct pq_oci_source pq_oci_client_source(struct pq_oci_client *c);

#endif
