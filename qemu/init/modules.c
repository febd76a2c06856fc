/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The driver's modules: to load and to unload them, one or all.
 */
#include "init.h"

/* How long a module may stay in use by what its own init has started. */
#define IN_USE_MS 1000

long load(const char *file, const char *params)
{
	size_t size;
	const char *bytes = stored(file, &size);
	long fd = bytes ? -1 : sys_open(file, O_RDONLY | O_CLOEXEC);
	long answer;

	if (!bytes && fd < 0)
		return fd;
	watch();
	answer = bytes ? call3(SYS_init_module, ptr(bytes), (long)size, ptr(params))
		       : call3(SYS_finit_module, fd, ptr(params), 0);
	unwatch();
	if (!bytes)
		sys_close(fd);
	return answer;
}

long unload(const char *name)
{
	long answer;

	watch();
	/* O_NONBLOCK: a module that is in use is an answer, not a reason to wait. */
	answer = call3(SYS_delete_module, ptr(name), O_NONBLOCK, 0);
	unwatch();
	return answer;
}

void report_code(const char *name)
{
	static const char *const sections[] = { ".text", ".text.unlikely", ".init.text", ".exit.text" };
	char path[128], address[24];
	struct text text;
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		text = (struct text){ path, 0, sizeof(path) };
		add(&text, "/sys/module/");
		add(&text, name);
		add(&text, "/sections/");
		add(&text, sections[i]);
		if (read_file(path, address, sizeof(address)) > 0)
			report("# code %s %s %s\n", name, sections[i], address);
	}
}

long driver_modules(const struct plan *plan, struct module *modules)
{
	static struct step step;
	struct cursor cursor = plan->driver;
	long count = 0;

	while (count < MODULES_MAX && next_step(&cursor, &step))
		if (step.verb == LOAD)
			modules[count++] = (struct module){ step.args[0], step.args[1], step.args[2] };
	return count;
}

static int is_loaded(const char *name)
{
	char path[128];
	struct text text = { path, 0, sizeof(path) };

	/* Code that is built in may have a folder of its name, but no such file. */
	add(&text, "/sys/module/");
	add(&text, name);
	add(&text, "/initstate");
	return call3(SYS_access, ptr(path), 0, 0) == 0;
}

const char *loaded_module(const struct plan *plan)
{
	struct module modules[MODULES_MAX];
	long count = driver_modules(plan, modules), i;

	for (i = 0; i < count; i++)
		if (is_loaded(modules[i].name))
			return modules[i].name;
	return NULL;
}

static long refused(const char *what, const char *module, long error)
{
	report("# refused %s %s\n# errno %d\n", what, module, -error);
	return error;
}

long load_all(const struct plan *plan)
{
	struct module modules[MODULES_MAX];
	long count = driver_modules(plan, modules), i, error;

	for (i = 0; i < count; i++) {
		error = load(modules[i].file, modules[i].params);
		if (error < 0)
			return refused("load", modules[i].name, error);
		report_code(modules[i].name);
	}
	return 0;
}

long unload_all(const struct plan *plan)
{
	struct module modules[MODULES_MAX];
	long count = driver_modules(plan, modules), waited, error;

	while (count-- > 0) {
		if (!is_loaded(modules[count].name))
			continue;
		for (waited = 0; (error = unload(modules[count].name)) < 0 && waited < IN_USE_MS; waited += 10)
			sys_poll(NULL, 0, 10);
		if (error < 0) {
			refused("unload", modules[count].name, error);
			report_holders(modules[count].name);
			return error;
		}
	}
	return 0;
}
