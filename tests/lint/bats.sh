#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In Bats a command behind "!" fails no test, whatever it does, unless it is
# the last: say "run ! command", or "if command; then return 1; fi".
set -u
cd "$(dirname "$0")/../.." || exit 2
mapfile -t files < <(find tests -name '*.bats' -o -name '*.bash')
[ ${#files[@]} -gt 0 ] || exit 2
if grep -nE '^[[:space:]]*! ' "${files[@]}"; then
	exit 1
fi
