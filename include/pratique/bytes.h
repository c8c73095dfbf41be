/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_BYTES_H
#define PRATIQUE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A sequence of bytes that another object owns. The sequence does not end with
 * a NUL. @p may be NULL if @n is 0.
 */
struct pq_slice {
	const uint8_t *p;
	size_t n;
};

/*
 * A buffer that owns its bytes and has a size limit. After a fault, every
 * append does nothing. So a caller can append many times and check @fault once
 * at the end.
 */
struct pq_buf {
	uint8_t *p;
	size_t n;   /* bytes in use */
	size_t cap; /* allocated bytes, one of them for a NUL */
	size_t max; /* limit of @n */
	int fault;  /* 0, -PQ_ENOMEM, -PQ_ELIMIT; pq_buf_fmt(): -PQ_EFORMAT */
};

/*
 * A position in a slice for reading. The first read beyond the end sets @bad,
 * and every later read returns zero or an empty slice. Integers are big-endian.
 */
struct pq_cur {
	const uint8_t *p;
	size_t left; /* bytes that are not read yet */
	bool bad;
};

#define PQ_BUF_INIT(ceiling) ((struct pq_buf){ NULL, 0, 0, (ceiling), 0 })
#define PQ_SLICE_LIT(s) \
	((struct pq_slice){ (const uint8_t *)("" s), sizeof(s) - 1 })

/*
 * pq_slice()     - make a slice from a pointer and a length
 * pq_slice_str() - make a slice from a string, without its NUL
 * @p:     borrowed; NULL only if @n is 0
 * @n:     length in bytes
 * @s:     NUL-terminated, borrowed; NULL makes an empty slice
 * Return: a slice of these bytes; valid as long as they are
 */
struct pq_slice pq_slice(const void *p, size_t n);
struct pq_slice pq_slice_str(const char *s);
/*
 * pq_slice_eq()     - compare two slices byte by byte
 * pq_slice_eq_str() - compare a slice with a string, without its NUL
 * pq_slice_starts() - decide whether a slice begins with a string
 * @a:      borrowed
 * @b:      borrowed
 * @s:      NUL-terminated, borrowed; NULL counts as empty
 * @prefix: NUL-terminated, borrowed
 * Return:  true if they are equal, or if @a begins with @prefix. The time
 *          depends on the bytes, so compare secrets with pq_mem_eq().
 */
bool pq_slice_eq(struct pq_slice a, struct pq_slice b);
bool pq_slice_eq_str(struct pq_slice a, const char *s);
bool pq_slice_starts(struct pq_slice a, const char *prefix);
/*
 * pq_utf8_char() - return the length of the first character
 * @s:     text; borrowed, untrusted
 * Return: 1 to 4 bytes; 0 if @s is empty, or begins with malformed UTF-8 or a
 *         control character (C0, DEL, C1)
 * Source: RFC 3629 section 4
 */
size_t pq_utf8_char(struct pq_slice s);
/*
 * pq_slice_dup_str() - copy a slice to a NUL-terminated string
 * @s:     borrowed
 * Return: an owned string, the caller frees it; NULL if @s contains a NUL byte
 *         or memory is exhausted
 */
char *pq_slice_dup_str(struct pq_slice s);

/*
 * pq_buf_free() - free the bytes of a buffer and make it empty
 * pq_buf_wipe() - overwrite the bytes of a secret with zeros, then free them
 * @b:     keeps its limit and can be used again
 */
void pq_buf_free(struct pq_buf *b);
void pq_buf_wipe(struct pq_buf *b);
/*
 * pq_buf_put()   - append bytes
 * pq_buf_slice() - append a slice
 * pq_buf_str()   - append a string without its NUL
 * pq_buf_u8()    - append one byte
 * pq_buf_u32()   - append 4 bytes, big-endian
 * pq_buf_u64()   - append 8 bytes, big-endian
 * pq_buf_fmt()   - append formatted text
 * @b:     @b->fault becomes -PQ_ENOMEM, or -PQ_ELIMIT above the limit, or
 *         -PQ_EFORMAT if vsnprintf(3) fails. @b keeps its earlier bytes.
 * @p:     borrowed, outside of @b; NULL only if @n is 0
 * @n:     length of @p in bytes
 * @s:     borrowed, outside of @b; a string must not be NULL
 * @v:     value
 * @fmt:   as for printf(3)
 */
