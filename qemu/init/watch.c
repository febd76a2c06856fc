/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where the driver's code waits: a second thread of init looks when a call into the driver does not come back, and tells
 * the host the stacks of init and of all tasks that are in a module.
 */
#include "init.h"

/* The first look, and each further one after twice the time: the last before the host's deadline is the one that counts. */
#define FIRST_MS 1000
#define LOOK_MS 250

#define TASKS_MAX 16

/* include/uapi/linux/sched.h: a thread, as pthread_create(3) makes one. */
#define CLONE_VM 0x100
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_SIGHAND 0x800
#define CLONE_THREAD 0x10000
#define CLONE_SYSVSEM 0x40000

/* include/uapi/asm-generic/signal-defs.h */
#define SIG_SETMASK 2

/* Of whoever looks: the thread, or init itself. */
struct look {
	char said[16384];
	struct text text;
	int tasks;
	char stack[8192];
	char stat[512];
};

/* What is watched now: the number of the call, or nothing, or that the thread is telling. */
enum { NOTHING = 0, TELLING = -1 };
static int watched;
static int calls;
static long since_ms;

static int is_in_module(const char *stack)
{
	for (; *stack; stack++)
		if (begins(stack, " ["))
			return 1;
	return 0;
}

static void add_line(struct look *look, const char *word, const char *from, const char *end)
{
	char one[2] = "";

	add(&look->text, word);
	for (; from < end; from++) {
		one[0] = *from < ' ' || *from == 0x7f ? '?' : *from;
		add(&look->text, one);
	}
	add(&look->text, "\n");
}

/* `path` ends with the task's number and a slash. What is no module's is told of init alone. */
static void look_at_task(struct look *look, char *path, size_t room, const char *number)
{
	struct text text = { path, length(path), room };
	size_t folder = text.size;
	const char *at, *name, *end = NULL;
	char state[] = " ? ";

	add(&text, "stack");
	if (read_file(path, look->stack, sizeof(look->stack)) < 0)
		look->stack[0] = '\0';
	if (!same(number, "1") && (!is_in_module(look->stack) || look->tasks >= TASKS_MAX))
		return;

	/* "NUMBER (NAME) STATE ...", and a name may have brackets in it. */
	text.size = folder;
	add(&text, "stat");
	read_file(path, look->stat, sizeof(look->stat));
	for (name = look->stat; *name && *name != '('; name++)
		;
	for (at = name; *at; at++)
		if (*at == ')')
			end = at;
	if (!end)
		return;
	look->tasks++;
	state[1] = end[1] ? end[2] : '?';
	add(&look->text, "# task ");
	add(&look->text, number);
	add_line(look, state, name + 1, end);

	/* "[<0>] FUNCTION+OFFSET/SIZE [MODULE]" */
	for (at = look->stack; *at; at = *end ? end + 1 : end) {
		for (end = at; *end && *end != '\n'; end++)
			;
		add_line(look, "# stack ", begins(at, "[<0>] ") ? at + 6 : at, end);
	}
}

/* All threads of one process. */
static void look_at_process(struct look *look, const char *process)
{
	_Alignas(struct entry) char buffer[1024];
	const struct entry *entry;
	char path[64];
	struct text text = { path, 0, sizeof(path) };
	size_t folder;
	long fd, got, at;

	add(&text, "/proc/");
	add(&text, process);
	add(&text, "/task/");
	folder = text.size;
	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((got = call3(SYS_getdents64, fd, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += entry->size) {
			entry = (const void *)(buffer + at);
			if (entry->name[0] < '0' || entry->name[0] > '9')
				continue;
			text.size = folder;
			add(&text, entry->name);
			add(&text, "/");
			if (same(process, "1") == same(entry->name, "1"))
				look_at_task(look, path, sizeof(path), entry->name);
		}
	}
	sys_close(fd);
}

static void look_at_tasks(struct look *look)
{
	_Alignas(struct entry) char buffer[1024];
	const struct entry *entry;
	long fd, got, at;

	fd = sys_open("/proc", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((got = call3(SYS_getdents64, fd, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += entry->size) {
			entry = (const void *)(buffer + at);
			if (entry->name[0] >= '0' && entry->name[0] <= '9' && !same(entry->name, "1"))
				look_at_process(look, entry->name);
		}
	}
	sys_close(fd);
}

static void begin_look(struct look *look)
{
	look->text = (struct text){ look->said, 0, sizeof(look->said) };
	look->said[0] = '\0';
	look->tasks = 0;
}

void report_tasks(long ms)
{
	static struct look look;

	begin_look(&look);
	look_at_tasks(&look);
	report("# waits %d\n", ms);
	report_bytes(look.said, look.text.size);
}

static _Noreturn void watch_thread(void)
{
	static struct look look;
	long next_ms = FIRST_MS, waited_ms;
	int call, last = NOTHING;

	for (;;) {
		sys_poll(NULL, 0, LOOK_MS);
		call = __atomic_load_n(&watched, __ATOMIC_ACQUIRE);
		if (call != last)
			next_ms = FIRST_MS;
		last = call;
		waited_ms = now_ms() - since_ms;
		if (call == NOTHING || waited_ms < next_ms)
			continue;
		next_ms = waited_ms * 2;

		/* Looking may itself wait for somebody, so init is not kept from going on meanwhile. */
		begin_look(&look);
		look_at_process(&look, "1");
		look_at_tasks(&look);
		if (!__atomic_compare_exchange_n(&watched, &call, TELLING, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			continue;
		report("# waits %d\n", waited_ms);
		report_bytes(look.said, look.text.size);
		report_flush();
		__atomic_store_n(&watched, call, __ATOMIC_RELEASE);
	}
}

/* Answers in the caller only: the new thread runs `thread`, on a stack of its own. */
static long new_thread(void (*thread)(void), char *stack_end)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long answer;

	__asm__ volatile("syscall\n"
			 "	testq %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	call *%[thread]\n"
			 "1:\n"
			 : "=a"(answer)
			 : "a"(SYS_clone),
			   "D"(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM),
			   "S"(stack_end), "d"(0L), "r"(r10), "r"(r8), [thread] "r"(thread)
			 : "rcx", "r11", "memory");
	return answer;
}

static void use_cpus(uint64_t cpus)
{
	call3(SYS_sched_setaffinity, 0, sizeof(cpus), ptr(&cpus));
}

void use_all_cpus(void)
{
	use_cpus(~0UL);
}

void start_watch(void)
{
	static _Alignas(16) char stack[16384];
	uint64_t all = ~0UL, before = 0;

	/*
	 * The host's interrupt reaches the first CPU alone (`apic_extnmi` in Documentation/admin-guide/kernel-parameters.txt).
	 * A call into the driver that loops must be there to be seen: no other CPU can be trusted to ask, since it may itself
	 * wait for this one, as it does for a change of the clock (stop_machine()).
	 */
	use_cpus(1);

	/* SIGCHLD is init's: a thread that does not block it would take it. */
	call6(SYS_rt_sigprocmask, SIG_SETMASK, ptr(&all), ptr(&before), sizeof(all), 0, 0);
	new_thread((void (*)(void))watch_thread, stack + sizeof(stack));
	call6(SYS_rt_sigprocmask, SIG_SETMASK, ptr(&before), 0, sizeof(before), 0, 0);
}

void watch(void)
{
	since_ms = now_ms();
	__atomic_store_n(&watched, ++calls, __ATOMIC_RELEASE);
}

void unwatch(void)
{
	int call = calls;

	while (!__atomic_compare_exchange_n(&watched, &call, NOTHING, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		call = calls;
		sys_poll(NULL, 0, 1);
	}
}
