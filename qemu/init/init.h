/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What init asks of the kernel, and what its files offer each other.
 *
 * There is no libc and there are no kernel headers: every number below is part of Linux's stable ABI for x86_64,
 * and the comment above it names the kernel's own file that defines it.
 */
#ifndef WORKBENCH_INIT_H
#define WORKBENCH_INIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* arch/x86/entry/syscalls/syscall_64.tbl */
enum {
	SYS_read = 0,
	SYS_write = 1,
	SYS_open = 2,
	SYS_close = 3,
	SYS_stat = 4,
	SYS_poll = 7,
	SYS_lseek = 8,
	SYS_mmap = 9,
	SYS_rt_sigprocmask = 14,
	SYS_ioctl = 16,
	SYS_pread64 = 17,
	SYS_pwrite64 = 18,
	SYS_writev = 20,
	SYS_access = 21,
	SYS_dup2 = 33,
	SYS_clone = 56,
	SYS_fork = 57,
	SYS_execve = 59,
	SYS_exit = 60,
	SYS_wait4 = 61,
	SYS_kill = 62,
	SYS_uname = 63,
	SYS_chdir = 80,
	SYS_mkdir = 83,
	SYS_symlink = 88,
	SYS_syslog = 103,
	SYS_setsid = 112,
	SYS_mlockall = 151,
	SYS_mount = 165,
	SYS_reboot = 169,
	SYS_iopl = 172,
	SYS_init_module = 175,
	SYS_delete_module = 176,
	SYS_sched_setaffinity = 203,
	SYS_getdents64 = 217,
	SYS_clock_settime = 227,
	SYS_clock_gettime = 228,
	SYS_signalfd4 = 289,
	SYS_pipe2 = 293,
	SYS_finit_module = 313,
};

/* include/uapi/asm-generic/errno-base.h */
enum { EINTR = 4, ECHILD = 10, EAGAIN = 11, EBUSY = 16, EPIPE = 32 };

/* include/uapi/asm-generic/fcntl.h */
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_NOCTTY = 0400, O_TRUNC = 01000, O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };

/* include/uapi/linux/fs.h */
enum { SEEK_END = 2 };

/* include/uapi/linux/wait.h */
#define WNOHANG 1

/* include/uapi/asm-generic/poll.h */
enum { POLLIN = 1, POLLOUT = 4 };
struct pollfd {
	int fd;
	short events;
	short revents;
};

/*
 * A call of up to six arguments; the answer is a value, or minus an errno. `syscall` overwrites rcx and r11,
 * and the kernel reads and writes what the arguments point to.
 */
static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long answer;

	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return answer;
}

static inline long call3(long number, long a, long b, long c)
{
	return call6(number, a, b, c, 0, 0, 0);
}

/* A pointer as a call's argument. */
static inline long ptr(const void *pointer)
{
	return (long)(uintptr_t)pointer;
}

static inline long sys_open(const char *path, long flags)
{
	return call3(SYS_open, ptr(path), flags, 0);
}

static inline long sys_close(long fd)
{
	return call3(SYS_close, fd, 0, 0);
}

static inline long sys_read(long fd, void *buffer, size_t size)
{
	return call3(SYS_read, fd, ptr(buffer), (long)size);
}

static inline long sys_write(long fd, const void *buffer, size_t size)
{
	return call3(SYS_write, fd, ptr(buffer), (long)size);
}

static inline long sys_poll(struct pollfd *fds, long count, long ms)
{
	return call3(SYS_poll, ptr(fds), count, ms);
}

/* init.c */
void *memset(void *to, int byte, size_t size);
long now_ms(void);
long write_file(const char *path, const char *text);
/* Tells the host why init can't do its work, and ends the machine. */
_Noreturn void bail_out(const char *what, const char *path, long error);

/* text.c */
size_t length(const char *text);
int same(const char *a, const char *b);
int begins(const char *text, const char *with);
/* The number at the start of a text, of which any other byte is the end. */
long number_at(const char *text);
/* A number, not negative, as text at the end of `out`. */
char *decimal(long value, char out[24]);
/* A text that grows up to its room, and then no more. */
struct text {
	char *bytes;
	size_t size;
	size_t room;
};
void add(struct text *text, const char *more);
/* Reads a small file, as text, without the line end that ends it; answers its size, or minus an errno. */
long read_file(const char *path, char *out, size_t room);

/* plan.c */
#define ARGS_MAX 256

struct step {
	/* Those with a description, and so with a result, begin with LOAD; those that stress the driver with CYCLE. */
	enum {
		NONCE, SETTLE, SNAPSHOT, QUIET, COUNTS, CLOCK, SEED, MOUNT, DEBUG,
		LOAD, RUN, UNLOAD, SHELL, REFUSE, CYCLE, READ, HOLD, INJECT
	} verb;
	/* Of steps. */
	char *description;
	/* What follows the description; after the last one is NULL, as execve wants it. */
	char *args[ARGS_MAX + 1];
	/* The seconds of a step, the milliseconds of settle. */
	long number;
};

struct cursor {
	char *at;
	char *end;
	long record;
};

struct plan {
	struct cursor start;
	const char *nonce;
	/* Seconds since 1970, and random digits; 0 and NULL where the machine was not saved. */
	long clock;
	const char *seed;
	long settle_ms;
	long steps;
	/* Behind the snapshot, where the driver begins; its `at` is NULL if none is asked for. */
	struct cursor driver;
	/* Whether the host wants to know which lines have run. */
	int counts;
	/* Whether a debugger of the host's waits for us. */
	int debug;
};

