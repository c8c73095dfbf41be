/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pratique/oci.h>

#include "net/gather.h"
#include "net/layout.h"
#include "support/files.h"
#include "support/temporary.h"

#define REF "org.opencontainers.image.ref.name"

/* the artifacts for a policy with cosign keys */
#define ALL                                        \
	(PQ_ARTIFACT_BIT(PQ_ARTIFACT_COSIGN_TAG) | \
	    PQ_ARTIFACT_BIT(PQ_ARTIFACT_REFERRERS))

/* a layout in a temporary directory, with one image that has the tag "1" */
struct fixture {
	char dir[TEMPORARY_ROOM];
	struct pq_digest config, manifest;
	char entries[4096]; /* entries of index.json */
	struct pq_layout *layout;
	struct pq_oci_source source;
	struct pq_err err;
};

static void
write_at(const struct fixture *f, const char *name, struct pq_slice s)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	write_file(path, s.p, s.n);
}

static void
blob_name(char dst[128], const struct pq_digest *d)
{
	char hex[65];

	pq_hex_encode(hex, pq_slice(d->sha256, 32));
	(void)snprintf(dst, 128, "blobs/sha256/%s", hex);
}

static struct pq_digest
put_blob(const struct fixture *f, const char *text)
{
	struct pq_digest d;
	char name[128];

	assert_int_equal(pq_digest_of(&d, pq_slice_str(text)), 0);
	blob_name(name, &d);
	write_at(f, name, pq_slice_str(text));
	return d;
}

static void
add_entry(struct fixture *f, const struct pq_digest *d, size_t size,
    const char *media_type, const char *annotation)
{
	size_t n = strlen(f->entries);
	char text[PQ_DIGEST_TEXT];

	pq_digest_format(text, d);
	(void)snprintf(f->entries + n, sizeof(f->entries) - n,
	    "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}",
	    n == 0 ? "" : ",", media_type, text, size, annotation);
}

static void
write_index(const struct fixture *f)
{
	char json[5000];

	(void)snprintf(json, sizeof(json),
	    "{\"schemaVersion\":2,\"manifests\":[%s]}", f->entries);
	write_at(f, "index.json", pq_slice_str(json));
}

static int
reopen_layout(struct fixture *f)
{
	int r;

	pq_layout_close(f->layout);
	f->layout = NULL;
	r = pq_layout_open(&f->layout, f->dir, &f->err);
	if (r == 0)
		f->source = pq_layout_source(f->layout);
	return r;
}

/* Write a manifest with one config blob and no layers to @dst. */
static void
manifest_text(char *dst, size_t room, const struct pq_digest *config,
    size_t size, const char *rest)
{
	char text[PQ_DIGEST_TEXT];

	pq_digest_format(text, config);
	(void)snprintf(dst, room,
	    "{\"schemaVersion\":2,\"mediaType\":\"" PQ_OCI_MANIFEST
	    "\",\"config\":{\"mediaType\":\"" PQ_OCI_CONFIG
	    "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[]%s}",
	    text, size, rest);
}

static int
setup(void **state)
{
	static const char config[] = "{\"os\":\"linux\","
				     "\"architecture\":\"amd64\"}";
	struct fixture *f = calloc(1, sizeof(*f));
	char path[256], manifest[1024];

	assert_non_null(f);
	if (make_temporary(NULL) != 0)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "%s", temporary_dir());
	(void)snprintf(path, sizeof(path), "%s/blobs", f->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/blobs/sha256", f->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	write_at(f, "oci-layout",
	    pq_slice_str("{\"imageLayoutVersion\":\"1.0.0\"}"));
	f->config = put_blob(f, config);
	manifest_text(
	    manifest, sizeof(manifest), &f->config, sizeof(config) - 1, "");
	f->manifest = put_blob(f, manifest);
	add_entry(f, &f->manifest, strlen(manifest), PQ_OCI_MANIFEST,
	    ",\"annotations\":{\"" REF "\":\"1\"}");
	write_index(f);
	*state = f;
	return reopen_layout(f);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pq_layout_close(f->layout);
	free(f);
	return remove_temporary(NULL);
}

