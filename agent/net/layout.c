/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image layout on disk, with the interface of a registry.
 *
 * The directory may come from an untrusted archive, so this code never uses a
 * file name from it. It opens a blob only by the hex digits of a parsed digest,
 * below an open directory, and does not follow links. With a link, an archive
 * could make pratique verify open any file of the caller: a device that blocks,
 * or a secret whose hash the result would confirm. Each size has a limit before
 * the first byte is read, and each blob is hashed.
 */
#include "net/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pratique/oci.h>

#define MARKER_MAX 4096
#define REFERRER_MAX (256u << 10) /* equal to PQ_ARTIFACT_BYTES */
#define REF_NAME "org.opencontainers.image.ref.name"

struct pq_layout {
	int dir;
	int blobs;           /* blobs/sha256 */
	struct pq_buf bytes; /* index.json; index points into it */
	struct pq_oci_index *index;
};

/* Map an errno of open(2) to a result. A link or a device is -PQ_EFORMAT. */
static int
opening_failed(const char *what, int e, struct pq_err *err)
{
	if (e == ENOENT)
		return PQ_OCI_ABSENT;
	if (e == ELOOP || e == ENOTDIR || e == ENXIO)
		return pq_err_set(err, PQ_EFORMAT,
		    "layout: %s: not a regular file or directory (links are "
		    "refused)",
		    what);
	return pq_err_set(err, PQ_ESYS, "layout: %s: %s", what, strerror(e));
}

static int
read_all(int fd, const char *what, struct pq_buf *ret, struct pq_err *err)
{
	uint8_t chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pq_err_set(err, PQ_ESYS, "layout: %s: %s", what,
			    strerror(errno));
		pq_buf_put(ret, chunk, (size_t)n);
		if (ret->fault != 0)
			return pq_err_set(err, -ret->fault,
			    "layout: %s: over %zu bytes", what, ret->max);
	}
	return 0;
}

/*
 * Read a regular file of at most @max bytes.
 * Return: 0; PQ_OCI_ABSENT; a fault
 */
static int
read_file(int dir, const char *name, size_t max, struct pq_buf *ret,
    struct pq_err *err)
{
	/* without O_NONBLOCK, open() of a FIFO would block before fstat() */
	pq_auto(pq_autoclose) int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct pq_buf b = PQ_BUF_INIT(max);
	struct stat st;
	int r;

	if (fd < 0)
		return opening_failed(name, errno, err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return pq_err_set(
		    err, PQ_EFORMAT, "layout: %s: not a regular file", name);
	if (st.st_size > (off_t)max)
		return pq_err_set(err, PQ_ELIMIT,
		    "layout: %s: %lld bytes, more than %zu", name,
		    (long long)st.st_size, max);
	r = read_all(fd, name, &b, err);
	if (r == 0)
		*ret = b;
	else
		pq_buf_free(&b);
	return r;
}

/* Read a file that each layout must have. */
static int
read_needed(int dir, const char *name, size_t max, struct pq_buf *ret,
    struct pq_err *err)
{
	int r = read_file(dir, name, max, ret, err);

	return r != PQ_OCI_ABSENT
	    ? r
	    : pq_err_set(err, PQ_EABSENT, "layout: %s: not found", name);
}

static int
read_marker(struct pq_layout *l, struct pq_err *err)
{
	struct pq_buf b = PQ_BUF_INIT(0);
	const char *version;
	json_t *root;
	int r = read_needed(l->dir, "oci-layout", MARKER_MAX, &b, err);

	if (r != 0)
		return r;
	root = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
	version =
	    json_string_value(json_object_get(root, "imageLayoutVersion"));
	if (version == NULL || strcmp(version, "1.0.0") != 0)
		r = pq_err_set(err, PQ_EFORMAT,
		    "layout: oci-layout: imageLayoutVersion is not 1.0.0");
	json_decref(root);
	pq_buf_free(&b);
	return r;
}

static int
open_below(int dir, const char *name, const char *what, struct pq_err *err)
{
	int fd =
	    openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd >= 0)
		return fd;
	r = opening_failed(what, errno, err);
	return r != PQ_OCI_ABSENT
	    ? r
	    : pq_err_set(err, PQ_EABSENT, "layout: %s: not found", what);
}

static int
open_blobs(struct pq_layout *l, struct pq_err *err)
{
	pq_auto(pq_autoclose) int blobs =
	    open_below(l->dir, "blobs", "blobs", err);

	if (blobs < 0)
		return blobs;
	l->blobs = open_below(blobs, "sha256", "blobs/sha256", err);
	return l->blobs < 0 ? l->blobs : 0;
}

