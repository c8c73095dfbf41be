/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration, read from real directories. Each test lays out a copy of
 * tests/fixtures/config/good and spoils one thing. A file below bad/ says in
 * its own head what is to be said about it, one "#! LINE: TEXT" for each
 * mistake, and nothing else may be said.
 */
#include "directory.h"

#define BAD PQ_FIXTURES "/config/bad"

#define OWNED "owned by root, not writable by group or others"

/* the fatal notes about @file as "LINE: TEXT\n"... */
static void
spoken(char *dst, size_t room, const char *file)
{
	size_t i, n = 0;

	dst[0] = '\0';
	for (i = 0; i < notes.n && n < room; i++)
		if (notes.v[i].fatal && strcmp(notes.v[i].file, file) == 0)
			n += (size_t)snprintf(dst + n, room - n, "%u: %s\n",
			    notes.v[i].line, notes.v[i].text);
}

/* the "#! " lines of a bad file in the same form */
static void
expected(char *dst, size_t room, const char *text)
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
	expected(want, sizeof(want), read_text(path));
	assert_true(want[0] != '\0');
	assert_int_equal(load(), -PQ_ECONFIG);
	assert_null(config);
	spoken(have, sizeof(have), as);
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
test_config__names_the_schemes_that_there_are(void **state)
{
	char want[PQ_SCHEME_NAMES + 16], names[PQ_SCHEME_NAMES];

	(void)state;
	pq_scheme_names(names, " or ");
	(void)snprintf(want, sizeof(want), "scheme: %s", names);
	edit(SERVICE, "scheme: github", "scheme: none");
	load_bad(SERVICE, 6, want);
}

static void
test_config__refuses_each_bad_main_file(void **state)
{
	(void)state;
	assert_true(try_all("main", MAIN) > 30);
}

/* ---- what a good one means ------------------------------------------- */

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
	edit(SERVICE, "version-from: label", "version-from: annotation");
	edit(SERVICE, "floor: 1.0.0",
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

/* as of policies from before the key: the load says who must accept it */
static void
test_config__no_version_from_means_the_tag(void **state)
{
	(void)state;
	edit(SERVICE, "version-from: label\n", "");
	edit(SERVICE, "track:", "accept-alone: a laboratory\ntrack:");
	assert_int_equal(load_good()->policy->version_from, PQ_VERSION_TAG);
}

/* A report shows a refused policy; a role gets none. */
static void
test_config__examines_what_it_refuses(void **state)
{
	(void)state;
	edit(SERVICE, "version-from: label\n", "");
	assert_int_equal(load(), -PQ_ECONFIG);
	assert_null(config);
	forget();
	assert_int_equal(pq_config_examine(&config, dir, &notes), -PQ_ECONFIG);
	assert_non_null(config);
	assert_int_equal(config->n_services, 1);
	edit(MAIN, "alice: {uid: 1000}", "alice: {uid: -1}");
	forget();
	assert_int_equal(pq_config_examine(&config, dir, &notes), -PQ_ECONFIG);
	assert_null(config);
}

static void
test_config__defaults_are_the_careful_ones(void **state)
{
	const struct pq_config_service *s;

	(void)state;
	edit(SERVICE, "track: \"1.*\"\n", "");
	edit(SERVICE, ", approvals: 2, pending: 30m", "");
	edit(SERVICE,
	    "  order: start-first\n  health: 90s\n  posture: warn\n"
	    "  posture-allow: [no-memory-limit]\n  keep: 5\n",
	    "");
	edit(MAIN, "docker: unix:///run/docker.sock\nlisten: 127.0.0.1:9099\n",
	    "");
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
test_config__durations(void **state)
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
		copy(SERVICE);
		(void)snprintf(line, sizeof(line), "delay: %s", good[i].text);
		edit(SERVICE, "delay: 24h", line);
		assert_int_equal(load_good()->delay_s, good[i].seconds);
	}
}

