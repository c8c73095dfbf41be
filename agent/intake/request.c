/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request. Intake refuses a request from its header if possible, and then
 * keeps no byte of its body. It passes all other requests unparsed to the
 * warden, and suspends the connection until the warden reports that the
 * callback is durable.
 *
 * The answer reveals as little as possible: an unknown service and a bad
 * signature have the same answer. The answer and the log contain the request
 * id.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "intake/intake.h"
#include "ipc/headers.h"
#include "role/instant.h"

static const struct {
	unsigned status;
	const char *text;
} texts[] = {
	{ 200, "duplicate" },
	{ 202, "accepted" },
	{ 400, "bad request" },
	{ 401, "not authenticated" },
	{ 404, "not found" },
	{ 405, "method not allowed" },
	{ 411, "Content-Length required" },
	{ 413, "body too large" },
	{ 415, "application/json required" },
	{ 429, "too many requests" },
	{ 431, "header too large" },
	{ 503, "not available" },
};

static const char *
status_text(const struct intake_request *r, unsigned status)
{
	size_t i;

	if (status == 200 && r->service[0] == '\0')
		return "ok"; /* not a callback: /healthz or /readyz */
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "refused";
}

static enum MHD_Result
send_answer(struct intake_request *r, unsigned status)
{
	struct MHD_Response *resp;
	enum MHD_Result ok;
	char text[160], seconds[16];
	int n;

	n = snprintf(text, sizeof(text),
	    "{\"status\":\"%s\",\"request_id\":\"%s\"}\n",
	    status_text(r, status), r->id);
	resp = MHD_create_response_from_buffer(
	    (size_t)n, text, MHD_RESPMEM_MUST_COPY);
	if (resp == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(resp, "Content-Type", "application/json");
	(void)MHD_add_response_header(resp, "X-Request-Id", r->id);
	if (r->close)
		(void)MHD_add_response_header(resp, "Connection", "close");
	if (status == 405)
		(void)MHD_add_response_header(resp, "Allow", "POST");
	if (status == 503 || status == 429) {
		(void)snprintf(seconds, sizeof(seconds), "%u",
		    r->retry_after == 0 ? 5 : r->retry_after);
		(void)MHD_add_response_header(resp, "Retry-After", seconds);
	}
	ok = MHD_queue_response(r->mhd, status, resp);
	MHD_destroy_response(resp);
	return ok;
}

struct seen {
	struct intake_request *r;
	struct intake_head head;
	bool bad;
};

/* Return a value without the blanks at its end: RFC 9110 section 5.5. */
static struct pq_slice
trim_value(const char *value)
{
	struct pq_slice v = pq_slice_str(value);

	while (v.n != 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	return v;
}

/* Store a header. A repeated or too long header refuses the request. */
static void
store_header(struct seen *s, enum pq_header h, const char *value)
{
	struct pq_slice v = trim_value(value);

	if (s->r->cb.headers[h].p != NULL || v.p == NULL ||
	    v.n > pq_header_max(h))
		s->bad = true;
	s->r->cb.headers[h] = v;
}

static enum MHD_Result
on_header(
    void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct seen *s = cls;
	enum pq_header h = pq_header_find(pq_slice_str(key));

	(void)kind;
	intake_head_add(&s->head, key, value);
	if (h != PQ_HEADER_NONE)
		store_header(s, h, value);
	return MHD_YES;
}

static bool
is_json_type(struct pq_slice type)
{
	static const char want[] = "application/json";
	size_t n = sizeof(want) - 1;

	return type.n >= n && strncasecmp((const char *)type.p, want, n) == 0 &&
	    (type.n == n || type.p[n] == ';' || type.p[n] == ' ');
}

/* GitHub's default. It is accepted only as GitHub sends it. */
static bool
is_github_form(const struct pq_callback *cb)
{
	static const char want[] = "application/x-www-form-urlencoded";
	struct pq_slice type = cb->content_type;

	return cb->github_event.n != 0 && type.n == sizeof(want) - 1 &&
	    strncasecmp((const char *)type.p, want, type.n) == 0;
}

/* Return 0 if Content-Length is acceptable, or the status of a refusal. */
static unsigned
check_length(struct intake_request *r, const struct seen *s)
{
	const char *v = MHD_lookup_connection_value(
	    r->mhd, MHD_HEADER_KIND, "Content-Length");

	if (s->head.seen[INTAKE_ENCODING] != 0 || v == NULL)
		return 411;
	if (v[0] == '\0' || strspn(v, "0123456789") != strlen(v))
		return 400;
	v += strspn(v, "0");
	if (strlen(v) > 7 || strtoul(v, NULL, 10) > PQ_BODY_MAX)
		return 413;
	return 0;
}

static bool
is_ready(const struct intake *in)
{
	return in->up && in->ready;
}

/*
 * Store the headers, and read the head strictly. Return the status of a
 * refusal, or 0. A proxy may see other ends of a refused request, so nothing
 * after its head is read.
 */
static unsigned
read_head(struct seen *s)
{
	struct intake_request *r = s->r;
	const struct intake_line *l = &r->conn->line;
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(
	    r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	size_t n = i == NULL ? 0 : i->header_size;

	intake_head_begin(&s->head, l, n == 0 ? NULL : l->method + n);
	(void)MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, on_header, s);
	r->close = true;
	if (!intake_head_is_strict(&s->head))
		return 400;
	if (n > INTAKE_HEAD_MAX)
		return 431;
	r->close = s->head.seen[INTAKE_ENCODING] != 0;
	return 0;
}

/* Return the status that the header decides; 0: read the body. */
static unsigned
judge_request(const struct seen *s, const char *url, const char *method)
{
	struct intake_request *r = s->r;
	unsigned status;

	if (strcmp(url, "/healthz") == 0 || strcmp(url, "/readyz") == 0)
		return strcmp(method, "GET") != 0             ? 405
		    : url[1] == 'r' && !is_ready(r->conn->in) ? 503
							      : 200;
	if (!intake_path_is_hook(url))
		return 404;
	if (strcmp(method, "POST") != 0)
		return 405;
	if (s->bad)
		return 400;
	status = check_length(r, s);
	if (status != 0)
		return status;
	if (!is_json_type(r->cb.content_type) && !is_github_form(&r->cb))
		return 415;
	if (!intake_path_service(r->service, url))
		return 401;
	return r->conn->in->up ? 0 : 503;
}

static void
name_peer(struct intake_request *r)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = i == NULL ? NULL : i->client_addr;
	const void *addr = NULL;

	if (a != NULL && a->sa_family == AF_INET)
		addr = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	if (a != NULL && a->sa_family == AF_INET6)
		addr =
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	if (addr == NULL ||
	    inet_ntop(a->sa_family, addr, r->peer, sizeof(r->peer)) == NULL)
		r->peer[0] = '\0';
}

/*
 * Make a request id from buffered random bytes. With one system call for each
 * id, any client on the Internet could make the process spend that time.
 */
static bool
name_request(struct intake *in, char id[33])
{
	const size_t n = INTAKE_ID_BYTES;

	if (in->random_left < n) {
		if (getrandom(in->random, sizeof(in->random), 0) !=
		    sizeof(in->random))
			return false;
		in->random_left = sizeof(in->random);
	}
	in->random_left -= n;
	pq_hex_encode(id, pq_slice(in->random + in->random_left, n));
	return true;
}

static struct intake_request *
request_new(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct intake_request *r;

	if (i == NULL || i->socket_context == NULL)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->mhd = c;
	r->conn = i->socket_context;
	r->body = PQ_BUF_INIT(PQ_BODY_MAX);
	if (!name_request(r->conn->in, r->id)) {
		free(r);
		return NULL;
	}
	r->conn->request = r;
	name_peer(r);
	return r;
}

static enum MHD_Result
on_configured(
    void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct seen *s = cls;

	(void)kind;
	if (strcasecmp(key, s->r->conn->in->configured) == 0)
		store_header(s, PQ_HEADER_CONFIGURED, value);
	return MHD_YES;
}

/*
 * Store the header that the configuration names. This happens when the request
 * is sent, because the header may arrive before the warden's first message.
 */
static bool
take_configured(struct intake_request *r)
{
	struct seen s = { .r = r };

	r->cb.configured = pq_slice(NULL, 0);
	if (r->conn->in->configured[0] != '\0')
		(void)MHD_get_connection_values(
		    r->mhd, MHD_HEADER_KIND, on_configured, &s);
	return !s.bad;
}

static int
send_delivery(struct intake *in, struct intake_request *r, struct pq_err *err)
{
	struct pq_msg m = { .type = PQ_MSG_DELIVERY, .job = r->job };
	struct pq_msg_delivery *d = &m.delivery;

	d->service = pq_slice_str(r->service);
	d->request_id = pq_slice_str(r->id);
	d->peer = pq_slice_str(r->peer);
	if (!take_configured(r))
		return -PQ_EFORMAT;
	r->cb.body = pq_buf_view(&r->body);
	pq_delivery_put(d, &r->cb);
	return pq_channel_send(&in->channel, &m, err);
}

static void
add_waiting(struct intake *in, struct intake_request *r)
{
	r->waiting = true;
	r->prev = in->waiting_last;
	if (in->waiting_last != NULL)
		in->waiting_last->next = r;
	else
		in->waiting = r;
	in->waiting_last = r;
}

static void
remove_waiting(struct intake *in, struct intake_request *r)
{
	if (!r->waiting)
		return;
	r->waiting = false;
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		in->waiting = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	else
		in->waiting_last = r->prev;
	r->next = r->prev = NULL;
}

static void
resume_request(struct intake *in, struct intake_request *r, unsigned status)
{
	r->status = status;
	/* the phase of waiting ends, and the phase of answering begins */
	r->conn->deadline_ms = pq_instant_monotonic_ms() + INTAKE_HEAD_MS;
	/* its request may be the oldest, but its answer comes next */
	r->conn->idle_since = ++in->last_event;
	remove_waiting(in, r);
	MHD_resume_connection(r->mhd);
}

bool
intake_has_unsent(const struct intake *in)
{
	return in->ready && in->waiting_last != NULL && !in->waiting_last->sent;
}

int
intake_flush(struct intake *in, struct pq_err *err)
{
	struct intake_request *r, *next;
	int f;

	if (!in->ready)
		return 0;
	/* the unsent requests are at the end of the queue */
	for (r = in->waiting_last;
	     r != NULL && r->prev != NULL && !r->prev->sent; r = r->prev)
		;
	for (; r != NULL; r = next) {
		next = r->next;
		if (r->sent)
			continue;
		f = send_delivery(in, r, err);
		if (f == 1)
			return 0;
		if (f == -PQ_EFORMAT || f == -PQ_ELIMIT) {
			resume_request(in, r, 400); /* a bad header */
			continue;
		}
		if (f != 0)
			return f;
		r->sent = true;
		intake_budget_free(r);
	}
	return 0;
}

void
intake_on_greeting(struct intake *in, struct pq_slice header)
{
	in->ready = true;
	memset(in->configured, 0, sizeof(in->configured));
	if (header.n != 0 && header.n < sizeof(in->configured))
		memcpy(in->configured, header.p, header.n);
}

void
intake_on_receipt(
    struct intake *in, uint64_t job, unsigned status, unsigned retry_after)
{
	struct intake_request *r;

	for (r = in->waiting; r != NULL; r = r->next)
		if (r->job == job && r->sent)
			break;
	if (r == NULL)
		return; /* the client has closed its connection */
	r->retry_after = retry_after;
	resume_request(in, r, status);
}

void
intake_refuse_late(struct intake *in, int64_t now_ms)
{
	struct intake_request *r, *next;

	for (r = in->waiting; r != NULL; r = next) {
		next = r->next;
		if (now_ms > r->conn->deadline_ms)
			resume_request(in, r, 503);
	}
}

void
intake_refuse_all(struct intake *in)
{
	while (in->waiting != NULL)
		resume_request(in, in->waiting, 503);
}

/* Drop the body of a request that has no answer yet, and answer 503. */
static void
refuse_body(struct intake_request *r)
{
	intake_budget_free(r);
	if (r->waiting)
		resume_request(r->conn->in, r, 503);
	else
		r->status = 503;
}

static void
store_body(struct intake_request *r, const char *data, size_t n)
{
	struct intake_request *excess;

	intake_budget_put(r, data, n);
	if (r->body.fault != 0)
		refuse_body(r);
	while ((excess = intake_budget_excess(r->conn->in)) != NULL)
		refuse_body(excess);
}

static enum MHD_Result
submit_request(struct intake *in, struct intake_request *r)
{
	if (!in->up)
		return send_answer(r, 503);
	r->job = ++in->last_job;
	r->conn->deadline_ms = pq_instant_monotonic_ms() + INTAKE_ANSWER_MS;
	MHD_suspend_connection(r->mhd);
	add_waiting(in, r);
	return MHD_YES;
}

void *
intake_on_line(void *cls, const char *uri, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct intake_connection *k = i == NULL ? NULL : i->socket_context;

	(void)cls;
	if (k != NULL && uri != NULL)
		k->line = (struct intake_line){ .uri = uri,
			.uri_n = strlen(uri),
			.plain = intake_path_is_plain(uri) };
	return NULL; /* intake_on_request() makes the context */
}

/*
 * Return true if the client waits for "100 Continue" before it sends the body.
 * Any other client already sends the body. Such a client would lose an answer
 * that comes before intake has read the body, because closing a connection with
 * unread bytes resets it.
 */
static bool
expects_continue(const struct intake_request *r)
{
	return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "Expect") !=
	    NULL;
}

