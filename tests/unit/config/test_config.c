/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration, read from real directories. Each test copies
 * tests/fixtures/config/good and changes one thing. A file below bad/ begins
 * with the expected mistakes, one line "#! LINE: TEXT" for each. Any other
 * mistake fails the test.
 */
#include "directory.h"

#define BAD PQ_FIXTURES "/config/bad"

#define WRITABLE "must not be writable by group or others"

/* Write the fatal notes about @file as lines "LINE: TEXT". */
static void
list_mistakes(char *dst, size_t room, const char *file)
{
	size_t i, n = 0;

	dst[0] = '\0';
	for (i = 0; i < notes.n && n < room; i++)
		if (notes.v[i].fatal && strcmp(notes.v[i].file, file) == 0)
			n += (size_t)snprintf(dst + n, room - n, "%u: %s\n",
			    notes.v[i].line, notes.v[i].text);
}

/* Write the "#! " lines of a bad file in the same form. */
static void
list_expected(char *dst, size_t room, const char *text)
{
	size_t n = 0;
	const char *p;

	dst[0] = '\0';
	for (p = strstr(text, "\n#! "); p != NULL && n < room;
	     p = strstr(p + 1, "\n#! "))
		n += (size_t)snprintf(dst + n, room - n, "%.*s\n",
		    (int)strcspn(p + 4, "\n"), p + 4);
}

static void
try_bad(const char *kind, const char *name, const char *as)
{
	char path[512], want[4096], have[4096];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", BAD, kind, name);
	put_text(as, read_text(path));
	list_expected(want, sizeof(want), read_text(path));
	assert_true(want[0] != '\0');
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_null(config);
	list_mistakes(have, sizeof(have), as);
	if (strcmp(want, have) != 0)
		fail_msg("%s\nexpected:\n%sfound:\n%s", path, want, have);
}

static size_t
try_all(const char *kind, const char *as)
{
	struct folder bad;
	char dir_name[64];
	size_t i, n;

	(void)snprintf(dir_name, sizeof(dir_name), "config/bad/%s", kind);
	folder_read(&bad, dir_name);
	for (i = 0; i < bad.n; i++)
		try_bad(kind, bad.v[i]->d_name, as);
	n = bad.n;
	folder_free(&bad);
	return n;
}

static void
test_config__refuses_each_bad_service(void **state)
{
	(void)state;
	assert_true(try_all("service", SERVICE) > 100);
}

static void
test_config__lists_the_known_schemes(void **state)
{
	char want[PQ_SCHEME_NAMES + 32], names[PQ_SCHEME_NAMES];

	(void)state;
	pq_scheme_names(names, " or ");
	(void)snprintf(want, sizeof(want), "scheme: expected %s", names);
	edit_file(SERVICE, "scheme: github", "scheme: none");
	load_bad(SERVICE, 6, want);
}

static void
test_config__refuses_each_bad_main_file(void **state)
{
	(void)state;
	assert_true(try_all("main", MAIN) > 30);
}

/* ---- the values of a good configuration ---------------------------------- */

