/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: rules that each row must keep. */
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

/* Take the next word of a list, or NULL at its end. */
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

/* A command could never be given an option that its row misspells. */
static void
test_commands__name_only_known_options(void **state)
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

/* The request of a command has a field for each option that its row takes. */
static void
test_commands__send_each_option_that_they_take(void **state)
{
	static char value[] = "7", program[] = "pratique";
	size_t i, n_asking = 0;
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
		n_asking++;
		argv[0] = program;
		for (k = 0; k < 2; k++)
			while (next_word(&lists[k], words[argc]) != NULL) {
				/* these select another verb */
				if (strcmp(words[argc], "--evidence") == 0 ||
				    strcmp(words[argc], "--callbacks") == 0)
					continue;
				argv[argc] = words[argc];
				argv[argc + 1] = value;
				argc += 2;
			}
		assert_int_equal(cli_parse_line(&c, argc, argv), 0);
		c.operand = rows[i].operand == CLI_NOTHING ? NULL : value;
		assert_int_equal(cli_make_request(&m, &c), 0);
		assert_int_equal(m.type, pq_verb_message(rows[i].verb));
	}
	/* each verb has a row, except EVIDENCE and CALLBACKS, which are
	 * options of show and list */
	assert_int_equal(n_asking, PQ_VERB_COUNT - 1 - 2);
}

/*
 * The lists of a command have different names in JSON. A command that does not
 * ask the agent has no lists.
 */
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

/* ---- the operand and options of a command line --------------------------- */

/* Check the words of @words, separated by blanks. Return: 0 or CLI_USAGE */
static int
check_line(const char *words)
{
	static char line[128];
	static char *argv[16], *operands[16];
	struct cli c = { .words = operands };
	char *rest = line, *p;
	int argc = 1, used;

	(void)snprintf(line, sizeof(line), "%s", words);
	while ((p = strtok_r(rest, " ", &rest)) != NULL)
		argv[argc++] = p;
	if (cli_parse_line(&c, argc, argv) != 0)
		return CLI_USAGE;
	c.command = cli_command_of(c.words, c.n_words, &used);
	assert_non_null(c.command);
	return cli_operands(&c, c.words + used, c.n_words - used);
}

static void
test_commands__refuse_missing_and_surplus_arguments(void **state)
{
	static const char *const good[] = { "status", "status web", "list",
		"list --callbacks", "show 1", "hold web -m x",
		"hold --all -m x", "unhold --all", "audit log",
		"audit log --since 5", "reject 1 -m x", "adopt web --version 1",
		"watch", "verify evidence -" };
	static const char *const bad[] = { "status a b", "list a", "show",
		"show 1 2", "hold -m x", "hold web --all -m x", "hold web",
		"hold a b -m x", "unhold", "audit log x", "reject 1", "reject",
		"adopt web", "look web --all", "status --evidence",
		"show 1 --callbacks", "verify tag x", "list --version 1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (check_line(good[i]) != 0)
			fail_msg("%s: refused", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (check_line(bad[i]) != CLI_USAGE)
			fail_msg("%s: accepted", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands__are_found_by_their_whole_names),
		cmocka_unit_test(test_commands__name_only_known_options),
		cmocka_unit_test(
		    test_commands__send_each_option_that_they_take),
		cmocka_unit_test(test_commands__print_each_type_of_row_once),
		cmocka_unit_test(
		    test_commands__refuse_missing_and_surplus_arguments),
	};

	return cmocka_run_group_tests(tests, take_rows, NULL);
}
