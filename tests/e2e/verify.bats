#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The offline verify commands, which an operator uses before or after a
# deployment. Their exit code distinguishes "refused" (1) from "could not
# examine" (4).

bats_require_minimum_version 1.5.0

load_lab() { . "$BATS_TEST_DIRNAME/../lab/lab.sh"; }

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN COMMIT DIGEST
	lab_up
	lab_config 2s
	COMMIT=$(lab_commit 1.1.0)
	lab_tag 1.1.0
	DIGEST=$(lab_image 1.1.0 "$COMMIT")
	lab_sign "$DIGEST"
}

teardown_file() {
	load_lab
	lab_down
}

setup() {
	load_lab
	P=$LAB_BIN/pratique
	R=$REGISTRY/acme/web
	POLICY=$LAB/etc/services.d/web.yaml
	KEY=$LAB/keys/cosign.pub
}

by_key() { "$P" verify image --key "$KEY" --plain-http "$@"; }
by_policy() { "$P" verify image --policy "$POLICY" "$@"; }

finding() { # CHECK: print its status in the JSON output
	jq -r --arg c "$1" '.findings[] | select(.check == $c) | .status' \
		<<<"$output"
}

reason() { # CHECK [STATUS]: print the reason of its finding
	jq -r --arg c "$1" --arg s "${2:-pass}" '.findings[] |
		select(.check == $c and .status == $s) | .reason' <<<"$output"
}

failed() { # print the checks that do not pass
	jq -r '.findings[] | select(.status != "pass") | .check' <<<"$output"
}

# Copy the configuration, apply each CHANGE function to the policy, and print
# the path of the policy.
write_policy() { # CHANGE...
	local dir
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/etc.XXXXXX")
	cp -a "$LAB/etc/." "$dir"
	chmod 755 "$dir"
	for change in "$@"; do
		"$change" "$dir/services.d/web.yaml"
	done
	echo "$dir/services.d/web.yaml"
}

without_source() {
	sed -i '/^source:/,/^require:/{/^require:/!d}' "$1"
	echo 'accept-alone: a laboratory' >>"$1"
}
from_annotation() { sed -i 's/^version-from: .*/version-from: annotation/' "$1"; }
from_tag() { sed -i 's/^version-from: .*/version-from: tag/' "$1"; }
# Add a requirement after the line that matches, with a key that signed no
# release.
by_other_behind() { # PATTERN FILE
	cp "$LAB/keys/other.pub" "${2%/*}/../keys/other.pub"
	sed -i "/$1/a\\  - image-signature: {cosign-key: keys/other.pub, party: qa}" "$2"
}
first_by_other() { by_other_behind ^require: "$1"; }
also_by_other() { by_other_behind web-cosign.pub "$1"; }
signed_as_admin() { sed -i "/^image:/a signed-as: $REGISTRY/acme/admin" "$1"; }

# Copy a manifest with its blobs from another repository to acme/web, as the
# registry account can.
copy_image() { # REPOSITORY REFERENCE [NEW-REFERENCE]
	local type=application/vnd.oci.image.manifest.v1+json blob
	local to=http://$REGISTRY/v2/acme/web
	curl -sf -H "Accept: $type" -o "$BATS_TEST_TMPDIR/copied" \
		"http://$REGISTRY/v2/$1/manifests/$2" || return
	for blob in $(jq -r '.config.digest, .layers[].digest' \
		"$BATS_TEST_TMPDIR/copied"); do
		curl -sf -X POST -d '' \
			"$to/blobs/uploads/?mount=$blob&from=$1" || return
	done
	curl -sf -X PUT -H "Content-Type: $type" \
		--data-binary @"$BATS_TEST_TMPDIR/copied" \
		"$to/manifests/${3:-$2}"
}

sig_of() { echo "${1/:/-}.sig"; } # DIGEST: print the tag of its signatures

# Copy an image of acme/admin and its signature to acme/web.
transplant() { transplant_by cosign "$1"; } # VERSION -> the digest
transplant_by() { # KEY VERSION -> the digest
	local digest
	digest=$(lab_push image "http://$REGISTRY" acme/admin "$2" "$COMMIT")
	lab_push legacy "http://$REGISTRY" acme/admin "$digest" \
		"$LAB/keys/$1.key" >/dev/null
	copy_image acme/admin "$2"
	copy_image acme/admin "$(sig_of "$digest")"
	echo "$digest"
}

