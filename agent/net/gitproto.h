/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GITPROTO_H
#define AGENT_NET_GITPROTO_H

#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_GIT_OBJECT_MAX (1u << 20) /* bytes of one tag or commit */
#define PQ_GIT_PACK_OBJECTS 100000u

enum pq_pkt_kind {
	PQ_PKT_BAD = 0, /* malformed or incomplete */
	PQ_PKT_DATA,
	PQ_PKT_FLUSH,        /* 0000 */
	PQ_PKT_DELIM,        /* 0001 */
	PQ_PKT_RESPONSE_END, /* 0002 */
	PQ_PKT_END,          /* no bytes are left */
};

/*
 * pq_pkt_next() - take one pkt-line from @c
 * @ret: the payload; empty unless PQ_PKT_DATA is returned
 * Source: git protocol-common, "pkt-line Format"
 */
enum pq_pkt_kind pq_pkt_next(struct pq_cur *c, struct pq_slice *ret);
/* Append a data line. @text: trusted, and at most 65516 bytes. */
void pq_pkt_put(struct pq_buf *b, const char *text);

struct pq_git_caps {
	bool fetch_filter;
	uint8_t oid_len; /* 20 or 32 */
};

/*
 * pq_git_caps_read() - read the capability advertisement (GET info/refs)
 * Return: 0; -PQ_EUNSUPPORTED (another version, no ls-refs or fetch);
 *         -PQ_EFORMAT
 * Source: git protocol-v2, "Capability Advertisement"
 */
int pq_git_caps_read(struct pq_git_caps *ret, struct pq_slice body);

/* One ref, as the server reports it. */
struct pq_git_ref {
	struct pq_oid oid;
	struct pq_oid peeled; /* len 0 unless the ref is an annotated tag */
};

/*
 * pq_git_ref_find() - find the ref with exactly this name in an ls-refs answer
 * Return: 0; 1 not found; -PQ_EPROTO the server reported an error or the
 *         answer is incomplete; -PQ_EFORMAT (also for a repeated ref)
 */
int pq_git_ref_find(struct pq_git_ref *ret, struct pq_slice body,
    const char *name, uint8_t oid_len);

/*
 * pq_git_pack_join() - extract the pack from a fetch answer
 * @cut: the body was cut off at a limit, so an incomplete end is not a fault
 */
int pq_git_pack_join(
    struct pq_buf *ret, struct pq_slice body, bool cut, struct pq_err *err);

/* A wanted object, and its bytes after it is found. */
struct pq_git_want {
	enum pq_gitobj type;
	struct pq_oid oid;
	struct pq_buf data; /* PQ_BUF_INIT(PQ_GIT_OBJECT_MAX) */
	bool found;
};

/*
 * pq_git_pack_find() - read a pack up to the last wanted object
 * Deltas are skipped. The hash identifies each object, so the order of the
 * objects and the trailer of the pack do not matter.
 * Return: 0 all found; -PQ_EABSENT; -PQ_EUNSUPPORTED (an object is missing and
 *         the pack contains deltas); -PQ_EFORMAT; -PQ_ELIMIT
 * Source: git gitformat-pack
 */
int pq_git_pack_find(struct pq_git_want *wants, size_t n, struct pq_slice pack);

#endif
