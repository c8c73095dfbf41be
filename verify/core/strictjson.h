/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_STRICTJSON_H
#define PQ_CORE_STRICTJSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <pratique/bytes.h>
#include <pratique/claims.h>
#include <pratique/err.h>

/* The type that a member must have. The zero value matches no member. */
enum pq_json_kind {
	PQ_JSON_NOTHING = 0,
	PQ_JSON_OBJECT,
	PQ_JSON_ARRAY,
	PQ_JSON_STRING,
	PQ_JSON_INTEGER,
	PQ_JSON_OBJECT_OR_NULL,
	PQ_JSON_ANY,
};

struct pq_json_field {
	const char *name;
	enum pq_json_kind kind;
	bool required;
	const json_t **ret; /* borrowed from the object; NULL if absent */
};

/* The treatment of members that the table does not list. */
enum pq_json_rest {
	PQ_JSON_REFUSE = 0,
	/*
	 * Skip them. But refuse a name that is not ASCII, and a name that
	 * differs from a listed name only by case. Go's decoder ignores case
	 * and would read such a member as the listed one. Then the engine and
	 * this code would read the same bytes differently.
	 */
	PQ_JSON_PASS,
};

/*
 * pq_json_load() - parse one JSON object of bounded size and depth
 * @ret:   owned by the caller; untouched unless 0 is returned
 * @max:   limit of @bytes in bytes
 * @depth: limit of nested brackets
 * Return: 0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_json_load(json_t **ret, struct pq_slice bytes, size_t max,
    unsigned depth, struct pq_err *err);

/*
 * pq_json_fields() - read the members of @o into the fields of a table
 * @path:  path of @o, for errors
 * Return: 0; -PQ_EFORMAT
 */
int pq_json_fields(const json_t *o, const char *path,
    const struct pq_json_field *fields, size_t n, enum pq_json_rest rest,
    struct pq_err *err);

/* Return the bytes of a string value; borrowed. */
struct pq_slice pq_json_slice(const json_t *string);
/*
 * pq_json_copy() - copy a string of printable ASCII without blanks
 * @string: NULL means ""
 * Return:  0; -PQ_ELIMIT; -PQ_EFORMAT
 */
int pq_json_copy(char *dst, size_t size, const json_t *string, const char *path,
    struct pq_err *err);

/* Read a claim from the signed value @v. If @v is NULL, the claim is absent. */
void pq_json_claim(struct pq_claim *ret, const json_t *v);

void pq_json_unref(json_t **j); /* for pq_auto() */

#endif
