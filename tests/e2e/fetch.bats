#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Fetch against real servers and against servers that lie. Bad evidence is
# refused, and evidence that could not be fetched is pending until its deadline,
# each with its reason. A password goes only to its own origin. The quarantine
# takes an hour, so that a release that passes stays in quarantine.

load_lab() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	. "$BATS_TEST_DIRNAME/../lab/servers.sh"
}

TRAPS="plain together digest-header other-blob short-blob other-manifest
long-declared long-chunked html called-index broken busy busy-page type-bytes
cut to-other to-other-page to-bytes to-long to-sink to-file to-plain to-user
to-itself moved-manifest realm no-token list-html list-no-json list-long
list-big list-broken list-other-subject"

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	lab_ca
	lab_basic_registry
	lab_token_registry
	lab_stub
	lab_private_git
	lab_old_git
	good_release 1.0.0
	lab_config 1h
	lab_servers_config
	write_services
	lab_agent
	# open the looks of all traps at once, so that their deadlines end together
	for trap in $TRAPS drip; do
		pq look "$trap" --name 1.0.0
	done
}

teardown_file() {
	load_lab
	lab_down
}

setup() { load_lab; }

OCI=application/vnd.oci.image

good_release() { # VERSION: push a signed tag and a signed image
	local commit digest
	commit=$(lab_commit "$1")
	lab_tag "$1"
	digest=$(lab_image "$1" "$commit")
	lab_sign "$digest" >/dev/null
}

write_services() {
	local git=http://$GITHOST/web.git trap
	for trap in $TRAPS; do
		lab_service "$trap" "127.0.0.1:5010/trap/$trap" "$git"
	done
	lab_service drip 127.0.0.1:5011/trap/drip "$git"
	lab_service basic localhost:5001/acme/web "$git"
	lab_service basic-wrong 127.0.0.1:5001/acme/web "$git"
	lab_service basic-ca 127.0.0.2:5001/acme/web "$git"
	lab_service token localhost:5003/acme/web "$git"
	lab_service token-realm 127.0.0.1:5003/acme/web "$git"
	lab_service token-wrong 127.0.0.2:5003/acme/web "$git"
	lab_service git-basic "$REGISTRY/acme/web" https://localhost:8443/web.git
	lab_service git-wrong "$REGISTRY/acme/web" https://127.0.0.1:8443/web.git
	lab_service git-ca "$REGISTRY/acme/web" https://127.0.0.2:8443/web.git
	lab_service secretless 127.0.0.3:5001/acme/web "$git"
	lab_service down 127.0.0.1:5098/acme/web "$git"
	lab_service nowhere registry.invalid/acme/web "$git"
	lab_service empty "$REGISTRY/acme/none" "$git"
	lab_service git-none "$REGISTRY/acme/web" "http://$GITHOST/none.git"
	lab_service git-nofilter "$REGISTRY/acme/web" "http://$GITHOST/nofilter.git"
	lab_service git-old "$REGISTRY/acme/web" http://127.0.0.1:8082/web.git
	lab_service git-peel "$REGISTRY/acme/web" http://127.0.0.1:8083/peel.git
	lab_service git-pack "$REGISTRY/acme/web" http://127.0.0.1:8083/pack.git
	lab_service git "$REGISTRY/acme/web" "$git"
	lab_service git-later "$REGISTRY/acme/web" "$git" 10m
	lab_service git-named "$REGISTRY/acme/web" "$git" 1s 'acme@{version}'
	lab_service git-folder "$REGISTRY/acme/web" "$git" 1s 'api/v{version}'
	lab_service git-bytes "$REGISTRY/acme/web" "$git" 1s 'größe+%41#{version}'
	lab_service git-other "$REGISTRY/acme/web" "$git" 1s 'other@{version}'
}

look() { # SERVICE [TAG]
	pq look "$1" --name "${2:-1.0.0}" >/dev/null
}

