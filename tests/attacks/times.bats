#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An allowed_signers file with times without "Z". ssh-keygen reads them as local
# time, so their meaning depends on the time zone of the reader. pratique must
# not accept a tag that git refuses in any time zone.

bats_require_minimum_version 1.5.0

ZONES="UTC Asia/Tokyo Pacific/Kiritimati Etc/GMT+12 America/New_York
	AAA-24:59:59 AAA24:59:59"

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	repo=$LAB/repo
	git init -q "$repo"
	git -C "$repo" config gpg.format ssh
	git -C "$repo" config user.name Release
	git -C "$repo" config user.email release@example.com
	git -C "$repo" config user.signingkey "$LAB/keys/release.pub"
	git -C "$repo" config gpg.ssh.allowedSignersFile "$LAB/signers"
	git -C "$repo" commit -q --allow-empty -m one
	git -C "$repo" tag -s v1 -m "version 1"
	git -C "$repo" cat-file tag v1 >"$LAB/tag"
}

teardown() { lab_down; }

signers() { # OPTIONS
	printf 'release@example.com %s %s\n' "$1" \
		"$(cut -d' ' -f1,2 "$LAB/keys/release.pub")" >"$LAB/signers"
}

after() { date -u -d "$1" "+%Y%m%d%H%M%S$2"; } # TIME [Z]

git_accepts() { TZ=$1 git -C "$repo" verify-tag v1 2>/dev/null; } # ZONE

we_accept() { # ZONE
	TZ=$1 "$LAB_BIN/pratique" verify tag --signers "$LAB/signers" \
		"$LAB/tag" >"$LAB/out" 2>&1
}

each_zone() { # print who accepts: git or both, in each zone
	local zone
	for zone in $ZONES; do
		if we_accept "$zone"; then
			git_accepts "$zone" && echo both || echo "only us: $zone"
		else
			git_accepts "$zone" && echo git || echo neither
		fi
	done
}

@test "a time without Z lets no tag pass that git refuses in some time zone" {
	for t in '+1 hour' '+5 hours' '+13 hours' '+24 hours'; do
		signers "valid-before=\"$(after "$t")\""
		run each_zone
		[[ "$output" != *us* && "$output" != *both* ]]
		# the attack needs a zone in which git refuses, and one in which
		# it accepts
		[[ "$output" == *git* && "$output" == *neither* ]]
		grep "without Z" "$LAB/out"
	done
	for t in '-1 hour' '-5 hours' '-11 hours' '-24 hours'; do
		signers "valid-after=\"$(after "$t")\""
		run each_zone
		[[ "$output" != *us* && "$output" != *both* ]]
		[[ "$output" == *git* && "$output" == *neither* ]]
		grep "without Z" "$LAB/out"
	done
}

@test "twin: a time with Z is exact in each time zone, for git and for pratique" {
	for o in "valid-before=\"$(after '+1 hour' Z)\"" \
		"valid-after=\"$(after '-1 hour' Z)\"" \
		"valid-before=\"$(after '+3 days')\"" \
		"valid-after=\"$(after '-3 days')\""; do
		signers "$o"
		run each_zone
		[ "$(sort -u <<<"$output")" = both ]
	done
	signers "valid-before=\"$(after '-1 hour' Z)\""
	run each_zone
	[ "$(sort -u <<<"$output")" = neither ]
}

@test "a time that ssh-keygen refuses is refused" {
	for t in 19700101Z 19700101000000Z; do
		signers "valid-after=\"$t\""
		run each_zone
		[ "$(sort -u <<<"$output")" = neither ]
	done
}

@test "check-config and pratiqued demand the Z, and name the line" {
	cp "$LAB/etc/keys/web.allowed_signers" "$LAB/signers.old"
	for o in valid-before valid-after; do
		{ cat "$LAB/signers.old" && sed "s/namespaces/$o=\"20300101\",&/" \
			"$LAB/signers.old"; } >"$LAB/etc/keys/web.allowed_signers"
		run "$LAB_BIN/pratique" check-config "$LAB/etc"
		[ "$status" -eq 1 ]
		[[ "$output" == *"keys/web.allowed_signers: line 2: "*'"YYYYMMDD'*'Z"'* ]]
		run timeout 60 "$LAB_BIN/pratiqued" --config "$LAB/etc" \
			--state "$LAB/state" --run "$LAB/run" 3>&-
		[ "$status" -eq 1 ]
		[[ "$output" == *"keys/web.allowed_signers: line 2: "* ]]
	done
}

@test "twin: check-config accepts a time with Z" {
	sed -i 's/namespaces/valid-before="20990101Z",&/' \
		"$LAB/etc/keys/web.allowed_signers"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 0 ]
}
