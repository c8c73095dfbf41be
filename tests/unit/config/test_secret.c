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
	char other[] = "/tmp/pq-credentials-XXXXXX", path[64];
	FILE *f;

	(void)state;
	(void)load_good();
	put_secret("hunter2", 7, 0400);
	secret_is("hunter2");
	put_secret("hunter2\n", 8, 0600);
	secret_is("hunter2");
	put_secret("hunter2\n\n", 9, 0400);
	secret_is("hunter2\n");
	/* systemd's directory goes before our own, and instead of it */
	assert_non_null(mkdtemp(other));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", other, 1), 0);
	secret_bad("s", "No such file");
	(void)snprintf(path, sizeof(path), "%s/s", other);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("from systemd", f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0400), 0);
	secret_is("from systemd");
	(void)unlink(path);
	(void)rmdir(other);
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
	secret_bad("../fetch/s", "bad name");
	secret_bad(".s", "bad name");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_secret__are_read_by_name),
		T(test_secret__bad_ones_are_faults),
		T(test_secret__is_a_plain_file),
		T(test_secret__is_of_root_or_of_the_reader),
		T(test_secret__lies_where_nobody_else_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
