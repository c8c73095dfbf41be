/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path from an image's digest to its configuration: index, platform
 * manifest, config. Each document has a descriptor of the next document. The
 * caller compares the size and the digest of the next document with this
 * descriptor before the document is parsed. So a trusted first digest
 * authenticates every document that is read here.
 *
 * The remaining attack is ambiguity: a blob that this code reads as a manifest
 * and the engine as an index; two entries for one platform, of which the engine
 * uses the other one; a layer from a URL outside the registry. This code
 * refuses all of these.
 */
#include <pratique/oci.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>

#include "strictjson.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define PATH_MAX_TEXT 64

bool
pq_oci_is_manifest(const char *media_type)
{
	return strcmp(media_type, PQ_OCI_MANIFEST) == 0 ||
	    strcmp(media_type, PQ_DOCKER_MANIFEST) == 0;
}

bool
pq_oci_is_index(const char *media_type)
{
	return strcmp(media_type, PQ_OCI_INDEX) == 0 ||
	    strcmp(media_type, PQ_DOCKER_INDEX) == 0;
}

/* -- annotations and descriptors ------------------------------------- */

static int
read_annotations(struct pq_oci_descriptor *d, const json_t *o, const char *path,
    struct pq_err *err)
{
	struct pq_oci_annotation *list;
	const char *name;
	json_t *v;
	size_t n = 0;

	if (json_object_size(o) == 0)
		return 0;
	if (json_object_size(o) > PQ_OCI_ANNOTATIONS)
		return pq_err_set(err, PQ_ELIMIT,
		    "%s/annotations: %zu entries; the limit is %d", path,
		    json_object_size(o), PQ_OCI_ANNOTATIONS);
	list = calloc(json_object_size(o), sizeof(*list));
	if (list == NULL)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	d->annotations = list;
	json_object_foreach ((json_t *)(uintptr_t)o, name, v) {
		if (!json_is_string(v))
			return pq_err_set(err, PQ_EFORMAT,
			    "%s/annotations: expected strings", path);
		list[n].name = name;
		list[n].value = pq_json_slice(v);
		d->n_annotations = ++n;
	}
	return 0;
}

/* Copy the text of a member. The error gives the member's path. */
static int
copy_member(char *dst, size_t size, const json_t *v, const char *path,
    const char *name, struct pq_err *err)
{
	char at[2 * PATH_MAX_TEXT];

	(void)snprintf(at, sizeof(at), "%s/%s", path, name);
	return pq_json_copy(dst, size, v, at, err);
}

static int
read_platform(struct pq_oci_descriptor *d, const json_t *o, const char *above,
    struct pq_err *err)
{
	const json_t *os = NULL, *arch = NULL, *variant = NULL;
	const struct pq_json_field fields[] = {
		{ "os", PQ_JSON_STRING, true, &os },
		{ "architecture", PQ_JSON_STRING, true, &arch },
		{ "variant", PQ_JSON_STRING, false, &variant },
	};
	char path[PATH_MAX_TEXT + sizeof("/platform")];
	int r;

