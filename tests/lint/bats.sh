#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No line of a Bats file begins with "! ". Bash ignores the status of such a
# command under "set -e", so it cannot fail a test, except as its last line.
# Write "run ! command", or "if command; then return 1; fi".
set -u
cd "$(dirname "$0")/../.." || exit 2
mapfile -t files < <(find tests -name '*.bats' -o -name '*.bash')
[ ${#files[@]} -gt 0 ] || exit 2
if grep -nE '^[[:space:]]*! ' "${files[@]}"; then
	echo 'a command behind "!" cannot fail a test: write "run ! command"'
	exit 1
fi
