/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock. The constants are our own, because Debian 12's header lacks the
 * rights after REFER. The agent restricts each right that the running kernel
 * supports. On a kernel without Landlock, the seccomp filter, the uid and the
 * systemd unit still confine the role, and the self-test skips the acts that
 * only Landlock forbids. If the filter of a container forbids the Landlock
 * calls, that is a fault: the kernel may support Landlock.
 *
 * Before ABI 9, Landlock does not restrict connect() to a pathname UNIX socket.
 * The filter of socket(2) and the file permissions restrict such connections.
 */
#include "confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pratique/bytes.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define VERSION_FLAG 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

#define FS_EXECUTE (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_REG (1ull << 8)
#define FS_TRUNCATE (1ull << 14)
#define FS_ABI1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)     /* ABI 2 */
#define FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_BIND_TCP (1ull << 0)  /* PQ_LANDLOCK_TCP */
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ALL 3ull /* ABI 6: abstract sockets, signals */

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

static uint64_t
fs_rights(long abi)
{
	uint64_t r = FS_ABI1;

	if (abi >= 2)
		r |= FS_REFER;
	if (abi >= 3)
		r |= FS_TRUNCATE;
	if (abi >= 5)
		r |= FS_IOCTL_DEV;
	return r;
}

static size_t
ruleset_size(long abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= PQ_LANDLOCK_TCP ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

static int
allow_path(int ruleset, const char *path, uint64_t rights, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = open(path, O_PATH | O_CLOEXEC);
	struct beneath rule;
	struct stat st;

	/* skip a path that does not exist */
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "landlock: %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		rights &=
		    FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
	rule = (struct beneath){ rights, fd };
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule,
		0) != 0)
		return pq_err_set(err, PQ_ESYS, "landlock: rule for %s: %s",
		    path, strerror(errno));
	return 0;
}

static int
allow_paths(int fd, const struct pq_jail_paths *paths, uint64_t have,
    struct pq_err *err)
{
	const uint64_t state = FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR |
	    FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE;
	const char *const *p;
	int r = 0;

	if (paths == NULL)
		return 0;
	for (p = paths->read; r == 0 && p != NULL && *p != NULL; p++)
		r = allow_path(fd, *p, FS_READ_FILE | FS_READ_DIR, err);
	if (r == 0 && paths->state_dir != NULL)
		r = allow_path(fd, paths->state_dir, state & have, err);
	return r;
}

static int
allow_ports(int fd, const struct pq_jail_paths *paths, struct pq_err *err)
{
	const uint16_t *p = paths != NULL ? paths->tcp : NULL;

	for (; p != NULL && *p != 0; p++) {
		struct net_port rule = { NET_CONNECT_TCP, *p };

		if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &rule,
			0) != 0)
			return pq_err_set(err, PQ_ESYS,
			    "landlock: rule for port %u: %s", *p,
			    strerror(errno));
	}
	return 0;
}

int
pq_landlock_enter(const struct pq_jail_paths *paths, struct pq_err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
	struct ruleset rs = { 0 };
	pq_auto(pq_autoclose) int fd = -1;
	int r;

	if (abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP)
		return pq_err_set(err, PQ_ESYS,
		    "landlock: the kernel denies its use, perhaps because of "
		    "a container's seccomp filter: %s",
		    strerror(errno));
	if (abi <= 0)
		return 0;
	rs.fs = fs_rights(abi);
	rs.net = NET_BIND_TCP | NET_CONNECT_TCP;
	rs.scoped = SCOPE_ALL;
	fd = (int)syscall(
	    SYS_landlock_create_ruleset, &rs, ruleset_size(abi), 0);
	if (fd < 0)
		return pq_err_set(
		    err, PQ_ESYS, "landlock: %s", strerror(errno));
	r = allow_paths(fd, paths, rs.fs, err);
	if (r == 0 && abi >= PQ_LANDLOCK_TCP)
		r = allow_ports(fd, paths, err);
	if (r != 0)
		return r;
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "landlock: %s", strerror(errno));
	return (int)abi;
}
