#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agent/config/README.md explains each key of the configuration and each value
# of a choice: the rows of the tables in schema_*.c. It explains each callback
# scheme as well, and so does agent/intake/README.md.
set -u
cd "$(dirname "$0")/../.." || exit 2
doc=agent/config/README.md
mapfile -t keys < <(sed -n 's/^\t{ "\([a-z0-9-]*\)",$/\1/p; s/^\t{ "\([a-z0-9-]*\)", PQ_.*/\1/p' \
	agent/config/schema_*.c | sort -u)
[ ${#keys[@]} -gt 20 ] || {
	echo "agent/config/schema_*.c: found only ${#keys[@]} keys: adapt $0"
	exit 1
}
status=0
for key in "${keys[@]}"; do
	grep -q "[\`{ ]${key}[\`: ]" "$doc" || {
		echo "$doc: does not explain the key $key: add a line"
		status=1
	}
done
mapfile -t schemes < <(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' \
	verify/core/scheme_*.c)
[ ${#schemes[@]} -gt 0 ] || {
	echo "verify/core/scheme_*.c: found no scheme: adapt $0"
	exit 1
}
for scheme in "${schemes[@]}"; do
	for d in "$doc" agent/intake/README.md; do
		grep -qF "\`$scheme\`" "$d" || {
			echo "$d: does not explain the scheme $scheme: add a line"
			status=1
		}
	done
done
exit $status
