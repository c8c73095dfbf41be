/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warden accepts the names that check-config accepts: in a hint, in its
 * ledger, and complete in its answers to the command line.
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
configure_service(void)
{
	services[0] = *accepted;
	services[0].pending_s = 60;
	config.n_services = 1;
}

/* Check that the hint @m opens a look for this tag of this service. */
static void
check_look_opened(struct pq_msg *m, const char *service, const char *tag)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_job *j;

	pq_store_begin(&w.store);
	m->type = PQ_MSG_HINT;
	m->job = (uint64_t)++w.last_id;
	assert_int_equal(
	    pq_ledger_callback_add(&w.store, w.last_id, service,
		PQ_SCHEME_STANDARD, "d", &cb, "r", 1, pq_warden_s(&w)),
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
	/* the next name gets an empty ledger */
	pq_store_do(&w.store, "DELETE FROM looks", "");
	pq_store_do(&w.store, "DELETE FROM callbacks", "");
	assert_int_equal(w.store.fault, 0);
}

static void
send_image_hint(char tag[NAMES_ROOM])
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
	configure_service();
	check_look_opened(&m, accepted->policy->service, tag);
}

/*
 * Send a request through a message to the warden, and decode the first message
 * of its answer. @ret borrows from the queue of the peer.
 */
static void
ask_warden(
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
check_answers(const char *name)
{
	char tag[NAMES_ROOM];
	struct pq_msg m;

	(void)name;
	send_image_hint(tag);
	ask_warden(&m, PQ_VERB_LOOK, accepted->policy->service, tag);
	if (m.type != PQ_MSG_DONE || m.done.code != PQ_CODE_DONE)
		fail_msg("%s %s: refused", accepted->policy->service, tag);
	forget_messages(PQ_DOOR_CONTROL);
	pq_store_do(&w.store, "DELETE FROM looks", "");
	assert_int_equal(w.store.fault, 0);
	ask_warden(&m, PQ_VERB_STATUS, accepted->policy->service, "");
	if (m.type != PQ_MSG_SERVICE_ROW)
		fail_msg("%s %s %s: does not fit a row",
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
	each_accepted(
	    names_service, PQ_SERVICE_MAX, accepts_service_name, check_answers);
}

static void
test_names__warden_takes_each_image(void **state)
{
	(void)state;
	each_accepted(
	    names_repository, PQ_REPOSITORY_MAX, accepts_image, check_answers);
}

static void
test_names__warden_takes_each_container(void **state)
{
	(void)state;
	each_accepted(names_container, PQ_CONTAINER_OWN_MAX, accepts_container,
	    check_answers);
}

static void
check_template(const char *template)
{
	char tag[NAMES_ROOM], git_tag[PQ_GIT_TAG_TEXT];
	struct pq_msg m = { .type = PQ_MSG_HINT };

	(void)template;
	make_version(tag, git_tag);
	m.hint.kind = PQ_HINT_GIT_TAG;
	m.hint.repository = PQ_SLICE_LIT("acme/web");
	m.hint.git_tag = pq_slice_str(git_tag);
	configure_service();
	check_look_opened(&m, "web", tag);
}

static void
test_names__warden_follows_each_template(void **state)
{
	(void)state;
	each_accepted(names_template, PQ_TEMPLATE_REST_MAX, accepts_template,
	    check_template);
}

/* The name of an operator fits the audit chain, and answers from it. */
static void
check_actor(const char *name)
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
	ask_warden(&m, PQ_VERB_HOLD, "", "");
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
	each_accepted(
	    names_operator, PQ_OPERATOR_MAX, accepts_operator, check_actor);
}

/* Check that a genuine callback is stored with its delivery id. */
static void
check_stored(struct pq_msg *m, const char *id)
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
		fail_msg("%s: does not fit a message", id);
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

#define SECRET "0123456789abcdef01234567"
/* SECRET in base64 */
#define WHSEC "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

static void
check_delivery(enum pq_scheme scheme, const char *id, const char *signed_text)
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
	check_stored(&m, id);
	pq_buf_free(&b64);
}

static bool
accepts_delivery(const char *name)
{
	return pq_name_delivery(pq_slice_str(name), NULL) == 0;
}

static void
check_deliveries(const char *id)
{
	struct pq_slice github = PQ_SLICE_LIT(SECRET);
	struct pq_slice standard = PQ_SLICE_LIT(WHSEC);
	int64_t mark = 1;
	struct pq_keys key = { NULL, &github, 1, &mark }, *keys = &key;
	struct pq_config_endpoint one = { .n_secrets = 1 };
	char text[NAMES_ROOM + 32];

	services[0].endpoints = &one;
	services[0].n_endpoints = 1;
	w.keys = &keys;
	check_delivery(PQ_SCHEME_GITHUB, id, "{}");
	/* Standard Webhooks does not allow a dot in an id */
	if (strchr(id, '.') == NULL) {
		key.s = &standard;
		(void)snprintf(text, sizeof(text), "%s.%d.{}", id, NOW_S);
		check_delivery(PQ_SCHEME_STANDARD, id, text);
	}
	w.keys = NULL;
	services[0].n_endpoints = 0;
}

static void
test_names__warden_keeps_each_delivery(void **state)
{
	(void)state;
	each_accepted(names_delivery, PQ_DELIVERY_MAX, accepts_delivery,
	    check_deliveries);
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
