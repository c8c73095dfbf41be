/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_EVIDENCE_H
#define PRATIQUE_EVIDENCE_H

#include <pratique/verdict.h>

/*
 * Evidence: everything fetched for one (service, digest), as one
 * self-contained JSON document, at most PQ_EVIDENCE_MAX bytes:
 *
 * {"format": "pratique-evidence/1",
 *  "service": "web",
 *  "seen": 1700000000,                      judging time, seconds UTC
 *  "policy": {"hash": "sha256:...",
 *     "files": [{"name": "services.d/web.yaml", "data": BASE64},
 *               {"name": "keys/web.allowed_signers", "data": BASE64}]},
 *  "callback": {"digest": "sha256:..."?, "commit": HEX?, "git_tag": ""?}?,
 *  "image": {"repository": "host/acme/web",
 *            "tag": "1.1.0",                 "": asked by digest alone
 *            "digest": "sha256:..."},
 *  "platform": {"os": "linux", "architecture": "amd64"},
 *  "blobs": [{"digest": "sha256:...", "media_type": "...", "data": BASE64}],
 *  "lookups": [{"what": "cosign-tag" | "referrers" | "fallback-tag" |
 *               "manifest" | "git-ref" | "git-object", "ref": "...",
 *               "status": 200 | 404 | 502, "digest": "sha256:..."?}],
 *  "git": {"repository": URL, "tag": "v1.1.0",
 *          "ref": "OID refs/tags/v1.1.0",
 *          "peeled": "OID refs/tags/v1.1.0^{}"?,
 *          "tag_object": {"oid": HEX, "data": BASE64}?,
 *          "commit_object": {"oid": HEX, "data": BASE64}?}?
 * }
 * A status is HTTP's; 502: something answered, but nothing usable.
 * Absent optional members are left out, never null. Unknown members, duplicate
 * members and trailing bytes are refused. Blobs are found by digest; each is
 * checked against it on parsing.
 */
#define PQ_EVIDENCE_MAX (8u << 20)
#define PQ_EVIDENCE_BLOBS 128
#define PQ_EVIDENCE_LOOKUPS 256
#define PQ_EVIDENCE_FILES 72 /* the service, PQ_MATERIALS_MAX, and room */

/* questions that are no artifact.h's */
#define PQ_LOOKUP_MANIFEST "manifest"
#define PQ_LOOKUP_GIT_REF "git-ref"
#define PQ_LOOKUP_GIT_OBJECT "git-object"

struct pq_oci_descriptor; /* <pratique/oci.h> */

struct pq_evidence_blob {
	struct pq_digest digest;
	const char *media_type;
	struct pq_slice data;
};

struct pq_evidence_file {
	const char *name;
	struct pq_slice data;
};

struct pq_evidence_lookup {
	const char *what;
	const char *ref;
	unsigned status;
	struct pq_digest digest; /* none when absent */
};

/* Read-only after pq_evidence_parse(); strings and bytes are owned by it. */
struct pq_evidence {
	char *service;
	int64_t seen;
	struct pq_digest policy_hash;
	struct pq_evidence_file files[PQ_EVIDENCE_FILES];
	size_t n_files;
	/* of documents of earlier versions: a claim is no evidence, and the
	 * agent compares it where it keeps it */
	struct pq_digest callback_digest; /* none when not given */
	char *callback_commit;            /* NULL when not given */
	char *callback_git_tag;
	char *repository;
	char *tag;
	struct pq_digest digest;
	char *os, *architecture;
	struct pq_evidence_blob *blobs;
	size_t n_blobs;
	struct pq_evidence_lookup *lookups;
	size_t n_lookups;
	char *git_repository; /* NULL: no git member */
	char *git_tag, *git_ref, *git_peeled;
	struct pq_oid tag_oid, commit_oid;
	struct pq_slice tag_object, commit_object; /* n == 0: absent */
	void *owner; /* storage behind the borrowed members */
};

int pq_evidence_parse(
    struct pq_evidence **ret, struct pq_slice json, struct pq_err *err);
void pq_evidence_free(struct pq_evidence *e);
/* the inverse; a parsed document written again is equal in meaning */
int pq_evidence_write(struct pq_buf *dst, const struct pq_evidence *e);
const struct pq_evidence_blob *pq_evidence_blob(
    const struct pq_evidence *e, const struct pq_digest *d);
/* of the size that @d says, too; none when they are not kept so */
struct pq_slice pq_evidence_bytes(
    const struct pq_evidence *e, const struct pq_oci_descriptor *d);
/* the first of that name; NULL: it was not asked for */
const struct pq_evidence_lookup *pq_evidence_lookup(
    const struct pq_evidence *e, const char *what);

#endif
