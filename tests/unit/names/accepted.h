/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations with generated names, read by the schema that check-config and
 * every role use. Each test in this folder passes the accepted names to the
 * entry points of one role. The role must accept each of them too.
 */
#ifndef TESTS_UNIT_NAMES_ACCEPTED_H
#define TESTS_UNIT_NAMES_ACCEPTED_H

#include "support/names.h"

#include <stdlib.h>

#include "config/load.h"
#include "config/schema.h"

/* The names of one service; NULL selects a valid name. */
struct fields {
	const char *service, *image, *tag, *container, *git_url, *secret;
};

/* the service that the last accepts_service() accepted */
static struct pq_config_service *accepted;

/* Append a quoted YAML text. libyaml refuses bytes that are not UTF-8. */
static inline void
append_quoted(struct pq_buf *b, const char *s)
{
	pq_buf_str(b, "\"");
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			pq_buf_fmt(b, "\\%c", *s);
		else if ((uint8_t)*s < ' ' || *s == 0x7f)
			pq_buf_fmt(b, "\\x%02x", (unsigned)*s);
		else
			pq_buf_u8(b, (uint8_t)*s);
	pq_buf_str(b, "\"");
}

static inline void
append_line(
    struct pq_buf *b, const char *key, const char *value, const char *good)
{
	pq_buf_fmt(b, "%s: ", key);
	append_quoted(b, value != NULL ? value : good);
	pq_buf_str(b, "\n");
}

static inline void
write_service(struct pq_buf *b, const struct fields *f)
{
	append_line(b, "service", f->service, "web");
	append_line(b, "image", f->image, "r.example/acme/web");
	pq_buf_str(b,
	    "version-from: label\n"
	    "callbacks:\n- scheme: github\n");
	append_line(b, "  secrets: [web-github]\nsource:\n  repository",
	    f->git_url, "https://g.example/acme/web.git");
	append_line(b, "  tag", f->tag, "v{version}");
	pq_buf_str(b,
	    "  signers: {ssh: {file: s, party: releases}}\n"
	    "require:\n- image-signature: {cosign-key: k, "
	    "party: ci}\n"
	    "quarantine: {delay: 1h}\ndeploy:\n");
	append_line(b, "  container", f->container, "web");
}

static inline void
forget_accepted(void)
{
	pq_config_service_free(accepted);
	free(accepted);
	accepted = NULL;
}

static inline bool
accepts_service(const struct fields *f)
{
	static char name[NAMES_ROOM], s[] = "s", k[] = "k";
	struct pq_buf b = PQ_BUF_INIT((size_t)8 * NAMES_ROOM);
	struct pq_config_notes notes = { 0 };
	struct pq_config_file files[3] = { { .name = name },
		{ .name = s, .data = (uint8_t *)s, .n = 1 },
		{ .name = k, .data = (uint8_t *)k, .n = 1 } };
	int r;

	forget_accepted();
	(void)snprintf(name, sizeof(name), "services.d/%s.yaml",
	    f->service != NULL ? f->service : "web");
	write_service(&b, f);
	files[0].data = b.p;
	files[0].n = b.n;
	assert_int_equal(b.fault, 0);
	r = pq_config_service_from_files(&accepted, files, 3, &notes);
	/* a refusal has a place and a text */
	if (r == -PQ_ECONFIG)
		assert_true(notes.n > 0 && notes.v[0].text[0] != '\0');
	else
		assert_int_equal(r, 0);
	pq_config_notes_free(&notes);
	pq_buf_free(&b);
	return r == 0;
}

static inline int
no_file(void *ctx, const char *name, struct pq_config_file *ret,
    const char *file, unsigned at, struct pq_config_notes *notes)
{
	(void)ctx;
	(void)name;
	(void)ret;
	(void)file;
	(void)at;
	(void)notes;
	return -PQ_ECONFIG;
}

/* Read a pratique.yaml with this host, operator and secret. */
static inline bool
accepts_main(const char *host, const char *name, const char *secret)
{
	static const struct pq_schema_files none = { NULL, no_file };
	struct pq_buf b = PQ_BUF_INIT((size_t)8 * NAMES_ROOM);
	struct pq_config *c = calloc(1, sizeof(*c));
	struct pq_config_notes notes = { 0 };
	struct pq_yaml doc = { 0 };
	int r;

	assert_non_null(c);
	pq_buf_str(&b, "registries:\n  ");
	append_quoted(&b, host);
	pq_buf_str(&b, ": {credential: ");
	append_quoted(&b, secret);
	pq_buf_str(&b, ", token-realm: ");
	append_quoted(&b, host);
	pq_buf_str(&b, "}\ngit:\n  ");
	append_quoted(&b, host);
	pq_buf_str(&b, ": {}\noperators:\n  ");
	append_quoted(&b, name);
	pq_buf_str(&b, ": {uid: 1}\n");
	r = pq_yaml_parse(&doc, "pratique.yaml", pq_buf_view(&b), &notes);
	if (r == 0)
		r = pq_schema_main(c, "pratique.yaml", &doc, &none, &notes);
	if (r == -PQ_ECONFIG)
		assert_true(notes.n > 0 && notes.v[0].text[0] != '\0');
	else
		assert_int_equal(r, 0);
	pq_yaml_free(&doc);
	pq_config_notes_free(&notes);
	pq_config_free(c);
	pq_buf_free(&b);
	return r == 0;
}

/*
 * Make NAMES_EACH names by @make, and call @each with each name that @accepts
 * accepts. The test fails if less than a third is accepted, for it would prove
 * little then.
 */
static inline void
each_accepted(size_t (*make)(char *dst, size_t n), size_t most,
    bool (*accepts)(const char *name), void (*each)(const char *name))
{
	static char name[NAMES_ROOM];
	size_t i, n = 0;

	names_begin();
	for (i = 0; i < NAMES_EACH; i++) {
		(void)names_make(name, i, most, make);
		if (!accepts(name))
			continue;
		n++;
		each(name);
	}
	print_message("names: %zu accepted\n", n);
	if (n < NAMES_EACH / 3)
		fail_msg("only %zu names were accepted", n);
	forget_accepted();
}

static inline bool
accepts_service_name(const char *name)
{
	return accepts_service(&(struct fields){ .service = name });
}

static inline bool
accepts_image(const char *name)
{
	return accepts_service(&(struct fields){ .image = name });
}

static inline bool
accepts_template(const char *name)
{
	return accepts_service(&(struct fields){ .tag = name });
}

static inline bool
accepts_container(const char *name)
{
	return accepts_service(&(struct fields){ .container = name });
}

static inline bool
accepts_git_url(const char *name)
{
	return accepts_service(&(struct fields){ .git_url = name });
}

static inline bool
accepts_host(const char *name)
{
	return accepts_main(name, "alice", "read");
}

static inline bool
accepts_operator(const char *name)
{
	return accepts_main("r.example", name, "read");
}

static inline bool
accepts_secret(const char *name)
{
	return accepts_main("r.example", "alice", name);
}

/*
 * Make an image tag and its git tag by the accepted template. Image tags such
 * as "1..0", of which the template makes no valid git tag, are skipped.
 */
static inline void
make_version(char tag[NAMES_ROOM], char git_tag[PQ_GIT_TAG_TEXT])
{
	size_t n;

	do {
		n = names_tag(tag, names_length(PQ_TAG_MAX));
		tag[n] = '\0';
	} while (n > PQ_TAG_MAX ||
	    pq_template_expand(git_tag, pq_slice_str(accepted->policy->git_tag),
		pq_slice(tag, n), NULL) != 0);
}

#endif