# Copy the image and its signatures to a new directory.
layout() { # [TAG [subjects]] -> the directory
	local dir
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/layout.XXXXXX")
	python3 "$BATS_TEST_DIRNAME/../lab/layout.py" "http://$REGISTRY" \
		acme/web "${1:-1.1.0}" "$dir" ${2:+"$2"}
	echo "$dir"
}

blob_path() { echo "$1/blobs/sha256/${2#sha256:}"; } # LAYOUT DIGEST

config_of() { # LAYOUT DIGEST: print the digest of the image's configuration
	jq -r .config.digest "$(blob_path "$1" "$2")"
}

@test "image: with a policy all checks are examined" {
	run by_policy "$R:1.1.0" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .status <<<"$output")" = pass ]
	[ "$(jq -r .digest <<<"$output")" = "$DIGEST" ]
	[ "$(jq -r '[.findings[].status] | unique | join(",")' <<<"$output")" = pass ]
	for check in image.signature image.labels source.tag-signature \
		source.image-commit; do
		[ "$(finding $check)" = pass ]
	done
	# two findings each: the place and the signed name; the label and the tag
	for check in image.repository source.version; do
		[ "$(finding $check)" = "$(printf 'pass\npass')" ]
	done
	run by_policy "$R:1.1.0"
	[[ "$output" == *"pass"*"image.signature"* ]]
}

@test "image: with a key only the checks of the image are examined" {
	run by_key "$R:1.1.0" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '[.findings[].check] | sort | join(" ")' <<<"$output")" = \
		"image.digest image.platform image.signature" ]
}

@test "image: a reference by digest passes" {
	run by_key "$R@$DIGEST" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .digest <<<"$output")" = "$DIGEST" ]
	run by_policy "$R:1.1.0@$DIGEST"
	[ "$status" -eq 0 ]
}

@test "image: a policy with a source requires a tag in the reference" {
	run by_policy "$R@$DIGEST"
	[ "$status" -eq 2 ]
	[[ "$output" == *"git tag"* ]]
}

@test "image: a digest of another version than the tag is refused" {
	commit=$(lab_commit 1.1.1)
	lab_tag 1.1.1
	run by_policy "$R:1.1.1@$DIGEST" --json
	[ "$status" -eq 1 ]
	[ "$(finding source.image-commit)" = fail ]
}

@test "image: a missing digest gets exit code 4" {
	run by_key "$R@sha256:$(printf '1%.0s' {1..64})"
	[ "$status" -eq 4 ]
}

@test "image: a signature by another key is refused" {
	KEY=$LAB/keys/other.pub
	run by_key "$R:1.1.0" --json
	[ "$status" -eq 1 ]
	[ "$(finding image.signature)" = fail ]
}

@test "image: a missing signature is pending, not refused" {
	lab_image 2.0.0 "$COMMIT"
	run by_key "$R:2.0.0" --json
	[ "$status" -eq 4 ]
	[ "$(finding image.signature)" = pending ]
}

@test "image: another repository than the policy's is refused without a request" {
	run by_policy "$REGISTRY/acme/other:1.1.0" --json
	[ "$status" -eq 1 ]
	[ "$(finding image.repository)" = fail ]
	# this host does not exist, so no request was sent
	run by_policy "elsewhere.example/acme/web:1.1.0"
	[ "$status" -eq 1 ]
}

@test "image: a denied digest and an untracked tag are refused" {
	cp "$POLICY" "$LAB/policy.bak"
	echo "deny: [$DIGEST]" >>"$POLICY"
	run by_policy "$R:1.1.0" --json
	cp "$LAB/policy.bak" "$POLICY"
	[ "$status" -eq 1 ]
	[[ "$(finding image.digest)" == *fail* ]]
	[[ "$output" == *"deny"*"in the policy lists this digest"* ]]
	sed -i 's/^track: .*/track: "2.*"/' "$POLICY"
	run by_policy "$R:1.1.0" --json
	cp "$LAB/policy.bak" "$POLICY"
	[ "$status" -eq 1 ]
	[[ "$output" == *"the tag does not match"*"track"* ]]
	run by_policy "$R:1.1.0"
	[ "$status" -eq 0 ]
}

@test "image: without its git tag the image itself is still examined" {
	digest=$(lab_image 3.0.0 "$COMMIT")
	lab_sign "$digest"
	run by_policy "$R:3.0.0" --json
	[ "$status" -eq 4 ]
	[ "$(finding image.signature)" = pass ]
	[ "$(finding source.tag-signature)" = pending ]
}

