// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/acpi_bench evaluates ACPI objects for a test's programs, which so look
 * at emulated hardware, and disturb it, behind a driver's back: a line such as
 * `\_SB.DEV0.METH 0x12 "text" [01 02 ff]` is written, and the answer is read
 * from the same open file.  `shutdown NAME` does to a platform device what the
 * kernel does when it is shut down.  For machines that are thrown away after a
 * test.
 */
#include <linux/acpi.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define LINE_SIZE	SZ_16K
#define ANSWER_SIZE	SZ_64K
/* An AML method has no more. */
#define MAX_ARGS	7
/* More is no name, and the names' lengths are counted in bytes. */
#define MAX_PATH	255
#define SHUTDOWN	"shutdown "
/* How deep packages may lie in packages. */
#define MAX_DEPTH	8

struct bench {
	struct mutex lock;	/* of all below: threads may share a file */
	size_t length;		/* of the answer */
	loff_t taken;		/* of it was read */
	bool cut;		/* it was too long */
	char line[LINE_SIZE];
	char answer[ANSWER_SIZE];
};

static __printf(2, 3) void say(struct bench *bench, const char *format, ...)
{
	size_t room = ANSWER_SIZE - bench->length;
	va_list args;
	int wanted;

	va_start(args, format);
	wanted = vsnprintf(bench->answer + bench->length, room, format, args);
	va_end(args);
	if (wanted >= room) {
		bench->cut = true;
		wanted = room - 1;
	}
	bench->length += wanted;
}

static void say_string(struct bench *bench, const union acpi_object *object)
{
	u32 i;

	say(bench, "\"");
	for (i = 0; i < object->string.length; i++) {
		unsigned char c = object->string.pointer[i];

		if (isascii(c) && isprint(c))
			say(bench, strchr("\"\\", c) ? "\\%c" : "%c", c);
		else
			say(bench, "\\x%02x", c);
	}
	say(bench, "\"");
}

static void say_reference(struct bench *bench, acpi_handle handle)
{
	struct acpi_buffer name = { ACPI_ALLOCATE_BUFFER };

	if (handle && ACPI_SUCCESS(acpi_get_name(handle, ACPI_FULL_PATHNAME,
						 &name)))
		say(bench, "%s", (char *)name.pointer);
	else
		say(bench, "reference");
	kfree(name.pointer);
}

static void say_bytes(struct bench *bench, const u8 *bytes, u32 count)
{
	static const char digits[] = "0123456789abcdef";
	char *to = bench->answer + bench->length;
	u32 i;

	if (count > (ANSWER_SIZE - bench->length - 1) / 3) {
		bench->cut = true;
		return;
	}
	for (i = 0; i < count; i++) {
		if (i)
			*to++ = ' ';
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 0xf];
	}
	bench->length = to - bench->answer;
}

static void say_object(struct bench *bench, const union acpi_object *object,
		       int depth)
{
	u32 i;

	switch (object->type) {
	case ACPI_TYPE_INTEGER:
		say(bench, "0x%llx", (unsigned long long)object->integer.value);
		break;
	case ACPI_TYPE_STRING:
		say_string(bench, object);
		break;
	case ACPI_TYPE_BUFFER:
		say(bench, "[");
		say_bytes(bench, object->buffer.pointer, object->buffer.length);
		say(bench, "]");
		break;
	case ACPI_TYPE_PACKAGE:
		say(bench, depth < MAX_DEPTH ? "{" : "{...");
		for (i = 0; depth < MAX_DEPTH && i < object->package.count; i++) {
			say(bench, i ? " " : "");
			say_object(bench, &object->package.elements[i], depth + 1);
		}
		say(bench, "}");
		break;
	case ACPI_TYPE_LOCAL_REFERENCE:
		say_reference(bench, object->reference.handle);
		break;
	default:
		say(bench, object->type ? "type %u" : "null", object->type);
	}
}

/* Text between quotation marks, decoded where it stands. */
static char *read_string(char *at, union acpi_object *arg)
{
	char *to = arg->string.pointer = ++at;

	arg->type = ACPI_TYPE_STRING;
	for (; *at != '"'; *to++ = *at++) {
		if (*at == '\\')
			at++;
		if (!*at)
			return NULL;
	}
	arg->string.length = to - arg->string.pointer;
	*to = '\0';
	return at + 1;
}

/* Bytes between brackets, decoded where they stand. */
static char *read_bytes(char *at, union acpi_object *arg)
{
	u8 *to = (u8 *)at + 1;

	arg->type = ACPI_TYPE_BUFFER;
	arg->buffer.pointer = to;
	for (at = skip_spaces(at + 1); *at != ']'; at = skip_spaces(at + 2))
		if (!isxdigit(at[0]) || !isxdigit(at[1]) ||
		    sscanf(at, "%2hhx", to++) != 1)
			return NULL;
	arg->buffer.length = to - arg->buffer.pointer;
	return at + 1;
}

