#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The lints circles.py, contracts.py, pointers.sh, words.py and names.py of
# tests/lint find each violation of their rule, and fail if they could not
# examine a file.

bats_require_minimum_version 1.5.0

setup() {
	lints=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/lint
	lint=$lints/circles.py
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

# ---- contracts.py ------------------------------------------------------

write_header() { # TEXT: of the only public header
	mkdir -p include/pratique
	printf '%s\n' "$1" >include/pratique/x.h
}

expect_contracts() { # STATUS LINE...: exactly these lines
	run "${lint%/*}/contracts.py" "$PWD"
	[ "$status" -eq "$1" ]
	diff <(printf '%s\n' "${@:2}") - <<<"$output"
}

full='/*
 * pq_x_add() - add a number
 * @x:     the sum; borrowed
 * @n:     the number
 * Return: 0; -1 on overflow
 */
int pq_x_add(struct pq_x *x, unsigned n);'

@test "contracts: a full contract passes" {
	write_header "$full"
	expect_contracts 0 "1 of 1 functions have a full contract"
}

@test "contracts: each missing part is reported" {
	write_header "$(sed '/add() -/d; /@n:/d; /Return:/d' <<<"$full")"
	expect_contracts 1 "include/pratique/x.h:4: pq_x_add() lacks pq_x_add() -, @n:, Return:" \
		"0 of 1 functions have a full contract"
	write_header "$(sed 's/add a number//; s/@n:.*/@n:/; s/0; .*//' <<<"$full")"
	expect_contracts 1 "include/pratique/x.h:7: pq_x_add() lacks pq_x_add() -, @n:, Return:" \
		"0 of 1 functions have a full contract"
}

@test "contracts: only the comment directly above counts" {
	local between
	for between in '' '#define PQ_X 1' 'struct pq_y { int n; };' \
		'/* another comment */'; do
		write_header "$(sed "s%^int%${between}\nint%" <<<"$full")"
		run "${lint%/*}/contracts.py" "$PWD"
		[ "$status" -eq 1 ]
		[[ "${lines[0]}" == "include/pratique/x.h:8: pq_x_add() lacks "* ]]
		[ "${lines[-1]}" = "0 of 1 functions have a full contract" ]
	done
	write_header "${full%;}; /* of this line */
int pq_x_take(struct pq_x *x);"
	expect_contracts 1 "include/pratique/x.h:8: pq_x_take() lacks pq_x_take() -" \
		"1 of 2 functions have a full contract"
}

@test "contracts: prototypes may share a comment" {
	write_header '/*
 * pq_x_free() - free a sum
 * pq_x_eq()   - decide whether two sums are equal
 * @a, @b: sums; borrowed
 * Return: true if they are
 */
void pq_x_free(struct pq_x *a);
bool pq_x_eq(const struct pq_x *a,
    const struct pq_x *b) __attribute__((pure));'
	expect_contracts 0 "2 of 2 functions have a full contract"
}

@test "contracts: only a function that returns void needs no Return line" {
	write_header '/* pq_x_init() - start */
void pq_x_init(void);
/*
 * pq_x_bytes() - the bytes of a sum
 * @get: called once
 */
const void *pq_x_bytes(int (*get)(void *), ...);'
	expect_contracts 1 "include/pratique/x.h:7: pq_x_bytes() lacks Return:" \
		"1 of 2 functions have a full contract"
}

@test "contracts: a parameter without a name is reported" {
	write_header '/* pq_x_a() - a function */
void pq_x_a(const struct pq_x *, unsigned, struct pq_y, char *const);'
	expect_contracts 1 "include/pratique/x.h:2: pq_x_a() lacks a name for parameter 1, a name for parameter 2, a name for parameter 3, a name for parameter 4" \
		"0 of 1 functions have a full contract"
}

@test "contracts: code that is not a prototype needs no contract" {
	write_header "typedef int (*pq_x_fn)(int);
extern int pq_x_count;
_Static_assert(sizeof(int) > 1, \"int\");
#define PQ_X(f) \\
	int f(void);
struct pq_x {
	int (*add)(int);
};
static inline int pq_x_one(void) { return pq_x_two(1); }
$full"
	expect_contracts 0 "1 of 1 functions have a full contract"
}

@test "contracts: a comment about an unknown function or parameter is reported" {
	write_header "$(sed 's/@n:  /@n, @m:/; s/add a number/see pq_x_gone(), PQ_X(1) and pq_m()/' \
		<<<"$full")
#define pq_m(x) (x)"
	expect_contracts 1 "include/pratique/x.h:1: no public header declares pq_x_gone()" \
		"include/pratique/x.h:1: no prototype below this comment has the parameter m" \
		"1 of 1 functions have a full contract"
}

@test "contracts: nine functions of ten pass, and a smaller share fails" {
	local i text=
	for i in 1 2 3 4 5 6 7 8 9; do
		text+=$'/* pq_x_'$i$'() - a function */\nvoid pq_x_'$i$'(void);\n'
	done
	write_header "$text
void pq_x_10(void);"
	expect_contracts 0 "include/pratique/x.h:20: pq_x_10() lacks a comment directly above" \
		"9 of 10 functions have a full contract"
	write_header "$text
void pq_x_10(void);
void pq_x_11(void);"
	expect_contracts 1 "include/pratique/x.h:20: pq_x_10() lacks a comment directly above" \
		"include/pratique/x.h:21: pq_x_11() lacks a comment directly above" \
		"9 of 11 functions have a full contract"
}

@test "contracts: headers without prototypes fail" {
	write_header '#define PQ_X 1'
	expect_contracts 1 "include/pratique: no prototypes found"
	rm include/pratique/x.h
	expect_contracts 1 "include/pratique: has no C files"
}

# ---- pointers.sh -------------------------------------------------------

@test "pointers: a bare pointer or a negated one as a condition is reported" {
	write_file agent/a.c 'int f(char *p, int n)
		{
			if (!p)
				return 1;
			if (p)
				return 2;
			return n != 0 && p;
		}'
	write_file agent/b.c '#define json_array_foreach(p) for (; p; p = 0)
		int g(char *p, int n)
		{
			json_array_foreach (p)
				n++;
			return !n || p == (void *)0;
		}'
	compile_all
	run "$lints/pointers.sh" "$PWD/build"
	[ "$status" -eq 1 ]
	[ "$(sed -E 's/(.*: compare the pointer with NULL): .*/\1/' <<<"$output")" = \
		"$PWD/agent/a.c:3: compare the pointer with NULL
$PWD/agent/a.c:5: compare the pointer with NULL
$PWD/agent/a.c:7: compare the pointer with NULL" ]
	rm agent/a.c
	compile_all
	run "$lints/pointers.sh" "$PWD/build"
	[ "$status" -eq 0 ]
	[ "$output" = "2 files" ]
}

@test "pointers: a file that was not examined fails" {
	write_file agent/a.c 'int f(void) { return 1; }'
	compile_all
	rm agent/a.c
	run "$lints/pointers.sh" "$PWD/build"
	[ "$status" -eq 1 ]
	[[ "$output" == "$PWD/agent/a.c: clang-query did not examine it: "* ]]
	rm build/compile_commands.json
	run "$lints/pointers.sh" "$PWD/build"
	[ "$status" -eq 1 ]
	[[ "$output" == *"build/compile_commands.json: not found: configure and build first" ]]
}

# ---- words.py ----------------------------------------------------------

repeat_line() { # COUNT TEXT
	local i
	for ((i = 0; i < $1; i++)); do echo "$2"; done
}

# Write a tree whose three groups have plain words only.
write_plain_tree() {
	write_file agent/a.c '/* plain */'
	write_file run.sh '# plain'
	write_file README.md plain
}

@test "words: each rare word has its limit for each group" {
	write_plain_tree
	# two hits in 2003 words: 15 in 10,000 are permitted
	{
		repeat_line 1000 '/* plain words */'
		echo '/* What is'
		echo ' * what */'
	} >agent/a.c
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 0 ]
	[[ "$output" == *"C comments: 2003 words; per 10000: what 10.0 (at most 15), "* ]]
	{
		echo '/* whoever'
		echo ' * Whoever */ int whoever;'
		echo 'const char *s = "/* whoever */"; // whoever'
	} >>agent/a.c
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 1 ]
	[[ "$output" == *"agent/a.c:1003: whoever
agent/a.c:1004: whoever
agent/a.c:1005: whoever
scripts: "* ]]
	run ! grep ': what$' <<<"$output"
}

@test "words: a short group may have one hit of each word" {
	write_plain_tree
	write_file README.md 'what whoever anew'
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 0 ]
	write_file docs.md 'anew'
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 1 ]
	[[ "$output" == *"README.md:1: anew
docs.md:1: anew" ]]
}

@test "words: comments of scripts count, and the names of Bats tests" {
	local word=anew
	write_plain_tree
	printf '%s\n' '#!/bin/sh' "# $word" 'echo anew "${#anew}"' >script
	printf '%s\n' '@test "done anew" {' "anew # $word" '}' >a.bats
	printf '%s\n' '"""Module anew."""' "anew = 'anew'  # $word" >b.py
	mkdir tests
	printf '%s\n' "# $word" 'set(anew)' >tests/CMakeLists.txt
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 1 ]
	[ "$(grep ': anew$' <<<"$output")" = "a.bats:1: anew
a.bats:2: anew
b.py:1: anew
b.py:2: anew
script:2: anew
tests/CMakeLists.txt:1: anew" ]
}

@test "words: code in Markdown does not count" {
	write_plain_tree
	printf '%s\n' 'the word `anew`' '' '    anew' '' '```' anew '```' >README.md
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 0 ]
	[[ "$output" == *"documents: 2 words; "*"anew 0.0"* ]]
}

@test "words: a group without words fails" {
	write_plain_tree
	rm run.sh
	run "$lints/words.py" "$PWD"
	[ "$status" -eq 1 ]
	[[ "$output" == *"scripts: no words found"* ]]
}

# ---- names.py ----------------------------------------------------------

print_functions() { # COUNT NAME: NAME_0, NAME_1, ...
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'static int\n%s_%d(int n,\n    int m)\n{\n}\n' "$2" "$i"
	done
}

@test "names: one function in twenty may have a name of one word" {
	mkdir tests
	print_functions 35 read >agent/a.c
	print_functions 2 pq_read >tests/c.c
	{
		printf '%s\n' 'int helper(int);' 'int' 'main(void)' '{' \
			'	helper(1);' '}'
		printf '%s\n' 'int' 'pq_open(void)' '{' '}'
		printf '%s\n' 'int' 'LLVMFuzzerTestOneInput(void)' '{' '}'
		printf '%s\n' '/*' 'old(void)' '{' '} */'
	} >verify/floor.c
	run "$lints/names.py" "$PWD"
	[ "$status" -eq 0 ]
	[ "$output" = "40 functions, 2 with a name of one word: 5.0 % (at most 5 %)" ]
	printf '%s\n' 'static void' 'go(void)' '{' '}' >>tests/c.c
	run "$lints/names.py" "$PWD"
	[ "$status" -eq 1 ]
	[[ "$output" == *"tests/c.c: go()"* ]]
	[[ "$output" == *"verify/floor.c: pq_open()"* ]]
	[[ "$output" == *"verify/floor.c: main()"* ]]
	[ "$(wc -l <<<"$output")" = 4 ]
}

@test "names: a tree without functions fails" {
	mkdir tests
	echo 'int n;' | tee agent/a.c tests/c.c >verify/floor.c
	run "$lints/names.py" "$PWD"
	[ "$status" -eq 1 ]
	[ "$output" = "no functions found" ]
	rm tests/c.c
	run "$lints/names.py" "$PWD"
	[ "$status" -eq 1 ]
	[ "$output" = "tests: has no C files" ]
}
