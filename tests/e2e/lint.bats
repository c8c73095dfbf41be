#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tests/lint/circles.py finds each circle between files, and knows when it
# cannot know.

setup() {
	lint=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/lint/circles.py
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir agent verify build
	# below all the others
	file verify/floor.c 'int floor_of(void) { return 1; }'
}

file() { printf '%s\n' "$2" >"$1"; } # PATH TEXT

compiled() { # OPTION...: every file, as CMake would say it
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

judged() { # STATUS LINE...: these, and no others
	run "$lint" "$PWD/build" "$PWD"
	[ "$status" -eq "$1" ]
	diff <(printf '%s\n' "${@:2}") - <<<"$output"
}

@test "a stair is no circle" {
	file agent/top.c 'int mid(void), floor_of(void);
		int main(void) { return mid() + floor_of(); }'
	file agent/mid.c 'int floor_of(void);
		int mid(void) { return floor_of(); }'
	compiled
	judged 0 "3 files, 3 references between them"
}

@test "two files that call each other are a circle" {
	file agent/a.c 'int b(void);
		int a(int n) { return n ? b() : 0; }'
	file agent/b.c 'int a(int), floor_of(void);
		int b(void) { return a(0) + floor_of(); }'
	compiled
	judged 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs a of agent/a.c, which refers back to it" \
		"3 files, 3 references between them"
}

@test "a table refers to the functions in it" {
	file agent/table.c 'int one(void), two(void);
		static int (*const rows[])(void) = { one, two };
		int run(int i) { return rows[i](); }'
	file agent/one.c 'int run(int);
		int one(void) { return run(1); }'
	file agent/two.c 'int floor_of(void);
		int two(void) { return floor_of(); }'
	compiled -O2
	judged 1 \
		"agent/one.c: needs run of agent/table.c, which refers back to it" \
		"agent/table.c: needs one of agent/one.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "a circle may go by way of others" {
	file agent/a.c 'int b(void), floor_of(void);
		int a(int n) { return n ? b() : floor_of(); }'
	file agent/b.c 'extern int c_state; int b(void) { return c_state; }'
	file agent/c.c 'int a(int);
		int c_state; int c(void) { return a(c_state); }'
	compiled
	judged 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs c_state of agent/c.c, which refers back to it" \
		"agent/c.c: needs a of agent/a.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "a weak symbol is one, a static function is none" {
	file agent/a.c '__attribute__((weak)) int b(void);
		static int same(void) { return 0; }
		int a(int n) { return n && b ? b() : same(); }'
	file agent/b.c 'int a(int), same(void);
		__attribute__((weak)) int b(void) { return a(0) + same(); }'
	file agent/same.c 'int floor_of(void);
		int same(void) { return floor_of(); }'
	compiled
	judged 1 "agent/a.c: needs b of agent/b.c, which refers back to it" \
		"agent/b.c: needs a of agent/a.c, which refers back to it" \
		"4 files, 4 references between them"
}

@test "a file without an object of its own text is a mistake" {
	file agent/a.c 'int floor_of(void);
		int a(void) { return floor_of(); }'
	file agent/b.c 'int floor_of(void);
		int b(void) { return floor_of(); }'
	compiled
	touch -d '1 hour ago' build/agent-a.c.o
	rm build/agent-b.c.o
	file agent/new.c 'int new(void) { return 0; }'
	judged 1 "agent/a.c: newer than $PWD/build/agent-a.c.o: build first" \
		"agent/b.c: not compiled, there is no $PWD/build/agent-b.c.o: build first" \
		"agent/new.c: no command of $PWD/build compiles it" \
		"$PWD/build: no object refers to another: there is nothing to judge" \
		"1 files, 0 references between them"
	rm build/compile_commands.json
	judged 1 "$PWD/build/compile_commands.json: No such file or directory: configure and build first"
}

@test "an object that cannot be read is a mistake" {
	file agent/a.c 'int floor_of(void);
		int a(void) { return floor_of(); }'
	file agent/b.c 'int floor_of(void);
		int b(void) { return floor_of(); }'
	compiled
	echo rubbish >build/agent-a.c.o
	run "$lint" "$PWD/build" "$PWD"
	[ "$status" -eq 1 ]
	[[ "${lines[0]}" == "agent/a.c: nm: "*"agent-a.c.o"* ]]
	sed -i '/b\.c/s/-c /-flto=auto -c /' build/compile_commands.json
	run "$lint" "$PWD/build" "$PWD"
	[[ "$output" == *"agent/b.c: compiled with -flto: "* ]]
}