static void
test_config__listens_to_digits(void **state)
{
	static const char *const good[] = { "0.0.0.0:80", "127.0.0.1:65535",
		"\"[::1]:9099\"", "\"[::]:9099\"" };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		copy(MAIN);
		(void)snprintf(line, sizeof(line), "listen: %s", good[i]);
		edit(MAIN, "listen: 127.0.0.1:9099", line);
		(void)load_good();
	}
}

/* names.h says how long they may be, and what else they are made of */
static void
test_config__takes_names_to_their_limits(void **state)
{
	static char service[80], longest[512], file[96];
	static const char *const tags[] = { "acme@{version}",
		"@acme/web@{version}", "api/v{version}", "v{version}+build",
		"100%-{version}", "\xc3\xa4-{version}", "{version}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		copy(SERVICE);
		edit(SERVICE, "v{version}", tags[i]);
		assert_string_equal(load_good()->policy->git_tag, tags[i]);
	}
	copy(SERVICE);
	(void)snprintf(longest, sizeof(longest), "container: %091d", 0);
	edit(SERVICE, "container: web", longest);
	(void)snprintf(
	    longest, sizeof(longest), "registry.example.com/%0234d", 0);
	edit(SERVICE, "registry.example.com/acme/web", longest);
	assert_int_equal(strlen(load_good()->policy->image), 255);
	(void)snprintf(service, sizeof(service), "service: %063d", 0);
	edit(SERVICE, "service: web", service);
	(void)snprintf(file, sizeof(file), "services.d/%063d.yaml", 0);
	assert_int_equal(rename(at(SERVICE), at(file)), 0);
	assert_int_equal(strlen(load_good()->policy->service), 63);
}

static void
test_config__takes_addresses_of_both_kinds(void **state)
{
	(void)state;
	edit(MAIN, "127.0.0.1:5000: {", "\"[::1]:5000\": {");
	(void)load_good();
	assert_true(config->registries[1].plain_http);
	assert_non_null(pq_config_registry(config, "[::1]:5000/acme/web"));
	assert_null(pq_config_registry(config, "[::1]:5001/acme/web"));
	assert_false(noted("IPv6"));
	edit(SERVICE, "registry.example.com/", "\"[::1]:5000/acme/web\" #");
	(void)load_good();
	assert_true(said(false, SERVICE, 3,
	    "image: Docker knows IPv6 addresses of registries from version 25 "
	    "on"));
	edit(MAIN, "git.example.com: {credential: git-read}",
	    "\"[::1]\": {plain-http: loopback-only}");
	edit(SERVICE, "https://git.example.com/", "http://[::1]/");
	(void)load_good();
	edit(MAIN, "\"[::1]\": {plain", "\"[::2]\": {plain");
	load_bad(MAIN, 8, "plain-http: only for a loopback address");
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

/* ---- who may have written it ----------------------------------------- */

static void
test_config__refuses_what_others_can_write(void **state)
{
	static const struct {
		const char *path, *file, *text;
	} rows[] = {
		{ "", "pq-unit-", "writable by nobody else" },
		{ "services.d", "services.d", "writable by nobody else" },
		{ MAIN, MAIN, OWNED },
		{ SERVICE, SERVICE, OWNED },
		{ "keys/ci.pub", SERVICE, OWNED },
		{ "keys/web.allowed_signers", SERVICE, OWNED },
		/* who can rename keys chooses among them */
		{ "keys", SERVICE, "directory that is not root's alone" },
	};
	static const mode_t modes[] = { 0020, 0002 };
	struct stat st;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < 2; k++) {
			assert_int_equal(stat(at(rows[i].path), &st), 0);
			(void)chmod(
			    at(rows[i].path), (st.st_mode & 0755) | modes[k]);
			assert_int_equal(load(), -PQ_ECONFIG);
			(void)chmod(at(rows[i].path), st.st_mode & 0755);
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
		assert_int_equal(chown(at(paths[i]), 12345, 0), 0);
		if (load() != -PQ_ECONFIG)
			fail_msg("%s of another owner was read", paths[i]);
		assert_int_equal(chown(at(paths[i]), 0, 0), 0);
	}
	(void)load_good();
}

