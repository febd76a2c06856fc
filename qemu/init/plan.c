/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The plan: what the host wants done, checked to its end before anything of it is done.
 */
#include "init.h"

/* include/uapi/asm-generic/mman-common.h, mman.h */
#define PROT_READ_WRITE 3
#define MAP_PRIVATE 2

#define NONCE_MAX 64

static _Noreturn void malformed(long record, const char *reason)
{
	report("Bail out! plan: ");
	if (record > 0)
		report("record %d: ", record);
	report("%s\n", reason);
	power_off();
}

static char *next_text(struct cursor *cursor)
{
	char *text = cursor->at;

	while (cursor->at < cursor->end)
		if (*cursor->at++ == '\0')
			return text;
	malformed(cursor->record, "cut short");
}

static long to_number(const struct cursor *cursor, const char *text)
{
	long value = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 9; i++)
		value = value * 10 + (text[i] - '0');
	if (i == 0 || text[i])
		malformed(cursor->record, "not a number");
	return value;
}

/* A result line's text: `#` would start a directive there, and a control character a line. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '#')
			*text = '?';
}

int next_step(struct cursor *cursor, struct step *step)
{
	static const struct {
		const char *verb;
		long least;
		long most;
	} verbs[] = {
		[NONCE] = { "nonce", 1, 1 },   [SETTLE] = { "settle", 1, 1 },     [SNAPSHOT] = { "snapshot", 0, 0 },
		[QUIET] = { "quiet", 1, 1 },   [COUNTS] = { "counts", 0, 0 },     [CLOCK] = { "clock", 1, 1 },
		[SEED] = { "seed", 1, 1 },     [MOUNT] = { "mount", 4, 4 },      [DEBUG] = { "debug", 0, 0 },
		[LOAD] = { "load", 4, 4 },     [RUN] = { "run", 3, ARGS_MAX }, [UNLOAD] = { "unload", 2, 2 },
		[SHELL] = { "shell", 3, ARGS_MAX },
		[REFUSE] = { "refuse", 5, 5 }, [CYCLE] = { "cycle", 3, 3 },    [READ] = { "read", 3, 3 },
		[HOLD] = { "hold", 2, 2 },     [INJECT] = { "inject", 3, 3 },
	};
	const char *verb;
	long count, i;
	size_t known;

	if (cursor->at == cursor->end)
		return 0;
	cursor->record++;

	verb = next_text(cursor);
	for (known = 0; known < sizeof(verbs) / sizeof(verbs[0]); known++)
		if (same(verb, verbs[known].verb))
			break;
	if (known == sizeof(verbs) / sizeof(verbs[0]))
		malformed(cursor->record, "unknown verb");
	step->verb = known;

	count = to_number(cursor, next_text(cursor));
	if (count < verbs[known].least || count > verbs[known].most)
		malformed(cursor->record, "wrong number of arguments");

	step->description = NULL;
	if (step->verb >= LOAD) {
		step->description = next_text(cursor);
		make_plain(step->description);
		count--;
	}
	if (step->verb == RUN || step->verb == SETTLE || step->verb == QUIET || step->verb >= REFUSE) {
		step->number = to_number(cursor, next_text(cursor));
		count--;
	}
	for (i = 0; i < count; i++)
		step->args[i] = next_text(cursor);
	step->args[count] = NULL;

	if ((step->verb == CYCLE || step->verb == READ || step->verb == INJECT) &&
	    to_number(cursor, step->args[0]) < 1)
		malformed(cursor->record, "not a count");
	if (step->verb == SHELL) {
		to_number(cursor, step->args[0]);
		to_number(cursor, step->args[1]);
	}
	if (step->verb == NONCE && (!step->args[0][0] || length(step->args[0]) > NONCE_MAX))
		malformed(cursor->record, "not a nonce");
	if (step->verb == RUN && step->args[0][0] != '/')
		malformed(cursor->record, "not an absolute path");
	return 1;
}

/* The plan's bytes, which are ours to write: make_plain changes them. */
static struct cursor open_plan(void)
{
	static const char path[] = "/workbench/plan";
	size_t size;
	char *bytes = stored(path, &size);
	long fd, end, memory;

	if (bytes)
		return (struct cursor){ bytes, bytes + size, 0 };
	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail_out("plan: open", path, fd);
	end = call3(SYS_lseek, fd, 0, SEEK_END);
	if (end <= 0)
		malformed(0, "empty");
	memory = call6(SYS_mmap, 0, end, PROT_READ_WRITE, MAP_PRIVATE, fd, 0);
	sys_close(fd);
	if (memory < 0)
		bail_out("plan: mmap", path, memory);
	return (struct cursor){ (char *)memory, (char *)memory + end, 0 };
}

struct plan read_plan(void)
{
	static struct step step;
	struct plan plan = { open_plan(), NULL, 0, NULL, 0, 0, { NULL, NULL, 0 }, 0, 0 };
	struct cursor cursor;

	for (cursor = plan.start; next_step(&cursor, &step);) {
		if (step.verb == NONCE && plan.nonce)
			malformed(cursor.record, "a second nonce");
		else if (step.verb == NONCE)
			plan.nonce = step.args[0];
		else if (step.verb == SETTLE)
			plan.settle_ms = step.number;
		else if (step.verb == SNAPSHOT && plan.driver.at)
			malformed(cursor.record, "a second snapshot");
		else if (step.verb == SNAPSHOT)
			plan.driver = cursor;
		else if (step.verb == COUNTS)
			plan.counts = 1;
		else if (step.verb == DEBUG)
			plan.debug = 1;
		else if (step.verb == CLOCK)
			plan.clock = number_at(step.args[0]);
		else if (step.verb == SEED)
			plan.seed = step.args[0];
		else if (step.verb == QUIET || step.verb == MOUNT)
			continue;
		else if (step.verb >= CYCLE && !plan.driver.at)
			malformed(cursor.record, "stress without a snapshot");
		else
			plan.steps++;
	}
	if (!plan.nonce)
		malformed(0, "no nonce");
	return plan;
}
