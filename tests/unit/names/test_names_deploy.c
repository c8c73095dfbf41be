/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploy accepts the names that check-config accepts: in a request to the
 * Docker engine, in the labels of a container, in its journal and in its
 * judgement.
 */
#include "accepted.h"

#include <unistd.h>

#include "deploy/deploy.h"
#include "deploy/recreate.h"
#include "deploy/running.h"
#include "deploy/swap_steps.h"
#include "support/temporary.h"

#define HEX64                              \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64

static void
check_docker_path(
    enum pq_docker_shape shape, const char *first, const char *second)
{
	char path[1024];

	if (pq_docker_path(path, shape, first, second) != 0)
		fail_msg("%s %s: no path for request %d", first,
		    second != NULL ? second : "", (int)shape);
}

/* ---- containers -------------------------------------------------------- */

/* Check the names that a container gets during a swap. */
static void
check_swap_names(const char *name)
{
	static const char *const whats[] = { "new", "prev", "failed" };
	char names[3][PQ_CONTAINER_TEXT];
	struct pq_swap s = { .service = accepted };
	size_t i;

	s.d.attempt = UINT64_MAX;
	check_docker_path(PQ_DOCKER_INSPECT, name, NULL);
	check_docker_path(PQ_DOCKER_RENAME, HEX64, name);
	for (i = 0; i < 3; i++) {
		pq_swap_name(&s, whats[i], names[i]);
		check_docker_path(PQ_DOCKER_INSPECT, names[i], NULL);
		check_docker_path(PQ_DOCKER_CREATE, names[i], NULL);
		check_docker_path(PQ_DOCKER_RENAME, HEX64, names[i]);
		assert_memory_equal(names[i], name, strlen(name));
		/* the name is complete */
		assert_non_null(strstr(names[i], "-18446744073709551615"));
		if (accepts_container(names[i]))
			fail_msg("%s: check-config accepts it for another "
				 "service",
			    names[i]);
		assert_true(accepts_container(name));
		s.service = accepted;
	}
}

static void
test_names__deploy_replaces_each_container(void **state)
{
	(void)state;
	each_accepted(names_container, PQ_CONTAINER_OWN_MAX, accepts_container,
	    check_swap_names);
}

/* ---- images ------------------------------------------------------------ */

static void
check_pull(const char *name)
{
	struct pq_swap s = { .service = accepted };
	char ref[PQ_SWAP_REF], digest[PQ_DIGEST_TEXT];
	struct pq_running run = { NULL, NULL };

	(void)snprintf(s.d.digest, sizeof(s.d.digest), "%s", DIGEST);
	pq_swap_ref(&s, ref);
	assert_int_equal(strlen(ref), strlen(name) + 1 + strlen(DIGEST));
	check_docker_path(PQ_DOCKER_PULL, ref, NULL);
	check_docker_path(PQ_DOCKER_IMAGE, ref, NULL);
	check_docker_path(PQ_DOCKER_FORGET, ref, NULL);
	run.image = json_pack("{s:[s]}", "RepoDigests", ref);
	assert_int_equal(pq_running_digest(&run, name, digest), 0);
	assert_string_equal(digest, DIGEST);
	json_decref(run.image);
}

static void
test_names__deploy_pulls_each_image(void **state)
{
	(void)state;
	each_accepted(
	    names_repository, PQ_REPOSITORY_MAX, accepts_image, check_pull);
}

/* ---- services, and the tags of their images ---------------------------- */

static struct deploy d;
static struct pq_config config;

static const char *
label_of(json_t *body, const char *name)
{
	return json_string_value(
	    json_object_get(json_object_get(body, "Labels"), name));
}

static void
check_labels(const char *service, const char *tag)
{
	const struct pq_recreate_labels labels = { service, "7", "9", tag,
		DIGEST };
	json_t *old = json_pack("{s:{},s:{}}", "Config", "HostConfig");
	json_t *image = json_pack("{s:{}}", "Config"), *body = NULL;

	assert_int_equal(
	    pq_recreate_body(&body, old, image, "r.example/web", &labels), 0);
	assert_string_equal(label_of(body, PQ_LABEL_SERVICE), service);
	assert_string_equal(label_of(body, PQ_LABEL_VERSION), tag);
	json_decref(old);
	json_decref(image);
	json_decref(body);
}

