/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least work that refusing a callback takes: an HTTP server with one
 * thread reads the body, computes its HMAC, compares and answers. It has no
 * privilege separation, no log and no limits, and it stores nothing.
 *
 * usage: bench_bare PORT SECRET-FILE
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX 65536
#define HEX_N 64

struct body {
	size_t n;
	unsigned char bytes[BODY_MAX];
};

static char secret[256];
static size_t secret_n;

static int
is_genuine(struct MHD_Connection *c, const struct body *b)
{
	static const char digits[] = "0123456789abcdef";
	const char *claim = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, "X-Hub-Signature-256");
	unsigned char mac[EVP_MAX_MD_SIZE];
	char hex[HEX_N];
	unsigned n = 0;
	unsigned i;

	if (claim == NULL || strlen(claim) != 7 + HEX_N ||
	    HMAC(EVP_sha256(), secret, (int)secret_n, b->bytes, b->n, mac,
		&n) == NULL ||
	    n != HEX_N / 2)
		return 0;
	for (i = 0; i < n; i++) {
		hex[2 * i] = digits[mac[i] >> 4];
		hex[2 * i + 1] = digits[mac[i] & 15];
	}
	return CRYPTO_memcmp(claim + 7, hex, HEX_N) == 0;
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, unsigned status)
{
	static char text[] = "{\"status\":\"not authenticated\"}\n";
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ok;

	if (r == NULL)
		return MHD_NO;
	ok = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **req)
{
	struct body *b = *req;

	(void)cls;
	(void)url;
	(void)method;
	(void)version;
	if (b == NULL) {
		b = malloc(sizeof(*b));
		if (b == NULL)
			return MHD_NO;
		b->n = 0;
		*req = b;
		return MHD_YES;
	}
	if (*n == 0)
		return send_answer(c, is_genuine(c, b) ? 202 : 401);
	if (*n > BODY_MAX - b->n)
		return MHD_NO;
	memcpy(b->bytes + b->n, data, *n);
	b->n += *n;
	*n = 0;
	return MHD_YES;
}

static void
on_done(void *cls, struct MHD_Connection *c, void **req,
    enum MHD_RequestTerminationCode why)
{
	(void)cls;
	(void)c;
	(void)why;
	free(*req);
	*req = NULL;
}

static int
read_secret(const char *path)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return -1;
	secret_n = fread(secret, 1, sizeof(secret), f);
	(void)fclose(f);
	while (secret_n != 0 && secret[secret_n - 1] == '\n')
		secret_n--;
	return secret_n == 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct MHD_Daemon *d;

	if (argc != 3 || read_secret(argv[2]) != 0) {
		(void)fprintf(stderr, "usage: bench_bare PORT SECRET-FILE\n");
		return 2;
	}
	at.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	    on_request, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_END);
	if (d == NULL)
		return 1;
	(void)pause(); /* until a signal ends the process */
	MHD_stop_daemon(d);
	return 0;
}
