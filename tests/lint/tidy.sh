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
# what gcc alone knows is no finding
printf '%s\n' "${known[@]}" | xargs -P "$(nproc)" -n 1 \
	clang-tidy-14 --quiet -p build/dev \
	--extra-arg=-Wno-unknown-warning-option 2>/dev/null