/* deliver.c: whether there is no plan in the initramfs, and a way to deliver one. */
int must_wait(void);
/* Returns when the host has delivered one. */
void await_delivery(void);
/* Sets what a machine that was saved can't know. */
void catch_up(long clock, const char *seed);

/* store.c: files that were delivered. Their bytes are there to stay, and to be written to. */
void store(const char *path, void *bytes, size_t size, unsigned long mode);
/* The bytes of one that is not yet a file, or NULL. */
char *stored(const char *path, size_t *size);
/* Makes files of all, for programs. */
void put_files(void);

/* Ends the machine if the plan can't be read or makes no sense. */
struct plan read_plan(void);
/* The next record of a plan that has been read; 0 at its end. */
int next_step(struct cursor *cursor, struct step *step);

/* log.c */
void open_log(void);
/* What stands in the log so far is nobody's. */
void skip_log(void);
/* Writes a line of ours into the kernel's log, and so to the console; a number of 0 is left out. */
void mark(const char *nonce, const char *word, long number, const char *description);
/* Reports the records since the last time. */
void report_log(void);
/* A line in the kernel's log that is no mark. */
void say(const char *text);
void report_taint(void);

/* report.c: the channel to the host. */
void report_open(void);
/* Whether init itself may use ports. */
int has_ports(void);
void report_begin(void);
void report_bytes(const char *bytes, size_t size);
/* Formats: %s is a string, %d a long. There are no others. */
void report(const char *format, ...);
/* A line with a name of the kernel's or the driver's choosing, `# WORD NAME`. */
void report_name(const char *word, const char *name);
void report_flush(void);
_Noreturn void power_off(void);

/* struct linux_dirent64 of include/linux/dirent.h */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

/*
 * look.c: calls `with` for each name there is, kernel threads newer than `first_pid` among them unless it is 0. An answer
 * other than 0 keeps it from looking into what has that name.
 */
void look(int (*with)(const char *name), long first_pid);
/* The same for tasks that wait in code of a module that is gone. */
void look_at_gone(int (*with)(const char *name));
/* The id of the process that was started last. */
long last_pid(void);

/* lines.c: the same for the lines of a file, and for memory of modules that are gone. */
void look_at_lines(const char *file, int (*with)(const char *name));
void each_line(const char *file, void (*with)(const char *file, char *line));
void look_at_memory(int (*with)(const char *name));
/* Reports who keeps a module from being unloaded. */
void report_holders(const char *module);

/* modules.c: the driver's modules. */
struct module {
	const char *name;
	const char *file;
	const char *params;
};
#define MODULES_MAX 64
/* In the order of the plan; answers how many. */
long driver_modules(const struct plan *plan, struct module *modules);
/* The first that is loaded, or NULL. */
const char *loaded_module(const struct plan *plan);
long load(const char *file, const char *params);
long unload(const char *name);
/* Where the code of a module that is loaded lies: when it has gone, the kernel has no name for it. */
void report_code(const char *name);
/* Load, or unload in reverse, all that `plan` has; report what is refused and answer 0, or minus an errno. */
long load_all(const struct plan *plan);
long unload_all(const struct plan *plan);

/* stress.c: one of the steps that stress the driver. Answers whether it went well; `why_not` is set if it made no sense. */
int stress(const struct plan *plan, const struct step *step, const char **why_not);
/* inject.c: the step whose allocations fail. */
int inject(const struct plan *plan, long most, long until, const char **why_not);

/* leak.c: what caches of the kernel have more of after every cycle. */
void count_objects(long cycle);
/* Reports what grew in every one of so many cycles; answers how many caches. */
long report_growth(long cycles);

/* files.c: the files that the driver has made, each name ended by a NUL. */
size_t driver_files(const char **names);

/* left.c */
/* Whether there was something of this name when what there is was remembered. */
int is_known(const char *name);
/* The names that are new at this moment; answers their size, each ended by a NUL. */
size_t new_names(const char **names);
/* Reports them as left behind when they stay; answers how many. */
long report_new(void);
/* Remembers what there is. */
void take_snapshot(void);
/* Reports what is there now and was not then, and stays there, unless a module of the driver is still loaded. */
void report_left(const struct plan *plan);

/* gcov.c: reports which lines of the driver have run. */
void report_counts(void);

/* debug.c: returns when the host's debugger has been told what it needs to know. */
void await_debugger(void);

/* console.c: returns when the serial console has printed all there is; it prints nothing after that. */
void flush_console(void);

/* watch.c: a thread of init that tells where a call into the driver waits when it does not come back. */
void start_watch(void);
/* For a child: init itself stays on the first CPU. */
void use_all_cpus(void);
/* Before and after such a call. Between them init reports nothing. */
void watch(void);
void unwatch(void);
/* Reports the tasks that are in code of a module, after so many milliseconds of waiting. */
void report_tasks(long ms);

/* run.c: a program, from its start until nothing of it is left. Answers whether it ended by itself. */
int run_program(char **argv, long deadline_s);
/* Reports how a program ended, by the status that wait4(2) gave; answers whether it ended by itself. */
int report_end(int status);
/* Kills a group and all of init's children, and reports those that do not die. */
void kill_all(long group);

/* shell.c: a shell for a person on the other end of a serial line, until it ends. */
int run_shell(const struct plan *plan, struct step *step);

#endif
