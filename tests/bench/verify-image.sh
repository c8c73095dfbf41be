#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One image of a registry on loopback, judged by one key: pratique beside
# cosign, in turns, and the medians of both.
#
#   tests/bench/verify-image.sh [RUNS]     (11)
set -eu
. "$(dirname "$0")/bench.sh"
RUNS=${1:-11}
trap lab_down EXIT

pratique() { # DIGEST
	"$LAB_BIN/pratique" verify image --key "$LAB/keys/cosign.pub" \
		--plain-http "$REGISTRY/acme/web@$1"
}

cosign() { # DIGEST
	"$LAB_COSIGN" verify --key "$LAB/keys/cosign.pub" \
		--insecure-ignore-tlog=true --allow-http-registry \
		"$REGISTRY/acme/web@$1"
}

timed() { # FILE COMMAND...: appends milliseconds; it must succeed
	local file=$1 start=$EPOCHREALTIME
	shift
	"$@" >"$LAB/out" 2>&1 || bench_die "$*: $(cat "$LAB/out")"
	awk -v a="$start" -v b="$EPOCHREALTIME" \
		'BEGIN { printf "%.3f\n", (b - a) * 1000 }' >>"$file"
}

lab_up
[ -n "$LAB_COSIGN" ] || bench_die "no cosign: tests/lab/signing-tools.sh"
for form in legacy bundle; do
	digest=$(lab_image "1.0.0-$form" "$(lab_commit "$form")")
	lab_sign "$digest" cosign $form
	pratique "$digest" >/dev/null # both are in the page cache
	cosign "$digest" >/dev/null 2>&1
	for ((i = 0; i < RUNS; i++)); do
		timed "$LAB/$form.ours" pratique "$digest"
		timed "$LAB/$form.theirs" cosign "$digest"
	done
	bench_line "verify image, $form" "$(bench_median <"$LAB/$form.ours")" \
		"$(bench_median <"$LAB/$form.theirs")" ms cosign least 5 inverse
	# another key must refuse, or nothing was verified
	! "$LAB_BIN/pratique" verify image --key "$LAB/keys/other.pub" \
		--plain-http "$REGISTRY/acme/web@$digest" >/dev/null 2>&1 ||
		bench_die "$form: another key is accepted"
done