	if (o == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/platform", above);
	r = pq_json_fields(o, path, fields, N(fields), PQ_JSON_PASS, err);
	if (r == 0)
		r = copy_member(d->os, sizeof(d->os), os, path, "os", err);
	if (r == 0)
		r = copy_member(d->architecture, sizeof(d->architecture), arch,
		    path, "architecture", err);
	if (r == 0)
		r = copy_member(d->variant, sizeof(d->variant), variant, path,
		    "variant", err);
	return r;
}

struct raw {
	const json_t *media_type, *digest, *size, *urls, *platform;
	const json_t *annotations, *artifact_type;
};

static int
read_raw(struct raw *w, const json_t *o, const char *path, struct pq_err *err)
{
	const struct pq_json_field fields[] = {
		{ "mediaType", PQ_JSON_STRING, true, &w->media_type },
		{ "digest", PQ_JSON_STRING, true, &w->digest },
		{ "size", PQ_JSON_INTEGER, true, &w->size },
		{ "urls", PQ_JSON_ARRAY, false, &w->urls },
		{ "platform", PQ_JSON_OBJECT, false, &w->platform },
		{ "annotations", PQ_JSON_OBJECT_OR_NULL, false,
		    &w->annotations },
		{ "artifactType", PQ_JSON_STRING, false, &w->artifact_type },
	};

	return pq_json_fields(o, path, fields, N(fields), PQ_JSON_PASS, err);
}

static int
read_identity(struct pq_oci_descriptor *d, const struct raw *w,
    const char *path, struct pq_err *err)
{
	if (pq_digest_parse(&d->digest, pq_json_slice(w->digest)) != 0 ||
	    pq_digest_none(&d->digest))
		return pq_err_set(err, PQ_EFORMAT,
		    "%s/digest: expected sha256: and 64 hex digits", path);
	if (json_integer_value(w->size) < 0)
		return pq_err_set(err, PQ_EFORMAT, "%s/size: negative", path);
	d->size = (uint64_t)json_integer_value(w->size);
	if (w->urls != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "%s/urls: content outside the registry is not allowed",
		    path);
	return 0;
}

static int
read_descriptor(struct pq_oci_descriptor *d, const json_t *o, const char *path,
    struct pq_err *err)
{
	struct raw w = { 0 };
	int r;

	r = read_raw(&w, o, path, err);
	if (r == 0)
		r = read_identity(d, &w, path, err);
	if (r == 0)
		r = copy_member(d->media_type, sizeof(d->media_type),
		    w.media_type, path, "mediaType", err);
	if (r == 0)
		r = copy_member(d->artifact_type, sizeof(d->artifact_type),
		    w.artifact_type, path, "artifactType", err);
	if (r == 0)
		r = read_platform(d, w.platform, path, err);
	if (r == 0)
		r = read_annotations(d, w.annotations, path, err);
	return r;
}

static int
read_descriptors(struct pq_oci_descriptor **ret, size_t *ret_n,
    const json_t *array, size_t max, const char *name, struct pq_err *err)
{
	struct pq_oci_descriptor *list;
	size_t i, n = json_array_size(array);
	char path[PATH_MAX_TEXT];
	int r;

	if (n > max)
		return pq_err_set(err, PQ_ELIMIT,
		    "/%s: %zu entries; the limit is %zu", name, n, max);
	list = calloc(n == 0 ? 1 : n, sizeof(*list));
	if (list == NULL)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	*ret = list; /* now the document owns the list */
	*ret_n = n;
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/%s/%zu", name, i);
		r = read_descriptor(
		    &list[i], json_array_get(array, i), path, err);
		if (r != 0)
			return r;
	}
	return 0;
}

static void
descriptor_clear(struct pq_oci_descriptor *d)
{
	free((void *)(uintptr_t)d->annotations);
}

static void
descriptors_free(struct pq_oci_descriptor *list, size_t n)
{
	size_t i;

	for (i = 0; list != NULL && i < n; i++)
		descriptor_clear(&list[i]);
	free(list);
}

/* -- documents ------------------------------------------------------- */

/* The top-level members of both kinds, manifest and index. */
struct doc {
	const json_t *schema, *media_type, *artifact_type;
	const json_t *manifests, *config, *layers, *subject;
	const json_t *annotations;
	const json_t *fs_layers, *signatures, *blobs;
};

