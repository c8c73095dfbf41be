# SPDX-License-Identifier: Apache-2.0
# The suites of ./check --long, which sources this file. A suite is a list of
# items, and each item is a job. An item that passed is skipped as long as the
# hash of the tree stays the same.

# Print one item per line, with the words of its job separated by tabs.
items_kills() {
	local f
	for f in $(bats_files); do
		awk -v f="$f" -F '"' '
			/^# bats test_tags=.*long/ { long = 1; next }
			/^@test / && long {
				gsub(/[][().*+?^$|\\]/, "\\\\&", $2)
				print "bats_file\tdev\t" f "\t-f\t^" $2 "$"
			}
			{ long = 0 }' "$f"
	done
}

items_asan() {
	local f
	for f in $(bats_files); do
		printf '%s\t' bats_file asan "$f" --filter-tags
		echo '!long'
	done
}

items_load() { items_asan | sed 's/\tasan\t/\tdev\t/'; }

items_fuzz() {
	local c t seconds=${PQ_FUZZ_SECONDS:-120}
	for c in tests/fuzz/corpus/*; do
		t=$(basename "$c")
		printf '%s\t' run_step "fuzz $t ${seconds}s" tests/fuzz/run.sh "$t"
		echo "$seconds"
	done
}

preset_of() { # SUITE
	case $1 in
	asan | fuzz) echo "$1" ;;
	*) echo dev ;;
	esac
}

# Print one hash over every file of the tree, committed or not.
tree_hash() {
	find . -path ./build -prune -o -path ./.git -prune -o -type f -print0 |
		sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16
}

# Keep processes busy until ./check ends, even if a signal ends it.
keep_busy() { # PROCESSES
	local i
	for ((i = 0; i < $1; i++)); do
		(while [ -d "/proc/$$" ]; do :; done) &
	done
}

run_item() { # DIRECTORY ITEM: run the item unless it has passed before
	local words mark
	mark=$1/$(sha256sum <<<"$2" | cut -c 1-16)
	if [ -e "$mark" ]; then
		sed '$!s/^ok  /ok   before:/' "$mark"
		return
	fi
	IFS=$'\t' read -ra words <<<"$2"
	"${words[@]}" >"$mark.new"
	cat "$mark.new"
	if tail -n 1 "$mark.new" | grep -qE '^= [1-9][0-9]* 0 [0-9]+$'; then
		mv "$mark.new" "$mark"
	else
		rm "$mark.new"
	fi
}

long_suite() { # SUITE SHARD SHARDS
	local list i=0 one at_once=2 dir
	dir=build/long/$(tree_hash)/$1
	build_preset "$(preset_of "$1")"
	mkdir -p "$dir"
	list=$("items_$1")
	if [ "$1" = load ]; then
		keep_busy 15
		at_once=1
	fi
	while IFS= read -r one; do
		i=$((i + 1))
		[ $((i % $3)) -eq $(($2 % $3)) ] || continue
		wait_jobs $((at_once - 1))
		begin_job run_item "$dir" "$one"
	done <<<"$list"
	wait_jobs 0
}
