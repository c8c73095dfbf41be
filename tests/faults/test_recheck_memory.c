/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out while an image is proven: in this code, and in OpenSSL and
 * jansson, which get their memory through role/libraries.c. A lack of memory
 * must not become a refusal, because a refusal is final.
 */
#include "../unit/core/recheck.h"
#include "support/memory.h"

#include <sys/wait.h>
#include <unistd.h>

#include "role/libraries.h"

/*
 * Prove in a child process in which allocation @nth fails.
 * Return: 1 when a check failed; else the exit code, or -1 for a signal
 */
static int
prove_without(unsigned long nth, const struct flat *flat)
{
	struct pq_proof proof = proof_of(flat);
	static struct pq_verdict v;
	int status = -1, r;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		asked = 0;
		fail_at = nth;
		r = pq_proof_recheck(
		    &v, &w.policy, pq_slice_str("1.0.0"), &proof, NOW);
		fail_at = 0;
		_exit(r == 0 && pq_findings_overall(&v.findings) == PQ_FAIL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Fail every seventh allocation, one in each run. No run may refuse. */
static void
never_refused(const struct flat *proof)
{
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	unsigned long i, all, ended = 0;
	int status;

	asked = fail_at = 0;
	assert_int_equal(recheck_proof(&v, &w.policy, "1.0.0", proof), PQ_PASS);
	all = asked;
	assert_true(all > 50);
	for (i = 1; i <= all; i += 7) {
		status = prove_without(i, proof);
		if (status != 0 && status != PQ_EXIT_MEMORY)
			fail_msg("allocation %lu of %lu: %d", i, all, status);
		ended += status == PQ_EXIT_MEMORY;
	}
	assert_true(ended > 0);
}

static void
test_recheck__without_memory_no_check_fails(void **state)
{
	(void)state;
	never_refused(&w.simple);
	never_refused(&w.dsse);
}

/* Fail each allocation that grows the list of findings. */
static void
test_recheck__without_room_for_findings_no_check_fails(void **state)
{
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	unsigned long i, all;

	(void)state;
	only_arrays = true;
	asked = 0;
	assert_int_equal(
	    recheck_proof(&v, &w.policy, "1.0.0", &w.simple), PQ_PASS);
	all = asked;
	assert_true(all > 1);
	for (i = 1; i <= all; i++)
		assert_int_equal(prove_without(i, &w.simple), 0);
	only_arrays = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recheck__without_memory_no_check_fails),
		cmocka_unit_test(
		    test_recheck__without_room_for_findings_no_check_fails),
	};

	pq_libraries_begin();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
