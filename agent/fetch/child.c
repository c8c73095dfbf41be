/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of one origin.
 *
 * Only this child has the origin's credential, and it speaks to the origin over
 * sockets that its connector has connected. A git host may find a security hole
 * in the code that reads its answers. It then controls a process that knows one
 * read-only password, opens no file and no socket, and can only send false data
 * to the broker. The verify role checks each byte of that evidence again.
 */
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "fetch/fetch.h"

struct child {
	const struct pq_session_of *of;
	struct pq_session *session;
	int fd; /* to the broker */
	struct pq_connector *connector;
	struct pq_fetch_packs packs;
	const char *architecture;
};

/* Without a tag it is only asked whether the place lets us in. */
static void
gather(struct child *c, struct pq_gather *g, const char *place, const char *tag,
    unsigned artifacts)
{
	if (tag[0] == '\0')
		pq_session_probe(c->session, g, place);
	else if (c->of->registry != NULL)
		pq_session_image(
		    c->session, g, place, tag, c->architecture, artifacts);
	else
		pq_session_tag(c->session, g, place, tag);
}

static int
serve_one(struct child *c, struct pq_slice request)
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
		gather(c, g, place, tag, artifacts);
		r = pq_gather_encode(&out, g);
	}
	if (r == 0)
		r = pq_fetch_write(c->fd, pq_buf_view(&out));
	pq_gather_free(g);
	pq_buf_free(&out);
	return r;
}

/* Without its helpers the child is of no use, and fetch starts again. */
static bool
has_helpers(const struct child *c)
{
	return c->connector->fd >= 0 &&
	    (c->of->registry != NULL || c->packs.fd >= 0);
}

static int
serve_broker(struct child *c, struct pq_err *err)
{
	int r;

	for (;;) {
		struct pq_buf request = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);

		r = pq_fetch_read(c->fd, &request);
		if (r == 0)
			r = serve_one(c, pq_buf_view(&request));
		pq_buf_free(&request);
		if (r == 0 && !has_helpers(c))
			return pq_err_set(err, PQ_EPROTO,
			    "the process that connects or reads packs has "
			    "ended");
		if (r == 1)
			return 0;
		if (r != 0)
			return pq_err_set(err, -r, "serving the broker: %s",
			    pq_fault_text(r));
	}
}

int
pq_fetch_child_run(const struct pq_session_of *of, int fd,
    struct pq_connector *connector, int packs_fd, struct pq_err *err)
{
	struct child c = { .of = of,
		.fd = fd,
		.connector = connector,
		.packs = { packs_fd },
		.architecture = pq_gather_architecture() };
	struct pq_git_packs packs = { &c.packs, pq_fetch_packs_find };
	int r = pq_http_global(err);

	if (r == 0)
		r = pq_session_open(
		    &c.session, of, "fetch", connector, &packs, err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_FETCH_CHILD, NULL, NULL, err);
	if (r == 0)
		r = serve_broker(&c, err);
	pq_session_close(c.session);
	return r;
}