/* root's check says what each role would stumble over */
static void
test_config__warns_of_what_the_roles_cannot_read(void **state)
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
		assert_int_equal(chmod(at(cases[i].path), cases[i].mode), 0);
		assert_int_equal(load(), 0);
		if (!noted("the roles must"))
			fail_msg("%s: nothing was said", cases[i].path);
		assert_int_equal(chmod(at(cases[i].path), cases[i].good), 0);
	}
	assert_int_equal(load(), 0);
	assert_false(noted("the roles must"));
}

/* else the check is of one file and the read of another */
static void
test_config__follows_no_link(void **state)
{
	static const char *const paths[] = { MAIN, SERVICE, "keys/ci.pub",
		"keys", "services.d" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(rename(at(paths[i]), at("moved")), 0);
		assert_int_equal(symlink(at("moved"), at(paths[i])), 0);
		if (load() != -PQ_ECONFIG)
			fail_msg("%s was followed", paths[i]);
		assert_true(i > 2 || noted("is a link"));
		assert_int_equal(unlink(at(paths[i])), 0);
		assert_int_equal(rename(at("moved"), at(paths[i])), 0);
	}
	(void)load_good();
}

static void
test_config__reads_plain_files_only(void **state)
{
	(void)state;
	assert_int_equal(unlink(at(SERVICE)), 0);
	assert_int_equal(mkfifo(at(SERVICE), 0644), 0);
	load_bad(SERVICE, 0, "must be a plain file");
	assert_int_equal(unlink(at(SERVICE)), 0);
	assert_int_equal(mkdir(at(SERVICE), 0755), 0);
	load_bad(SERVICE, 0, "must be a plain file");
	assert_int_equal(rmdir(at(SERVICE)), 0);
	copy(SERVICE);
	assert_int_equal(unlink(at(MAIN)), 0);
	load_bad(MAIN, 0, "No such file");
}

/* it decides which host is believed to be the registry */
static void
test_config__reads_a_ca_as_it_reads_a_key(void **state)
{
	char line[128];

	(void)state;
	put_text("keys/ca.pem", "a CA");
	edit(MAIN, "git.example.com: {", "git.example.com: {ca: keys/ca.pem, ");
	(void)load_good();
	assert_int_equal(chmod(at("keys/ca.pem"), 0664), 0);
	load_bad(MAIN, 8, "keys/ca.pem: must be a plain file");
	put_text("keys/ca.pem", "");
	load_bad(MAIN, 8, "keys/ca.pem: is empty");
	assert_int_equal(rename(at("keys/ca.pem"), at("keys/real.pem")), 0);
	put_text("keys/real.pem", "a CA");
	assert_int_equal(symlink("real.pem", at("keys/ca.pem")), 0);
	load_bad(MAIN, 8, "keys/ca.pem: ");
	/* an absolute path is judged from the root on: /tmp is anybody's */
	copy(MAIN);
	(void)snprintf(line, sizeof(line), "git.example.com: {ca: %s, ",
	    at("keys/real.pem"));
	edit(MAIN, "git.example.com: {", line);
	load_bad(MAIN, 8, "lies in a directory that is not root's alone");
	copy(MAIN);
	edit(MAIN, "git.example.com: {", "git.example.com: {ca: /etc/passwd, ");
	(void)load_good();
}

static void
test_config__files_have_a_size(void **state)
{
	static char text[(256u << 10) + 2];
	size_t n = strlen(read_text(at(SERVICE)));

	(void)state;
	memset(text, '#', sizeof(text));
	memcpy(text, read_text(at(SERVICE)), n);
	put(SERVICE, text, 256u << 10);
	(void)load_good();
	put(SERVICE, text, (256u << 10) + 1);
	load_bad(SERVICE, 0, "at most 262144 bytes");
}

