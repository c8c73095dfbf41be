#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy by the tree's .clang-tidy over verify/ and agent/, as build/dev
# compiles them: tidy.sh [FILE...]
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
# A file whose preprocessed text, like the rules, has passed before is not
# looked at again: its stamp is the hash of both.
stamps=build/dev/tidy
mkdir -p "$stamps"
one() { # FILE
	local found stamp status
	stamp=$stamps/$({
		cat .clang-tidy tests/lint/tidy.sh
		echo "$1"
		# shellcheck disable=SC2086 # the words of one command line
		clang-14 -E -w -D_GNU_SOURCE -Iinclude -Iagent -Iverify \
			$cflags "$1" || echo "$$ $RANDOM"
	} | sha256sum | cut -d' ' -f1)
	[ -e "$stamp" ] && return 0
	# what gcc alone knows is no finding
	found=$(clang-tidy-14 --quiet -p build/dev \
		--extra-arg=-Wno-unknown-warning-option "$1" 2>&1)
	status=$?
	# The analyzer does not know the cleanup attribute and takes every
	# pq_auto for a leak; the leak check of the sanitized tests looks for
	# the real ones.
	awk '/: (error|warning): / {
			show = !/Potential (memory )?leak/
			n += show
			passed_over += !show
		}
		show
		END { exit n > 0 || (status != 0 && !passed_over) }' \
		status="$status" - <<<"$found" || {
		echo "$1: clang-tidy ended with $status"
		return 1
	}
	touch "$stamp"
}
export -f one
export stamps
cflags=$(pkg-config --cflags smartcols)
export cflags
printf '%s\n' "${known[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one {}'
