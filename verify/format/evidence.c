/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence document, read and written with field tables.
 *
 * The document comes from the process that talks to the network, so every byte
 * is untrusted. The parser accepts a blob only if its bytes have its digest. So
 * other code can find a blob by its digest and need not hash the blob again.
 * Unknown and duplicate members are refused, so that two parsers cannot read
 * one document differently.
 */
#include <pratique/evidence.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <pratique/oci.h>

#include "format/keep.h"

enum kind { K_STR, K_INT, K_OBJ, K_ARR };

struct field {
	const char *name;
	enum kind kind;
	bool required;
};

/* The memory that the document owns. All of it is freed at the same time. */
struct owner {
	json_t *root;
	struct pq_buf *bytes; /* decoded base64, one buffer each */
	size_t n_bytes;
	size_t cap; /* of @bytes */
};

static const struct field top_fields[] = { { "format", K_STR, true },
	{ "service", K_STR, true }, { "seen", K_INT, true },
	{ "policy", K_OBJ, true }, { "callback", K_OBJ, false },
	{ "image", K_OBJ, true }, { "platform", K_OBJ, true },
	{ "blobs", K_ARR, true }, { "lookups", K_ARR, true },
	{ "git", K_OBJ, false }, { NULL, K_STR, false } };
static const struct field policy_fields[] = { { "hash", K_STR, true },
	{ "files", K_ARR, true }, { NULL, K_STR, false } };
static const struct field file_fields[] = { { "name", K_STR, true },
	{ "data", K_STR, true }, { NULL, K_STR, false } };
static const struct field callback_fields[] = { { "digest", K_STR, false },
	{ "commit", K_STR, false }, { "git_tag", K_STR, false },
	{ NULL, K_STR, false } };
static const struct field image_fields[] = { { "repository", K_STR, true },
	{ "tag", K_STR, true }, { "digest", K_STR, true },
	{ NULL, K_STR, false } };
static const struct field platform_fields[] = { { "os", K_STR, true },
	{ "architecture", K_STR, true }, { NULL, K_STR, false } };
static const struct field blob_fields[] = { { "digest", K_STR, true },
	{ "media_type", K_STR, true }, { "data", K_STR, true },
	{ NULL, K_STR, false } };
static const struct field lookup_fields[] = { { "what", K_STR, true },
	{ "ref", K_STR, true }, { "status", K_INT, true },
	{ "digest", K_STR, false }, { NULL, K_STR, false } };
static const struct field git_fields[] = { { "repository", K_STR, true },
	{ "tag", K_STR, true }, { "ref", K_STR, false },
	{ "peeled", K_STR, false }, { "tag_object", K_OBJ, false },
	{ "commit_object", K_OBJ, false }, { NULL, K_STR, false } };
static const struct field object_fields[] = { { "oid", K_STR, true },
	{ "data", K_STR, true }, { NULL, K_STR, false } };

static bool
is_kind(const json_t *v, enum kind k)
{
	switch (k) {
	case K_STR:
		return json_is_string(v);
	case K_INT:
		return json_is_integer(v);
	case K_OBJ:
		return json_is_object(v);
	case K_ARR:
		return json_is_array(v);
	}
	return false;
}

static const char *
kind_word(enum kind k)
{
	static const char *const words[] = { "a string", "an integer",
		"an object", "an array" };

	return words[k];
}

