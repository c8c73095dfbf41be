/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a document, read as index, manifest and config. It must not be both
 * index and manifest.
 */
#include "fuzz.h"

#include <pratique/oci.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_oci_manifest *m = NULL;
	struct pq_oci_index *x = NULL;
	const struct pq_oci_descriptor *d = NULL;
	struct pq_oci_config c;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_oci_manifest_parse(&m, in, "", &err) == 0)
		FUZZ_REQUIRE(m != NULL && m->n_layers <= PQ_OCI_LAYERS);
	if (pq_oci_index_parse(&x, in, "", &err) == 0) {
		FUZZ_REQUIRE(x->n_entries <= PQ_OCI_ENTRIES);
		if (pq_oci_index_find(&d, x, "linux", "amd64") == 0)
			/* without a platform here, the config decides */
			FUZZ_REQUIRE(d->architecture[0] == '\0' ||
			    strcmp(d->architecture, "amd64") == 0);
	}
	FUZZ_REQUIRE(m == NULL || x == NULL);
	(void)pq_oci_config_parse(&c, in, &err);
	(void)pq_oci_sniff(in);
	pq_oci_manifest_free(m);
	pq_oci_index_free(x);
	return 0;
}
