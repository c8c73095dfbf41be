/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that each jail permits.
 *
 * The filter is an allow list of two tables. Any other call fails with EPERM,
 * and the process continues: libraries probe for calls that they do not need.
 * clone3 fails with ENOSYS, so that glibc falls back to clone, whose flags the
 * filter can check. In the child of fetch connect fails with EINPROGRESS: curl
 * calls it even on a connected socket, and then asks the socket for its state.
 * Some calls have two names in the tables, such as open and openat, because an
 * architecture may lack one of them.
 *
 * No jail may signal another process, because roles can share a uid: no kill,
 * no tgkill (abort(3) then ends with a trap), and no call that makes a file
 * descriptor send signals. Exception: the parents that fork for each job may
 * send SIGKILL.
 */
#include "confine/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define J(name) (1u << PQ_JAIL_##name)
#define ALL (~0u)
#define STORES (J(WARDEN) | J(DEPLOY))
#define LOOPS (ALL & ~(J(VERIFY_CHILD) | J(FETCH_PACK)))
#define FORKS (J(VERIFY) | J(FETCH_PACKS))
#define PASSED (J(FETCH_CHILD)) /* gets connected sockets */
#define PROGRAM_MAX 2048        /* instructions; the longest filter has 300 */

/* clang-format off */
static const struct permit {
	unsigned jails;
	const char *calls; /* names, separated by blanks */
} permits[] = {
	/* open descriptors, memory, time, the process itself */
	{ ALL, "read write close fstat newfstatat lseek "
	       "brk munmap mremap madvise futex getrandom "
	       "clock_gettime gettimeofday getpid gettid "
	       "rt_sigaction rt_sigprocmask rt_sigreturn restart_syscall "
	       "exit exit_group" },
	/* waiting, and receiving messages */
	{ LOOPS, "poll ppoll recvmsg recvfrom" },
	{ LOOPS & ~(J(FETCH_CHILD) | J(FETCH_CONNECTOR) | J(FETCH_PACKS)),
	    "memfd_create" },
	{ J(WARDEN) | J(INTAKE), "epoll_wait epoll_pwait epoll_ctl accept4" },
	{ J(INTAKE), "shutdown setsockopt writev" },
	{ J(WARDEN), "getsockopt statfs" },
	/* the databases; Landlock and the uid restrict the paths */
	{ STORES, "openat open stat lstat access faccessat faccessat2 readlink "
	       "readlinkat getcwd fstatfs pread64 pwrite64 fsync fdatasync "
	       "ftruncate unlink unlinkat geteuid" },
	/* the Docker socket; rules[] has the socket families */
	{ J(DEPLOY), "connect socketpair getsockopt setsockopt getsockname "
	       "getpeername shutdown clock_nanosleep" },
	/* curl on sockets that the connector has connected */
	{ PASSED, "getsockopt getsockname getpeername" },
	/* connections, and the files that the resolver reads */
	{ J(FETCH_CONNECTOR), "connect getsockopt setsockopt getsockname "
	       "writev openat open stat lstat readlink readlinkat uname" },
	/* to start children, which confine themselves further */
	{ FORKS, "pipe2 wait4 set_robust_list rseq landlock_create_ruleset "
	       "landlock_add_rule landlock_restrict_self" },
};