static const struct field *
find_field(const struct field *fields, const char *name)
{
	for (; fields->name != NULL; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

/* Check that an object has the members of the table and no others. */
static int
check_object(
    json_t *o, const struct field *fields, const char *path, struct pq_err *err)
{
	const struct field *f;
	const char *name;
	json_t *v;

	if (!json_is_object(o))
		return pq_err_set(
		    err, PQ_EFORMAT, "evidence %s: expected an object", path);
	json_object_foreach (o, name, v) {
		f = find_field(fields, name);
		if (f == NULL)
			return pq_err_set(err, PQ_EFORMAT,
			    "evidence %s: unknown member", path);
		if (!is_kind(v, f->kind))
			return pq_err_set(err, PQ_EFORMAT,
			    "evidence %s/%s: expected %s", path, f->name,
			    kind_word(f->kind));
	}
	for (f = fields; f->name != NULL; f++)
		if (f->required && json_object_get(o, f->name) == NULL)
			return pq_err_set(err, PQ_EFORMAT,
			    "evidence %s/%s: missing", path, f->name);
	return 0;
}

static const char *
member_text(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static int
copy_member(char **ret, json_t *o, const char *name)
{
	const char *s = member_text(o, name);

	if (s == NULL)
		return 0;
	*ret = strdup(s);
	return *ret == NULL ? -PQ_ENOMEM : 0;
}

static int
read_digest(struct pq_digest *ret, json_t *o, const char *name,
    const char *path, struct pq_err *err)
{
	const char *s = member_text(o, name);

	if (s == NULL)
		return 0;
	if (pq_digest_parse(ret, pq_slice_str(s)) != 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "evidence %s/%s: not a sha256 digest", path, name);
	return 0;
}

static int
decode_member(struct owner *own, struct pq_slice *ret, json_t *o,
    const char *path, struct pq_err *err)
{
	struct pq_buf *b;
	int r;

	if (own->n_bytes == own->cap)
		return pq_err_set(
		    err, PQ_ELIMIT, "evidence %s: too many entries", path);
	b = &own->bytes[own->n_bytes++];
	*b = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	r = pq_b64_decode(b, pq_slice_str(member_text(o, "data")));
	if (r != 0)
		return pq_err_set(
		    err, -r, "evidence %s/data: not valid base64", path);
	*ret = pq_buf_view(b);
	return 0;
}

static int
read_files(
    struct pq_evidence *e, struct owner *own, json_t *a, struct pq_err *err)
{
	size_t i;
	json_t *o;
	int r;

	if (json_array_size(a) > PQ_EVIDENCE_FILES)
		return pq_err_set(err, PQ_ELIMIT,
		    "evidence /policy/files: %zu entries; the limit is %d",
		    json_array_size(a), PQ_EVIDENCE_FILES);
	json_array_foreach (a, i, o) {
		r = check_object(o, file_fields, "/policy/files", err);
		if (r == 0)
			r = decode_member(
			    own, &e->files[i].data, o, "/policy/files", err);
		if (r != 0)
			return r;
		e->files[i].name = member_text(o, "name");
		e->n_files = i + 1;
	}
	return 0;
}

static int
read_blob(struct pq_evidence_blob *b, struct owner *own, json_t *o,
    struct pq_err *err)
{
	struct pq_digest is;
	int r = check_object(o, blob_fields, "/blobs", err);

	if (r == 0)
		r = read_digest(&b->digest, o, "digest", "/blobs", err);
	if (r == 0)
		r = decode_member(own, &b->data, o, "/blobs", err);
	if (r == 0)
		r = pq_digest_of(&is, b->data);
	if (r != 0)
		return r;
	if (!pq_digest_eq(&is, &b->digest))
		return pq_err_set(err, PQ_EMISMATCH,
		    "evidence /blobs: the data of %s has another digest",
		    member_text(o, "digest"));
	b->media_type = member_text(o, "media_type");
	return 0;
}

static int
read_blobs(
    struct pq_evidence *e, struct owner *own, json_t *a, struct pq_err *err)
{
	size_t i, n = json_array_size(a);
	json_t *o;
	int r;

	if (n > PQ_EVIDENCE_BLOBS)
		return pq_err_set(err, PQ_ELIMIT,
		    "evidence /blobs: %zu entries; the limit is %d", n,
		    PQ_EVIDENCE_BLOBS);
	e->blobs = calloc(n + 1, sizeof(*e->blobs));
	if (e->blobs == NULL)
		return -PQ_ENOMEM;
	json_array_foreach (a, i, o) {
		r = read_blob(&e->blobs[i], own, o, err);
		if (r != 0)
			return r;
		e->n_blobs = i + 1;
	}
	return 0;
}

static int
read_lookups(struct pq_evidence *e, json_t *a, struct pq_err *err)
{
	size_t i, n = json_array_size(a);
	json_t *o;
	int r;

	if (n > PQ_EVIDENCE_LOOKUPS)
		return pq_err_set(err, PQ_ELIMIT,
		    "evidence /lookups: %zu entries; the limit is %d", n,
		    PQ_EVIDENCE_LOOKUPS);
	e->lookups = calloc(n + 1, sizeof(*e->lookups));
	if (e->lookups == NULL)
		return -PQ_ENOMEM;
	json_array_foreach (a, i, o) {
		struct pq_evidence_lookup *l = &e->lookups[i];
		json_int_t status;

		r = check_object(o, lookup_fields, "/lookups", err);
		if (r == 0)
			r = read_digest(
			    &l->digest, o, "digest", "/lookups", err);
		if (r != 0)
			return r;
		status = json_integer_value(json_object_get(o, "status"));
		if (status < 100 || status > 599)
			return pq_err_set(err, PQ_EFORMAT,
			    "evidence /lookups/status: not an HTTP status");
		l->what = member_text(o, "what");
		l->ref = member_text(o, "ref");
		l->status = (unsigned)status;
		e->n_lookups = i + 1;
	}
	return 0;
}

static int
read_object(struct pq_oid *oid, struct pq_slice *data, struct owner *own,
    json_t *o, const char *path, struct pq_err *err)
{
	int r;

	if (o == NULL)
		return 0;
	r = check_object(o, object_fields, path, err);
	if (r == 0 &&
	    pq_oid_parse(oid, pq_slice_str(member_text(o, "oid"))) != 0)
		r = pq_err_set(
		    err, PQ_EFORMAT, "evidence %s/oid: not an object id", path);
	if (r == 0)
		r = decode_member(own, data, o, path, err);
	return r;
}

static int
read_git(
    struct pq_evidence *e, struct owner *own, json_t *g, struct pq_err *err)
{
	int r;

	if (g == NULL)
		return 0;
	r = check_object(g, git_fields, "/git", err);
	if (r != 0)
		return r;
	if (copy_member(&e->git_repository, g, "repository") != 0 ||
	    copy_member(&e->git_tag, g, "tag") != 0 ||
	    copy_member(&e->git_ref, g, "ref") != 0 ||
	    copy_member(&e->git_peeled, g, "peeled") != 0)
		return -PQ_ENOMEM;
	r = read_object(&e->tag_oid, &e->tag_object, own,
	    json_object_get(g, "tag_object"), "/git/tag_object", err);
	if (r == 0)
		r = read_object(&e->commit_oid, &e->commit_object, own,
		    json_object_get(g, "commit_object"), "/git/commit_object",
		    err);
	return r;
}

static int
read_image(struct pq_evidence *e, json_t *root, struct pq_err *err)
{
	json_t *image = json_object_get(root, "image");
	json_t *platform = json_object_get(root, "platform");
	int r = check_object(image, image_fields, "/image", err);

	if (r == 0)
		r = check_object(platform, platform_fields, "/platform", err);
	if (r == 0)
		r = read_digest(&e->digest, image, "digest", "/image", err);
	if (r != 0)
		return r;
	if (copy_member(&e->repository, image, "repository") != 0 ||
	    copy_member(&e->tag, image, "tag") != 0 ||
	    copy_member(&e->os, platform, "os") != 0 ||
	    copy_member(&e->architecture, platform, "architecture") != 0)
		return -PQ_ENOMEM;
	return 0;
}

static int
read_callback(struct pq_evidence *e, json_t *o, struct pq_err *err)
{
	int r;

	if (o == NULL)
		return 0;
	r = check_object(o, callback_fields, "/callback", err);
	if (r == 0)
		r = read_digest(
		    &e->callback_digest, o, "digest", "/callback", err);
	if (r != 0)
		return r;
	if (copy_member(&e->callback_commit, o, "commit") != 0 ||
	    copy_member(&e->callback_git_tag, o, "git_tag") != 0)
		return -PQ_ENOMEM;
	return 0;
}

static int
read_document(struct pq_evidence *e, struct owner *own, struct pq_err *err)
{
	json_t *root = own->root, *policy;
	int r = check_object(root, top_fields, "", err);

	if (r != 0)
		return r;
	if (strcmp(member_text(root, "format"), "pratique-evidence/1") != 0)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "evidence /format: not \"pratique-evidence/1\"");
	if (copy_member(&e->service, root, "service") != 0)
		return -PQ_ENOMEM;
	e->seen = json_integer_value(json_object_get(root, "seen"));
	policy = json_object_get(root, "policy");
	r = check_object(policy, policy_fields, "/policy", err);
	if (r == 0)
		r = read_digest(
		    &e->policy_hash, policy, "hash", "/policy", err);
	if (r == 0)
		r = read_files(e, own, json_object_get(policy, "files"), err);
	if (r == 0)
		r = read_callback(e, json_object_get(root, "callback"), err);
	if (r == 0)
		r = read_image(e, root, err);
	if (r == 0)
		r = read_blobs(e, own, json_object_get(root, "blobs"), err);
	if (r == 0)
		r = read_lookups(e, json_object_get(root, "lookups"), err);
	if (r == 0)
		r = read_git(e, own, json_object_get(root, "git"), err);
	return r;
}

static struct owner *
owner_new(json_t *root)
{
	struct owner *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return NULL;
	/* for the data in the document, and for bytes that the search keeps */
	own->cap = 2 * PQ_EVIDENCE_BLOBS + PQ_EVIDENCE_FILES + 2;
	own->bytes = calloc(own->cap, sizeof(*own->bytes));
	if (own->bytes == NULL) {
		free(own);
		return NULL;
	}
	own->root = root;
	return own;
}

int
pq_evidence_parse(
    struct pq_evidence **ret, struct pq_slice json, struct pq_err *err)
{
	struct pq_evidence *e;
	json_error_t je;
	json_t *root;
	int r;

	if (json.n > PQ_EVIDENCE_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the evidence has %zu bytes; the limit is %u", json.n,
		    PQ_EVIDENCE_MAX);
	root = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &je);
	if (root == NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "evidence: line %d column %d: not strict JSON", je.line,
		    je.column);
	e = calloc(1, sizeof(*e));
	if (e != NULL)
		e->owner = owner_new(root);
	if (e == NULL || e->owner == NULL) {
		free(e);
		json_decref(root);
		return -PQ_ENOMEM;
	}
	r = read_document(e, e->owner, err);
	if (r != 0) {
		pq_evidence_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void
pq_evidence_free(struct pq_evidence *e)
{
	struct owner *own;
	size_t i;

	if (e == NULL)
		return;
	own = e->owner;
	if (own != NULL) {
		for (i = 0; i < own->n_bytes; i++)
			pq_buf_free(&own->bytes[i]);
		free(own->bytes);
		json_decref(own->root);
		free(own);
	}
	free(e->service);
	free(e->callback_commit);
	free(e->callback_git_tag);
	free(e->repository);
	free(e->tag);
	free(e->os);
	free(e->architecture);
	free(e->blobs);
	free(e->lookups);
	free(e->git_repository);
	free(e->git_tag);
	free(e->git_ref);
	free(e->git_peeled);
	free(e);
}

int
pq_evidence_keep(
    const struct pq_evidence *e, struct pq_slice *ret, struct pq_slice bytes)
{
	struct owner *own = e->owner;
	struct pq_buf *b;

	if (own == NULL || own->n_bytes == own->cap)
		return -PQ_ELIMIT;
	b = &own->bytes[own->n_bytes++];
	*b = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	pq_buf_slice(b, bytes);
	if (b->fault == 0)
		*ret = pq_buf_view(b);
	return b->fault;
}

const struct pq_evidence_blob *
pq_evidence_blob(const struct pq_evidence *e, const struct pq_digest *d)
{
	size_t i;

	for (i = 0; i < e->n_blobs; i++)
		if (pq_digest_eq(&e->blobs[i].digest, d))
			return &e->blobs[i];
	return NULL;
}

struct pq_slice
pq_evidence_bytes(
    const struct pq_evidence *e, const struct pq_oci_descriptor *d)
{
	const struct pq_evidence_blob *b = pq_evidence_blob(e, &d->digest);

	if (b == NULL || b->data.n != d->size)
		return pq_slice(NULL, 0);
	return b->data;
}

const struct pq_evidence_lookup *
pq_evidence_lookup(const struct pq_evidence *e, const char *what)
{
	size_t i;

	for (i = 0; i < e->n_lookups; i++)
		if (strcmp(e->lookups[i].what, what) == 0)
			return &e->lookups[i];
	return NULL;
}

/* The writer leaves out a NULL string, a none digest, and an empty object. */

static int
put_member(json_t *o, const char *name, json_t *v)
{
	return json_object_set_new(o, name, v) == 0 ? 0 : -PQ_ENOMEM;
}

static int
put_str(json_t *o, const char *name, const char *s)
{
	return s == NULL ? 0 : put_member(o, name, json_string(s));
}

static int
put_digest(json_t *o, const char *name, const struct pq_digest *d)
{
	char text[PQ_DIGEST_TEXT];

	if (pq_digest_none(d))
		return 0;
	pq_digest_format(text, d);
	return put_member(o, name, json_string(text));
}

static int
put_data(json_t *o, struct pq_slice s)
{
	struct pq_buf b = PQ_BUF_INIT((size_t)2 * PQ_EVIDENCE_MAX);
	int r = pq_b64_encode(&b, s);

	if (r == 0)
		r = put_member(o, "data", json_stringn((const char *)b.p, b.n));
	pq_buf_free(&b);
	return r;
}

static int
put_object(
    json_t *o, const char *name, const struct pq_oid *oid, struct pq_slice data)
{
	char text[PQ_OID_TEXT];
	json_t *g;

	if (data.n == 0)
		return 0;
	g = json_object();
	pq_oid_format(text, oid);
	if (g == NULL || put_str(g, "oid", text) != 0 ||
	    put_data(g, data) != 0) {
		json_decref(g);
		return -PQ_ENOMEM;
	}
	return put_member(o, name, g);
}

static int
write_policy(json_t *root, const struct pq_evidence *e)
{
	json_t *p = json_object(), *a = json_array();
	int r = put_digest(p, "hash", &e->policy_hash) |
	    put_member(p, "files", a) | put_member(root, "policy", p);
	size_t i;

	for (i = 0; r == 0 && i < e->n_files; i++) {
		json_t *o = json_object();

		r = json_array_append_new(a, o) |
		    put_str(o, "name", e->files[i].name) |
		    put_data(o, e->files[i].data);
	}
	return r;
}

static int
write_blobs(json_t *root, const struct pq_evidence *e)
{
	json_t *a = json_array();
	int r = put_member(root, "blobs", a);
	size_t i;

	for (i = 0; r == 0 && i < e->n_blobs; i++) {
		json_t *o = json_object();

		r = json_array_append_new(a, o) |
		    put_digest(o, "digest", &e->blobs[i].digest) |
		    put_str(o, "media_type", e->blobs[i].media_type) |
		    put_data(o, e->blobs[i].data);
	}
	return r;
}

static int
write_lookups(json_t *root, const struct pq_evidence *e)
{
	json_t *a = json_array();
	int r = put_member(root, "lookups", a);
	size_t i;

	for (i = 0; r == 0 && i < e->n_lookups; i++) {
		const struct pq_evidence_lookup *l = &e->lookups[i];
		json_t *o = json_object();

		r = json_array_append_new(a, o) | put_str(o, "what", l->what) |
		    put_str(o, "ref", l->ref) |
		    put_member(
			o, "status", json_integer((json_int_t)l->status)) |
		    put_digest(o, "digest", &l->digest);
	}
	return r;
}

static int
write_git(json_t *root, const struct pq_evidence *e)
{
	json_t *g;

	if (e->git_repository == NULL)
		return 0;
	g = json_object();
	return put_member(root, "git", g) |
	    put_str(g, "repository", e->git_repository) |
	    put_str(g, "tag", e->git_tag) | put_str(g, "ref", e->git_ref) |
	    put_str(g, "peeled", e->git_peeled) |
	    put_object(g, "tag_object", &e->tag_oid, e->tag_object) |
	    put_object(g, "commit_object", &e->commit_oid, e->commit_object);
}

static int
write_callback(json_t *root, const struct pq_evidence *e)
{
	json_t *o;

	if (pq_digest_none(&e->callback_digest) && e->callback_commit == NULL &&
	    e->callback_git_tag == NULL)
		return 0;
	o = json_object();
	return put_member(root, "callback", o) |
	    put_digest(o, "digest", &e->callback_digest) |
	    put_str(o, "commit", e->callback_commit) |
	    put_str(o, "git_tag", e->callback_git_tag);
}

static int
write_image(json_t *root, const struct pq_evidence *e)
{
	json_t *i = json_object(), *p = json_object();

	return put_member(root, "image", i) | put_member(root, "platform", p) |
	    put_str(i, "repository", e->repository) |
	    put_str(i, "tag", e->tag) | put_digest(i, "digest", &e->digest) |
	    put_str(p, "os", e->os) |
	    put_str(p, "architecture", e->architecture);
}

int
pq_evidence_write(struct pq_buf *dst, const struct pq_evidence *e)
{
	json_t *root = json_object();
	char *text = NULL;
	int r = -PQ_ENOMEM;

	if (put_str(root, "format", "pratique-evidence/1") == 0 &&
	    put_str(root, "service", e->service) == 0 &&
	    put_member(root, "seen", json_integer(e->seen)) == 0 &&
	    write_policy(root, e) == 0 && write_callback(root, e) == 0 &&
	    write_image(root, e) == 0 && write_blobs(root, e) == 0 &&
	    write_lookups(root, e) == 0 && write_git(root, e) == 0)
		text = json_dumps(root, JSON_COMPACT);
	if (text != NULL) {
		pq_buf_str(dst, text);
		r = dst->fault;
	}
	free(text);
	json_decref(root);
	return r;
}