passes() { # SERVICE [TAG]
	lab_wait 60 lab_became "$1" "${2:-1.0.0}" quarantined || {
		lab_row "$1" "${2:-1.0.0}"
		return 1
	}
}

refused() { # SERVICE WORDS [TAG]
	local row
	lab_wait 60 lab_became "$1" "${3:-1.0.0}" refused || {
		lab_row "$1" "${3:-1.0.0}"
		return 1
	}
	row=$(lab_row "$1" "${3:-1.0.0}" | jq -r .reason)
	[[ "$row" == *"$2"* ]] || {
		echo "reason: $row"
		return 1
	}
}

# Neither the agent's log nor its answers have a password, plain or in base64.
no_password_is_shown() {
	local p
	pq list --json >"$LAB/said"
	"$LAB_BIN/pratique" --run "$LAB/run" --json watch \
		>>"$LAB/said" 3>&- &
	lab_wait 60 grep look.ended "$LAB/said"
	kill $!
	for p in hunter2-is-wrong "$PASSWORD" \
		"$(printf 'agent:%s' hunter2-is-wrong | base64)" \
		"$(printf 'agent:%s' "$PASSWORD" | base64)"; do
		if grep -F "$p" "$LAB/agent.log" "$LAB/said"; then
			return 1
		fi
	done
}

# ---- registries with passwords, tokens and TLS -----------------------------

@test "basic auth: the right password passes, over TLS of a private CA" {
	look basic
	passes basic
}

@test "basic auth: a wrong password is pending, then refused" {
	look basic-wrong
	refused basic-wrong "the registry denies access (HTTP status 401)"
	grep -q 'pending job=.*denies access' "$LAB/agent.log"
}

@test "a certificate of another CA is refused" {
	look basic-ca
	look git-ca
	refused basic-ca 'set `ca:` for'
	refused git-ca 'set `ca:` for'
}

@test "token auth: fetch gets a token for its password and passes" {
	look token
	passes token
	grep -q "service=lab" "$LAB/tokend.access"
	grep -q "scope=repository:acme%2Fweb:pull" "$LAB/tokend.access"
	grep -qF "Basic $(printf 'agent:%s' "$PASSWORD" | base64)" \
		"$LAB/tokend.access"
}

@test "token auth: a wrong password is pending, then refused" {
	look token-wrong
	refused token-wrong "no token: HTTP status 401"
}

@test "token auth: a realm outside the configuration gets no request" {
	before=$(wc -l <"$LAB/tokend.access")
	look token-realm
	refused token-realm "token realm is neither"
	[ "$(wc -l <"$LAB/tokend.access")" = "$before" ]
}

@test "plain http to a host that is not loopback is a configuration error" {
	cp -r "$LAB/etc" "$LAB/etc2"
	sed -i "s/  $REGISTRY:/  192.0.2.1:5000:/" "$LAB/etc2/pratique.yaml"
	run "$LAB_BIN/pratique" check-config "$LAB/etc2"
	[ "$status" -eq 1 ]
	[[ "$output" == *"pratique.yaml:4: error: plain-http: allowed only for a loopback address, and 192.0.2.1:5000 is not one"* ]]
}

# ---- a registry that lies ---------------------------------------------------

@test "an image without a fault passes through the lying registry" {
	passes plain
}

@test "fetch requests both kinds of signatures at the same time" {
	passes together
}

@test "fetch hashes the bytes and ignores a wrong digest header" {
	passes digest-header
	[ "$(lab_row digest-header 1.0.0 | jq -r .digest)" = \
		"$(lab_row plain 1.0.0 | jq -r .digest)" ]
}

@test "bytes with another digest than the requested one are refused" {
	refused other-blob "another digest (image.digest)"
	refused other-manifest "another digest (image.digest)"
	refused short-blob "fewer than the "
}

@test "bodies over the limit are refused, with a declared length or chunked" {
	refused long-declared "over 4194304 bytes"
	refused long-chunked "over 4194304 bytes"
}

