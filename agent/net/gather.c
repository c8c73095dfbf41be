/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of one origin, and their encoding between two processes. The
 * child may connect to that origin; the broker may not connect to any host.
 * The child talks to a possible attacker, so the broker decodes the child's
 * answer like any untrusted message: each size has a limit, each length is
 * checked, trailing bytes are an error, and the initial result is REFUSED.
 */
#include "net/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <pratique/text.h>

struct pq_gather *
pq_gather_new(void)
{
	return calloc(1, sizeof(struct pq_gather));
}

void
pq_gather_free(struct pq_gather *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->n_blobs; i++)
		pq_buf_free(&g->blobs[i].data);
	pq_buf_free(&g->tag_object);
	pq_buf_free(&g->commit_object);
	free(g);
}

static bool
is_refusal(int r)
{
	return r == -PQ_EMISMATCH || r == -PQ_ELIMIT || r == -PQ_EFORMAT;
}

void
pq_gather_fault(struct pq_gather *g, int r, const struct pq_err *err)
{
	g->result = is_refusal(r) ? PQ_GATHER_REFUSED : PQ_GATHER_PENDING;
	pq_text_escape(g->reason, sizeof(g->reason),
	    pq_slice_str(err->text[0] != '\0' ? err->text : pq_fault_text(r)));
}

int
pq_gather_add(struct pq_gather *g, const struct pq_digest *d,
    const char *media_type, struct pq_buf *data)
{
	struct pq_gather_blob *b;
	size_t i;

	for (i = 0; i < g->n_blobs; i++) {
		if (pq_digest_eq(&g->blobs[i].digest, d)) {
			pq_buf_free(data);
			return 0;
		}
	}
	if (g->n_blobs >= PQ_EVIDENCE_BLOBS ||
	    data->n > PQ_GATHER_BYTES - g->bytes) {
		pq_buf_free(data);
		return -PQ_ELIMIT;
	}
	b = &g->blobs[g->n_blobs++];
	b->digest = *d;
	pq_text_escape(
	    b->media_type, sizeof(b->media_type), pq_slice_str(media_type));
	b->data = *data;
	g->bytes += data->n;
	*data = PQ_BUF_INIT(0);
	return 0;
}

int
pq_gather_note(struct pq_gather *g, const char *what, const char *ref,
    unsigned status, const struct pq_digest *d)
{
	struct pq_gather_lookup *l;

	if (g->n_lookups >= PQ_EVIDENCE_LOOKUPS)
		return -PQ_ELIMIT;
	l = &g->lookups[g->n_lookups++];
	(void)snprintf(l->what, sizeof(l->what), "%s", what);
	(void)snprintf(l->ref, sizeof(l->ref), "%s", ref);
	l->status = status;
	if (d != NULL)
		l->digest = *d;
	return 0;
}

static void
put_bytes(struct pq_buf *dst, struct pq_slice s)
{
	pq_buf_u32(dst, (uint32_t)s.n);
	pq_buf_slice(dst, s);
}

static void
put_text(struct pq_buf *dst, const char *s)
{
	put_bytes(dst, pq_slice_str(s));
}

static void
put_oid(struct pq_buf *dst, const struct pq_oid *o)
{
	put_bytes(dst, pq_slice(o->id, o->len));
}

int
pq_gather_encode(struct pq_buf *dst, const struct pq_gather *g)
{
	size_t i;

	pq_buf_u32(dst, (uint32_t)g->result);
	put_text(dst, g->reason);
	pq_buf_put(dst, g->digest.sha256, 32);
	put_text(dst, g->os);
	put_text(dst, g->architecture);
	pq_buf_u32(dst, (uint32_t)g->n_blobs);
	for (i = 0; i < g->n_blobs; i++) {
		pq_buf_put(dst, g->blobs[i].digest.sha256, 32);
		put_text(dst, g->blobs[i].media_type);
		put_bytes(dst, pq_buf_view(&g->blobs[i].data));
	}
	pq_buf_u32(dst, (uint32_t)g->n_lookups);
	for (i = 0; i < g->n_lookups; i++) {
		put_text(dst, g->lookups[i].what);
		put_text(dst, g->lookups[i].ref);
		pq_buf_u32(dst, g->lookups[i].status);
		pq_buf_put(dst, g->lookups[i].digest.sha256, 32);
	}
	put_text(dst, g->ref);
	put_text(dst, g->peeled);
	put_oid(dst, &g->tag_oid);
	put_oid(dst, &g->commit_oid);
	put_bytes(dst, pq_buf_view(&g->tag_object));
	put_bytes(dst, pq_buf_view(&g->commit_object));
	return dst->fault;
}