static void
test_config__reads_every_key(void **state)
{
	const struct pq_config_service *s = load_good();
	const struct pq_policy *p = s->policy;

	(void)state;
	assert_string_equal(config->docker, "unix:///run/docker.sock");
	assert_string_equal(config->listen, "127.0.0.1:9099");
	assert_int_equal(config->n_registries, 2);
	assert_string_equal(config->registries[0].credential, "registry-read");
	assert_string_equal(
	    config->registries[0].token_realm, "auth.example.com");
	assert_false(config->registries[0].plain_http);
	assert_true(config->registries[1].plain_http);
	assert_null(config->registries[1].credential);
	assert_string_equal(config->git[0].credential, "git-read");
	assert_string_equal(config->operators[0].name, "alice");
	assert_int_equal(config->operators[0].uid, 1000);
	assert_string_equal(p->service, "web");
	assert_string_equal(p->image, "registry.example.com/acme/web");
	assert_string_equal(p->track, "1.*");
	assert_string_equal(p->git_url, "https://git.example.com/acme/web.git");
	assert_string_equal(p->git_tag, "v{version}");
	assert_string_equal(
	    p->requirements[1].v[0].name, "keys/web.allowed_signers");
	assert_string_equal(p->requirements[1].v[0].party, "release");
	assert_int_equal(p->requirements[0].n, 2);
	assert_string_equal(p->requirements[0].v[1].name, "keys/ci-next.pub");
	assert_string_equal(p->requirements[0].v[1].party, "ci");
	assert_int_equal(p->requirements[0].threshold, 1);
	assert_int_equal(s->n_endpoints, 1);
	assert_int_equal(s->endpoints[0].scheme, PQ_SCHEME_GITHUB);
	assert_string_equal(s->endpoints[0].secrets[1], "web-github-next");
	assert_int_equal(s->delay_s, 86400);
	assert_int_equal(s->pending_s, 1800);
	assert_int_equal(s->approvals, 2);
	assert_int_equal(s->target, PQ_TARGET_CONTAINER);
	assert_string_equal(s->target_name, "web");
	assert_int_equal(s->order, PQ_ORDER_START_FIRST);
	assert_int_equal(s->health_s, 90);
	assert_int_equal(s->posture, PQ_POSTURE_WARN);
	assert_int_equal(s->posture_allow, 1u << PQ_EXPOSURE_NO_MEMORY_LIMIT);
	assert_int_equal(s->keep, 5);
	assert_int_equal(s->n_deny, 1);
	assert_int_equal(s->n_files, 4);
}

static void
test_config__reads_the_keys_of_a_version(void **state)
{
	const struct pq_config_service *s = load_good();

	(void)state;
	assert_int_equal(s->policy->version_from, PQ_VERSION_LABEL);
	assert_null(s->policy->signed_as);
	assert_string_equal(s->floor, "1.0.0");
	assert_null(s->floor_instead_of);
	edit_file(SERVICE, "version-from: label", "version-from: annotation");
	edit_file(SERVICE, "floor: 1.0.0",
	    "floor: {version: v1.3.0-rc1, instead-of: 9999.0.0}\n"
	    "signed-as: build.example.com:5000/acme/web");
	s = load_good();
	assert_int_equal(s->policy->version_from, PQ_VERSION_ANNOTATION);
	assert_string_equal(
	    s->policy->signed_as, "build.example.com:5000/acme/web");
	assert_string_equal(s->floor, "v1.3.0-rc1");
	assert_string_equal(s->floor_instead_of, "9999.0.0");
	assert_int_equal(s->lines.version_from, 24);
	assert_int_equal(s->lines.floor, 25);
}

/* Policies that are older than the key version-from stay valid. */
static void
test_config__takes_the_version_from_the_tag_by_default(void **state)
{
	(void)state;
	edit_file(SERVICE, "version-from: label\n", "");
	edit_file(SERVICE, "track:", "accept-alone: a laboratory\ntrack:");
	assert_int_equal(load_good()->policy->version_from, PQ_VERSION_TAG);
}

/* A report shows a refused policy, but a role cannot load it. */
static void
test_config__examines_a_refused_policy(void **state)
{
	(void)state;
	edit_file(SERVICE, "version-from: label\n", "");
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_null(config);
	forget_load();
	assert_int_equal(pq_config_examine(&config, dir, &notes), -PQ_ECONFIG);
	assert_non_null(config);
	assert_int_equal(config->n_services, 1);
	edit_file(MAIN, "alice: {uid: 1000}", "alice: {uid: -1}");
	forget_load();
	assert_int_equal(pq_config_examine(&config, dir, &notes), -PQ_ECONFIG);
	assert_null(config);
}

static void
test_config__has_careful_defaults(void **state)
{
	const struct pq_config_service *s;

	(void)state;
	edit_file(SERVICE, "track: \"1.*\"\n", "");
	edit_file(SERVICE, ", approvals: 2, pending: 30m", "");
	edit_file(SERVICE,
	    "  order: start-first\n  health: 90s\n  posture: warn\n"
	    "  posture-allow: [no-memory-limit]\n  keep: 5\n",
	    "");
	edit_file(MAIN,
	    "docker: unix:///run/docker.sock\nlisten: 127.0.0.1:9099\n", "");
	s = load_good();
	assert_string_equal(s->policy->track, "*");
	assert_int_equal(s->approvals, 0);
	assert_int_equal(s->pending_s, 3600);
	assert_int_equal(s->order, PQ_ORDER_STOP_FIRST);
	assert_int_equal(s->posture, PQ_POSTURE_ENFORCE);
	assert_int_equal(s->health_s, 60);
	assert_int_equal(s->keep, 3);
	assert_string_equal(config->docker, "unix:///run/docker.sock");
	assert_string_equal(config->listen, "127.0.0.1:9099");
}

