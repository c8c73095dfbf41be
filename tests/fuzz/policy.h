/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_POLICY_H
#define TESTS_FUZZ_POLICY_H

#include "config/load.h"
#include "fuzz.h"

/* Load a service file with the keys of policy/. Return: NULL when refused */
static inline struct pq_config_service *
fuzz_service(struct pq_slice yaml)
{
	static char names[3][32] = { "services.d/web.yaml",
		"keys/web.allowed_signers", "keys/web-cosign.pub" };
	static struct pq_slice signers, cosign;
	struct pq_config_service *s = NULL;
	struct pq_config_notes notes = { 0 };
	struct pq_config_file files[3];
	size_t i;
	int r;

	if (signers.n == 0) {
		signers = fuzz_file(names[1]);
		cosign = fuzz_file(names[2]);
	}
	for (i = 0; i < 3; i++) {
		struct pq_slice b = i == 0 ? yaml : i == 1 ? signers : cosign;

		files[i].name = names[i];
		files[i].data = malloc(b.n + 1);
		FUZZ_REQUIRE(files[i].data != NULL);
		if (b.n > 0)
			memcpy(files[i].data, b.p, b.n);
		files[i].n = b.n;
	}
	r = pq_config_service_from_files(&s, files, 3, &notes);
	FUZZ_REQUIRE(r == 0 ? s != NULL : s == NULL && notes.n > 0);
	pq_config_notes_free(&notes);
	for (i = 0; i < 3; i++)
		free(files[i].data);
	return s;
}

/* Return the policy of policy/services.d/web.yaml, loaded once. */
static inline const struct pq_policy *
fuzz_policy(void)
{
	static struct pq_config_service *s;
	static struct pq_slice yaml;

	if (yaml.n == 0) {
		yaml = fuzz_file("services.d/web.yaml");
		s = fuzz_service(yaml);
	}
	FUZZ_REQUIRE(s != NULL);
	return s->policy;
}

/* Return the digest that the lost private key signed. */
static inline struct pq_digest
fuzz_signed(void)
{
	static struct pq_slice text;
	struct pq_digest d;

	if (text.n == 0)
		text = fuzz_file("signed-digest");
	FUZZ_REQUIRE(pq_digest_parse(&d, pq_slice(text.p, text.n - 1)) == 0);
	return d;
}

#endif
