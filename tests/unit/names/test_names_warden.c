/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What check-config accepts, the warden accepts: in a hint and in its ledger,
 * and it tells each name to the command line whole.
 */
#include "../ledger/fixture.h"
#include "accepted.h"

#include "ipc/verbs.h"
#include "warden/callbacks.h"
#include "warden/control.h"
#include "warden/hints.h"
#include "warden/jobs.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_looks.h"
#include "warden/replies.h"

static void
configure(void)
{
	services[0] = *accepted;
	services[0].pending_s = 60;
	config.n_services = 1;
}

/* A look of this service at this tag has been opened by the hint. */
static void
opens_look(struct pq_msg *m, const char *service, const char *tag)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_job *j;

	pq_store_begin(&w.store);
	m->type = PQ_MSG_HINT;
	m->job = (uint64_t)++w.last_id;
	assert_int_equal(
	    pq_ledger_callback_add(&w.store, w.last_id, service,
		PQ_SCHEME_STANDARD, "d", &cb, "r", pq_warden_s(&w)),
	    PQ_INSERT_NEW);
	w.backlog++;
	j = pq_jobs_new(&w, PQ_JOB_CALLBACK, w.last_id);
	assert_non_null(j);
	j->phase = PQ_PHASE_READ;
	assert_int_equal(pq_on_hint(&w, NULL, m), 0);
	if (pq_ledger_look_find_open(&w.store, service, tag) == 0)
		fail_msg("%s %s: no look was opened", service, tag);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state = 'done'"),
	    1);
	/* the next one begins with an empty ledger */
	pq_store_do(&w.store, "DELETE FROM looks", "");
	pq_store_do(&w.store, "DELETE FROM callbacks", "");
	assert_int_equal(w.store.fault, 0);
}

static void
names_image(char tag[NAMES_ROOM])
{
	struct pq_msg m = { .type = PQ_MSG_HINT };
	size_t n;

	do {
		n = names_tag(tag, names_length(PQ_TAG_MAX));
	} while (n > PQ_TAG_MAX);
	tag[n] = '\0';
	m.hint.kind = PQ_HINT_IMAGE;
	m.hint.repository = pq_slice_str(accepted->policy->image);
	m.hint.tag = pq_slice_str(tag);
	configure();
	opens_look(&m, accepted->policy->service, tag);
}

/*
 * What is queued for a client who has asked this, after its way here: a row,
 * which @ret borrows, and its end.
 */
static void
answer_to(
    struct pq_msg *ret, enum pq_verb verb, const char *service, const char *tag)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_CONTROL];
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg m = { .type = pq_verb_message(verb), .job = 1 };

	connect_role(PQ_DOOR_CONTROL, PQ_ROLE_CLI);
	if (m.type == PQ_MSG_ORDER)
		m.order = (struct pq_msg_order){ .verb = verb,
			.service = pq_slice_str(service),
			.tag = pq_slice_str(tag) };
	else
		m.query = (struct pq_msg_query){ .verb = verb,
			.service = pq_slice_str(service) };
	assert_int_equal(pq_msg_encode(&b, &m), 0);
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&b), NULL), 0);
	assert_int_equal(pq_on_request(&w, p, &m), 0);
	assert_non_null(p->head);
	assert_int_equal(
	    pq_msg_decode(ret, pq_buf_view(&p->head->bytes), NULL), 0);
	pq_buf_free(&b);
}

