/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options, in one table: the name of each option, the member of struct cli
 * that it sets, and the field of a request that it fills. The row of a command
 * in commands.c names the options that apply to the command. The command
 * refuses all others: if it ignored an option, the user would believe that it
 * checks a condition.
 */
#include "cli/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "ipc/fields.h"

#define AT(member) offsetof(struct cli, member)
#define COLUMNS 78 /* of the text of --help */

enum kind { VALUE, SWITCH, HEADER };

static const struct option {
	const char *name;
	enum kind kind;
	const char *value; /* the word for the value in `--help` */
	size_t at;         /* offset of a const char * or bool in struct cli */
	bool global;       /* applies to every command */
	const char *field; /* field of a QUERY or ORDER, or NULL */
	const char *help;
} options[] = {
	{ "--run", VALUE, "DIR", AT(run_dir), true, NULL,
	    "run directory of the agent (default: /run/pratique)" },
	{ "--config", VALUE, "DIR", AT(config_dir), true, NULL,
	    "configuration directory (default: /etc/pratique)" },
	{ "--json", SWITCH, NULL, AT(json), true, NULL,
	    "print one JSON document instead of text" },
	{ "-m", VALUE, "TEXT", AT(message), false, "reason",
	    "reason, for the audit log" },
	{ "--state", VALUE, "X", AT(state), false, "state",
	    "list only releases and looks in this state" },
	{ "--service", VALUE, "S", AT(service), false, "service",
	    "list only releases and looks of this service" },
	{ "--version", VALUE, "V", AT(version), false, "version",
	    "version of the running container" },
	{ "--since", VALUE, "SEQ", AT(since), false, "since",
	    "print only the entries after number SEQ" },
	{ "--limit", VALUE, "N", AT(limit), false, "limit",
	    "print at most N rows" },
	{ "--image", VALUE, "REF", AT(image), false, NULL,
	    "image with its tag: HOST[:PORT]/REPOSITORY:TAG" },
	{ "--digest", VALUE, "D", AT(digest), false, NULL,
	    "digest that the image must have, sha256:..." },
	{ "--commit", VALUE, "OID", AT(commit), false, NULL,
	    "commit that the tag must name, 40 or 64 hex digits" },
	{ "--secret-file", VALUE, "F", AT(secret_file), false, NULL,
	    "file that holds the secret of the callback" },
	{ "--url", VALUE, "U", AT(url), false, NULL,
	    "address of the agent: https://HOST[:PORT]" },
	{ "--scheme", VALUE, "S", AT(scheme), false, NULL,
	    "signature scheme, such as github" },
	{ "--signers", VALUE, "F", AT(signers), false, NULL,
	    "allowed_signers file, as for ssh-keygen(1)" },
	{ "--name", VALUE, "TAG", AT(tag_name), false, "tag",
	    "name of the tag" },
	{ "--policy", VALUE, "DIR|FILE", AT(policy), false, NULL,
	    "verify image: a service's FILE; verify evidence: DIR" },
	{ "--key", VALUE, "PEM", AT(key), false, NULL,
	    "public key that must have made the signature" },
	{ "--layout", VALUE, "DIR", AT(layout), false, NULL,
	    "OCI image layout to read instead of a registry" },
	{ "--header", HEADER, "'K: V'", AT(headers), false, NULL,
	    "header of the callback; may be given several times" },
	{ "--all", SWITCH, NULL, AT(all), false, NULL, "all services" },
	{ "--evidence", SWITCH, NULL, AT(evidence), false, NULL,
	    "print the evidence as one JSON document" },
	{ "--callbacks", SWITCH, NULL, AT(callbacks), false, NULL,
	    "list the callbacks instead, also the refused and ignored ones" },
	{ "--plain-http", SWITCH, NULL, AT(plain_http), false, NULL,
	    "use http; only for a registry at a loopback address" },
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

/*
 * An option with a value may be given only once: otherwise the command would
 * drop one of two values without a message.
 */
static int
set_option(struct cli *c, const struct option *o, const char *value)
{
	const bool on = true;

	if (o->kind == HEADER) {
		if (c->n_headers == CLI_HEADERS)
			return cli_fail(CLI_USAGE,
			    "%s: given more than %d times", o->name,
			    CLI_HEADERS);
		c->headers[c->n_headers++] = value;
		return 0;
	}
	/* the agent would read "" as "not given", which often means "all" */
	if (o->kind == VALUE && value[0] == '\0')
		return cli_fail(CLI_USAGE, "%s: the value is empty", o->name);
	if (o->kind == VALUE && is_set(c, o))
		return cli_fail(CLI_USAGE, "%s: given more than once", o->name);
	if (o->kind == SWITCH)
		memcpy((char *)c + o->at, &on, sizeof(on));
	else
		memcpy((char *)c + o->at, &value, sizeof(value));
	return 0;
}

/* Cut "--name=value" after the name. Return the value, or NULL without "=". */
static char *
split_value(char *a)
{
	char *eq = strncmp(a, "--", 2) == 0 ? strchr(a, '=') : NULL;

	if (eq == NULL)
		return NULL;
	*eq = '\0';
	return eq + 1;
}

/*
 * Set the option @a. @next is the argument after it, or NULL.
 * Return: 0; 1 if @next is its value; CLI_USAGE
 */
static int
take_option(struct cli *c, char *a, const char *next)
{
	const char *value = split_value(a);
	const struct option *o = option_named(a);
	bool within = value != NULL;

	if (o == NULL)
		return cli_fail(CLI_USAGE,
		    "%s: unknown option; `pratique --help` lists all options",
		    a);
	if (o->kind == SWITCH)
		return within ? cli_fail(CLI_USAGE, "%s: takes no value", a)
			      : set_option(c, o, NULL);
	if (!within)
		value = next;
	if (value == NULL)
		return cli_fail(
		    CLI_USAGE, "%s: needs a value: %s %s", a, a, o->value);
	return set_option(c, o, value) != 0 ? CLI_USAGE : within ? 0 : 1;
}

int
cli_parse_line(struct cli *c, int argc, char **argv)
{
	bool only_operands = false;
	int i, r;

	for (i = 1; i < argc; i++) {
		char *a = argv[i];

		if (a[0] == '\0')
			return cli_fail(CLI_USAGE, "argument %d is empty", i);
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
		r = take_option(c, a, i + 1 < argc ? argv[i + 1] : NULL);
		if (r == CLI_USAGE)
			return r;
		i += r;
	}
	return 0;
}

/* Return true if @name is one of the words of @list. */
static bool
is_listed(const char *list, const char *name)
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

void
cli_options_write(FILE *to, const char *list, bool needed, size_t *column)
{
	char text[64];
	size_t i, n;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (!is_listed(list, o->name))
			continue;
		(void)snprintf(text, sizeof(text),
		    needed ? "%s%s%s" : "[%s%s%s]", o->name,
		    o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		n = strlen(text);
		if (*column + 1 + n > COLUMNS) {
			(void)fputs("\n         ", to);
			*column = 9;
		}
		(void)fprintf(to, " %s", text);
		*column += 1 + n;
	}
}

static void
explain_option(FILE *to, const struct option *o)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "%s%s%s", o->name,
	    o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
	(void)fprintf(to, "  %-20s  %s\n", name, o->help);
}