static char *read_number(char *at, union acpi_object *arg)
{
	char *end = at + strcspn(at, " \t\n");
	char after = *end;

	arg->type = ACPI_TYPE_INTEGER;
	*end = '\0';
	if (kstrtou64(at, 0, &arg->integer.value))
		return NULL;
	*end = after;
	return end;
}

/* Returns how many arguments there are; the path is ended in its place. */
static int read_line(char *path, union acpi_object args[MAX_ARGS])
{
	char *at = path + strcspn(path, " \t\n");
	int count = 0;

	if (*path != '\\' || at - path > MAX_PATH)
		return -EINVAL;
	if (*at)
		*at++ = '\0';
	for (;;) {
		at = skip_spaces(at);
		if (!*at)
			return count;
		if (count == MAX_ARGS)
			return -EINVAL;
		if (*at == '"')
			at = read_string(at, &args[count]);
		else if (*at == '[')
			at = read_bytes(at, &args[count]);
		else
			at = read_number(at, &args[count]);
		if (!at || (*at && !isspace(*at)))
			return -EINVAL;
		count++;
	}
}

/* What failed is told by the error, and the answer says why. */
static int refuse(struct bench *bench, int error, const char *why)
{
	bench->length = 0;
	say(bench, "%s\n", why);
	return error;
}

/* As device_shutdown() in drivers/base/core.c does. */
static int shut_down(struct bench *bench, const char *name)
{
	struct device *dev = bus_find_device_by_name(&platform_bus_type, NULL, name);

	if (!dev)
		return refuse(bench, -ENOENT, "no such platform device");
	device_lock(dev);
	if (dev->bus->shutdown)
		dev->bus->shutdown(dev);
	else if (dev->driver && dev->driver->shutdown)
		dev->driver->shutdown(dev);
	device_unlock(dev);
	put_device(dev);
	say(bench, "nothing\n");
	return 0;
}

static int evaluate(struct bench *bench)
{
	union acpi_object args[MAX_ARGS] = { };
	struct acpi_object_list list = { .pointer = args };
	struct acpi_buffer out = { ACPI_ALLOCATE_BUFFER };
	char *path = skip_spaces(bench->line);
	int count = read_line(path, args);
	acpi_handle handle;
	acpi_status status;

	if (count < 0)
		return refuse(bench, count, "not \\PATH and up to 7 of: 1 0x2 \"text\" [01 ff]");
	list.count = count;
	status = acpi_get_handle(NULL, path, &handle);
	if (ACPI_FAILURE(status))
		return refuse(bench, status == AE_NOT_FOUND ? -ENOENT : -EINVAL,
			      acpi_format_exception(status));
	status = acpi_evaluate_object(handle, NULL, count ? &list : NULL, &out);
	if (ACPI_FAILURE(status))
		return refuse(bench, -EIO, acpi_format_exception(status));
	if (out.pointer)
		say_object(bench, out.pointer, 0);
	else
		say(bench, "nothing");
	say(bench, "\n");
	kfree(out.pointer);
	if (bench->cut)
		return refuse(bench, -EFBIG, "the answer is too long");
	return 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench *bench;

	if (acpi_disabled)
		return -ENODEV;
	bench = kvzalloc(sizeof(*bench), GFP_KERNEL);
	if (!bench)
		return -ENOMEM;
	mutex_init(&bench->lock);
	file->private_data = bench;
	return stream_open(inode, file);
}

static ssize_t bench_write(struct file *file, const char __user *from,
			   size_t size, loff_t *pos)
{
	struct bench *bench = file->private_data;
	int error;

	mutex_lock(&bench->lock);
	bench->length = 0;
	bench->taken = 0;
	bench->cut = false;
	memset(bench->line, 0, LINE_SIZE);
	if (size >= LINE_SIZE)
		error = refuse(bench, -E2BIG, "the line is too long");
	else if (copy_from_user(bench->line, from, size))
		error = -EFAULT;
	else if (strlen(bench->line) != size)
		error = refuse(bench, -EINVAL, "the line has a NUL byte");
	else if (strstarts(bench->line, SHUTDOWN))
		error = shut_down(bench, strim(bench->line + strlen(SHUTDOWN)));
	else
		error = evaluate(bench);
	mutex_unlock(&bench->lock);
	return error ? error : size;
}

static ssize_t bench_read(struct file *file, char __user *to, size_t size,
			  loff_t *pos)
{
	struct bench *bench = file->private_data;
	ssize_t got;

	mutex_lock(&bench->lock);
	got = simple_read_from_buffer(to, size, &bench->taken, bench->answer,
				      bench->length);
	mutex_unlock(&bench->lock);
	return got;
}

static int bench_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.read = bench_read,
	.write = bench_write,
	.release = bench_release,
};

static struct miscdevice bench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "acpi_bench",
	.fops = &bench_fops,
	.mode = 0600,
};

module_misc_device(bench_device);

MODULE_DESCRIPTION("Evaluates ACPI objects for a test's programs");
MODULE_LICENSE("GPL");