@test "image: a git tag signed by another key is refused" {
	commit=$(lab_commit 3.1.0)
	lab_tag 3.1.0 mallory
	digest=$(lab_image 3.1.0 "$commit")
	lab_sign "$digest"
	run by_policy "$R:3.1.0" --json
	[ "$status" -eq 1 ]
	[ "$(finding source.tag-signature)" = fail ]
}

@test "image: plain HTTP needs --plain-http and a loopback address" {
	run "$P" verify image --key "$KEY" "$R:1.1.0"
	[ "$status" -eq 4 ]
	for host in registry.example 10.0.0.1:5000 127.evil.example; do
		run by_key "$host/acme/web:1.1.0"
		[ "$status" -eq 2 ]
		[[ "$output" == *loopback* ]]
	done
}

@test "image: --config decides how a registry is reached" {
	run "$P" --config "$LAB/etc" verify image --key "$KEY" "$R:1.1.0"
	[ "$status" -eq 0 ]
	run "$P" --config "$LAB/etc" verify image --key "$KEY" --plain-http "$R:1.1.0"
	[ "$status" -eq 2 ]
	run "$P" --config "$LAB/nothing" verify image --key "$KEY" "$R:1.1.0"
	[ "$status" -eq 4 ]
}

@test "image: an unreachable registry gets exit code 4" {
	run by_key 127.0.0.1:5999/acme/web:1.1.0 --json
	[ "$status" -eq 4 ]
	[ "$(jq -r .status <<<"$output")" = pending ]
}

# The name server never answers, and the resolver would ask it for minutes. The
# registry accepts connections and never answers.
@test "image: verify gives up on a server that does not answer, with the reason" {
	local names=$BATS_TEST_TMPDIR/resolv.conf silent
	printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >"$names"
	mount --bind "$names" "$(realpath /etc/resolv.conf)"
	python3 -c 'import signal, socket
names = socket.socket(type=socket.SOCK_DGRAM)
names.bind(("127.0.0.1", 53))
server = socket.create_server(("127.0.0.1", 5997))
signal.pause()' 3>&- &
	silent=$!
	lab_wait 60 bash -c ': </dev/tcp/127.0.0.1/5997'
	timeout 60 "$P" verify image --key "$KEY" registry.example/acme/web:1.1.0 \
		>"$BATS_TEST_TMPDIR/name" 3>&- &
	run timeout 60 "$P" verify image --key "$KEY" 127.0.0.1:5997/acme/web:1.1.0
	[ "$status" -eq 4 ]
	[[ "$output" == *"pending"*"https://127.0.0.1:5997/v2/"*": no connection in time"* ]]
	status=0
	wait $! || status=$?
	kill "$silent"
	umount "$(realpath /etc/resolv.conf)"
	cat "$BATS_TEST_TMPDIR/name"
	[ "$status" -eq 4 ]
	grep "pending.*https://registry.example/v2/.*: the name was not resolved in time" \
		"$BATS_TEST_TMPDIR/name"
}

@test "image: an unreachable git host leaves the findings of the image" {
	dir=$BATS_TEST_TMPDIR/etc
	cp -a "$LAB/etc" "$dir"
	sed -i 's/127.0.0.1:8080/127.0.0.1:5998/' "$dir/pratique.yaml" \
		"$dir/services.d/web.yaml"
	POLICY=$dir/services.d/web.yaml
	run by_policy "$R:1.1.0" --json
	[ "$status" -eq 4 ]
	[ "$(finding image.signature)" = pass ]
	[ "$(finding source.repository)" = pending ]
}

@test "image: an unreadable key or policy is reported" {
	KEY=$LAB/nothing
	run by_key "$R:1.1.0"
	[ "$status" -eq 4 ]
	KEY=$LAB/keys/cosign.key
	run by_key "$R:1.1.0"
	[ "$status" -eq 4 ]
	POLICY=$LAB/etc/services.d/nothing.yaml
	run by_policy "$R:1.1.0"
	[ "$status" -eq 4 ]
	cp "$LAB/etc/services.d/web.yaml" "$BATS_TEST_TMPDIR/web.yaml"
	POLICY=$BATS_TEST_TMPDIR/web.yaml
	run by_policy "$R:1.1.0"
	[ "$status" -eq 2 ]
}

@test "image: wrong arguments get exit code 2" {
	for ref in acme/web:1 "$R" "$R:" "$R@sha256:00" "https://$R:1.1.0" \
		"$REGISTRY/../etc:1"; do
		run by_key "$ref"
		[ "$status" -eq 2 ]
	done
	run "$P" verify image "$R:1.1.0"
	[ "$status" -eq 2 ]
	run "$P" verify image --key "$KEY" --policy "$POLICY" "$R:1.1.0"
	[ "$status" -eq 2 ]
	run by_key
	[ "$status" -eq 2 ]
}