static int
open_dir(struct pq_layout *l, const char *dir, struct pq_err *err)
{
	l->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0)
		return pq_err_set(
		    err, PQ_EABSENT, "layout: %s: %s", dir, strerror(errno));
	return 0;
}

int
pq_layout_open(struct pq_layout **ret, const char *dir, struct pq_err *err)
{
	struct pq_layout *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return pq_err_set(err, PQ_ENOMEM, "layout");
	l->dir = l->blobs = -1;
	r = open_dir(l, dir, err);
	if (r == 0)
		r = read_marker(l, err);
	if (r == 0)
		r = open_blobs(l, err);
	if (r == 0)
		r = read_needed(
		    l->dir, "index.json", PQ_OCI_DOC_MAX, &l->bytes, err);
	if (r == 0) {
		r = pq_oci_index_parse(
		    &l->index, pq_buf_view(&l->bytes), PQ_OCI_INDEX, err);
		if (r != 0)
			(void)pq_err_wrap(err, r, "layout: index.json");
	}
	if (r != 0) {
		pq_layout_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

void
pq_layout_close(struct pq_layout *l)
{
	if (l == NULL)
		return;
	pq_oci_index_free(l->index);
	pq_buf_free(&l->bytes);
	pq_autoclose(&l->blobs);
	pq_autoclose(&l->dir);
	free(l);
}

/* Read the blob with digest @d. Return: 0; PQ_OCI_ABSENT; a fault. */
static int
read_blob(const struct pq_layout *l, const struct pq_digest *d, size_t max,
    struct pq_buf *ret, struct pq_err *err)
{
	struct pq_buf b = PQ_BUF_INIT(0);
	struct pq_digest is;
	char hex[65];
	int r;

	pq_hex_encode(hex, pq_slice(d->sha256, 32));
	r = read_file(l->blobs, hex, max, &b, err);
	if (r != 0)
		return r;
	if (pq_digest_of(&is, pq_buf_view(&b)) != 0)
		r = pq_err_set(err, PQ_ECRYPTO, "sha256");
	else if (!pq_digest_eq(&is, d))
		r = pq_err_set(err, PQ_EMISMATCH,
		    "layout: blob %s: its digest is not its name "
		    "(image.digest)",
		    hex);
	if (r == 0)
		*ret = b;
	else
		pq_buf_free(&b);
	return r;
}

static const struct pq_oci_descriptor *
entry_of(const struct pq_layout *l, const struct pq_digest *d)
{
	size_t i;

	for (i = 0; i < l->index->n_entries; i++)
		if (pq_digest_eq(&l->index->entries[i].digest, d))
			return &l->index->entries[i];
	return NULL;
}

/*
 * Take the media type from index.json. If index.json does not list the
 * document, derive the type from the bytes of the document.
 */
static void
set_type(const struct pq_layout *l, struct pq_oci_document *doc)
{
	const struct pq_oci_descriptor *d = entry_of(l, &doc->digest);
	const char *type = NULL;

	if (d != NULL && d->media_type[0] != '\0')
		type = d->media_type;
	else if (pq_oci_sniff(pq_buf_view(&doc->body)) == 1)
		type = PQ_OCI_INDEX;
	else
		type = PQ_OCI_MANIFEST;
	memcpy(doc->media_type, type, strlen(type) + 1);
}

static int
get_manifest(void *ctx, const struct pq_digest *d, size_t max,
    struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_oci_document doc = { .digest = *d };
	int r = read_blob(ctx, d, max, &doc.body, err);

	if (r != 0)
		return r;
	set_type(ctx, &doc);
	*ret = doc;
	return 0;
}

/* Find the entry with this tag. Two different images with one tag: a fault. */
static int
find_tag(const struct pq_layout *l, const char *tag,
    const struct pq_oci_descriptor **ret, struct pq_err *err)
{
	const struct pq_oci_descriptor *found = NULL, *d;
	size_t i;

	for (i = 0; i < l->index->n_entries; i++) {
		d = &l->index->entries[i];
		if (!pq_slice_eq_str(pq_oci_annotation(d, REF_NAME), tag))
			continue;
		if (found != NULL &&
		    !pq_digest_eq(&found->digest, &d->digest)) {
			(void)pq_err_set(err, PQ_EFORMAT,
			    "layout: two images have the tag %s", tag);
			return -PQ_EFORMAT;
		}
		found = d;
	}
	*ret = found;
	return found == NULL ? PQ_OCI_ABSENT : 0;
}

static int
get_tag(
    void *ctx, const char *tag, struct pq_oci_document *ret, struct pq_err *err)
{
	const struct pq_oci_descriptor *d = NULL;
	struct pq_oci_document doc = { 0 };
	int r = find_tag(ctx, tag, &d, err);

	if (r == 0)
		r = get_manifest(ctx, &d->digest, PQ_OCI_DOC_MAX, &doc, err);
	if (r != 0)
		return r;
	if (doc.body.n != d->size) {
		pq_buf_free(&doc.body);
		return pq_err_set(err, PQ_EMISMATCH,
		    "layout: %s: its size is not the size in index.json", tag);
	}
	*ret = doc;
	return 0;
}

static int
get_blob(void *ctx, const struct pq_digest *d, uint64_t size, size_t max,
    struct pq_buf *ret, struct pq_err *err)
{
	struct pq_buf b = PQ_BUF_INIT(0);
	int r;

	if (size == 0 || size > max)
		return pq_err_set(err, PQ_ELIMIT,
		    "layout: the size in a descriptor is %llu, not 1 to %zu "
		    "bytes",
		    (unsigned long long)size, max);
	/* read one byte more, so that a longer blob has a wrong size */
	r = read_blob(ctx, d, (size_t)size + 1, &b, err);
	if (r == 0 && b.n != size) {
		pq_buf_free(&b);
		return pq_err_set(err, PQ_EMISMATCH,
		    "layout: a blob does not have the %llu bytes of its "
		    "descriptor",
		    (unsigned long long)size);
	}
	if (r == 0)
		*ret = b;
	return r;
}

/*
 * Check that the manifest of this entry has the subject @d.
 * Return: 0 it does; 1 it does not; a fault
 */
static int
check_subject(const struct pq_layout *l, const struct pq_oci_descriptor *entry,
    const struct pq_digest *d, struct pq_err *err)
{
	struct pq_buf b = PQ_BUF_INIT(0);
	struct pq_oci_manifest *m = NULL;
	int r;

	if (!pq_oci_is_manifest(entry->media_type))
		return 1;
	r = read_blob(l, &entry->digest, REFERRER_MAX, &b, err);
	if (r == 0)
		r = pq_oci_manifest_parse(
		    &m, pq_buf_view(&b), entry->media_type, err);
	if (r == 0)
		r = pq_digest_eq(&m->subject.digest, d) ? 0 : 1;
	pq_oci_manifest_free(m);
	pq_buf_free(&b);
	/* a broken manifest must not hide the other referrers */
	if (r == -PQ_EFORMAT || r == -PQ_ELIMIT || r == -PQ_EMISMATCH)
		return 1;
	return r;
}

static int
append_entry(json_t *list, const struct pq_oci_descriptor *d)
{
	char text[PQ_DIGEST_TEXT];

	pq_digest_format(text, &d->digest);
	return json_array_append_new(list,
		   json_pack("{s:s,s:s,s:I}", "mediaType", d->media_type,
		       "digest", text, "size", (json_int_t)d->size)) == 0
	    ? 0
	    : -PQ_ENOMEM;
}

/* Write the index that a registry's referrers API would return. */
static int
write_index(json_t *list, struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_oci_document doc = { .media_type = PQ_OCI_INDEX };
	json_t *root = json_pack("{s:i,s:s,s:O}", "schemaVersion", 2,
	    "mediaType", PQ_OCI_INDEX, "manifests", list);
	char *text = json_dumps(root, JSON_COMPACT);
	int r;

	json_decref(root);
	doc.body = PQ_BUF_INIT(PQ_OCI_DOC_MAX);
	pq_buf_str(&doc.body, text);
	r = text == NULL ? -PQ_ENOMEM : doc.body.fault;
	free(text);
	if (r == 0)
		r = pq_digest_of(&doc.digest, pq_buf_view(&doc.body));
	if (r != 0) {
		pq_buf_free(&doc.body);
		return pq_err_set(err, -r, "layout: cannot list the referrers");
	}
	*ret = doc;
	return 0;
}

static int
get_referrers(void *ctx, const struct pq_digest *d, struct pq_oci_document *ret,
    struct pq_err *err)
{
	const struct pq_layout *l = ctx;
	json_t *list = json_array();
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < l->index->n_entries; i++) {
		r = check_subject(l, &l->index->entries[i], d, err);
		if (r == 0)
			r = append_entry(list, &l->index->entries[i]);
	}
	if (r >= 0)
		r = json_array_size(list) == 0 ? PQ_OCI_ABSENT
					       : write_index(list, ret, err);
	json_decref(list);
	return r;
}

struct pq_oci_source
pq_layout_source(struct pq_layout *l)
{
	return (struct pq_oci_source){ "layout", l, get_tag, get_manifest,
		get_blob, get_referrers, NULL };
}
