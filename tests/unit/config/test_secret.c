/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: the rules for their files, and the secrets that the roles need. */
#include "directory.h"

static int
read_secret(const char *name, struct pq_buf *ret, struct pq_err *err)
{
	*err = (struct pq_err)PQ_ERR_INIT;
	return pq_config_secret(ret, config, "fetch", name, err);
}

static void
put_secret(const void *p, size_t n, mode_t mode)
{
	put_file("secrets/fetch/s", p, n);
	assert_int_equal(chmod(path_of("secrets/fetch/s"), mode), 0);
}

static void
assert_secret(const char *want)
{
	struct pq_err err;
	struct pq_buf b;

	assert_int_equal(read_secret("s", &b, &err), 0);
	assert_true(pq_slice_eq_str(pq_buf_view(&b), want));
	pq_buf_wipe(&b);
}

static void
assert_refused(const char *name, const char *why)
{
	struct pq_err err;
	struct pq_buf b;

	assert_int_equal(read_secret(name, &b, &err), -PQ_ECONFIG);
	if (strstr(err.text, why) == NULL)
		fail_msg("not \"%s\": %s", why, err.text);
	/* the message must not contain bytes of the secret */
	assert_null(strstr(err.text, "hunter2"));
	pq_buf_wipe(&b);
}

