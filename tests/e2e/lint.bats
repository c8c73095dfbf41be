#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tests/lint/circles.py finds each circle of references between files, and
# reports each file that it cannot judge.

setup() {
	lint=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/lint/circles.py
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir agent verify build
	# the other files refer to this one, and it refers to no file
	write_file verify/floor.c 'int floor_of(void) { return 1; }'
}

write_file() { printf '%s\n' "$2" >"$1"; } # PATH TEXT

compile_all() { # OPTION...: compile every file, and write the database of CMake
	local f comma=
	echo '[' >build/compile_commands.json
	for f in agent/*.c verify/*.c; do
		cc "$@" -c -o "build/${f//\//-}.o" "$f"
		printf '%s{"directory": "%s", "file": "%s", "command": "%s"}\n' \
			"$comma" "$PWD/build" "$PWD/$f" \
			"cc $* -o ${f//\//-}.o -c $PWD/$f"
		comma=,
	done >>build/compile_commands.json
	echo ']' >>build/compile_commands.json
}

expect() { # STATUS LINE...: the output has exactly these lines
	run "$lint" "$PWD/build" "$PWD"
	[ "$status" -eq "$1" ]
	diff <(printf '%s\n' "${@:2}") - <<<"$output"
}

@test "circles: references in one direction pass" {
	write_file agent/top.c 'int mid(void), floor_of(void);
		int main(void) { return mid() + floor_of(); }'
	write_file agent/mid.c 'int floor_of(void);
		int mid(void) { return floor_of(); }'
	compile_all
	expect 0 "3 files, 3 references between them"
}

@test "circles: two files that call each other are reported" {
	write_file agent/a.c 'int b(void);
		int a(int n) { return n ? b() : 0; }'
	write_file agent/b.c 'int a(int), floor_of(void);
		int b(void) { return a(0) + floor_of(); }'
	compile_all
	expect 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs a of agent/a.c, which refers back to it" \
		"3 files, 3 references between them"
}

@test "circles: a table refers to the functions in it" {
	write_file agent/table.c 'int one(void), two(void);
		static int (*const rows[])(void) = { one, two };
		int run(int i) { return rows[i](); }'
	write_file agent/one.c 'int run(int);
		int one(void) { return run(1); }'
	write_file agent/two.c 'int floor_of(void);
		int two(void) { return floor_of(); }'
	compile_all -O2
	expect 1 \
		"agent/one.c: needs run of agent/table.c, which refers back to it" \
		"agent/table.c: needs one of agent/one.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "circles: a circle through a third file is reported" {
	write_file agent/a.c 'int b(void), floor_of(void);
		int a(int n) { return n ? b() : floor_of(); }'
	write_file agent/b.c 'extern int c_state; int b(void) { return c_state; }'
	write_file agent/c.c 'int a(int);
		int c_state; int c(void) { return a(c_state); }'
	compile_all
	expect 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs c_state of agent/c.c, which refers back to it" \
		"agent/c.c: needs a of agent/a.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "circles: a weak symbol counts, a static function does not" {
	write_file agent/a.c '__attribute__((weak)) int b(void);
		static int same(void) { return 0; }
		int a(int n) { return n && b ? b() : same(); }'
	write_file agent/b.c 'int a(int), same(void);
		__attribute__((weak)) int b(void) { return a(0) + same(); }'
	write_file agent/same.c 'int floor_of(void);
		int same(void) { return floor_of(); }'
	compile_all
	expect 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs a of agent/a.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "circles: a file with no object or an older one is reported" {
	write_file agent/a.c 'int floor_of(void);
		int a(void) { return floor_of(); }'
	write_file agent/b.c 'int floor_of(void);
		int b(void) { return floor_of(); }'
	compile_all
	touch -d '1 hour ago' build/agent-a.c.o
	rm build/agent-b.c.o
	write_file agent/new.c 'int new(void) { return 0; }'
	expect 1 "agent/a.c: newer than $PWD/build/agent-a.c.o: build first" \
		"agent/b.c: $PWD/build/agent-b.c.o: not found: build first" \
		"agent/new.c: not in $PWD/build: add it to a CMakeLists.txt" \
		"$PWD/build: no object refers to another: build first" \
		"1 files, 0 references between them"
	rm build/compile_commands.json
	expect 1 "$PWD/build/compile_commands.json: No such file or directory: configure and build first"
}

@test "circles: an unreadable object is reported" {
	write_file agent/a.c 'int floor_of(void);
		int a(void) { return floor_of(); }'
	write_file agent/b.c 'int floor_of(void);
		int b(void) { return floor_of(); }'
	compile_all
	echo rubbish >build/agent-a.c.o
	run "$lint" "$PWD/build" "$PWD"
	[ "$status" -eq 1 ]
	[[ "${lines[0]}" == "agent/a.c: nm: "*"agent-a.c.o"* ]]
	sed -i '/b\.c/s/-c /-flto=auto -c /' build/compile_commands.json
	run "$lint" "$PWD/build" "$PWD"
	[[ "$output" == *"agent/b.c: compiled with -flto, "* ]]
}
