#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ./check and ./demo refuse an unsuitable machine before they install or build
# anything: each cause is one line with the next step.

setup() {
	tree=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	NEEDS=$tree/tests/lab/needs.sh
}

teardown() { rm -rf "${copy:-}"; }

# The tree at another place, for it may lie below one that is mounted over.
inside() { # MOUNT: sets output
	run unshare --mount bash -c "mount --bind '$tree' /mnt && $1 &&
		exec /mnt/tests/lab/needs.sh"
}

refuses() { # LINE...: these, and no others
	printf 'needs: %s\n' "$@" >"$BATS_TEST_TMPDIR/want"
	[ "$status" -eq 2 ]
	diff "$BATS_TEST_TMPDIR/want" - <<<"$output"
}

@test "a suitable machine passes in silence" {
	run "$NEEDS"
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
}

@test "without root every cause is told at once" {
	copy=$(mktemp -d /tmp/pratique-tree.XXXXXX)
	mkdir "$copy/tests"
	cp -r "$tree/tests/lab" "$copy/tests/lab"
	chmod -R go+rX "$copy"
	run setpriv --reuid=12345 --regid=12345 --clear-groups \
		"$copy/tests/lab/needs.sh"
	refuses "$copy/build: cannot be written: mount it writable" \
		"root is needed: start it with sudo"
}

@test "programs must be able to run in /tmp and below build" {
	inside "mount -t tmpfs -o noexec none /tmp"
	refuses "/tmp: programs cannot be run there: mount it without noexec"
	inside "mount -t tmpfs -o noexec none /mnt/build"
	refuses "/mnt/build: programs cannot be run there: mount it without noexec"
}

@test "other users must be able to enter /tmp" {
	inside "mount -t tmpfs -o mode=700 none /tmp"
	refuses "/tmp: another user cannot enter it (mode 700): chmod 1777 /tmp"
}

@test "there must be room" {
	inside "mount -t tmpfs -o size=20m none /tmp"
	refuses "/tmp: 20 MB are free, 500 are needed: make room there"
}

@test "the engine needs cgroups" {
	inside "mount -t tmpfs none /sys/fs/cgroup"
	refuses "/sys/fs/cgroup: no cgroups are there: mount them"
	inside "mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/devices && mount -o remount,ro /sys/fs/cgroup"
	refuses "/sys/fs/cgroup: cannot be written: mount it writable"
}

@test "namespaces must be had" {
	run setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
		"$NEEDS"
	[ "$status" -eq 2 ]
	[[ "$output" == *"a network of its own cannot be had (unshare: unshare failed: Operation not permitted)"* ]]
}

@test "packages that are missing must be had from somewhere" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp -s /usr/bin/* /usr/sbin/* "$BATS_TEST_TMPDIR/bin" 2>/dev/null || true
	rm "$BATS_TEST_TMPDIR/bin/apt-get" "$BATS_TEST_TMPDIR/bin/dpkg-query"
	PATH=$BATS_TEST_TMPDIR/bin run "$NEEDS"
	refuses "dpkg is not there: use Debian 12"
	printf '#!/bin/sh\n[ "$4" != jq ] && echo install ok installed\n' \
		>"$BATS_TEST_TMPDIR/bin/dpkg-query"
	chmod 755 "$BATS_TEST_TMPDIR/bin/dpkg-query"
	PATH=$BATS_TEST_TMPDIR/bin run "$NEEDS"
	refuses "apt-get is not there, and these packages are not installed: jq"
}
