/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-test shows that the restrictions of a jail are in force. A system
 * can ignore a restriction silently: systemd ignores IPAddressDeny= if the
 * kernel lacks support for it. So the process tries each act that its jail
 * forbids. Each act is harmless if it succeeds: it uses descriptors and paths
 * that do not exist, and signal 0.
 *
 * "Denied" means EPERM, EACCES or ENOSYS. Any other error, for example ENOENT,
 * means that the kernel processed the request, so the restriction is missing.
 */
#include "confine/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/landlock.h"

#define J(name) (1u << PQ_JAIL_##name)
#define EVERY (~0u)
#define STORES (J(WARDEN) | J(DEPLOY))
#ifdef PQ_SANITIZE
#define OPENERS EVERY /* the sanitizers' runtime opens files */
#else
#define OPENERS (STORES | J(FETCH_CONNECTOR)) /* may open some files */
#endif

static long
act_exec(void)
{
	char *none[] = { NULL };

	return execve("/nonexistent/pratique-selftest", none, none);
}

static long
act_fork(void)
{
	/* the raw call runs no atfork handlers */
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long
open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static long
act_inet(void)
{
	return open_socket(AF_INET, SOCK_STREAM);
}

static long
act_udp6(void)
{
	return open_socket(AF_INET6, SOCK_DGRAM);
}

static long
act_unix(void)
{
	return open_socket(AF_UNIX, SOCK_STREAM);
}

static long
act_packet(void)
{
	return open_socket(AF_PACKET, SOCK_RAW);
}

static long
act_netlink(void)
{
	return open_socket(AF_NETLINK, SOCK_RAW);
}

/*
 * The filter of fetch's child denies this with EINPROGRESS. The kernel would
 * answer EBADF for this descriptor.
 */
static long
act_connect(void)
{
	long r = connect(-1, NULL, 0);

	if (r < 0 && errno == EINPROGRESS)
		errno = EPERM;
	return r;
}

static long
act_bind(void)
{
	return bind(-1, NULL, 0);
}

/* Connect to port 0 of loopback, which no server can have. */
static long
act_connect_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int e;
	long r;

	if (fd < 0)
		return 0; /* this jail permits it */
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r = connect(fd, (const struct sockaddr *)&in, sizeof(in));
	e = errno;
	(void)close(fd);
	errno = e;
	return r;
}

/* Send to a place, many packets at once. */
static long
act_sendmmsg(void)
{
	return sendmmsg(-1, NULL, 0, 0);
}

static long
act_listen(void)
{
	return listen(-1, 1);
}

static long
act_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long
act_kill(void)
{
	return kill(getppid(), 0);
}

static long
act_tgkill(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

/* Make a file descriptor send signals to the parent. */
static long
act_own(void)
{
	return fcntl(-1, F_SETOWN, getppid());
}

static long
act_ioctl(void)
{
	return ioctl(-1, FIOSETOWN, NULL);
}

static long
act_limit(void)
{
	struct rlimit now;

	return prlimit(getppid(), RLIMIT_CPU, NULL, &now);
}

/* MSG_FASTOPEN connects without connect(2). */
static long
act_fastopen(void)
{
	return sendto(-1, "", 1, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0);
}

static long
act_truncate(void)
{
	return ftruncate(-1, 0);
}

static long
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

/*
 * Open a path that any user may open and that no role needs: only the
 * confinement can deny it.
 */
static long
act_read_root(void)
{
	return try_open("/", O_RDONLY | O_DIRECTORY);
}

static long
act_write_null(void)
{
	return try_open("/dev/null", O_WRONLY);
}

static long
act_mount(void)
{
	return syscall(SYS_mount, NULL, "/nonexistent", NULL, 0, NULL);
}

static long
act_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long
act_setuid(void)
{
	return syscall(SYS_setresuid, -1, -1, -1);
}

static long
act_chown(void)
{
	return syscall(SYS_chown, "/nonexistent", -1, -1);
}

static long
act_chmod(void)
{
	return chmod("/nonexistent", 0777);
}

static long
act_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 0, NULL);
}

static long
act_bpf(void)
{
	return syscall(SYS_bpf, -1, NULL, 0);
}

static long
act_keyctl(void)
{
	return syscall(SYS_keyctl, -1, 0, 0, 0, 0);
}