@test "layout: a directory gets the same results as a registry" {
	dir=$(layout)
	for ref in 1.1.0 "$DIGEST" "1.1.0@$DIGEST"; do
		run "$P" verify image --key "$KEY" --layout "$dir" "$ref" --json
		[ "$status" -eq 0 ]
		[ "$(jq -r .digest <<<"$output")" = "$DIGEST" ]
	done
	run "$P" verify image --key "$LAB/keys/other.pub" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
	run "$P" verify image --key "$KEY" --layout "$dir" 9.9.9
	[ "$status" -eq 4 ]
	run "$P" verify image --key "$KEY" --layout "$dir" ../../etc/passwd
	[ "$status" -eq 2 ]
	run "$P" verify image --key "$KEY" --layout "$LAB/nothing" 1.1.0
	[ "$status" -eq 4 ]
}

@test "bundle: a bundle passes in a registry and in a layout, as tag and referrer" {
	digest=$(lab_image 4.0.0 "$COMMIT")
	lab_sign "$digest" cosign bundle
	run by_key "$R:4.0.0"
	[ "$status" -eq 0 ]
	for how in "" subjects; do
		dir=$(layout 4.0.0 $how)
		run "$P" verify image --key "$KEY" --layout "$dir" 4.0.0
		[ "$status" -eq 0 ]
		run "$P" verify image --key "$LAB/keys/other.pub" \
			--layout "$dir" 4.0.0
		[ "$status" -eq 1 ]
	done
}

@test "layout: with a policy the git tag is fetched" {
	dir=$(layout)
	run --separate-stderr by_policy --layout "$dir" 1.1.0 --json
	[ "$status" -eq 0 ]
	[ "$(finding source.tag-signature)" = pass ]
	# a directory does not show its repository, but the signed text does
	[ "$(finding image.repository)" = pass ]
	[[ "$(reason image.repository)" == "signed as $R" ]]
	# shellcheck disable=SC2154 # run --separate-stderr sets it
	[[ "$stderr" == *"image.repository is judged by the signed text alone"* ]]
	POLICY=$(write_policy signed_as_admin)
	run --separate-stderr by_policy --layout "$dir" 1.1.0 --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = image.repository ]
}

@test "layout: a bundle in a directory leaves image.repository unjudged" {
	digest=$(lab_image 4.1.0 "$COMMIT")
	lab_sign "$digest" cosign bundle
	dir=$(layout 4.1.0)
	POLICY=$(write_policy without_source)
	run --separate-stderr by_policy --layout "$dir" 4.1.0 --json
	[ "$status" -eq 0 ]
	[ -z "$(finding image.repository)" ]
	[[ "$stderr" == *"image.repository is not judged"* ]]
}

@test "layout: a bundle does not hide a signature for another repository" {
	digest=$(transplant_by other 4.2.0)
	lab_sign "$digest" cosign bundle
	dir=$(layout 4.2.0)
	for order in also_by_other first_by_other; do
		POLICY=$(write_policy without_source $order)
		run --separate-stderr by_policy --layout "$dir" 4.2.0 --json
		[ "$status" -eq 1 ]
		[ "$(finding image.repository)" = fail ]
		[[ "$(reason image.repository fail)" == *acme/admin* ]]
		[[ "$stderr" == *"image.repository is judged by the signed text"* ]]
	done
}

@test "layout: an image without signatures is pending" {
	dir=$(layout)
	jq '.manifests |= .[0:1]' "$dir/index.json" >"$dir/i"
	mv "$dir/i" "$dir/index.json"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 4 ]
	# the reason does not blame a registry, which got no request
	[[ "$output" == *"no signature of this digest"* ]]
	[[ "$output" != *registry* ]]
}

@test "layout: a tampered blob is refused" {
	dir=$(layout)
	f=$(blob_path "$dir" "$(config_of "$dir" "$DIGEST")")
	sed -i 's/amd64/amd65/' "$f"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
	[[ "$output" == *image.digest* ]]
	dir=$(layout)
	printf ' ' >>"$(blob_path "$dir" "$DIGEST")"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
	run "$P" verify image --key "$KEY" --layout "$dir" "$DIGEST"
	[ "$status" -eq 1 ]
}

