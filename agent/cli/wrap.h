/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_WRAP_H
#define AGENT_CLI_WRAP_H

#include <stddef.h>

/* Return the number of columns of UTF-8 text: its code points. */
size_t cli_columns(const char *text);
/*
 * cli_wrap_words() - break a text into lines of at most @width columns
 * Replaces blanks between words by newlines. A word that is longer than @width
 * stays whole, so its line is longer too.
 * @text: UTF-8 without newlines; changed in place
 */
void cli_wrap_words(char *text, size_t width);

#endif