static void
test_config__reads_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = { { "0s", 0 }, { "1s", 1 }, { "10m", 600 }, { "7d", 604800 },
		{ "400d", 34560000 }, { "9600h", 34560000 },
		{ "34560000s", 34560000 } };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		copy_good(SERVICE);
		(void)snprintf(line, sizeof(line), "delay: %s", good[i].text);
		edit_file(SERVICE, "delay: 24h", line);
		assert_int_equal(load_good()->delay_s, good[i].seconds);
	}
}

static void
test_config__listens_at_numeric_addresses(void **state)
{
	static const char *const good[] = { "0.0.0.0:80", "127.0.0.1:65535",
		"\"[::1]:9099\"", "\"[::]:9099\"" };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		copy_good(MAIN);
		(void)snprintf(line, sizeof(line), "listen: %s", good[i]);
		edit_file(MAIN, "listen: 127.0.0.1:9099", line);
		(void)load_good();
	}
}

/* <pratique/names.h> has the limits and the characters of names. */
static void
test_config__takes_the_longest_names(void **state)
{
	static char service[80], longest[512], file[96];
	static const char *const tags[] = { "acme@{version}",
		"@acme/web@{version}", "api/v{version}", "v{version}+build",
		"100%-{version}", "\xc3\xa4-{version}", "{version}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		copy_good(SERVICE);
		edit_file(SERVICE, "v{version}", tags[i]);
		assert_string_equal(load_good()->policy->git_tag, tags[i]);
	}
	copy_good(SERVICE);
	(void)snprintf(longest, sizeof(longest), "container: %091d", 0);
	edit_file(SERVICE, "container: web", longest);
	(void)snprintf(
	    longest, sizeof(longest), "registry.example.com/%0234d", 0);
	edit_file(SERVICE, "registry.example.com/acme/web", longest);
	assert_int_equal(strlen(load_good()->policy->image), 255);
	(void)snprintf(service, sizeof(service), "service: %063d", 0);
	edit_file(SERVICE, "service: web", service);
	(void)snprintf(file, sizeof(file), "services.d/%063d.yaml", 0);
	assert_int_equal(rename(path_of(SERVICE), path_of(file)), 0);
	assert_int_equal(strlen(load_good()->policy->service), 63);
}

static void
test_config__takes_addresses_of_both_kinds(void **state)
{
	(void)state;
	edit_file(MAIN, "127.0.0.1:5000: {", "\"[::1]:5000\": {");
	(void)load_good();
	assert_true(config->registries[1].plain_http);
	assert_non_null(pq_config_registry(config, "[::1]:5000/acme/web"));
	assert_null(pq_config_registry(config, "[::1]:5001/acme/web"));
	assert_false(has_note("IPv6"));
	edit_file(
	    SERVICE, "registry.example.com/", "\"[::1]:5000/acme/web\" #");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 3,
	    "image: an IPv6 address needs Docker 25 or later"));
	edit_file(MAIN, "git.example.com: {credential: git-read}",
	    "\"[::1]\": {plain-http: loopback-only}");
	edit_file(SERVICE, "https://git.example.com/", "http://[::1]/");
	(void)load_good();
	edit_file(MAIN, "\"[::1]\": {plain", "\"[::2]\": {plain");
	load_bad(MAIN, 8,
	    "plain-http: allowed only for a loopback address, and [::2] is "
	    "not one");
}

static void
test_config__finds_by_whole_origin(void **state)
{
	(void)state;
	(void)load_good();
	assert_non_null(
	    pq_config_registry(config, "registry.example.com/acme/web"));
	assert_non_null(pq_config_registry(config, "127.0.0.1:5000/x"));
	assert_null(pq_config_registry(config, "127.0.0.1/x"));
	assert_null(pq_config_registry(config, "registry.example.co/x"));
	assert_null(pq_config_registry(config, "registry.example.com.evil/x"));
	assert_non_null(pq_config_git(config, "https://git.example.com/a"));
	assert_null(pq_config_git(config, "https://git.example.com:444/a"));
	assert_null(pq_config_git(config, "https://u@git.example.com/a"));
	assert_non_null(pq_config_service(config, pq_slice_str("web")));
	assert_null(pq_config_service(config, pq_slice_str("we")));
	assert_null(pq_config_service(config, pq_slice(NULL, 0)));
}

