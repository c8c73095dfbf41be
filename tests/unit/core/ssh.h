/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_SSH_H
#define TESTS_UNIT_CORE_SSH_H

#include "fixture.h"

/* A good Ed25519 key without a signature in the fixtures. */
#define KEY \
	"AAAAC3NzaC1lZDI1NTE5AAAAIFJvDlf8YxuUGLHu5GiM2vNkeCHWzBPEWZ+Z8R5t0cTo"

/* Append a string of RFC 4251 section 5. */
static inline void
put_string(struct pq_buf *b, const void *p, size_t n)
{
	pq_buf_u32(b, (uint32_t)n);
	pq_buf_put(b, p, n);
}

#endif
