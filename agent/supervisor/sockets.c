/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor creates the sockets and passes them to the roles, in the way
 * of systemd's socket activation. So a socket outlives the process behind it,
 * and the owner of a socket is the only role that may connect. Root, the
 * warden's group and the configured operators may connect to the control
 * socket; each operator has an entry in its access list. The warden also asks
 * the kernel for the uid of each peer.
 */
#include "supervisor/supervisor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int
bind_door(const struct supervisor *s, const char *door, uid_t uid, gid_t gid,
    mode_t mode, struct pq_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int n = snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s/%s.sock", s->run_dir, door);
	const char *name = strrchr(at.sun_path, '/') + 1;
	mode_t old;
	int fd;

	if (n < 0 || (size_t)n >= sizeof(at.sun_path))
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: too long for the path of a socket: choose another "
		    "--run",
		    s->run_dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return pq_err_set(err, PQ_ESYS, "socket: %s", strerror(errno));
	(void)unlinkat(s->run, name, 0);
	/* mode 0600 at first: the final mode follows the change of the owner */
	old = umask(0177);
	n = bind(fd, (struct sockaddr *)&at, sizeof(at));
	(void)umask(old);
	if (n != 0 ||
	    (geteuid() == 0 &&
		fchownat(s->run, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0) ||
	    fchmodat(s->run, name, mode, 0) != 0 || listen(fd, 64) != 0) {
		(void)pq_err_set(
		    err, PQ_ESYS, "%s: %s", at.sun_path, strerror(errno));
		(void)close(fd);
		return -PQ_ESYS;
	}
	return fd;
}

/*
 * Set the access list "u::rw,...,u:UID:rw" (acl(5)): the rights of bind_door()
 * and one entry for each operator.
 */
static int
admit_operators(
    const char *run_dir, const struct pq_config *c, struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf path = PQ_BUF_INIT(4096);
	pq_auto(pq_buf_free) struct pq_buf text = PQ_BUF_INIT(1u << 16);
	const char *p, *t;
	acl_t acl;
	size_t i;
	int r;

	if (c->n_operators == 0)
		return 0;
	pq_buf_fmt(&path, "%s/%s.sock", run_dir, pq_door_name(PQ_DOOR_CONTROL));
	pq_buf_str(&text, "u::rw,g::rw,o::-,m::rw");
	for (i = 0; i < c->n_operators; i++)
		pq_buf_fmt(&text, ",u:%u:rw", (unsigned)c->operators[i].uid);
	p = pq_buf_cstr(&path);
	t = pq_buf_cstr(&text);
	if (p == NULL || t == NULL)
		return pq_err_set(err, PQ_ENOMEM, "control socket");
	acl = acl_from_text(t);
	r = acl == NULL ? -1 : acl_set_file(p, ACL_TYPE_ACCESS, acl);
	if (r != 0)
		(void)pq_err_set(
		    err, PQ_ESYS, "%s: operators: %s", p, strerror(errno));
	if (acl != NULL)
		(void)acl_free(acl);
	return r == 0 ? 0 : -PQ_ESYS;
}

static int
bind_address(const struct addrinfo *a)
{
	const int one = 1;
	int fd = socket(
	    a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 512) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Listen at "ADDRESS:PORT" in digits; this uses no name service. */
static int
bind_web(const char *listen_at, struct pq_err *err)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	const char *colon = strrchr(listen_at, ':');
	struct addrinfo *found = NULL;
	char host[64];
	size_t n;
	int fd = -1;

	n = colon == NULL ? sizeof(host) : (size_t)(colon - listen_at);
	if (n < sizeof(host)) {
		/* remove the brackets of an IPv6 address */
		size_t skip = n > 2 && listen_at[0] == '[' ? 1 : 0;

		memcpy(host, listen_at + skip, n - 2 * skip);
		host[n - 2 * skip] = '\0';
		if (getaddrinfo(host, colon + 1, &want, &found) == 0)
			fd = bind_address(found);
		if (found != NULL)
			freeaddrinfo(found);
	}
	if (fd < 0)
		return pq_err_set(err, PQ_ESYS, "listen: %s: %s", listen_at,
		    errno == 0 ? "not ADDRESS:PORT" : strerror(errno));
	return fd;
}

int
supervisor_web(struct supervisor *s, struct pq_err *err)
{
	s->web = bind_web(s->listen, err);
	return s->web < 0 ? s->web : 0;
}

static const struct role *
find_role(const struct role *roles, enum pq_role which)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (roles[i].role == which)
			return &roles[i];
	return NULL;
}

int
supervisor_doors_open(
    struct supervisor *s, const struct role *roles, struct pq_err *err)
{
	const gid_t warden = find_role(roles, PQ_ROLE_WARDEN)->gid;
	unsigned i;

	for (i = 0; i < PQ_DOORS; i++) {
		enum pq_door d = (enum pq_door)i;
		const struct role *r = find_role(roles, pq_door_role(d));

		/* a door without a role is for clients: root and operators */
		s->doors[i] = bind_door(s, pq_door_name(d),
		    r == NULL ? 0 : r->uid, r == NULL ? warden : r->gid,
		    r == NULL ? 0660 : 0600, err);
		if (s->doors[i] < 0)
			return s->doors[i];
	}
	return admit_operators(s->run_dir, s->config, err);
}

void
supervisor_doors_remove(const struct supervisor *s)
{
	char name[64];
	unsigned i;

	for (i = 0; i < PQ_DOORS; i++) {
		(void)snprintf(name, sizeof(name), "%s.sock",
		    pq_door_name((enum pq_door)i));
		(void)unlinkat(s->run, name, 0);
	}
}