@test "a wrong Content-Type is refused" {
	refused html "neither an image manifest nor an index"
	refused called-index "index"
}

@test "an index with two entries for the platform is refused" {
	body=$(curl -s -H "Accept: $OCI.manifest.v1+json" \
		"http://$REGISTRY/v2/acme/web/manifests/1.0.0")
	jq -nc --arg d "sha256:$(printf %s "$body" | sha256sum | cut -d' ' -f1)" \
		--arg of "$OCI" --argjson n ${#body} \
		'{mediaType: "\($of).manifest.v1+json", digest: $d, size: $n,
		platform: {os: "linux", architecture: "amd64"}} |
		{schemaVersion: 2, mediaType: "\($of).index.v1+json",
		manifests: [., .]}' >"$LAB/index"
	curl -sf -X PUT -H "Content-Type: $OCI.index.v1+json" \
		--data-binary "@$LAB/index" \
		"http://$REGISTRY/v2/acme/web/manifests/1.0.1"
	lab_sign "sha256:$(sha256sum "$LAB/index" | cut -d' ' -f1)"
	lab_tag 1.0.1
	look git 1.0.1
	refused git "two entries for this platform" 1.0.1
}

@test "server errors are pending, then refused with their status" {
	refused broken "HTTP status 500"
	refused busy "HTTP status 429"
	refused busy-page "HTTP status 503"
	refused cut "Transferred a partial file"
}

@test "fetch gives up on an answer that arrives byte by byte" {
	refused drip "the answer came too slowly"
}

@test "a redirect to a configured origin is followed without the password" {
	passes to-other
	grep -q "^5010 GET /v2/trap/to-other/blobs/.* Basic " "$LAB/stub.access"
	grep -q "^5012 GET /v2/trap/plain/blobs/.* None$" "$LAB/stub.access"
	[ "$(grep -c "^5012 .* Basic " "$LAB/stub.access")" = 0 ]
}

@test "a redirect may have a body and a long URL" {
	passes to-other-page
}

@test "control characters in a header refuse the release and not the process" {
	refused type-bytes "neither an image manifest nor an index"
	refused to-bytes "redirect without a usable Location header"
	passes plain
	[ "$(grep -c "role-ended role=fetch" "$LAB/agent.log")" = 0 ]
}

@test "the reason of a refused redirect does not show the query of its URL" {
	refused to-long "not an origin of pratique.yaml"
	[ "$(lab_row to-long 1.0.0 | jq -r .reason | grep -c secret=)" = 0 ]
}

@test "a token server that gives no token is pending, then refused" {
	refused no-token "no usable token"
	grep -q 'pending job=.*no usable token' "$LAB/agent.log"
}

@test "a redirect to a place outside the configuration is not followed" {
	refused to-sink "not an origin of pratique.yaml"
	refused to-file "not an origin of pratique.yaml"
	refused to-plain "not an origin of pratique.yaml"
	refused to-user "not an origin of pratique.yaml"
	refused to-itself "more than 3 redirects"
	refused moved-manifest "unexpected HTTP status 307"
}

@test "a token realm that a lying registry names gets no request" {
	refused realm "token realm is neither"
	[ "$(grep -c "^5099 " "$LAB/stub.access")" = 0 ]
}

@test "a bad list of referrers neither removes nor adds a signature" {
	passes list-html
	passes list-no-json
	passes list-long
	passes list-big
	# a failed request is not an empty list
	refused list-broken "HTTP status 500"
	refused list-other-subject "image.signature"
}

# ---- git ---------------------------------------------------------------------

@test "git: the right password passes, a wrong one is refused, over TLS" {
	look git-basic
	look git-wrong
	passes git-basic
	refused git-wrong "the git server denies access (HTTP status 401)"
}

@test "git: a missing repository is refused" {
	look git-none
	refused git-none "HTTP status 404"
}