static void
test_secret__are_read_by_name(void **state)
{
	char other[TEMPORARY_ROOM], path[TEMPORARY_ROOM];

	(void)state;
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	assert_secret("hunter2");
	put_secret("hunter2\n", 8, 0600);
	assert_secret("hunter2");
	put_secret("hunter2\n\n", 9, 0400);
	assert_secret("hunter2\n");
	/* the directory of systemd replaces that of the configuration */
	assert_int_equal(mkdir(temporary_path(other, "systemd"), 0755), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", other, 1), 0);
	assert_refused("s", "No such file");
	write_file(temporary_path(path, "systemd/s"), "from systemd", 12);
	assert_int_equal(chmod(path, 0400), 0);
	assert_secret("from systemd");
	/* stat(2) shows an access list as the permissions of the group */
	assert_int_equal(chmod(path, 0440), 0);
	assert_secret("from systemd");
	assert_int_equal(chmod(path, 0444), 0);
	assert_refused("s", "mode 0444, must be 0400");
	assert_int_equal(chmod(path, 0460), 0);
	assert_refused("s", "mode 0460, must be 0400");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void
test_secret__refuses_bad_files(void **state)
{
	static char big[4098];

	(void)state;
	(void)load_good();
	assert_refused("s", "secret s of fetch: No such file");
	put_secret("hunter2", 7, 0440);
	assert_refused("s", "mode 0440, must be 0400");
	put_secret("hunter2", 7, 0404);
	assert_refused("s", "mode 0404, must be 0400");
	put_secret("", 0, 0400);
	assert_refused("s", "the file is empty");
	put_secret("\n", 1, 0400);
	assert_refused("s", "the file is empty");
	memset(big, 'x', sizeof(big));
	put_secret(big, 4096, 0400);
	big[4096] = '\0';
	assert_secret(big);
	big[4096] = 'x';
	put_secret(big, 4097, 0400);
	assert_refused("s", "longer than the limit of 4096 bytes");
	/* bytes behind a newline count as well */
	big[4096] = '\n';
	put_secret(big, 4097, 0400);
	big[4096] = '\0';
	assert_secret(big);
	big[4096] = '\n';
	big[4097] = 'x';
	put_secret(big, 4098, 0400);
	assert_refused("s", "longer than the limit of 4096 bytes");
	assert_refused("../fetch/s", "secret ../fetch/s: byte 1 is '.'");
	assert_refused(".s", "byte 1 is '.': a secret's name begins");
	/* a link may lead to a file that only this role may read */
	put_secret("hunter2", 7, 0400);
	assert_int_equal(
	    symlink(path_of("secrets/fetch/s"), path_of("secrets/fetch/l")), 0);
	assert_refused("l", "secret l of fetch");
}

/* open(2) of a FIFO could block the role before it is confined. */
static void
test_secret__refuses_fifos_and_directories(void **state)
{
	(void)state;
	(void)load_good();
	assert_int_equal(mkfifo(path_of("secrets/fetch/s"), 0400), 0);
	assert_refused("s", "secret s of fetch");
	(void)unlink(path_of("secrets/fetch/s"));
	assert_int_equal(mkdir(path_of("secrets/fetch/s"), 0700), 0);
	assert_refused("s", "secret s of fetch");
}

static void
test_secret__refuses_another_owner(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	assert_int_equal(chown(path_of("secrets/fetch/s"), 12345, 0), 0);
	assert_refused("s", "owned by uid 12345, must be owned by root");
}

/* A user who can rename in a directory can exchange the secrets. */
static void
test_secret__refuses_directories_that_others_can_write(void **state)
{
	static const char *const dirs[] = { "secrets", "secrets/fetch" };
	size_t i;

	(void)state;
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	for (i = 0; i < 2; i++) {
		assert_int_equal(chmod(path_of(dirs[i]), 0775), 0);
		assert_refused(
		    "s", "a directory above it is not owned by root");
		assert_int_equal(chmod(path_of(dirs[i]), 0757), 0);
		assert_refused(
		    "s", "a directory above it is not owned by root");
		assert_int_equal(chmod(path_of(dirs[i]), 0755), 0);
	}
	assert_secret("hunter2");
}

/* ---- the secrets that the roles need ------------------------------------ */

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void
give_secret(const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "secrets/%s", name);
	put_text(path, text);
	assert_int_equal(chmod(path_of(path), 0400), 0);
}

static void
give_all(void)
{
	(void)mkdir(path_of("secrets/warden"), 0700);
	(void)mkdir(path_of("secrets/deploy"), 0700);
	give_secret("warden/web-github", "first-secret\n");
	give_secret("warden/web-github-next", "next-secret\n");
	give_secret("fetch/registry-read", "user:password\n");
	give_secret("fetch/git-read", "user:password\n");
	give_secret("deploy/registry-read", "user:password\n");
}

static void
check_secrets(void)
{
	(void)load_good();
	pq_config_check_secrets(config, true, &notes);
}

/* There must be exactly one mistake. */
static void
assert_one_mistake(const char *file, unsigned line, const char *text)
{
	size_t i, n = 0;

	check_secrets();
	assert_true(notes.fatal);
	assert_true(has_note_at(true, file, line, text));
	for (i = 0; i < notes.n; i++)
		n += notes.v[i].fatal;
	assert_int_equal(n, 1);
}

static void
test_secret__reports_a_missing_secret(void **state)
{
	static const struct {
		const char *name, *file;
		unsigned line;
	} rows[] = {
		{ "secrets/warden/web-github", SERVICE, 7 },
		{ "secrets/warden/web-github-next", SERVICE, 7 },
		{ "secrets/fetch/registry-read", MAIN, 5 },
		{ "secrets/deploy/registry-read", MAIN, 5 },
		{ "secrets/fetch/git-read", MAIN, 8 },
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		give_all();
		check_secrets();
		assert_false(notes.fatal);
		assert_int_equal(unlink(path_of(rows[i].name)), 0);
		(void)snprintf(
		    text, sizeof(text), "web: %s: No such file", rows[i].name);
		assert_one_mistake(rows[i].file, rows[i].line, text);
	}
	give_all();
	edit_file(MAIN, "credential: registry-read, ", "credential: nope, ");
	check_secrets();
	assert_true(has_note_at(
	    true, MAIN, 5, "web: secrets/fetch/nope: No such file"));
	assert_true(has_note_at(
	    true, MAIN, 5, "web: secrets/deploy/nope: No such file"));
}

static void
test_secret__reports_a_useless_secret(void **state)
{
	(void)state;
	give_all();
	give_secret("deploy/registry-read", "password\n");
	assert_one_mistake(MAIN, 5,
	    "web: secrets/deploy/registry-read: expected user:password");
	give_all();
	give_secret("warden/web-github", "short\n");
	assert_one_mistake(
	    SERVICE, 7, "web-github: a secret of the endpoint is shorter");
	give_all();
	give_secret("warden/web-github-next", "first-secret\n");
	assert_one_mistake(SERVICE, 7,
	    "web-github-next: a secret of the endpoint is given more than "
	    "once");
	give_all();
	assert_int_equal(chmod(path_of("secrets/warden/web-github"), 0644), 0);
	assert_one_mistake(SERVICE, 7, "web-github: mode 0644, must be 0400");
	edit_file(SERVICE, "github\n", "standard-webhooks\n");
	edit_file(SERVICE, ", web-github-next]", "]");
	give_secret("warden/web-github", "first-secret\n");
	assert_one_mistake(
	    SERVICE, 7, "web-github: a secret of the endpoint is not");
	give_secret("warden/web-github", WHSEC "\n");
	check_secrets();
	assert_false(notes.fatal);
}

/* Without a service no role reads the credential of a registry. */
static void
test_secret__does_not_need_those_of_an_unused_registry(void **state)
{
	(void)state;
	give_all();
	edit_file(MAIN, "plain-http: loopback-only",
	    "plain-http: loopback-only, credential: nope");
	check_secrets();
	assert_false(notes.fatal);
}

/* With systemd the secrets are elsewhere, and check-config cannot see them. */
static void
test_secret__warns_of_secrets_that_it_cannot_see(void **state)
{
	(void)state;
	give_all();
	assert_int_equal(rename(path_of("secrets"), path_of("elsewhere")), 0);
	(void)load_good();
	pq_config_check_secrets(config, false, &notes);
	assert_false(notes.fatal);
	assert_true(has_note_at(false, "secrets", 0,
	    "the secrets were not examined: No such file or directory"));
	check_secrets();
	assert_true(notes.fatal);
	assert_true(has_note_at(true, SERVICE, 7, "web-github: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_secret__are_read_by_name),
		T(test_secret__refuses_bad_files),
		T(test_secret__refuses_fifos_and_directories),
		T(test_secret__refuses_another_owner),
		T(test_secret__refuses_directories_that_others_can_write),
		T(test_secret__reports_a_missing_secret),
		T(test_secret__reports_a_useless_secret),
		T(test_secret__does_not_need_those_of_an_unused_registry),
		T(test_secret__warns_of_secrets_that_it_cannot_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
