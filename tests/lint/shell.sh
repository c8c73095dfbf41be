#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No shell script or Bats file has a warning of shellcheck.
set -u
cd "$(dirname "$0")/../.." || exit 2
scripts() {
	find . -path ./build -prune -o -path ./.git -prune -o \
		-path './tests/fixtures/*/*' -prune -o \
		-path ./tests/fuzz/corpus -prune -o -type f -print |
		while IFS= read -r f; do
			case $f in
			*.sh | *.bats) echo "$f" ;;
			*) head -n 1 "$f" | grep -aqE '^#!.*\b(ba|da)?sh$' &&
				echo "$f" ;;
			esac
		done
}
# SC1091: shellcheck checks the sourced files separately
scripts | xargs -d '\n' shellcheck -f gcc -s bash -S warning -e SC1091
