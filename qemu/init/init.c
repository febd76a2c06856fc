/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The first process of the guest: it takes the steps of the plan and reports each to the host. The README beside this
 * folder has the plan's and the report's form.
 */
#include "init.h"

/* include/uapi/linux/time.h */
#define CLOCK_MONOTONIC 1

/* include/uapi/linux/mount.h */
#define MS_RDONLY 1

/* How often is looked for new devices, and how long at the most. */
#define QUIET_LOOK_MS 20
#define QUIET_MAX_MS 5000

/* _start: the kernel gives no return address, and a stack aligned to 16 bytes (System V ABI, x86-64, 3.4.1). */
__asm__(".globl _start\n"
	"_start:\n"
	"	xorl %ebp, %ebp\n"
	"	call start_init\n");
_Noreturn void start_init(void);

/* gcc calls these by itself, for structures and arrays, even in a freestanding program. */
void *memcpy(void *to, const void *from, size_t size);

void *memset(void *to, int byte, size_t size)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

long now_ms(void)
{
	struct {
		long s;
		long ns;
	} time = { 0, 0 };

	call3(SYS_clock_gettime, CLOCK_MONOTONIC, ptr(&time), 0);
	return time.s * 1000 + time.ns / 1000000;
}

_Noreturn void bail_out(const char *what, const char *path, long error)
{
	report("Bail out! %s %s (errno %d)\n", what, path, -error);
	power_off();
}

/* ---- The machine ---- */

long write_file(const char *path, const char *text)
{
	long fd = sys_open(path, O_WRONLY | O_CLOEXEC);
	long wrote;

	if (fd < 0)
		return fd;
	wrote = sys_write(fd, text, length(text));
	sys_close(fd);
	return wrote;
}

static void furnish(void)
{
	static const struct {
		const char *type;
		const char *path;
		int needed;
	} mounts[] = {
		{ "proc", "/proc", 1 },
		{ "sysfs", "/sys", 1 },
		{ "devtmpfs", "/dev", 1 },
		{ "tmpfs", "/tmp", 0 },
		{ "devpts", "/dev/pts", 0 },
		{ "tmpfs", "/dev/shm", 0 },
		{ "debugfs", "/sys/kernel/debug", 0 },
		{ "configfs", "/sys/kernel/config", 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "fd/0", "/dev/stdin" },
		{ "fd/1", "/dev/stdout" },
		{ "fd/2", "/dev/stderr" },
	};
	const char *missing = NULL;
	long error = 0, answer, fd;
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		call3(SYS_mkdir, ptr(mounts[i].path), 0755, 0);
		answer = call6(SYS_mount, ptr("none"), ptr(mounts[i].path), ptr(mounts[i].type), 0, 0, 0);
		if (answer < 0 && answer != -EBUSY && mounts[i].needed && !missing) {
			missing = mounts[i].path;
			error = answer;
		}
	}
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		call3(SYS_symlink, ptr(links[i][0]), ptr(links[i][1]), 0);

	/* An initramfs without /dev/console starts us with no open file; a pipe must not become number 1. */
	do {
		fd = sys_open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	sys_close(fd);

	/* Only now: a fallback of the report's channel is a file in /dev. */
	report_open();
	if (missing) {
		report_begin();
		bail_out("mount", missing, error);
	}
}

static void report_kernel(void)
{
	/* struct new_utsname of include/uapi/linux/utsname.h: the third text is the release. */
	char name[6][65];

	call3(SYS_uname, ptr(name), 0, 0);
	report("# kernel %s\n", name[2]);
}

/* ---- The steps ---- */

/* Whether one of the first `before` steps loads this module. */
static int is_loaded_before(const struct plan *plan, long before, const char *module)
{
	static struct step step;
	struct cursor cursor = plan->start;

	while (before > 0 && next_step(&cursor, &step)) {
		if (step.verb == LOAD && same(step.args[0], module))
			return 1;
		if (step.description)
			before--;
	}
	return 0;
}

static void close_step(const struct plan *plan, long number)
{
	mark(plan->nonce, " done ", number, "");
	report_log();
}

/*
 * Buses look for their devices in threads of their own. Returns when none has come or gone for so long, or they never cease to:
 * the kernel numbers what it tells udev of them (kernel/ksysfs.c).
 */
static void wait_for_quiet(long quiet_ms)
{
	char text[24] = "";
	long began = now_ms(), since = began, known = -1, number;

	while (now_ms() - since < quiet_ms && now_ms() - began < QUIET_MAX_MS) {
		number = read_file("/sys/kernel/uevent_seqnum", text, sizeof(text)) > 0 ? number_at(text) : known;
		if (number != known)
			since = now_ms();
		known = number;
		sys_poll(NULL, 0, QUIET_LOOK_MS);
	}
}

/* A file system of the host's, to be looked at and not to be written to: the plan's four texts are mount(2)'s. */
static void mount_shared(const struct step *step)
{
	long error;

	call3(SYS_mkdir, ptr(step->args[2]), 0755, 0);
	error = call6(SYS_mount, ptr(step->args[1]), ptr(step->args[2]), ptr(step->args[0]), MS_RDONLY, ptr(step->args[3]), 0);
	if (error < 0)
		report("# unmounted %d\n", -error);
}

