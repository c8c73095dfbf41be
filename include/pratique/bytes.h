/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_BYTES_H
#define PRATIQUE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed slice. Never NUL terminated; n == 0 allows p == NULL. */
struct pq_slice {
	const uint8_t *p;
	size_t n;
};

/*
 * An owned, sticky buffer with a mandatory ceiling: append freely, check
 * pq_buf_fault() once. After a fault further appends do nothing.
 */
struct pq_buf {
	uint8_t *p;
	size_t n;
	size_t cap;
	size_t max;
	int fault; /* 0, -PQ_ENOMEM or -PQ_ELIMIT */
};

/* A sticky reading cursor over a slice; big-endian integers. */
struct pq_cur {
	const uint8_t *p;
	size_t left;
	bool bad;
};

#define PQ_BUF_INIT(ceiling) ((struct pq_buf){ NULL, 0, 0, (ceiling), 0 })
#define PQ_SLICE_LIT(s) \
	((struct pq_slice){ (const uint8_t *)("" s), sizeof(s) - 1 })

struct pq_slice pq_slice(const void *p, size_t n);
struct pq_slice pq_slice_str(const char *s); /* NULL gives an empty slice */
bool pq_slice_eq(struct pq_slice a, struct pq_slice b);
bool pq_slice_eq_str(struct pq_slice a, const char *s);
bool pq_slice_starts(struct pq_slice a, const char *prefix);
/*
 * Bytes of the one character that @s begins with; 0: there is none, it is not
 * well-formed UTF-8, or it is a control character (C0, DEL, C1).
 * Source: RFC 3629 section 4
 */
size_t pq_utf8_char(struct pq_slice s);
/* copy to a NUL-terminated string; NULL when it holds a NUL byte or ENOMEM */
char *pq_slice_dup_str(struct pq_slice s);

void pq_buf_free(struct pq_buf *b);
void pq_buf_wipe(struct pq_buf *b); /* OPENSSL_cleanse, then free */
void pq_buf_put(struct pq_buf *b, const void *p, size_t n);
void pq_buf_slice(struct pq_buf *b, struct pq_slice s);
void pq_buf_str(struct pq_buf *b, const char *s);
void pq_buf_u8(struct pq_buf *b, uint8_t v);
void pq_buf_u32(struct pq_buf *b, uint32_t v);
void pq_buf_u64(struct pq_buf *b, uint64_t v);
void pq_buf_fmt(struct pq_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct pq_slice pq_buf_view(const struct pq_buf *b);
/* NUL-terminates in place (not counted in n); NULL after a fault */
const char *pq_buf_cstr(struct pq_buf *b);

struct pq_cur pq_cur_start(struct pq_slice s);
uint8_t pq_cur_u8(struct pq_cur *c);
uint32_t pq_cur_u32(struct pq_cur *c);
uint64_t pq_cur_u64(struct pq_cur *c);
struct pq_slice pq_cur_take(struct pq_cur *c, size_t n);
/* u32 length, then bytes (the SSH "string"); longer than @max is bad */
struct pq_slice pq_cur_string(struct pq_cur *c, size_t max);
/* true when nothing went wrong and nothing is left over */
bool pq_cur_done(const struct pq_cur *c);

/* Lower-case hex. @dst needs 2 n + 1 bytes. */
void pq_hex_encode(char *dst, struct pq_slice src);
/* Strict: lower-case only, exactly 2 n digits; 0 or -PQ_EFORMAT. */
int pq_hex_decode(uint8_t *dst, size_t n, struct pq_slice src);
/* Standard base64 with padding; strict alphabet, no white space. */
int pq_b64_encode(struct pq_buf *dst, struct pq_slice src);
int pq_b64_decode(struct pq_buf *dst, struct pq_slice src);

/* Cleanup attributes and a visible move. */
#define pq_auto(fn) __attribute__((cleanup(fn)))
#define pq_take(ptr)                                  \
	({                                            \
		__typeof__(ptr) pq_take_tmp_ = (ptr); \
		(ptr) = NULL;                         \
		pq_take_tmp_;                         \
	})
void pq_autofree(void *p);  /* for `pq_auto(pq_autofree) char *x` */
void pq_autoclose(int *fd); /* for `pq_auto(pq_autoclose) int fd = -1` */

#endif