@test "git: a release waits for a tag that appears later" {
	c=$(lab_commit 1.1.0)
	lab_sign "$(lab_image 1.1.0 "$c")"
	look git-later 1.1.0
	lab_wait 60 lab_became git-later 1.1.0 fetching
	lab_row git-later 1.1.0 | grep -q "no such tag"
	lab_tag 1.1.0
	passes git-later 1.1.0
}

@test "git: a server without filters passes" {
	git clone -q --bare "$LAB/git/web.git" "$LAB/git/nofilter.git"
	git -C "$LAB/git/nofilter.git" config uploadpack.allowFilter false
	look git-nofilter
	passes git-nofilter
}

@test "git: a server with only protocol version 0 is refused" {
	look git-old
	refused git-old "does not support git protocol version 2"
}

# The server may send one of the two tags as a delta. Fetch then cannot read it;
# otherwise verify finds the nested tag.
@test "git: a tag of a tag is refused" {
	c=$(lab_commit 1.2.0)
	lab_sign "$(lab_image 1.2.0 "$c")"
	git -C "$LAB/src" config advice.nestedTag false
	lab_tag 1.2.0-inner
	git -C "$LAB/src" tag -s v1.2.0 v1.2.0-inner -m nested
	git -C "$LAB/src" push -q origin v1.2.0
	look git 1.2.0
	lab_wait 60 lab_became git 1.2.0 refused
	reason=$(lab_row git 1.2.0 | jq -r .reason)
	[[ "$reason" == *"is it a tag of a tag?"* || "$reason" == *"nested tag"* ]]
}

@test "git: a huge tag object is refused" {
	c=$(lab_commit 1.3.0)
	lab_sign "$(lab_image 1.3.0 "$c")"
	head -c 2000000 /dev/zero | tr '\0' x | fold -w 72 >"$LAB/message"
	git -C "$LAB/src" tag -s v1.3.0 -F "$LAB/message"
	git -C "$LAB/src" push -q origin v1.3.0
	look git 1.3.0
	refused git "too large" 1.3.0
}

@test "git: a tag object with a long message passes" {
	c=$(lab_commit 1.4.0)
	lab_sign "$(lab_image 1.4.0 "$c")"
	head -c 100000 /dev/zero | tr '\0' x | fold -w 72 >"$LAB/message"
	git -C "$LAB/src" tag -s v1.4.0 -F "$LAB/message"
	git -C "$LAB/src" push -q origin v1.4.0
	look git 1.4.0
	passes git 1.4.0
}

@test "git: a server that advertises another commit for the tag is refused" {
	c=$(lab_commit 1.5.0)
	lab_tag 1.5.0
	other=$(lab_commit 1.5.1)
	lab_sign "$(lab_image 1.5.0 "$other")"
	lab_lying_git "$other"
	look git-peel 1.5.0
	look git-pack 1.5.0
	refused git-peel "the pack does not contain the tag or its commit" 1.5.0
	refused git-pack "source.tag-commit" 1.5.0
}

# git permits these names of tags, so the configuration permits them too.
@test "git: tags with the names of a monorepo pass" {
	c=$(lab_commit 1.6.0)
	lab_sign "$(lab_image 1.6.0 "$c")"
	for before in acme@ api/v "größe+%41#"; do
		LAB_TAG=$before lab_tag 1.6.0
	done
	for service in named folder bytes other; do
		look git-$service 1.6.0
	done
	passes git-named 1.6.0
	passes git-folder 1.6.0
	passes git-bytes 1.6.0
	id=$(lab_row git-named 1.6.0 | jq .id)
	pq show "$id" --json | jq -e '[.findings[].findings[] |
		select(.check == "source.tag-signature")][0].status == "pass"'
	# a tag of another component does not replace a missing tag
	refused git-other "no such tag" 1.6.0
}

# ---- doctor -------------------------------------------------------------------

