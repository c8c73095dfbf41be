/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_FINDING_H
#define PRATIQUE_FINDING_H

#include <pratique/bytes.h>

/*
 * Every check: X(ID, name, owner, rule). The name never changes. A finding
 * without a rule gets the rule of its check. The ledger stores the position of
 * a check in this list, so add a new check at the end.
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
	    "labels pratique.* are deploy's")                               \
	X(FETCH_REGISTRY, "fetch.registry", FETCH,                          \
	    "pratique.yaml: registries")                                    \
	X(FETCH_GIT, "fetch.git", FETCH, "pratique.yaml: git")

/* The part of the agent that decides a check. */
enum pq_owner {
	PQ_OWNER_NONE = 0,
	PQ_OWNER_VERIFY, /* from the evidence document */
	PQ_OWNER_GATE,   /* from the state of the release */
	PQ_OWNER_DEPLOY, /* from the Docker host */
	PQ_OWNER_FETCH   /* from the registry or the git host */
};

enum pq_check {
	PQ_CHECK_NONE = 0,
#define X(id, name, owner, rule) PQ_CHECK_##id,
	PQ_CHECKS(X)
#undef X
	    PQ_CHECK_COUNT
};

/* The zero value refuses. Pending means "could not be examined yet". */
enum pq_status { PQ_FAIL = 0, PQ_PENDING = 1, PQ_PASS = 2 };

#define PQ_REASON_MAX 512
#define PQ_SPEC_MAX 96
#define PQ_SUBJECT_MAX 256
#define PQ_FINDINGS_MAX 256
#define PQ_FINDINGS_BYTES (1u << 18) /* bytes of a full encoded list */

/* All texts are printable ASCII; other bytes are escaped as \xNN. */
struct pq_finding {
	enum pq_check check;
	enum pq_status status;
	bool warning;                 /* a pass that is shown as a warning */
	char reason[PQ_REASON_MAX];   /* human-readable cause, place, rule */
	char spec[PQ_SPEC_MAX];       /* specification section or policy rule */
	char subject[PQ_SUBJECT_MAX]; /* digest or object id of the examined
					 bytes, or name of the missing object */
};

/*
 * A list of findings in allocated memory. The zero value is an empty list. If a
 * finding does not fit, the list keeps the fault, and ignores later findings.
 * Its last finding becomes a fail with the fault as its reason, and its overall
 * status is a fail. Move or free the list, but never copy the struct.
 */
struct pq_findings {
	struct pq_finding *v;
	size_t n;
	size_t cap;
	int fault; /* 0, -PQ_ENOMEM or -PQ_ELIMIT */
};

/*
 * pq_check_name()    - return the stable name of a check
 * pq_check_rule()    - return the rule of a check
 * pq_check_by_name() - find a check by its name
 * pq_check_owner()   - return the part of the agent that decides a check
 * pq_status_name()   - return the name of a status
 * @c:     a check; may be out of range
 * @s:     name of a check, borrowed; or a status, may be out of range
 * Return: pq_check_name(): static text, "?" for an unknown check;
 *         pq_check_rule(): static text, "" for an unknown check;
 *         pq_check_by_name(): PQ_CHECK_NONE for an unknown name;
 *         pq_check_owner(): PQ_OWNER_NONE for an unknown check;
 *         pq_status_name(): "fail", "pending" or "pass"
 */
const char *pq_check_name(enum pq_check c);
const char *pq_check_rule(enum pq_check c);
enum pq_check pq_check_by_name(struct pq_slice s);
enum pq_owner pq_check_owner(enum pq_check c);
const char *pq_status_name(enum pq_status s);
/*
 * pq_finding_warns() - decide whether a finding is a warning
 * @one:   borrowed
 * Return: true if @one is a warning and its status is still a pass
 */
bool pq_finding_warns(const struct pq_finding *one);

/*
 * pq_findings_add()  - append a finding
 * pq_findings_warn() - append a pass that is shown as a warning
 * pq_findings_put()  - append a copy of a finding
 * @f:       f->fault becomes -PQ_ENOMEM or -PQ_ELIMIT if the list cannot grow
 * @c:       the check
 * @s:       its status
 * @subject: digest or object id of the examined bytes, or ""; is escaped
 * @spec:    specification section; "" selects the rule of the check
 * @fmt:     the reason, as for printf(3); is escaped
 * @one:     borrowed; may be an element of @f
 */
void pq_findings_add(struct pq_findings *f, enum pq_check c, enum pq_status s,
    const char *subject, const char *spec, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void pq_findings_warn(struct pq_findings *f, enum pq_check c,
    const char *subject, const char *spec, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void pq_findings_put(struct pq_findings *f, const struct pq_finding *one);
/*
 * pq_findings_free() - free a list and make it empty; for pq_auto() too
 * pq_findings_move() - free the list @to, and move the list @from there
 * @f:     becomes empty, without a fault
 * @to:    gets the findings and the fault of @from
 * @from:  becomes empty, without a fault
 */
void pq_findings_free(struct pq_findings *f);
void pq_findings_move(struct pq_findings *to, struct pq_findings *from);
/*
 * pq_findings_overall() - return the status of a whole list
 * @f:     borrowed
 * Return: PQ_FAIL if one finding fails, the list is empty or it has a fault;
 *         else PQ_PENDING if one finding is pending; else PQ_PASS
 */
enum pq_status pq_findings_overall(const struct pq_findings *f);
/*
 * pq_findings_encode() - append a list as one field of a message
 * u32 count; for each finding u32 check, u32 status, and reason, spec and
 * subject as in pq_cur_string(). A pass with a warning has the status 3. The
 * last finding of a list with a fault is encoded as a fail, so that the
 * receiver refuses too.
 * @dst:   appended to
 * @f:     borrowed
 * Return: 0; the fault of @dst; the fault of @f if @f is empty
 */
int pq_findings_encode(struct pq_buf *dst, const struct pq_findings *f);
/*
 * pq_findings_decode() - read an encoded list
 * Escapes each text again, because the sender may be compromised.
 * @ret:   free it with pq_findings_free(); untouched unless 0 is returned
 * @s:     borrowed, untrusted
 * Return: 0; -PQ_EFORMAT (also for trailing bytes); -PQ_ENOMEM
 */
int pq_findings_decode(struct pq_findings *ret, struct pq_slice s);

#endif
