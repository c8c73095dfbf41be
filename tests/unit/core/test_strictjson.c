/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../../verify/core/strictjson.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define MAX 256
#define DEPTH 4

static json_t *
load_json(struct pq_slice s, struct pq_err *err)
{
	json_t *j = NULL;
	int r = pq_json_load(&j, s, MAX, DEPTH, err);

	assert_int_equal(r != 0, j == NULL);
	return j;
}

static json_t *
must_load(const char *text)
{
	struct pq_err err = PQ_ERR_INIT;
	json_t *j = load_json(pq_slice_str(text), &err);

	if (j == NULL)
		fail_msg("%s: %s", text, err.text);
	return j;
}

static void
test_strictjson__refuses_ambiguous_documents(void **state)
{
	static const struct {
		struct pq_slice text;
		const char *words;
	} cases[] = {
		{ PQ_SLICE_LIT(""), "empty document" },
		{ PQ_SLICE_LIT(" "), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("null"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("[]"), "expected object" },
		{ PQ_SLICE_LIT("[{}]"), "expected object" },
		{ PQ_SLICE_LIT("\"{}\""), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("1"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{}{}"), "invalid JSON at byte 3" },
		{ PQ_SLICE_LIT("{} x"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{},"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{}\0"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("\0{}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("\xef\xbb\xbf{}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":1,}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{'a':1}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{a:1}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{/**/}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":NaN}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":01}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":+1}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":1,\"a\":1}"), "duplicate" },
		{ PQ_SLICE_LIT("{\"a\":1,\"\\u0061\":1}"), "duplicate" },
		{ PQ_SLICE_LIT("{\"x\":{\"a\":1,\"a\":1}}"), "duplicate" },
		{ PQ_SLICE_LIT("{\"a\":\"\\u0000\"}"), "u0000" },
		{ PQ_SLICE_LIT("{\"a\\u0000\":1}"), "NUL" },
		{ PQ_SLICE_LIT("{\"a\":\"\0\"}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\n\"}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\\ud800\"}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\\ud800\\u0041\"}"),
		    "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\xc0\x80\"}"),
		    "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\xff\"}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"\xed\xa0\x80\"}"),
		    "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":\"b}"), "invalid JSON at byte" },
		{ PQ_SLICE_LIT("{\"a\":9223372036854775808}"), "integer" },
		{ PQ_SLICE_LIT("{\"a\":1e999}"), "invalid JSON at byte" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct pq_err err = PQ_ERR_INIT;
		json_t *j = load_json(cases[i].text, &err);

		if (j != NULL)
			fail_msg("case %zu is read", i);
		assert_int_equal(err.fault, -PQ_EFORMAT);
		if (strstr(err.text, cases[i].words) == NULL)
			fail_msg("case %zu: \"%s\"", i, err.text);
	}
}

static void
test_strictjson__bounds_size_before_it_parses(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	char text[MAX + 1];

	(void)state;
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[1] = '}';
	json_decref(load_json(pq_slice(text, MAX), &err));
	assert_int_equal(err.fault, 0);
	assert_null(load_json(pq_slice(text, MAX + 1), &err));
	assert_int_equal(err.fault, -PQ_ELIMIT);
}

