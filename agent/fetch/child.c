/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of one origin.
 *
 * Only this child has the origin's credential, and only it connects to the
 * origin. A git host may find a security hole in the code that reads its
 * answers. It then controls a process that knows one read-only password, can
 * open only the resolver's files, and can only send false data to the broker.
 * The verify role checks each byte of that evidence again.
 */
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "fetch/fetch.h"

/* the files that getaddrinfo(3) reads */
static const char *const resolver_files[] = { "/etc/resolv.conf", "/etc/hosts",
	"/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", NULL };

/* Without a tag it is only asked whether the place lets us in. */
static void
gather(struct pq_session *s, const struct pq_fetch_child *self,
    struct pq_gather *g, const char *place, const char *tag,
    const char *architecture, unsigned artifacts)
{
	if (tag[0] == '\0')
		pq_session_probe(s, g, place);
	else if (self->registry != NULL)
		pq_session_image(s, g, place, tag, architecture, artifacts);
	else
		pq_session_tag(s, g, place, tag);
}

static int
serve_one(struct pq_session *s, const struct pq_fetch_child *self,
    struct pq_slice request, const char *architecture)
{
	pq_auto(pq_autofree) char *place = NULL;
	pq_auto(pq_autofree) char *tag = NULL;
	unsigned artifacts = 0;
	struct pq_buf out = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_gather *g = pq_gather_new();
	int r = g == NULL
	    ? -PQ_ENOMEM
	    : pq_fetch_request_read(request, &place, &tag, &artifacts);

	if (r == 0) {
		gather(s, self, g, place, tag, architecture, artifacts);
		r = pq_gather_encode(&out, g);
	}
	if (r == 0)
		r = pq_fetch_write(self->fd, pq_buf_view(&out));
	pq_gather_free(g);
	pq_buf_free(&out);
	return r;
}

static int
serve_broker(struct pq_session *s, const struct pq_fetch_child *self,
    const char *architecture)
{
	int r;

	for (;;) {
		struct pq_buf request = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);

		r = pq_fetch_read(self->fd, &request);
		if (r == 0)
			r = serve_one(
			    s, self, pq_buf_view(&request), architecture);
		pq_buf_free(&request);
		if (r != 0)
			return r == 1 ? 0 : r;
	}
}

int
pq_fetch_child_run(const struct pq_config *config,
    const struct pq_fetch_child *self, struct pq_err *err)
{
	struct pq_jail_paths paths = { .read = resolver_files };
	const char *architecture = pq_gather_architecture();
	struct pq_session *s = NULL;
	int r;

	r = pq_http_global(err);
	if (r == 0 && self->registry != NULL)
		r = pq_session_registry(
		    &s, config, self->registry, "fetch", err);
	else if (r == 0)
		r = pq_session_git(&s, config, self->git, "fetch", err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_FETCH_CHILD, &paths, NULL, err);
	if (r == 0) {
		r = serve_broker(s, self, architecture);
		if (r != 0)
			(void)pq_err_set(err, -r, "serving the broker: %s",
			    pq_fault_text(r));
	}
	pq_session_close(s);
	return r;
}