static void
is_told(const char *name)
{
	char tag[NAMES_ROOM];
	struct pq_msg m;

	(void)name;
	names_image(tag);
	answer_to(&m, PQ_VERB_LOOK, accepted->policy->service, tag);
	if (m.type != PQ_MSG_DONE || m.done.code != PQ_CODE_DONE)
		fail_msg("%s %s: no look", accepted->policy->service, tag);
	forget_messages(PQ_DOOR_CONTROL);
	pq_store_do(&w.store, "DELETE FROM looks", "");
	assert_int_equal(w.store.fault, 0);
	answer_to(&m, PQ_VERB_STATUS, accepted->policy->service, "");
	if (m.type != PQ_MSG_SERVICE_ROW)
		fail_msg("%s %s %s: no row carries it",
		    accepted->policy->service, accepted->policy->image,
		    accepted->target_name);
	assert_true(
	    pq_slice_eq_str(m.service_row.service, accepted->policy->service));
	assert_true(
	    pq_slice_eq_str(m.service_row.image, accepted->policy->image));
	assert_true(
	    pq_slice_eq_str(m.service_row.container, accepted->target_name));
	forget_messages(PQ_DOOR_CONTROL);
}

static void
test_names__warden_takes_each_service(void **state)
{
	(void)state;
	each_accepted(names_service, PQ_SERVICE_MAX, is_service, is_told);
}

static void
test_names__warden_takes_each_image(void **state)
{
	(void)state;
	each_accepted(names_repository, PQ_REPOSITORY_MAX, is_image, is_told);
}

static void
test_names__warden_takes_each_container(void **state)
{
	(void)state;
	each_accepted(
	    names_container, PQ_CONTAINER_OWN_MAX, is_container, is_told);
}

static void
follows_template(const char *template)
{
	char tag[NAMES_ROOM], git_tag[PQ_GIT_TAG_TEXT];
	struct pq_msg m = { .type = PQ_MSG_HINT };

	(void)template;
	version_for(tag, git_tag);
	m.hint.kind = PQ_HINT_GIT_TAG;
	m.hint.repository = PQ_SLICE_LIT("acme/web");
	m.hint.git_tag = pq_slice_str(git_tag);
	configure();
	opens_look(&m, "web", tag);
}

static void
test_names__warden_follows_each_template(void **state)
{
	(void)state;
	each_accepted(names_template, PQ_TEMPLATE_REST_MAX, is_template,
	    follows_template);
}

/* An operator's name is in the audit log, and in the answers out of it. */
static void
is_actor(const char *name)
{
	static struct pq_config_operator one = { NULL, 1 };
	char actor[NAMES_ROOM] = "";
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg m;
	sqlite3_stmt *st;

	one.name = (char *)(uintptr_t)name;
	config.operators = &one;
	config.n_operators = 1;
	w.peers[PQ_DOOR_CONTROL].ch.peer_uid = 1;
	answer_to(&m, PQ_VERB_HOLD, "", "");
	assert_int_equal(m.type, PQ_MSG_DONE);
	assert_int_equal(m.done.code, PQ_CODE_DONE);
	forget_messages(PQ_DOOR_CONTROL);
	st = pq_store_query(
	    &w.store, "SELECT actor FROM audit ORDER BY seq DESC LIMIT 1", "");
	assert_int_equal(pq_store_next(&w.store, st), 1);
	pq_store_text(st, 0, actor, sizeof(actor));
	pq_store_done(st);
	assert_string_equal(actor, name);
	m = (struct pq_msg){ .type = PQ_MSG_EVENT_ROW };
	m.event_row.actor = pq_slice_str(actor);
	assert_int_equal(pq_msg_encode(&b, &m), 0);
	pq_buf_free(&b);
}

static void
test_names__warden_knows_each_operator(void **state)
{
	(void)state;
	each_accepted(names_operator, PQ_OPERATOR_MAX, is_operator, is_actor);
}

