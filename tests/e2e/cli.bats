#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line as scripts and operators use it: its input, its output and
# its exit codes. The agent runs without a Docker engine.

bats_require_minimum_version 1.5.0

load_lab() { . "$BATS_TEST_DIRNAME/../lab/lab.sh"; }

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	lab_config 1h
	lab_agent
}

teardown_file() {
	load_lab
	lab_down
}

setup() {
	load_lab
	P=$LAB_BIN/pratique
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "input: an endless file is read up to the limit and then refused" {
	printf 'secret-of-the-hook' >secret
	for args in "tag --signers $LAB/etc/keys/web.allowed_signers /dev/zero" \
		"tag --signers /dev/zero secret" \
		"callback --scheme github --secret-file secret /dev/zero" \
		"callback --scheme github --secret-file /dev/zero secret" \
		"image --key /dev/zero $REGISTRY/acme/web:1" \
		"evidence /dev/zero"; do
		run timeout 60 "$P" verify $args
		[ "$status" -eq 4 ]
		[[ "$output" =~ "/dev/zero: longer than the limit of "[0-9]+" bytes" ]]
	done
	run timeout 60 "$P" send web --image "$REGISTRY/acme/web:1" \
		--secret-file /dev/zero --url "http://$HTTP"
	[ "$status" -eq 4 ]
	[[ "$output" == *"/dev/zero: longer than the limit of "* ]]
}

# Start a control socket that listens and accepts no connection. One caller
# waits in its queue; the next caller cannot connect.
start_mute_socket() { # DIR
	mkdir -p "$1"
	python3 - "$1/control.sock" 3>&- <<-'EOF' &
		import signal, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.bind(sys.argv[1])
		s.listen(0)
		signal.pause()
	EOF
	lab_started $!
	lab_wait 60 test -S "$1/control.sock"
}

ask_in_background() { # ARGUMENTS...: add the process to waiting
	timeout 120 "$P" "$@" >"out.$#" 2>&1 3>&- &
	waiting+=($!)
}

# ss shows the number of waiting connections of a listening socket.
caller_is_queued() { ss -Hlx src run/control.sock | awk '$3 > 0' | grep -q .; }

@test "an agent that does not answer gets exit code 3" {
	waiting=()
	start_mute_socket run
	pkill -STOP -f "pratique-warden --config $LAB/etc"
	ask_in_background --run "$LAB/run" status
	ask_in_background --run "$LAB/run" watch 1
	ask_in_background --run run show 1 --evidence
	lab_wait 60 caller_is_queued
	run timeout 120 "$P" --run run status --json
	ended=()
	for pid in "${waiting[@]}"; do
		code=0
		wait "$pid" || code=$?
		ended+=("$code")
	done
	pkill -CONT -f "pratique-warden --config $LAB/etc"
	[ "$status" -eq 3 ]
	[[ "$output" == *"run/control.sock: Connection timed out"* ]]
	[ "${ended[*]}" = "3 3 3" ]
	[ "$(grep -c "the agent does not answer" out.*)" = \
		"$(printf 'out.%d:1\n' 3 4 5)" ]
	pq status
}

@test "the CLI says why it cannot reach the agent" {
	run "$P" --run "$BATS_TEST_TMPDIR/none" status
	[ "$status" -eq 3 ]
	[ "$output" = "pratique: no agent at $BATS_TEST_TMPDIR/none/control.sock (No such file or directory): is pratiqued running? For another directory use --run DIR" ]
	run lab_as 12345 --run "$LAB/run" status
	[ "$status" -eq 3 ]
	[ "$output" = "pratique: $LAB/run/control.sock: Permission denied: uid 12345 is not an operator in pratique.yaml" ]
}

@test "output: a failed write gets exit code 4" {
	pq look web --name 1.0
	for args in "--help" "check-config $LAB/etc" "status" "list" "watch" \
		"audit log" "audit verify" "status --json" "audit log --json" \
		"watch --json" "check-config $LAB/etc --json" \
		"verify tag --signers $LAB/etc/keys/web.allowed_signers /dev/null" \
		"verify evidence --json /dev/null"; do
		status=0
		timeout 60 "$P" --run "$LAB/run" $args >/dev/full 2>err || status=$?
		[ "$status" -eq 4 ]
		grep -qx "pratique: standard output: No space left on device" err
		status=0
		timeout 60 "$P" --run "$LAB/run" $args 2>err >&- || status=$?
		[ "$status" -eq 4 ]
		grep -qx "pratique: standard output: Bad file descriptor" err
	done
	# a command without output does not need standard output
	status=0
	"$P" --run "$LAB/run" show 999999 2>err >&- || status=$?
	[ "$status" -eq 5 ]
	grep -q "no release or look has the id" err
	status=0
	"$P" --run "$LAB/run" verify evidence - <&- 2>err || status=$?
	[ "$status" -eq 4 ]
	# the agent received none of these bytes on a reused descriptor
	pq audit verify
}

standard_fds() { # PID: print the targets of descriptors 0, 1 and 2
	readlink "/proc/$1/fd/0" "/proc/$1/fd/1" "/proc/$1/fd/2" | xargs
}

@test "pratiqued opens /dev/null for closed standard descriptors" {
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state2" \
		--run "$LAB/run2" --listen 127.0.0.1:9098 3>&- <&- >&- 2>&- &
	pid=$!
	lab_started "$pid"
	lab_wait 60 curl -sfm 10 http://127.0.0.1:9098/readyz
	fds=$(for p in "$pid" $(cat "/proc/$pid/task/$pid/children"); do
		standard_fds "$p"
	done)
	kill "$pid"
	lab_wait 60 lab_gone "$pid"
	# each of the five roles writes to a pipe of its own
	[ "$(head -n 1 <<<"$fds")" = "/dev/null /dev/null /dev/null" ]
	[ "$(sed 1d <<<"$fds" |
		grep -cE '^/dev/null (pipe:\[[0-9]+\]) \1$')" -eq 5 ]
	[ "$(sed 1d <<<"$fds" | sort -u | wc -l)" -eq 5 ]
}

@test "text: an operator's message is stored unchanged, without control characters" {
	export LC_ALL=C.UTF-8
	words='gelé dès lundi — 凍結'
	pq hold web -m "$words"
	[ "$(pq status --json | jq -r '.services[0].hold')" = "$words" ]
	pq status | grep -qF "$words"
	pq unhold web -m "$words"
	pq audit log | grep "service.unhold.*$words"
	pq audit log --json | jq -e --arg w "$words" \
		'.events[] | select(.event == "service.hold" and .detail == $w)'
	# bytes that move the cursor or reverse the text are escaped or refused
	pq hold web -m $'a\u202eb\u2066c'
	[ "$(pq status --json | jq -r '.services[0].hold')" = \
		'a\xe2\x80\xaeb\xe2\x81\xa6c' ]
	for bad in $'\u009f2J' $'\e[2J' $'\xff' $'\xc3'; do
		run pq hold web -m "$bad"
		[ "$status" -eq 2 ]
	done
	run pq list --state "$(printf 'é%.0s' {1..60})"
	[ "$status" -eq 2 ]
	[[ "$output" == *"no such state"* ]]
	pq hold web -m "$(printf 'é%.0s' {1..200})"
	[ "$(pq status --json | jq '.services[0].hold | length')" = 200 ]
	run pq hold web -m "$(printf 'é%.0s' {1..201})"
	[ "$status" -eq 2 ]
	pq unhold web
	pq audit verify
}

expect_json() { # STATUS ARGUMENTS...: the output is one JSON document
	local want=$1
	shift
	run --separate-stderr "$P" --run "$LAB/run" "$@"
	[ "$status" -eq "$want" ] &&
		[ "$(jq -s 'length' <<<"$output")" = 1 ] &&
		[ "$(wc -l <<<"$output")" -eq 1 ] &&
		iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
}

@test "json: the output is one document for every kind of error" {
	expect_json 2 --json status --bogus
	[[ "$(jq -r .text <<<"$output")" == *"--bogus"* ]]
	expect_json 2 status --bogus --json
	expect_json 2 --json
	expect_json 2 --json status --service
	expect_json 2 --json nonsense
	expect_json 2 --json verify image
	[[ "$(jq -r .text <<<"$output")" == "usage: "* ]]
	expect_json 2 --json reject 1
	expect_json 0 --json --help
	expect_json 0 --json check-config "$LAB/etc"
	expect_json 4 --json check-config "$LAB/nothing"
	expect_json 2 --json $'\xff\n'
	expect_json 2 --json list --state $'\xff'
	expect_json 2 --json verify callback --scheme $'\xffé\e' --secret-file x y
	[[ "$(jq -r .text <<<"$output")" == \
		'--scheme \xffé\x1b: unknown scheme; known schemes: github'* ]]
	expect_json 4 --json verify evidence $'\xff'
	expect_json 4 --json verify evidence "$(printf 'é%.0s' {1..5000})"
	expect_json 4 --json verify evidence "x$(printf 'é%.0s' {1..5000})"
	# a file name that is not UTF-8, in a configuration and as a key
	cp -a "$LAB/etc" $'etc\xff'
	cp $'etc\xff'/services.d/web.yaml $'etc\xff/services.d/\xfe.yaml'
	expect_json 1 --json check-config $'etc\xff'
	[ "$(jq '[.notes[] | select(.fatal)] | length' <<<"$output")" -ge 1 ]
	printf 'secret-of-the-hook' >$'\xff'
	expect_json 1 --json verify callback --scheme github --secret-file $'\xff' $'\xff'
	expect_json 4 --json verify image --key $'\xff' "$REGISTRY/acme/web:1"
}

write_policy() { # SED-SCRIPT: copy the configuration, without a floor
	rm -rf etc
	cp -a "$LAB/etc" etc
	sed -i -e "/^floor:/d" -e "$1" etc/services.d/web.yaml
}

service_has() { # FILTER: on the JSON of the only service, valid or not
	"$P" check-config --json etc >out || [ $? -eq 1 ]
	[ "$(jq -s length out)" = 1 ] && jq -ec ".services[0] | $1" out
}

@test "check-config prints each party with its keys, and the smallest set" {
	write_policy ""
	run "$P" check-config etc
	[ "$status" -eq 0 ]
	[[ "$output" == *"
web
  ci: signs images (keys/web-cosign.pub)
  release-manager: signs tags (keys/web.allowed_signers)
  root: approves
  smallest set: ci and release-manager
  a Sigstore bundle does not name a repository: only the version in the image's
      label binds such an image to web
etc: valid, 1 service" ]]
	[[ "$output" == *"web.yaml:13: warning: ci can ship alone once release-manager has signed a tag"* ]]
	[[ "$output" == *"web.yaml:11: warning: release-manager can ship alone if ci signs an image of each tag"* ]]
	[[ "$output" == *"web.yaml: warning: no floor: if the state is lost"*"pratique adopt"* ]]
	[ "$(service_has .smallest)" = '["ci","release-manager"]' ]
	[ "$(service_has '.parties | map([.name, .abilities[], .keys[]])')" = \
		'[["ci","signs images","keys/web-cosign.pub"],["release-manager","signs tags","keys/web.allowed_signers"],["root","approves"]]' ]
	service_has '.service == "web" and .approvals == 0 and .floor == null'
	service_has '.registry_account_alone == false'
	service_has '.bundle | test("does not name a repository")'
	write_policy '$a floor: 1.2.0'
	service_has '.floor == "1.2.0"'
	run ! grep -q "no floor" out
}

@test "check-config counts approvals, and says that deploy does not check them" {
	write_policy '/^source:/,/signers:/d; s/approvals: 0/approvals: 1/'
	run "$P" check-config etc
	[ "$status" -eq 0 ]
	[[ "$output" != *alone* ]]
	[[ "$output" == *"  smallest set: ci and 1 of root (pratique-deploy does not check approvals"* ]]
	service_has '.smallest == ["ci", "root"] and .approvals == 1'
	service_has '.approvals_checked_by_deploy == false'
	# an operator who signs the images can ship alone
	write_policy '/^source:/,/signers:/d; s/approvals: 0/approvals: 1/; s/party: ci/party: root/'
	run "$P" check-config etc
	[ "$status" -eq 1 ]
	[[ "$output" == *"error: root can ship alone: "*"the approval of root suffices"* ]]
	[[ "$output" == *"  root: signs images (keys/web-cosign.pub); approves"* ]]
	service_has '.smallest == ["root"]'
	# no set of parties is sufficient without enough operators
	write_policy 's/approvals: 0/approvals: 2/'
	run "$P" check-config etc
	[ "$status" -eq 1 ]
	[[ "$output" == *"  smallest set: none: pratique.yaml has too few operators"* ]]
	service_has '.smallest == [] and .alternatives == []'
}

@test "check-config names the registry account if its tag decides the version" {
	for from in '/^version-from/d' 's/^version-from:.*/version-from: tag/'; do
		write_policy "$from"
		run "$P" check-config etc
		[ "$status" -eq 1 ]
		[[ "$output" == *"error: the registry account of $REGISTRY can ship alone: "* ]]
		[[ "$output" == *"add version-from: label here and the label org.opencontainers.image.version to the image; or, if this is intended, add accept-alone: REASON"* ]]
		[[ "$output" == *"  registry account of $REGISTRY: can point a tag at any signed image of"* ]]
		[[ "$(tr -s ' \n' ' ' <<<"$output")" == *" smallest set: ci and release-manager; or the registry account of $REGISTRY alone, with an older signed image "* ]]
		service_has '.registry_account_alone and
			(.bundle | test("only the tagged commit"))'
		write_policy "$from"'; /^source:/,/signers:/d; $a accept-alone: a laboratory'
		run "$P" check-config etc
		[ "$status" -eq 0 ]
		[[ "$output" == *"warning: the registry account of "*"(accept-alone)"* ]]
		[[ "$output" == *"warning: ci can ship alone: "*"(accept-alone)"* ]]
		service_has '.registry_account_alone and
			(.bundle | test("nothing binds"))'
	done
	write_policy '$a accept-alone: a laboratory'
	run "$P" check-config etc
	[ "$status" -eq 0 ]
	[[ "$output" == *"warning: accept-alone: no party can ship alone; remove this key"* ]]
}

@test "check-config joins two names of one party, and prints all smallest sets" {
	write_policy 's/cosign-key: \([^,]*\), party: ci/cosign-key: [\1, keys\/a.pub]/'
	cp "$LAB/keys/other.pub" etc/keys/a.pub
	run "$P" check-config etc
	[ "$status" -eq 0 ]
	[[ "$output" == *"  smallest sets: keys/web-cosign.pub and release-manager; or keys/a.pub and
      release-manager"* ]]
	service_has '.alternatives == [["keys/a.pub", "release-manager"]]'
	{ printf 'x@example.com '; ssh-keygen -i -m PKCS8 -f etc/keys/a.pub; } \
		>>etc/keys/web.allowed_signers
	run "$P" check-config etc
	[ "$status" -eq 1 ]
	[[ "$output" == *"error: keys/a.pub can ship alone: the same key signs tags and images"* ]]
	[[ "$output" == *"  keys/a.pub (also release-manager): signs images (keys/a.pub); signs tags"* ]]
	service_has '.smallest == ["keys/a.pub"] and
		.parties[1].also == ["release-manager"]'
	# no line of the block is longer than 80 columns
	[ -z "$("$P" check-config etc | grep '^  ' | grep -E '^.{81}')" ]
}

@test "check-config gives a lower bound if there are too many sets" {
	write_policy ''
	service_has '.at_least == null'
	for i in {1..15}; do
		list=
		for k in {1..4}; do
			echo "$i $k" >"etc/keys/$i-$k.pub" # the sets need no real key
			list+=", keys/$i-$k.pub"
		done
		echo "  - image-signature: {cosign-key: [${list#, }]}"
	done >entries
	sed -i -e '/^  - image-signature/{r entries' -e 'd}' \
		etc/services.d/web.yaml
	run "$P" check-config etc
	[ "$status" -eq 1 ]
	[[ "$(tr -s ' \n' ' ' <<<"$output")" == *"smallest set: "*" parties or more"* ]]
	service_has '.at_least > 1'
}

@test "check-config refuses a name that a role cannot use" {
	image=$REGISTRY/acme/web
	for bad in "1|service: web|service: $(printf 'w%.0s' {1..64})" \
		"16|container: web|container: _w" "16|container: web|container: w" \
		"2|image: $image|image: $REGISTRY/.hidden"; do
		IFS='|' read -r line from to <<<"$bad"
		write_policy "s#$from#$to#"
		run "$P" check-config etc
		[ "$status" -eq 1 ]
		[[ "$output" == *"/web.yaml:$line: error: "* ]]
	done
	write_policy 's/"v{version}"/"acme@{version}"/'
	run "$P" check-config etc
	[ "$status" -eq 0 ]
	write_policy 's/"v{version}"/"acme@{{version}}"/'
	run "$P" check-config etc
	[ "$status" -eq 1 ]
	[[ "$output" == *"/web.yaml:10: error: "* ]]
}

@test "json: watch prints one document per line" {
	pq look web --name 1.0
	"$P" --run "$LAB/run" watch --json >out 3>&- &
	lab_wait 60 test -s out
	kill $! # watch without an id does not end
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	[ "$(jq -c . <out | wc -l)" = "$(wc -l <out)" ]
}

send_with() { # ARGUMENTS...: valid arguments of send, and then these
	run "$P" send web --image "$REGISTRY/acme/web:1.0" \
		--secret-file secret --url "http://$HTTP" "$@"
}

@test "send refuses an invalid argument before it sends the callback" {
	printf 'secret-of-the-hook' >secret
	before=$(grep -c callback-refused "$LAB/agent.log" || true)
	for image in "" "not an image" web acme/web:1 "$REGISTRY/acme/web" \
		"$REGISTRY/acme/web@sha256:$(printf '0%.0s' {1..64})" $'\xff'; do
		run "$P" send web --image "$image" --secret-file secret \
			--url "http://$HTTP"
		[ "$status" -eq 2 ]
	done
	for args in "--digest= " "--digest foo" "--commit= " "--commit abc"; do
		send_with $args
		[ "$status" -eq 2 ]
		[[ "$output" == *"${args%%[ =]*}: "* ]]
	done
	for url in "" http:// ftp://x file:///x x "http://a b" "http://u@x" \
		"http://x?y"; do
		run "$P" send web --image "$REGISTRY/acme/web:1.0" \
			--secret-file secret --url "$url"
		[ "$status" -eq 2 ]
		[[ "$output" == *"--url: "* ]]
	done
	for service in "" "-w" "W" "../x" "a b"; do
		run "$P" send --image "$REGISTRY/acme/web:1.0" \
			--secret-file secret --url "http://$HTTP" -- "$service"
		[ "$status" -eq 2 ]
		[[ "$output" == *"a service's name "* || -z "$service" ]]
	done
	: >empty
	printf short >short
	head -c 2000 /dev/zero | tr '\0' x >long
	for f in empty short long; do
		run "$P" send web --image "$REGISTRY/acme/web:1.0" \
			--secret-file $f --url "http://$HTTP"
		[ "$status" -eq 4 ]
		[[ "$output" == *"$f: the secret is "* ]]
		run "$P" verify callback --scheme github --secret-file $f secret
		[ "$status" -eq 4 ]
		[[ "$output" == *"$f: the secret is "* ]]
	done
	send_with --scheme standard-webhooks
	[ "$status" -eq 4 ]
	[[ "$output" == *"secret: the secret is not whsec_ "* ]]
	[ "$(grep -c callback-refused "$LAB/agent.log" || true)" = "$before" ]
	send_with
	[ "$status" -eq 1 ]
}

has_refused_looks() { # TAG COUNT: at least COUNT looks ended as refused
	[ "$(pq list --state refused --json | jq --arg t "$1" \
		'[.releases[] | select(.tag == $t)] | length')" -ge "$2" ]
}

@test "send can announce a release again after a refused look" {
	lab_pending 1s
	lab_send 3.0.0
	lab_wait 60 has_refused_looks 3.0.0 1
	lab_pending 10m
	commit=$(lab_commit 3.0.0)
	lab_tag 3.0.0
	digest=$(lab_image 3.0.0 "$commit")
	lab_sign "$digest"
	run lab_send 3.0.0
	[ "$status" -eq 0 ]
	[[ "$output" == "202 accepted"* ]]
	lab_wait 60 lab_id 3.0.0
	lab_wait 60 lab_in_state "$(lab_id 3.0.0)" quarantined
	pq status | grep "quarantine: .* of 1h0m left"
}

@test "send: the same bytes with another delivery id are a duplicate" {
	python3 - 3>&- <<-'EOF' &
		import http.server
		class Take(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        n = int(self.headers["Content-Length"])
		        with open("body", "wb") as f:
		            f.write(self.rfile.read(n))
		        with open("signature", "w") as f:
		            f.write(self.headers["X-Hub-Signature-256"])
		        self.send_response(202)
		        self.end_headers()
		server = http.server.HTTPServer(("127.0.0.1", 9097), Take)
		open("ready", "w").close()
		server.handle_request()
	EOF
	lab_started $!
	lab_wait 60 test -e ready
	"$P" send web --image "$REGISTRY/acme/web:3.0.0" --url http://127.0.0.1:9097 \
		--secret-file "$LAB/etc/secrets/warden/web-github"
	for want in 202 200 200; do
		[ "$(curl -s -o /dev/null -w '%{http_code}' --data-binary @body \
			-H 'Content-Type: application/json' \
			-H "X-Hub-Signature-256: $(cat signature)" \
			-H "X-GitHub-Delivery: another-$RANDOM" \
			-H 'X-GitHub-Event: pratique' "http://$HTTP/hooks/web")" = $want ]
	done
}

@test "verify callback accepts and refuses the same headers as the agent" {
	printf 'secret-of-the-hook' >secret
	printf '{}' >body
	s=sha256=$(openssl dgst -sha256 -hmac secret-of-the-hook body | sed 's/.*= //')
	check() { "$P" verify callback --scheme github --secret-file secret "$@" body; }
	check --header "X-Hub-Signature-256: $s" --header 'X-Other: a' \
		--header 'X-Other: b' --header 'X-GitHub-Event:'
	for again in "X-Hub-Signature-256: $s" "x-hub-signature-256:"; do
		run check --header "$again" --header "X-Hub-Signature-256: $s"
		[ "$status" -eq 2 ]
		[[ "${output,,}" == *"x-hub-signature-256: given more than once"* ]]
	done
	for bad in nocolon "" ": x" " : x" "X Y: z"; do
		run check --header "X-Hub-Signature-256: $s" --header "$bad"
		[ "$status" -eq 2 ]
		[[ "$output" == *"--header"*"expected 'Name: value'"* ]]
	done
	printf 'whsec_short' >secret
	run "$P" verify callback --scheme standard-webhooks --secret-file secret body
	[ "$status" -eq 4 ]
	[[ "$output" == *"secret: the secret is not whsec_"* ]]
}

@test "usage: an empty argument is refused, not treated as absent" {
	for args in "status|" "list|--service|" "list|--state|" "list|--state=" \
		"look|web|--name|" "hold||--all|-m|x" "unhold|" "show|" "|status" \
		"--run||status" "reject|1|-m|" "check-config|"; do
		IFS='|' read -ra words <<<"$args|end"
		unset 'words[-1]'
		run "$P" --config "$LAB/etc" "${words[@]}"
		[ "$status" -eq 2 ]
		[[ "$output" == *"is empty"* ]]
	done
	[ "$(pq status --json | jq -r '.services[0].hold')" = "" ]
}

@test "host gets exit code 4 if the Docker engine is not running" {
	run --separate-stderr "$P" --run "$LAB/run" host
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[[ "$stderr" == "docker: "* ]]
	expect_json 4 --json host
	jq -e '.code == 4 and .findings == [] and
		(.text | startswith("docker: "))' <<<"$output"
}

@test "list prints releases and looks, newest first" {
	lab_send 3.9.9 # there is no such image: a look, newer than the release
	lab_wait 60 lab_id 3.9.9 look
	lab_id 3.0.0
	ids=$(pq list --json | jq -c '[.releases[].id]')
	[ "$(jq 'length' <<<"$ids")" -ge 3 ]
	[ "$(jq -c 'sort | reverse' <<<"$ids")" = "$ids" ]
	[ "$(pq list | awk 'NR > 1 { print $1 }')" = "$(jq '.[]' <<<"$ids")" ]
	[ "$(pq list --limit 2 --json | jq -c '[.releases[].id]')" = \
		"$(jq -c '.[:2]' <<<"$ids")" ]
	run pq list --limit 0
	[ "$status" -eq 2 ]
	[[ "$output" == *"--limit: expected a whole number"* ]]
}

@test "audit log --since starts after the given row" {
	last=$(pq audit log --json | jq '.events[-1].seq')
	[ "$(pq audit log --since $((last - 2)) --json |
		jq -c '[.events[].seq][:2]')" = "[$((last - 1)),$last]" ]
}

@test "a second approval is reported and not recorded again" {
	id=$(lab_id 3.0.0)
	rows() { pq show "$id" --json |
		jq '[.events[] | select(.event == "release.approved")] | length'; }
	run pq approve "$id" -m "seen"
	[ "$status" -eq 0 ]
	[ "$output" = "Release approved." ]
	run pq approve "$id"
	[ "$status" -eq 0 ]
	[ "$output" = "Release already approved." ]
	[ "$(rows)" = 1 ]
}

@test "help: each command prints its usage for surplus arguments" {
	"$P" --help | sed -nE 's/^  pratique ([a-z][a-z-]*( [a-z][a-z-]*)?).*/\1/p' \
		>commands
	[ "$(wc -l <commands)" -ge 19 ]
	while read -r name; do
		run "$P" $name surplus1 surplus2 surplus3
		[ "$status" -eq 2 ]
		[[ "$output" == "usage: pratique $name"* ]]
	done <commands
	run "$P" audit
	[ "$status" -eq 2 ]
	[[ "$output" == "usage: pratique audit log"*"usage: pratique audit verify" ]]
}

@test "help: the help of one command fits into 80 columns" {
	run "$P" hold --help
	[ "$status" -eq 0 ]
	[[ "$output" == "usage: pratique hold SERVICE|--all -m TEXT
  stop deployments of a service, or of all services
"*"  --all "* ]]
	[[ "$output" != *"--evidence"* ]]
	[ "$("$P" --json hold --help | jq -r .text)" = "$output" ]
	run "$P" nonsense --help
	[ "$status" -eq 2 ]
	run "$P" hold web
	[ "$status" -eq 2 ]
	[[ "$output" == "usage: pratique hold "*"pratique: hold: the option -m is missing" ]]
	[ -z "$("$P" --help | grep -E '^.{81}')" ]
	[ -z "$("$P" send --help | grep -E '^.{81}')" ]
}

@test "help: help COMMAND prints the help of that command" {
	[ "$("$P" help hold)" = "$("$P" hold --help)" ]
	[ "$("$P" help audit log)" = "$("$P" audit log --help)" ]
	[ "$("$P" help verify)" = "$("$P" verify --help)" ]
	[ "$("$P" help)" = "$("$P" --help)" ]
	[ "$("$P" --json help hold | jq -r .text)" = "$("$P" hold --help)" ]
	run "$P" help nonsense
	[ "$status" -eq 2 ]
}

@test "version prints the version of the project" {
	v=$(sed -n 's/^project(pratique VERSION \([0-9.]*\) .*/\1/p' \
		"$BATS_TEST_DIRNAME/../../CMakeLists.txt")
	[ "$("$P" version)" = "pratique $v" ]
	[ "$("$P" version --json | jq -r .text)" = "$v" ]
	run "$P" version extra
	[ "$status" -eq 2 ]
}

on_terminal() { # ARGUMENT...: the output on a terminal of 80 columns
	python3 -c 'import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    size = struct.pack("HHHH", 24, 80, 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(sys.argv[1], sys.argv[1:])
out = b""
try:
    while chunk := os.read(fd, 65536):
        out += chunk
except OSError:  # EIO: the child has closed the terminal
    pass
os.waitpid(pid, 0)
sys.stdout.write(out.decode().replace("\r", ""))' \
		"$P" --run "$LAB/run" "$@" 3>&-
}

@test "status and list: the tables fit into 80 columns" {
	text=$(printf 'word %.0s' {1..30})
	pq hold web -m "$text"
	on_terminal status >out
	[ -z "$(head -n 2 out | grep -E '^.{81}')" ]
	grep -x "web: hold: $text" out
	pq unhold web
	pq look web --name 1.0
	on_terminal list >out
	[ "$(wc -l <out)" -ge 2 ]
	# only a word that is longer than its column, such as a path, goes beyond
	[ -z "$(grep -E '^.{81}' out | grep -vE ' [^ ]{20,}$')" ]
	[ "$(pq list | wc -l)" -eq \
		"$(pq list --json | jq '.releases | length + 1')" ]
}

@test "help: each program prints its usage" {
	run --separate-stderr "$LAB_BIN/pratiqued" --help
	[ "$status" -eq 0 ]
	[[ "$output" == "usage: pratiqued "* ]]
	[ -z "$stderr" ]
	for role in intake warden fetch verify deploy; do
		run "$LAB_BIN/pratique-$role" --help
		[ "$status" -eq 0 ]
		[[ "$output" == "usage: pratique-$role --config DIR --run DIR"* ]]
		for wrong in "" "--bogus" "--config x"; do
			run "$LAB_BIN/pratique-$role" $wrong
			[ "$status" -eq 2 ]
			[[ "$output" == *"usage: pratique-$role --config DIR"* ]]
		done
	done
	for wrong in "--bogus" "--uid-base 5" "surplus"; do
		run "$LAB_BIN/pratiqued" $wrong
		[ "$status" -eq 2 ]
		[[ "$output" == *"usage: pratiqued "* ]]
	done
}
