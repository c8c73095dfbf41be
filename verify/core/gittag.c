/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed git tags, read from the raw object.
 *
 * Some verifiers decoded a tag and encoded it again. With repeated or malformed
 * headers, they verified other bytes than those that git uses (CVE-2026-44309,
 * CVE-2026-45022). So this code takes the payload from the raw bytes. The
 * header must consist of the four lines that git writes, in git's order. Any
 * other header line is refused, not skipped.
 *
 * Git takes the last armor in the object as the signature and leaves earlier
 * armors in the payload. Tools that take the first armor would read an object
 * with two armors differently. So an object may have at most one armor, with no
 * bytes after it.
 *
 * The signer chooses the tagger's date. Someone who stole an expired key can
 * write any date. So the key must be valid both at that date and now.
 */
#include <pratique/gittag.h>

#include <stdio.h>
#include <string.h>

#include <pratique/sshsig.h>
#include <pratique/text.h>

#define SPEC_SIGNATURE "gitformat-signature(5)"
#define TIME_DIGITS 12 /* digits of a date; enough until the year 33658 */
#define ERR_SHOW 160   /* size of an escaped, untrusted text in a message */

struct armor {
	const char *begin;
	const char *end;
	const char *refusal; /* NULL: this form is supported */
};

static const struct armor armors[] = {
	{ "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----",
	    NULL },
	{ "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----",
	    "the tag has an OpenPGP signature; only SSH signatures are "
	    "supported" },
	{ "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----",
	    "the tag has an OpenPGP message as its signature; only SSH "
	    "signatures are supported" },
	{ "-----BEGIN SIGNED MESSAGE-----", "-----END SIGNED MESSAGE-----",
	    "the tag has an X.509 signature; only SSH signatures are "
	    "supported" },
};

static const struct armor *
armor_at(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < sizeof(armors) / sizeof(armors[0]); i++)
		if (pq_slice_starts(s, armors[i].begin))
			return &armors[i];
	return NULL;
}

/* Take a line without its newline. A missing newline makes the cursor bad. */
static struct pq_slice
take_line(struct pq_cur *c)
{
	const uint8_t *lf = c->left == 0 ? NULL : memchr(c->p, '\n', c->left);
	struct pq_slice s;

	if (c->bad || lf == NULL) {
		c->bad = true;
		return pq_slice(NULL, 0);
	}
	s = pq_cur_take(c, (size_t)(lf - c->p));
	(void)pq_cur_take(c, 1);
	return s;
}

/* Read the value of the next header line, which must be @name. */
static int
read_header(struct pq_slice *ret, struct pq_cur *c, const char *name,
    struct pq_err *err)
{
	struct pq_slice s = take_line(c);
	size_t n = strlen(name);
	char text[ERR_SHOW];

	if (c->bad)
		return pq_err_set(err, PQ_EFORMAT,
		    "tag object ends before its \"%s\" line", name);
	if (!pq_slice_starts(s, name) || s.n <= n + 1 || s.p[n] != ' ') {
		pq_text_escape(text, sizeof(text), s);
		return pq_err_set(err, PQ_EFORMAT,
		    "tag object: expected the \"%s\" line, found \"%s\"", name,
		    text);
	}
	*ret = pq_slice(s.p + n + 1, s.n - n - 1);
	return 0;
}

static int
read_type(struct pq_slice s, struct pq_err *err)
{
	char text[ERR_SHOW];

	if (pq_slice_eq_str(s, "commit"))
		return 0;
	if (pq_slice_eq_str(s, "tag"))
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "nested tag: the tag names another tag, not a commit");
	pq_text_escape(text, sizeof(text), s);
	return pq_err_set(
	    err, PQ_EUNSUPPORTED, "the tag names a \"%s\", not a commit", text);
}

