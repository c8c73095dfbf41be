/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: what a row may not say, whoever writes it. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/lists.h"
#include "cli/options.h"
#include "cli/request.h"
#include "cli/usage.h"

static const struct cli_command *rows;
static size_t n_rows;

static int
take_rows(void **state)
{
	(void)state;
	rows = cli_commands(&n_rows);
	return n_rows > 10 ? 0 : -1;
}

/* the words of a list, one after the other; NULL: no more */
static const char *
next_word(const char **list, char word[32])
{
	size_t n;

	if (*list == NULL)
		return NULL;
	*list += strspn(*list, " ");
	n = strcspn(*list, " ");
	assert_true(n < 32);
	memcpy(word, *list, n);
	word[n] = '\0';
	*list += n;
	return n == 0 ? NULL : word;
}

static void
test_commands__are_found_by_their_whole_names(void **state)
{
	static char audit[] = "audit", log[] = "log", other[] = "other";
	char *words[] = { audit, log, other };
	int used;
	size_t i;

	(void)state;
	assert_string_equal(cli_command_of(words, 3, &used)->name, "audit log");
	assert_int_equal(used, 2);
	assert_null(cli_command_of(words, 1, &used));
	assert_null(cli_command_of(words + 1, 2, &used));
	assert_null(cli_command_of(words, 0, &used));
	words[1] = other;
	assert_null(cli_command_of(words, 3, &used));
	audit[3] = '\0';
	assert_null(cli_command_of(words, 3, &used));
	for (i = 0; i < n_rows; i++) {
		char *name = strdup(rows[i].name);
		char *both[2] = { name, strchr(name, ' ') };

		if (both[1] != NULL)
			*both[1]++ = '\0';
		assert_ptr_equal(
		    cli_command_of(both, both[1] == NULL ? 1 : 2, &used),
		    &rows[i]);
		free(name);
	}
}

/* An option that is misspelt in a row would be refused for ever. */
static void
test_commands__name_options_that_there_are(void **state)
{
	char word[32];
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const char *lists[2] = { rows[i].needs, rows[i].takes };

		for (k = 0; k < 2; k++)
			while (next_word(&lists[k], word) != NULL)
				if (!cli_is_option(word))
					fail_msg("%s: %s", rows[i].name, word);
	}
}

/* What a command takes, its message has: else it would be asked in vain. */
static void
test_commands__ask_with_all_that_they_take(void **state)
{
	static char value[] = "7", program[] = "pratique";
	size_t i, asking = 0;
	int k;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const char *lists[2] = { rows[i].needs, rows[i].takes };
		char words[16][32], *argv[16], *operands[16];
		struct cli c = { .command = &rows[i], .words = operands };
		struct pq_msg m;
		int argc = 1;

		if (rows[i].verb == PQ_VERB_NONE)
			continue;
		asking++;
		argv[0] = program;
		for (k = 0; k < 2; k++)
			while (next_word(&lists[k], words[argc]) != NULL) {
				/* a switch is no argument of a message */
				if (strcmp(words[argc], "--evidence") == 0)
					continue;
				argv[argc] = words[argc];
				argv[argc + 1] = value;
				argc += 2;
			}
		assert_int_equal(cli_parse(&c, argc, argv), 0);
		c.operand = rows[i].operand == CLI_NOTHING ? NULL : value;
		assert_int_equal(cli_request(&m, &c), 0);
		assert_int_equal(m.type, pq_verb_message(rows[i].verb));
	}
	/* each verb has a row; the evidence is an option of show */
	assert_int_equal(asking, PQ_VERB_COUNT - 1 - 1);
}

/* JSON names a list once, and an asker alone has an answer. */
static void
test_commands__print_each_type_of_row_once(void **state)
{
	size_t i, k, j;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const struct cli_list *const *v = rows[i].prints;

		if (rows[i].verb == PQ_VERB_NONE)
			assert_true(v[0] == NULL && rows[i].document == 0);
		for (k = 0; k < CLI_LISTS && v[k] != NULL; k++)
			for (j = 0; j < k; j++) {
				assert_int_not_equal(v[k]->type, v[j]->type);
				assert_string_not_equal(v[k]->name, v[j]->name);
			}
	}
}

/* ---- what a command line may have -------------------------------------- */

/* 0, or CLI_USAGE; @words: with blanks between */
static int
checked(const char *words)
{
	static char line[128];
	static char *argv[16], *operands[16];
	struct cli c = { .words = operands };
	char *rest = line, *p;
	int argc = 1, used;

	(void)snprintf(line, sizeof(line), "%s", words);
	while ((p = strtok_r(rest, " ", &rest)) != NULL)
		argv[argc++] = p;
	if (cli_parse(&c, argc, argv) != 0)
		return CLI_USAGE;
	c.command = cli_command_of(c.words, c.n_words, &used);
	assert_non_null(c.command);
	return cli_operands(&c, c.words + used, c.n_words - used);
}

static void
test_commands__take_no_more_and_no_less(void **state)
{
	static const char *const good[] = { "status", "status web", "list",
		"show 1", "hold web -m x", "hold --all -m x", "unhold --all",
		"audit log", "audit log --since 5", "reject 1 -m x",
		"adopt web --version 1", "watch", "verify evidence -" };
	static const char *const bad[] = { "status a b", "list a", "show",
		"show 1 2", "hold -m x", "hold web --all -m x", "hold web",
		"hold a b -m x", "unhold", "audit log x", "reject 1", "reject",
		"adopt web", "look web --all", "status --evidence",
		"verify tag x", "list --version 1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (checked(good[i]) != 0)
			fail_msg("%s: refused", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (checked(bad[i]) != CLI_USAGE)
			fail_msg("%s: taken", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands__are_found_by_their_whole_names),
		cmocka_unit_test(test_commands__name_options_that_there_are),
		cmocka_unit_test(test_commands__ask_with_all_that_they_take),
		cmocka_unit_test(test_commands__print_each_type_of_row_once),
		cmocka_unit_test(test_commands__take_no_more_and_no_less),
	};

	return cmocka_run_group_tests(tests, take_rows, NULL);
}
