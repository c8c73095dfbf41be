#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Test the requirements of ./check and ./demo. Print one line with the cause and
# the next step for each requirement that this machine does not meet, then exit
# with 2. Change nothing on the machine.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/lab/install.sh
bad=0
other=58500 # the first uid of the roles

report_need() { # CAUSE: NEXT STEP
	echo "needs: $*" >&2
	bad=1
}

check_packages() {
	local missing
	command -v dpkg-query >/dev/null ||
		{ report_need "dpkg: not found: use Debian 12"; return; }
	missing=$(missing_packages | xargs)
	[ -z "$missing" ] || command -v apt-get >/dev/null ||
		report_need "apt-get: not found: install these packages by other means: $missing"
}

check_room() { # DIRECTORY MEGABYTES
	local have
	have=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$have" -ge "$2" ] ||
		report_need "$1: $have MB free, $2 MB needed: free some space"
}

# Test a directory as the lab uses it: other users run programs in it, too.
check_directory() { # DIRECTORY
	local dir
	dir=$(mktemp -d "$1/pratique-needs.XXXXXX" 2>/dev/null) ||
		{ report_need "$1: not writable: mount it writable"; return; }
	printf '#!/bin/sh\n' >"$dir/run"
	chmod 755 "$dir" "$dir/run"
	"$dir/run" 2>/dev/null ||
		report_need "$1: programs cannot run there: mount it without noexec"
	[ "$1" != /tmp ] || check_entry "$dir"
	rm -rf "$dir"
}

as_other() { # COMMAND...
	setpriv --reuid=$other --regid=$other --clear-groups "$@" 2>/dev/null
}

check_entry() { # DIRECTORY below /tmp
	[ "$(id -u)" -eq 0 ] || return 0
	as_other true || {
		report_need "cannot run a program as uid $other: leave the user namespace"
		return
	}
	as_other sh -c 'cd "$1"' - "$1" ||
		report_need "/tmp: other users cannot enter it (mode $(stat -c %a /tmp)): chmod 1777 /tmp"
}

check_namespaces() {
	local why
	why=$(unshare --net --mount --pid --fork --mount-proc true 2>&1) ||
		report_need "cannot create a network namespace ($why): use a machine or a container that permits it"
}

# The Docker engine needs these too, but reports them late and at length.
check_engine() {
	local why
	if [ ! -e /sys/fs/cgroup/cgroup.controllers ] &&
		[ ! -d /sys/fs/cgroup/devices ]; then
		report_need "/sys/fs/cgroup: no cgroups: mount the cgroup file system"
	elif [ ! -w /sys/fs/cgroup ]; then
		report_need "/sys/fs/cgroup: not writable: mount it writable"
	fi
	command -v ip >/dev/null && command -v iptables >/dev/null || return 0
	why=$(unshare --net sh -c 'ip link add needs0 type bridge &&
		ip link add needs1 type veth peer name needs2 &&
		iptables -t nat -L -n' 2>&1 >/dev/null) ||
		report_need "cannot create a bridge with NAT ($why): load the modules bridge, veth and iptable_nat"
}

check_packages
mkdir -p build 2>/dev/null
check_directory "$PWD/build"
check_directory /tmp
check_room . 500
check_room /tmp 500
if [ "$(id -u)" -eq 0 ]; then
	check_namespaces
	check_engine
else
	report_need "not root: start it with sudo"
fi
[ "$bad" -eq 0 ] || exit 2
