/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read the configuration directory. A user who can change a file in it decides
 * which code runs. So the directory and each file must belong to root or to the
 * caller, and no other user may be able to write to them. Symbolic links are
 * refused: between the check and the read, an attacker could point a link at
 * another file.
 */
#include "config/load.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/advice.h"
#include "config/endpoint.h"
#include "config/file.h"
#include "config/schema.h"
#include "config/yaml.h"

#define FILE_MAX (256u << 10)
#define SERVICES_MAX 256

static int
note_errno(struct pq_config_notes *notes, const char *file, unsigned line,
    const char *name)
{
	pq_config_note(notes, true, file, line, "%s: %s", name, pq_file_why());
	return -PQ_ECONFIG;
}

/* Check an open file. Return: 0; -PQ_ECONFIG, after a note */
static int
check_file(const struct stat *st, const char *file, unsigned line,
    const char *name, struct pq_config_notes *notes)
{
	char text[PQ_FILE_FAULT];
	const char *fault = S_ISREG(st->st_mode) ? pq_file_fault(text, st)
						 : "not a regular file";

	if (fault != NULL) {
		pq_config_note(notes, true, file, line, "%s: %s", name, fault);
		return -PQ_ECONFIG;
	}
	if (st->st_size <= (off_t)FILE_MAX)
		return 0;
	pq_config_note(notes, true, file, line,
	    "%s: has %lld bytes; the limit is %u", name, (long long)st->st_size,
	    FILE_MAX);
	return -PQ_ECONFIG;
}

/*
 * Warn about a file that only root can read. pratiqued and check-config run as
 * root and can read it, but each role runs as another user and cannot.
 */
static void
note_private(const struct stat *st, const char *file, unsigned line,
    const char *name, struct pq_config_notes *notes)
{
	bool is_dir = S_ISDIR(st->st_mode);
	mode_t all = is_dir ? S_IROTH | S_IXOTH : S_IROTH;

	if (geteuid() == 0 && (st->st_mode & all) != all)
		pq_config_note(notes, false, file, line,
		    "%s: mode %04o: the roles cannot read it, because each "
		    "runs as a user of its own; chmod o+%s",
		    name, (unsigned)(st->st_mode & 07777), is_dir ? "rx" : "r");
}

/*
 * Read the whole file. The checks use the open file, so nobody can replace it
 * after them.
 */
static int
read_file(int dir, const char *name, uint8_t **ret, size_t *ret_n,
    const char *file, unsigned line, struct pq_config_notes *notes)
{
	pq_auto(pq_autoclose) int fd = pq_file_open(dir, name);
	struct stat st;
	uint8_t *p;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) != 0)
		return note_errno(notes, file, line, name);
	if (check_file(&st, file, line, name, notes) != 0)
		return -PQ_ECONFIG;
	note_private(&st, file, line, name, notes);
	p = malloc((size_t)st.st_size + 1);
	if (p == NULL)
		return -PQ_ENOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t r = read(fd, p + n, (size_t)st.st_size - n);

		if (r <= 0) {
			free(p);
			return note_errno(notes, file, line, name);
		}
		n += (size_t)r;
	}
	*ret = p;
	*ret_n = n;
	return 0;
}

static int
get_from_dir(void *ctx, const char *name, struct pq_config_file *ret,
    const char *file, unsigned line, struct pq_config_notes *notes)
{
	int *dir = ctx;
	int r = read_file(*dir, name, &ret->data, &ret->n, file, line, notes);

	if (r != 0)
		return r;
	ret->name = strdup(name);
	if (ret->name == NULL) {
		pq_config_file_free(ret);
		return -PQ_ENOMEM;
	}
	return 0;
}

static int
load_service(struct pq_config *c, int dir, const char *name,
    struct pq_config_notes *notes)
{
	struct pq_schema_files files = { &dir, get_from_dir };
	struct pq_config_service *s;
	struct pq_config_file self = { NULL, NULL, 0 };
	struct pq_buf path = PQ_BUF_INIT(512);
	struct pq_yaml doc = { 0 };
	int r = -PQ_ENOMEM;

