#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is as the tree's .clang-format makes it.
set -u
cd "$(dirname "$0")/../.." || exit 2
find include verify agent tests -name '*.[ch]' -print0 |
	xargs -0 clang-format --dry-run --Werror
