/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that ask the agent: one request, rows, and a DONE that carries the
 * exit code. The agent decides; this only asks and prints, and does not wait
 * for an agent that stands still.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pratique/evidence.h>
#include <pratique/text.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "ipc/fields.h"

#define PATIENCE_S 10      /* until the agent says the next thing */
#define PATIENCE_LONG_S 90 /* the audit log is hashed, or deploy is asked */

static const char *const service_columns[] = { "service", "live_tag",
	"live_digest", "live_since", "floor", "waiting_release", "waiting_for",
	"hold", NULL };
static const char *const release_columns[] = { "id", "kind", "service", "tag",
	"digest", "state", "changed", "reason", NULL };
static const char *const event_columns[] = { "seq", "at", "actor", "event",
	"service", "release", "detail", NULL };

struct answer {
	json_t *services, *releases, *findings, *events, *attempts;
	int code;
	uint64_t id;
	char text[512];
};

static void
answer_free(struct answer *a)
{
	json_decref(a->services);
	json_decref(a->releases);
	json_decref(a->findings);
	json_decref(a->events);
	json_decref(a->attempts);
}

static void
take_row(struct answer *a, const struct pq_msg *m)
{
	json_t *row = cli_row_json(m);
	json_t *to = m->type == PQ_MSG_SERVICE_ROW ? a->services
	    : m->type == PQ_MSG_RELEASE_ROW        ? a->releases
	    : m->type == PQ_MSG_FINDING_ROW        ? a->findings
	    : m->type == PQ_MSG_ATTEMPT_ROW        ? a->attempts
						   : a->events;

	(void)json_object_del(row, "row");
	(void)json_array_append_new(to, row);
}

/* 0 or a fault: what a channel tells apart, ends a question alike */
static int
fault_of(int r, struct pq_err *err)
{
	if (r == 1)
		return pq_err_set(
		    err, PQ_ETIMEOUT, "the agent does not answer");
	if (r == 2)
		return pq_err_set(
		    err, PQ_EPROTO, "the agent closed the connection");
	return r;
}

static int
receive(struct pq_channel *ch, struct pq_msg *m, struct pq_err *err)
{
	return fault_of(pq_channel_recv(ch, m, err), err);
}

static int
transmit(struct pq_channel *ch, const struct pq_msg *m, struct pq_err *err)
{
	return fault_of(pq_channel_send(ch, m, err), err);
}

static int
read_answer(struct pq_channel *ch, struct answer *a, struct pq_err *err)
{
	struct pq_msg m;
	int r;

	for (;;) {
		r = receive(ch, &m, err);
		if (r != 0)
			return r;
		if (m.type != PQ_MSG_DONE) {
			take_row(a, &m);
			continue;
		}
		a->code = (int)m.done.code;
		a->id = m.done.id;
		pq_text_utf8(a->text, sizeof(a->text), m.done.text);
		return 0;
	}
}

static int
ask(struct pq_channel *ch, const struct pq_msg *m, struct answer *a,
    struct pq_err *err)
{
	int r;

	*a = (struct answer){ json_array(), json_array(), json_array(),
		json_array(), json_array(), CLI_NOT_EXAMINED, 0, "" };
	r = transmit(ch, m, err);
	return r == 0 ? read_answer(ch, a, err) : r;
}

/* What a verb answers with is there, also when it is none. */
static void
print_json(const struct cli *c, const struct answer *a)
{
	json_t *o = json_pack("{s:i,s:s,s:I}", "code", a->code, "text", a->text,
	    "id", (json_int_t)a->id);
	bool show = c->verb == PQ_VERB_SHOW;

	if (c->verb == PQ_VERB_STATUS)
		(void)json_object_set(o, "services", a->services);
	if (c->verb == PQ_VERB_LIST || show)
		(void)json_object_set(o, "releases", a->releases);
	if (show) {
		(void)json_object_set(o, "findings", a->findings);
		(void)json_object_set(o, "attempts", a->attempts);
	}
	if (c->verb == PQ_VERB_AUDIT_LOG || show ||
	    c->verb == PQ_VERB_AUDIT_VERIFY)
		(void)json_object_set(o, "events", a->events);
	cli_print_json(o);
}

