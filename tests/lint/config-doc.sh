#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each key of the configuration, and each word of a choice, is explained in
# agent/config/README.md: both are rows of the tables in schema_*.c. Each scheme
# of a callback is explained there and in agent/intake/README.md.
set -u
cd "$(dirname "$0")/../.." || exit 2
doc=agent/config/README.md
mapfile -t keys < <(sed -n 's/^\t{ "\([a-z0-9-]*\)",$/\1/p; s/^\t{ "\([a-z0-9-]*\)", PQ_.*/\1/p' \
	agent/config/schema_*.c | sort -u)
[ ${#keys[@]} -gt 20 ] || {
	echo "config-doc: found ${#keys[@]} keys only"
	exit 1
}
status=0
for key in "${keys[@]}"; do
	grep -q "[\`{ ]${key}[\`: ]" "$doc" || {
		echo "$doc: says nothing about $key"
		status=1
	}
done
mapfile -t schemes < <(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' \
	verify/core/scheme_*.c)
[ ${#schemes[@]} -gt 0 ] || {
	echo "config-doc: found no scheme"
	exit 1
}
for scheme in "${schemes[@]}"; do
	for d in "$doc" agent/intake/README.md; do
		grep -qF "\`$scheme\`" "$d" || {
			echo "$d: says nothing about the scheme $scheme"
			status=1
		}
	done
done
exit $status
