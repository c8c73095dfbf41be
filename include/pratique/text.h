/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEXT_H
#define PRATIQUE_TEXT_H

#include <pratique/bytes.h>

/*
 * pq_text_escape() - escape untrusted bytes for a log, a reason or a terminal
 * It keeps the bytes [ -~] and writes each other byte as \xNN. It does not
 * double a backslash, so that escaping a text again does not change the text.
 * @dst:   NUL-terminated if @size is not 0; cut before the first byte that does
 *         not fit
 * @size:  bytes of @dst
 * @s:     borrowed, untrusted
 */
void pq_text_escape(char *dst, size_t size, struct pq_slice s);
/*
 * pq_text_utf8() - escape the text of an operator
 * It does what pq_text_escape() does, but it also keeps well-formed UTF-8,
 * except control characters, line separators and characters that change the
 * direction of text.
 * @dst:   NUL-terminated if @size is not 0; cut before the first character that
 *         does not fit
 * @size:  bytes of @dst
 * @s:     borrowed, untrusted
 */
void pq_text_utf8(char *dst, size_t size, struct pq_slice s);

#define PQ_DURATION_MAX 32
/*
 * pq_text_duration() - write a human-readable duration with its two largest
 *                      units, such as 3d4h, 23h59m, 10m20s and 45s
 * @dst:     always NUL-terminated
 * @seconds: the duration in seconds; a negative duration is written as 0s
 */
void pq_text_duration(char dst[PQ_DURATION_MAX], int64_t seconds);

#endif