/* ---- owners, modes and types of the files -------------------------------- */

static void
test_config__refuses_files_that_others_can_write(void **state)
{
	static const struct {
		const char *path, *file, *text;
	} rows[] = {
		{ "", "pq-unit-", WRITABLE },
		{ "services.d", "services.d", WRITABLE },
		{ MAIN, MAIN, WRITABLE },
		{ SERVICE, SERVICE, WRITABLE },
		{ "keys/ci.pub", SERVICE, WRITABLE },
		{ "keys/web.allowed_signers", SERVICE, WRITABLE },
		/* a user who can rename keys can exchange them */
		{ "keys", SERVICE,
		    "a directory above it is not owned by root" },
	};
	static const mode_t modes[] = { 0020, 0002 };
	struct stat st;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < 2; k++) {
			assert_int_equal(stat(path_of(rows[i].path), &st), 0);
			(void)chmod(path_of(rows[i].path),
			    (st.st_mode & 0755) | modes[k]);
			assert_int_equal(load_dir(), -PQ_ECONFIG);
			(void)chmod(path_of(rows[i].path), st.st_mode & 0755);
			assert_true(notes.n > 0);
			if (strstr(notes.v[0].file, rows[i].file) == NULL ||
			    strstr(notes.v[0].text, rows[i].text) == NULL)
				fail_msg("%s: not refused", rows[i].path);
		}
	}
	(void)load_good();
}

static void
test_config__refuses_another_owner(void **state)
{
	static const char *const paths[] = { "", "services.d", "keys", MAIN,
		SERVICE, "keys/ci.pub" };
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(chown(path_of(paths[i]), 12345, 0), 0);
		if (load_dir() != -PQ_ECONFIG)
			fail_msg("%s of another owner was read", paths[i]);
		if (!has_note("owned by uid 12345, must be owned by root") &&
		    !has_note("a directory above it is not owned by root"))
			fail_msg(
			    "%s: the note does not name the owner", paths[i]);
		assert_int_equal(chown(path_of(paths[i]), 0, 0), 0);
	}
	(void)load_good();
}

/* root can read such a file, but the roles cannot */
static void
test_config__warns_of_files_that_the_roles_cannot_read(void **state)
{
	static const struct {
		const char *path;
		mode_t mode, good;
	} cases[] = { { "", 0750, 0755 }, { "services.d", 0700, 0755 },
		{ MAIN, 0600, 0644 }, { SERVICE, 0640, 0644 },
		{ "keys/ci.pub", 0600, 0644 } };
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    chmod(path_of(cases[i].path), cases[i].mode), 0);
		assert_int_equal(load_dir(), 0);
		if (!has_note("the roles cannot read it"))
			fail_msg("%s: no warning", cases[i].path);
		assert_int_equal(
		    chmod(path_of(cases[i].path), cases[i].good), 0);
	}
	assert_int_equal(load_dir(), 0);
	assert_false(has_note("the roles cannot read it"));
}

/* A link could lead to another file between the check and the read. */
static void
test_config__follows_no_link(void **state)
{
	static const char *const paths[] = { MAIN, SERVICE, "keys/ci.pub",
		"keys", "services.d" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(
		    rename(path_of(paths[i]), path_of("moved")), 0);
		assert_int_equal(
		    symlink(path_of("moved"), path_of(paths[i])), 0);
		if (load_dir() != -PQ_ECONFIG)
			fail_msg("%s was followed", paths[i]);
		assert_true(i > 2 || has_note("a symbolic link"));
		assert_int_equal(unlink(path_of(paths[i])), 0);
		assert_int_equal(
		    rename(path_of("moved"), path_of(paths[i])), 0);
	}
	(void)load_good();
}

