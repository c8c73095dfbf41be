/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read packs, each in its own process.
 *
 * A git host, or a pusher, chooses the bytes of a pack. A pack of 2 MB can
 * inflate to gigabytes. The reader of a pack has neither network nor credential
 * and little time and memory. It writes one answer and exits. The parent
 * parses nothing. The process with the credential sends the pack and the
 * wanted ids, and hashes the objects of the answer again.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "fetch/fetch.h"
#include "role/answer.h"
#include "role/role.h"

#define WANTS 2                 /* a tag and its commit */
#define PACK_BYTES (4u << 20)   /* of a pack, see gitclient.c */
#define HEAD (WANTS * 64u + 64) /* bytes around the data of a message */
#define REQUEST_MAX (PACK_BYTES + HEAD)
#define ANSWER_MAX (WANTS * PQ_GIT_OBJECT_MAX + HEAD)
#define NICE 10

_Static_assert(PQ_TAG_DEADLINE_S + PQ_FETCH_PACK_S < PQ_FETCH_DEADLINE_S,
    "a pack must not make its child late, because then fetch starts again");

/* The faults that an answer may contain. */
static const int faults[] = { -PQ_EABSENT, -PQ_EUNSUPPORTED, -PQ_EFORMAT,
	-PQ_ELIMIT, -PQ_ENOMEM, -PQ_ECRYPTO, -PQ_ETIMEOUT, -PQ_EINTERNAL };

/* ---- the reader ---------------------------------------------------------- */

static int
get_wants(struct pq_cur *c, struct pq_git_want wants[WANTS], size_t *ret_n)
{
	uint32_t n = pq_cur_u32(c), type;
	struct pq_slice id;
	size_t i;

	if (n == 0 || n > WANTS)
		return -PQ_EFORMAT;
	for (i = 0; i < n; i++) {
		type = pq_cur_u32(c);
		id = pq_cur_string(c, sizeof(wants[i].oid.id));
		if (c->bad || (id.n != 20 && id.n != 32))
			return -PQ_EFORMAT;
		wants[i].type = (enum pq_gitobj)type;
		wants[i].oid.len = (uint8_t)id.n;
		memcpy(wants[i].oid.id, id.p, id.n);
		wants[i].data = PQ_BUF_INIT(PQ_GIT_OBJECT_MAX);
	}
	*ret_n = n;
	return 0;
}

int
pq_fetch_pack_read(struct pq_buf *out, struct pq_slice in)
{
	struct pq_cur c = pq_cur_start(in);
	struct pq_git_want wants[WANTS] = { 0 };
	struct pq_slice pack;
	size_t n = 0, i;
	int r = get_wants(&c, wants, &n);

	if (r != 0)
		return r;
	pack = pq_cur_string(&c, PACK_BYTES);
	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	r = pq_git_pack_find(wants, n, pack);
	pq_buf_u32(out, (uint32_t)-r);
	for (i = 0; i < n; i++) {
		if (r == 0) {
			pq_buf_u32(out, (uint32_t)wants[i].data.n);
			pq_buf_slice(out, pq_buf_view(&wants[i].data));
		}
		pq_buf_free(&wants[i].data);
	}
	return out->fault;
}

static void __attribute__((noreturn)) be_reader(int fd, int out_fd,
    int (*read_pack)(struct pq_buf *out, struct pq_slice in),
    struct pq_slice request)
{
	struct pq_buf out = PQ_BUF_INIT(ANSWER_MAX);
	struct pq_err err = PQ_ERR_INIT;

	(void)close(fd);
	if (pq_confine_enter(PQ_JAIL_FETCH_PACK, NULL, NULL, &err) != 0)
		_exit(3);
	if (read_pack(&out, request) != 0 ||
	    pq_write_whole(out_fd, pq_buf_view(&out)) != 0)
		_exit(2);
	_exit(0);
}

/* ---- its parent ---------------------------------------------------------- */

/* The kernel kills a process that has used up its processor time. */
static int
judge_end(int r, int status)
{
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (r == -PQ_ETIMEOUT ||
	    (WIFSIGNALED(status) &&
		(WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU)))
		return -PQ_ETIMEOUT;
	return -PQ_EINTERNAL;
}

static int
run_reader(struct pq_buf *out, int fd,
    int (*read_pack)(struct pq_buf *out, struct pq_slice in),
    struct pq_slice request)
{
	int fds[2], status = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -PQ_EINTERNAL;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		be_reader(fd, fds[1], read_pack, request);
	}
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return -PQ_EINTERNAL;
	}
	r = pq_answer_take(out, pid, fds[0], PQ_FETCH_PACK_S, &status);
	return judge_end(r, status);
}