fails() { # SERVICE CHECK CAUSE NEXT-STEP
	local reason
	run pq doctor "$1" --json
	[ "$status" -eq 1 ] || return
	[ "$(jq '.findings | length' <<<"$output")" = 2 ] || return
	reason=$(jq -r --arg c "$2" '.findings[] |
		select(.check == $c and .status == "fail").reason' <<<"$output")
	[[ "$reason" == *"$3"*"$4"* ]] || {
		echo "reason: $reason"
		return 1
	}
}

@test "doctor: a registry and a git host that grant access" {
	run pq doctor basic
	[ "$status" -eq 0 ]
	[[ "$output" == *"pass     fetch.registry          localhost:5001/acme/web: it answers, and grants access with the secret good"* ]]
	[[ "$output" == *"pass     fetch.git               http://$GITHOST/web.git: it answers, and grants access without a credential"* ]]
	run pq doctor token --json
	[ "$status" -eq 0 ]
	jq -e '.code == 0 and .text == "" and
		([.findings[] | [.check, .status, .subject]] == [
		["fetch.registry", "pass", "localhost:5003/acme/web"],
		["fetch.git", "pass", "http://'"$GITHOST"'/web.git"]])' <<<"$output"
	pq doctor git-basic
}

@test "doctor: a registry that is down, or whose name does not resolve" {
	fails down fetch.registry "https://127.0.0.1:5098/v2/acme/web/tags/list: " \
		"check that it runs"
	fails nowhere fetch.registry "https://registry.invalid/v2/acme/web/" \
		"check it in pratique.yaml"
	run pq doctor down
	[ "$status" -eq 1 ]
	[[ "$output" == *"fail     fetch.registry "*"judged: 127.0.0.1:5098/acme/web"* ]]
}

@test "doctor: a certificate of another CA" {
	fails basic-ca fetch.registry "is not valid" \
		"set \`ca:\` for 127.0.0.2:"
	fails git-ca fetch.git "is not valid" \
		"set \`ca:\` for 127.0.0.2:"
}

@test "doctor: a wrong credential, or none" {
	fails basic-wrong fetch.registry "denies access (HTTP status 401)" \
		"check fetch's secret wrong"
	fails token-wrong fetch.registry "no token: HTTP status 401" \
		"check fetch's secret wrong"
	fails git-wrong fetch.git "denies access (HTTP status 401)" \
		"check fetch's secret wrong"
	fails secretless fetch.registry "requires a password" "credential"
}

@test "doctor: a token realm outside the configuration" {
	before=$(wc -l <"$LAB/tokend.access")
	fails token-realm fetch.registry "token realm is neither" \
		"check that it is a registry, and"
	[ "$(wc -l <"$LAB/tokend.access")" = "$before" ]
}

@test "doctor: a repository that does not exist" {
	fails empty fetch.registry "no repository acme/none" \
		"of the service, or push a first image"
	fails git-none fetch.git "no such repository (HTTP status 404)" \
		"of the service"
	fails git-old fetch.git "does not support git protocol version 2" ""
}

@test "doctor: all services, each place once" {
	run pq doctor --json
	[ "$status" -eq 1 ]
	jq -e '([.findings[].subject] | length == (unique | length)) and
		([.findings[].status] | unique) == ["fail", "pass"] and
		(.text | startswith("fetch."))' <<<"$output"
}

@test "doctor: an unknown service, and no agent" {
	run pq doctor nobody
	[ "$status" -eq 5 ]
	run "$LAB_BIN/pratique" --run "$LAB/none" doctor
	[ "$status" -eq 3 ]
}

# ---- after all these tests ---------------------------------------------------

@test "no reason and no log line shows a password" {
	no_password_is_shown
}

@test "no server has crashed the fetch process" {
	[ "$(grep -c "fetch: ready" "$LAB/agent.log")" = 1 ]
	[ "$(grep -c "fetch: failed" "$LAB/agent.log")" = 0 ]
}
