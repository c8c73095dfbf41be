/* SPDX-License-Identifier: Apache-2.0 */
/* All services have the same name for the configured signature header. */
#include "directory.h"

#include "config/endpoint.h"

static void
name_header(const char *file, const char *name)
{
	char scheme[128];

	(void)snprintf(
	    scheme, sizeof(scheme), "scheme: github\n    header: %s", name);
	edit_file(file, "scheme: github", scheme);
}

/* Add a second service; its file is read first. */
static void
add_twin(void)
{
	edit_file(SERVICE, "service: web", "service: twin");
	edit_file(SERVICE, "container: web", "container: twin");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	edit_file(SERVICE, "service: twin", "service: web");
	edit_file(SERVICE, "container: twin", "container: web");
}

static void
test_endpoint__has_no_header_by_default(void **state)
{
	(void)state;
	(void)load_good();
	assert_null(config->services[0].endpoints[0].header);
	assert_null(pq_endpoint_header(config));
}

static void
test_endpoint__finds_the_header_of_any_service(void **state)
{
	(void)state;
	add_twin();
	name_header(SERVICE, "X-Forge-Signature");
	(void)load_good();
	assert_int_equal(config->n_services, 2);
	assert_string_equal(pq_endpoint_header(config), "X-Forge-Signature");
	name_header("services.d/twin.yaml", "x-forge-signature");
	(void)load_good();
	assert_string_equal(pq_endpoint_header(config), "x-forge-signature");
}

static void
test_endpoint__refuses_a_second_name(void **state)
{
	(void)state;
	add_twin();
	name_header(SERVICE, "X-Forge-Signature");
	name_header("services.d/twin.yaml", "X-Other-Signature");
	load_bad(SERVICE, 7,
	    "header: X-Forge-Signature here, but X-Other-Signature in an "
	    "earlier service: all services must use the same name");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_endpoint__has_no_header_by_default),
		T(test_endpoint__finds_the_header_of_any_service),
		T(test_endpoint__refuses_a_second_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
