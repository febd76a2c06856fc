/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A look around: the names of all that a module can make in the kernel and forget.
 *
 * Names come from folders wherever there is one, since to list a folder is safe. A few things stand only in a file that
 * the kernel writes from texts of the module itself; after the module has gone, to read such a file can end the
 * kernel, as it would for anybody. Those files are read last, and the host is told before each.
 */
#include "init.h"

/* include/linux/fs_types.h */
enum { DT_CHR = 2, DT_DIR = 4, DT_BLK = 6 };

/* include/uapi/linux/sched.h does not have it; include/linux/sched.h does: the ninth number of /proc/PID/stat. */
#define PF_KTHREAD 0x00200000

static int (*found)(const char *name);
static char path[512];

struct place {
	const char *path;
	/* How many levels of names count, */
	int depth;
	/* and of the last of them which. */
	enum { EVERY, FOLDERS, NODES } which;
};

static const struct place places[] = {
	{ "/proc", 3, EVERY },
	{ "/proc/net", 2, EVERY },
	{ "/proc/sys", 3, EVERY },
	/* A folder here is an interrupt's action (register_handler_proc of kernel/irq/proc.c); a number is nobody's. */
	{ "/proc/irq", 2, FOLDERS },
	{ "/dev", 2, NODES },
	{ "/sys", 1, EVERY },
	{ "/sys/bus", 3, EVERY },
	{ "/sys/class", 2, EVERY },
	{ "/sys/devices", 1, EVERY },
	{ "/sys/fs", 2, EVERY },
	{ "/sys/kernel", 1, EVERY },
	{ "/sys/kernel/config", 1, EVERY },
	{ "/sys/kernel/debug", 2, EVERY },
	/* Links are aliases, and stay when a merged cache has gone (sysfs_slab_alias of mm/slub.c). */
	{ "/sys/kernel/slab", 1, FOLDERS },
	{ "/sys/module", 1, EVERY },
};

/*
 * Not entered: they have a place of their own, or names that come and go, or too many (a tracefs is mounted on entering), or are
 * the kernel's, for each module that counts its lines.
 */
static const char *const closed[] = {
	"/proc/sys", "/proc/irq", "/proc/net", "/dev/pts", "/dev/shm", "/sys/kernel/debug/tracing", "/sys/kernel/debug/gcov",
};

static int is_closed(const char *folder)
{
	size_t i;

	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (same(folder, closed[i]))
			return 1;
	return 0;
}

/* Whether the kernel knows the device of this node; a test's own mknod is nothing that a driver left. */
static int is_live_node(const char *node, int is_block)
{
	/* struct stat of arch/x86/include/uapi/asm/stat.h, in words; the sixth is the device's number. */
	uint64_t stat[18];
	char link[64], digits[24];
	struct text text = { link, 0, sizeof(link) };
	uint64_t device;

	if (call3(SYS_stat, ptr(node), ptr(stat), 0) < 0)
		return 0;
	device = stat[5];
	add(&text, is_block ? "/sys/dev/block/" : "/sys/dev/char/");
	/* include/linux/kdev_t.h, new_decode_dev() */
	add(&text, decimal((long)((device & 0xfff00) >> 8), digits));
	add(&text, ":");
	add(&text, decimal((long)((device & 0xff) | ((device >> 12) & 0xfff00)), digits));
	return call3(SYS_access, ptr(link), 0, 0) == 0;
}

/* Looks into the folder `path`, of `size` bytes. */
static void enter(size_t size, int depth, int which)
{
	_Alignas(struct entry) char buffer[2048];
	const struct entry *entry;
	struct text text;
	long fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	long got, at;
	int is_proc = same(path, "/proc"), is_node;

	if (fd < 0)
		return;
	while ((got = call3(SYS_getdents64, fd, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += entry->size) {
			entry = (const void *)(buffer + at);
			if (entry->name[0] == '.' && (!entry->name[1] || same(entry->name, "..")))
				continue;
			/* Processes come last (proc_root_readdir of fs/proc/root.c), and are dear to list. */
			if (is_proc && entry->name[0] >= '0' && entry->name[0] <= '9')
				goto out;
			text = (struct text){ path, size, sizeof(path) };
			add(&text, "/");
			add(&text, entry->name);
			is_node = entry->type == DT_CHR || entry->type == DT_BLK;
			if (which == NODES && entry->type != DT_DIR && !is_node)
				continue;
			if (which == FOLDERS && depth == 1 && entry->type != DT_DIR)
				continue;
			/* What is new is told as a whole. */
			if (!(which == FOLDERS && depth > 1) && !(which == NODES && !is_node) &&
			    !(is_node && !is_known(path) && !is_live_node(path, entry->type == DT_BLK)) && found(path))
				continue;
			if (depth > 1 && entry->type == DT_DIR && !is_closed(path))
				enter(text.size, depth - 1, which);
		}
	}
out:
	sys_close(fd);
}

static void look_at_folders(void)
{
	struct text text;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		text = (struct text){ path, 0, sizeof(path) };
		add(&text, places[i].path);
		enter(text.size, places[i].depth, places[i].which);
	}
}

