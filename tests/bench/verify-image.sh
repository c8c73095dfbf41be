#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One image of a registry on loopback, judged by one key: pratique beside
# cosign, and beside curl, which fetches the same answers and judges nothing; in
# turns, and the medians of all.
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

asked() { # DIGEST: the URLs that pratique asked for, in order
	local from
	from=$(wc -l <"$LAB/registry.log")
	pratique "$1" >/dev/null
	sleep 0.3
	sed -n "$((from + 1)),\$s,.*\"GET \([^ ]*\) HTTP[^ ]* .*\"pratique\"\$,\
http://$REGISTRY\1,p" "$LAB/registry.log"
}

transport() { # URL...
	curl -s --parallel -H "Accept: $TYPE.manifest.v1+json, $TYPE.index.v1+json" \
		"$@"
}

timed() { # FILE COMMAND...: appends milliseconds; it must succeed
	local file=$1 start=$EPOCHREALTIME
	shift
	"$@" >"$LAB/out" 2>&1 || bench_die "$*: $(cat "$LAB/out")"
	awk -v a="$start" -v b="$EPOCHREALTIME" \
		'BEGIN { printf "%.3f\n", (b - a) * 1000 }' >>"$file"
}

TYPE=application/vnd.oci.image
lab_up
[ -n "$LAB_COSIGN" ] || bench_die "no cosign: tests/lab/signing-tools.sh"
for form in legacy bundle; do
	digest=$(lab_image "1.0.0-$form" "$(lab_commit "$form")")
	lab_sign "$digest" cosign $form
	cosign "$digest" >/dev/null 2>&1 # all are in the page cache
	mapfile -t urls < <(asked "$digest")
	[ "${#urls[@]}" -ge 4 ] || bench_die "$form: asked ${#urls[@]} questions"
	for ((i = 0; i < RUNS; i++)); do
		timed "$LAB/$form.ours" pratique "$digest"
		timed "$LAB/$form.theirs" cosign "$digest"
		timed "$LAB/$form.bytes" transport "${urls[@]}"
	done
	bench_line "verify image, $form" "$(bench_median <"$LAB/$form.ours")" \
		"$(bench_median <"$LAB/$form.theirs")" ms cosign least 5 inverse
	bench_line "transport, ${#urls[@]} answers" \
		"$(bench_median <"$LAB/$form.ours")" \
		"$(bench_median <"$LAB/$form.bytes")" ms curl most 1.5
	# another key must refuse, or nothing was verified
	! "$LAB_BIN/pratique" verify image --key "$LAB/keys/other.pub" \
		--plain-http "$REGISTRY/acme/web@$digest" >/dev/null 2>&1 ||
		bench_die "$form: another key is accepted"
done