@test "layout: a blob behind a symbolic link is refused" {
	dir=$(layout)
	f=$(blob_path "$dir" "$DIGEST")
	mv "$f" "$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$f"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
	dir=$(layout)
	mv "$dir/blobs/sha256" "$BATS_TEST_TMPDIR/sha256"
	ln -s "$BATS_TEST_TMPDIR/sha256" "$dir/blobs/sha256"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
}

@test "layout: a name of two images is refused" {
	dir=$(layout)
	jq '.manifests[1].annotations["org.opencontainers.image.ref.name"] = "1.1.0"' \
		"$dir/index.json" >"$dir/i"
	mv "$dir/i" "$dir/index.json"
	run "$P" verify image --key "$KEY" --layout "$dir" 1.1.0
	[ "$status" -eq 1 ]
}

# ---- the identity of the image ------------------------------------------

@test "image: a copy from another repository with its signature is refused" {
	POLICY=$(write_policy without_source)
	digest=$(transplant 5.0.0)
	run by_policy "$R:5.0.0" --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = image.repository ]
	[[ "$(reason image.repository fail)" == \
		"the image was signed as $REGISTRY/acme/admin, not as $R: "* ]]
	# a key does not decide about repositories
	run by_key "$R:5.0.0"
	[ "$status" -eq 0 ]
	# a signature for this repository makes the same bytes pass
	lab_sign "$digest"
	run by_policy "$R:5.0.0" --json
	[ "$status" -eq 0 ]
	[[ "$(reason image.repository)" == *"signed as $R"* ]]
}

@test "image: signed-as permits images from the repository that it names" {
	POLICY=$(write_policy without_source signed_as_admin)
	transplant 5.1.0
	run by_policy "$R:5.1.0"
	[ "$status" -eq 0 ]
	digest=$(lab_image 5.1.1 "$COMMIT")
	lab_sign "$digest"
	run by_policy "$R:5.1.1" --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = image.repository ]
}

@test "image: the finding says that a bundle does not name a repository" {
	POLICY=$(write_policy without_source)
	digest=$(lab_image 5.2.0 "$COMMIT")
	lab_sign "$digest" cosign bundle
	run by_policy "$R:5.2.0" --json
	[ "$status" -eq 0 ]
	[[ "$(reason image.repository)" == *"a bundle names no repository"* ]]
}

@test "image: a variant under the release's tag is refused" {
	POLICY=$(write_policy without_source)
	digest=$(lab_image 5.3.0-debug "$COMMIT")
	lab_sign "$digest"
	run by_policy "$R:5.3.0-debug"
	[ "$status" -eq 0 ]
	copy_image acme/web 5.3.0-debug 5.3.0
	run by_policy "$R:5.3.0" --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = source.version ]
	[[ "$(reason source.version fail)" == \
		*'is "5.3.0-debug", but the image tag is "5.3.0"'* ]]
	digest=$(lab_image 5.3.0 "$COMMIT")
	lab_sign "$digest"
	run by_policy "$R:5.3.0"
	[ "$status" -eq 0 ]
}

@test "image: an old image under a new tag is refused by a policy without source" {
	copy_image acme/web 1.1.0 9.9.9
	POLICY=$(write_policy without_source)
	run by_policy "$R:9.9.9" --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = source.version ]
	# the finding says that the policy believes the registry
	POLICY=$(write_policy without_source from_tag)
	run by_policy "$R:9.9.9" --json
	[ "$status" -eq 0 ]
	[[ "$(reason source.version)" == "the registry's tag gives the version"* ]]
	run by_policy "$R@$DIGEST"
	[ "$status" -eq 0 ]
	# a reference by digest has no version to compare
	POLICY=$(write_policy without_source)
	run by_policy "$R@$DIGEST"
	[ "$status" -eq 2 ]
	[[ "$output" == *"signed content"* ]]
}

@test "image: a label with deploy's prefix is refused" {
	POLICY=$(write_policy without_source)
	sed 's/"Labels": {/&"pratique.version": "9999",/' \
		"$BATS_TEST_DIRNAME/../lab/push.py" >"$BATS_TEST_TMPDIR/push.py"
	digest=$(python3 "$BATS_TEST_TMPDIR/push.py" image "http://$REGISTRY" \
		acme/web 5.4.0 "$COMMIT")
	lab_sign "$digest"
	run by_policy "$R:5.4.0" --json
	[ "$status" -eq 1 ]
	[ "$(failed)" = image.labels ]
	[[ "$(reason image.labels fail)" == *'"pratique.version"'* ]]
}