/* Calls that are permitted only with certain arguments. */
static const struct rule {
	unsigned jails;
	const char *call;
	struct scmp_arg_cmp if_so;
} rules[] = {
	/* no new code: memory must not become executable */
	{ ALL, "mmap", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	{ ALL, "mprotect", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	/* permit sending, but not connecting with MSG_FASTOPEN */
	{ LOOPS, "sendto", { 3, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0 } },
	{ LOOPS, "sendmsg", { 2, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0 } },
	{ J(FETCH_CONNECTOR), "sendmmsg",
	    { 3, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_GETFD, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_SETFD, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_GETFL, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_SETFL, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_ADD_SEALS, 0 } },
	{ LOOPS, "fcntl", { 1, SCMP_CMP_EQ, F_GET_SEALS, 0 } },
	{ STORES, "fcntl", { 1, SCMP_CMP_EQ, F_GETLK, 0 } },
	{ STORES, "fcntl", { 1, SCMP_CMP_EQ, F_SETLK, 0 } },
	{ J(DEPLOY), "socket", { 0, SCMP_CMP_EQ, AF_UNIX, 0 } },
	{ J(FETCH_CONNECTOR), "socket", { 0, SCMP_CMP_EQ, AF_INET, 0 } },
	{ J(FETCH_CONNECTOR), "socket", { 0, SCMP_CMP_EQ, AF_INET6, 0 } },
	{ J(FETCH_CONNECTOR), "ioctl", { 1, SCMP_CMP_EQ, FIONREAD, 0 } },
	{ FORKS, "clone", { 0, SCMP_CMP_MASKED_EQ,
	    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
	    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, 0 } },
	{ FORKS, "kill", { 1, SCMP_CMP_EQ, SIGKILL, 0 } },
	{ FORKS, "prlimit64", { 0, SCMP_CMP_EQ, 0, 0 } },
	{ FORKS, "prctl", { 0, SCMP_CMP_EQ, PR_SET_NO_NEW_PRIVS, 0 } },
	{ FORKS, "prctl", { 0, SCMP_CMP_EQ, PR_SET_DUMPABLE, 0 } },
	{ FORKS, "prctl", { 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 } },
};
/* clang-format on */

#ifdef PQ_SANITIZE
/* the calls of the sanitizers' runtime */
static const char sanitizer_calls[] =
    "prctl readlink openat open stat sched_getaffinity sched_yield "
    "clock_nanosleep sigaltstack getrusage uname";
#endif

static int
add_rule(scmp_filter_ctx f, const char *name, const struct scmp_arg_cmp *if_so,
    struct pq_err *err)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR)
		return pq_err_set(err, PQ_EINTERNAL,
		    "seccomp: no system call named %s", name);
	r = seccomp_rule_add_array(
	    f, SCMP_ACT_ALLOW, nr, if_so == NULL ? 0 : 1, if_so);
	/* a call that this architecture lacks needs no rule */
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
			return pq_err_set(err, PQ_EINTERNAL,
			    "seccomp: malformed table of calls");
		memcpy(name, names, n);
		name[n] = '\0';
		r = add_rule(f, name, NULL, err);
		if (r != 0)
			return r;
		names += n;
		names += strspn(names, " ");
	}
	return 0;
}

static int
build_filter(scmp_filter_ctx f, enum pq_jail jail, struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(permits) / sizeof(permits[0]); i++)
		if ((permits[i].jails & (1u << jail)) != 0)
			r = permit_calls(f, permits[i].calls, err);
	for (i = 0; r == 0 && i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((rules[i].jails & (1u << jail)) != 0)
			r = add_rule(f, rules[i].call, &rules[i].if_so, err);
#ifdef PQ_SANITIZE
	if (r == 0)
		r = permit_calls(f, sanitizer_calls, err);
#endif
	if (r == 0 &&
	    (seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) !=
		    0 ||
		((PASSED & (1u << jail)) != 0 &&
		    seccomp_rule_add(f, SCMP_ACT_ERRNO(EINPROGRESS),
			SCMP_SYS(connect), 0) != 0)))
		r = pq_err_set(
		    err, PQ_ESYS, "seccomp: cannot add clone3 or connect");
	return r;
}

/* The filter of one jail, in the kernel's form. */
struct program {
	enum pq_jail jail;
	unsigned short n;
	struct sock_filter v[PROGRAM_MAX];
};

static struct program prepared; /* set by pq_confine_prepare() for children */

static int
export_filter(struct program *ret, scmp_filter_ctx f, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;

	if (fd < 0 || seccomp_export_bpf(f, fd) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "seccomp: cannot export the filter");
	n = lseek(fd, 0, SEEK_SET) == 0 ? read(fd, ret->v, sizeof(ret->v)) : -1;
	if (n <= 0 || (size_t)n == sizeof(ret->v) ||
	    (size_t)n % sizeof(ret->v[0]) != 0)
		return pq_err_set(err, PQ_ELIMIT,
		    "seccomp: the filter is empty, or too long for the buffer");
	ret->n = (unsigned short)((size_t)n / sizeof(ret->v[0]));
	return 0;
}

static int
make_program(struct program *ret, enum pq_jail jail, struct pq_err *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (f == NULL)
		return pq_err_set(
		    err, PQ_ESYS, "seccomp: cannot create a filter");
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

int
pq_filter_enter(enum pq_jail jail, struct pq_err *err)
{
	static struct program own; /* static because it is large */
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
