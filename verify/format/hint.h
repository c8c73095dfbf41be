/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORMAT_HINT_H
#define FORMAT_HINT_H

#include <stddef.h>

#include <jansson.h>

#include <pratique/callback.h>

/*
 * pq_hint_github() and so on - read the payloads of one family
 * @event: type of the payload, from the scheme's header; empty if there is none
 * @root:  an object without duplicate members
 * Return: 0: @h is a hint; 1: @h has the reason why there is no hint
 */
#define SCHEME(NAME, number, file, payloads) \
	int pq_hint_##payloads(              \
	    struct pq_hint *h, struct pq_slice event, json_t *root);
PQ_SCHEMES(SCHEME)
#undef SCHEME

/*
 * A function that checks a value, like the ones in <pratique/names.h>.
 * Return: 0; -PQ_EFORMAT with its text in @err
 */
typedef int pq_hint_grammar(struct pq_slice s, struct pq_err *err);
int pq_hint_check_digest(struct pq_slice s, struct pq_err *err);
int pq_hint_check_commit(struct pq_slice s, struct pq_err *err);

/* One member of an object and its destination. */
struct pq_hint_field {
	const char *name;
	size_t offset; /* offset in struct pq_hint, or PQ_HINT_NOT_KEPT */
	size_t size;   /* bytes in struct pq_hint; @check permits fewer */
	bool required;
	pq_hint_grammar *check;
};
#define PQ_HINT_NOT_KEPT ((size_t)-1)
#define PQ_HINT_FIELD(member)             \
	offsetof(struct pq_hint, member), \
	    sizeof(((struct pq_hint *)NULL)->member)

/* Set @h to @kind with a reason and without other fields. Return: 1 */
int pq_hint_end(struct pq_hint *h, enum pq_hint_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Return a string's text. It has no NUL: jansson refuses \u0000 in input. */
struct pq_slice pq_hint_text(const json_t *v);
/* Return the name of a value's type, such as "an object"; NULL: "nothing". */
const char *pq_hint_type(const json_t *v);
/*
 * pq_hint_object() - get a member that must be an object
 * @at:    path of @parent
 * Return: 0: *ret is set; 1: @h has the reason
 */
int pq_hint_object(const json_t **ret, struct pq_hint *h, const json_t *parent,
    const char *at, const char *name);
/*
 * pq_hint_take() - copy a member into its field of @h
 * Return: 0: the member is valid, or absent and not required; 1: @h has the
 *         reason. A valid member is copied unless it is PQ_HINT_NOT_KEPT.
 */
int pq_hint_take(struct pq_hint *h, const json_t *o, const char *at,
    const struct pq_hint_field *f);

#endif