@test "image: the version comes from an annotation, in both signature formats" {
	[ "$(lab_signer)" = cosign ] || skip "cosign writes the annotations"
	POLICY=$(write_policy without_source from_annotation)
	legacy='--new-bundle-format=false --use-signing-config=false
		--tlog-upload=false'
	n=0
	for form in "$legacy" "--signing-config=$LAB/keys/no-log.json"; do
		n=$((n + 1))
		digest=$(lab_image "6.$n.0" "$COMMIT")
		annotate() { lab_cosign sign -y $form "$@" --allow-http-registry \
			--key "$LAB/keys/cosign-cosign.key" "$R@$digest"; }
		annotate -a version=9.9.9
		run by_policy "$R:6.$n.0" --json
		[ "$status" -eq 1 ]
		[ "$(failed)" = source.version ]
		[[ "$(reason source.version fail)" == \
			*'is "9.9.9", but the image tag is "6.'$n'.0"'* ]]
		# two signatures do not match; the reason may name either
		annotate
		run by_policy "$R:6.$n.0" --json
		[ "$status" -eq 1 ]
		[ "$(failed)" = source.version ]
		annotate -a version="v6.$n.0"
		run by_policy "$R:6.$n.0" --json
		[ "$status" -eq 0 ]
	done
}

write_raw_tag() { # VERSION FILE
	git -C "$LAB/src" cat-file tag "v$1" >"$2"
}

@test "tag: only the right signer, commit and name pass" {
	t=$BATS_TEST_TMPDIR/tag
	s=$LAB/etc/keys/web.allowed_signers
	write_raw_tag 1.1.0 "$t"
	run "$P" verify tag --signers "$s" --commit "$COMMIT" --name v1.1.0 "$t"
	[ "$status" -eq 0 ]
	"$P" verify tag --signers "$s" - <"$t"
	run "$P" verify tag --signers "$s" "$t" --json
	[ "$(jq -r .status <<<"$output")" = pass ]
	[ "$(jq -r .principal <<<"$output")" = release@example.com ]
	run "$P" verify tag --signers "$s" --commit "$(printf 'a%.0s' {1..40})" "$t"
	[ "$status" -eq 1 ]
	run "$P" verify tag --signers "$s" --name v1.1.1 "$t"
	[ "$status" -eq 1 ]
	[[ "$output" == "refused: source.version: "* ]]
	run "$P" verify tag --signers "$s" --name v1.1.1 "$t" --json
	jq -e --arg oid "$(git -C "$LAB/src" hash-object -t tag "$t")" \
		'.check == "source.version" and .spec != "" and
		.subject == $oid' <<<"$output"
	sed -n '/BEGIN SSH/,$p' "$t" | cat "$t" - >"$t.twice"
	run "$P" verify tag --signers "$s" "$t.twice"
	[ "$status" -eq 1 ]
	[[ "$output" == *"more than one signature"*"gitformat-signature(5)"* ]]
	sed 's/version 1.1.0/version 1.1.1/' "$t" >"$t.changed"
	run "$P" verify tag --signers "$s" "$t.changed"
	[ "$status" -eq 1 ]
	printf 'mallory@example.com namespaces="git" %s\n' \
		"$(cut -d' ' -f1,2 "$LAB/keys/mallory.pub")" >"$t.signers"
	run "$P" verify tag --signers "$t.signers" "$t"
	[ "$status" -eq 1 ]
	run "$P" verify tag --signers "$s" "$LAB/nothing"
	[ "$status" -eq 4 ]
	run "$P" verify tag --signers "$LAB/nothing" "$t"
	[ "$status" -eq 4 ]
	run "$P" verify tag "$t"
	[ "$status" -eq 2 ]
}

hmac_hex() { openssl dgst -sha256 -hmac "$1" | sed 's/.*= //'; }

@test "callback: only a genuine github callback passes" {
	cd "$BATS_TEST_TMPDIR"
	printf 'secret-of-the-hook\n' >secret
	printf '{"zen":"x"}' >body
	sum=$(hmac_hex secret-of-the-hook <body)
	check() { "$P" verify callback --scheme github --secret-file secret \
		--header 'X-GitHub-Delivery: d1' "$@"; }
	run check --header "X-Hub-Signature-256: sha256=$sum" body
	[ "$status" -eq 0 ]
	check --header "x-hub-signature-256:sha256=$sum" - <body
	# with the trailing CR of captured HTTP
	check --header "X-Hub-Signature-256: sha256=$sum"$' \r' body
	run check --header "X-Hub-Signature-256: sha256=$(printf '0%.0s' {1..64})" body
	[ "$status" -eq 1 ]
	run check body
	[ "$status" -eq 1 ]
	printf ' ' >>body
	run check --header "X-Hub-Signature-256: sha256=$sum" body --json
	[ "$status" -eq 1 ]
	[ "$(jq -r .status <<<"$output")" = fail ]
	run check nothing
	[ "$status" -eq 4 ]
	run "$P" verify callback --scheme github --secret-file nothing body
	[ "$status" -eq 4 ]
	run "$P" verify callback --scheme carrier-pigeon --secret-file secret body
	[ "$status" -eq 2 ]
}

