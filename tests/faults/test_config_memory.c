/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out while a policy is loaded: each allocation fails in turn. An
 * attacker who fills the memory at the right time may cause a refusal, but not
 * a policy with a missing requirement or a double free.
 */
#include "../unit/cmocka_all.h"
#include "support/memory.h"

#include <stdlib.h>
#include <string.h>

#include "config/advice.h"
#include "config/load.h"
#include "config/parties.h"
#include "config/schema.h"

#define DENIED                                    \
	"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define YAML                                                             \
	"service: web\n"                                                 \
	"image: registry.example.com/acme/web\n"                         \
	"signed-as: build.example.com/acme/web\n"                        \
	"version-from: annotation\n"                                     \
	"floor: {version: 1.2.0, instead-of: 9.0.0}\n"                   \
	"callbacks:\n"                                                   \
	"  - {scheme: github, header: X-Sign, secrets: [a, web-next]}\n" \
	"source:\n"                                                      \
	"  repository: https://git.example.com/acme/web.git\n"           \
	"  tag: v{version}\n"                                            \
	"  signers: {ssh: {file: keys/signers, party: releases}}\n"      \
	"require:\n"                                                     \
	"  - image-signature: {cosign-key: keys/key.pub}\n"              \
	"quarantine: {delay: 24h}\n"                                     \
	"deploy: {container: web}\n"                                     \
	"deny: [" DENIED "]\n"
#define SIGNERS                                                       \
	"a@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJvDlf8Y" \
	"xuUGLHu5GiM2vNkeCHWzBPEWZ+Z8R5t0cTo\n"
/* KEY in a list of tag signers */
#define SHARED                                                        \
	"a@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlph" \
	"M3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh\n"
#define KEY                                                            \
	"-----BEGIN PUBLIC KEY-----\n"                                 \
	"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=" \
	"\n-----END PUBLIC KEY-----\n"

static int
load_service(struct pq_config_service **ret, unsigned long failing)
{
	static char names[3][32] = { "services.d/web.yaml", "keys/signers",
		"keys/key.pub" };
	static uint8_t yaml[] = YAML, signers[] = SIGNERS, key[] = KEY;
	struct pq_config_file files[3] = {
		{ names[0], yaml, sizeof(yaml) - 1 },
		{ names[1], signers, sizeof(signers) - 1 },
		{ names[2], key, sizeof(key) - 1 },
	};
	struct pq_config_notes notes = { 0 };
	int r;

	*ret = NULL;
	asked = 0;
	fail_at = failing;
	r = pq_config_service_from_files(ret, files, 3, &notes);
	fail_at = 0;
	pq_config_notes_free(&notes);
	return r;
}

static void
assert_whole(const struct pq_config_service *s)
{
	assert_non_null(s->policy);
	assert_string_equal(s->policy->service, "web");
	assert_string_equal(s->policy->image, "registry.example.com/acme/web");
	assert_string_equal(s->policy->signed_as, "build.example.com/acme/web");
	assert_int_equal(s->policy->version_from, PQ_VERSION_ANNOTATION);
	assert_string_equal(s->floor, "1.2.0");
	assert_string_equal(s->floor_instead_of, "9.0.0");
	assert_string_equal(s->policy->track, "*");
	assert_string_equal(s->policy->git_tag, "v{version}");
	assert_int_equal(
	    s->policy->requirements[1].v[0].n, sizeof(SIGNERS) - 1);
	assert_int_equal(s->policy->requirements[0].n, 1);
	assert_int_equal(s->policy->requirements[0].v[0].n, sizeof(KEY) - 1);
	assert_int_equal(s->n_endpoints, 1);
	assert_int_equal(s->endpoints[0].n_secrets, 2);
	assert_string_equal(s->endpoints[0].secrets[1], "web-next");
	assert_string_equal(s->target_name, "web");
	assert_int_equal(s->n_files, 3);
	assert_int_equal(s->n_deny, 1);
	assert_string_equal(s->deny[0], DENIED);
	assert_string_equal(s->policy->requirements[1].v[0].party, "releases");
	assert_int_equal(s->delay_s, 86400);
}

static void
test_config__is_complete_or_refused_without_memory(void **state)
{
	struct pq_config_service *s;
	unsigned long all, i;

	(void)state;
	assert_int_equal(load_service(&s, 0), 0);
	all = asked;
	assert_true(all > 20);
	assert_whole(s);
	pq_config_service_free(s);
	free(s);
	for (i = 1; i <= all; i++) {
		if (load_service(&s, i) == 0) {
			assert_whole(s);
			pq_config_service_free(s);
			free(s);
		} else {
			assert_null(s);
		}
	}
}

#define MAIN                                                       \
	"registries:\n"                                            \
	"  registry.example.com: {credential: read, ca: keys/ca, " \
	"token-realm: auth.example.com}\n"                         \
	"  127.0.0.1:5000: {plain-http: loopback-only}\n"          \
	"git: {git.example.com: {credential: read}}\n"             \
	"operators: {alice: {uid: 1000}}\n"