static int
get_tag(struct fixture *f, const char *tag)
{
	struct pq_oci_document doc = { 0 };
	int r = f->source.get_tag(f->source.ctx, tag, &doc, &f->err);

	if (r == 0) {
		assert_true(pq_digest_eq(&doc.digest, &f->manifest));
		assert_string_equal(doc.media_type, PQ_OCI_MANIFEST);
		pq_buf_free(&doc.body);
	}
	return r;
}

static int
get_blob(struct fixture *f, const struct pq_digest *d, uint64_t size)
{
	struct pq_buf b = PQ_BUF_INIT(0);
	int r = f->source.get_blob(f->source.ctx, d, size, 4096, &b, &f->err);

	pq_buf_free(&b);
	return r;
}

static int
count_referrers(struct fixture *f, size_t *ret_n)
{
	struct pq_oci_document doc = { 0 };
	struct pq_oci_index *x = NULL;
	struct pq_digest is;
	int r =
	    f->source.get_referrers(f->source.ctx, &f->manifest, &doc, &f->err);

	if (r != 0)
		return r;
	assert_int_equal(pq_digest_of(&is, pq_buf_view(&doc.body)), 0);
	assert_true(pq_digest_eq(&is, &doc.digest));
	assert_int_equal(pq_oci_index_parse(&x, pq_buf_view(&doc.body),
			     doc.media_type, &f->err),
	    0);
	*ret_n = x->n_entries;
	pq_oci_index_free(x);
	pq_buf_free(&doc.body);
	return 0;
}

static void
test_layout__finds_by_tag_and_digest(void **state)
{
	struct pq_oci_document doc = { 0 };
	struct fixture *f = *state;

	assert_int_equal(get_tag(f, "1"), 0);
	assert_int_equal(f->source.get_manifest(f->source.ctx, &f->manifest,
			     PQ_OCI_DOC_MAX, &doc, &f->err),
	    0);
	assert_string_equal(doc.media_type, PQ_OCI_MANIFEST);
	pq_buf_free(&doc.body);
	assert_int_equal(get_blob(f, &f->config, 37), 0);
}

static void
test_layout__absent_is_not_a_fault(void **state)
{
	struct pq_digest other = { { 1 } };
	struct fixture *f = *state;
	size_t n;

	assert_int_equal(get_tag(f, "2"), PQ_OCI_ABSENT);
	assert_int_equal(get_tag(f, "../../etc/passwd"), PQ_OCI_ABSENT);
	assert_int_equal(get_tag(f, ""), PQ_OCI_ABSENT);
	assert_int_equal(get_blob(f, &other, 10), PQ_OCI_ABSENT);
	assert_int_equal(count_referrers(f, &n), PQ_OCI_ABSENT);
}

static void
test_layout__refuses_a_repeated_tag(void **state)
{
	struct fixture *f = *state;

	add_entry(f, &f->config, 37, PQ_OCI_MANIFEST,
	    ",\"annotations\":{\"" REF "\":\"1\"}");
	write_index(f);
	assert_int_equal(reopen_layout(f), 0);
	assert_int_equal(get_tag(f, "1"), -PQ_EFORMAT);
}

static void
test_layout__refuses_changed_bytes(void **state)
{
	struct fixture *f = *state;
	char name[128];

	blob_name(name, &f->config);
	write_at(f, name,
	    pq_slice_str("{\"os\":\"linux\",\"architecture\":\"amd65\"}"));
	assert_int_equal(get_blob(f, &f->config, 37), -PQ_EMISMATCH);
	write_at(f, name, pq_slice_str(""));
	assert_int_equal(get_blob(f, &f->config, 37), -PQ_EMISMATCH);
}

static void
test_layout__checks_sizes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get_blob(f, &f->config, 0), -PQ_ELIMIT);
	assert_int_equal(get_blob(f, &f->config, 4097), -PQ_ELIMIT);
	assert_int_equal(get_blob(f, &f->config, 38), -PQ_EMISMATCH);
	assert_int_equal(get_blob(f, &f->config, 36), -PQ_EMISMATCH);
	/* the file is much longer: refused before it is read */
	assert_int_equal(get_blob(f, &f->config, 10), -PQ_ELIMIT);
}

