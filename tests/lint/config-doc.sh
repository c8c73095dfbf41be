#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each key of the configuration is explained in agent/config/README.md.
set -u
cd "$(dirname "$0")/../.." || exit 2
doc=agent/config/README.md
mapfile -t keys < <(sed -n 's/^\t{ "\([a-z0-9-]*\)", PQ_YAML_.*/\1/p' \
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
exit $status
