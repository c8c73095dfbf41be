/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&s, &in, sizeof(in));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
		memcpy(&s, &in6, sizeof(in6));
	}
	return s;
}

static bool
is_allowed(const char *origin, bool plain_http, const char *text)
{
	struct sockaddr_storage s = address(text);
	struct pq_origins o = { .n = 0 };

	assert_int_equal(
	    pq_origins_add(&o, origin, plain_http, pq_slice(NULL, 0)), 0);
	return pq_address_allowed(&o.v[0], (const struct sockaddr *)&s);
}

static void
test_address__has_a_kind(void **state)
{
	static const struct {
		const char *text;
		enum pq_address kind;
	} rows[] = {
		{ "127.0.0.1", PQ_ADDRESS_LOOPBACK },
		{ "127.255.255.254", PQ_ADDRESS_LOOPBACK },
		{ "::1", PQ_ADDRESS_LOOPBACK },
		{ "::ffff:127.0.0.1", PQ_ADDRESS_LOOPBACK },
		{ "::127.0.0.1", PQ_ADDRESS_LOOPBACK },
		{ "64:ff9b::127.0.0.1", PQ_ADDRESS_LOOPBACK },
		{ "2002:7f00:1::", PQ_ADDRESS_LOOPBACK },
		{ "0.0.0.0", PQ_ADDRESS_UNSPECIFIED },
		{ "0.1.2.3", PQ_ADDRESS_UNSPECIFIED },
		{ "::", PQ_ADDRESS_UNSPECIFIED },
		{ "::ffff:0.0.0.0", PQ_ADDRESS_UNSPECIFIED },
		{ "169.254.169.254", PQ_ADDRESS_LINK_LOCAL },
		{ "::ffff:169.254.169.254", PQ_ADDRESS_LINK_LOCAL },
		{ "fe80::1", PQ_ADDRESS_LINK_LOCAL },
		{ "febf::1", PQ_ADDRESS_LINK_LOCAL },
		{ "224.0.0.1", PQ_ADDRESS_MULTICAST },
		{ "239.255.255.255", PQ_ADDRESS_MULTICAST },
		{ "255.255.255.255", PQ_ADDRESS_MULTICAST },
		{ "ff02::1", PQ_ADDRESS_MULTICAST },
		{ "10.0.0.1", PQ_ADDRESS_ORDINARY },
		{ "126.0.0.1", PQ_ADDRESS_ORDINARY },
		{ "128.0.0.1", PQ_ADDRESS_ORDINARY },
		{ "169.253.0.1", PQ_ADDRESS_ORDINARY },
		{ "192.0.2.1", PQ_ADDRESS_ORDINARY },
		{ "2001:db8::1", PQ_ADDRESS_ORDINARY },
		{ "fd00::1", PQ_ADDRESS_ORDINARY },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage s = address(rows[i].text);

		if (pq_address_kind((const struct sockaddr *)&s) !=
		    rows[i].kind)
			fail_msg("%s", rows[i].text);
	}
}

static void
test_address__of_another_family_is_unknown(void **state)
{
	struct sockaddr sa = { .sa_family = AF_UNIX };
	struct pq_origins o = { .n = 0 };

	(void)state;
	assert_int_equal(pq_address_kind(&sa), PQ_ADDRESS_UNKNOWN);
	assert_int_equal(
	    pq_origins_add(&o, "example.com", false, pq_slice(NULL, 0)), 0);
	assert_false(pq_address_allowed(&o.v[0], &sa));
}

/* A name server chooses the address, and the operator did not write it. */
static void
test_address__of_a_name_must_be_ordinary(void **state)
{
	(void)state;
	assert_true(is_allowed("registry.example:5000", false, "192.0.2.1"));
	assert_true(is_allowed("registry.example", false, "10.1.2.3"));
	assert_true(is_allowed("registry.example", false, "2001:db8::1"));
	assert_false(is_allowed("registry.example", false, "127.0.0.1"));
	assert_false(is_allowed("registry.example", false, "::1"));
	assert_false(is_allowed("registry.example", false, "169.254.169.254"));
	assert_false(is_allowed("registry.example", false, "0.0.0.0"));
	assert_false(is_allowed("registry.example", false, "ff02::1"));
	assert_false(is_allowed("localhost.example", false, "127.0.0.1"));
}

static void
test_address__in_the_configuration_leads_to_itself(void **state)
{
	(void)state;
	assert_true(is_allowed("127.0.0.1:5000", false, "127.0.0.1"));
	assert_true(is_allowed("[::1]:5000", false, "::1"));
	assert_true(is_allowed("169.254.1.1", false, "169.254.1.1"));
	assert_true(is_allowed("192.0.2.1", false, "192.0.2.1"));
	assert_false(is_allowed("127.0.0.1:5000", false, "127.0.0.2"));
	assert_false(is_allowed("192.0.2.1", false, "192.0.2.2"));
	assert_false(is_allowed("[::1]", false, "127.0.0.1"));
}

static void
test_address__of_localhost_may_be_loopback(void **state)
{
	(void)state;
	assert_true(is_allowed("localhost:5000", false, "127.0.0.1"));
	assert_true(is_allowed("localhost:5000", false, "::1"));
	assert_false(is_allowed("localhost:5000", false, "169.254.1.1"));
	assert_false(is_allowed("localhost:5000", false, "0.0.0.0"));
}

static void
test_address__without_tls_must_be_loopback(void **state)
{
	(void)state;
	assert_true(is_allowed("localhost:5000", true, "127.0.0.1"));
	assert_true(is_allowed("127.0.0.1:5000", true, "127.0.0.1"));
	assert_false(is_allowed("localhost:5000", true, "192.0.2.1"));
	assert_false(is_allowed("registry.example", true, "192.0.2.1"));
	assert_false(is_allowed("registry.example", true, "127.0.0.1"));
}

static void
test_address__host_has_no_brackets(void **state)
{
	struct pq_origin o = { .name = "[::1]:5000" };
	char name[PQ_ORIGIN_TEXT];

	(void)state;
	assert_int_equal(pq_address_host(name, &o), 5000);
	assert_string_equal(name, "::1");
	o = (struct pq_origin){ .name = "example.com" };
	assert_int_equal(pq_address_host(name, &o), 443);
	assert_string_equal(name, "example.com");
	o.plain_http = true;
	assert_int_equal(pq_address_host(name, &o), 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address__has_a_kind),
		cmocka_unit_test(test_address__of_another_family_is_unknown),
		cmocka_unit_test(test_address__of_a_name_must_be_ordinary),
		cmocka_unit_test(
		    test_address__in_the_configuration_leads_to_itself),
		cmocka_unit_test(test_address__of_localhost_may_be_loopback),
		cmocka_unit_test(test_address__without_tls_must_be_loopback),
		cmocka_unit_test(test_address__host_has_no_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
