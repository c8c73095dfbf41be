/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: which files are one, and which the roles need. */
#include "directory.h"

static int
secret(const char *name, struct pq_buf *ret, struct pq_err *err)
{
	*err = (struct pq_err)PQ_ERR_INIT;
	return pq_config_secret(ret, config, "fetch", name, err);
}

static void
put_secret(const void *p, size_t n, mode_t mode)
{
	put("secrets/fetch/s", p, n);
	assert_int_equal(chmod(at("secrets/fetch/s"), mode), 0);
}

static void
secret_is(const char *want)
{
	struct pq_err err;
	struct pq_buf b;

	assert_int_equal(secret("s", &b, &err), 0);
	assert_true(pq_slice_eq_str(pq_buf_view(&b), want));
	pq_buf_wipe(&b);
}

static void
secret_bad(const char *name, const char *why)
{
	struct pq_err err;
	struct pq_buf b;

	assert_int_equal(secret(name, &b, &err), -PQ_ECONFIG);
	if (strstr(err.text, why) == NULL)
		fail_msg("not \"%s\": %s", why, err.text);
	/* nothing that was read may be in what is said */
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
	secret_is("hunter2");
	put_secret("hunter2\n", 8, 0600);
	secret_is("hunter2");
	put_secret("hunter2\n\n", 9, 0400);
	secret_is("hunter2\n");
	/* systemd's directory goes before our own, and instead of it */
	assert_int_equal(mkdir(temporary_path(other, "systemd"), 0755), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", other, 1), 0);
	secret_bad("s", "No such file");
	write_file(temporary_path(path, "systemd/s"), "from systemd", 12);
	assert_int_equal(chmod(path, 0400), 0);
	secret_is("from systemd");
	/* an access list for the unit's user shows as the group's bits */
	assert_int_equal(chmod(path, 0440), 0);
	secret_is("from systemd");
	assert_int_equal(chmod(path, 0444), 0);
	secret_bad("s", "readable by its owner only");
	assert_int_equal(chmod(path, 0460), 0);
	secret_bad("s", "readable by its owner only");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void
test_secret__bad_ones_are_faults(void **state)
{
	static char big[4098];

	(void)state;
	(void)load_good();
	secret_bad("s", "secret s of fetch: No such file");
	put_secret("hunter2", 7, 0440);
	secret_bad("s", "readable by its owner only");
	put_secret("hunter2", 7, 0404);
	secret_bad("s", "readable by its owner only");
	put_secret("", 0, 0400);
	secret_bad("s", "empty, or over 4096 bytes");
	put_secret("\n", 1, 0400);
	secret_bad("s", "empty, or over 4096 bytes");
	memset(big, 'x', sizeof(big));
	put_secret(big, 4096, 0400);
	big[4096] = '\0';
	secret_is(big);
	big[4096] = 'x';
	put_secret(big, 4097, 0400);
	secret_bad("s", "empty, or over 4096 bytes");
	/* what comes after a newline is not forgotten either */
	big[4096] = '\n';
	put_secret(big, 4097, 0400);
	big[4096] = '\0';
	secret_is(big);
	big[4096] = '\n';
	big[4097] = 'x';
	put_secret(big, 4098, 0400);
	secret_bad("s", "empty, or over 4096 bytes");
	secret_bad("../fetch/s", "secret ../fetch/s: byte 1 is '.'");
	secret_bad(".s", "byte 1 is '.': a secret's name begins");
	/* a link may lead to a file that the caller may read and he may not */
	put_secret("hunter2", 7, 0400);
	assert_int_equal(
	    symlink(at("secrets/fetch/s"), at("secrets/fetch/l")), 0);
	secret_bad("l", "secret l of fetch");
}

/* else open(2) on a FIFO hangs the role before it is confined */
static void
test_secret__is_a_plain_file(void **state)
{
	(void)state;
	(void)load_good();
	assert_int_equal(mkfifo(at("secrets/fetch/s"), 0400), 0);
	secret_bad("s", "secret s of fetch");
	(void)unlink(at("secrets/fetch/s"));
	assert_int_equal(mkdir(at("secrets/fetch/s"), 0700), 0);
	secret_bad("s", "secret s of fetch");
}

static void
test_secret__is_of_root_or_of_the_reader(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	assert_int_equal(chown(at("secrets/fetch/s"), 12345, 0), 0);
	secret_bad("s", "owned by root or by who reads it");
}

/* who may rename in a directory chooses among the secrets */
static void
test_secret__lies_where_nobody_else_writes(void **state)
{
	static const char *const dirs[] = { "secrets", "secrets/fetch" };
	size_t i;

	(void)state;
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	for (i = 0; i < 2; i++) {
		assert_int_equal(chmod(at(dirs[i]), 0775), 0);
		secret_bad("s", "directory that is not root's alone");
		assert_int_equal(chmod(at(dirs[i]), 0757), 0);
		secret_bad("s", "directory that is not root's alone");
		assert_int_equal(chmod(at(dirs[i]), 0755), 0);
	}
	secret_is("hunter2");
}

/* ---- those that the roles need ---------------------------------------- */

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void
give(const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "secrets/%s", name);
	put_text(path, text);
	assert_int_equal(chmod(at(path), 0400), 0);
}

static void
give_all(void)
{
	(void)mkdir(at("secrets/warden"), 0700);
	(void)mkdir(at("secrets/deploy"), 0700);
	give("warden/web-github", "first-secret\n");
	give("warden/web-github-next", "next-secret\n");
	give("fetch/registry-read", "user:password\n");
	give("fetch/git-read", "user:password\n");
	give("deploy/registry-read", "user:password\n");
}

static void
check(void)
{
	(void)load_good();
	pq_config_check_secrets(config, true, &notes);
}

/* exactly this one, about that file */
static void
check_says(const char *file, unsigned line, const char *text)
{
	size_t i, n = 0;

	check();
	assert_true(notes.fatal);
	assert_true(said(true, file, line, text));
	for (i = 0; i < notes.n; i++)
		n += notes.v[i].fatal;
	assert_int_equal(n, 1);
}

static void
test_secret__that_is_needed_is_there(void **state)
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
		check();
		assert_false(notes.fatal);
		assert_int_equal(unlink(at(rows[i].name)), 0);
		(void)snprintf(
		    text, sizeof(text), "web: %s: No such file", rows[i].name);
		check_says(rows[i].file, rows[i].line, text);
	}
	give_all();
	edit(MAIN, "credential: registry-read, ", "credential: nope, ");
	check();
	assert_true(
	    said(true, MAIN, 5, "web: secrets/fetch/nope: No such file"));
	assert_true(
	    said(true, MAIN, 5, "web: secrets/deploy/nope: No such file"));
}