static void
test_strictjson__bounds_depth(void **state)
{
	static const struct {
		const char *text;
		int fault;
	} cases[] = {
		{ "{\"a\":[[[1]]]}", 0 },
		{ "{\"a\":[[[[1]]]]}", -PQ_ELIMIT },
		{ "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", -PQ_ELIMIT },
		/* brackets side by side are not nested */
		{ "{\"a\":[[],[],[],[],[]],\"b\":[[]]}", 0 },
		/* brackets in strings do not count, also after escapes */
		{ "{\"a\":\"[[[[[[[[{{{{\"}", 0 },
		{ "{\"a\":\"\\\"[[[[[[[[\"}", 0 },
		{ "{\"a\":\"\\\\\",\"b\":[[[[]]]]}", -PQ_ELIMIT },
		/* closing brackets without opening ones give no extra depth */
		{ "}}}}}{\"a\":[[[[]]]]}", -PQ_ELIMIT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct pq_err err = PQ_ERR_INIT;

		json_decref(load_json(pq_slice_str(cases[i].text), &err));
		if (err.fault != cases[i].fault)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

/* Read {"name": string, "size": integer?} from @text. */
static int
read_two(const char *text, enum pq_json_rest rest, const json_t **ret_name,
    const json_t **ret_size, struct pq_err *err)
{
	const struct pq_json_field fields[] = {
		{ "name", PQ_JSON_STRING, true, ret_name },
		{ "size", PQ_JSON_INTEGER, false, ret_size },
	};
	json_t *j = must_load(text);
	int r = pq_json_fields(j, "/x", fields, N(fields), rest, err);

	json_decref(j);
	return r;
}

static void
test_strictjson__reads_the_members_of_a_table(void **state)
{
	static const struct {
		const char *text;
		enum pq_json_rest rest;
		const char *words; /* NULL: accepted */
	} cases[] = {
		{ "{\"name\":\"\"}", PQ_JSON_REFUSE, NULL },
		{ "{\"name\":\"\",\"size\":1}", PQ_JSON_REFUSE, NULL },
		{ "{\"size\":1}", PQ_JSON_REFUSE, "/x/name: missing" },
		{ "{\"name\":1}", PQ_JSON_REFUSE, "/x/name: expected string" },
		{ "{\"name\":null}", PQ_JSON_REFUSE, "expected string" },
		{ "{\"name\":\"\",\"size\":1.0}", PQ_JSON_REFUSE,
		    "/x/size: expected integer" },
		{ "{\"name\":\"\",\"size\":true}", PQ_JSON_REFUSE,
		    "/x/size: expected integer" },
		{ "{\"name\":\"\",\"more\":1}", PQ_JSON_REFUSE,
		    "/x/more: member not allowed" },
		{ "{\"name\":\"\",\"more\":1}", PQ_JSON_PASS, NULL },
		{ "{\"name\":\"\",\"Name\":1}", PQ_JSON_PASS,
		    "/x/Name: member not allowed" },
		{ "{\"name\":\"\",\"SIZE\":1}", PQ_JSON_PASS,
		    "/x/SIZE: member not allowed" },
		{ "{\"name\":\"\",\"names\":1}", PQ_JSON_PASS, NULL },
		/* folds to "size" in Go: U+017F is a long s */
		{ "{\"name\":\"\",\"\\u017fize\":1}", PQ_JSON_PASS,
		    "member not allowed" },
		{ "{\"name\":\"\",\"\\n\":1}", PQ_JSON_REFUSE, "/x/\\x0a" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		const json_t *name = NULL, *size = NULL;
		struct pq_err err = PQ_ERR_INIT;
		int r =
		    read_two(cases[i].text, cases[i].rest, &name, &size, &err);

		if ((r == 0) != (cases[i].words == NULL))
			fail_msg("%s: %s", cases[i].text, err.text);
		if (r == 0)
			continue;
		assert_int_equal(r, -PQ_EFORMAT);
		if (strstr(err.text, cases[i].words) == NULL)
			fail_msg("%s: \"%s\"", cases[i].text, err.text);
	}
}

static void
test_strictjson__absent_is_null(void **state)
{
	const json_t *name = NULL, *size = (const json_t *)&name;

	(void)state;
	assert_int_equal(
	    read_two("{\"name\":\"a\"}", PQ_JSON_REFUSE, &name, &size, NULL),
	    0);
	assert_null(size);
}

static void
test_strictjson__needs_an_object(void **state)
{
	json_t *j = must_load("{\"a\":[]}");
	const json_t *v = NULL;
	const struct pq_json_field f = { "a", PQ_JSON_ARRAY, true, &v };
	const struct pq_json_field none = { "a", PQ_JSON_NOTHING, true, &v };

	(void)state;
	assert_int_equal(pq_json_fields(j, "", &f, 1, PQ_JSON_REFUSE, NULL), 0);
	assert_int_equal(pq_json_fields(json_object_get(j, "a"), "", &f, 1,
			     PQ_JSON_REFUSE, NULL),
	    -PQ_EFORMAT);
	assert_int_equal(
	    pq_json_fields(NULL, "", &f, 1, PQ_JSON_REFUSE, NULL), -PQ_EFORMAT);
	/* a table with a missing kind accepts nothing */
	assert_int_equal(
	    pq_json_fields(j, "", &none, 1, PQ_JSON_REFUSE, NULL), -PQ_EFORMAT);
	json_decref(j);
}

static void
test_strictjson__copies_plain_text_only(void **state)
{
	static const struct {
		const char *text;
		int fault;
	} cases[] = {
		{ "{\"a\":\"abc\"}", 0 },
		{ "{\"a\":\"\"}", 0 },
		{ "{\"a\":\"abcd\"}", -PQ_ELIMIT },
		{ "{\"a\":\"a b\"}", -PQ_EFORMAT },
		{ "{\"a\":\"a\\n\"}", -PQ_EFORMAT },
		{ "{\"a\":\"\\u007f\"}", -PQ_EFORMAT },
		{ "{\"a\":\"\\u00e9\"}", -PQ_EFORMAT },
	};
	char dst[4];
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		json_t *j = must_load(cases[i].text);
		const json_t *v = json_object_get(j, "a");

		memset(dst, 'x', sizeof(dst));
		assert_int_equal(pq_json_copy(dst, sizeof(dst), v, "/a", NULL),
		    cases[i].fault);
		assert_string_equal(
		    dst, cases[i].fault == 0 ? json_string_value(v) : "");
		json_decref(j);
	}
	assert_int_equal(pq_json_copy(dst, sizeof(dst), NULL, "/a", NULL), 0);
	assert_string_equal(dst, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strictjson__refuses_ambiguous_documents),
		cmocka_unit_test(test_strictjson__bounds_size_before_it_parses),
		cmocka_unit_test(test_strictjson__bounds_depth),
		cmocka_unit_test(test_strictjson__reads_the_members_of_a_table),
		cmocka_unit_test(test_strictjson__absent_is_null),
		cmocka_unit_test(test_strictjson__needs_an_object),
		cmocka_unit_test(test_strictjson__copies_plain_text_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
