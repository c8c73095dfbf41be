#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each source file names its licence within its first three lines.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0 seen=0
while IFS= read -r -d '' file; do
	case $file in
	*.c | *.h | *.sh | *.py | *.bats | *.cmake | *CMakeLists.txt) ;;
	*) read -rn 2 -d '' mark <"$file" 2>/dev/null
		[ "${mark:-}" = '#!' ] || continue ;;
	esac
	seen=$((seen + 1))
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' && continue
	echo "$file:1: add a line SPDX-License-Identifier: Apache-2.0"
	bad=1
done < <(find . -path ./build -prune -o -path ./.git -prune -o \
	-path './tests/fixtures/*/*' -prune -o \
	-path ./tests/fuzz/corpus -prune -o -type f -print0)
[ "$seen" -gt 0 ] || bad=1
exit "$bad"
