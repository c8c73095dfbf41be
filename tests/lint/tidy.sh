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
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# what gcc alone knows is no finding
printf '%s\n' "${known[@]}" | xargs -P "$(nproc)" -n 1 \
	clang-tidy-14 --quiet -p build/dev \
	--extra-arg=-Wno-unknown-warning-option >"$log" 2>/dev/null
status=$?
# The analyzer does not know the cleanup attribute and takes every pq_auto
# for a leak; the leak check of the sanitized tests looks for the real ones.
awk '/: (error|warning): / { show = !/Potential leak of memory/; n += show }
	show
	END { exit n > 0 }' "$log" || exit 1
# 123: some run ended with findings, which are the ones passed over
[ "$status" -eq 0 ] || [ "$status" -eq 123 ]
