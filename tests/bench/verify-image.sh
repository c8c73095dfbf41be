#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measure the verification of one image of a loopback registry with one key. The
# peers are cosign, and curl, which only fetches the same answers. The programs
# run in turns; the figures are medians.
#
#   tests/bench/verify-image.sh [RUNS]     (11)
set -eu
. "$(dirname "$0")/bench.sh"
RUNS=${1:-11}
trap lab_down EXIT

run_pratique() { # DIGEST
	"$LAB_BIN/pratique" verify image --key "$LAB/keys/cosign.pub" \
		--plain-http "$REGISTRY/acme/web@$1"
}

run_cosign() { # DIGEST
	"$LAB_COSIGN" verify --key "$LAB/keys/cosign.pub" \
		--insecure-ignore-tlog=true --allow-http-registry \
		"$REGISTRY/acme/web@$1"
}

requested_urls() { # DIGEST: print the URLs that pratique requests, in order
	local from
	from=$(wc -l <"$LAB/registry.log")
	run_pratique "$1" >/dev/null
	sleep 0.3
	sed -n "$((from + 1)),\$s,.*\"GET \([^ ]*\) HTTP[^ ]* .*\"pratique\"\$,\
http://$REGISTRY\1,p" "$LAB/registry.log"
}

run_curl() { # URL...
	curl -s --parallel -H "Accept: $TYPE.manifest.v1+json, $TYPE.index.v1+json" \
		"$@"
}

append_time() { # FILE COMMAND...: append the milliseconds; the command must succeed
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
	run_cosign "$digest" >/dev/null 2>&1 # fill the page cache
	mapfile -t urls < <(requested_urls "$digest")
	[ "${#urls[@]}" -ge 4 ] || bench_die \
		"$form: the registry's log has ${#urls[@]} requests: expected 4 or more"
	for ((i = 0; i < RUNS; i++)); do
		append_time "$LAB/$form.ours" run_pratique "$digest"
		append_time "$LAB/$form.theirs" run_cosign "$digest"
		append_time "$LAB/$form.bytes" run_curl "${urls[@]}"
	done
	bench_line "verify image, $form" "$(bench_median <"$LAB/$form.ours")" \
		"$(bench_median <"$LAB/$form.theirs")" ms cosign least 5 inverse
	bench_line "transport, ${#urls[@]} answers" \
		"$(bench_median <"$LAB/$form.ours")" \
		"$(bench_median <"$LAB/$form.bytes")" ms curl most 1.5
	# the image must fail with another key, or the command verified nothing
	! "$LAB_BIN/pratique" verify image --key "$LAB/keys/other.pub" \
		--plain-http "$REGISTRY/acme/web@$digest" >/dev/null 2>&1 ||
		bench_die "$form: pratique accepts another key"
done