static int
read_doc(struct doc *d, const json_t *root, struct pq_err *err)
{
	const struct pq_json_field fields[] = {
		{ "schemaVersion", PQ_JSON_INTEGER, true, &d->schema },
		{ "mediaType", PQ_JSON_STRING, false, &d->media_type },
		{ "artifactType", PQ_JSON_STRING, false, &d->artifact_type },
		{ "manifests", PQ_JSON_ARRAY, false, &d->manifests },
		{ "config", PQ_JSON_OBJECT, false, &d->config },
		{ "layers", PQ_JSON_ARRAY, false, &d->layers },
		{ "subject", PQ_JSON_OBJECT, false, &d->subject },
		{ "annotations", PQ_JSON_OBJECT_OR_NULL, false,
		    &d->annotations },
		{ "fsLayers", PQ_JSON_ANY, false, &d->fs_layers },
		{ "signatures", PQ_JSON_ANY, false, &d->signatures },
		{ "blobs", PQ_JSON_ANY, false, &d->blobs },
	};
	int r;

	r = pq_json_fields(root, "", fields, N(fields), PQ_JSON_PASS, err);
	if (r != 0)
		return r;
	if (json_integer_value(d->schema) != 2)
		return pq_err_set(
		    err, PQ_EFORMAT, "/schemaVersion: expected 2");
	if (d->fs_layers != NULL || d->signatures != NULL || d->blobs != NULL)
		return pq_err_set(
		    err, PQ_EFORMAT, "/: members of an older manifest format");
	if (d->manifests != NULL && (d->layers != NULL || d->config != NULL))
		return pq_err_set(
		    err, PQ_EFORMAT, "/: both an index and a manifest");
	return 0;
}

/*
 * Check that the media type in the body and the media type in the descriptor
 * (@said) are equal and of the expected kind. Each of the two may be absent.
 */
static int
check_media_type(char dst[128], const struct doc *d, const char *said,
    bool (*is_kind)(const char *), struct pq_err *err)
{
	int r = pq_json_copy(dst, 128, d->media_type, "/mediaType", err);

	if (r != 0)
		return r;
	if (dst[0] != '\0' && !is_kind(dst))
		return pq_err_set(
		    err, PQ_EFORMAT, "/mediaType: unexpected %s", dst);
	if (said[0] != '\0' && !is_kind(said))
		return pq_err_set(
		    err, PQ_EFORMAT, "unexpected media type in the descriptor");
	if (dst[0] != '\0' && said[0] != '\0' && strcmp(dst, said) != 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "/mediaType: %s, but the descriptor has %s", dst, said);
	return 0;
}

static int
fill_manifest(struct pq_oci_manifest *m, const char *said, struct pq_err *err)
{
	struct doc d = { 0 };
	int r;

	r = read_doc(&d, m->owner, err);
	if (r == 0)
		r = check_media_type(
		    m->media_type, &d, said, pq_oci_is_manifest, err);
	if (r != 0)
		return r;
	if (d.manifests != NULL || d.config == NULL || d.layers == NULL)
		return pq_err_set(
		    err, PQ_EFORMAT, "/: expected config and layers");
	r = pq_json_copy(m->artifact_type, sizeof(m->artifact_type),
	    d.artifact_type, "/artifactType", err);
	if (r == 0)
		r = read_descriptor(&m->config, d.config, "/config", err);
	if (r == 0 && d.subject != NULL)
		r = read_descriptor(&m->subject, d.subject, "/subject", err);
	if (r == 0)
		r = read_descriptors(&m->layers, &m->n_layers, d.layers,
		    PQ_OCI_LAYERS, "layers", err);
	return r;
}

int
pq_oci_manifest_parse(struct pq_oci_manifest **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err)
{
	struct pq_oci_manifest *m;
	json_t *root = NULL;
	int r;

	r = pq_json_load(&root, json, PQ_OCI_DOC_MAX, PQ_OCI_DEPTH, err);
	if (r != 0)
		return pq_err_wrap(err, r, "manifest");
	m = calloc(1, sizeof(*m));
	if (m == NULL) {
		json_decref(root);
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	}
	m->owner = root;
	r = fill_manifest(m, media_type == NULL ? "" : media_type, err);
	if (r != 0) {
		pq_oci_manifest_free(m);
		return pq_err_wrap(err, r, "manifest");
	}
	*ret = m;
	return 0;
}

void
pq_oci_manifest_free(struct pq_oci_manifest *m)
{
	if (m == NULL)
		return;
	descriptor_clear(&m->config);
	descriptor_clear(&m->subject);
	descriptors_free(m->layers, m->n_layers);
	json_decref(m->owner);
	free(m);
}

