/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of a command: human-readable text, or one JSON document. The
 * reason for a failure goes to standard error, and into the document as well.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "cli/rows.h"

static bool as_json;
static int unwritten; /* errno of the first failed write to standard output */

void
cli_answer_json(bool json)
{
	as_json = json;
}

int
cli_print_outcome(enum cli_code code, const char *text)
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
	return as_json ? cli_print_outcome(code, text) : (int)code;
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

/*
 * If a write failed, the exit code of the answer is replaced: otherwise a
 * script could take an incomplete answer for a complete one.
 */
int
cli_finish(int code)
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

void
cli_print_notes(const struct pq_config_notes *notes)
{
	char text[PQ_CONFIG_NOTE_TEXT];
	size_t i;

	for (i = 0; i < notes->n; i++) {
		if (!notes->v[i].fatal)
			continue;
		pq_config_note_text(text, &notes->v[i]);
		(void)fprintf(stderr, "pratique: policy %s\n", text);
	}
}

/*
 * The agent waits for the right signature until a deadline. A command answers
 * at once. So it refuses a signature by a key that is not in the list.
 */
void
cli_fail_pending_signature(struct pq_verdict *v)
{
	size_t i;

	for (i = 0; v->signed_by_others && i < v->findings.n; i++)
		if (v->findings.v[i].check == PQ_CHECK_IMAGE_SIGNATURE &&
		    v->findings.v[i].status == PQ_PENDING)
			v->findings.v[i].status = PQ_FAIL;
}

int
cli_print_verdict(const struct cli *c, const struct pq_findings *f,
    const struct pq_digest *digest, const char *by)
{
	enum pq_status status = pq_findings_overall(f);
	char text[PQ_DIGEST_TEXT] = "";
	json_t *o;

	if (!pq_digest_none(digest))
		pq_digest_format(text, digest);
	if (c->json) {
		o = json_pack("{s:s,s:o,s:o}", "status", pq_status_name(status),
		    "judged_by", cli_json_text(pq_slice_str(by)), "findings",
		    cli_findings_json(f));
		if (text[0] != '\0')
			(void)json_object_set_new(
			    o, "digest", json_string(text));
		cli_print_json(o);
	} else {
		cli_print_findings(f);
		(void)printf("%s%s%s, judged by %s\n", pq_status_name(status),
		    text[0] != '\0' ? ": " : "", text, by);
	}
	return status == PQ_PASS ? CLI_DONE
	    : status == PQ_FAIL  ? CLI_REFUSED
				 : CLI_NOT_EXAMINED;
}