static void
test_config__values_are_counted(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(128u << 10);
	int i;

	(void)state;
	pq_buf_str(&b, "deny:\n");
	for (i = 0; i < 5000; i++)
		pq_buf_str(&b, "  - x\n");
	put(SERVICE, b.p, b.n);
	pq_buf_free(&b);
	load_bad(SERVICE, 4095, "too deep or too many values");
}

static void
test_config__directory_must_be_one(void **state)
{
	char moved[80];

	(void)state;
	(void)snprintf(moved, sizeof(moved), "%s.moved", dir);
	assert_int_equal(rename(dir, moved), 0);
	load_bad(dir, 0, "No such file");
	assert_int_equal(rename(moved, dir), 0);
	assert_int_equal(rename(at("services.d"), at("gone")), 0);
	load_bad("services.d", 0, "No such file");
	put_text("services.d", "");
	load_bad("services.d", 0, "Not a directory");
	(void)unlink(at("services.d"));
	assert_int_equal(rename(at("gone"), at("services.d")), 0);
}

static void
test_config__takes_services_by_their_ending(void **state)
{
	(void)state;
	put_text("services.d/.hidden.yaml", "rubbish: [");
	put_text("services.d/web.yaml.dpkg-new", "rubbish: [");
	put_text("services.d/web.yaml~", "rubbish: [");
	(void)load_good();
	assert_int_equal(config->n_services, 1);
	assert_false(noted("is ignored"));
	put_text("services.d/x.yml", "rubbish: [");
	(void)load_good();
	assert_int_equal(config->n_services, 1);
	assert_true(said(false, "services.d/x.yml", 0,
	    "is ignored: a service's file is called NAME.yaml"));
	assert_int_equal(unlink(at(SERVICE)), 0);
	assert_int_equal(load(), 0);
	assert_int_equal(config->n_services, 0);
	assert_true(said(false, "services.d", 0, "no service is configured"));
}

static void
test_config__services_are_counted(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		(void)snprintf(name, sizeof(name), "services.d/s%d.yaml", i);
		put_text(name, "");
	}
	load_bad("services.d", 0, "too many services");
}

/* ---- all mistakes, however many -------------------------------------- */

/*
 * Notes are bounded. A flood of warnings from twenty careless services must
 * not push the one fatal mistake of the last out of the list.
 */
static void
test_config__warnings_hide_no_mistake(void **state)
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
			copy(SERVICE);
			(void)snprintf(line, sizeof(line), "service: s%02d", i);
			edit(SERVICE, "service: web", line);
			(void)snprintf(
			    line, sizeof(line), "container: s%02d", i);
			edit(SERVICE, "container: web", line);
			edit(SERVICE, "delay: 24h", "delay: 0s");
			edit(SERVICE, ", party: ci", "");
			edit(SERVICE, ", party: release", "");
			put_text(name, read_text(at(SERVICE)));
		}
		copy(SERVICE);
		edit(SERVICE, "approvals: 2", "approvals: 0");
		(void)load_good();
		assert_true(notes.n >= 100);
		edit(SERVICE, mistakes[m][0], mistakes[m][1]);
		if (load() != -PQ_ECONFIG)
			fail_msg("%s was not seen", mistakes[m][1]);
	}
}

static void
test_config__mistakes_are_bounded(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(64u << 10);
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		pq_buf_fmt(&b, "k%d: x\n", i);
	put(SERVICE, b.p, b.n);
	pq_buf_free(&b);
	assert_int_equal(load(), -PQ_ECONFIG);
	assert_true(notes.n >= 100 && notes.n <= 400);
}