static void
test_config__reads_only_regular_files(void **state)
{
	(void)state;
	assert_int_equal(unlink(path_of(SERVICE)), 0);
	assert_int_equal(mkfifo(path_of(SERVICE), 0644), 0);
	load_bad(SERVICE, 0, "not a regular file");
	assert_int_equal(unlink(path_of(SERVICE)), 0);
	assert_int_equal(mkdir(path_of(SERVICE), 0755), 0);
	load_bad(SERVICE, 0, "not a regular file");
	assert_int_equal(rmdir(path_of(SERVICE)), 0);
	copy_good(SERVICE);
	assert_int_equal(unlink(path_of(MAIN)), 0);
	load_bad(MAIN, 0, "No such file");
}

/* A CA file decides which host can pass for the registry. */
static void
test_config__checks_a_ca_like_a_key(void **state)
{
	char line[128];

	(void)state;
	put_text("keys/ca.pem", "a CA");
	edit_file(
	    MAIN, "git.example.com: {", "git.example.com: {ca: keys/ca.pem, ");
	(void)load_good();
	assert_int_equal(chmod(path_of("keys/ca.pem"), 0664), 0);
	load_bad(MAIN, 8, "keys/ca.pem: mode 0664, " WRITABLE);
	put_text("keys/ca.pem", "");
	load_bad(MAIN, 8, "the file keys/ca.pem is empty");
	assert_int_equal(
	    rename(path_of("keys/ca.pem"), path_of("keys/real.pem")), 0);
	put_text("keys/real.pem", "a CA");
	assert_int_equal(symlink("real.pem", path_of("keys/ca.pem")), 0);
	load_bad(MAIN, 8, "keys/ca.pem: ");
	/* each directory of an absolute path counts, such as /tmp */
	copy_good(MAIN);
	(void)snprintf(line, sizeof(line), "git.example.com: {ca: %s, ",
	    path_of("keys/real.pem"));
	edit_file(MAIN, "git.example.com: {", line);
	load_bad(MAIN, 8, "a directory above it is not owned by root");
	copy_good(MAIN);
	edit_file(
	    MAIN, "git.example.com: {", "git.example.com: {ca: /etc/passwd, ");
	(void)load_good();
}

static void
test_config__limits_the_size_of_a_file(void **state)
{
	static char text[(256u << 10) + 2];
	size_t n = strlen(read_text(path_of(SERVICE)));

	(void)state;
	memset(text, '#', sizeof(text));
	memcpy(text, read_text(path_of(SERVICE)), n);
	put_file(SERVICE, text, 256u << 10);
	(void)load_good();
	put_file(SERVICE, text, (256u << 10) + 1);
	load_bad(SERVICE, 0, "has 262145 bytes; the limit is 262144");
}

static void
test_config__limits_the_number_of_values(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(128u << 10);
	int i;

	(void)state;
	pq_buf_str(&b, "deny:\n");
	for (i = 0; i < 5000; i++)
		pq_buf_str(&b, "  - x\n");
	put_file(SERVICE, b.p, b.n);
	pq_buf_free(&b);
	load_bad(SERVICE, 4095, "the file has too many values");
}

static void
test_config__refuses_a_missing_directory(void **state)
{
	char moved[80];

	(void)state;
	(void)snprintf(moved, sizeof(moved), "%s.moved", dir);
	assert_int_equal(rename(dir, moved), 0);
	load_bad(dir, 0, "No such file");
	assert_int_equal(rename(moved, dir), 0);
	assert_int_equal(rename(path_of("services.d"), path_of("gone")), 0);
	load_bad("services.d", 0, "No such file");
	put_text("services.d", "");
	load_bad("services.d", 0, "Not a directory");
	(void)unlink(path_of("services.d"));
	assert_int_equal(rename(path_of("gone"), path_of("services.d")), 0);
}

static void
test_config__takes_only_files_that_end_in_yaml(void **state)
{
	(void)state;
	put_text("services.d/.hidden.yaml", "rubbish: [");
	put_text("services.d/web.yaml.dpkg-new", "rubbish: [");
	put_text("services.d/web.yaml~", "rubbish: [");
	(void)load_good();
	assert_int_equal(config->n_services, 1);
	assert_false(has_note("ignored"));
	put_text("services.d/x.yml", "rubbish: [");
	(void)load_good();
	assert_int_equal(config->n_services, 1);
	assert_true(has_note_at(false, "services.d/x.yml", 0,
	    "ignored: the name of a service's file must end in .yaml"));
	assert_int_equal(unlink(path_of(SERVICE)), 0);
	assert_int_equal(load_dir(), 0);
	assert_int_equal(config->n_services, 0);
	assert_true(
	    has_note_at(false, "services.d", 0, "no service is configured"));
}