static void
get_text(struct pq_cur *c, char *dst, size_t size)
{
	struct pq_slice s = pq_cur_string(c, size - 1);
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] == 0x7f)
			c->bad = true;
	if (c->bad || s.n >= size) {
		c->bad = true;
		return;
	}
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
}

static void
get_digest(struct pq_cur *c, struct pq_digest *d)
{
	struct pq_slice s = pq_cur_take(c, 32);

	if (s.n == 32)
		memcpy(d->sha256, s.p, 32);
	else
		c->bad = true;
}

static void
get_oid(struct pq_cur *c, struct pq_oid *o)
{
	struct pq_slice s = pq_cur_string(c, 32);

	if (s.n != 0 && s.n != 20 && s.n != 32)
		c->bad = true;
	if (c->bad || s.n == 0)
		return;
	o->len = (uint8_t)s.n;
	memcpy(o->id, s.p, s.n);
}

static void
get_bytes(struct pq_cur *c, struct pq_buf *dst)
{
	struct pq_slice s = pq_cur_string(c, PQ_GATHER_BYTES);

	*dst = PQ_BUF_INIT(PQ_GATHER_BYTES);
	pq_buf_slice(dst, s);
	if (dst->fault != 0)
		c->bad = true;
}

/* Hash the blob again: the broker does not trust the digest of the child. */
static void
get_blob(struct pq_cur *c, struct pq_gather *g)
{
	struct pq_buf data = PQ_BUF_INIT(0);
	struct pq_digest d = { { 0 } }, real;
	char media_type[128] = "";

	get_digest(c, &d);
	get_text(c, media_type, sizeof(media_type));
	get_bytes(c, &data);
	if (c->bad || pq_digest_of(&real, pq_buf_view(&data)) != 0 ||
	    !pq_digest_eq(&d, &real) ||
	    pq_gather_add(g, &d, media_type, &data) != 0)
		c->bad = true;
	pq_buf_free(&data);
}

static void
get_lookup(struct pq_cur *c, struct pq_gather *g)
{
	char what[32] = "", ref[PQ_GIT_REF_TEXT] = "";
	struct pq_digest d = { { 0 } };
	unsigned status;

	get_text(c, what, sizeof(what));
	get_text(c, ref, sizeof(ref));
	status = pq_cur_u32(c);
	get_digest(c, &d);
	if (c->bad || pq_gather_note(g, what, ref, status, &d) != 0)
		c->bad = true;
}

int
pq_gather_decode(struct pq_gather *ret, struct pq_slice wire)
{
	struct pq_cur c = pq_cur_start(wire);
	uint32_t result, n, i;

	result = pq_cur_u32(&c);
	get_text(&c, ret->reason, sizeof(ret->reason));
	get_digest(&c, &ret->digest);
	get_text(&c, ret->os, sizeof(ret->os));
	get_text(&c, ret->architecture, sizeof(ret->architecture));
	n = pq_cur_u32(&c);
	for (i = 0; i < n && !c.bad; i++)
		get_blob(&c, ret);
	n = pq_cur_u32(&c);
	for (i = 0; i < n && !c.bad; i++)
		get_lookup(&c, ret);
	get_text(&c, ret->ref, sizeof(ret->ref));
	get_text(&c, ret->peeled, sizeof(ret->peeled));
	get_oid(&c, &ret->tag_oid);
	get_oid(&c, &ret->commit_oid);
	get_bytes(&c, &ret->tag_object);
	get_bytes(&c, &ret->commit_object);
	if (!pq_cur_done(&c) || result > PQ_GATHER_FETCHED)
		return -PQ_EFORMAT;
	ret->result = (enum pq_gather_result)result;
	return 0;
}

const char *
pq_gather_architecture(void)
{
	static const struct {
		const char *machine, *name;
	} table[] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "armv7l", "arm" },
		{ "i686", "386" },
		{ "ppc64le", "ppc64le" },
		{ "s390x", "s390x" },
		{ "riscv64", "riscv64" },
	};
	struct utsname u;
	size_t i;

	if (uname(&u) != 0)
		return "";
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(u.machine, table[i].machine) == 0)
			return table[i].name;
	return "";
}
