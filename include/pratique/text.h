/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEXT_H
#define PRATIQUE_TEXT_H

#include <pratique/bytes.h>

/*
 * Foreign bytes for a log, a reason or a terminal: [ -~] as they are, others
 * as \xNN. It may be done twice, so a backslash stays one.
 */
void pq_text_escape(char *dst, size_t size, struct pq_slice s);
/*
 * The same for what an operator wrote: well-formed UTF-8 stays, but for
 * control characters, line separators and what turns the direction of text.
 * No character is cut in two.
 */
void pq_text_utf8(char *dst, size_t size, struct pq_slice s);

#define PQ_DURATION_MAX 32
/*
 * pq_text_duration() - write a duration for people: its two largest units, as
 *                      in 3d4h, 23h59m, 10m20s and 45s
 * @dst:     PQ_DURATION_MAX bytes; always a terminated string
 * @seconds: the duration in seconds; a negative one is written as 0s
 */
void pq_text_duration(char dst[PQ_DURATION_MAX], int64_t seconds);

#endif
