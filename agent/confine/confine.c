/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One screen that shows who may do what.
 *
 * The filter is an allow list: a call that is not in the table fails with
 * EPERM, so that a library which merely probes goes on. clone3 answers ENOSYS
 * so that glibc falls back to clone, whose flags can be looked at. Nothing may
 * map writable code or execute. The table is the whole policy; what is not
 * said in it is not permitted.
 */
#include "confine/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine/landlock.h"
#include "confine/selftest.h"

#define J(name) (1u << PQ_JAIL_##name)
#define ALL (~0u)
#define STORES (J(WARDEN) | J(DEPLOY))
#define LOOPS (ALL & ~J(VERIFY_CHILD))
#define CURLS (J(FETCH_CHILD) | J(DEPLOY))
#define PARENTS (J(VERIFY))
#define PROGRAM_MAX 2048 /* instructions; the longest jail has 300 */

/* clang-format off */
static const struct permit {
	unsigned jails;
	const char *calls; /* names, separated by blanks */
} permits[] = {
	/* memory, time, signals to itself, its own descriptors */
	{ ALL, "read write readv writev close fstat lseek brk munmap mremap "
	       "madvise futex getrandom clock_gettime clock_getres gettimeofday "
	       "time exit exit_group rt_sigreturn rt_sigaction rt_sigprocmask "
	       "sigaltstack getpid gettid getppid sched_yield set_robust_list "
	       "rseq restart_syscall tgkill getrusage membarrier "
	       "getuid geteuid getgid getegid newfstatat uname sysinfo" },
	/* waiting and talking on what it was given */
	{ LOOPS, "poll ppoll epoll_wait epoll_pwait epoll_ctl epoll_create1 "
	       "select pselect6 sendmsg recvmsg sendto recvfrom getsockopt "
	       "setsockopt getsockname getpeername shutdown fcntl dup dup3 "
	       "eventfd2 pipe2 timerfd_create timerfd_settime signalfd4 "
	       "memfd_create ftruncate nanosleep clock_nanosleep ioctl "
	       "sched_getaffinity prlimit64" },
	/* reading files: where, Landlock and the uid say */
	{ LOOPS & ~(J(INTAKE) | J(FETCH)),
	       "openat open access faccessat faccessat2 readlink readlinkat "
	       "getcwd stat lstat statx getdents64 statfs fstatfs" },
	/* the ledgers */
	{ STORES, "pread64 pwrite64 fsync fdatasync unlink unlinkat rename "
	       "renameat2 mkdir fallocate flock umask" },
	{ J(WARDEN) | J(INTAKE), "accept4 accept" },
	{ J(INTAKE), "listen" },
	/* the network, or the Docker socket: families are filtered below */
	{ CURLS, "connect socketpair sendmmsg recvmmsg" },
	{ J(FETCH_CHILD), "bind" },
	/* children, which confine themselves further */
	{ PARENTS, "wait4 waitid kill prctl seccomp landlock_create_ruleset "
	       "landlock_add_rule landlock_restrict_self setrlimit pidfd_open "
	       "pidfd_send_signal close_range" },
};
/* clang-format on */

struct limit {
	int resource;
	unsigned jails;
	rlim_t value;
};

/* clang-format off */
static const struct limit limits[] = {
	{ RLIMIT_CORE, ALL, 0 },                     /* a core holds secrets */
	{ RLIMIT_NOFILE, J(INTAKE), 1024 },          /* 512 connections */
	{ RLIMIT_NOFILE, J(WARDEN) | J(DEPLOY) | J(FETCH) | J(FETCH_CHILD) |
	    J(VERIFY), 128 },
	{ RLIMIT_NOFILE, J(VERIFY_CHILD), 16 },
	{ RLIMIT_FSIZE, J(INTAKE) | J(VERIFY_CHILD), 16u << 20 }, /* memfds */
	{ RLIMIT_CPU, J(VERIFY_CHILD), 20 },         /* seconds for one job */
#ifndef PQ_SANITIZE
	{ RLIMIT_AS, J(VERIFY_CHILD), 512u << 20 },
#endif
};
/* clang-format on */

#ifdef PQ_SANITIZE
/* what the sanitizers' runtime itself calls */
static const char sanitizer_calls[] =
    "prctl readlink openat open stat sched_getaffinity clock_nanosleep";
#endif

static int
permit_call(scmp_filter_ctx f, const char *name, struct pq_err *err)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR)
		return pq_err_set(err, PQ_EINTERNAL,
		    "seccomp: no system call named %s", name);
	r = seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0);
	/* a call that this architecture does not have needs no rule */
	if (r != 0 && r != -EDOM && r != -EEXIST)
		return pq_err_set(
		    err, PQ_ESYS, "seccomp: %s: %s", name, strerror(-r));
	return 0;
}

static int
permit_calls(scmp_filter_ctx f, const char *names, struct pq_err *err)
{
	char name[40];
	size_t n;
	int r;

	while (*names != '\0') {
		n = strcspn(names, " ");
		if (n == 0 || n >= sizeof(name))
			return pq_err_set(
			    err, PQ_EINTERNAL, "seccomp: bad table");
		memcpy(name, names, n);
		name[n] = '\0';
		r = permit_call(f, name, err);
		if (r != 0)
			return r;
		names += n;
		names += strspn(names, " ");
	}
	return 0;
}