static void
test_config__limits_the_number_of_services(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		(void)snprintf(name, sizeof(name), "services.d/s%d.yaml", i);
		put_text(name, "");
	}
	load_bad("services.d", 0, "257 service files; the limit is 256");
}

/* ---- many mistakes ------------------------------------------------------- */

/*
 * The number of notes has a limit. A flood of warnings about many services must
 * not push the one mistake of the last service out of the list.
 */
static void
test_config__keeps_a_mistake_behind_many_warnings(void **state)
{
	static const char *const mistakes[][2] = {
		{ "image: registry.example.com/", "image: evil.example.com/" },
		{ "  keep: 5", "  kepe: 5" },
		{ "party: release", "party: ci" },
	};
	char name[64], line[64];
	size_t m;
	int i;

	(void)state;
	for (m = 0; m < sizeof(mistakes) / sizeof(mistakes[0]); m++) {
		for (i = 0; i < 60; i++) {
			(void)snprintf(
			    name, sizeof(name), "services.d/s%02d.yaml", i);
			copy_good(SERVICE);
			(void)snprintf(line, sizeof(line), "service: s%02d", i);
			edit_file(SERVICE, "service: web", line);
			(void)snprintf(
			    line, sizeof(line), "container: s%02d", i);
			edit_file(SERVICE, "container: web", line);
			edit_file(SERVICE, "delay: 24h", "delay: 0s");
			edit_file(SERVICE, ", party: ci", "");
			edit_file(SERVICE, ", party: release", "");
			put_text(name, read_text(path_of(SERVICE)));
		}
		copy_good(SERVICE);
		edit_file(SERVICE, "approvals: 2", "approvals: 0");
		(void)load_good();
		assert_true(notes.n >= 100);
		edit_file(SERVICE, mistakes[m][0], mistakes[m][1]);
		if (load_dir() != -PQ_ECONFIG)
			fail_msg("%s was not noted", mistakes[m][1]);
	}
}

static void
test_config__limits_the_number_of_notes(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(64u << 10);
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		pq_buf_fmt(&b, "k%d: x\n", i);
	put_file(SERVICE, b.p, b.n);
	pq_buf_free(&b);
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_true(notes.n >= 100 && notes.n <= 400);
}

static void
test_config__needs_plain_http_in_both_files(void **state)
{
	(void)state;
	edit_file(MAIN, "git.example.com: {credential: git-read}",
	    "127.0.0.1:8080: {plain-http: loopback-only}");
	edit_file(
	    SERVICE, "https://git.example.com/", "http://127.0.0.1:8080/");
	(void)load_good();
	edit_file(SERVICE, "http://127.0.0.1:8080/", "https://127.0.0.1:8080/");
	load_bad(SERVICE, 9,
	    "source: the address begins with https://, but 127.0.0.1:8080 "
	    "under git: in pratique.yaml has plain-http: loopback-only");
	edit_file(SERVICE, "https://127.0.0.1:8080/", "http://127.0.0.1:8080/");
	edit_file(MAIN, "8080: {plain-http: loopback-only}", "8080: {}");
	load_bad(SERVICE, 9,
	    "source: the address begins with http://, but 127.0.0.1:8080 "
	    "under git: in pratique.yaml has no plain-http: loopback-only");
}

/* A mistake in pratique.yaml is reported once, and not again per service. */
static void
test_config__reports_one_mistake_once(void **state)
{
	static const char *const spoilt[][2] = {
		{ "alice: {uid: 1000}", "alice: {uid: -1}" },
		{ "alice: {uid: 1000}",
		    "alice: {uid: 0}\n  mallory: {uid: -1}" },
		{ "registries:", "registries: [" },
		{ "git:", "registries: {}\ngit:" },
	};
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		copy_good(MAIN);
		edit_file(MAIN, spoilt[i][0], spoilt[i][1]);
		assert_int_equal(load_dir(), -PQ_ECONFIG);
		for (k = 0, n = 0; k < notes.n; k++)
			n += notes.v[k].fatal;
		if (n != 1)
			fail_msg("%s: %zu mistakes", spoilt[i][1], n);
	}
}