static void
print_member(const char *name, json_t *v)
{
	char text[720], when[32];

	if (json_is_string(v) && json_string_length(v) != 0) {
		pq_text_utf8(
		    text, sizeof(text), pq_slice_str(json_string_value(v)));
		(void)printf("%-16s %s\n", name, text);
	} else if (json_is_integer(v) && json_integer_value(v) != 0) {
		cli_time(when, json_integer_value(v));
		if (cli_is_time(PQ_MSG_RELEASE_ROW, name))
			(void)printf("%-16s %s\n", name, when);
		else
			(void)printf("%-16s %lld\n", name,
			    (long long)json_integer_value(v));
	}
}

static const char *
member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

static void
print_findings_row(json_t *row)
{
	json_t *f, *list = json_object_get(row, "findings");
	char when[64];
	size_t i;

	pq_text_utf8(when, sizeof(when), pq_slice_str(member(row, "when")));
	(void)printf("\n%s:\n", when);
	json_array_foreach (list, i, f)
		cli_print_finding(f);
}

/* The last lines of a container that failed. */
static void
print_log(json_t *attempt)
{
	const char *p = member(attempt, "log");
	char line[1024];
	size_t n;

	if (p[0] == '\0')
		return;
	(void)printf("\nlog of attempt %lld:\n",
	    (long long)json_integer_value(json_object_get(attempt, "seq")));
	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		pq_text_utf8(line, sizeof(line), pq_slice(p, n));
		(void)printf("  %s\n", line);
	}
}

static void
print_show(const struct answer *a)
{
	json_t *row, *v;
	const char *name;
	size_t i;

	json_array_foreach (a->releases, i, row)
		json_object_foreach (row, name, v)
			print_member(name, v);
	json_array_foreach (a->findings, i, row)
		print_findings_row(row);
	if (json_array_size(a->events) != 0) {
		(void)printf("\n");
		cli_print_table(a->events, PQ_MSG_EVENT_ROW, event_columns);
	}
	json_array_foreach (a->attempts, i, row)
		print_log(row);
}

/* A service without a floor waits for an operator: the words say how. */
static void
print_services(json_t *services)
{
	json_t *s;
	size_t i;

	cli_print_table(services, PQ_MSG_SERVICE_ROW, service_columns);
	json_array_foreach (services, i, s)
		if (member(s, "floor")[0] == '\0')
			(void)printf("%s has no floor: %s\n",
			    member(s, "service"), member(s, "floor_from"));
}

static void
print_text(const struct cli *c, const struct answer *a)
{
	if (c->verb == PQ_VERB_SHOW)
		print_show(a);
	else if (json_array_size(a->services) != 0)
		print_services(a->services);
	else if (json_array_size(a->releases) != 0)
		cli_print_table(
		    a->releases, PQ_MSG_RELEASE_ROW, release_columns);
	else if (json_array_size(a->events) != 0)
		cli_print_table(a->events, PQ_MSG_EVENT_ROW, event_columns);
	if (a->text[0] != '\0')
		(void)fprintf(
		    a->code == CLI_DONE ? stdout : stderr, "%s\n", a->text);
}

/* How what is watched ended: an exit code; -1 it goes on. */
static int
ending(json_t *releases)
{
	static const struct {
		const char *state;
		int code;
	} ends[] = { { "live", CLI_DONE }, { "retired", CLI_DONE },
		{ "done", CLI_DONE }, { "refused", CLI_REFUSED },
		{ "rejected", CLI_REFUSED }, { "superseded", CLI_REFUSED },
		{ "failed", CLI_REFUSED } };
	const char *state = member(json_array_get(releases, 0), "state");
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(state, ends[i].state) == 0)
			return ends[i].code;
	return -1;
}

static int
print_events(const struct cli *c, json_t *events)
{
	char when[32], text[720];
	json_t *e;
	size_t i;

	json_array_foreach (events, i, e) {
		if (c->json) {
			cli_print_json(json_incref(e));
			continue;
		}
		cli_time(when, json_integer_value(json_object_get(e, "at")));
		pq_text_utf8(
		    text, sizeof(text), pq_slice_str(member(e, "detail")));
		(void)printf("%s %-18s %s %lld %s\n", when, member(e, "event"),
		    member(e, "service"),
		    (long long)json_integer_value(
			json_object_get(e, "release")),
		    text);
	}
	return cli_flush();
}

