#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run all benchmarks or the named ones, on a preset (default: release):
#
#   tests/bench/run.sh [--preset NAME] [NAME...]
#
# The script installs missing Debian packages and builds the preset first. It
# prints "missed" beside a figure that misses its target. Such a figure never
# changes the exit code.
set -u
cd "$(dirname "$0")/../.." || exit 2
ALL=(callbacks refused memory deploy verify-image git-bytes)
preset=release
if [ "${1:-}" = --preset ]; then
	preset=${2:?--preset needs the name of a preset}
	shift 2
fi
[ $# -gt 0 ] || set -- "${ALL[@]}"
for name in "$@"; do
	[[ " ${ALL[*]} " == *" $name "* ]] || {
		echo "usage: run.sh [--preset NAME] [${ALL[*]}]" >&2
		exit 2
	}
done
. tests/lab/install.sh
{
	install_packages && install_packages tests/bench/packages.txt
} >&2 || exit 2
tests/lab/signing-tools.sh >/dev/null ||
	echo "no cosign: verify-image will fail" >&2
{
	cmake --preset "$preset" && cmake --build --preset "$preset" &&
		cmake --build --preset "$preset" --target bench_bare bench_keep
} >/dev/null || exit 1
failed=0
echo "$(nproc) processors, Linux $(uname -r), load $(cut -d' ' -f1 /proc/loadavg)," \
	"$(stat -f -c %T /tmp) in /tmp, preset $preset"
for name in "$@"; do
	PQ_IN_NETNS=1 PQ_BIN=$PWD/build/$preset/bin \
		unshare --net --mount "tests/bench/$name.sh" || {
		echo "$name: failed" >&2
		failed=1
	}
done
exit $failed