/* A genuine delivery is kept under its id. */
static void
is_kept(struct pq_msg *m, const char *id)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_INTAKE];
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg receipt;

	connect_role(PQ_DOOR_INTAKE, PQ_ROLE_INTAKE);
	m->type = PQ_MSG_DELIVERY;
	m->job = 1;
	m->delivery.service = PQ_SLICE_LIT("web");
	m->delivery.body = PQ_SLICE_LIT("{}");
	if (pq_msg_encode(&b, m) != 0)
		fail_msg("%s: no message carries it", id);
	assert_int_equal(pq_msg_decode(m, pq_buf_view(&b), NULL), 0);
	assert_int_equal(pq_on_delivery(&w, p, m), 0);
	assert_non_null(p->head);
	assert_int_equal(
	    pq_msg_decode(&receipt, pq_buf_view(&p->head->bytes), NULL), 0);
	if (receipt.receipt.status != 202)
		fail_msg("%s: %u", id, receipt.receipt.status);
	forget_messages(PQ_DOOR_INTAKE);
	pq_buf_free(&b);
	assert_int_equal(
	    pq_store_int(&w.store, -1,
		"SELECT count(*) FROM callbacks WHERE delivery = ?", "s", id),
	    1);
	pq_store_do(&w.store, "DELETE FROM callbacks", "");
	assert_int_equal(w.store.fault, 0);
}

#define SECRET "0123456789abcdef01234567" /* and in base64: */
#define WHSEC "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

static void
is_delivery_of(enum pq_scheme scheme, const char *id, const char *signed_text)
{
	char hex[7 + 64 + 1] = "sha256=";
	struct pq_msg m = { .type = PQ_MSG_DELIVERY };
	struct pq_buf b64 = PQ_BUF_INIT(64);
	uint8_t mac[32];

	assert_int_equal(pq_hmac_sha256(mac, PQ_SLICE_LIT(SECRET),
			     pq_slice_str(signed_text)),
	    0);
	services[0].endpoints[0].scheme = scheme;
	if (scheme == PQ_SCHEME_GITHUB) {
		pq_hex_encode(hex + 7, pq_slice(mac, sizeof(mac)));
		m.delivery.github_delivery = pq_slice_str(id);
		m.delivery.hub_signature_256 = pq_slice_str(hex);
	} else {
		pq_buf_str(&b64, "v1,");
		assert_int_equal(
		    pq_b64_encode(&b64, pq_slice(mac, sizeof(mac))), 0);
		m.delivery.webhook_id = pq_slice_str(id);
		m.delivery.webhook_timestamp = PQ_SLICE_LIT("1700000000");
		m.delivery.webhook_signature = pq_buf_view(&b64);
	}
	is_kept(&m, id);
	pq_buf_free(&b64);
}

static bool
is_delivery(const char *name)
{
	return pq_name_delivery(pq_slice_str(name), NULL) == 0;
}

static void
is_delivered(const char *id)
{
	struct pq_slice github = PQ_SLICE_LIT(SECRET);
	struct pq_slice standard = PQ_SLICE_LIT(WHSEC);
	struct pq_keys key = { NULL, &github, 1 }, *keys = &key;
	struct pq_config_endpoint one = { .n_secrets = 1 };
	char text[NAMES_ROOM + 32];

	services[0].endpoints = &one;
	services[0].n_endpoints = 1;
	w.keys = &keys;
	is_delivery_of(PQ_SCHEME_GITHUB, id, "{}");
	/* the one scheme in which a dot is no part of an id */
	if (strchr(id, '.') == NULL) {
		key.s = &standard;
		(void)snprintf(text, sizeof(text), "%s.%d.{}", id, NOW_S);
		is_delivery_of(PQ_SCHEME_STANDARD, id, text);
	}
	w.keys = NULL;
	services[0].n_endpoints = 0;
}

static void
test_names__warden_keeps_each_delivery(void **state)
{
	(void)state;
	each_accepted(
	    names_delivery, PQ_DELIVERY_MAX, is_delivery, is_delivered);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up_warden, tear_down_warden)

static int
group(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names__warden_takes_each_service),
		TEST(test_names__warden_takes_each_image),
		TEST(test_names__warden_takes_each_container),
		TEST(test_names__warden_follows_each_template),
		TEST(test_names__warden_knows_each_operator),
		TEST(test_names__warden_keeps_each_delivery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(group);
}