/*
 * Give a body its time by its size, so that a slow but honest sender of a large
 * body is as welcome as a fast one. A refused body is only read to its end so
 * that its sender reads the answer.
 */
static void
set_deadline(struct intake_request *r)
{
	r->conn->deadline_ms = r->begun_ms +
	    (r->status != 0
		    ? INTAKE_DROP_MS
		    : INTAKE_BODY_MS + (int64_t)(r->body.n / INTAKE_BODY_RATE));
}

static enum MHD_Result
begin_request(struct intake_request *r, const char *url, const char *method,
    const char *version)
{
	struct seen s = { .r = r };

	r->begun_ms = pq_instant_monotonic_ms();
	r->conn->line.method = method;
	r->conn->line.version = version;
	r->status = read_head(&s);
	set_deadline(r);
	if (r->status != 0)
		return send_answer(r, r->status);
	r->status = judge_request(&s, url, method);
	set_deadline(r);
	return r->status != 0 && expects_continue(r) ? send_answer(r, r->status)
						     : MHD_YES;
}

enum MHD_Result
intake_on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **req_cls)
{
	struct intake_request *r = *req_cls;
	struct intake *in = cls;

	if (r == NULL) {
		r = request_new(c);
		if (r == NULL)
			return MHD_NO;
		*req_cls = r;
		return begin_request(r, url, method, version);
	}
	if (*n != 0) {
		if (r->status == 0)
			store_body(r, data, *n);
		else
			r->dropped += *n;
		*n = 0;
		set_deadline(r);
		return r->dropped <= INTAKE_DROP_MAX ? MHD_YES : MHD_NO;
	}
	r->conn->idle_since = ++in->last_event;
	return r->status == 0 ? submit_request(in, r)
			      : send_answer(r, r->status);
}

void
intake_on_done(void *cls, struct MHD_Connection *c, void **req_cls,
    enum MHD_RequestTerminationCode why)
{
	struct intake_request *r = *req_cls;

	(void)c;
	(void)why;
	if (r == NULL)
		return;
	remove_waiting(cls, r);
	r->conn->deadline_ms = pq_instant_monotonic_ms() + INTAKE_HEAD_MS;
	intake_budget_free(r);
	r->conn->request = NULL;
	free(r);
	*req_cls = NULL;
}
