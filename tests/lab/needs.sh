#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The requirements of ./check and ./demo. Each one that this machine does not
# meet is one line with the cause and the next step, all of them at once, and
# the exit code is 2. Nothing is changed.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/lab/install.sh
bad=0
other=58500 # the first of the roles' own users

no() { # CAUSE: NEXT STEP
	echo "needs: $*" >&2
	bad=1
}

packages() {
	local missing
	command -v dpkg-query >/dev/null ||
		{ no "dpkg is not there: use Debian 12"; return; }
	missing=$(missing_packages | xargs)
	[ -z "$missing" ] || command -v apt-get >/dev/null ||
		no "apt-get is not there, and these packages are not installed: $missing"
}

room() { # DIRECTORY MEGABYTES
	local have
	have=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$have" -ge "$2" ] ||
		no "$1: $have MB are free, $2 are needed: make room there"
}

# A directory as the lab makes it: programs are run in it, by other users, too.
place() { # DIRECTORY
	local dir
	dir=$(mktemp -d "$1/pratique-needs.XXXXXX" 2>/dev/null) ||
		{ no "$1: cannot be written: mount it writable"; return; }
	printf '#!/bin/sh\n' >"$dir/run"
	chmod 755 "$dir" "$dir/run"
	"$dir/run" 2>/dev/null ||
		no "$1: programs cannot be run there: mount it without noexec"
	[ "$1" != /tmp ] || entered "$dir"
	rm -rf "$dir"
}

as_other() { # COMMAND...
	setpriv --reuid=$other --regid=$other --clear-groups "$@" 2>/dev/null
}

entered() { # DIRECTORY below /tmp
	[ "$(id -u)" -eq 0 ] || return 0
	as_other true || {
		no "a program cannot be run as uid $other: leave the user namespace"
		return
	}
	as_other sh -c 'cd "$1"' - "$1" ||
		no "/tmp: another user cannot enter it (mode $(stat -c %a /tmp)): chmod 1777 /tmp"
}

namespaces() {
	local why
	why=$(unshare --net --mount --pid --fork --mount-proc true 2>&1) ||
		no "a network of its own cannot be had ($why): use a machine or a container that permits it"
}

# The Docker engine needs these, and says so late and at length.
engine() {
	local why
	if [ ! -e /sys/fs/cgroup/cgroup.controllers ] &&
		[ ! -d /sys/fs/cgroup/devices ]; then
		no "/sys/fs/cgroup: no cgroups are there: mount them"
	elif [ ! -w /sys/fs/cgroup ]; then
		no "/sys/fs/cgroup: cannot be written: mount it writable"
	fi
	command -v ip >/dev/null && command -v iptables >/dev/null || return 0
	why=$(unshare --net sh -c 'ip link add needs0 type bridge &&
		ip link add needs1 type veth peer name needs2 &&
		iptables -t nat -L -n' 2>&1 >/dev/null) ||
		no "a bridge with NAT cannot be had ($why): load the modules bridge, veth and iptable_nat"
}

packages
mkdir -p build 2>/dev/null
place "$PWD/build"
place /tmp
room . 500
room /tmp 500
if [ "$(id -u)" -eq 0 ]; then
	namespaces
	engine
else
	no "root is needed: start it with sudo"
fi
[ "$bad" -eq 0 ] || exit 2
