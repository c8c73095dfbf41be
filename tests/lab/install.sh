# SPDX-License-Identifier: Apache-2.0
# Install the packages of packages.txt, or of another list. Source this file.

missing_packages() { # [FILE]
	grep -v '^#' "${1:-$(dirname "${BASH_SOURCE[0]}")/packages.txt}" |
		while read -r p; do
			dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
				grep -q 'ok installed' || echo "$p"
		done
}

install_packages() { # [FILE]
	local missing
	missing=$(missing_packages "$@")
	[ -z "$missing" ] && return 0
	# policy-rc.d keeps packages from starting their services
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	apt-get update -q &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
			--no-install-recommends $missing
}
