/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guard that nobody runs is no guard. Filters were seen to be silently not
 * enforced (an IPAddressDeny= without its kernel support), so each jail tries
 * what it must not be able to do. Every act is harmless should it succeed:
 * paths that do not exist, addresses that nobody listens on.
 *
 * "Denied" is EPERM, EACCES or ENOSYS only. Any other error (ENOENT, say)
 * means that the kernel looked at the request: the wall was not there.
 */
#include "confine/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define J(name) (1u << PQ_JAIL_##name)
#define EVERY (~0u)

static long
act_exec(void)
{
	char *none[] = { NULL };

	return execve("/nonexistent/pratique-selftest", none, none);
}

static long
act_fork(void)
{
	/* raw, and through vfork's flags: no atfork handlers run */
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
act_shadow(void)
{
	int fd = open("/etc/shadow", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static long
act_passwd(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static long
act_create(void)
{
	int fd = open("/tmp/pratique-selftest",
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
		(void)unlink("/tmp/pratique-selftest");
	}
	return fd;
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

/* who must not, and whether only Landlock forbids it */
static const struct act {
	const char *name;
	long (*act)(void);
	unsigned jails;
	bool by_landlock;
} acts[] = {
	{ "execute a program", act_exec, EVERY, false },
	{ "fork", act_fork, EVERY & ~(J(VERIFY)), false },
	{ "open a TCP socket", act_inet, EVERY & ~J(FETCH_CHILD), false },
	{ "open a UDP socket", act_udp6, EVERY & ~J(FETCH_CHILD), false },
	{ "open a UNIX socket", act_unix, EVERY & ~J(DEPLOY), false },
	{ "open a packet socket", act_packet, EVERY, false },
	{ "open a netlink socket", act_netlink, EVERY, false },
	{ "listen", act_listen, EVERY & ~J(INTAKE), false },
	{ "trace a process", act_ptrace, EVERY, false },
	{ "signal its parent", act_kill, EVERY & ~J(VERIFY), false },
	{ "read /etc/shadow", act_shadow, EVERY, true },
	{ "read /etc/passwd", act_passwd, EVERY, true },
	{ "create a file in /tmp", act_create, EVERY, true },
	{ "mount", act_mount, EVERY, false },
	{ "make a namespace", act_unshare, EVERY, false },
	{ "change its uid", act_setuid, EVERY, false },
	{ "change an owner", act_chown, EVERY, false },
	{ "change a mode", act_chmod, EVERY, false },
	{ "set up io_uring", act_io_uring, EVERY, false },
	{ "load bpf", act_bpf, EVERY, false },
	{ "reach a keyring", act_keyctl, EVERY, false },
	{ "read another process", act_vm_read, EVERY, false },
	{ "map writable code", act_map_exec, EVERY, false },
};

static bool
denied(long result)
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
		    (acts[i].by_landlock && landlock == 0))
			continue;
		errno = 0;
		if (!denied(acts[i].act()))
			return pq_err_set(err, PQ_EPERM,
			    "confinement self-test: this process can %s",
			    acts[i].name);
		(*tried)++;
	}
	return 0;
}
