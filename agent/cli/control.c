/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that ask the agent: one request, rows, and a DONE that carries the
 * exit code. The agent decides; this only asks and prints.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pratique/evidence.h>

#include "cli/cli.h"

static const char *const service_columns[] = { "service", "live_tag",
	"live_digest", "live_since", "waiting_release", "waiting_for", "hold",
	NULL };
static const char *const release_columns[] = { "id", "kind", "service", "tag",
	"digest", "state", "changed", "reason", NULL };
static const char *const event_columns[] = { "seq", "at", "actor", "event",
	"service", "release", "detail", NULL };

struct answer {
	json_t *services, *releases, *findings, *events;
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
}

static void
take_row(struct answer *a, const struct pq_msg *m)
{
	json_t *row = cli_row_json(m);
	json_t *to = m->type == PQ_MSG_SERVICE_ROW ? a->services
	    : m->type == PQ_MSG_RELEASE_ROW        ? a->releases
	    : m->type == PQ_MSG_FINDING_ROW        ? a->findings
						   : a->events;

	(void)json_object_del(row, "row");
	(void)json_array_append_new(to, row);
}

static int
read_answer(struct pq_channel *ch, struct answer *a, struct pq_err *err)
{
	struct pq_msg m;
	int r;

	for (;;) {
		r = pq_channel_recv(ch, &m, err);
		if (r != 0)
			return r == 2 ? pq_err_set(err, PQ_EPROTO,
					    "the agent closed the connection")
				      : r;
		if (m.type != PQ_MSG_DONE) {
			take_row(a, &m);
			continue;
		}
		a->code = (int)m.done.code;
		a->id = m.done.id;
		pq_text_escape(a->text, sizeof(a->text), m.done.text);
		return 0;
	}
}

static int
ask(const struct cli *c, struct pq_channel *ch, uint64_t id,
    const char *service, const char *text, struct answer *a, struct pq_err *err)
{
	struct pq_msg m = { .type = PQ_MSG_REQUEST, .job = 1 };
	int r;

	*a = (struct answer){ json_array(), json_array(), json_array(),
		json_array(), CLI_NOT_EXAMINED, 0, "" };
	m.request.verb = (uint32_t)c->verb;
	m.request.id = id;
	m.request.service = pq_slice_str(service);
	m.request.text = pq_slice_str(text);
	r = pq_channel_send(ch, &m, err);
	return r == 0 ? read_answer(ch, a, err) : r;
}

static void
print_json(const struct answer *a)
{
	json_t *o = json_pack("{s:i,s:s,s:I}", "code", a->code, "text", a->text,
	    "id", (json_int_t)a->id);

	if (json_array_size(a->services) != 0)
		(void)json_object_set(o, "services", a->services);
	if (json_array_size(a->releases) != 0)
		(void)json_object_set(o, "releases", a->releases);
	if (json_array_size(a->findings) != 0)
		(void)json_object_set(o, "findings", a->findings);
	if (json_array_size(a->events) != 0)
		(void)json_object_set(o, "events", a->events);
	cli_print_json(o);
}

static void
print_member(const char *name, json_t *v)
{
	char text[720], when[32];

	if (json_is_string(v) && json_string_length(v) != 0) {
		pq_text_escape(
		    text, sizeof(text), pq_slice_str(json_string_value(v)));
		(void)printf("%-16s %s\n", name, text);
	} else if (json_is_integer(v) && json_integer_value(v) != 0) {
		bool time = strcmp(name, "first_seen") == 0 ||
		    strcmp(name, "changed") == 0;

		cli_time(when, json_integer_value(v));
		if (time)
			(void)printf("%-16s %s\n", name, when);
		else
			(void)printf("%-16s %lld\n", name,
			    (long long)json_integer_value(v));
	}
}

static void
print_findings_row(json_t *row)
{
	json_t *f, *list = json_object_get(row, "findings");
	char when[64], reason[720];
	size_t i;

	pq_text_escape(when, sizeof(when),
	    pq_slice_str(json_string_value(json_object_get(row, "when"))));
	(void)printf("\n%s:\n", when);
	json_array_foreach (list, i, f) {
		pq_text_escape(reason, sizeof(reason),
		    pq_slice_str(
			json_string_value(json_object_get(f, "reason"))));
		(void)printf("  %-7s  %-22s  %s\n",
		    json_string_value(json_object_get(f, "status")),
		    json_string_value(json_object_get(f, "check")), reason);
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
		cli_print_table(a->events, event_columns);
	}
}

static void
print_text(const struct cli *c, const struct answer *a)
{
	if (c->verb == PQ_VERB_SHOW)
		print_show(a);
	else if (json_array_size(a->services) != 0)
		cli_print_table(a->services, service_columns);
	else if (json_array_size(a->releases) != 0)
		cli_print_table(a->releases, release_columns);
	else if (json_array_size(a->events) != 0)
		cli_print_table(a->events, event_columns);
	if (a->text[0] != '\0')
		(void)fprintf(
		    a->code == CLI_DONE ? stdout : stderr, "%s\n", a->text);
}

static bool
ended(json_t *events)
{
	static const char *const ends[] = { "release.live", "release.refused",
		"release.rejected", "release.superseded", "release.failed",
		"look.refused", NULL };
	json_t *e;
	size_t i, k;

	json_array_foreach (events, i, e)
		for (k = 0; ends[k] != NULL; k++)
			if (strcmp(
				json_string_value(json_object_get(e, "event")),
				ends[k]) == 0)
				return true;
	return false;
}