@test "callback: only a genuine and recent standard-webhooks callback passes" {
	cd "$BATS_TEST_TMPDIR"
	openssl rand -out key 32
	key=$(od -An -tx1 -v key | tr -d ' \n')
	printf 'whsec_%s' "$(base64 -w0 key)" >secret
	printf '{"image":"x"}' >body
	sum() { # TIME
		{ printf 'msg_1.%s.' "$1"; cat body; } |
			openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary |
			base64 -w0
	}
	check() { # TIME SIGNATURE
		"$P" verify callback --scheme standard-webhooks --secret-file secret \
			--header 'webhook-id: msg_1' --header "webhook-timestamp: $1" \
			--header "webhook-signature: v1,$2" body
	}
	now=$(date +%s)
	run check "$now" "$(sum "$now")"
	[ "$status" -eq 0 ]
	old=$((now - 86400))
	run check "$old" "$(sum "$old")"
	[ "$status" -eq 1 ]
	# the signature covers the time
	run check "$now" "$(sum "$old")"
	[ "$status" -eq 1 ]
	run check "$now" "$(head -c 32 /dev/zero | base64 -w0)"
	[ "$status" -eq 1 ]
}

@test "usage: unknown kinds and options that do not apply are refused" {
	for args in "bundle F" "nothing F" "tag --signers F --keyring F F" \
		"tag --signers F --allow-weak F" "tag"; do
		run "$P" verify $args
		[ "$status" -eq 2 ]
		[ -n "$output" ]
	done
	for args in "tag --signers F --policy F F" "evidence --key F F" \
		"evidence --layout D F" "evidence --all F" \
		"callback --scheme github --secret-file F --plain-http F" \
		"image --key F --signers F $R:1.1.0"; do
		run "$P" verify $args
		[ "$status" -eq 2 ]
		[[ "$output" == *"does not apply to this command"* ]]
	done
	run "$P" verify tag --signers F --commit abc F
	[ "$status" -eq 2 ]
	run "$P" verify tag --signers F --signers G F
	[ "$status" -eq 2 ]
	[[ "$output" == *"--signers: given more than once"* ]]
	run "$P" reject 1 -m --help
	[ "$status" -eq 3 ] # --help is the message: the command asks the agent
	run "$P" status --evidence
	[ "$status" -eq 2 ]
	run "$P" rollback web
	[ "$status" -eq 2 ]
	[[ "$output" == *"rollback: unknown command"* ]]
	run "$P" check-config "$LAB/nowhere"
	[ "$status" -eq 4 ]
	run --separate-stderr "$P" verify evidence "$LAB/nowhere" --json
	[ "$(jq .code <<<"$output")" = 4 ]
	run "$P" --help
	[ "$status" -eq 0 ]
	[[ "$output" == *"image --policy FILE"* ]]
}

@test "evidence: the evidence of a release can be judged offline" {
	lab_agent
	lab_send 1.1.0 "$DIGEST" "$COMMIT"
	lab_wait 60 lab_id 1.1.0
	id=$(lab_id 1.1.0)
	lab_wait 60 pq show "$id" --evidence
	doc=$BATS_TEST_TMPDIR/evidence.json
	pq show "$id" --evidence >"$doc"
	[ "$(jq -r .image.digest "$doc")" = "$DIGEST" ]
	[[ "$(cat "$doc")" != *"$(cat "$LAB/etc/secrets/warden/web-github")"* ]]
	pq show "$id" --evidence | pq verify evidence -
	run pq verify evidence "$doc" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .digest <<<"$output")" = "$DIGEST" ]
	[[ "$(jq -r .judged_by <<<"$output")" == *embedded* ]]
	run pq verify evidence "$doc" --policy "$LAB/etc"
	[ "$status" -eq 0 ]
	run pq show 9999 --evidence
	[ "$status" -eq 5 ]

	# another policy, which trusts another key
	dir=$BATS_TEST_TMPDIR/etc
	cp -a "$LAB/etc" "$dir"
	cp "$LAB/keys/other.pub" "$dir/keys/web-cosign.pub"
	run pq verify evidence "$doc" --policy "$dir"
	[ "$status" -eq 1 ]
	# the other key, inserted into the policy of the document
	jq -c --arg k "$(base64 -w0 "$LAB/keys/other.pub")" \
		'(.policy.files[] | select(.name == "keys/web-cosign.pub")).data = $k' \
		"$doc" >"$doc.slipped"
	run pq verify evidence "$doc.slipped"
	[ "$status" -eq 1 ]
	[[ "$output" == *"embedded policy"* ]]
}

