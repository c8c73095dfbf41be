#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Get the real cosign from Debian's packages, so that the tests read signatures
# from the tool that users have. Debian 12 has no cosign. Debian's unreleased
# suite has one, which needs libc only. The script unpacks it below the build
# folder: it installs nothing, and the system's apt keeps its lists and state.
#
# The script uses the archive that this machine's apt uses already, and accepts
# only files that Debian's own keyring has signed.
#
# usage: signing-tools.sh [--cached]    prints the path of cosign
#
# The script downloads cosign once, to PQ_TOOLS or build/tools. With --cached it
# never downloads. If there is no cosign it prints the reason and exits with 1;
# the caller then does without cosign.
set -u
tools=${PQ_TOOLS:-$(cd "$(dirname "$0")/../.." && pwd)/build/tools}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cosign=$tools/root/usr/bin/cosign

give_up() {
	echo "signing-tools: no cosign: $*" >&2
	exit 1
}

have_cosign() { "$cosign" version >/dev/null 2>&1; }

# Print every archive that serves this release of Debian. The main archive is
# among them, and the keyring refuses a foreign one.
list_archives() {
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

# Download into a new folder, and move it into place when it is complete: an
# interrupted download must not look like a tool.
download_cosign() { # ARCHIVE
	echo "deb [signed-by=$keyring] $1 sid main" >"$tools/sources.list"
	rm -rf "$tools/new"
	mkdir -p "$tools/new/root" || return 1
	private_apt update && (cd "$tools/new" && private_apt download cosign) &&
		dpkg-deb -x "$tools"/new/cosign_*.deb "$tools/new/root" &&
		rm -rf "$tools/root" && mv "$tools/new/root" "$tools/root"
}

get_cosign() {
	local archive
	[ -r "$keyring" ] ||
		give_up "$keyring: not found: install debian-archive-keyring"
	for archive in $(list_archives); do
		download_cosign "$archive" >>"$tools/log" 2>&1 && have_cosign && return
	done
	give_up "no archive in this machine's apt sources has it, or no archive answers" \
		"(see $tools/log)"
}

if [ "${1:-}" = --cached ]; then
	have_cosign || give_up "not downloaded yet: run it without --cached"
else
	mkdir -p "$tools/state/lists/partial" "$tools/cache/archives/partial" ||
		give_up "cannot write $tools"
	# two callers at once download once
	exec 9>"$tools/lock"
	flock -w 300 9 || give_up "another download still holds $tools/lock"
	have_cosign || { : >"$tools/log" && get_cosign; }
	rm -rf "$tools/new" "$tools/state" "$tools/cache"
fi
echo "$cosign"