static void
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
		pq_text_escape(text, sizeof(text),
		    pq_slice_str(
			json_string_value(json_object_get(e, "detail"))));
		(void)printf("%s %s %s\n", when,
		    json_string_value(json_object_get(e, "event")), text);
	}
	(void)fflush(stdout);
}

/* Follow the audit log; with an id until that release came to its end. */
static int
watch(
    const struct cli *c, struct pq_channel *ch, uint64_t id, struct pq_err *err)
{
	const struct timespec pause = { 0, 500000000 };
	uint64_t seen = 0;
	struct answer a;
	char text[24];
	bool end;
	int r;

	for (;;) {
		(void)snprintf(
		    text, sizeof(text), "%llu", (unsigned long long)seen);
		r = ask(c, ch, id, "", text, &a, err);
		if (r != 0 || a.code != CLI_DONE) {
			answer_free(&a);
			return r != 0 ? r : a.code;
		}
		print_events(c, a.events);
		seen = a.id;
		end = id != 0 && ended(a.events);
		answer_free(&a);
		if (end)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
}

/* one piece of the document; in order, or one that was lost would go unseen */
static int
take_piece(
    struct pq_buf *doc, const struct pq_msg *m, uint64_t n, struct pq_err *err)
{
	if (m->type != PQ_MSG_EVENT_ROW || m->event_row.seq != n)
		return pq_err_set(
		    err, PQ_EPROTO, "the agent sent no evidence, or not all");
	pq_buf_slice(doc, m->event_row.log);
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
		r = pq_channel_recv(ch, &m, err);
		if (r == 0 && m.type == PQ_MSG_DONE) {
			*ret_code = (int)m.done.code;
			pq_text_escape(text, 512, m.done.text);
			return 0;
		}
		if (r == 0)
			r = take_piece(doc, &m, n, err);
		if (r != 0)
			return r == 2 ? pq_err_set(err, PQ_EPROTO,
					    "the agent closed the connection")
				      : r;
	}
}

/* The document whole, or nothing of it, on standard output. */
static int
evidence(struct pq_channel *ch, uint64_t id)
{
	struct pq_msg m = { .type = PQ_MSG_REQUEST, .job = 1 };
	struct pq_buf doc = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	struct pq_err err = PQ_ERR_INIT;
	int code = CLI_NOT_EXAMINED, r;
	char text[512] = "";

	m.request.verb = PQ_VERB_EVIDENCE;
	m.request.id = id;
	r = pq_channel_send(ch, &m, &err);
	if (r == 0)
		r = read_evidence(ch, &doc, &code, text, &err);
	if (r != 0)
		code = cli_fail(CLI_UNREACHABLE, "%s", err.text);
	else if (code != CLI_DONE)
		(void)fprintf(stderr, "%s\n", text);
	else if (doc.n == 0)
		code = cli_fail(CLI_NOT_EXAMINED, "the agent sent nothing");
	else if (fwrite(doc.p, 1, doc.n, stdout) != doc.n ||
	    fputc('\n', stdout) == EOF || fflush(stdout) != 0)
		code = cli_fail(CLI_NOT_EXAMINED, "standard output is closed");
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

static int
parse_id(const char *s, uint64_t *ret)
{
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return -1;
	*ret = strtoull(s, &end, 10);
	return *end == '\0' ? 0 : -1;
}

static int
run(const struct cli *c, struct pq_channel *ch, uint64_t id,
    const char *service, const char *text)
{
	struct pq_err err = PQ_ERR_INIT;
	struct answer a;
	int r;

	if (c->evidence)
		return evidence(ch, id);
	if (c->verb == PQ_VERB_WATCH) {
		r = watch(c, ch, id, &err);
		return r >= 0 ? r : cli_fail(CLI_UNREACHABLE, "%s", err.text);
	}
	r = ask(c, ch, id, service, text, &a, &err);
	if (r != 0) {
		answer_free(&a);
		return cli_fail(CLI_UNREACHABLE, "%s", err.text);
	}
	if (c->json)
		print_json(&a);
	else
		print_text(c, &a);
	answer_free(&a);
	return a.code;
}

int
cli_control(const struct cli *c)
{
	const char *service = "", *text = "";
	struct pq_err err = PQ_ERR_INIT;
	struct pq_channel ch;
	uint64_t id = 0;
	int r;

	if (c->n_args == 1 && by_id(c->verb)) {
		if (parse_id(c->args[0], &id) != 0)
			return cli_fail(CLI_USAGE, "%s: not an id", c->args[0]);
	} else if (c->n_args == 1) {
		service = c->args[0];
	}
	if (c->service != NULL)
		service = c->service;
	if (c->message != NULL)
		text = c->message;
	if (c->state != NULL)
		text = c->state;
	if (c->tag_name != NULL)
		text = c->tag_name;
	if (c->evidence && c->verb != PQ_VERB_SHOW)
		return cli_fail(CLI_USAGE, "--evidence: only of `show ID`");
	if ((c->verb == PQ_VERB_HOLD || c->verb == PQ_VERB_UNHOLD) &&
	    (service[0] == '\0') != c->all)
		return cli_fail(CLI_USAGE, "name a service, or --all");
	r = pq_channel_connect(&ch, c->run_dir, PQ_ROLE_CLI, &err);
	if (r != 0)
		return cli_fail(CLI_UNREACHABLE, "%s", err.text);
	r = run(c, &ch, id, service, text);
	pq_channel_close(&ch);
	return r;
}
