/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options. One table: what an option is called and what it sets. Which of
 * them mean something to a command, the command's own row says: an option that
 * nobody looks at would be a condition that nobody checks.
 */
#include "cli/options.h"

#include <stddef.h>
#include <string.h>

#include "cli/output.h"

#define AT(member) offsetof(struct cli, member)

enum kind { VALUE, SWITCH, HEADER };

static const struct option {
	const char *name;
	enum kind kind;
	size_t at;   /* of a const char * or bool in struct cli */
	bool global; /* means something to every command */
} options[] = {
	{ "--run", VALUE, AT(run_dir), true },
	{ "--config", VALUE, AT(config_dir), true },
	{ "--json", SWITCH, AT(json), true },
	{ "-m", VALUE, AT(message), false },
	{ "--state", VALUE, AT(state), false },
	{ "--service", VALUE, AT(service), false },
	{ "--version", VALUE, AT(version), false },
	{ "--image", VALUE, AT(image), false },
	{ "--digest", VALUE, AT(digest), false },
	{ "--commit", VALUE, AT(commit), false },
	{ "--secret-file", VALUE, AT(secret_file), false },
	{ "--url", VALUE, AT(url), false },
	{ "--scheme", VALUE, AT(scheme), false },
	{ "--signers", VALUE, AT(signers), false },
	{ "--name", VALUE, AT(tag_name), false },
	{ "--policy", VALUE, AT(policy), false },
	{ "--key", VALUE, AT(key), false },
	{ "--layout", VALUE, AT(layout), false },
	{ "--header", HEADER, AT(headers), false },
	{ "--all", SWITCH, AT(all), false },
	{ "--evidence", SWITCH, AT(evidence), false },
	{ "--plain-http", SWITCH, AT(plain_http), false },
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static bool
is_set(const struct cli *c, const struct option *o)
{
	const char *value;
	bool on;

	if (o->kind == SWITCH) {
		memcpy(&on, (const char *)c + o->at, sizeof(on));
		return on;
	}
	memcpy(&value, (const char *)c + o->at, sizeof(value));
	return value != NULL;
}

static const struct option *
option_named(const char *name)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (strcmp(name, options[i].name) == 0)
			return &options[i];
	return NULL;
}

/* Twice would be a choice that nobody sees. */
static int
set_option(struct cli *c, const struct option *o, const char *value)
{
	const bool on = true;

	if (o->kind == HEADER) {
		if (c->n_headers == CLI_HEADERS)
			return cli_fail(CLI_USAGE, "%s: too many", o->name);
		c->headers[c->n_headers++] = value;
		return 0;
	}
	/* it would mean "not given", and that is often "all" */
	if (o->kind == VALUE && value[0] == '\0')
		return cli_fail(CLI_USAGE, "%s: is empty", o->name);
	if (o->kind == VALUE && is_set(c, o))
		return cli_fail(CLI_USAGE, "%s: is there twice", o->name);
	if (o->kind == SWITCH)
		memcpy((char *)c + o->at, &on, sizeof(on));
	else
		memcpy((char *)c + o->at, &value, sizeof(value));
	return 0;
}

/* "--name=value" in two; NULL when there is no value in it */
static char *
split(char *a)
{
	char *eq = strncmp(a, "--", 2) == 0 ? strchr(a, '=') : NULL;

	if (eq == NULL)
		return NULL;
	*eq = '\0';
	return eq + 1;
}

/* @next: the argument behind it, or NULL; 1 when that was its value */
static int
take(struct cli *c, char *a, const char *next)
{
	const char *value = split(a);
	const struct option *o = option_named(a);
	bool within = value != NULL;

	if (o == NULL)
		return cli_fail(CLI_USAGE, "%s: not an option", a);
	if (o->kind == SWITCH)
		return within ? cli_fail(CLI_USAGE, "%s: has no value", a)
			      : set_option(c, o, NULL);
	if (!within)
		value = next;
	if (value == NULL)
		return cli_fail(CLI_USAGE, "%s: needs a value", a);
	return set_option(c, o, value) != 0 ? CLI_USAGE : within ? 0 : 1;
}

int
cli_parse(struct cli *c, int argc, char **argv)
{
	bool only_operands = false;
	int i, r;

	for (i = 1; i < argc; i++) {
		char *a = argv[i];

		if (a[0] == '\0')
			return cli_fail(CLI_USAGE, "an argument is empty");
		if (only_operands || a[0] != '-' || strcmp(a, "-") == 0) {
			if (c->name == NULL)
				c->name = a;
			else
				c->args[c->n_args++] = a;
			continue;
		}
		if (strcmp(a, "--") == 0) {
			only_operands = true;
			continue;
		}
		if (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0) {
			c->help = true;
			continue;
		}
		r = take(c, a, i + 1 < argc ? argv[i + 1] : NULL);
		if (r == CLI_USAGE)
			return r;
		i += r;
	}
	return 0;
}

/* Is @name one of the words of @list? */
static bool
listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = list; (p = strstr(p, name)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') &&
		    (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

int
cli_refuse_strangers(const struct cli *c, const char *what, const char *takes)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (!options[i].global && is_set(c, &options[i]) &&
		    !listed(takes, options[i].name))
			return cli_fail(CLI_USAGE, "%s: %s means nothing here",
			    what, options[i].name);
	return 0;
}