void pq_buf_put(struct pq_buf *b, const void *p, size_t n);
void pq_buf_slice(struct pq_buf *b, struct pq_slice s);
void pq_buf_str(struct pq_buf *b, const char *s);
void pq_buf_u8(struct pq_buf *b, uint8_t v);
void pq_buf_u32(struct pq_buf *b, uint32_t v);
void pq_buf_u64(struct pq_buf *b, uint64_t v);
void pq_buf_fmt(struct pq_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * pq_buf_view() - return the bytes of a buffer
 * @b:     borrowed
 * Return: a slice, valid until the next append to @b
 */
struct pq_slice pq_buf_view(const struct pq_buf *b);
/*
 * pq_buf_cstr() - return the bytes of a buffer as a string
 * @b:     gets a NUL after its bytes; b->n does not count it
 * Return: a string, valid until the next append to @b; NULL after a fault
 */
const char *pq_buf_cstr(struct pq_buf *b);

/*
 * pq_cur_start() - make a cursor at the first byte of a slice
 * @s:     borrowed by the cursor
 * Return: the cursor
 */
struct pq_cur pq_cur_start(struct pq_slice s);
/*
 * pq_cur_u8()  - read one byte
 * pq_cur_u32() - read 4 bytes, big-endian
 * pq_cur_u64() - read 8 bytes, big-endian
 * @c:     becomes bad if fewer bytes are left
 * Return: the value; 0 if @c is bad
 */
uint8_t pq_cur_u8(struct pq_cur *c);
uint32_t pq_cur_u32(struct pq_cur *c);
uint64_t pq_cur_u64(struct pq_cur *c);
/*
 * pq_cur_take() - read bytes
 * @c:     becomes bad if fewer than @n bytes are left
 * @n:     length in bytes
 * Return: a part of the cursor's slice; empty if @c is bad
 */
struct pq_slice pq_cur_take(struct pq_cur *c, size_t n);
/*
 * pq_cur_string() - read a length of 4 bytes, then that number of bytes
 * @c:     becomes bad if the length is above @max or above the bytes left
 * @max:   limit of the length in bytes
 * Return: a part of the cursor's slice; empty if @c is bad
 * Source: RFC 4251 section 5, "string"
 */
struct pq_slice pq_cur_string(struct pq_cur *c, size_t max);
/*
 * pq_cur_done() - decide whether the whole input was read without a failure
 * @c:     borrowed
 * Return: true if no read failed and there are no trailing bytes
 */
bool pq_cur_done(const struct pq_cur *c);

/*
 * pq_hex_encode() - write bytes as lower-case hex
 * @dst:   2 * src.n + 1 bytes; always NUL-terminated
 * @src:   borrowed
 */
void pq_hex_encode(char *dst, struct pq_slice src);
/*
 * pq_hex_decode() - read lower-case hex
 * @dst:   @n bytes; may be partly written on failure
 * @n:     length of the result in bytes
 * @src:   borrowed, untrusted; exactly 2 * @n digits of [0-9a-f]
 * Return: 0; -PQ_EFORMAT
 */
int pq_hex_decode(uint8_t *dst, size_t n, struct pq_slice src);
/*
 * pq_b64_encode() - append bytes as base64 with padding
 * pq_b64_decode() - append the bytes that base64 text encodes
 * Each sequence of bytes has only one encoding. Decoding refuses white space,
 * missing padding, and unused bits that are not zero.
 * @dst:   unchanged if -PQ_EFORMAT is returned. Decoding counts the padding as
 *         bytes when it compares the length with the limit.
 * @src:   borrowed, outside of @dst
 * Return: 0; -PQ_EFORMAT (decoding only); -PQ_ELIMIT; -PQ_ENOMEM; an earlier
 *         fault of @dst
 * Source: RFC 4648 section 4, with the checks of section 3.5
 */
int pq_b64_encode(struct pq_buf *dst, struct pq_slice src);
int pq_b64_decode(struct pq_buf *dst, struct pq_slice src);

/* Call fn(&variable) when the variable leaves its scope. */
#define pq_auto(fn) __attribute__((cleanup(fn)))
/* Move ownership: return the pointer, and set the variable to NULL. */
#define pq_take(ptr)                                  \
	({                                            \
		__typeof__(ptr) pq_take_tmp_ = (ptr); \
		(ptr) = NULL;                         \
		pq_take_tmp_;                         \
	})
/*
 * pq_autofree()  - free a pointer: `pq_auto(pq_autofree) char *x = NULL`
 * pq_autoclose() - close a file descriptor: `pq_auto(pq_autoclose) int fd = -1`
 * @p:     address of the pointer variable
 * @fd:    address of the variable; becomes -1. A negative value is not closed.
 */
void pq_autofree(void *p);
void pq_autoclose(int *fd);

#endif