/* A module that must not be loaded; one that is all the same does not stay. */
static int refuse(const struct step *step)
{
	long error = load(step->args[1], step->args[2]);

	if (error >= 0)
		unload(step->args[0]);
	else if (error != -step->number)
		report("# errno %d\n", -error);
	return error == -step->number;
}

static void take_steps(const struct plan *plan, int has_waited)
{
	static struct step step;
	struct cursor cursor = plan->start;
	/* The first load that failed. Nothing is loaded or run after it; what was loaded before is unloaded. */
	long failed = 0;
	long number = 0, error;
	/* Whether there may be names that were not there while init waited. */
	int has_changed = 0;
	const char *why_not;
	int ok;

	while (next_step(&cursor, &step)) {
		if (step.verb == QUIET)
			wait_for_quiet(step.number);
		if (step.verb == SNAPSHOT && (!has_waited || has_changed))
			take_snapshot();
		if (step.verb == MOUNT)
			mount_shared(&step);
		has_changed |= step.verb == QUIET || step.verb == MOUNT || step.description;
		if (!step.description)
			continue;
		number++;
		mark(plan->nonce, " begin ", number, step.description);
		report("# begin %d %d\n", number, now_ms());
		/* The step may be the kernel's last: let the host know which. */
		report_flush();

		/* A person may want to see why. */
		if (failed && step.verb != SHELL && !(step.verb == UNLOAD && is_loaded_before(plan, failed - 1, step.args[0]))) {
			close_step(plan, number);
			report("ok %d %s # SKIP not loaded\n", number, step.description);
			continue;
		}

		if (step.verb == RUN || step.verb >= CYCLE)
			put_files();
		if (step.verb >= CYCLE) {
			why_not = NULL;
			ok = stress(plan, &step, &why_not);
			if (why_not) {
				close_step(plan, number);
				report("ok %d %s # SKIP %s\n", number, step.description, why_not);
				continue;
			}
		} else if (step.verb == RUN) {
			ok = run_program(step.args, step.number);
		} else if (step.verb == SHELL) {
			ok = run_shell(plan, &step);
		} else if (step.verb == REFUSE) {
			ok = refuse(&step);
		} else {
			error = step.verb == LOAD ? load(step.args[1], step.args[2]) : unload(step.args[0]);
			ok = error >= 0;
			if (!ok)
				report("# errno %d\n", -error);
			if (!ok && step.verb == UNLOAD)
				report_holders(step.args[0]);
			if (!ok && step.verb == LOAD)
				failed = number;
			if (ok && step.verb == LOAD)
				report_code(step.args[0]);
		}
		close_step(plan, number);
		report("%s %d %s\n", ok ? "ok" : "not ok", number, step.description);
		if (step.verb != RUN)
			report_taint();
		report_flush();
	}
}

#define KCSAN "/sys/kernel/debug/kcsan"

/* include/uapi/asm-generic/mman.h */
#define MCL_CURRENT 1

/* What hangs on no plan. */
static void prepare(void)
{
	/*
	 * When a driver has taken all memory, a page of ours that is touched for the first time would be what the kernel kills for, and
	 * the report would be of us. No child inherits this (mlock(2)).
	 */
	call3(SYS_mlockall, MCL_CURRENT, 0, 0);
	open_log();
	/* An interrupt of the host's ends a kernel that hangs, whatever reason this machine has for one. */
	write_file("/proc/sys/kernel/panic_on_unrecovered_nmi", "1");
	start_watch();
}

void start_init(void)
{
	struct plan plan;
	int has_waited;

	furnish();
	has_waited = must_wait();
	if (has_waited) {
		/* The more is behind a machine that is saved, the quicker each test that goes on with it. */
		prepare();
		take_snapshot();
		await_delivery();
	}
	report_begin();
	plan = read_plan();
	catch_up(plan.clock, plan.seed);
	report("# workbench %s\n", plan.nonce);
	report_kernel();
	report_taint();
	report("1..%d\n", plan.steps);
	if (has_waited)
		skip_log();
	else
		prepare();
	/* Documentation/dev-tools/kcsan.rst: what looks for data races makes all slow, and may have been off so far. */
	write_file(KCSAN, "on");

	if (plan.debug)
		await_debugger();
	take_steps(&plan, has_waited);

	/* Timers and workers of the driver may have something to say after its last step. */
	if (plan.settle_ms > 0)
		sys_poll(NULL, 0, plan.settle_ms);
	write_file(KCSAN, "off");
	/* To look at what is left behind can be deadly. */
	if (plan.counts)
		report_counts();
	if (plan.driver.at)
		report_left(&plan);
	mark(plan.nonce, " end", 0, "");
	report_log();
	report_taint();
	watch();
	flush_console();
	unwatch();
	report("# end %s %d\n", plan.nonce, now_ms());
	power_off();
}
