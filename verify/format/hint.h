/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORMAT_HINT_H
#define FORMAT_HINT_H

#include <stddef.h>

#include <jansson.h>

#include <pratique/callback.h>

/*
 * The readers, one for a family of payloads: pq_hint_github() and so on.
 * @event: which payload it is, where the scheme has a header for that
 * @root:  an object that no member is in twice
 * Return: 0: @h is a hint; 1: it says why it is none
 */
#define SCHEME(NAME, number, file, payloads) \
	int pq_hint_##payloads(              \
	    struct pq_hint *h, struct pq_slice event, json_t *root);
PQ_SCHEMES(SCHEME)
#undef SCHEME

/* 0, or -PQ_EFORMAT and words; as those of <pratique/names.h> */
typedef int pq_hint_grammar(struct pq_slice s, struct pq_err *err);
int pq_hint_check_digest(struct pq_slice s, struct pq_err *err);
int pq_hint_check_commit(struct pq_slice s, struct pq_err *err);

/* One member of an object and where it goes. */
struct pq_hint_field {
	const char *name;
	size_t offset; /* in struct pq_hint, or PQ_HINT_NOT_KEPT */
	size_t size;   /* of it, more than the grammar lets pass */
	bool required;
	pq_hint_grammar *check;
};
#define PQ_HINT_NOT_KEPT ((size_t)-1)
#define PQ_HINT_FIELD(member)             \
	offsetof(struct pq_hint, member), \
	    sizeof(((struct pq_hint *)NULL)->member)

/* end as @kind, with nothing but a reason; 1 */
int pq_hint_end(struct pq_hint *h, enum pq_hint_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* its text; foreign JSON texts never hold a NUL: jansson refuses \u0000 */
struct pq_slice pq_hint_text(const json_t *v);
/* "an object", for a reason; "nothing" of NULL */
const char *pq_hint_type(const json_t *v);
/* 0 and the object, or 1 with the hint ended; @at is its path */
int pq_hint_object(const json_t **ret, struct pq_hint *h, const json_t *parent,
    const char *at, const char *name);
/* 0: its field is in @h, or it may be absent and is; 1: the hint has ended */
int pq_hint_take(struct pq_hint *h, const json_t *o, const char *at,
    const struct pq_hint_field *f);

#endif