/* A link is refused, although its target has the right bytes. */
static void
test_layout__refuses_a_linked_blob(void **state)
{
	struct fixture *f = *state;
	char name[128], path[256], to[256];

	blob_name(name, &f->config);
	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	(void)snprintf(to, sizeof(to), "%s/elsewhere", f->dir);
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(symlink(to, path), 0);
	assert_int_equal(get_blob(f, &f->config, 37), -PQ_EFORMAT);
}

static void
test_layout__refuses_special_files(void **state)
{
	struct fixture *f = *state;
	char name[128], path[256];

	blob_name(name, &f->config);
	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(get_blob(f, &f->config, 37), -PQ_EFORMAT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(get_blob(f, &f->config, 37), -PQ_EFORMAT);
}

static void
replace_by_link(const struct fixture *f, const char *name)
{
	char path[256], to[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	(void)snprintf(to, sizeof(to), "%s/moved", f->dir);
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(symlink(to, path), 0);
}

static void
test_layout__refuses_a_linked_directory(void **state)
{
	replace_by_link(*state, "blobs/sha256");
	assert_int_equal(reopen_layout(*state), -PQ_EFORMAT);
}

static void
test_layout__refuses_linked_blobs(void **state)
{
	replace_by_link(*state, "blobs");
	assert_int_equal(reopen_layout(*state), -PQ_EFORMAT);
}

static void
test_layout__refuses_a_linked_index(void **state)
{
	replace_by_link(*state, "index.json");
	assert_int_equal(reopen_layout(*state), -PQ_EFORMAT);
}

static void
test_layout__refuses_other_directories(void **state)
{
	static const char *const markers[] = { "", "{}", "[]",
		"{\"imageLayoutVersion\":1}",
		"{\"imageLayoutVersion\":\"1.0.1\"}",
		"{\"imageLayoutVersion\":\"1.0.0\"} x",
		"{\"imageLayoutVersion\":\"9\",\"imageLayoutVersion\":"
		"\"1.0.0\"}" };
	struct pq_layout *none = NULL;
	struct fixture *f = *state;
	size_t i;

	assert_int_equal(
	    pq_layout_open(&none, "/nonexistent", &f->err), -PQ_EABSENT);
	for (i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		write_at(f, "oci-layout", pq_slice_str(markers[i]));
		assert_int_equal(reopen_layout(f), -PQ_EFORMAT);
	}
}

static void
test_layout__refuses_hostile_indexes(void **state)
{
	static const char *const bad[] = { "", "{}", "[]",
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\","
		"\"digest\":\"sha256:../../../etc/passwd\",\"size\":1}]}",
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\","
		"\"digest\":\"../x\",\"size\":1}]}",
		"{\"schemaVersion\":2,\"manifests\":[]} x" };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_at(f, "index.json", pq_slice_str(bad[i]));
		assert_int_equal(reopen_layout(f), -PQ_EFORMAT);
	}
}

static void
add_referrer(struct fixture *f, const struct pq_digest *subject)
{
	char rest[256], text[PQ_DIGEST_TEXT], manifest[1024];
	struct pq_digest d;

	pq_digest_format(text, subject);
	(void)snprintf(rest, sizeof(rest),
	    ",\"subject\":{\"mediaType\":\"" PQ_OCI_MANIFEST
	    "\",\"digest\":\"%s\",\"size\":1}",
	    text);
	manifest_text(manifest, sizeof(manifest), &f->config, 37, rest);
	d = put_blob(f, manifest);
	add_entry(f, &d, strlen(manifest), PQ_OCI_MANIFEST, "");
}

static void
test_layout__finds_referrers_of_the_image(void **state)
{
	struct pq_digest other = { { 7 } }, gone = { { 9 } };
	struct fixture *f = *state;
	size_t n = 0;

	/* another image's referrer and broken entries have no effect */
	add_referrer(f, &other);
	add_entry(f, &gone, 5, PQ_OCI_MANIFEST, "");
	add_entry(f, &f->config, 37, PQ_OCI_MANIFEST, "");
	add_referrer(f, &f->manifest);
	write_index(f);
	assert_int_equal(reopen_layout(f), 0);
	assert_int_equal(count_referrers(f, &n), 0);
	assert_int_equal(n, 1);
}

static const struct pq_gather_lookup *
find_lookup(const struct pq_gather *g, const char *what)
{
	size_t i;

	for (i = 0; i < g->n_lookups; i++)
		if (strcmp(g->lookups[i].what, what) == 0)
			return &g->lookups[i];
	return NULL;
}

static void
test_layout__is_fetched_like_a_registry(void **state)
{
	struct pq_gather *g = pq_gather_new();
	char text[PQ_DIGEST_TEXT];
	struct fixture *f = *state;

	assert_non_null(g);
	add_referrer(f, &f->manifest);
	write_index(f);
	assert_int_equal(reopen_layout(f), 0);
	pq_digest_format(text, &f->manifest);
	pq_gather_image(g, &f->source, text, "amd64", ALL);
	assert_int_equal(g->result, PQ_GATHER_FETCHED);
	assert_true(pq_digest_eq(&g->digest, &f->manifest));
	assert_int_equal(find_lookup(g, "cosign-tag")->status, 404);
	assert_int_equal(find_lookup(g, "referrers")->status, 200);
	assert_null(find_lookup(g, "fallback-tag"));
	pq_gather_free(g);
}

/* Places that the policy does not need cause no requests. */
static void
test_layout__requests_only_needed_artifacts(void **state)
{
	static const unsigned asked[] = { 0,
		PQ_ARTIFACT_BIT(PQ_ARTIFACT_COSIGN_TAG),
		PQ_ARTIFACT_BIT(PQ_ARTIFACT_REFERRERS) };
	struct fixture *f = *state;
	char text[PQ_DIGEST_TEXT];
	size_t i;

	add_referrer(f, &f->manifest);
	write_index(f);
	assert_int_equal(reopen_layout(f), 0);
	pq_digest_format(text, &f->manifest);
	for (i = 0; i < 3; i++) {
		struct pq_gather *g = pq_gather_new();

		assert_non_null(g);
		pq_gather_image(g, &f->source, text, "amd64", asked[i]);
		assert_int_equal(g->result, PQ_GATHER_FETCHED);
		assert_int_equal(find_lookup(g, "cosign-tag") != NULL, i == 1);
		assert_int_equal(find_lookup(g, "referrers") != NULL, i == 2);
		pq_gather_free(g);
	}
}

static void
test_layout__missing_image_is_pending(void **state)
{
	struct fixture *f = *state;
	struct pq_gather *g = pq_gather_new();

	assert_non_null(g);
	pq_gather_image(g, &f->source, "2", "amd64", ALL);
	assert_int_equal(g->result, PQ_GATHER_PENDING);
	assert_string_equal(g->reason, "the layout has no tag 2");
	pq_gather_free(g);
}

static void
test_layout__invalid_digest_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pq_gather *g = pq_gather_new();

	assert_non_null(g);
	pq_gather_image(g, &f->source, "sha256:../../etc/passwd", "amd64", ALL);
	assert_int_equal(g->result, PQ_GATHER_REFUSED);
	pq_gather_free(g);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_layout__finds_by_tag_and_digest),
		CASE(test_layout__absent_is_not_a_fault),
		CASE(test_layout__refuses_a_repeated_tag),
		CASE(test_layout__refuses_changed_bytes),
		CASE(test_layout__checks_sizes),
		CASE(test_layout__refuses_a_linked_blob),
		CASE(test_layout__refuses_special_files),
		CASE(test_layout__refuses_a_linked_directory),
		CASE(test_layout__refuses_linked_blobs),
		CASE(test_layout__refuses_a_linked_index),
		CASE(test_layout__refuses_other_directories),
		CASE(test_layout__refuses_hostile_indexes),
		CASE(test_layout__finds_referrers_of_the_image),
		CASE(test_layout__is_fetched_like_a_registry),
		CASE(test_layout__requests_only_needed_artifacts),
		CASE(test_layout__missing_image_is_pending),
		CASE(test_layout__invalid_digest_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
