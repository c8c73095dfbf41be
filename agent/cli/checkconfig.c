/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique check-config` prints every error and every warning at once. For
 * each service it prints the smallest sets of parties that can put code into
 * production. It also prints these sets if the configuration is refused, for
 * each service whose file has no error.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/parties.h"
#include "cli/rows.h"
#include "config/load.h"

static json_t *
note_json(const struct pq_config_note *n)
{
	return json_pack("{s:b,s:o,s:i,s:o}", "fatal", n->fatal, "file",
	    cli_json_text(pq_slice_str(n->file)), "line", (int)n->line, "text",
	    cli_json_text(pq_slice_str(n->text)));
}

static void
print_note(const struct pq_config_note *n)
{
	char text[PQ_CONFIG_NOTE_TEXT];

	pq_config_note_text(text, n);
	(void)puts(text);
}

/*
 * Return true if the caller may read the directory @dir. Otherwise errno has
 * the reason.
 */
static bool
is_readable_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return access(dir, R_OK | X_OK) == 0;
}

static int
examine_dir(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes)
{
	int r = pq_config_examine(ret, dir, notes);

	if (r != 0)
		return r;
	pq_config_check_keys(*ret, notes);
	pq_config_check_secrets(*ret, false, notes);
	return notes->fatal ? -PQ_ECONFIG : 0;
}

static int
print_json(const struct pq_config *config, const struct pq_config_notes *notes,
    bool valid)
{
	json_t *list = json_array(), *services = json_array();
	size_t i, lost = 0;

	for (i = 0; i < notes->n; i++)
		(void)json_array_append_new(list, note_json(&notes->v[i]));
	for (i = 0; config != NULL && i < config->n_services; i++)
		if (json_array_append_new(services,
			cli_parties_json(&config->services[i], config)) != 0)
			lost++;
	cli_print_json(json_pack("{s:b,s:o,s:o}", "valid", valid, "notes", list,
	    "services", services));
	return lost == 0 ? 0 : -PQ_ENOMEM;
}

static int
print_text(const struct pq_config *config, const struct pq_config_notes *notes)
{
	size_t i;
	int r = 0;

	for (i = 0; i < notes->n; i++)
		print_note(&notes->v[i]);
	for (i = 0; config != NULL && r == 0 && i < config->n_services; i++)
		r = cli_print_parties(&config->services[i], config);
	return r;
}

int
cli_check_config(const struct cli *c)
{
	const char *dir = c->operand != NULL ? c->operand
	    : c->config_dir != NULL          ? c->config_dir
					     : CLI_CONFIG_DIR;
	struct pq_config_notes notes = { 0 };
	struct pq_config *config = NULL;
	int r, lost;

	if (!is_readable_dir(dir))
		return cli_fail(CLI_NOT_EXAMINED,
		    "configuration directory %s: %s", dir, strerror(errno));
	r = examine_dir(&config, dir, &notes);
	lost = c->json ? print_json(config, &notes, r == 0)
		       : print_text(config, &notes);
	if (!c->json && r == 0 && lost == 0)
		(void)printf("%s: valid, %zu service%s\n", dir,
		    config->n_services, config->n_services == 1 ? "" : "s");
	pq_config_notes_free(&notes);
	pq_config_free(config);
	if (lost != 0)
		return CLI_NOT_EXAMINED;
	return r == 0          ? CLI_DONE
	    : r == -PQ_ECONFIG ? CLI_REFUSED
			       : CLI_NOT_EXAMINED;
}