	s = reallocarray(c->services, c->n_services + 1, sizeof(*s));
	if (s == NULL)
		return -PQ_ENOMEM;
	c->services = s;
	s = &c->services[c->n_services];
	memset(s, 0, sizeof(*s));
	pq_buf_fmt(&path, "services.d/%s", name);
	if (pq_buf_cstr(&path) != NULL)
		r = get_from_dir(&dir, (const char *)path.p, &self,
		    (const char *)path.p, 0, notes);
	if (r == 0)
		r = pq_yaml_parse(
		    &doc, self.name, pq_slice(self.data, self.n), notes);
	if (r == 0)
		r = pq_schema_service(s, &self, &doc, &files, notes);
	pq_yaml_free(&doc);
	pq_buf_free(&path);
	pq_config_file_free(&self);
	if (r != 0) {
		pq_config_service_free(s);
		return r;
	}
	c->n_services++;
	return 0;
}

/* Select names that end in .yaml, and near misses such as .yml and .YAML. */
static int
yaml_like(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot != NULL &&
	    (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0);
}

/* Return true if the name ends in .yaml. Add a note about any other file. */
static bool
take_service_file(const char *name, struct pq_config_notes *notes)
{
	pq_auto(pq_buf_free) struct pq_buf file = PQ_BUF_INIT(512);
	const char *text;

	if (strcmp(strrchr(name, '.'), ".yaml") == 0)
		return true;
	pq_buf_fmt(&file, "services.d/%s", name);
	text = pq_buf_cstr(&file);
	pq_config_note(notes, false, text == NULL ? "services.d" : text, 0,
	    "ignored: the name of a service's file must end in .yaml");
	return false;
}

