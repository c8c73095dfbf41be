/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit chain: h_i = SHA-256("pq1" || h_{i-1} || len || record). The record
 * is encoded from the columns, so a changed column breaks the chain. The head
 * has its own row: without it an attacker could delete the last rows unnoticed.
 * The owner of the file can still rewrite the whole chain. That is why the head
 * also goes to the system log (see log_checkpoint() in loop.c).
 */
#include "warden/audit.h"

#include <string.h>

#include <pratique/digest.h>

static void
audit_field(struct pq_buf *b, const char *s)
{
	struct pq_slice v = pq_slice_str(s);

	pq_buf_u32(b, (uint32_t)v.n);
	pq_buf_slice(b, v);
}

static int
audit_hash(
    struct pq_digest *ret, struct pq_slice prev, const struct pq_audit *a)
{
	struct pq_buf rec = PQ_BUF_INIT(8192), all = PQ_BUF_INIT(16384);
	int r;

	pq_buf_u64(&rec, (uint64_t)a->seq);
	pq_buf_u64(&rec, (uint64_t)a->at.wall_ms);
	pq_buf_u64(&rec, (uint64_t)a->at.boot_ms);
	audit_field(&rec, a->at.boot_id);
	audit_field(&rec, a->actor);
	audit_field(&rec, a->event);
	audit_field(&rec, a->service);
	pq_buf_u64(&rec, (uint64_t)a->release);
	audit_field(&rec, a->detail);
	pq_buf_str(&all, "pq1");
	pq_buf_slice(&all, prev);
	pq_buf_u32(&all, (uint32_t)rec.n);
	pq_buf_slice(&all, pq_buf_view(&rec));
	r = rec.fault ? rec.fault : all.fault;
	if (r == 0)
		r = pq_digest_of(ret, pq_buf_view(&all));
	pq_buf_free(&rec);
	pq_buf_free(&all);
	return r;
}

int
pq_audit_load(struct pq_audit_head *ret, struct pq_store *s)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT seq, hash FROM audit_head WHERE one = 1", "");
	struct pq_slice h;

	memset(ret, 0, sizeof(*ret));
	if (pq_store_next(s, st) != 1)
		return s->fault ? s->fault : -PQ_ESTORE;
	ret->seq = sqlite3_column_int64(st, 0);
	h = pq_store_blob(st, 1);
	if (h.n == sizeof(ret->hash))
		memcpy(ret->hash, h.p, sizeof(ret->hash));
	pq_store_done(st);
	return h.n == sizeof(ret->hash) ? 0 : -PQ_ESTORE;
}

void
pq_audit_append(
    struct pq_store *s, struct pq_audit_head *head, const struct pq_audit *row)
{
	struct pq_audit a = *row;
	struct pq_digest d;
	int r;

	a.seq = head->seq + 1;
	r = audit_hash(&d, pq_slice(head->hash, sizeof(head->hash)), &a);
	if (r < 0) {
		if (s->fault == 0)
			s->fault =
			    pq_err_set(&s->err, -r, "audit: cannot append");
		return;
	}
	head->seq = a.seq;
	memcpy(head->hash, d.sha256, sizeof(head->hash));
	head->unsealed = true;
	pq_store_do(s,
	    "INSERT INTO audit(seq, wall_ms, boot_ms, boot_id,"
	    " actor, event, service, release, detail, hash)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?)",
	    "iiissssisb", a.seq, a.at.wall_ms, a.at.boot_ms, a.at.boot_id,
	    a.actor, a.event, a.service, a.release, a.detail,
	    pq_slice(d.sha256, sizeof(d.sha256)));
}

void
pq_audit_seal(struct pq_store *s, struct pq_audit_head *head)
{
	if (!head->unsealed)
		return;
	head->unsealed = false;
	pq_store_do(s, "UPDATE audit_head SET seq = ?, hash = ? WHERE one = 1",
	    "ib", head->seq, pq_slice(head->hash, sizeof(head->hash)));
}

static void
audit_row(struct pq_audit *a, sqlite3_stmt *st)
{
	memset(a, 0, sizeof(*a));
	a->seq = sqlite3_column_int64(st, 0);
	a->at.wall_ms = sqlite3_column_int64(st, 1);
	a->at.boot_ms = sqlite3_column_int64(st, 2);
	pq_store_text(st, 3, a->at.boot_id, sizeof(a->at.boot_id));
	a->actor = (const char *)sqlite3_column_text(st, 4);
	a->event = (const char *)sqlite3_column_text(st, 5);
	a->service = (const char *)sqlite3_column_text(st, 6);
	a->release = sqlite3_column_int64(st, 7);
	a->detail = (const char *)sqlite3_column_text(st, 8);
}

int
pq_audit_verify(struct pq_store *s, int64_t *ret_seq)
{
	uint8_t prev[PQ_AUDIT_HASH] = { 0 };
	struct pq_audit_head head;
	int64_t want = 1;
	struct pq_audit a;
	struct pq_digest d;
	sqlite3_stmt *st;
	int r;

	r = pq_audit_load(&head, s);
	if (r < 0)
		return s->fault ? s->fault : 1;
	st = pq_store_query(s,
	    "SELECT seq, wall_ms, boot_ms, boot_id, actor,"
	    " event, service, release, detail, hash"
	    " FROM audit ORDER BY seq",
	    "");
	while ((r = pq_store_next(s, st)) == 1) {
		struct pq_slice h = pq_store_blob(st, 9);

		audit_row(&a, st);
		*ret_seq = want;
		if (a.seq != want || h.n != sizeof(d.sha256) ||
		    audit_hash(&d, pq_slice(prev, sizeof(prev)), &a) < 0 ||
		    !pq_mem_eq(d.sha256, h.p, sizeof(d.sha256))) {
			pq_store_done(st);
			return 1;
		}
		memcpy(prev, d.sha256, sizeof(prev));
		want++;
	}
	if (r < 0)
		return r;
	*ret_seq = want - 1;
	return head.seq == want - 1 && pq_mem_eq(head.hash, prev, sizeof(prev))
	    ? 0
	    : 1;
}

int64_t
pq_audit_each(struct pq_store *s, int64_t id, int64_t after,
    void (*fn)(void *arg, const struct pq_audit_row *row), void *arg)
{
	struct pq_audit_row row;
	int64_t last = after;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT seq, wall_ms / 1000, actor, event, service, release,"
	    " detail, lower(hex(hash)) FROM audit WHERE seq > ? AND"
	    " (? = 0 OR release = ?) ORDER BY seq LIMIT 2000",
	    "iii", after, id, id);

	while (pq_store_next(s, st) == 1) {
		last = row.seq = sqlite3_column_int64(st, 0);
		row.at_s = sqlite3_column_int64(st, 1);
		row.actor = pq_store_blob(st, 2);
		row.event = pq_store_blob(st, 3);
		row.service = pq_store_blob(st, 4);
		row.release = sqlite3_column_int64(st, 5);
		row.detail = pq_store_blob(st, 6);
		row.hash = pq_store_blob(st, 7);
		fn(arg, &row);
	}
	return last;
}
