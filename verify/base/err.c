/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: a fault from a table, and a text. Each caller in the call chain puts
 * its context in front of the text. The text may quote untrusted bytes, so
 * pq_err_wrap() escapes it each time.
 */
#include <pratique/err.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

int
pq_err_set(struct pq_err *err, int fault, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -fault;
	err->fault = -fault;
	va_start(ap, fmt);
	if (vsnprintf(err->text, sizeof(err->text), fmt, ap) < 0)
		err->text[0] = '\0';
	va_end(ap);
	return -fault;
}

int
pq_err_wrap(struct pq_err *err, int r, const char *fmt, ...)
{
	char inner[PQ_ERR_TEXT];
	va_list ap;
	int n;

	if (err == NULL)
		return r;
	memcpy(inner, err->text, sizeof(inner));
	inner[sizeof(inner) - 1] = '\0';
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n + 2 < sizeof(err->text)) {
		memcpy(err->text + n, ": ", 2);
		pq_text_escape(err->text + n + 2,
		    sizeof(err->text) - (size_t)n - 2,
		    pq_slice_str(inner[0] == '\0' ? pq_fault_text(r) : inner));
	}
	err->fault = r;
	return r;
}

const char *
pq_fault_text(int r)
{
	switch (-r) {
#define X(name, value, text) \
	case PQ_E##name:     \
		return (text);
		PQ_FAULTS(X)
#undef X
	default:
		return "unknown fault";
	}
}
