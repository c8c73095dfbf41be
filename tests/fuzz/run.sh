#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh TARGET SECONDS: fuzz one target of the preset fuzz, starting from its
# corpus. Inputs that crash it go to build/fuzz/crashes/. The corpus in the tree
# does not change.
set -eu
cd "$(dirname "$0")/../.."
target=$1 seconds=$2
crashes=build/fuzz/crashes
grown=build/fuzz/grown/$target
mkdir -p "$crashes" "$grown"
# some readers accept megabytes, but kilobytes are enough to reach their faults
exec "build/fuzz/fuzz/fuzz_$target" -max_total_time="$seconds" \
	-max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
	-artifact_prefix="$crashes/$target-" "$grown" \
	"tests/fuzz/corpus/$target"