/* Follow the audit log; one id until it came to its end. */
static int
watch(const struct cli *c, struct pq_channel *ch, struct pq_msg *m,
    struct pq_err *err)
{
	const struct timespec pause = { 0, 500000000 };
	uint64_t seen = 0;
	struct answer a;
	int code, r;

	for (;;) {
		m->query.since = seen;
		r = ask(ch, m, &a, err);
		code = a.code;
		if (r == 0 && code == CLI_DONE) {
			seen = a.id;
			code = print_events(c, a.events);
			if (code == 0)
				code = c->n_args == 0 ? -1 : ending(a.releases);
		} else if (r == 0) {
			(void)cli_fail((enum cli_code)code, "%s", a.text);
		}
		answer_free(&a);
		if (r != 0 || code >= 0)
			return r != 0 ? r : code;
		(void)nanosleep(&pause, NULL);
	}
}

/* one piece of the document; in order, or one that was lost would go unseen */
static int
take_piece(
    struct pq_buf *doc, const struct pq_msg *m, uint64_t n, struct pq_err *err)
{
	if (m->type != PQ_MSG_PART_ROW || m->part_row.part != n)
		return pq_err_set(
		    err, PQ_EPROTO, "the agent sent no evidence, or not all");
	pq_buf_slice(doc, m->part_row.bytes);
	return doc->fault == 0
	    ? 0
	    : pq_err_set(err, -doc->fault, "the evidence is over its limit");
}

/* 0 and the document, or the agent's refusal; else a fault */
static int
read_evidence(struct pq_channel *ch, struct pq_buf *doc, int *ret_code,
    char text[512], struct pq_err *err)
{
	struct pq_msg m;
	uint64_t n;
	int r;

	for (n = 0;; n++) {
		r = receive(ch, &m, err);
		if (r == 0 && m.type == PQ_MSG_DONE) {
			*ret_code = (int)m.done.code;
			pq_text_utf8(text, 512, m.done.text);
			return 0;
		}
		if (r == 0)
			r = take_piece(doc, &m, n, err);
		if (r != 0)
			return r;
	}
}

/* The document whole, or nothing of it, on standard output. */
static int
evidence(struct pq_channel *ch, struct pq_msg *m)
{
	struct pq_buf doc = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	struct pq_err err = PQ_ERR_INIT;
	int code = CLI_NOT_EXAMINED, r;
	char text[512] = "";

	r = transmit(ch, m, &err);
	if (r == 0)
		r = read_evidence(ch, &doc, &code, text, &err);
	if (r != 0)
		code = cli_fail(CLI_UNREACHABLE, "%s", err.text);
	else if (code != CLI_DONE)
		(void)cli_fail((enum cli_code)code, "%s", text);
	else if (doc.n == 0)
		code = cli_fail(CLI_NOT_EXAMINED, "the agent sent nothing");
	else if (fwrite(doc.p, 1, doc.n, stdout) == doc.n)
		(void)fputc('\n', stdout);
	pq_buf_free(&doc);
	return code;
}

/* An operand is an id for some verbs, a service for others. */
static bool
by_id(enum pq_verb v)
{
	return v == PQ_VERB_SHOW || v == PQ_VERB_APPROVE ||
	    v == PQ_VERB_REJECT || v == PQ_VERB_RETRY || v == PQ_VERB_WATCH ||
	    v == PQ_VERB_EVIDENCE;
}

/* The agent gives the audit log in pieces; each says where the next begins. */
static int
ask_rest(struct pq_channel *ch, struct pq_msg *m, struct answer *a,
    struct pq_err *err)
{
	struct answer next;
	size_t n = json_array_size(a->events);
	int r = 0;

	m->query.since = a->id;
	while (r == 0 && n != 0) {
		r = ask(ch, m, &next, err);
		n = json_array_size(next.events);
		(void)json_array_extend(a->events, next.events);
		m->query.since = next.id;
		answer_free(&next);
	}
	return r;
}

