/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CONFIG_DIRECTORY_H
#define TESTS_UNIT_CONFIG_DIRECTORY_H

/*
 * A configuration directory for one test: a copy of tests/fixtures/config/good
 * that the test changes, and the notes of loading it.
 */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "support/files.h"
#include "support/temporary.h"

#define GOOD PQ_FIXTURES "/config/good"
#define SERVICE "services.d/web.yaml"
#define MAIN "pratique.yaml"
#define T(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

static char dir[TEMPORARY_ROOM];
static struct pq_config *config;
static struct pq_config_notes notes;

/* ---- the directory ------------------------------------------------------- */

static inline char *
path_of(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *p = path[turn++ % 4];

	(void)snprintf(p, 256, "%s/%s", dir, name);
	return p;
}

static inline void
put_file(const char *name, const void *p, size_t n)
{
	(void)unlink(path_of(name));
	write_file(path_of(name), p, n);
	assert_int_equal(chmod(path_of(name), 0644), 0);
}

static inline void
put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

static inline char *
read_text(const char *path)
{
	static char text[1u << 16];
	struct pq_buf b = read_file(path);

	assert_true(b.n < sizeof(text));
	(void)snprintf(text, sizeof(text), "%.*s", (int)b.n, (char *)b.p);
	pq_buf_free(&b);
	return text;
}

static inline void
copy_good(const char *name)
{
	char from[512];

	(void)snprintf(from, sizeof(from), "%s/%s", GOOD, name);
	put_text(name, read_text(from));
}

/* Replace the first @old by @new in a file of the directory. */
static inline void
edit_file(const char *name, const char *old, const char *new)
{
	static char out[1u << 17];
	const char *text = read_text(path_of(name)), *hit = strstr(text, old);

	if (hit == NULL)
		fail_msg("%s does not contain %s", name, old);
	(void)snprintf(out, sizeof(out), "%.*s%s%s", (int)(hit - text), text,
	    new, hit + strlen(old));
	put_text(name, out);
}

static inline int
make_directory(void **state)
{
	static const char *const dirs[] = { "", "services.d", "keys", "secrets",
		"secrets/fetch" };
	static const char *const files[] = { "pratique.yaml",
		"services.d/web.yaml", "keys/web.allowed_signers",
		"keys/second.allowed_signers", "keys/ci.pub",
		"keys/ci-next.pub" };
	size_t i;

	(void)state;
	(void)umask(022);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	if (make_temporary(state) != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s", temporary_dir());
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		(void)mkdir(path_of(dirs[i]), 0755);
		assert_int_equal(chmod(path_of(dirs[i]), 0755), 0);
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		copy_good(files[i]);
	return 0;
}

static inline void
forget_load(void)
{
	pq_config_free(config);
	config = NULL;
	pq_config_notes_free(&notes);
}

static inline int
remove_directory(void **state)
{
	(void)state;
	forget_load();
	return remove_temporary(state);
}

/* ---- loading, and the notes ---------------------------------------------- */

static inline int
load_dir(void)
{
	forget_load();
	return pq_config_load(&config, dir, &notes);
}

static inline bool
has_note(const char *words)
{
	size_t i;

	for (i = 0; i < notes.n; i++)
		if (strstr(notes.v[i].text, words) != NULL)
			return true;
	return false;
}

static inline const struct pq_config_service *
load_good(void)
{
	size_t i;

	if (load_dir() != 0) {
		for (i = 0; i < notes.n; i++)
			print_message("%s:%u: %s\n", notes.v[i].file,
			    notes.v[i].line, notes.v[i].text);
		fail_msg("the configuration does not load");
	}
	assert_true(config->n_services > 0);
	return &config->services[0];
}

static inline bool
has_note_at(bool fatal, const char *file, unsigned line, const char *text)
{
	size_t i;

	for (i = 0; i < notes.n; i++)
		if (notes.v[i].fatal == fatal && notes.v[i].line == line &&
		    strstr(notes.v[i].file, file) != NULL &&
		    strstr(notes.v[i].text, text) != NULL)
			return true;
	for (i = 0; i < notes.n; i++)
		print_message("%s:%u: %s\n", notes.v[i].file, notes.v[i].line,
		    notes.v[i].text);
	return false;
}

static inline void
load_bad(const char *file, unsigned line, const char *text)
{
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_null(config);
	if (!has_note_at(true, file, line, text))
		fail_msg("no such note: %s:%u: %s", file, line, text);
}

#endif
