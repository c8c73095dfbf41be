/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options. One table: what an option is called, what it sets, and which
 * argument of a request it is. Which of them mean something to a command, the
 * command's own row says: an option that nobody looks at would be a condition
 * that nobody checks.
 */
#include "cli/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "ipc/fields.h"

#define AT(member) offsetof(struct cli, member)

enum kind { VALUE, SWITCH, HEADER };

static const struct option {
	const char *name;
	enum kind kind;
	const char *value; /* what stands for it in the usage */
	size_t at;         /* of a const char * or bool in struct cli */
	bool global;       /* means something to every command */
	const char *field; /* of a QUERY or ORDER; NULL: of none */
} options[] = {
	{ "--run", VALUE, "DIR", AT(run_dir), true, NULL },
	{ "--config", VALUE, "DIR", AT(config_dir), true, NULL },
	{ "--json", SWITCH, NULL, AT(json), true, NULL },
	{ "-m", VALUE, "TEXT", AT(message), false, "reason" },
	{ "--state", VALUE, "X", AT(state), false, "state" },
	{ "--service", VALUE, "S", AT(service), false, "service" },
	{ "--version", VALUE, "V", AT(version), false, "version" },
	{ "--since", VALUE, "SEQ", AT(since), false, "since" },
	{ "--limit", VALUE, "N", AT(limit), false, "limit" },
	{ "--image", VALUE, "REF", AT(image), false, NULL },
	{ "--digest", VALUE, "D", AT(digest), false, NULL },
	{ "--commit", VALUE, "OID", AT(commit), false, NULL },
	{ "--secret-file", VALUE, "F", AT(secret_file), false, NULL },
	{ "--url", VALUE, "U", AT(url), false, NULL },
	{ "--scheme", VALUE, "S", AT(scheme), false, NULL },
	{ "--signers", VALUE, "F", AT(signers), false, NULL },
	{ "--name", VALUE, "TAG", AT(tag_name), false, "tag" },
	{ "--policy", VALUE, "DIR|FILE", AT(policy), false, NULL },
	{ "--key", VALUE, "PEM", AT(key), false, NULL },
	{ "--layout", VALUE, "DIR", AT(layout), false, NULL },
	{ "--header", HEADER, "'K: V'", AT(headers), false, NULL },
	{ "--all", SWITCH, NULL, AT(all), false, NULL },
	{ "--evidence", SWITCH, NULL, AT(evidence), false, NULL },
	{ "--plain-http", SWITCH, NULL, AT(plain_http), false, NULL },
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
			c->words[c->n_words++] = a;
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
	const char *p = list;

	for (; p != NULL && (p = strstr(p, name)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') &&
		    (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

bool
cli_is_option(const char *name)
{
	return option_named(name) != NULL;
}

bool
cli_has_option(const struct cli *c, const char *name)
{
	const struct option *o = option_named(name);

	return o != NULL && is_set(c, o);
}

bool
cli_has_options(const struct cli *c, const char *list)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (listed(list, options[i].name) && !is_set(c, &options[i]))
			return false;
	return true;
}

void
cli_options_write(FILE *to, const char *list, bool needed)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (!listed(list, o->name))
			continue;
		(void)fprintf(to, needed ? " %s%s%s" : " [%s%s%s]", o->name,
		    o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
	}
}

int
cli_refuse_strangers(
    const struct cli *c, const struct cli_command *k, const char *instead)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const char *name = options[i].name;

		if (options[i].global || !is_set(c, &options[i]) ||
		    listed(k->needs, name) || listed(k->takes, name) ||
		    listed(instead, name))
			continue;
		return cli_fail(
		    CLI_USAGE, "%s: %s means nothing here", k->name, name);
	}
	return 0;
}

/* ---- arguments of a request --------------------------------------------- */

/* "0" would be "left out" */
static int
parse_number(const char *s, uint64_t *ret)
{
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return -1;
	*ret = strtoull(s, &end, 10);
	return *end == '\0' && *ret != 0 && *ret <= INT64_MAX ? 0 : -1;
}

int
cli_argument(
    struct pq_msg *m, const char *field, const char *what, const char *value)
{
	const struct pq_field *f = pq_field_find(m->type, field);
	uint64_t n = 0;

	if (f == NULL)
		return cli_fail(CLI_USAGE, "%s: means nothing here", what);
	if (f->kind == PQ_FIELD_TEXT && strlen(value) > f->max)
		return cli_fail(CLI_USAGE, "%s: over %zu bytes", what, f->max);
	if (f->kind != PQ_FIELD_TEXT && parse_number(value, &n) != 0)
		return cli_fail(CLI_USAGE, "%s: not %s", what,
		    strcmp(field, "id") == 0 ? "an id" : "a number from 1 on");
	pq_field_set_number(m, f, n);
	pq_field_set_slice(m, f, pq_slice_str(value));
	return 0;
}

int
cli_arguments(struct pq_msg *m, const struct cli *c)
{
	const char *value;
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (o->field == NULL || !is_set(c, o))
			continue;
		memcpy(&value, (const char *)c + o->at, sizeof(value));
		if (cli_argument(m, o->field, o->name, value) != 0)
			return CLI_USAGE;
	}
	return 0;
}