/* With too few operators each release would wait for ever. */
static void
test_config__needs_enough_operators_for_the_approvals(void **state)
{
	(void)state;
	edit_file(
	    MAIN, "operators:\n  alice: {uid: 1000}\n  bob: {uid: 1001}\n", "");
	load_bad(SERVICE, 14,
	    "approvals: 2 are needed, but the number of operators in "
	    "pratique.yaml is 0");
	edit_file(SERVICE, "approvals: 2", "approvals: 0");
	(void)load_good();
}

/* ---- the policy hash -------------------------------------------------- */

static struct pq_digest
load_hash(void)
{
	return load_good()->policy->hash;
}

static void
test_config__hashes_each_byte_of_the_policy(void **state)
{
	static const char *const files[] = { SERVICE, "keys/ci.pub",
		"keys/ci-next.pub", "keys/web.allowed_signers" };
	struct pq_digest was = load_hash(), now;
	size_t i, n;
	char *text;

	(void)state;
	assert_false(pq_digest_none(&was));
	now = load_hash();
	assert_true(pq_digest_eq(&was, &now));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		text = read_text(path_of(files[i]));
		n = strlen(text);
		text[n] = '#';
		put_file(files[i], text, n + 1);
		now = load_hash();
		if (pq_digest_eq(&was, &now))
			fail_msg("the hash does not cover %s", files[i]);
		copy_good(files[i]);
		now = load_hash();
		assert_true(pq_digest_eq(&was, &now));
	}
	/* a change that does not concern this service leaves the hash alone */
	edit_file(MAIN, "listen: 127.0.0.1:9099", "listen: 127.0.0.1:9098");
	put_text("keys/other.pub", "x");
	now = load_hash();
	assert_true(pq_digest_eq(&was, &now));
}

/* Two key files that exchange their bytes make another policy. */
static void
test_config__hashes_the_names_of_the_files(void **state)
{
	struct pq_digest was = load_hash(), now;
	static char ci[4096];

	(void)state;
	(void)snprintf(ci, sizeof(ci), "%s", read_text(path_of("keys/ci.pub")));
	put_text("keys/ci.pub", read_text(path_of("keys/ci-next.pub")));
	put_text("keys/ci-next.pub", ci);
	now = load_hash();
	assert_false(pq_digest_eq(&was, &now));
	/* one byte moves from the end of a file to the start of the next */
	put_text("keys/ci.pub", "ab");
	put_text("keys/ci-next.pub", "c");
	was = load_hash();
	put_text("keys/ci.pub", "a");
	put_text("keys/ci-next.pub", "bc");
	now = load_hash();
	assert_false(pq_digest_eq(&was, &now));
}

/* ---- the policy embedded in an evidence document ---------------------- */

static void
test_config__reads_a_service_from_files_in_memory(void **state)
{
	const struct pq_config_service *s = load_good();
	struct pq_config_notes later = { 0 };
	struct pq_config_service *back = NULL;
	struct pq_config_file files[4];
	size_t i;

	(void)state;
	assert_int_equal(
	    pq_config_service_from_files(&back, s->files, s->n_files, &later),
	    0);
	assert_true(pq_digest_eq(&back->policy->hash, &s->policy->hash));
	assert_string_equal(back->policy->image, s->policy->image);
	pq_config_service_free(back);
	free(back);
	back = NULL;
	/* a key that the policy names is missing */
	assert_int_equal(
	    pq_config_service_from_files(&back, s->files, 3, &later),
	    -PQ_ECONFIG);
	assert_null(back);
	assert_non_null(strstr(later.v[0].text,
	    "keys/ci-next.pub: the evidence does not "
	    "contain this file"));
	pq_config_notes_free(&later);
	assert_int_equal(
	    pq_config_service_from_files(&back, files, 0, &later), -PQ_ECONFIG);
	assert_string_equal(
	    later.v[0].text, "the evidence does not contain a policy");
	pq_config_notes_free(&later);
	/* another key under the same name makes another policy */
	for (i = 0; i < 4; i++)
		files[i] = s->files[i];
	files[2].data = files[1].data;
	files[2].n = files[1].n;
	assert_int_equal(
	    pq_config_service_from_files(&back, files, 4, &later), 0);
	assert_false(pq_digest_eq(&back->policy->hash, &s->policy->hash));
	pq_config_service_free(back);
	free(back);
}

