/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_FINDING_H
#define PRATIQUE_FINDING_H

#include <pratique/bytes.h>

/*
 * Every check, with its stable name, its one owner, and the rule that it goes
 * by where its finding names none of its own. The ledger keeps a check by its
 * place in this list: a new one comes last.
 */
#define PQ_CHECKS(X)                                                        \
	X(IMAGE_REPOSITORY, "image.repository", VERIFY, "policy: image")    \
	X(IMAGE_DIGEST, "image.digest", VERIFY,                             \
	    "OCI image-spec descriptor.md")                                 \
	X(IMAGE_PLATFORM, "image.platform", VERIFY,                         \
	    "OCI image-spec config.md")                                     \
	X(IMAGE_SIGNATURE, "image.signature", VERIFY,                       \
	    "policy: image-signature")                                      \
	X(SOURCE_TAG_SIGNATURE, "source.tag-signature", VERIFY,             \
	    "policy: source.signers")                                       \
	X(SOURCE_TAG_COMMIT, "source.tag-commit", VERIFY, "git-mktag(1)")   \
	X(SOURCE_IMAGE_COMMIT, "source.image-commit", VERIFY,               \
	    "OCI image-spec annotations.md: image.revision")                \
	X(SOURCE_REPOSITORY, "source.repository", VERIFY,                   \
	    "policy: source.repository")                                    \
	X(SOURCE_VERSION, "source.version", VERIFY, "policy: source.tag")   \
	X(PROVENANCE_SLSA, "provenance.slsa", VERIFY, "SLSA provenance v1") \
	X(STAGING_RESULT, "staging.result", VERIFY, "policy: require")      \
	X(ORDER_MONOTONIC, "order.monotonic", GATE,                         \
	    "Semantic Versioning 2.0.0, item 11")                           \
	X(QUARANTINE_ELAPSED, "quarantine.elapsed", GATE,                   \
	    "policy: quarantine.delay")                                     \
	X(APPROVALS_QUORUM, "approvals.quorum", GATE,                       \
	    "policy: quarantine.approvals")                                 \
	X(WINDOW_OPEN, "window.open", GATE, "policy: quarantine.windows")   \
	X(HOLD_NONE, "hold.none", GATE, "pratique hold")                    \
	X(POSTURE_CONTAINER, "posture.container", DEPLOY,                   \
	    "policy: deploy.posture")                                       \
	X(HOST_DAEMON, "host.daemon", DEPLOY, "pratique.yaml: docker")      \
	X(RECREATE, "recreate", DEPLOY, "policy: deploy.container")         \
	X(SPACE, "space", DEPLOY, "pratique.yaml: docker")                  \
	X(IMAGE_LABELS, "image.labels", VERIFY,                             \
	    "labels pratique.* are deploy's")

enum pq_owner {
	PQ_OWNER_NONE = 0,
	PQ_OWNER_VERIFY,
	PQ_OWNER_GATE,
	PQ_OWNER_DEPLOY
};

enum pq_check {
	PQ_CHECK_NONE = 0,
#define X(id, name, owner, rule) PQ_CHECK_##id,
	PQ_CHECKS(X)
#undef X
	    PQ_CHECK_COUNT
};

/* Zero refuses. Pending is "could not examine yet", never a pass. */
enum pq_status { PQ_FAIL = 0, PQ_PENDING = 1, PQ_PASS = 2 };

#define PQ_REASON_MAX 512
#define PQ_SPEC_MAX 96
#define PQ_SUBJECT_MAX 256
#define PQ_FINDINGS_MAX 256
#define PQ_FINDINGS_BYTES (1u << 18) /* encoded, all of them of full length */

/* Strings are clean printable UTF-8 (foreign bytes are \xNN-escaped). */
struct pq_finding {
	enum pq_check check;
	enum pq_status status;
	bool warning;                 /* of a pass: shown, and no failure */
	char reason[PQ_REASON_MAX];   /* words: what, where, by which rule */
	char spec[PQ_SPEC_MAX];       /* specification section, or our rule */
	char subject[PQ_SUBJECT_MAX]; /* digest or oid of the bytes judged, or
					 the name of what there should be */
};

/*
 * A list on the heap; zero is the empty one. It is sticky: where one finding
 * more had no room, the last one becomes a fail that says so, the overall is a
 * fail, and later ones are not taken. Its owner frees it or moves it, and
 * copies no struct.
 */
struct pq_findings {
	struct pq_finding *v;
	size_t n;
	size_t cap;
	int fault; /* 0, -PQ_ENOMEM or -PQ_ELIMIT */
};

const char *pq_check_name(enum pq_check c);        /* "?" when unknown */
const char *pq_check_rule(enum pq_check c);        /* "" when unknown */
enum pq_check pq_check_by_name(struct pq_slice s); /* NONE when unknown */
enum pq_owner pq_check_owner(enum pq_check c);
const char *pq_status_name(enum pq_status s); /* "fail" "pending" "pass" */
/* does it pass with a warning? of what was made a fail since, no */
bool pq_finding_warns(const struct pq_finding *one);

/* Append a finding. An empty @spec is the check's own rule. */
void pq_findings_add(struct pq_findings *f, enum pq_check c, enum pq_status s,
    const char *subject, const char *spec, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* append a pass that is to be shown as a warning */
void pq_findings_warn(struct pq_findings *f, enum pq_check c,
    const char *subject, const char *spec, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* append a copy of @one */
void pq_findings_put(struct pq_findings *f, const struct pq_finding *one);
void pq_findings_free(struct pq_findings *f); /* for pq_auto(); none are left */
/* @to gets them in the place of its own, and @from has none */
void pq_findings_move(struct pq_findings *to, struct pq_findings *from);
/*
 * FAIL if any fails, there is none, or one had no room; else PENDING if any
 * pends; else PASS
 */
enum pq_status pq_findings_overall(const struct pq_findings *f);
/*
 * One message field: see pq_cur_string for the encoding of each member. A pass
 * with a warning is a status of its own, 3. A list with a fault ends in a fail,
 * so that its reader refuses too.
 * Return: 0; a fault of @dst; or of @f, which had no room for any
 */
int pq_findings_encode(struct pq_buf *dst, const struct pq_findings *f);
/* Return: 0; or -PQ_EFORMAT, -PQ_ENOMEM, and @ret is untouched */
int pq_findings_decode(struct pq_findings *ret, struct pq_slice s);

#endif