void
cli_options_explain(FILE *to, const char *list)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (is_listed(list, options[i].name))
			explain_option(to, &options[i]);
}

void
cli_options_explain_common(FILE *to)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (options[i].global)
			explain_option(to, &options[i]);
}

const char *
cli_missing_option(const struct cli *c, const char *list)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (is_listed(list, options[i].name) && !is_set(c, &options[i]))
			return options[i].name;
	return NULL;
}

int
cli_refuse_others(
    const struct cli *c, const struct cli_command *k, const char *instead)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const char *name = options[i].name;

		if (options[i].global || !is_set(c, &options[i]) ||
		    is_listed(k->needs, name) || is_listed(k->takes, name) ||
		    is_listed(instead, name))
			continue;
		return cli_fail(CLI_USAGE,
		    "%s: the option %s does not apply to this command; see "
		    "`pratique %s --help`",
		    k->name, name, k->name);
	}
	return 0;
}

/* ---- arguments of a request --------------------------------------------- */

/* Read a number. 0 is refused, because in a request it means "not given". */
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
cli_set_argument(
    struct pq_msg *m, const char *field, const char *name, const char *value)
{
	const struct pq_field *f = pq_field_find(m->type, field);
	uint64_t n = 0;

	if (f == NULL)
		return cli_fail(
		    CLI_USAGE, "%s: does not apply to this command", name);
	if (f->kind == PQ_FIELD_TEXT && strlen(value) > f->max)
		return cli_fail(CLI_USAGE,
		    "%s: has %zu bytes; the limit is %zu", name, strlen(value),
		    f->max);
	if (f->kind != PQ_FIELD_TEXT && parse_number(value, &n) != 0)
		return cli_fail(CLI_USAGE, "%s: expected %s", name,
		    strcmp(field, "id") == 0
			? "an id, a number from `pratique list`"
			: "a whole number from 1 on");
	pq_field_set_number(m, f, n);
	pq_field_set_slice(m, f, pq_slice_str(value));
	return 0;
}

int
cli_set_arguments(struct pq_msg *m, const struct cli *c)
{
	const char *value;
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (o->field == NULL || !is_set(c, o))
			continue;
		memcpy(&value, (const char *)c + o->at, sizeof(value));
		if (cli_set_argument(m, o->field, o->name, value) != 0)
			return CLI_USAGE;
	}
	return 0;
}
