/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique, the command line. One table of commands and one of options; a
 * command is a row, and what an option sets is a row.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pratique/callback.h>

#include "cli/cli.h"

/* clang-format off */
#define VERIFY_USAGE                                                       \
	"tag --signers F [--commit OID] [--name TAG] FILE|-\n"             \
	"  pratique verify        image --policy FILE REF\n"               \
	"  pratique verify        image --key PEM [--plain-http] REF\n"    \
	"  pratique verify        image --policy FILE|--key PEM "          \
	"--layout DIR TAG|DIGEST\n"                                        \
	"  pratique verify        callback --scheme S --secret-file F "    \
	"[--header 'K: V']... BODY|-\n"                                    \
	"  pratique verify        evidence [--policy DIR] FILE|-\n"        \
	"  REF is host[:port]/repo and :TAG, @sha256:... or both"
/* clang-format on */

static const struct command {
	const char *name;
	int min, max; /* operands */
	bool message; /* -m is needed */
	enum pq_verb verb;
	int (*run)(const struct cli *c);
	const char *usage;
} commands[] = {
	{ "status", 0, 1, false, PQ_VERB_STATUS, cli_control, "[SERVICE]" },
	{ "list", 0, 0, false, PQ_VERB_LIST, cli_control,
	    "[--service S] [--state X]" },
	{ "show", 1, 1, false, PQ_VERB_SHOW, cli_control, "ID [--evidence]" },
	{ "approve", 1, 1, false, PQ_VERB_APPROVE, cli_control,
	    "ID [-m TEXT]" },
	{ "reject", 1, 1, true, PQ_VERB_REJECT, cli_control, "ID -m TEXT" },
	{ "hold", 0, 1, true, PQ_VERB_HOLD, cli_control,
	    "SERVICE|--all -m TEXT" },
	{ "unhold", 0, 1, false, PQ_VERB_UNHOLD, cli_control, "SERVICE|--all" },
	{ "retry", 1, 1, false, PQ_VERB_RETRY, cli_control, "ID" },
	{ "look", 1, 1, false, PQ_VERB_LOOK, cli_control,
	    "SERVICE [--name TAG]" },
	{ "watch", 0, 1, false, PQ_VERB_WATCH, cli_control, "[ID]" },
	{ "send", 1, 1, false, PQ_VERB_NONE, cli_send,
	    "SERVICE --image REF --secret-file F --url U" },
	{ "check-config", 0, 1, false, PQ_VERB_NONE, cli_check_config,
	    "[DIR]" },
	{ "verify", 2, 2, false, PQ_VERB_NONE, cli_verify, VERIFY_USAGE },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))
#define AT(member) offsetof(struct cli, member)

static const struct option_row {
	const char *name;
	size_t at; /* of a const char * in struct cli */
} options[] = {
	{ "--run", AT(run_dir) },
	{ "--config", AT(config_dir) },
	{ "-m", AT(message) },
	{ "--state", AT(state) },
	{ "--service", AT(service) },
	{ "--image", AT(image) },
	{ "--digest", AT(digest) },
	{ "--commit", AT(commit) },
	{ "--secret-file", AT(secret_file) },
	{ "--url", AT(url) },
	{ "--scheme", AT(scheme) },
	{ "--signers", AT(signers) },
	{ "--name", AT(tag_name) },
	{ "--policy", AT(policy) },
	{ "--key", AT(key) },
	{ "--layout", AT(layout) },
};

static const struct switch_row {
	const char *name;
	size_t at; /* of a bool in struct cli */
} switches[] = {
	{ "--json", AT(json) },
	{ "--all", AT(all) },
	{ "--evidence", AT(evidence) },
	{ "--plain-http", AT(plain_http) },
};

