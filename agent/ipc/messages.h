/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_MESSAGES_H
#define AGENT_IPC_MESSAGES_H

/*
 * The only table of the messages. It generates the structs, and fields.h
 * provides it as data to all other code; there is no second list.
 *
 * MESSAGE(NAME, name, FROM, TO, FIELDS) - FROM may send it to TO
 * Fields: U32(f), U64(f), TIME(f) (seconds since 1970-01-01 UTC, signed),
 * TEXT(f, max) (valid UTF-8 without control characters), BYTES(f, max).
 * Encoding: u32 type, u64 job, then the fields in order; big-endian; TIME has
 * 64 bits; TEXT and BYTES start with a u32 length; no trailing bytes. A message
 * over PQ_IPC_INLINE bytes travels in a sealed memfd.
 *
 * The maximum length of a name comes from <pratique/names.h>, so that a field
 * can hold each name that the grammar permits.
 */
#include <pratique/callback.h>
#include <pratique/digest.h>
#include <pratique/names.h>
#include <pratique/proof.h>

/* the members of struct pq_callback */
#define PQ_HEADER_FIELD(TEXT, NAME, member, http, max) TEXT(member, max)
#define PQ_CALLBACK_FIELDS(TEXT, BYTES)            \
	PQ_CALLBACK_HEADERS(PQ_HEADER_FIELD, TEXT) \
	BYTES(body, PQ_BODY_MAX)

#define PQ_PART_MAX (1u << 15)   /* bytes of a document in one message */
#define PQ_ANSWER_MAX (1u << 20) /* bytes of a whole document */
#define PQ_ORDER_MAX 400         /* bytes of an operator's reason */