static int
load_services(struct pq_config *c, int dir, struct pq_config_notes *notes)
{
	struct dirent **names = NULL;
	pq_auto(pq_autoclose) int sub = openat(
	    dir, "services.d", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	char fault[PQ_FILE_FAULT];
	bool seen = false;
	int n, i, r = 0;

	if (sub < 0 || fstat(sub, &st) != 0)
		return note_errno(notes, "services.d", 0, "services.d");
	if (pq_file_fault(fault, &st) != NULL) {
		pq_config_note(
		    notes, true, "services.d", 0, "directory: %s", fault);
		return -PQ_ECONFIG;
	}
	note_private(&st, "services.d", 0, "services.d", notes);
	n = scandirat(dir, "services.d", &names, yaml_like, alphasort);
	if (n < 0)
		return note_errno(notes, "services.d", 0, "services.d");
	if (n > SERVICES_MAX)
		pq_config_note(notes, true, "services.d", 0,
		    "%d service files; the limit is %d", n, SERVICES_MAX);
	for (i = 0; i < n; i++) {
		if ((r == 0 || r == -PQ_ECONFIG) && n <= SERVICES_MAX &&
		    take_service_file(names[i]->d_name, notes)) {
			r = load_service(c, dir, names[i]->d_name, notes);
			seen = true;
		}
		free(names[i]);
	}
	if (!seen && n <= SERVICES_MAX)
		pq_config_note(notes, false, "services.d", 0,
		    "no service is configured: add services.d/NAME.yaml");
	free(names);
	return r == -PQ_ECONFIG ? 0 : r; /* a fatal note makes the load fail */
}

static int
load_main(struct pq_config *c, int dir, struct pq_config_notes *notes)
{
	struct pq_schema_files files = { &dir, get_from_dir };
	struct pq_yaml doc = { 0 };
	uint8_t *text = NULL;
	size_t n = 0;
	int r = read_file(
	    dir, "pratique.yaml", &text, &n, "pratique.yaml", 0, notes);

	if (r == 0)
		r = pq_yaml_parse(
		    &doc, "pratique.yaml", pq_slice(text, n), notes);
	if (r == 0)
		r = pq_schema_main(c, "pratique.yaml", &doc, &files, notes);
	pq_yaml_free(&doc);
	free(text);
	return r;
}

/*
 * @whole: pratique.yaml has no error. If it has one, a part of @c is missing.
 *         A comparison with @c would then report a second error for the same
 *         cause.
 */
static void
advise_all(const struct pq_config *c, bool whole, struct pq_config_notes *notes)
{
	const struct pq_config_service *s;

	for (s = c->services; s < c->services + c->n_services; s++) {
		pq_advice_service(whole ? c : NULL, s, notes);
		if (!whole)
			continue;
		pq_advice_fit(c, s, notes);
		pq_advice_twin(c, s, notes);
		pq_endpoint_twin(c, s, notes);
	}
}

/* Return: 0; -PQ_ECONFIG, pratique.yaml has errors; -PQ_ENOMEM */
static int
read_all(
    struct pq_config *c, const char *dir, int fd, struct pq_config_notes *notes)
{
	int r, s = 0;

	c->dir = realpath(dir, NULL);
	r = c->dir == NULL ? -PQ_ENOMEM : load_main(c, fd, notes);
	if (r == 0 || r == -PQ_ECONFIG)
		s = load_services(c, fd, notes);
	if (s != 0)
		return s;
	if (r == 0 || r == -PQ_ECONFIG)
		advise_all(c, r == 0, notes);
	return r;
}

static int
check_dir(int fd, const char *dir, struct pq_config_notes *notes)
{
	char fault[PQ_FILE_FAULT];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return note_errno(notes, dir, 0, "directory");
	if (pq_file_fault(fault, &st) != NULL) {
		pq_config_note(notes, true, dir, 0, "directory: %s", fault);
		return -PQ_ECONFIG;
	}
	note_private(&st, dir, 0, "directory", notes);
	return 0;
}

int
pq_config_examine(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes)
{
	pq_auto(pq_autoclose) int fd =
	    open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pq_config *c;
	int r = check_dir(fd, dir, notes);

	if (r != 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -PQ_ENOMEM;
	r = read_all(c, dir, fd, notes);
	if (r != 0) {
		pq_config_free(c);
		return r;
	}
	*ret = c;
	return notes->fatal ? -PQ_ECONFIG : 0;
}

int
pq_config_load(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes)
{
	struct pq_config *c = NULL;
	int r = pq_config_examine(&c, dir, notes);

	if (r != 0) {
		pq_config_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct memory {
	const struct pq_config_file *files;
	size_t n;
};

static int
get_from_memory(void *ctx, const char *name, struct pq_config_file *ret,
    const char *file, unsigned line, struct pq_config_notes *notes)
{
	const struct memory *m = ctx;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (strcmp(m->files[i].name, name) != 0)
			continue;
		ret->name = strdup(name);
		ret->data = malloc(m->files[i].n + 1);
		if (ret->name == NULL || ret->data == NULL) {
			pq_config_file_free(ret);
			return -PQ_ENOMEM;
		}
		memcpy(ret->data, m->files[i].data, m->files[i].n);
		ret->n = m->files[i].n;
		return 0;
	}
	pq_config_note(notes, true, file, line,
	    "%s: the evidence does not contain this file", name);
	return -PQ_ECONFIG;
}

int
pq_config_service_from_files(struct pq_config_service **ret,
    const struct pq_config_file *files, size_t n, struct pq_config_notes *notes)
{
	struct memory m = { files, n };
	struct pq_schema_files get = { &m, get_from_memory };
	struct pq_config_file self = { NULL, NULL, 0 };
	struct pq_config_service *s;
	struct pq_yaml doc = { 0 };
	int r;

	if (n == 0) {
		pq_config_note(notes, true, "", 0,
		    "the evidence does not contain a policy");
		return -PQ_ECONFIG;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -PQ_ENOMEM;
	r = get_from_memory(&m, files[0].name, &self, "", 0, notes);
	if (r == 0)
		r = pq_yaml_parse(
		    &doc, self.name, pq_slice(self.data, self.n), notes);
	if (r == 0)
		r = pq_schema_service(s, &self, &doc, &get, notes);
	pq_yaml_free(&doc);
	pq_config_file_free(&self);
	if (r != 0) {
		pq_config_service_free(s);
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}
