/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_EVIDENCE_H
#define PRATIQUE_EVIDENCE_H

#include <pratique/verdict.h>

/*
 * Evidence: all bytes that fetch downloaded for one service and digest. It is
 * one self-contained JSON document of at most PQ_EVIDENCE_MAX bytes:
 *
 * {"format": "pratique-evidence/1",
 *  "service": "web",
 *  "seen": 1700000000,                      time of judging, seconds UTC
 *  "policy": {"hash": "sha256:...",
 *     "files": [{"name": "services.d/web.yaml", "data": BASE64},
 *               {"name": "keys/web.allowed_signers", "data": BASE64}]},
 *  "callback": {"digest": "sha256:..."?, "commit": HEX?, "git_tag": ""?}?,
 *  "image": {"repository": "host/acme/web",
 *            "tag": "1.1.0",                 "" if fetched by digest
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
 * A "?" marks an optional member. An absent member is left out and never null.
 * A status is an HTTP status; 502 means that the answer was not usable. The
 * parser refuses unknown members, duplicate members and trailing bytes. It
 * hashes each blob and refuses a document with a wrong digest.
 */
#define PQ_EVIDENCE_MAX (8u << 20) /* bytes */
#define PQ_EVIDENCE_BLOBS 128
#define PQ_EVIDENCE_LOOKUPS 256
#define PQ_EVIDENCE_FILES 72 /* policy, PQ_MATERIALS_MAX keys, 7 spare */

/* names of the lookups that are not in the table of artifact.h */
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
	const char *what; /* name of the lookup */
	const char *ref;
	unsigned status;         /* HTTP status, 100 to 599 */
	struct pq_digest digest; /* digest of the answer; none if absent */
};

/*
 * A parsed document is read-only and owns its strings and bytes. A caller that
 * writes a document fills the members itself and keeps their ownership.
 */
struct pq_evidence {
	char *service;
	int64_t seen;
	struct pq_digest policy_hash;
	struct pq_evidence_file files[PQ_EVIDENCE_FILES];
	size_t n_files;
	/* The claims of a callback. Only earlier versions wrote them into the
	 * document. A claim is not evidence: now the warden process stores the
	 * claims and compares them. */
	struct pq_digest callback_digest; /* none: absent */
	char *callback_commit;            /* NULL: absent */
	char *callback_git_tag;           /* NULL: absent */
	char *repository;
	char *tag;
	struct pq_digest digest;
	char *os, *architecture;
	struct pq_evidence_blob *blobs;
	size_t n_blobs;
	struct pq_evidence_lookup *lookups;
	size_t n_lookups;
	char *git_repository;                 /* NULL: no git member */
	char *git_tag, *git_ref, *git_peeled; /* NULL: absent */
	struct pq_oid tag_oid, commit_oid;
	struct pq_slice tag_object, commit_object; /* n == 0: absent */
	void *owner; /* memory of all slices and const strings */
};

/*
 * pq_evidence_parse() - read an evidence document
 * @ret:   owned; free it with pq_evidence_free(); untouched unless 0 is
 *         returned
 * @json:  borrowed until the function returns; untrusted
 * @err:   gets the path of the bad member; may be NULL
 * Return: 0; -PQ_EFORMAT; -PQ_EMISMATCH: a blob does not have its digest;
 *         -PQ_EUNSUPPORTED: another format; -PQ_ELIMIT; -PQ_ENOMEM;
 *         -PQ_ECRYPTO
 * Source: the format above; RFC 8259
 */
int pq_evidence_parse(
    struct pq_evidence **ret, struct pq_slice json, struct pq_err *err);
/*
 * pq_evidence_free() - free a parsed document
 * @e:     NULL is allowed. Its slices and strings become invalid.
 */
void pq_evidence_free(struct pq_evidence *e);
/*
 * pq_evidence_write() - append an evidence document
 * The inverse of pq_evidence_parse(): a parsed document that is written again
 * has the same meaning.
 * @dst:   appended to
 * @e:     borrowed; a member that is NULL, none or empty is left out
 * Return: 0; -PQ_ENOMEM; the fault of @dst
 */
int pq_evidence_write(struct pq_buf *dst, const struct pq_evidence *e);
/*
 * pq_evidence_blob()   - find a blob by its digest
 * pq_evidence_bytes()  - find the bytes that a descriptor describes
 * pq_evidence_lookup() - find the first lookup with a name
 * @e:     borrowed
 * @d:     a digest, or a descriptor with a digest and a size; borrowed
 * @what:  name of the lookup: a name of artifact.h, or PQ_LOOKUP_...
 * Return: a part of @e; NULL or an empty slice if @e does not contain it, or if
 *         the blob does not have the descriptor's size
 */
const struct pq_evidence_blob *pq_evidence_blob(
    const struct pq_evidence *e, const struct pq_digest *d);
struct pq_slice pq_evidence_bytes(
    const struct pq_evidence *e, const struct pq_oci_descriptor *d);
const struct pq_evidence_lookup *pq_evidence_lookup(
    const struct pq_evidence *e, const char *what);

#endif
