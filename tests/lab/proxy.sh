# SPDX-License-Identifier: Apache-2.0
# Debian's nginx in front of intake, with the lines of agent/intake/README.md.
# Source this file after lab.sh. nginx runs in the foreground, with its own
# directory, in the network namespace of the lab.
# shellcheck disable=SC2153 # lab.sh sets LAB and HTTP

PROXY=127.0.0.1:8088

lab_proxy_lines() { # print the block of the README, without TLS
	awk '/^```nginx$/ { on = 1; next } /^```$/ { on = 0 } on' \
		"$BATS_TEST_DIRNAME/../../agent/intake/README.md" |
		sed -e "s/listen 443 ssl;/listen $PROXY;/" \
			-e "s/127\.0\.0\.1:9099/$HTTP/" -e '/ssl_certificate/d'
}

lab_proxy() {
	mkdir -p "$LAB/nginx"
	cat >"$LAB/nginx/nginx.conf" <<-EOF
		daemon off;
		pid $LAB/nginx/pid;
		error_log $LAB/nginx/error.log;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path $LAB/nginx/body;
			proxy_temp_path $LAB/nginx/proxy;
			fastcgi_temp_path $LAB/nginx/fastcgi;
			scgi_temp_path $LAB/nginx/scgi;
			uwsgi_temp_path $LAB/nginx/uwsgi;
			$(lab_proxy_lines)
		}
	EOF
	nginx -p "$LAB/nginx" -e "$LAB/nginx/error.log" \
		-c "$LAB/nginx/nginx.conf" >>"$LAB/nginx/log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 curl -sf "http://$PROXY/healthz"
}
