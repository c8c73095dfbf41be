/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: one for each check. Their text reaches logs and terminals, so
 * foreign bytes are escaped where a finding is written, not where it is shown.
 */
#include <pratique/finding.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/err.h>
#include <pratique/text.h>

static const struct {
	const char *name;
	enum pq_owner owner;
	const char *rule;
} checks[] = { { "?", PQ_OWNER_NONE, "" },
#define X(id, name, owner, rule) { name, PQ_OWNER_##owner, rule },
	PQ_CHECKS(X)
#undef X
};

static const char *const statuses[] = { "fail", "pending", "pass" };

const char *
pq_check_name(enum pq_check c)
{
	return (unsigned)c < PQ_CHECK_COUNT ? checks[c].name : "?";
}

const char *
pq_check_rule(enum pq_check c)
{
	return (unsigned)c < PQ_CHECK_COUNT ? checks[c].rule : "";
}

enum pq_check
pq_check_by_name(struct pq_slice s)
{
	unsigned i;

	for (i = 1; i < PQ_CHECK_COUNT; i++)
		if (pq_slice_eq_str(s, checks[i].name))
			return (enum pq_check)i;
	return PQ_CHECK_NONE;
}

enum pq_owner
pq_check_owner(enum pq_check c)
{
	return (unsigned)c < PQ_CHECK_COUNT ? checks[c].owner : PQ_OWNER_NONE;
}

const char *
pq_status_name(enum pq_status s)
{
	return (unsigned)s <= PQ_PASS ? statuses[s] : "fail";
}

void
pq_findings_add(struct pq_findings *f, enum pq_check c, enum pq_status s,
    const char *subject, const char *spec, const char *fmt, ...)
{
	struct pq_finding *one;
	char raw[PQ_REASON_MAX];
	va_list ap;
	int n;

	if (f->n >= PQ_FINDINGS_MAX) {
		f->v[PQ_FINDINGS_MAX - 1].status = PQ_FAIL;
		return;
	}
	one = &f->v[f->n++];
	memset(one, 0, sizeof(*one));
	one->check = c;
	one->status = s;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		raw[0] = '\0';
	pq_text_escape(one->reason, sizeof(one->reason), pq_slice_str(raw));
	if (spec[0] == '\0')
		spec = pq_check_rule(c);
	pq_text_escape(one->spec, sizeof(one->spec), pq_slice_str(spec));
	pq_text_escape(
	    one->subject, sizeof(one->subject), pq_slice_str(subject));
}

void
pq_findings_put(struct pq_findings *f, const struct pq_finding *one)
{
	if (f->n >= PQ_FINDINGS_MAX)
		f->v[PQ_FINDINGS_MAX - 1].status = PQ_FAIL;
	else
		f->v[f->n++] = *one;
}

void
pq_findings_free(struct pq_findings *f)
{
	memset(f, 0, sizeof(*f));
}

void
pq_findings_move(struct pq_findings *to, struct pq_findings *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

enum pq_status
pq_findings_overall(const struct pq_findings *f)
{
	enum pq_status worst = PQ_PASS;
	size_t i;

	if (f->n == 0 || f->n > PQ_FINDINGS_MAX)
		return PQ_FAIL;
	for (i = 0; i < f->n; i++)
		if (f->v[i].status < worst)
			worst = f->v[i].status;
	return worst;
}

static void
put_string(struct pq_buf *b, const char *s)
{
	size_t n = strlen(s);

	pq_buf_u32(b, (uint32_t)n);
	pq_buf_put(b, s, n);
}

int
pq_findings_encode(struct pq_buf *dst, const struct pq_findings *f)
{
	size_t i;

	pq_buf_u32(dst, (uint32_t)f->n);
	for (i = 0; i < f->n; i++) {
		pq_buf_u32(dst, (uint32_t)f->v[i].check);
		pq_buf_u32(dst, (uint32_t)f->v[i].status);
		put_string(dst, f->v[i].reason);
		put_string(dst, f->v[i].spec);
		put_string(dst, f->v[i].subject);
	}
	return dst->fault;
}

/* Escape again on arrival: the sender may be the one that was taken over. */
static void
take_text(struct pq_cur *c, char *dst, size_t size)
{
	pq_text_escape(dst, size, pq_cur_string(c, size - 1));
}

int
pq_findings_decode(struct pq_findings *ret, struct pq_slice s)
{
	struct pq_findings f = { 0 };
	struct pq_cur c = pq_cur(s);
	size_t i;

	f.n = pq_cur_u32(&c);
	if (f.n > PQ_FINDINGS_MAX)
		return -PQ_EFORMAT;
	for (i = 0; i < f.n && !c.bad; i++) {
		uint32_t check = pq_cur_u32(&c);
		uint32_t status = pq_cur_u32(&c);

		if (check == 0 || check >= PQ_CHECK_COUNT || status > PQ_PASS)
			return -PQ_EFORMAT;
		f.v[i].check = (enum pq_check)check;
		f.v[i].status = (enum pq_status)status;
		take_text(&c, f.v[i].reason, sizeof(f.v[i].reason));
		take_text(&c, f.v[i].spec, sizeof(f.v[i].spec));
		take_text(&c, f.v[i].subject, sizeof(f.v[i].subject));
	}
	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	*ret = f;
	return 0;
}