static int
run(const struct cli *c, struct pq_channel *ch, struct pq_msg *m)
{
	struct pq_err err = PQ_ERR_INIT;
	struct answer a;
	int r;

	if (c->verb == PQ_VERB_EVIDENCE)
		return evidence(ch, m);
	if (c->verb == PQ_VERB_WATCH) {
		r = watch(c, ch, m, &err);
		return r >= 0 ? r : cli_fail(CLI_UNREACHABLE, "%s", err.text);
	}
	r = ask(ch, m, &a, &err);
	if (r == 0 && c->verb == PQ_VERB_AUDIT_LOG)
		r = ask_rest(ch, m, &a, &err);
	if (r == 0 && c->json)
		print_json(c, &a);
	else if (r == 0)
		print_text(c, &a);
	answer_free(&a);
	return r == 0 ? a.code : cli_fail(CLI_UNREACHABLE, "%s", err.text);
}

/* What the operand is, the verb says. */
static int
take_operand(const struct cli *c, const char *operand, struct pq_msg *m)
{
	bool id = by_id(c->verb);
	const struct pq_field *f =
	    pq_field_find(m->type, id ? "id" : "service");
	uint64_t n = 0;

	if (f == NULL)
		return cli_fail(CLI_USAGE, "%s: means nothing here", operand);
	if (!id && strlen(operand) > f->max)
		return cli_fail(
		    CLI_USAGE, "%s: over %zu bytes", operand, f->max);
	if (id && cli_number(operand, &n) != 0)
		return cli_fail(CLI_USAGE, "%s: not an id", operand);
	pq_field_set_number(m, f, n);
	pq_field_set_slice(m, f, pq_slice_str(operand));
	return 0;
}

/* What is asked; a fault of it is the command line's, not the agent's. */
static int
make_request(const struct cli *c, enum pq_verb verb, struct pq_msg *m)
{
	pq_auto(pq_buf_free) struct pq_buf scratch = PQ_BUF_INIT(PQ_IPC_INLINE);

	*m = (struct pq_msg){ .type = pq_verb_message(verb), .job = 1 };
	pq_field_set_number(m, pq_field_find(m->type, "verb"), verb);
	if (c->n_args == 1 && take_operand(c, c->args[0], m) != 0)
		return CLI_USAGE;
	if (cli_arguments(c, m) != 0)
		return CLI_USAGE;
	if (c->verb == PQ_VERB_ADOPT && c->version == NULL)
		return cli_fail(CLI_USAGE, "adopt: --version is needed");
	if ((c->verb == PQ_VERB_HOLD || c->verb == PQ_VERB_UNHOLD) &&
	    (m->order.service.n == 0) != c->all)
		return cli_fail(CLI_USAGE, "name a service, or --all");
	if (pq_msg_encode(&scratch, m) != 0)
		return cli_fail(
		    CLI_USAGE, "%s: not UTF-8 on one line", c->name);
	return 0;
}

static unsigned
patience(const struct cli *c)
{
	return c->verb == PQ_VERB_ADOPT || c->verb == PQ_VERB_AUDIT_VERIFY
	    ? PATIENCE_LONG_S
	    : PATIENCE_S;
}

/* show --evidence asks for something else; audit says in its operand what */
static int
settle_verb(struct cli *c)
{
	if (c->verb == PQ_VERB_SHOW && c->evidence)
		c->verb = PQ_VERB_EVIDENCE;
	if (c->verb != PQ_VERB_AUDIT_LOG)
		return 0;
	c->n_args = 0;
	if (strcmp(c->args[0], "verify") == 0)
		c->verb = PQ_VERB_AUDIT_VERIFY;
	else if (strcmp(c->args[0], "log") != 0)
		return cli_fail(CLI_USAGE, "audit: log or verify");
	return 0;
}

int
cli_control(const struct cli *given)
{
	struct cli asked = *given, *c = &asked;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_channel ch;
	struct pq_msg m;
	int r = settle_verb(c);

	if (r == 0)
		r = make_request(c, c->verb, &m);

	if (r != 0)
		return r;
	r = pq_channel_connect(&ch,
	    c->run_dir == NULL ? CLI_RUN_DIR : c->run_dir, PQ_ROLE_CLI,
	    patience(c), &err);
	if (r != 0)
		return cli_fail(CLI_UNREACHABLE, "%s", err.text);
	r = run(c, &ch, &m);
	pq_channel_close(&ch);
	return r;
}