static long
act_vm_read(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static long
act_map_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	(void)munmap(p, 4096);
	return 0;
}

/*
 * Move back in the log. A regular file has a position, and code in the role can
 * clear O_APPEND. A terminal and /dev/null keep no lines.
 */
static long
act_rewrite_log(void)
{
	struct stat st;
	int fd;

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) != 0 || S_ISREG(st.st_mode) ||
		    (!S_ISCHR(st.st_mode) && lseek(fd, 0, SEEK_CUR) >= 0))
			return 0;
	errno = EPERM;
	return -1;
}

static const struct act {
	const char *name;
	long (*act)(void);
	unsigned jails;       /* jails that forbid the act */
	unsigned by_landlock; /* jails in which only Landlock forbids it */
} acts[] = {
	{ "execute a program", act_exec, EVERY, 0 },
	{ "fork", act_fork, EVERY & ~(J(VERIFY) | J(FETCH_PACKS)), 0 },
	{ "open a TCP socket", act_inet, EVERY & ~J(FETCH_CONNECTOR), 0 },
	{ "open a UDP socket", act_udp6, EVERY & ~J(FETCH_CONNECTOR), 0 },
	{ "connect", act_connect, EVERY & ~(J(FETCH_CONNECTOR) | J(DEPLOY)),
	    0 },
	{ "bind", act_bind, EVERY, 0 },
	{ "send to a place", act_sendmmsg, EVERY & ~J(FETCH_CONNECTOR), 0 },
	{ "connect to a port outside its list", act_connect_port,
	    J(FETCH_CONNECTOR), J(FETCH_CONNECTOR) },
	{ "open a UNIX socket", act_unix, EVERY & ~J(DEPLOY), 0 },
	{ "open a packet socket", act_packet, EVERY, 0 },
	{ "open a netlink socket", act_netlink, EVERY, 0 },
	{ "listen for connections", act_listen, EVERY, 0 },
	{ "connect with sendto", act_fastopen, EVERY, 0 },
	{ "trace a process", act_ptrace, EVERY, 0 },
	{ "signal its parent", act_kill, EVERY, 0 },
	{ "signal its parent's thread", act_tgkill, EVERY, 0 },
	{ "make a descriptor send signals", act_own, EVERY, 0 },
	{ "make a device send signals", act_ioctl, EVERY, 0 },
	{ "read the limits of its parent", act_limit, EVERY, 0 },
	{ "truncate a file", act_truncate, EVERY & ~STORES, 0 },
	{ "read the root directory", act_read_root, EVERY, OPENERS },
	{ "write to a device", act_write_null, EVERY, OPENERS },
	{ "mount", act_mount, EVERY, 0 },
	{ "create a namespace", act_unshare, EVERY, 0 },
	{ "change its uid", act_setuid, EVERY, 0 },
	{ "change the owner of a file", act_chown, EVERY, 0 },
	{ "change the mode of a file", act_chmod, EVERY, 0 },
	{ "set up io_uring", act_io_uring, EVERY, 0 },
	{ "use bpf", act_bpf, EVERY, 0 },
	{ "use a keyring", act_keyctl, EVERY, 0 },
	{ "read another process", act_vm_read, EVERY, 0 },
	{ "map writable and executable memory", act_map_exec, EVERY, 0 },
	{ "overwrite its log", act_rewrite_log, EVERY, 0 },
};

/* Return the first ABI of Landlock that can forbid the act. */
static int
first_abi(const struct act *a)
{
	return a->act == act_connect_port ? PQ_LANDLOCK_TCP : 1;
}

static bool
is_denied(long result)
{
	return result < 0 &&
	    (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

int
pq_selftest_run(
    enum pq_jail jail, int landlock, unsigned *tried, struct pq_err *err)
{
	size_t i;

	*tried = 0;
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if ((acts[i].jails & (1u << jail)) == 0 ||
		    (landlock < first_abi(&acts[i]) &&
			(acts[i].by_landlock & (1u << jail)) != 0))
			continue;
		errno = 0;
		if (!is_denied(acts[i].act()))
			return pq_err_set(err, PQ_EPERM,
			    "confinement self-test failed: this process can "
			    "still %s",
			    acts[i].name);
		(*tried)++;
	}
	return 0;
}