static int
get_ca(void *ctx, const char *name, struct pq_config_file *ret,
    const char *file, unsigned line, struct pq_config_notes *to)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)to;
	ret->name = strdup(name);
	ret->data = malloc(1);
	ret->n = 1;
	if (ret->name != NULL && ret->data != NULL) {
		ret->data[0] = 'x';
		return 0;
	}
	pq_config_file_free(ret);
	return -PQ_ENOMEM;
}

/* Load pratique.yaml; allocation @failing fails. Return: NULL when refused */
static struct pq_config *
load_main(const struct pq_yaml *doc, unsigned long failing)
{
	const struct pq_schema_files files = { NULL, get_ca };
	struct pq_config *c = calloc(1, sizeof(*c));
	struct pq_config_notes notes = { 0 };
	int r;

	assert_non_null(c);
	asked = 0;
	fail_at = failing;
	r = pq_schema_main(c, "pratique.yaml", doc, &files, &notes);
	fail_at = 0;
	pq_config_notes_free(&notes);
	if (r == 0)
		return c;
	assert_int_equal(r, -PQ_ENOMEM);
	pq_config_free(c);
	return NULL;
}

static void
assert_whole_main(const struct pq_config *c)
{
	assert_string_equal(c->docker, "unix:///run/docker.sock");
	assert_string_equal(c->listen, "127.0.0.1:9099");
	assert_int_equal(c->n_registries, 2);
	assert_string_equal(c->registries[0].origin, "registry.example.com");
	assert_string_equal(c->registries[0].credential, "read");
	assert_string_equal(c->registries[0].token_realm, "auth.example.com");
	assert_int_equal(c->registries[0].ca.n, 1);
	assert_true(c->registries[1].plain_http);
	assert_int_equal(c->n_git, 1);
	assert_string_equal(c->git[0].credential, "read");
	assert_int_equal(c->n_operators, 1);
	assert_string_equal(c->operators[0].name, "alice");
	assert_int_equal(c->operators[0].uid, 1000);
}

static void
test_config__main_file_is_complete_or_refused_without_memory(void **state)
{
	struct pq_config_notes notes = { 0 };
	struct pq_yaml doc = { 0 };
	struct pq_config *c;
	unsigned long all, i;

	(void)state;
	assert_int_equal(
	    pq_yaml_parse(&doc, "pratique.yaml", PQ_SLICE_LIT(MAIN), &notes),
	    0);
	c = load_main(&doc, 0);
	assert_non_null(c);
	all = asked;
	assert_true(all > 10);
	assert_whole_main(c);
	pq_config_free(c);
	for (i = 1; i <= all; i++)
		assert_null(load_main(&doc, i));
	pq_yaml_free(&doc);
}

/* Keys that cannot be compared without memory do not count as different. */
static void
test_config__parties_are_known_or_refused_without_memory(void **state)
{
	struct pq_config_service *s;
	struct pq_material *signers;
	struct pq_parties *p;
	unsigned long all, i;

	(void)state;
	assert_int_equal(load_service(&s, 0), 0);
	signers = &s->policy->requirements[1].v[0];
	free(signers->p);
	signers->p = (uint8_t *)strdup(SHARED);
	signers->n = strlen(SHARED);
	for (i = 0, all = 1; i <= all; i++) {
		p = NULL;
		asked = 0;
		fail_at = i;
		if (pq_parties_of(&p, s, NULL) == 0) {
			assert_int_equal(p->n_held, 2);
			assert_int_equal(p->n, 1); /* both hold the same key */
		} else {
			assert_int_not_equal(i, 0);
			assert_null(p);
		}
		fail_at = 0;
		if (i == 0)
			all = asked;
		pq_parties_free(p);
	}
	assert_true(all > 3);
	pq_config_service_free(s);
	free(s);
}

/* The load fails when its advice cannot be computed. */
static void
test_config__unknown_parties_are_a_mistake(void **state)
{
	struct pq_config_notes notes = { 0 };
	struct pq_config_service *s;

	(void)state;
	assert_int_equal(load_service(&s, 0), 0);
	asked = 0;
	fail_at = 1;
	pq_advice_service(NULL, s, &notes);
	fail_at = 0;
	assert_true(notes.fatal);
	assert_non_null(strstr(notes.v[0].text, "out of memory"));
	pq_config_notes_free(&notes);
	pq_config_service_free(s);
	free(s);
}

/* An error counts even if there is no memory for its text. */
static void
test_config__mistake_counts_without_its_text(void **state)
{
	struct pq_config_notes notes = { 0 };
	unsigned long i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		asked = 0;
		fail_at = i;
		pq_config_note(&notes, true, "file", 1, "wrong");
		fail_at = 0;
		assert_int_equal(notes.n, 0);
		assert_true(notes.fatal);
		pq_config_notes_free(&notes);
		assert_false(notes.fatal);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__mistake_counts_without_its_text),
		cmocka_unit_test(
		    test_config__is_complete_or_refused_without_memory),
		cmocka_unit_test(
		    test_config__main_file_is_complete_or_refused_without_memory),
		cmocka_unit_test(
		    test_config__parties_are_known_or_refused_without_memory),
		cmocka_unit_test(test_config__unknown_parties_are_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