@test "evidence: a changed document does not pass" {
	doc=$BATS_TEST_TMPDIR/evidence.json
	pq show "$(lab_id 1.1.0)" --evidence >"$doc"
	other='sub("(?<c>.)$"; if .c == "0" then "1" else "0" end)'
	for change in ".image.digest |= $other" \
		'.image.tag = "1.1.1"' '.image.repository = "x.example/y"' \
		'.service = "other"' ".policy.hash |= $other" \
		".blobs[0].digest |= $other" \
		'.blobs[].data |= sub("A"; "B")' 'del(.blobs[0])' \
		'.git.repository = "http://x.example/y.git"' \
		'.git.tag_object.data |= sub("A"; "B")' \
		'.git.ref |= sub("^."; "g")' 'del(.git)' 'del(.image)' \
		'.surplus = 1' '.format = "pratique-evidence/2"' \
		'.policy.files[0].data |= sub("A"; "B")'; do
		jq -c "$change" "$doc" >"$doc.changed"
		run cmp -s "$doc" "$doc.changed"
		[ "$status" -eq 1 ]
		run pq verify evidence "$doc.changed"
		[ "$status" -eq 1 ] || [ "$status" -eq 4 ]
	done
	# a good release, but for another machine architecture
	jq -c '.platform.architecture = "s390x"' "$doc" >"$doc.elsewhere"
	run pq verify evidence "$doc.elsewhere"
	[ "$status" -eq 4 ]
	[[ "$output" == *linux/s390x* ]]
	head -c 1000 "$doc" >"$doc.cut"
	run pq verify evidence "$doc.cut"
	[ "$status" -eq 4 ]
	{ cat "$doc"; echo x; } >"$doc.more"
	run pq verify evidence "$doc.more"
	[ "$status" -eq 4 ]
	run pq verify evidence "$LAB/nothing"
	[ "$status" -eq 4 ]
}

@test "evidence: documents of earlier versions get the same verdicts" {
	local kept=$BATS_TEST_DIRNAME/../fixtures/evidence expected
	[ "$(uname -m)" = x86_64 ] || skip "the documents are of amd64"
	cp -r "$kept" "$LAB/evidence"
	"$kept/../judge-evidence.sh" "$LAB_BIN" "$LAB/evidence" now
	for expected in "$kept"/*.verdict; do
		diff "$expected" \
			"$LAB/evidence/$(basename "$expected" .verdict).now"
	done
	[ "$(find "$LAB/evidence" -name '*.now' | wc -l)" -gt 20 ]
}

@test "image: each entry of require must pass; an any entry needs one of its keys" {
	commit=$(lab_commit 1.9.0)
	lab_tag 1.9.0
	digest=$(lab_image 1.9.0 "$commit")
	lab_sign "$digest"
	cp "$LAB/keys/other.pub" "$LAB/etc/keys/qa.pub"
	cp "$POLICY" "$BATS_TEST_TMPDIR/web.yaml"
	ci='image-signature: {cosign-key: keys/web-cosign.pub, party: ci}'
	qa='image-signature: {cosign-key: keys/qa.pub, party: qa}'
	sed -i "s|^  - image-signature.*|  - $ci\n  - $qa|" "$POLICY"
	# the second signature may still come
	run by_policy "$R:1.9.0"
	[ "$status" -eq 4 ]
	sed -i "s|^  - $qa|  - any: [{$ci}, {$qa}]|" "$POLICY"
	run by_policy "$R:1.9.0"
	[ "$status" -eq 0 ]
	sed -i "s|^  - any: .*|  - $qa|" "$POLICY"
	lab_sign "$digest" other bundle
	run by_policy "$R:1.9.0" --json
	[ "$status" -eq 0 ]
	[ "$(finding image.signature)" = $'pass\npass' ]
	cp "$BATS_TEST_TMPDIR/web.yaml" "$POLICY"
}