void
pq_oci_manifest_freep(struct pq_oci_manifest **m)
{
	pq_oci_manifest_free(*m);
	*m = NULL;
}

static int
fill_index(struct pq_oci_index *x, const char *said, struct pq_err *err)
{
	struct doc d = { 0 };
	int r;

	r = read_doc(&d, x->owner, err);
	if (r == 0)
		r = check_media_type(
		    x->media_type, &d, said, pq_oci_is_index, err);
	if (r != 0)
		return r;
	if (d.manifests == NULL)
		return pq_err_set(err, PQ_EFORMAT, "/manifests: missing");
	if (d.subject != NULL)
		r = read_descriptor(&x->subject, d.subject, "/subject", err);
	if (r == 0)
		r = read_descriptors(&x->entries, &x->n_entries, d.manifests,
		    PQ_OCI_ENTRIES, "manifests", err);
	return r;
}

int
pq_oci_index_parse(struct pq_oci_index **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err)
{
	struct pq_oci_index *x;
	json_t *root = NULL;
	int r;

	r = pq_json_load(&root, json, PQ_OCI_DOC_MAX, PQ_OCI_DEPTH, err);
	if (r != 0)
		return pq_err_wrap(err, r, "index");
	x = calloc(1, sizeof(*x));
	if (x == NULL) {
		json_decref(root);
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	}
	x->owner = root;
	r = fill_index(x, media_type == NULL ? "" : media_type, err);
	if (r != 0) {
		pq_oci_index_free(x);
		return pq_err_wrap(err, r, "index");
	}
	*ret = x;
	return 0;
}

void
pq_oci_index_free(struct pq_oci_index *x)
{
	if (x == NULL)
		return;
	descriptor_clear(&x->subject);
	descriptors_free(x->entries, x->n_entries);
	json_decref(x->owner);
	free(x);
}

void
pq_oci_index_freep(struct pq_oci_index **x)
{
	pq_oci_index_free(*x);
	*x = NULL;
}

/*
 * Report whether an entry may be the one for this platform.
 *
 * BuildKit's attestations are entries for unknown/unknown, so they never match.
 * Some programs use an entry without a platform for any platform. So such an
 * entry counts as a candidate here. If there is also an entry for this
 * platform, the index is refused.
 */
static bool
is_candidate(
    const struct pq_oci_descriptor *d, const char *os, const char *architecture)
{
	if (d->os[0] == '\0' && d->architecture[0] == '\0')
		return true;
	return strcmp(d->os, os) == 0 &&
	    strcmp(d->architecture, architecture) == 0;
}

int
pq_oci_index_find(const struct pq_oci_descriptor **ret,
    const struct pq_oci_index *x, const char *os, const char *architecture)
{
	const struct pq_oci_descriptor *found = NULL;
	size_t i;

	*ret = NULL;
	for (i = 0; i < x->n_entries; i++) {
		if (!is_candidate(&x->entries[i], os, architecture))
			continue;
		if (found != NULL)
			return PQ_OCI_TWICE;
		found = &x->entries[i];
	}
	if (found == NULL)
		return PQ_OCI_NONE;
	if (!pq_oci_is_manifest(found->media_type))
		return PQ_OCI_NESTED;
	*ret = found;
	return 0;
}

/* -- image configuration --------------------------------------------- */

/* Copy a label. It may be absent, or a string that pq_json_copy() accepts. */
static int
copy_label(char *dst, size_t size, const json_t *labels, const char *name,
    struct pq_err *err)
{
	const json_t *v = json_object_get(labels, name);

	if (v != NULL && !json_is_string(v))
		return pq_err_set(err, PQ_EFORMAT,
		    "/config/Labels/%s: expected string", name);
	return pq_json_copy(dst, size, v, name, err);
}

/* Find a reserved label. The document's size limits the number of labels. */
static void
find_reserved(struct pq_oci_config *c, const json_t *labels)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)labels, name, v) {
		struct pq_slice s = pq_slice_str(name);

		if (!pq_slice_starts(s, PQ_OCI_RESERVED))
			continue;
		pq_text_escape(c->reserved, sizeof(c->reserved), s);
		return;
	}
}