/* Calls whose arguments decide. */
static int
permit_arguments(scmp_filter_ctx f, enum pq_jail jail)
{
	int r = 0;

	/* no new code: neither mapped nor made from data */
	r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	r |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (jail == PQ_JAIL_VERIFY)
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ,
			CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET |
			    CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			    CLONE_NEWCGROUP,
			0));
	if (jail == PQ_JAIL_FETCH_CHILD) {
		/* curl's resolver is a thread */
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, AF_INET));
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, AF_INET6));
	}
	if (jail == PQ_JAIL_DEPLOY)
		r |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	return r;
}

static int
build_filter(scmp_filter_ctx f, enum pq_jail jail, struct pq_err *err)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(permits) / sizeof(permits[0]); i++) {
		if ((permits[i].jails & (1u << jail)) == 0)
			continue;
		r = permit_calls(f, permits[i].calls, err);
		if (r != 0)
			return r;
	}
#ifdef PQ_SANITIZE
	r = permit_calls(f, sanitizer_calls, err);
	if (r != 0)
		return r;
#endif
	if (permit_arguments(f, jail) != 0)
		return pq_err_set(err, PQ_ESYS, "seccomp: argument rules");
	return 0;
}

/* The filter of one jail, in the kernel's form. */
struct program {
	enum pq_jail jail;
	unsigned short n;
	struct sock_filter v[PROGRAM_MAX];
};

static struct program prepared; /* for children */

static int
export_filter(struct program *ret, scmp_filter_ctx f, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;

	if (fd < 0 || seccomp_export_bpf(f, fd) != 0)
		return pq_err_set(err, PQ_ESYS, "seccomp: cannot export");
	n = lseek(fd, 0, SEEK_SET) == 0 ? read(fd, ret->v, sizeof(ret->v)) : -1;
	if (n <= 0 || (size_t)n == sizeof(ret->v) ||
	    (size_t)n % sizeof(ret->v[0]) != 0)
		return pq_err_set(err, PQ_ELIMIT, "seccomp: filter too long");
	ret->n = (unsigned short)((size_t)n / sizeof(ret->v[0]));
	return 0;
}

static int
make_program(struct program *ret, enum pq_jail jail, struct pq_err *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (f == NULL)
		return pq_err_set(err, PQ_ESYS, "seccomp: cannot start");
	r = build_filter(f, jail, err);
	if (r == 0)
		r = export_filter(ret, f, err);
	ret->jail = r == 0 ? jail : PQ_JAIL_NONE;
	seccomp_release(f);
	return r;
}

int
pq_confine_prepare(enum pq_jail jail, struct pq_err *err)
{
	return make_program(&prepared, jail, err);
}

static int
enter_seccomp(enum pq_jail jail, struct pq_err *err)
{
	static struct program own; /* large, and used once */
	struct program *use = prepared.jail == jail ? &prepared : &own;
	struct sock_fprog p;
	int r = use == &own ? make_program(&own, jail, err) : 0;

	if (r != 0)
		return r;
	p = (struct sock_fprog){ .len = use->n, .filter = use->v };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0) != 0)
		return pq_err_set(err, PQ_ESYS, "seccomp: %s", strerror(errno));
	return 0;
}

static int
set_limits(enum pq_jail jail, struct pq_err *err)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit now, want;

		if ((limits[i].jails & (1u << jail)) == 0)
			continue;
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) !=
		    0)
			return pq_err_set(
			    err, PQ_ESYS, "getrlimit: %s", strerror(errno));
		want.rlim_cur = want.rlim_max = limits[i].value;
		if (want.rlim_max > now.rlim_max)
			want.rlim_cur = want.rlim_max = now.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].resource, &want) !=
		    0)
			return pq_err_set(
			    err, PQ_ESYS, "setrlimit: %s", strerror(errno));
	}
	return 0;
}

int
pq_confine_enter(enum pq_jail jail, const struct pq_jail_paths *paths,
    char report[128], struct pq_err *err)
{
	unsigned tried = 0;
	int abi, r;

	if (jail == PQ_JAIL_NONE)
		return pq_err_set(err, PQ_EINTERNAL, "no jail was named");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return pq_err_set(err, PQ_ESYS, "prctl: %s", strerror(errno));
	r = set_limits(jail, err);
	if (r != 0)
		return r;
	abi = pq_landlock_enter(paths, jail == PQ_JAIL_FETCH_CHILD, err);
	if (abi < 0)
		return abi;
	r = enter_seccomp(jail, err);
	if (r != 0)
		return r;
	r = pq_selftest_run(jail, abi, &tried, err);
	if (r != 0)
		return r;
	if (report != NULL)
		(void)snprintf(report, 128,
		    "landlock=%d seccomp=yes selftest=%u/%u", abi, tried,
		    tried);
	return 0;
}