/* ---- key files --------------------------------------------------------- */

#define ED25519                                                        \
	"-----BEGIN PUBLIC KEY-----\n"                                 \
	"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=" \
	"\n-----END PUBLIC KEY-----\n"

static void
check_keys(void)
{
	(void)load_good();
	pq_config_check_keys(config, &notes);
}

static void
test_config__parses_key_files(void **state)
{
	(void)state;
	check_keys();
	assert_false(notes.fatal);
	put_text("keys/ci-next.pub", "not a key\n");
	check_keys();
	assert_true(notes.fatal);
	assert_true(has_note_at(
	    true, SERVICE, 13, "keys/ci-next.pub: expected one PEM"));
	copy_good("keys/ci-next.pub");
	put_text("keys/web.allowed_signers", "# fine\na@example.com ssh-x y\n");
	check_keys();
	assert_true(notes.fatal);
	assert_true(
	    has_note_at(true, SERVICE, 11, "keys/web.allowed_signers: line 2"));
}

/* To ssh-keygen, a time without Z depends on the time zone of its user. */
static void
test_config__demands_a_z_after_the_times_of_signers(void **state)
{
	static const char key[] =
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFR"
	    "YXGBkaGxwdHh8g";
	char file[256];

	(void)state;
	(void)snprintf(
	    file, sizeof(file), "\na valid-before=\"20400101\" %s\n", key);
	put_text("keys/web.allowed_signers", file);
	check_keys();
	assert_true(notes.fatal);
	assert_true(has_note_at(true, SERVICE, 11,
	    "keys/web.allowed_signers: line 2: valid-after and valid-before"));
	(void)snprintf(
	    file, sizeof(file), "\na valid-before=\"20400101Z\" %s\n", key);
	put_text("keys/web.allowed_signers", file);
	check_keys();
	assert_false(notes.fatal);
}

static void
test_config__warns_of_a_key_that_cosign_cannot_use(void **state)
{
	(void)state;
	put_text("keys/ci-next.pub", ED25519);
	check_keys();
	assert_false(notes.fatal);
	assert_true(
	    has_note_at(false, SERVICE, 13, "keys/ci-next.pub: cosign makes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_config__refuses_each_bad_service),
		T(test_config__refuses_each_bad_main_file),
		T(test_config__lists_the_known_schemes),
		T(test_config__reads_every_key),
		T(test_config__reads_the_keys_of_a_version),
		T(test_config__takes_the_version_from_the_tag_by_default),
		T(test_config__examines_a_refused_policy),
		T(test_config__has_careful_defaults),
		T(test_config__reads_durations),
		T(test_config__listens_at_numeric_addresses),
		T(test_config__takes_the_longest_names),
		T(test_config__takes_addresses_of_both_kinds),
		T(test_config__finds_by_whole_origin),
		T(test_config__refuses_files_that_others_can_write),
		T(test_config__refuses_another_owner),
		T(test_config__warns_of_files_that_the_roles_cannot_read),
		T(test_config__follows_no_link),
		T(test_config__reads_only_regular_files),
		T(test_config__checks_a_ca_like_a_key),
		T(test_config__limits_the_size_of_a_file),
		T(test_config__limits_the_number_of_values),
		T(test_config__refuses_a_missing_directory),
		T(test_config__takes_only_files_that_end_in_yaml),
		T(test_config__limits_the_number_of_services),
		T(test_config__keeps_a_mistake_behind_many_warnings),
		T(test_config__limits_the_number_of_notes),
		T(test_config__needs_plain_http_in_both_files),
		T(test_config__reports_one_mistake_once),
		T(test_config__needs_enough_operators_for_the_approvals),
		T(test_config__hashes_each_byte_of_the_policy),
		T(test_config__hashes_the_names_of_the_files),
		T(test_config__reads_a_service_from_files_in_memory),
		T(test_config__parses_key_files),
		T(test_config__demands_a_z_after_the_times_of_signers),
		T(test_config__warns_of_a_key_that_cosign_cannot_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