static int
read_labels(struct pq_oci_config *c, const json_t *config, struct pq_err *err)
{
	const json_t *labels = NULL;
	const struct pq_json_field fields[] = {
		{ "Labels", PQ_JSON_OBJECT_OR_NULL, false, &labels },
	};
	int r;

	if (!json_is_object(config))
		return 0;
	r = pq_json_fields(
	    config, "/config", fields, N(fields), PQ_JSON_PASS, err);
	if (r == 0)
		r = copy_label(c->revision, sizeof(c->revision), labels,
		    PQ_OCI_REVISION, err);
	if (r != 0)
		return r;
	pq_json_claim(&c->version, json_object_get(labels, PQ_OCI_VERSION));
	find_reserved(c, labels);
	/* no check uses the source label, so a bad label counts as absent */
	if (copy_label(
		c->source, sizeof(c->source), labels, PQ_OCI_SOURCE, NULL) != 0)
		c->source[0] = '\0';
	return 0;
}

static int
read_config(struct pq_oci_config *c, const json_t *root, struct pq_err *err)
{
	const json_t *os = NULL, *arch = NULL, *config = NULL;
	const json_t *rootfs = NULL, *manifests = NULL, *layers = NULL;
	const struct pq_json_field fields[] = {
		{ "os", PQ_JSON_STRING, true, &os },
		{ "architecture", PQ_JSON_STRING, true, &arch },
		{ "config", PQ_JSON_OBJECT_OR_NULL, false, &config },
		{ "rootfs", PQ_JSON_OBJECT, true, &rootfs },
		{ "manifests", PQ_JSON_ANY, false, &manifests },
		{ "layers", PQ_JSON_ANY, false, &layers },
	};
	int r;

	r = pq_json_fields(root, "", fields, N(fields), PQ_JSON_PASS, err);
	if (r == 0 && (manifests != NULL || layers != NULL))
		r = pq_err_set(err, PQ_EFORMAT,
		    "/: a configuration with members of a manifest");
	if (r == 0)
		r = pq_json_copy(c->os, sizeof(c->os), os, "/os", err);
	if (r == 0)
		r = pq_json_copy(c->architecture, sizeof(c->architecture), arch,
		    "/architecture", err);
	return r != 0 ? r : read_labels(c, config, err);
}

int
pq_oci_config_parse(
    struct pq_oci_config *ret, struct pq_slice json, struct pq_err *err)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct pq_oci_config c = { 0 };
	int r;

	r = pq_json_load(&root, json, PQ_OCI_DOC_MAX, PQ_OCI_DEPTH, err);
	if (r == 0)
		r = read_config(&c, root, err);
	if (r != 0)
		return pq_err_wrap(err, r, "image config");
	*ret = c;
	return 0;
}

/* -- small queries ---------------------------------------------------- */

struct pq_slice
pq_oci_annotation(const struct pq_oci_descriptor *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n_annotations; i++)
		if (strcmp(d->annotations[i].name, name) == 0)
			return d->annotations[i].value;
	return pq_slice(NULL, 0);
}

int
pq_oci_descriptor_check(
    const struct pq_oci_descriptor *d, struct pq_slice bytes)
{
	struct pq_digest got;
	int r;

	if (bytes.n != d->size)
		return -PQ_EMISMATCH;
	r = pq_digest_of(&got, bytes);
	if (r != 0)
		return r;
	return pq_digest_eq(&got, &d->digest) ? 0 : -PQ_EMISMATCH;
}

int
pq_oci_sniff(struct pq_slice json)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct doc d = { 0 };
	int r;

	r = pq_json_load(&root, json, PQ_OCI_DOC_MAX, PQ_OCI_DEPTH, NULL);
	if (r == 0)
		r = read_doc(&d, root, NULL);
	if (r != 0)
		return r;
	if (d.manifests != NULL)
		return 1;
	return d.config != NULL && d.layers != NULL ? 0 : -PQ_EFORMAT;
}
