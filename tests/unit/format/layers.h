/* SPDX-License-Identifier: Apache-2.0 */
/* Signature artifacts for an image, made by the test. */
#ifndef TESTS_UNIT_FORMAT_LAYERS_H
#define TESTS_UNIT_FORMAT_LAYERS_H

#include "verdict.h"

static inline void
add_json(json_t *doc, const char *what, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT), digest[PQ_DIGEST_TEXT];

	assert_non_null(text);
	add_blob(doc, pq_slice_str(text), digest);
	if (what != NULL)
		add_lookup(doc, what, digest);
	free(text);
	json_decref(j);
}

static inline json_t *
make_descriptor(json_t *doc, const char *media_type, struct pq_slice bytes)
{
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, bytes, text);
	return json_pack("{s:s,s:s,s:I}", "mediaType", media_type, "digest",
	    text, "size", (json_int_t)bytes.n);
}

static inline json_t *
make_artifact(json_t *doc, json_t *layers)
{
	return json_pack("{s:i,s:s,s:o,s:o}", "schemaVersion", 2, "mediaType",
	    PQ_OCI_MANIFEST, "config",
	    make_descriptor(doc, PQ_OCI_EMPTY, pq_slice_str("{}")), "layers",
	    layers);
}

/* Make a layer of a cosign tag: a payload and its signature in base64. */
static inline json_t *
simple_layer(json_t *doc, struct pq_slice payload, struct pq_slice signature)
{
	json_t *layer = make_descriptor(doc, PQ_SIMPLE_MEDIA_TYPE, payload);

	json_object_set_new(layer, "annotations",
	    json_pack("{s:o}", PQ_SIMPLE_SIGNATURE, make_base64(signature)));
	return layer;
}

static inline json_t *
with_layers(json_t *doc, json_t *layers)
{
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag", make_artifact(doc, layers));
	return doc;
}

#endif