/* clang-format off */
#define PQ_MESSAGES(MESSAGE, U32, U64, TIME, TEXT, BYTES)                     \
	/* One HTTP request. Intake chooses job, and the receipt has the same \
	 * job. The first receipt has job 0: it is the greeting of the warden \
	 * and names the configured header ("": none). */                     \
	MESSAGE(DELIVERY, delivery, INTAKE, WARDEN,                           \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(request_id, 32) TEXT(peer, 64) \
	    PQ_CALLBACK_FIELDS(TEXT, BYTES))                                  \
	MESSAGE(RECEIPT, receipt, WARDEN, INTAKE,                             \
	    U32(status) U32(retry_after)                                      \
	    TEXT(header, PQ_HEADER_NAME_MAX))                                 \
	/* an authenticated callback; scheme is enum pq_scheme */             \
	MESSAGE(CALLBACK, callback, WARDEN, VERIFY,                           \
	    TEXT(service, PQ_SERVICE_MAX) U32(scheme)                         \
	    PQ_CALLBACK_FIELDS(TEXT, BYTES))                                  \
	MESSAGE(HINT, hint, VERIFY, WARDEN,                                   \
	    U32(kind) TEXT(reason, 511) TEXT(repository, PQ_REPOSITORY_MAX)   \
	    TEXT(tag, PQ_TAG_MAX) TEXT(digest, PQ_DIGEST_MAX)                 \
	    TEXT(commit, PQ_OID_MAX) TEXT(git_tag, PQ_GIT_TAG_MAX))           \
	MESSAGE(ERRAND, errand, WARDEN, FETCH,                                \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(policy_hash, PQ_DIGEST_MAX)    \
	    TEXT(tag, PQ_TAG_MAX))                                            \
	/* result: 0 refused, 1 pending (try again), 2 fetched */             \
	MESSAGE(EVIDENCE, evidence, FETCH, WARDEN,                            \
	    U32(result) TEXT(reason, 511) TEXT(digest, PQ_DIGEST_MAX)         \
	    BYTES(document, 8u << 20))                                        \
	MESSAGE(EXAMINE, examine, WARDEN, VERIFY,                             \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(policy_hash, PQ_DIGEST_MAX)    \
	    TIME(now) BYTES(document, 8u << 20))                              \
	/* overall is enum pq_status; pq_findings_encode() makes findings,    \
	 * and pq_proof_encode() makes proof, which only a pass has */        \
	MESSAGE(VERDICT, verdict, VERIFY, WARDEN,                             \
	    U32(overall) TEXT(digest, PQ_DIGEST_MAX)                          \
	    TEXT(manifest, PQ_DIGEST_MAX) TEXT(config, PQ_DIGEST_MAX)         \
	    TEXT(tag_object, PQ_OID_MAX) TEXT(commit, PQ_OID_MAX)             \
	    TEXT(signer, 255) TEXT(key, 255)                                  \
	    BYTES(findings, PQ_FINDINGS_BYTES)                                \
	    BYTES(proof, PQ_PROOF_MAX))                                       \
	MESSAGE(NOTICE, notice, WARDEN, DEPLOY,                               \
	    U64(release) TEXT(service, PQ_SERVICE_MAX)                        \
	    TEXT(policy_hash, PQ_DIGEST_MAX) TEXT(tag, PQ_TAG_MAX)            \
	    TEXT(digest, PQ_DIGEST_MAX) BYTES(proof, PQ_PROOF_MAX))           \
	MESSAGE(CLEARANCE, clearance, WARDEN, DEPLOY,                         \
	    U64(release) U64(attempt) TEXT(service, PQ_SERVICE_MAX)           \
	    TEXT(policy_hash, PQ_DIGEST_MAX) TEXT(tag, PQ_TAG_MAX)            \
	    TEXT(digest, PQ_DIGEST_MAX) BYTES(proof, PQ_PROOF_MAX))           \
	/* kind is enum pq_restrain */                                        \
	MESSAGE(RESTRAIN, restrain, WARDEN, DEPLOY,                           \
	    U32(kind) U64(release) TEXT(service, PQ_SERVICE_MAX)              \
	    TEXT(digest, PQ_DIGEST_MAX) TEXT(reason, 511))                    \
	/* kind is enum pq_outcome; left_s: seconds until deploy's own        \
	 * quarantine clock permits the release */                            \
	MESSAGE(OUTCOME, outcome, DEPLOY, WARDEN,                             \
	    U32(kind) U64(release) U64(attempt) TEXT(service, PQ_SERVICE_MAX) \
	    TEXT(digest, PQ_DIGEST_MAX) U64(left_s) TEXT(step, 64)            \
	    TEXT(reason, 511) TEXT(container, PQ_CONTAINER_ID_MAX)            \
	    TEXT(config_hash, PQ_DIGEST_MAX)                                  \
	    BYTES(findings, PQ_FINDINGS_BYTES)                                \
	    BYTES(log, 1u << 15))                                             \
	/* The floor: deploy refuses versions below it. "": no floor is       \
	 * known, and from has the reason. Deploy sends it at the start and   \
	 * after each change. */                                              \
	MESSAGE(FLOOR, floor, DEPLOY, WARDEN,                                 \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(version, PQ_TAG_MAX)           \
	    TEXT(from, 511))                                                  \
	/* An operator's order to record the running container as live. The   \
	 * answer adopted has the same job; code is enum pq_answered. */      \
	MESSAGE(ADOPT, adopt, WARDEN, DEPLOY,                                 \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(version, PQ_TAG_MAX))          \
	MESSAGE(ADOPTED, adopted, DEPLOY, WARDEN,                             \
	    U32(code) TEXT(service, PQ_SERVICE_MAX) TEXT(version, PQ_TAG_MAX) \
	    TEXT(digest, PQ_DIGEST_MAX) TEXT(container, PQ_CONTAINER_ID_MAX)  \
	    TEXT(reason, 511))                                                \
	/* A query that the warden passes on, and its answer: a document of   \
	 * at most PQ_ANSWER_MAX bytes, in parts that are numbered from 0.    \
	 * The warden does not parse it. Each part and the final answered     \
	 * have the same job; code is enum pq_answered. */                    \
	MESSAGE(ASK, ask, WARDEN, DEPLOY,                                     \
	    U32(verb) U64(id) TEXT(service, PQ_SERVICE_MAX))                  \
	MESSAGE(ANSWER, answer, DEPLOY, WARDEN,                               \
	    U64(part) BYTES(bytes, PQ_PART_MAX))                              \
	MESSAGE(ANSWERED, answered, DEPLOY, WARDEN,                           \
	    U32(code) TEXT(text, 511))                                        \
	/* The queries and orders of the command line; verb is enum pq_verb.  \
	 * An option that was not given is empty or 0. A query requests the   \
	 * rows after since, at most limit of them. The reason of an order is \
	 * shorter than the texts that quote it, so it is never truncated. */ \
	MESSAGE(QUERY, query, CLI, WARDEN,                                    \
	    U32(verb) U64(id) TEXT(service, PQ_SERVICE_MAX) TEXT(state, 128)  \
	    U64(since) U64(limit))                                            \
	MESSAGE(ORDER, order, CLI, WARDEN,                                    \
	    U32(verb) U64(id) TEXT(service, PQ_SERVICE_MAX)                   \
	    TEXT(version, PQ_TAG_MAX) TEXT(tag, PQ_TAG_MAX)                   \
	    TEXT(reason, PQ_ORDER_MAX))                                       \
	MESSAGE(SERVICE_ROW, service_row, WARDEN, CLI,                        \
	    TEXT(service, PQ_SERVICE_MAX) TEXT(image, PQ_REPOSITORY_MAX)      \
	    TEXT(live_tag, PQ_TAG_MAX) TEXT(live_digest, PQ_DIGEST_MAX)       \
	    U64(live_release) TIME(live_since) TEXT(hold, 511)                \
	    U64(waiting_release) TEXT(waiting_for, 511)                       \
	    TEXT(container, PQ_CONTAINER_MAX) TEXT(floor, PQ_TAG_MAX)         \
	    TEXT(floor_from, 511))                                            \
	MESSAGE(RELEASE_ROW, release_row, WARDEN, CLI,                        \
	    U64(id) TEXT(kind, 16) TEXT(service, PQ_SERVICE_MAX)              \
	    TEXT(tag, PQ_TAG_MAX) TEXT(digest, PQ_DIGEST_MAX)                 \
	    TEXT(manifest, PQ_DIGEST_MAX) TEXT(state, 32) TEXT(reason, 511)   \
	    TEXT(commit, PQ_OID_MAX) TEXT(tag_object, PQ_OID_MAX)             \
	    TEXT(signer, 255) TEXT(key, 255) TEXT(policy_hash, PQ_DIGEST_MAX) \
	    TIME(first_seen) TIME(changed) U64(served_s) U64(delay_s)         \
	    U32(approvals) U32(approvals_needed))                             \
	MESSAGE(FINDING_ROW, finding_row, WARDEN, CLI,                        \
	    U64(release) TEXT(when, 32) BYTES(findings, PQ_FINDINGS_BYTES))   \
	MESSAGE(EVENT_ROW, event_row, WARDEN, CLI,                            \
	    U64(seq) TIME(at) TEXT(actor, PQ_OPERATOR_MAX) TEXT(event, 64)    \
	    TEXT(service, PQ_SERVICE_MAX) U64(release) TEXT(detail, 511)      \
	    TEXT(hash, 64))                                                   \
	/* one attempt of a release; if it failed, log has the last lines */  \
	MESSAGE(ATTEMPT_ROW, attempt_row, WARDEN, CLI,                        \
	    U64(seq) TIME(at) TEXT(event, 64) U64(release) TEXT(detail, 511)  \
	    BYTES(log, 1u << 15))                                             \
	/* a part of a document, numbered from 0 */                           \
	MESSAGE(PART_ROW, part_row, WARDEN, CLI,                              \
	    U64(part) BYTES(bytes, PQ_PART_MAX))                              \
	/* the end of an answer; code is the exit code of the command line */ \
	MESSAGE(DONE, done, WARDEN, CLI,                                      \
	    U32(code) U64(id) TEXT(text, 511))                                \
	/* A question to fetch, and its complete answer. The warden does not  \
	 * parse the answer. Both have the same job; code is pq_answered. */  \
	MESSAGE(QUESTION, question, WARDEN, FETCH,                            \
	    U32(verb) TEXT(service, PQ_SERVICE_MAX))                          \
	MESSAGE(REPLY, reply, FETCH, WARDEN,                                  \
	    U32(code) TEXT(text, 511) BYTES(document, PQ_ANSWER_MAX))         \
	/* an authenticated callback; look: 0: it opened none */              \
	MESSAGE(CALLBACK_ROW, callback_row, WARDEN, CLI,                      \
	    U64(id) TIME(received) TEXT(service, PQ_SERVICE_MAX)              \
	    TEXT(scheme, 64) TEXT(delivery, PQ_DELIVERY_MAX)                  \
	    TEXT(request_id, 32) TEXT(state, 32) TIME(changed) U64(look)      \
	    TEXT(reason, 511))
/* clang-format on */

enum pq_outcome {
	PQ_OUTCOME_REFUSED = 0, /* a check of deploy failed; final */
	PQ_OUTCOME_NOTICED, /* in the journal, the clock runs; left_s is set */
	PQ_OUTCOME_WAITING, /* not yet deployable; reason, left_s are set */
	PQ_OUTCOME_STEP,    /* progress */
	PQ_OUTCOME_LIVE,
	PQ_OUTCOME_ROLLED_BACK,
	PQ_OUTCOME_FAILED, /* neither live nor rolled back: needs an operator */
};

enum pq_answered {
	PQ_ANSWERED_REFUSED = 0,
	PQ_ANSWERED_NOT_EXAMINED, /* it cannot be examined now */
	PQ_ANSWERED_DONE,
};

enum pq_restrain {
	PQ_RESTRAIN_NONE = 0,
	PQ_RESTRAIN_HOLD,
	PQ_RESTRAIN_UNHOLD, /* service "": the holds not in the greeting */
	PQ_RESTRAIN_REJECT,
	PQ_RESTRAIN_LIFT, /* a retry: the whole quarantine starts again */
	PQ_RESTRAIN_TOLD, /* the greeting is complete */
};

#endif