static void
test_config__plain_http_must_be_said_on_both_sides(void **state)
{
	(void)state;
	edit(MAIN, "git.example.com: {credential: git-read}",
	    "127.0.0.1:8080: {plain-http: loopback-only}");
	edit(SERVICE, "https://git.example.com/", "http://127.0.0.1:8080/");
	(void)load_good();
	edit(SERVICE, "http://127.0.0.1:8080/", "https://127.0.0.1:8080/");
	load_bad(SERVICE, 9,
	    "source: https://127.0.0.1:8080/acme/web.git and the plain-http "
	    "setting of 127.0.0.1:8080 disagree");
	edit(SERVICE, "https://127.0.0.1:8080/", "http://127.0.0.1:8080/");
	edit(MAIN, "8080: {plain-http: loopback-only}", "8080: {}");
	load_bad(SERVICE, 9, "disagree");
}

/* what was not understood of pratique.yaml is told once, and there */
static void
test_config__one_mistake_makes_no_other(void **state)
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
		copy(MAIN);
		edit(MAIN, spoilt[i][0], spoilt[i][1]);
		assert_int_equal(load(), -PQ_ECONFIG);
		for (k = 0, n = 0; k < notes.n; k++)
			n += notes.v[k].fatal;
		if (n != 1)
			fail_msg("%s: %zu mistakes", spoilt[i][1], n);
	}
}

/* a quorum that cannot be had would hold every release for ever */
static void
test_config__operators_suffice_for_the_approvals(void **state)
{
	(void)state;
	edit(
	    MAIN, "operators:\n  alice: {uid: 1000}\n  bob: {uid: 1001}\n", "");
	load_bad(SERVICE, 14,
	    "approvals: 2 needed, and pratique.yaml names 0 operator(s)");
	edit(SERVICE, "approvals: 2", "approvals: 0");
	(void)load_good();
}

/* ---- the policy hash -------------------------------------------------- */

static struct pq_digest
hash(void)
{
	return load_good()->policy->hash;
}

static void
test_config__hash_covers_every_byte_that_decides(void **state)
{
	static const char *const files[] = { SERVICE, "keys/ci.pub",
		"keys/ci-next.pub", "keys/web.allowed_signers" };
	struct pq_digest was = hash(), now;
	size_t i, n;
	char *text;

	(void)state;
	assert_false(pq_digest_none(&was));
	now = hash();
	assert_true(pq_digest_eq(&was, &now));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		text = read_text(at(files[i]));
		n = strlen(text);
		text[n] = '#';
		put(files[i], text, n + 1);
		now = hash();
		if (pq_digest_eq(&was, &now))
			fail_msg("%s is not in the hash", files[i]);
		copy(files[i]);
		now = hash();
		assert_true(pq_digest_eq(&was, &now));
	}
	/* what decides nothing about this service does not change it */
	edit(MAIN, "listen: 127.0.0.1:9099", "listen: 127.0.0.1:9098");
	put_text("keys/other.pub", "x");
	now = hash();
	assert_true(pq_digest_eq(&was, &now));
}

/* two keys that swap their bytes are another policy */
static void
test_config__hash_knows_which_file_is_which(void **state)
{
	struct pq_digest was = hash(), now;
	static char ci[4096];

	(void)state;
	(void)snprintf(ci, sizeof(ci), "%s", read_text(at("keys/ci.pub")));
	put_text("keys/ci.pub", read_text(at("keys/ci-next.pub")));
	put_text("keys/ci-next.pub", ci);
	now = hash();
	assert_false(pq_digest_eq(&was, &now));
	/* and one byte moved from the end of one to the start of the next */
	put_text("keys/ci.pub", "ab");
	put_text("keys/ci-next.pub", "c");
	was = hash();
	put_text("keys/ci.pub", "a");
	put_text("keys/ci-next.pub", "bc");
	now = hash();
	assert_false(pq_digest_eq(&was, &now));
}

/* ---- the policy embedded in an evidence document ---------------------- */

