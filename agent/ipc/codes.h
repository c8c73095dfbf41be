/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_CODES_H
#define AGENT_IPC_CODES_H

/*
 * The only table of the results of a request. The numbers are the exit codes of
 * the command line. Operators and scripts rely on them, so they never change.
 *
 * CODE(NAME, number, words) - the usage prints the words
 */
/* clang-format off */
#define PQ_CODES(CODE)                                     \
	CODE(DONE,         0, "done or verified")          \
	CODE(REFUSED,      1, "refused")                   \
	CODE(USAGE,        2, "wrong usage")               \
	CODE(UNREACHABLE,  3, "agent not reachable")       \
	CODE(NOT_EXAMINED, 4, "could not examine")         \
	CODE(ABSENT,       5, "no such service or release")
/* clang-format on */

enum pq_code {
#define CODE(NAME, number, words) PQ_CODE_##NAME = (number),
	PQ_CODES(CODE)
#undef CODE
};

#endif
