/* SPDX-License-Identifier: Apache-2.0 */
#include "fakedaemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD_MAX 32768
#define BODY_MAX (1u << 18)

static void
require_true(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

void *
fake_daemon_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	require_true(p != MAP_FAILED, "mmap");
	return p;
}

static void
send_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	ssize_t w;

	while (n != 0 && (w = send(fd, at, n, MSG_NOSIGNAL)) > 0) {
		at += w;
		n -= (size_t)w;
	}
}

void
fake_answer_as(
    int fd, int status, const char *version, const void *body, size_t n)
{
	char head[256];
	int len = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d Words\r\n%s%s%sContent-Length: %zu\r\n\r\n", status,
	    version == NULL ? "" : "Api-Version: ",
	    version == NULL ? "" : version, version == NULL ? "" : "\r\n", n);

	/* answers with these statuses have no body */
	if (status == 204 || status == 304)
		len = snprintf(
		    head, sizeof(head), "HTTP/1.1 %d Words\r\n\r\n", status);
	send_all(fd, head, (size_t)len);
	if (status != 204 && status != 304)
		send_all(fd, body, n);
}

void
fake_answer(int fd, int status, const char *body)
{
	fake_answer_as(fd, status, "1.41", body, strlen(body));
}

/* Copy the value of a header; "" if it is absent. */
static void
copy_header(char *dst, size_t size, const char *head, const char *name)
{
	const char *p = strcasestr(head, name);

	dst[0] = '\0';
	if (p != NULL)
		(void)snprintf(dst, size, "%.*s",
		    (int)strcspn(p + strlen(name), "\r\n"), p + strlen(name));
}

static bool
read_head(int fd, char head[HEAD_MAX])
{
	size_t n = 0;

	while (n < HEAD_MAX - 1 && recv(fd, head + n, 1, 0) == 1) {
		head[++n] = '\0';
		if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

static bool
read_request(int fd, struct fake_request *r)
{
	static char head[HEAD_MAX], body[BODY_MAX];
	char length[32];
	size_t n;

	memset(r, 0, sizeof(*r));
	if (!read_head(fd, head) ||
	    sscanf(head, "%7s %1023s", r->method, r->path) != 2)
		return false;
	copy_header(r->auth, sizeof(r->auth), head, "\r\nX-Registry-Auth: ");
	copy_header(length, sizeof(length), head, "\r\nContent-Length: ");
	n = strtoul(length, NULL, 10);
	if (n >= BODY_MAX ||
	    (n != 0 && recv(fd, body, n, MSG_WAITALL) != (ssize_t)n))
		return false;
	r->body = n == 0 ? NULL : json_loadb(body, n, 0, NULL);
	return true;
}

static void
serve_requests(int listener, fake_handler *on, void *ctx)
{
	struct fake_request r;
	bool more;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		for (more = true; more && read_request(fd, &r);) {
			more = on(ctx, fd, &r);
			json_decref(r.body);
		}
		(void)close(fd);
	}
}

void
fake_daemon_start(
    struct fake_daemon *d, const char *dir, fake_handler *on, void *ctx)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(d->socket, sizeof(d->socket), "%s/docker.sock", dir);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", d->socket);
	(void)unlink(d->socket);
	require_true(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
	require_true(listen(fd, 8) == 0, "listen");
	d->pid = fork();
	require_true(d->pid >= 0, "fork");
	if (d->pid == 0) {
		/* the handlers of cmocka would run more tests in this child */
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGABRT, SIG_DFL);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_requests(fd, on, ctx);
		_exit(0);
	}
	(void)close(fd);
}

void
fake_daemon_stop(struct fake_daemon *d)
{
	(void)kill(d->pid, SIGKILL);
	(void)waitpid(d->pid, NULL, 0);
	(void)unlink(d->socket);
}