static void
test_config__service_out_of_its_files(void **state)
{
	const struct pq_config_service *s = load_good();
	struct pq_config_notes said_then = { 0 };
	struct pq_config_service *back = NULL;
	struct pq_config_file files[4];
	size_t i;

	(void)state;
	assert_int_equal(pq_config_service_from_files(
			     &back, s->files, s->n_files, &said_then),
	    0);
	assert_true(pq_digest_eq(&back->policy->hash, &s->policy->hash));
	assert_string_equal(back->policy->image, s->policy->image);
	pq_config_service_free(back);
	free(back);
	back = NULL;
	/* a key that the policy names is missing */
	assert_int_equal(
	    pq_config_service_from_files(&back, s->files, 3, &said_then),
	    -PQ_ECONFIG);
	assert_null(back);
	assert_non_null(
	    strstr(said_then.v[0].text, "keys/ci-next.pub: not embedded"));
	pq_config_notes_free(&said_then);
	assert_int_equal(
	    pq_config_service_from_files(&back, files, 0, &said_then),
	    -PQ_ECONFIG);
	assert_string_equal(said_then.v[0].text, "no policy is embedded");
	pq_config_notes_free(&said_then);
	/* another key under the same name is another policy */
	for (i = 0; i < 4; i++)
		files[i] = s->files[i];
	files[2].data = files[1].data;
	files[2].n = files[1].n;
	assert_int_equal(
	    pq_config_service_from_files(&back, files, 4, &said_then), 0);
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
test_config__key_files_are_looked_into(void **state)
{
	(void)state;
	check_keys();
	assert_false(notes.fatal);
	put_text("keys/ci-next.pub", "not a key\n");
	check_keys();
	assert_true(notes.fatal);
	assert_true(
	    said(true, SERVICE, 13, "keys/ci-next.pub: expected one PEM"));
	copy("keys/ci-next.pub");
	put_text("keys/web.allowed_signers", "# fine\na@example.com ssh-x y\n");
	check_keys();
	assert_true(notes.fatal);
	assert_true(
	    said(true, SERVICE, 11, "keys/web.allowed_signers: line 2"));
}

static void
test_config__warns_of_a_key_that_nothing_passes(void **state)
{
	(void)state;
	put_text("keys/ci-next.pub", ED25519);
	check_keys();
	assert_false(notes.fatal);
	assert_true(said(false, SERVICE, 13, "keys/ci-next.pub: cosign signs"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_config__refuses_each_bad_service),
		T(test_config__refuses_each_bad_main_file),
		T(test_config__names_the_schemes_that_there_are),
		T(test_config__reads_every_key),
		T(test_config__reads_the_keys_of_a_version),
		T(test_config__no_version_from_means_the_tag),
		T(test_config__examines_what_it_refuses),
		T(test_config__defaults_are_the_careful_ones),
		T(test_config__durations),
		T(test_config__listens_to_digits),
		T(test_config__takes_names_to_their_limits),
		T(test_config__takes_addresses_of_both_kinds),
		T(test_config__finds_by_whole_origin),
		T(test_config__refuses_what_others_can_write),
		T(test_config__refuses_another_owner),
		T(test_config__warns_of_what_the_roles_cannot_read),
		T(test_config__follows_no_link),
		T(test_config__reads_plain_files_only),
		T(test_config__reads_a_ca_as_it_reads_a_key),
		T(test_config__files_have_a_size),
		T(test_config__values_are_counted),
		T(test_config__directory_must_be_one),
		T(test_config__takes_services_by_their_ending),
		T(test_config__services_are_counted),
		T(test_config__warnings_hide_no_mistake),
		T(test_config__mistakes_are_bounded),
		T(test_config__plain_http_must_be_said_on_both_sides),
		T(test_config__one_mistake_makes_no_other),
		T(test_config__operators_suffice_for_the_approvals),
		T(test_config__hash_covers_every_byte_that_decides),
		T(test_config__hash_knows_which_file_is_which),
		T(test_config__service_out_of_its_files),
		T(test_config__key_files_are_looked_into),
		T(test_config__warns_of_a_key_that_nothing_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