int
cli_fail(enum cli_code code, const char *fmt, ...)
{
	va_list ap;

	(void)fputs("pratique: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return (int)code;
}

int
cli_bad_scheme(const char *name)
{
	return cli_fail(CLI_USAGE,
	    "--scheme %s: not known; there are %s and %s", name,
	    pq_scheme_name(PQ_SCHEME_GITHUB),
	    pq_scheme_name(PQ_SCHEME_STANDARD));
}

int
cli_read(struct pq_buf *ret, const char *path, size_t max)
{
	pq_auto(pq_autoclose) int fd = strcmp(path, "-") == 0
	    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
	    : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t chunk[16384];
	ssize_t n;

	*ret = PQ_BUF_INIT(max);
	if (fd < 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", path, strerror(errno));
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n < 0 || ret->fault != 0)
		return cli_fail(CLI_NOT_EXAMINED, "%s: %s", path,
		    n < 0 ? strerror(errno) : pq_fault_text(ret->fault));
	return 0;
}

void
cli_print_json(json_t *v)
{
	(void)json_dumpf(v, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	json_decref(v);
}

static int
usage(FILE *to)
{
	size_t i;

	(void)fprintf(to,
	    "usage: pratique [--run DIR] [--config DIR] "
	    "[--json] COMMAND ...\n");
	for (i = 0; i < N_COMMANDS; i++)
		(void)fprintf(to, "  pratique %-13s %s\n", commands[i].name,
		    commands[i].usage);
	return to == stderr ? CLI_USAGE : CLI_DONE;
}

/* 1: took the option and its value; 0: is none; -1: wrong */
static int
take_option(struct cli *c, const char *name, const char *value)
{
	size_t i;

	if (strcmp(name, "--header") == 0) {
		if (value == NULL || c->n_headers == CLI_HEADERS)
			return -1;
		c->headers[c->n_headers++] = value;
		return 1;
	}
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(name, options[i].name) != 0)
			continue;
		if (value == NULL)
			return -1;
		memcpy((char *)c + options[i].at, &value, sizeof(value));
		return 1;
	}
	return 0;
}

static bool
take_switch(struct cli *c, const char *name)
{
	const bool on = true;
	size_t i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(name, switches[i].name) != 0)
			continue;
		memcpy((char *)c + switches[i].at, &on, sizeof(on));
		return true;
	}
	return false;
}

static int
parse(struct cli *c, int argc, char **argv)
{
	bool only_operands = false;
	int i, r;

	for (i = 1; i < argc; i++) {
		char *a = argv[i];

		if (only_operands || a[0] != '-' || strcmp(a, "-") == 0) {
			if (c->name == NULL)
				c->name = a;
			else
				c->args[c->n_args++] = a;
		} else if (strcmp(a, "--") == 0) {
			only_operands = true;
		} else if (!take_switch(c, a)) {
			r = take_option(
			    c, a, i + 1 < argc ? argv[i + 1] : NULL);
			if (r != 1)
				return cli_fail(CLI_USAGE,
				    r == 0 ? "%s: not an option"
					   : "%s: needs a value",
				    a);
			i++;
		}
	}
	return 0;
}

static int
dispatch(struct cli *c)
{
	const struct command *k = NULL;
	size_t i;

	for (i = 0; c->name != NULL && i < N_COMMANDS; i++)
		if (strcmp(c->name, commands[i].name) == 0)
			k = &commands[i];
	if (k == NULL)
		return usage(stderr);
	if (c->n_args < k->min || c->n_args > k->max ||
	    (k->message && c->message == NULL))
		return cli_fail(
		    CLI_USAGE, "usage: pratique %s %s", k->name, k->usage);
	c->verb = k->verb;
	return k->run(c);
}

int
main(int argc, char **argv)
{
	struct cli c = { .run_dir = "/run/pratique" };
	int i, r;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "--help") == 0)
			return usage(stdout);
	c.args = calloc((size_t)argc + 1, sizeof(*c.args));
	if (c.args == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	r = parse(&c, argc, argv);
	if (r == 0)
		r = dispatch(&c);
	free(c.args);
	return r;
}
