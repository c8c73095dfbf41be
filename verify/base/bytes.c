/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices, buffers with a size limit, cursors, and text encodings of bytes.
 *
 * A peer can choose any length. This file compares each length with its limit
 * before it uses the length. The comparisons have the form `n > left` and add
 * nothing to a pointer, so that a large length cannot cause an overflow.
 */
#include <pratique/bytes.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <pratique/err.h>

struct pq_slice
pq_slice(const void *p, size_t n)
{
	return (struct pq_slice){ p, n };
}

struct pq_slice
pq_slice_str(const char *s)
{
	return pq_slice(s, s == NULL ? 0 : strlen(s));
}

bool
pq_slice_eq(struct pq_slice a, struct pq_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
pq_slice_eq_str(struct pq_slice a, const char *s)
{
	return pq_slice_eq(a, pq_slice_str(s));
}

bool
pq_slice_starts(struct pq_slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

/*
 * Decode a lead byte and its @n - 1 continuation bytes.
 * Return: the code point; 0 if a continuation byte is malformed
 */
static uint32_t
code_point(const uint8_t *p, size_t n)
{
	uint32_t c = p[0] & (0xffu >> (n + 1));
	size_t i;

	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c;
}

size_t
pq_utf8_char(struct pq_slice s)
{
	/* The lowest code point of each length: lower code points have a
	 * shorter encoding, and 0x80 to 0x9f are the control characters C1. */
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	uint8_t lead = s.n == 0 ? 0 : s.p[0];
	uint32_t c;
	size_t n;

	if (lead < 0x80)
		return lead >= 0x20 && lead != 0x7f ? 1 : 0;
	n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (lead < 0xc2 || lead > 0xf4 || n > s.n)
		return 0;
	c = code_point(s.p, n);
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0
									    : n;
}

char *
pq_slice_dup_str(struct pq_slice s)
{
	char *r;

	if (s.n != 0 && memchr(s.p, '\0', s.n) != NULL)
		return NULL;
	r = malloc(s.n + 1);
	if (r == NULL)
		return NULL;
	if (s.n != 0)
		memcpy(r, s.p, s.n);
	r[s.n] = '\0';
	return r;
}

void
pq_buf_free(struct pq_buf *b)
{
	size_t max = b->max;

	free(b->p);
	*b = PQ_BUF_INIT(max);
}

void
pq_buf_wipe(struct pq_buf *b)
{
	if (b->p != NULL)
		OPENSSL_cleanse(b->p, b->cap);
	pq_buf_free(b);
}

/*
 * Reserve memory for @n more bytes and a NUL. The old bytes may be a secret, so
 * they are copied and then overwritten. realloc(3) would leave a copy of them
 * in freed memory.
 * Return: true; false if the buffer has a fault
 */
static bool
reserve_bytes(struct pq_buf *b, size_t n)
{
	size_t want, cap;
	uint8_t *p;

	if (b->fault != 0)
		return false;
	if (n > b->max || b->n > b->max - n) {
		b->fault = -PQ_ELIMIT;
		return false;
	}
	want = b->n + n + 1;
	if (want <= b->cap)
		return true;
	cap = b->cap < 128 ? 128 : b->cap;
	while (cap < want)
		cap *= 2;
	p = malloc(cap);
	if (p == NULL) {
		b->fault = -PQ_ENOMEM;
		return false;
	}
	if (b->p != NULL) {
		memcpy(p, b->p, b->n);
		OPENSSL_cleanse(b->p, b->n);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
pq_buf_put(struct pq_buf *b, const void *p, size_t n)
{
	if (!reserve_bytes(b, n) || n == 0)
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
pq_buf_slice(struct pq_buf *b, struct pq_slice s)
{
	pq_buf_put(b, s.p, s.n);
}

void
pq_buf_str(struct pq_buf *b, const char *s)
{
	pq_buf_put(b, s, strlen(s));
}

void
pq_buf_u8(struct pq_buf *b, uint8_t v)
{
	pq_buf_put(b, &v, 1);
}

void
pq_buf_u32(struct pq_buf *b, uint32_t v)
{
	uint8_t d[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	pq_buf_put(b, d, sizeof(d));
}

void
pq_buf_u64(struct pq_buf *b, uint64_t v)
{
	pq_buf_u32(b, (uint32_t)(v >> 32));
	pq_buf_u32(b, (uint32_t)v);
}

void
pq_buf_fmt(struct pq_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->fault = -PQ_EFORMAT;
		return;
	}
	if (!reserve_bytes(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

struct pq_slice
pq_buf_view(const struct pq_buf *b)
{
	return pq_slice(b->p, b->n);
}

const char *
pq_buf_cstr(struct pq_buf *b)
{
	if (!reserve_bytes(b, 0))
		return NULL;
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

struct pq_cur
pq_cur_start(struct pq_slice s)
{
	return (struct pq_cur){ s.p, s.n, false };
}

struct pq_slice
pq_cur_take(struct pq_cur *c, size_t n)
{
	struct pq_slice r;

	if (c->bad || n > c->left) {
		c->bad = true;
		return pq_slice(NULL, 0);
	}
	r = pq_slice(c->p, n);
	if (n != 0)
		c->p += n;
	c->left -= n;
	return r;
}

uint8_t
pq_cur_u8(struct pq_cur *c)
{
	struct pq_slice s = pq_cur_take(c, 1);

	return s.n == 1 ? s.p[0] : 0;
}

uint32_t
pq_cur_u32(struct pq_cur *c)
{
	struct pq_slice s = pq_cur_take(c, 4);

	if (s.n != 4)
		return 0;
	return (uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 |
	    (uint32_t)s.p[2] << 8 | (uint32_t)s.p[3];
}

uint64_t
pq_cur_u64(struct pq_cur *c)
{
	uint64_t hi = pq_cur_u32(c);

	return hi << 32 | pq_cur_u32(c);
}

struct pq_slice
pq_cur_string(struct pq_cur *c, size_t max)
{
	uint32_t n = pq_cur_u32(c);

	if (n > max)
		c->bad = true;
	return pq_cur_take(c, n);
}

bool
pq_cur_done(const struct pq_cur *c)
{
	return !c->bad && c->left == 0;
}

void
pq_hex_encode(char *dst, struct pq_slice src)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < src.n; i++) {
		dst[2 * i] = digits[src.p[i] >> 4];
		dst[2 * i + 1] = digits[src.p[i] & 15];
	}
	dst[2 * src.n] = '\0';
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
pq_hex_decode(uint8_t *dst, size_t n, struct pq_slice src)
{
	size_t i;

	if (src.n % 2 != 0 || src.n / 2 != n)
		return -PQ_EFORMAT;
	for (i = 0; i < n; i++) {
		int hi = hex_value(src.p[2 * i]);
		int lo = hex_value(src.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -PQ_EFORMAT;
		dst[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

int
pq_b64_encode(struct pq_buf *dst, struct pq_slice src)
{
	size_t n = src.n / 3 * 4 + (src.n % 3 != 0 ? 4 : 0);

	if (src.n > INT32_MAX / 2)
		return -PQ_ELIMIT;
	if (!reserve_bytes(dst, n))
		return dst->fault;
	if (n != 0)
		(void)EVP_EncodeBlock(dst->p + dst->n, src.p, (int)src.n);
	dst->n += n;
	return 0;
}

/* Return: the number of padding bytes, 0 to 2; -1 if @s is not base64. */
static int
b64_padding(struct pq_slice s)
{
	size_t i, end = s.n;
	int pad = 0;

	if (s.n % 4 != 0 || s.n > INT32_MAX / 2)
		return -1;
	while (pad < 2 && end > 0 && s.p[end - 1] == '=') {
		end--;
		pad++;
	}
	for (i = 0; i < end; i++) {
		uint8_t c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '+' || c == '/'))
			return -1;
	}
	return pad;
}

int
pq_b64_decode(struct pq_buf *dst, struct pq_slice src)
{
	int pad = b64_padding(src), n;
	char last[5];

	if (pad < 0)
		return -PQ_EFORMAT;
	if (src.n == 0)
		return dst->fault;
	if (!reserve_bytes(dst, src.n / 4 * 3))
		return dst->fault;
	n = EVP_DecodeBlock(dst->p + dst->n, src.p, (int)src.n);
	if (n < pad)
		return -PQ_EFORMAT;
	n -= pad;
	/* Refuse a second encoding of the same bytes: the unused bits of the
	 * last digit must be zero. */
	if (pad != 0) {
		(void)EVP_EncodeBlock((uint8_t *)last,
		    dst->p + dst->n + (size_t)n - (size_t)(3 - pad), 3 - pad);
		if (memcmp(last, src.p + src.n - 4, 4) != 0)
			return -PQ_EFORMAT;
	}
	dst->n += (size_t)n;
	return 0;
}

void
pq_autofree(void *p)
{
	void *v;

	memcpy(&v, p, sizeof(v));
	free(v);
}

void
pq_autoclose(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