static bool
all_digits(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* Read a date such as "1700000000 +0100". */
static bool
read_date(int64_t *ret, struct pq_slice s)
{
	const uint8_t *sp = s.n == 0 ? NULL : memchr(s.p, ' ', s.n);
	struct pq_slice t, zone;
	int64_t v = 0;
	size_t i;

	if (sp == NULL)
		return false;
	t = pq_slice(s.p, (size_t)(sp - s.p));
	zone = pq_slice(sp + 1, s.n - t.n - 1);
	if (!all_digits(t) || t.n > TIME_DIGITS || (t.n > 1 && t.p[0] == '0'))
		return false;
	if (zone.n != 5 || (zone.p[0] != '+' && zone.p[0] != '-') ||
	    !all_digits(pq_slice(zone.p + 1, 4)))
		return false;
	for (i = 0; i < t.n; i++)
		v = v * 10 + (t.p[i] - '0');
	*ret = v;
	return true;
}

/* Read "Name <mail> date zone" with one pair of angle brackets. */
static int
read_tagger(struct pq_gittag *t, struct pq_slice s, struct pq_err *err)
{
	const uint8_t *lt = memchr(s.p, '<', s.n);
	const uint8_t *gt = memchr(s.p, '>', s.n);
	size_t n;

	if (lt == NULL || gt == NULL || gt < lt)
		return pq_err_set(
		    err, PQ_EFORMAT, "tag object: tagger without a <mail>");
	n = (size_t)(gt - s.p) + 1;
	if (memchr(lt + 1, '<', s.n - (size_t)(lt - s.p) - 1) != NULL ||
	    memchr(gt + 1, '>', s.n - n) != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "tag object: tagger with more than one <mail>");
	if (s.n - n < 2 || s.p[n] != ' ' ||
	    !read_date(&t->tagger_time, pq_slice(s.p + n + 1, s.n - n - 1)))
		return pq_err_set(
		    err, PQ_EFORMAT, "tag object: tagger without a valid date");
	t->tagger = pq_slice(s.p, n);
	return 0;
}

static int
read_headers(struct pq_gittag *t, struct pq_cur *c, struct pq_err *err)
{
	struct pq_slice v = { NULL, 0 };
	char text[ERR_SHOW];
	int r;

	if ((r = read_header(&v, c, "object", err)) < 0)
		return r;
	if (pq_oid_parse(&t->object, v) < 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "tag object: malformed object id in the \"object\" line");
	if ((r = read_header(&v, c, "type", err)) < 0 ||
	    (r = read_type(v, err)) < 0)
		return r;
	t->type = PQ_GITOBJ_COMMIT;
	if ((r = read_header(&t->name, c, "tag", err)) < 0)
		return r;
	if ((r = pq_name_git_tag(t->name, err)) < 0)
		return pq_err_wrap(err, r, "tag object: name of the tag");
	if ((r = read_header(&v, c, "tagger", err)) < 0 ||
	    (r = read_tagger(t, v, err)) < 0)
		return r;
	v = take_line(c);
	if (c->bad)
		return pq_err_set(err, PQ_EFORMAT,
		    "tag object without a blank line after its header");
	if (v.n == 0)
		return 0;
	pq_text_escape(text, sizeof(text), v);
	return pq_err_set(
	    err, PQ_EFORMAT, "tag object: unexpected header line \"%s\"", text);
}

/* Check that @sig, an armor, has an END line and at most a newline after it. */
static int
check_end(struct pq_slice sig, const struct armor *a, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(sig);
	size_t n = strlen(a->end);

	while (c.left > 0 && !pq_slice_starts(pq_slice(c.p, c.left), a->end)) {
		(void)take_line(&c);
		if (c.bad)
			break;
	}
	if (c.bad || c.left == 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "the signature of the tag is truncated");
	(void)pq_cur_take(&c, n);
	if (c.left > 1 || (c.left == 1 && c.p[0] != '\n'))
		return pq_err_set(err, PQ_EFORMAT,
		    "trailing bytes after the tag's signature");
	return 0;
}

/* Split the body into message and signature. */
static int
split_body(struct pq_gittag *t, struct pq_slice raw, struct pq_slice body,
    struct pq_err *err)
{
	const struct armor *found = NULL, *a;
	struct pq_cur c = pq_cur_start(body);

	t->message = body;
	t->payload = raw;
	while (c.left > 0) {
		struct pq_slice rest = pq_slice(c.p, c.left);

		a = armor_at(rest);
		if (a != NULL && found != NULL)
			return pq_err_set(err, PQ_EFORMAT,
			    "the tag has more than one signature");
		if (a != NULL) {
			found = a;
			t->signature = rest;
			t->message.n = body.n - rest.n;
			t->payload.n = raw.n - rest.n;
		}
		(void)take_line(&c);
		if (c.bad) /* the last line needs no newline */
			break;
	}
	return found == NULL ? 0 : check_end(t->signature, found, err);
}

int
pq_gittag_parse(struct pq_gittag *ret, struct pq_slice raw, struct pq_err *err)
{
	struct pq_gittag t = { 0 };
	struct pq_cur c = pq_cur_start(raw);
	int r;

	if (raw.n > PQ_GITTAG_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the tag object has %zu bytes; the limit is %u", raw.n,
		    PQ_GITTAG_MAX);
	/* only some of git's code ends the text at a NUL */
	if (raw.n != 0 && memchr(raw.p, '\0', raw.n) != NULL)
		return pq_err_set(
		    err, PQ_EFORMAT, "the tag object contains a NUL byte");
	r = read_headers(&t, &c, err);
	if (r < 0)
		return r;
	r = split_body(&t, raw, pq_slice(c.p, c.left), err);
	if (r < 0)
		return r;
	*ret = t;
	return 0;
}

static int
refuse_tag(struct pq_ruling *ret, const char *why)
{
	struct pq_ruling ruling = { 0 };

	(void)snprintf(ruling.reason, sizeof(ruling.reason), "%s", why);
	(void)snprintf(ruling.spec, sizeof(ruling.spec), "%s", SPEC_SIGNATURE);
	*ret = ruling;
	return 0;
}

int
pq_gittag_examine(const struct pq_gittag *tag, const struct pq_signers *signers,
    int64_t now, struct pq_ruling *ret)
{
	const int64_t times[] = { tag->tagger_time, now };
	const struct armor *a;

	if (tag->signature.n == 0)
		return refuse_tag(ret, "the tag is not signed");
	a = armor_at(tag->signature);
	if (a == NULL)
		return refuse_tag(
		    ret, "the tag has a signature of an unknown form");
	if (a->refusal != NULL)
		return refuse_tag(ret, a->refusal);
	return pq_sshsig_verify(signers, PQ_SIGNERS_GIT, pq_slice(NULL, 0),
	    tag->signature, tag->payload, times,
	    sizeof(times) / sizeof(times[0]), ret);
}