/* A pack that could not be read gets an answer, too: the fault. */
static int
serve_pack(int fd, int (*read_pack)(struct pq_buf *out, struct pq_slice in))
{
	pq_auto(pq_buf_free) struct pq_buf in = PQ_BUF_INIT(REQUEST_MAX);
	pq_auto(pq_buf_free) struct pq_buf out = PQ_BUF_INIT(ANSWER_MAX);
	int r = pq_fetch_read(fd, &in);

	if (r != 0)
		return r;
	r = run_reader(&out, fd, read_pack, pq_buf_view(&in));
	if (r != 0) {
		pq_role_log("pack-not-read bytes=%zu reason=\"%s\"", in.n,
		    pq_fault_text(r));
		pq_buf_free(&out);
		out = PQ_BUF_INIT(ANSWER_MAX);
		pq_buf_u32(&out, (uint32_t)-r);
		r = out.fault;
	}
	return r != 0 ? r : pq_fetch_write(fd, pq_buf_view(&out));
}

int
pq_fetch_packs_serve(int fd,
    int (*read_pack)(struct pq_buf *out, struct pq_slice in),
    struct pq_err *err)
{
	int r;

	do {
		r = serve_pack(fd, read_pack);
	} while (r == 0);
	return r == 1
	    ? 0
	    : pq_err_set(err, -r, "reading packs: %s", pq_fault_text(r));
}

int
pq_fetch_packs_run(int fd, struct pq_err *err)
{
	int r = pq_confine_prepare(PQ_JAIL_FETCH_PACK, err);

	/* the other origins come first */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_FETCH_PACKS, NULL, NULL, err);
	return r != 0 ? r : pq_fetch_packs_serve(fd, pq_fetch_pack_read, err);
}

/* ---- the client ---------------------------------------------------------- */

static int
send_pack(
    int fd, const struct pq_git_want *wants, size_t n, struct pq_slice pack)
{
	pq_auto(pq_buf_free) struct pq_buf out = PQ_BUF_INIT(REQUEST_MAX);
	size_t i;

	pq_buf_u32(&out, (uint32_t)n);
	for (i = 0; i < n; i++) {
		pq_buf_u32(&out, (uint32_t)wants[i].type);
		pq_buf_u32(&out, wants[i].oid.len);
		pq_buf_put(&out, wants[i].oid.id, wants[i].oid.len);
	}
	pq_buf_u32(&out, (uint32_t)pack.n);
	pq_buf_slice(&out, pack);
	return out.fault != 0 ? out.fault
			      : pq_fetch_write(fd, pq_buf_view(&out));
}

static int
take_object(struct pq_git_want *w, struct pq_slice data)
{
	struct pq_oid oid;

	if (pq_oid_of(&oid, w->type, w->oid.len, data) != 0 ||
	    !pq_oid_eq(&oid, &w->oid))
		return -PQ_EPROTO;
	pq_buf_slice(&w->data, data);
	w->found = w->data.fault == 0;
	return w->data.fault;
}

/* Return: the fault in the answer; -PQ_EPROTO: it is not an answer. */
static int
take_fault(struct pq_cur *c, uint32_t code)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (code == (uint32_t)-faults[i] && pq_cur_done(c))
			return faults[i];
	return -PQ_EPROTO;
}

static int
take_answer(struct pq_git_want *wants, size_t n, struct pq_slice answer)
{
	struct pq_cur c = pq_cur_start(answer);
	uint32_t code = pq_cur_u32(&c);
	struct pq_slice data[WANTS];
	size_t i;
	int r = 0;

	if (code != 0)
		return take_fault(&c, code);
	for (i = 0; i < n; i++)
		data[i] = pq_cur_string(&c, PQ_GIT_OBJECT_MAX);
	if (!pq_cur_done(&c))
		return -PQ_EPROTO;
	for (i = 0; i < n && r == 0; i++)
		r = take_object(&wants[i], data[i]);
	return r;
}

int
pq_fetch_packs_find(
    void *packs, struct pq_git_want *wants, size_t n, struct pq_slice pack)
{
	struct pq_fetch_packs *p = packs;
	pq_auto(pq_buf_free) struct pq_buf in = PQ_BUF_INIT(ANSWER_MAX);
	int r = p->fd < 0 || n > WANTS ? -PQ_EPROTO
				       : send_pack(p->fd, wants, n, pack);

	if (r == 0)
		r = pq_fetch_read(p->fd, &in);
	if (r == 0)
		r = take_answer(wants, n, pq_buf_view(&in));
	if (r != 1 && r != -PQ_EPROTO && r != -PQ_ESYS)
		return r;
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
	return -PQ_EINTERNAL;
}
