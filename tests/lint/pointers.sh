#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A pointer is compared with NULL: "p == NULL", never "!p" or a bare "p" as a
# condition. clang-query examines every file that build/dev compiles, by the
# queries of pointers.query: pointers.sh [BUILD]
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${1:-build/dev}
query=tests/lint/pointers.query
[ -s "$build/compile_commands.json" ] || {
	echo "$build/compile_commands.json: not found: configure and build first"
	exit 1
}
mapfile -t files < <(jq -r '.[].file' "$build/compile_commands.json" | sort -u)
[ ${#files[@]} -gt 0 ] || {
	echo "$build/compile_commands.json: names no file"
	exit 1
}

# Print each find. A file for which clang-query prints fewer results than
# there are queries was not examined, and that is a failure. -w: clang does not
# know all warnings of gcc.
examine() { # FILE
	local found
	found=$(clang-query-14 -p "$build" --extra-arg=-w -f "$query" "$1" 2>&1)
	[ "$(grep -cE '^[0-9]+ match(es)?\.$' <<<"$found")" -eq "$queries" ] || {
		echo "$1: clang-query did not examine it: ${found:0:600}"
		return 1
	}
	# The loops of jansson have a bare pointer as their condition.
	awk -F: -v tree="$PWD/" '/: note: "pointer" binds here$/ {
			place = $1 ":" $2
			getline line
			if (line ~ /_foreach *\(/)
				next
			sub("^" tree, "", place)
			print place ": compare the pointer with NULL: " line
			bad = 1
		}
		END { exit bad }' <<<"$found"
}
export -f examine
export build query
queries=$(grep -c ^match "$query")
export queries
printf '%s\0' "${files[@]}" |
	xargs -0 -P "$(nproc)" -I{} bash -c 'examine "$1"' - {} || exit 1
echo "${#files[@]} files"
