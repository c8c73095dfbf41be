#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy finds nothing in verify/ and agent/, by the tree's .clang-tidy and
# the compiler options of build/dev: tidy.sh [FILE...]
set -u
cd "$(dirname "$0")/../.." || exit 2
[ $# -gt 0 ] || mapfile -t files < <(find verify agent -name '*.c' | sort)
[ $# -gt 0 ] && files=("$@")
known=()
for f in "${files[@]}"; do
	grep -q "\"file\": \".*/$f\"" build/dev/compile_commands.json &&
		known+=("$f")
done
[ ${#known[@]} -gt 0 ] || exit 2
# A file that passed before is skipped as long as its preprocessed text and the
# rules stay the same. Its stamp is the hash of both.
stamps=build/dev/tidy
mkdir -p "$stamps"
examine() { # FILE
	local found stamp status
	stamp=$stamps/$({
		cat .clang-tidy tests/lint/tidy.sh
		echo "$1"
		# shellcheck disable=SC2086 # the words of one command line
		clang-14 -E -w -D_GNU_SOURCE -Iinclude -Iagent -Iverify \
			$cflags "$1" || echo "$$ $RANDOM"
	} | sha256sum | cut -d' ' -f1)
	[ -e "$stamp" ] && return 0
	# clang does not know all warning options of gcc
	found=$(clang-tidy-14 --quiet -p build/dev \
		--extra-arg=-Wno-unknown-warning-option "$1" 2>&1)
	status=$?
	# The analyzer does not know the cleanup attribute and reports every
	# pq_auto variable as a leak. The sanitized tests find real leaks.
	awk '/: (error|warning): / {
			show = !/Potential (memory )?leak/
			n += show
			ignored += !show
		}
		show
		END { exit n > 0 || (status != 0 && !ignored) }' \
		status="$status" - <<<"$found" || {
		echo "$1: clang-tidy ended with $status"
		return 1
	}
	touch "$stamp"
}
export -f examine
export stamps
cflags=$(pkg-config --cflags smartcols)
export cflags
printf '%s\n' "${known[@]}" | xargs -P "$(nproc)" -I{} bash -c 'examine {}'