long last_pid(void)
{
	char text[128];
	long size = read_file("/proc/loadavg", text, sizeof(text));

	/* "0.00 0.00 0.00 1/80 150": the last number. */
	while (size > 0 && text[size - 1] >= '0' && text[size - 1] <= '9')
		size--;
	return number_at(text + size);
}

/* /proc/PID/stat: "9 (NAME) S ...", where NAME may hold anything. */
static void look_at_thread(long pid)
{
	char stat[512], digits[24], name[80];
	struct text text = { stat, 0, sizeof(stat) };
	char *end, *start;
	int field;

	add(&text, "/proc/");
	add(&text, decimal(pid, digits));
	add(&text, "/stat");
	if (read_file(stat, stat, sizeof(stat)) <= 0)
		return;
	for (start = stat; *start && *start != '('; start++)
		;
	for (end = stat + length(stat); end > start && *end != ')'; end--)
		;
	if (end == start)
		return;
	*end = '\0';
	/* The state is field 3, the flags are field 9. */
	for (end++, field = 2; *end && field < 9; end++)
		field += *end == ' ';
	if (!(number_at(end) & PF_KTHREAD))
		return;
	start++;
	/* Workers are the kernel's, and come and go; a rescuer is of one queue, and goes with it. */
	if (begins(start, "kworker/") && !begins(start, "kworker/R-"))
		return;
	text = (struct text){ name, 0, sizeof(name) };
	add(&text, "thread ");
	add(&text, start);
	found(name);
}

void look(int (*with)(const char *name), long first_pid)
{
	long pid, last;

	found = with;
	look_at_folders();
	look_at_lines("/proc/devices", with);
	last = first_pid ? last_pid() : 0;
	for (pid = first_pid + 1; pid <= last; pid++)
		if (call3(SYS_kill, pid, 0, 0) == 0)
			look_at_thread(pid);
}

/* Who is still at the same place after that time waits there. */
#define RUNNING_MS 20

static char last_frame[80];

/* "[<0>] FUNCTION+OFFSET/SIZE [MODULE]" */
static void see_frame(const char *file, char *line)
{
	struct text last = { last_frame, 0, sizeof(last_frame) };

	(void)file;
	add(&last, line);
}

/*
 * Whether a task waits in code of a module that is gone: the kernel's unwinder knows nothing of that, and the stack ends where it
 * was entered, neither at a system call nor where a thread begins (arch/x86/entry/entry_64.S).
 */
static int is_cut(const char *pid)
{
	char file[64];
	struct text text = { file, 0, sizeof(file) };

	add(&text, "/proc/");
	add(&text, pid);
	add(&text, "/stack");
	last_frame[0] = '\0';
	each_line(file, see_frame);
	return begins(last_frame, "[<0>] ") && !begins(last_frame, "[<0>] entry_") && !begins(last_frame, "[<0>] ret_from_fork") &&
	       !begins(last_frame, "[<0>] asm_") && !begins(last_frame, "[<0>] 0xffffffffffffffff");
}

void look_at_gone(int (*with)(const char *name))
{
	char digits[24], file[64], task[64], name[160];
	const char *number;
	struct text text;
	long pid, last = last_pid();

	/* On a machine of another kind, all are. */
	if (is_cut("self"))
		return;
	for (pid = 2; pid <= last; pid++) {
		number = decimal(pid, digits);
		if (call3(SYS_kill, pid, 0, 0) < 0 || !is_cut(number))
			continue;
		/* The stack of one that runs on another CPU means nothing. */
		sys_poll(NULL, 0, RUNNING_MS);
		if (!is_cut(number))
			continue;
		text = (struct text){ file, 0, sizeof(file) };
		add(&text, "/proc/");
		add(&text, number);
		add(&text, "/comm");
		if (read_file(file, task, sizeof(task)) <= 0)
			continue;
		text = (struct text){ name, 0, sizeof(name) };
		add(&text, "task ");
		add(&text, task);
		add(&text, " ");
		add(&text, last_frame + length("[<0>] "));
		with(name);
	}
}
