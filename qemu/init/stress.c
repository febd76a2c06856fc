/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The steps that stress a driver. Each begins and ends with no module of it loaded; before each thing that may be
 * the kernel's last, the host is told which it is.
 */
#include "init.h"

/* How often a reader goes through all files, and how much it reads of each at a time. */
#define ROUNDS 20
#define READS 16

static void at(const char *what, const char *which)
{
	char place[320];
	struct text text = { place, 0, sizeof(place) };

	add(&text, what);
	add(&text, " ");
	add(&text, which);
	report_name("at", place);
	report_flush();
}

static int cycle(const struct plan *plan, long count, long until)
{
	char digits[24];
	long done;

	for (done = 0; done < count && now_ms() < until; done++) {
		at("cycle", decimal(done + 1, digits));
		if (load_all(plan) < 0 || unload_all(plan) < 0)
			return 0;
		count_objects(done);
	}
	report("# done %d\n", done);
	return report_growth(done) == 0;
}

static void read_file_once(const char *name)
{
	char buffer[4096];
	long fd = sys_open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pollfd poll = { (int)fd, POLLIN, 0 };
	int i;

	if (fd < 0)
		return;
	for (i = 0; i < READS && sys_read(fd, buffer, sizeof(buffer)) > 0; i++)
		;
	sys_poll(&poll, 1, 0);
	sys_close(fd);
}

/* In a process of its own: all files, from another one on than the others begin with. */
static _Noreturn void reader(const char *names, size_t size, long number)
{
	const char *name;
	long round, skip;

	call3(SYS_setsid, 0, 0, 0);
	use_all_cpus();
	call3(SYS_iopl, 0, 0, 0);
	for (round = 0; round < ROUNDS; round++) {
		skip = round == 0 ? number : 0;
		for (name = names; name < names + size; name += length(name) + 1)
			if (skip-- <= 0)
				read_file_once(name);
	}
	call3(SYS_exit, 0, 0, 0);
	for (;;)
		;
}

static long count_names(const char *names, size_t size)
{
	const char *name;
	long count = 0;

	for (name = names; name < names + size; name += length(name) + 1)
		count++;
	return count;
}

static int read_files(const struct plan *plan, long readers, long until)
{
	const char *names, *name;
	char digits[24];
	size_t size;
	long i, pid, first = 0, running = 0;

	if (load_all(plan) < 0)
		return 0;
	size = driver_files(&names);
	report("# done %d\n", count_names(names, size));
	for (name = names; name < names + size; name += length(name) + 1)
		report_name("file", name);
	at("reading with", decimal(readers, digits));
	for (i = 0; i < readers && size > 0; i++) {
		pid = call3(SYS_fork, 0, 0, 0);
		if (pid == 0)
			reader(names, size, i);
		if (pid < 0)
			break;
		first = first ? first : pid;
		running++;
	}
	while (running > 0 && now_ms() < until) {
		pid = call6(SYS_wait4, -1, 0, WNOHANG, 0, 0, 0);
		if (pid > 0)
			running--;
		else
			sys_poll(NULL, 0, 2);
	}
	/* Those that still read wait for something that does not come, as a reader of a device may. */
	if (running > 0)
		kill_all(first);
	return unload_all(plan) == 0;
}

static int hold_files(const struct plan *plan, long until)
{
	static char names[16384];
	struct module modules[MODULES_MAX];
	const char *found, *name;
	size_t size, i;
	long count = driver_modules(plan, modules), fd, done = 0, module;

	if (load_all(plan) < 0)
		return 0;
	size = driver_files(&found);
	for (i = 0; i < size; i++)
		names[i] = found[i];
	for (name = names; name < names + size && now_ms() < until; name += length(name) + 1) {
		watch();
		fd = sys_open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		unwatch();
		if (fd < 0)
			continue;
		at("holding", name);
		for (module = count - 1; module >= 0 && unload(modules[module].name) >= 0; module--)
			;
		watch();
		sys_close(fd);
		unwatch();
		done++;
		at("after holding", name);
		if (unload_all(plan) < 0 || load_all(plan) < 0)
			return 0;
	}
	report("# done %d\n", done);
	return unload_all(plan) == 0;
}

int stress(const struct plan *plan, const struct step *step, const char **why_not)
{
	long until = now_ms() + step->number * 1000;

	if (loaded_module(plan)) {
		*why_not = "still loaded";
		return 0;
	}
	switch (step->verb) {
	case CYCLE:
		return cycle(plan, number_at(step->args[0]), until);
	case READ:
		return read_files(plan, number_at(step->args[0]), until);
	case HOLD:
		return hold_files(plan, until);
	default:
		return inject(plan, number_at(step->args[0]), until, why_not);
	}
}
