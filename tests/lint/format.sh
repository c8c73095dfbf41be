#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every C file has the layout of the tree's .clang-format. clang-format-14 -i
# FILE repairs it.
set -u
cd "$(dirname "$0")/../.." || exit 2
mapfile -t files < <(find include verify agent tests -name '*.[ch]')
[ ${#files[@]} -gt 0 ] || exit 2
clang-format --dry-run --Werror "${files[@]}"
