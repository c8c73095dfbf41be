/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEXT_H
#define PRATIQUE_TEXT_H

#include <pratique/bytes.h>

/*
 * pq_text_escape() - escape untrusted bytes for a log, a reason or a terminal
 * Keeps the bytes [ -~] and writes others as \xNN. A backslash stays a single
 * backslash, so that a text may be escaped twice.
 * @dst:   NUL-terminated if @size is not 0; cut before the first byte that does
 *         not fit
 * @size:  bytes of @dst
 * @s:     borrowed, untrusted
 */
void pq_text_escape(char *dst, size_t size, struct pq_slice s);
/*
 * pq_text_utf8() - escape the text of an operator
 * As pq_text_escape(), but keeps well-formed UTF-8, except control characters,
 * line separators and characters that change the direction of text.
 * @dst:   NUL-terminated if @size is not 0; cut before the first character that
 *         does not fit
 * @size:  bytes of @dst
 * @s:     borrowed, untrusted
 */
void pq_text_utf8(char *dst, size_t size, struct pq_slice s);

#define PQ_DURATION_MAX 32
/*
 * pq_text_duration() - write a duration for people: its two largest units, as
 *                      in 3d4h, 23h59m, 10m20s and 45s
 * @dst:     always NUL-terminated
 * @seconds: the duration in seconds; a negative duration is written as 0s
 */
void pq_text_duration(char dst[PQ_DURATION_MAX], int64_t seconds);

#endif