static void
check_journal(const char *service, const char *tag)
{
	struct pq_noticed n = { .rejected = PQ_REJECTED_NOT }, got;
	struct pq_deployment dep = { .release = 7, .attempt = 9 };
	char live[PQ_FLOOR_TEXT] = "", why[512] = "";
	struct pq_store *s = &d.journal;

	(void)snprintf(n.service, sizeof(n.service), "%s", service);
	(void)snprintf(n.tag, sizeof(n.tag), "%s", tag);
	(void)snprintf(n.digest, sizeof(n.digest), "%s", DIGEST);
	pq_journal_notice(s, &n);
	assert_int_equal(pq_journal_noticed(s, service, DIGEST, &got), 1);
	assert_string_equal(got.service, service);
	assert_string_equal(got.tag, tag);
	pq_journal_hold(s, service, "freeze");
	assert_true(pq_journal_held(s, service, why));
	memcpy(dep.service, n.service, sizeof(dep.service));
	memcpy(dep.tag, n.tag, sizeof(dep.tag));
	memcpy(dep.digest, n.digest, sizeof(dep.digest));
	(void)snprintf(dep.phase, sizeof(dep.phase), "done");
	pq_journal_put(s, &dep);
	assert_int_equal(pq_journal_attempt(s, 7, 9, &dep), 1);
	pq_journal_live(s, &dep, 1, NULL);
	assert_int_equal(pq_journal_was(s, service, DIGEST, live), 1);
	assert_string_equal(live, tag);
	/* the next service gets an empty journal */
	pq_store_do(s, "DELETE FROM noticed", "");
	pq_store_do(s, "DELETE FROM live", "");
	pq_store_do(s, "DELETE FROM deployments", "");
	pq_store_do(s, "DELETE FROM holds", "");
	assert_int_equal(s->fault, 0);
}

/* Without a proof deploy refuses, and only for the missing signature. */
static void
check_judgement(const char *service, const char *tag)
{
	static struct pq_answer a;
	struct pq_case c = { .release = 7,
		.service = pq_slice_str(service),
		.tag = pq_slice_str(tag),
		.digest = PQ_SLICE_LIT(DIGEST) };
	char hash[PQ_DIGEST_TEXT];

	config = (struct pq_config){ .services = accepted, .n_services = 1 };
	d.config = &config;
	pq_digest_format(hash, &accepted->policy->hash);
	c.policy_hash = pq_slice_str(hash);
	pq_judge_notice(&d, &c, &a);
	assert_int_equal(a.kind, PQ_OUTCOME_REFUSED);
	if (strstr(a.reason, "image.signature") == NULL)
		fail_msg("%s %s: %s", service, tag, a.reason);
}

static void
check_service(const char *service)
{
	char tag[NAMES_ROOM];
	size_t n;

	do {
		n = names_tag(tag, names_length(PQ_TAG_MAX));
	} while (n > PQ_TAG_MAX);
	tag[n] = '\0';
	check_labels(service, tag);
	check_journal(service, tag);
	check_judgement(service, tag);
}

static void
test_names__deploy_knows_each_service_and_tag(void **state)
{
	(void)state;
	each_accepted(
	    names_service, PQ_SERVICE_MAX, accepts_service_name, check_service);
}

static int
open_journal(void **state)
{
	char path[TEMPORARY_ROOM];
	struct pq_err err = PQ_ERR_INIT;

	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(path, "journal.db");
	if (pq_journal_open(&d.journal, path, &err) != 0)
		return -1;
	pq_store_begin(&d.journal);
	return d.journal.fault;
}

static int
close_journal(void **state)
{
	if (pq_store_commit(&d.journal) != 0)
		return -1;
	pq_store_close(&d.journal);
	return remove_temporary(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names__deploy_replaces_each_container),
		cmocka_unit_test(test_names__deploy_pulls_each_image),
		cmocka_unit_test_setup_teardown(
		    test_names__deploy_knows_each_service_and_tag, open_journal,
		    close_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
