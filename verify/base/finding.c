/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of findings. Their texts reach logs and terminals, so this file escapes
 * untrusted bytes when a finding is made. Code that shows a finding need not
 * escape them.
 *
 * A caller adds findings and reads the overall status once. A finding that did
 * not fit could have been a fail. So the list keeps the fault, and the overall
 * status is a fail, even if the caller does not check for faults.
 */
#include <pratique/finding.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/err.h>
#include <pratique/text.h>

#define FIRST 8               /* first capacity; it doubles when full */
#define WARNED (PQ_PASS + 1u) /* encoded status: a pass with a warning */

_Static_assert(4 +
	    PQ_FINDINGS_MAX *
		(5 * 4 + PQ_REASON_MAX + PQ_SPEC_MAX + PQ_SUBJECT_MAX) <=
	PQ_FINDINGS_BYTES,
    "a full list fits PQ_FINDINGS_BYTES");

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

bool
pq_finding_warns(const struct pq_finding *one)
{
	return one->status == PQ_PASS && one->warning;
}

static const char too_many[] = "the list of findings is full: this finding "
			       "and later ones are missing";
static const char no_memory[] = "no memory for more findings: this finding "
				"and later ones are missing";

static int
grow_list(struct pq_findings *f)
{
	size_t cap = f->cap == 0 ? FIRST : 2 * f->cap;
	struct pq_finding *v;

	if (f->n == PQ_FINDINGS_MAX)
		return -PQ_ELIMIT;
	if (f->n < f->cap)
		return 0;
	v = reallocarray(f->v, cap, sizeof(*v));
	if (v == NULL)
		return -PQ_ENOMEM;
	f->v = v;
	f->cap = cap;
	return 0;
}

static void
fill_finding(struct pq_finding *one, const char *subject, const char *spec,
    const char *reason)
{
	if (spec[0] == '\0')
		spec = pq_check_rule(one->check);
	pq_text_escape(one->reason, sizeof(one->reason), pq_slice_str(reason));
	pq_text_escape(one->spec, sizeof(one->spec), pq_slice_str(spec));
	pq_text_escape(
	    one->subject, sizeof(one->subject), pq_slice_str(subject));
}

/*
 * Replace the last finding with a fail, because the finding that did not fit
 * could have been a fail.
 */
static void
mark_lost(struct pq_findings *f, enum pq_check c)
{
	struct pq_finding one = { .check = c, .status = PQ_FAIL };

	fill_finding(
	    &one, "", "", f->fault == -PQ_ELIMIT ? too_many : no_memory);
	if (f->n != 0)
		f->v[f->n - 1] = one;
}

void
pq_findings_put(struct pq_findings *f, const struct pq_finding *one)
{
	/* @one may be an element of @f, which grow_list() moves */
	const struct pq_finding copy = *one;

	if (f->fault != 0)
		return;
	f->fault = grow_list(f);
	if (f->fault == 0)
		f->v[f->n++] = copy;
	else
		mark_lost(f, copy.check);
}

static void __attribute__((format(printf, 5, 0)))
append_finding(struct pq_findings *f, struct pq_finding *one,
    const char *subject, const char *spec, const char *fmt, va_list ap)
{
	char reason[PQ_REASON_MAX];

	if (vsnprintf(reason, sizeof(reason), fmt, ap) < 0)
		reason[0] = '\0';
	fill_finding(one, subject, spec, reason);
	pq_findings_put(f, one);
}

void
pq_findings_add(struct pq_findings *f, enum pq_check c, enum pq_status s,
    const char *subject, const char *spec, const char *fmt, ...)
{
	struct pq_finding one = { .check = c, .status = s };
	va_list ap;

	va_start(ap, fmt);
	append_finding(f, &one, subject, spec, fmt, ap);
	va_end(ap);
}

void
pq_findings_warn(struct pq_findings *f, enum pq_check c, const char *subject,
    const char *spec, const char *fmt, ...)
{
	struct pq_finding one = {
		.check = c, .status = PQ_PASS, .warning = true
	};
	va_list ap;

	va_start(ap, fmt);
	append_finding(f, &one, subject, spec, fmt, ap);
	va_end(ap);
}

void
pq_findings_free(struct pq_findings *f)
{
	free(f->v);
	memset(f, 0, sizeof(*f));
}

void
pq_findings_move(struct pq_findings *to, struct pq_findings *from)
{
	free(to->v);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

enum pq_status
pq_findings_overall(const struct pq_findings *f)
{
	enum pq_status worst = PQ_PASS;
	size_t i;

	if (f->n == 0 || f->fault != 0)
		return PQ_FAIL;
	for (i = 0; i < f->n; i++)
		if (f->v[i].status < worst)
			worst = f->v[i].status;
	return worst;
}

/*
 * Encode a warning as a status. A separate flag could mark a fail or a pending
 * finding as a warning.
 */
static uint32_t
status_word(const struct pq_findings *f, size_t i)
{
	if (f->fault != 0 && i == f->n - 1)
		return PQ_FAIL;
	return pq_finding_warns(&f->v[i]) ? WARNED : (uint32_t)f->v[i].status;
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

	if (f->n == 0 && f->fault != 0)
		return f->fault;
	pq_buf_u32(dst, (uint32_t)f->n);
	for (i = 0; i < f->n; i++) {
		pq_buf_u32(dst, (uint32_t)f->v[i].check);
		pq_buf_u32(dst, status_word(f, i));
		put_string(dst, f->v[i].reason);
		put_string(dst, f->v[i].spec);
		put_string(dst, f->v[i].subject);
	}
	return dst->fault;
}

/* Escape the text again: the sender may be a compromised process. */
static void
take_text(struct pq_cur *c, char *dst, size_t size)
{
	pq_text_escape(dst, size, pq_cur_string(c, size - 1));
}

static int
take_finding(struct pq_finding *ret, struct pq_cur *c)
{
	uint32_t check = pq_cur_u32(c);
	uint32_t status = pq_cur_u32(c);

	if (check == 0 || check >= PQ_CHECK_COUNT || status > WARNED)
		return -PQ_EFORMAT;
	ret->check = (enum pq_check)check;
	ret->warning = status == WARNED;
	ret->status = ret->warning ? PQ_PASS : (enum pq_status)status;
	take_text(c, ret->reason, sizeof(ret->reason));
	take_text(c, ret->spec, sizeof(ret->spec));
	take_text(c, ret->subject, sizeof(ret->subject));
	return 0;
}

int
pq_findings_decode(struct pq_findings *ret, struct pq_slice s)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_cur c = pq_cur_start(s);
	uint32_t n = pq_cur_u32(&c);
	struct pq_finding one = { 0 };

	if (n > PQ_FINDINGS_MAX)
		return -PQ_EFORMAT;
	while (f.n < n && !c.bad) {
		if (take_finding(&one, &c) != 0)
			return -PQ_EFORMAT;
		pq_findings_put(&f, &one);
		if (f.fault != 0)
			return f.fault;
	}
	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	*ret = f;
	f = (struct pq_findings){ 0 };
	return 0;
}
