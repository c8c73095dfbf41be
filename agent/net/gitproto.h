/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GITPROTO_H
#define AGENT_NET_GITPROTO_H

#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_GIT_OBJECT_MAX (1u << 20) /* of one tag or commit */
#define PQ_GIT_PACK_OBJECTS 100000u

enum pq_pkt_kind {
	PQ_PKT_BAD = 0, /* malformed or cut off */
	PQ_PKT_DATA,
	PQ_PKT_FLUSH,        /* 0000 */
	PQ_PKT_DELIM,        /* 0001 */
	PQ_PKT_RESPONSE_END, /* 0002 */
	PQ_PKT_END,          /* no bytes are left */
};

/*
 * pq_pkt_next() - take one pkt-line off @c; @ret its payload
 * Source: git protocol-common, "pkt-line Format"
 */
enum pq_pkt_kind pq_pkt_next(struct pq_cur *c, struct pq_slice *ret);
/* append a data line; the text is ours and short */
void pq_pkt_put(struct pq_buf *b, const char *text);

struct pq_git_caps {
	bool fetch_filter;
	uint8_t oid_len; /* 20 or 32 */
};

/*
 * pq_git_caps_read() - the answer to info/refs in protocol version 2
 * Return: 0; -PQ_EUNSUPPORTED (another version, no ls-refs or fetch);
 *         -PQ_EFORMAT
 * Source: git protocol-v2, "Capability Advertisement"
 */
int pq_git_caps_read(struct pq_git_caps *ret, struct pq_slice body);

/* One ref, as the server says it. */
struct pq_git_ref {
	struct pq_oid oid;
	struct pq_oid peeled; /* len 0: not an annotated tag */
};

/*
 * pq_git_ref_find() - the ref of exactly this name in an ls-refs answer
 * Return: 0; 1 not there; -PQ_EPROTO the server gave up or broke off;
 *         -PQ_EFORMAT (also when it is there twice)
 */
int pq_git_ref_find(struct pq_git_ref *ret, struct pq_slice body,
    const char *name, uint8_t oid_len);

/*
 * pq_git_pack_join() - the bytes of the pack out of a fetch answer
 * @cut: the body was cut off at a limit; then an unfinished end is no fault
 */
int pq_git_pack_join(
    struct pq_buf *ret, struct pq_slice body, bool cut, struct pq_err *err);

/* An object that is looked for, and its bytes once found. */
struct pq_git_want {
	enum pq_gitobj type;
	struct pq_oid oid;
	struct pq_buf data; /* PQ_BUF_INIT(PQ_GIT_OBJECT_MAX) */
	bool found;
};

/*
 * pq_git_pack_find() - read a pack up to the last wanted object
 * Only whole objects: deltas are passed over. Each object is found by its own
 * hash, so neither order nor the pack's trailer matter.
 * Return: 0 all found; -PQ_EABSENT; -PQ_EUNSUPPORTED (not found, and there
 *         were deltas); -PQ_EFORMAT; -PQ_ELIMIT
 * Source: git gitformat-pack
 */
int pq_git_pack_find(struct pq_git_want *wants, size_t n, struct pq_slice pack);

#endif
