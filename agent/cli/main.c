/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique, the command line. A command is a row: its operands, the options
 * that mean something to it, and what it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pratique/callback.h>
#include <pratique/text.h>

#include "cli/cli.h"
#include "ipc/standard.h"
#include "role/libraries.h"

#define SECRET_MAX 4096 /* bytes of its file */

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
	"      REF is host[:port]/repo and :TAG, @sha256:... or both\n"    \
	"      of a tag FILE is what `git cat-file tag NAME` prints"
/* clang-format on */

static const struct command {
	const char *name;
	int min, max; /* operands */
	bool message; /* -m is needed */
	enum pq_verb verb;
	int (*run)(const struct cli *c);
	const char *takes; /* options; NULL: its own kinds say which */
	const char *usage, *help;
} commands[] = {
	{ "status", 0, 1, false, PQ_VERB_STATUS, cli_control, "", "[SERVICE]",
	    "what runs, what waits, and for what" },
	{ "list", 0, 0, false, PQ_VERB_LIST, cli_control, "--service --state",
	    "[--service S] [--state X]", "releases and looks, newest first" },
	{ "show", 1, 1, false, PQ_VERB_SHOW, cli_control, "--evidence",
	    "ID [--evidence]", "every finding and step, or the evidence" },
	{ "approve", 1, 1, false, PQ_VERB_APPROVE, cli_control, "-m",
	    "ID [-m TEXT]", "agree to a release in quarantine" },
	{ "reject", 1, 1, true, PQ_VERB_REJECT, cli_control, "-m", "ID -m TEXT",
	    "end a release, until it is retried" },
	{ "hold", 0, 1, true, PQ_VERB_HOLD, cli_control, "-m --all",
	    "SERVICE|--all -m TEXT", "let nothing be deployed" },
	{ "unhold", 0, 1, false, PQ_VERB_UNHOLD, cli_control, "-m --all",
	    "SERVICE|--all [-m TEXT]", "lift a hold" },
	{ "retry", 1, 1, false, PQ_VERB_RETRY, cli_control, "-m",
	    "ID [-m TEXT]", "examine it anew; its quarantine is served again" },
	{ "look", 1, 1, false, PQ_VERB_LOOK, cli_control, "--name",
	    "SERVICE [--name TAG]",
	    "ask the registry now, as a callback would" },
	{ "adopt", 1, 1, false, PQ_VERB_ADOPT, cli_control, "--version",
	    "SERVICE --version V",
	    "record the running container as the live version V" },
	{ "watch", 0, 1, false, PQ_VERB_WATCH, cli_control, "", "[ID]",
	    "follow what happens; one ID until its end" },
	{ "audit", 1, 1, false, PQ_VERB_AUDIT, cli_control, "", "log|verify",
	    "the audit log, or whether its chain is whole" },
	{ "send", 1, 1, false, PQ_VERB_NONE, cli_send,
	    "--image --digest --commit --secret-file --url --scheme",
	    "SERVICE --image REF [--digest D] [--commit OID] [--scheme S]"
	    " --secret-file F --url U",
	    "a signed callback, from CI" },
	{ "check-config", 0, 1, false, PQ_VERB_NONE, cli_check_config, "",
	    "[DIR]", "every mistake, and the fewest parties that can ship" },
	{ "verify", 2, 2, false, PQ_VERB_NONE, cli_verify, NULL, VERIFY_USAGE,
	    "judge files or an image as the agent would" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool as_json;
static int unwritten; /* why standard output is not whole: an errno */

/* who reads JSON finds one answer there, whatever happened */
static int
say_json(enum cli_code code, const char *text)
{
	cli_print_json(json_pack("{s:i,s:o}", "code", (int)code, "text",
	    cli_json_text(pq_slice_str(text))));
	return (int)code;
}

int
cli_fail(enum cli_code code, const char *fmt, ...)
{
	char raw[8192], text[8192];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	pq_text_utf8(text, sizeof(text), pq_slice_str(raw));
	(void)fprintf(stderr, "pratique: %s\n", text);
	return as_json ? say_json(code, text) : (int)code;
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
	ssize_t n = 0;

	*ret = PQ_BUF_INIT(max);
	if (fd < 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", path, strerror(errno));
	/* an endless file is one that is too long */
	while (ret->fault == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (ret->fault == -PQ_ELIMIT)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: over %zu bytes", path, max);
	if (n < 0 || ret->fault != 0)
		return cli_fail(CLI_NOT_EXAMINED, "%s: %s", path,
		    n < 0 ? strerror(errno) : pq_fault_text(ret->fault));
	return 0;
}

int
cli_read_secret(struct pq_buf *ret, const char *path, enum pq_scheme scheme)
{
	int r = cli_read(ret, path, SECRET_MAX);
	const char *fault;

	if (r != 0)
		return r;
	if (ret->n != 0 && ret->p[ret->n - 1] == '\n')
		ret->n--;
	fault = pq_callback_secret_fault(scheme, pq_buf_view(ret));
	return fault == NULL
	    ? 0
	    : cli_fail(CLI_NOT_EXAMINED, "%s: the secret is %s", path, fault);
}

void
cli_print_json(json_t *v)
{
	if (v == NULL || json_dumpf(v, stdout, JSON_COMPACT) != 0)
		(void)fputs("{\"code\":4,\"text\":\"out of memory\"}", stdout);
	(void)fputc('\n', stdout);
	json_decref(v);
}

int
cli_flush(void)
{
	if (fflush(stdout) != 0 && unwritten == 0)
		unwritten = errno;
	if (ferror(stdout) != 0 && unwritten == 0)
		unwritten = EIO;
	return unwritten == 0 ? 0 : CLI_NOT_EXAMINED;
}

/* How a command is used, or all of them. */
static void
write_usage(FILE *to, const struct command *k)
{
	size_t i;

	if (k != NULL) {
		(void)fprintf(to, "usage: pratique %s %s\n", k->name, k->usage);
		return;
	}
	(void)fprintf(to,
	    "usage: pratique [--run DIR] [--config DIR] "
	    "[--json] COMMAND ...\n");
	for (i = 0; i < N_COMMANDS; i++)
		(void)fprintf(to, "  pratique %-13s %s\n      %s\n",
		    commands[i].name, commands[i].usage, commands[i].help);
	(void)fputs("exit: 0 done or verified, 1 refused, 2 wrong usage, "
		    "3 agent not reachable, 4 could not examine\n"
		    "--json: one document; of watch one for each line\n",
	    to);
}

/* To @to, and as JSON to whoever reads that. */
static int
usage(FILE *to, enum cli_code code, const struct command *k)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = as_json ? open_memstream(&text, &n) : NULL;

	if (to == stderr || !as_json)
		write_usage(to, k);
	if (f != NULL)
		write_usage(f, k);
	if (f != NULL && fclose(f) == 0)
		(void)say_json(code, text);
	free(text);
	return (int)code;
}

static int
dispatch(struct cli *c)
{
	const struct command *k = NULL;
	size_t i;

	for (i = 0; c->name != NULL && i < N_COMMANDS; i++)
		if (strcmp(c->name, commands[i].name) == 0)
			k = &commands[i];
	if (k == NULL && c->name != NULL)
		return cli_fail(CLI_USAGE,
		    "%s: no such command; pratique --help lists them", c->name);
	if (k == NULL)
		return usage(stderr, CLI_USAGE, NULL);
	if (c->n_args < k->min || c->n_args > k->max ||
	    (k->message && c->message == NULL))
		return usage(stderr, CLI_USAGE, k);
	if (k->takes != NULL && cli_refuse_strangers(c, k->name, k->takes) != 0)
		return CLI_USAGE;
	c->verb = k->verb;
	return k->run(c);
}

/* An answer that did not arrive is none: its exit code must not say so. */
static int
finish(int code)
{
	(void)cli_flush();
	if (fclose(stdout) != 0 && unwritten == 0)
		unwritten = errno;
	if (unwritten == 0)
		return code;
	(void)fprintf(
	    stderr, "pratique: standard output: %s\n", strerror(unwritten));
	return CLI_NOT_EXAMINED;
}

static bool
has_word(int argc, char **argv, const char *word)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cli c = { 0 };
	int r;

	if (pq_standard_open() != 0)
		return CLI_NOT_EXAMINED;
	pq_libraries_begin();
	c.args = calloc((size_t)argc + 1, sizeof(*c.args));
	if (c.args == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	/* of a command line that cannot be read, the word is enough */
	as_json = has_word(argc, argv, "--json");
	r = cli_parse(&c, argc, argv);
	if (r == 0) {
		as_json = c.json;
		r = c.help ? usage(stdout, CLI_DONE, NULL) : dispatch(&c);
	}
	free(c.args);
	return finish(r);
}