static void
test_secret__that_is_needed_is_of_use(void **state)
{
	(void)state;
	give_all();
	give("deploy/registry-read", "password\n");
	check_says(MAIN, 5,
	    "web: secrets/deploy/registry-read: expected user:password");
	give_all();
	give("warden/web-github", "short\n");
	check_says(
	    SERVICE, 7, "web-github: a secret of the endpoint is shorter");
	give_all();
	give("warden/web-github-next", "first-secret\n");
	check_says(SERVICE, 7,
	    "web-github-next: a secret of the endpoint is given more than "
	    "once");
	give_all();
	assert_int_equal(chmod(at("secrets/warden/web-github"), 0644), 0);
	check_says(SERVICE, 7, "web-github: must be a plain file");
	edit(SERVICE, "github\n", "standard-webhooks\n");
	edit(SERVICE, ", web-github-next]", "]");
	give("warden/web-github", "first-secret\n");
	check_says(SERVICE, 7, "web-github: a secret of the endpoint is not");
	give("warden/web-github", WHSEC "\n");
	check();
	assert_false(notes.fatal);
}

/* no service is at it: no role reads its credential */
static void
test_secret__of_an_unused_registry_is_not_needed(void **state)
{
	(void)state;
	give_all();
	edit(MAIN, "plain-http: loopback-only",
	    "plain-http: loopback-only, credential: nope");
	check();
	assert_false(notes.fatal);
}

/* where systemd brings the secrets there is nothing to look at */
static void
test_secret__that_is_not_here_is_said_to_be_unseen(void **state)
{
	(void)state;
	give_all();
	assert_int_equal(rename(at("secrets"), at("elsewhere")), 0);
	(void)load_good();
	pq_config_check_secrets(config, false, &notes);
	assert_false(notes.fatal);
	assert_true(said(false, "secrets", 0,
	    "no secret was examined: No such file or directory"));
	check();
	assert_true(notes.fatal);
	assert_true(said(true, SERVICE, 7, "web-github: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_secret__are_read_by_name),
		T(test_secret__bad_ones_are_faults),
		T(test_secret__is_a_plain_file),
		T(test_secret__is_of_root_or_of_the_reader),
		T(test_secret__lies_where_nobody_else_writes),
		T(test_secret__that_is_needed_is_there),
		T(test_secret__that_is_needed_is_of_use),
		T(test_secret__of_an_unused_registry_is_not_needed),
		T(test_secret__that_is_not_here_is_said_to_be_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
