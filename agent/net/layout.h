/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_LAYOUT_H
#define AGENT_NET_LAYOUT_H

#include "net/source.h"

/* An OCI image layout: a directory with the contents of a registry. */
struct pq_layout;

/*
 * pq_layout_open() - read oci-layout and index.json of a directory
 * Return: 0; -PQ_EABSENT or -PQ_ESYS (cannot be read); -PQ_EFORMAT or
 *         -PQ_ELIMIT (not a layout); -PQ_ENOMEM
 * Source: OCI image-spec image-layout.md
 */
int pq_layout_open(struct pq_layout **ret, const char *dir, struct pq_err *err);
void pq_layout_close(struct pq_layout *l); /* @l may be NULL */
/*
 * pq_layout_source() - return the layout as a source
 * A tag is the org.opencontainers.image.ref.name of an entry of index.json.
 * Referrers are the manifests of index.json whose subject is the digest.
 * @l: must outlive the source
 */
struct pq_oci_source pq_layout_source(struct pq_layout *l);

#endif
