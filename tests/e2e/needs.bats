#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ./check and ./demo refuse an unsuitable machine before they install or build
# anything. They print one line with the cause and the next step for each
# requirement.

setup() {
	tree=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	NEEDS=$tree/tests/lab/needs.sh
}

teardown() { rm -rf "${copy:-}"; }

# Run needs.sh in a namespace with other mounts. The tree is bound to /mnt,
# because a test may mount something over its own place.
run_with_mounts() { # MOUNT-COMMAND: sets output
	run unshare --mount bash -c "mount --bind '$tree' /mnt && $1 &&
		exec /mnt/tests/lab/needs.sh"
}

expect_needs() { # LINE...: the output has exactly these lines
	printf 'needs: %s\n' "$@" >"$BATS_TEST_TMPDIR/want"
	[ "$status" -eq 2 ]
	diff "$BATS_TEST_TMPDIR/want" - <<<"$output"
}

@test "a suitable machine passes without output" {
	run "$NEEDS"
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
}

@test "a user who is not root gets all causes at once" {
	copy=$(mktemp -d /tmp/pratique-tree.XXXXXX)
	mkdir "$copy/tests"
	cp -r "$tree/tests/lab" "$copy/tests/lab"
	chmod -R go+rX "$copy"
	run setpriv --reuid=12345 --regid=12345 --clear-groups \
		"$copy/tests/lab/needs.sh"
	expect_needs "$copy/build: not writable: mount it writable" \
		"not root: start it with sudo"
}

@test "a /tmp or build directory that is mounted noexec is refused" {
	run_with_mounts "mount -t tmpfs -o noexec none /tmp"
	expect_needs "/tmp: programs cannot run there: mount it without noexec"
	run_with_mounts "mount -t tmpfs -o noexec none /mnt/build"
	expect_needs "/mnt/build: programs cannot run there: mount it without noexec"
}

@test "a /tmp that other users cannot enter is refused" {
	run_with_mounts "mount -t tmpfs -o mode=700 none /tmp"
	expect_needs "/tmp: other users cannot enter it (mode 700): chmod 1777 /tmp"
}

@test "a /tmp with too little free space is refused" {
	run_with_mounts "mount -t tmpfs -o size=20m none /tmp"
	expect_needs "/tmp: 20 MB free, 500 MB needed: free some space"
}

@test "a machine without writable cgroups is refused" {
	run_with_mounts "mount -t tmpfs none /sys/fs/cgroup"
	expect_needs "/sys/fs/cgroup: no cgroups: mount the cgroup file system"
	run_with_mounts "mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/devices && mount -o remount,ro /sys/fs/cgroup"
	expect_needs "/sys/fs/cgroup: not writable: mount it writable"
}

@test "a machine that does not permit namespaces is refused" {
	run setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
		"$NEEDS"
	[ "$status" -eq 2 ]
	[[ "$output" == *"cannot create a network namespace (unshare: unshare failed: Operation not permitted)"* ]]
}

@test "missing packages without apt-get are refused" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp -s /usr/bin/* /usr/sbin/* "$BATS_TEST_TMPDIR/bin" 2>/dev/null || true
	rm "$BATS_TEST_TMPDIR/bin/apt-get" "$BATS_TEST_TMPDIR/bin/dpkg-query"
	PATH=$BATS_TEST_TMPDIR/bin run "$NEEDS"
	expect_needs "dpkg: not found: use Debian 12"
	printf '#!/bin/sh\n[ "$4" != jq ] && echo install ok installed\n' \
		>"$BATS_TEST_TMPDIR/bin/dpkg-query"
	chmod 755 "$BATS_TEST_TMPDIR/bin/dpkg-query"
	PATH=$BATS_TEST_TMPDIR/bin run "$NEEDS"
	expect_needs "apt-get: not found: install these packages by other means: jq"
}
