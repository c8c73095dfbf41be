#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The real cosign, from Debian's own packages, for tests that are to see what
# users' tools make. Debian 12 has none, the unreleased suite does, and that
# one needs only libc. It is unpacked below the build folder: nothing is
# installed, and the system's apt keeps its lists and its state.
#
# The archive is the one that this machine's apt uses already, and what comes
# from it is believed only when Debian's own keyring vouches for it.
#
# usage: signing-tools.sh [--cached]    prints the path of cosign
#
# Downloads once, to PQ_TOOLS or build/tools; --cached never downloads. Returns
# 1 with a word why when cosign can not be had, so that a caller can do without.
set -u
tools=${PQ_TOOLS:-$(cd "$(dirname "$0")/../.." && pwd)/build/tools}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cosign=$tools/root/usr/bin/cosign

no() {
	echo "signing-tools: no cosign: $*" >&2
	exit 1
}

have() { "$cosign" version >/dev/null 2>&1; }

# Every archive that serves this very release: the main one is among them, and
# a stranger's does not pass the keyring.
archives() {
	local release
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(RELEASE) $(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 'Component: main' |
		awk -v r="$release" '$1 == r || $2 == r { print $NF }' | sort -u
}

private_apt() {
	apt-get -q -o Dir::Etc::SourceList="$tools/sources.list" \
		-o Dir::Etc::SourceParts=- -o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$tools/state" \
		-o Dir::State::status=/dev/null -o Dir::Cache="$tools/cache" \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 \
		-o Acquire::AllowInsecureRepositories=false \
		-o APT::Get::AllowUnauthenticated=false \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# A new folder each time, moved into place whole: an interrupted download is
# not mistaken for a tool.
download() { # ARCHIVE
	echo "deb [signed-by=$keyring] $1 sid main" >"$tools/sources.list"
	rm -rf "$tools/new"
	mkdir -p "$tools/new/root" || return 1
	private_apt update && (cd "$tools/new" && private_apt download cosign) &&
		dpkg-deb -x "$tools"/new/cosign_*.deb "$tools/new/root" &&
		rm -rf "$tools/root" && mv "$tools/new/root" "$tools/root"
}

fetch() {
	local archive
	[ -r "$keyring" ] || no "Debian's archive keyring is not installed"
	for archive in $(archives); do
		download "$archive" >>"$tools/log" 2>&1 && have && return
	done
	no "no archive of this machine's apt has it, or none can be reached" \
		"(see $tools/log)"
}

if [ "${1:-}" = --cached ]; then
	have || no "not downloaded yet"
else
	mkdir -p "$tools/state/lists/partial" "$tools/cache/archives/partial" ||
		no "cannot write $tools"
	# two callers at once download once
	exec 9>"$tools/lock"
	flock -w 300 9 || no "somebody else is downloading"
	have || { : >"$tools/log" && fetch; }
	rm -rf "$tools/new" "$tools/state" "$tools/cache"
fi
echo "$cosign"
