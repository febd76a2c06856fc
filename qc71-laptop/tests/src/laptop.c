// SPDX-License-Identifier: GPL-2.0-only
/*
 * The laptop's firmware, and the driver's way to it.
 */
#include "qc71.h"

#include "laptop.h"

#define PAUSE_US	6000

/* As long as the answers of real machines. */
#define ANSWER_LENGTH	40

struct wmi_device {
	struct qc71_tests_laptop laptop; /* is the first */
	ktime_t last;
	struct qc71_ec ec;
};

_Thread_local ktime_t qc71_tests_clock;

static struct qc71_ec *ec_of(struct qc71_tests_laptop *laptop)
{
	return &((struct wmi_device *)laptop)->ec;
}

struct qc71_tests_laptop *qc71_tests_laptop_new(void)
{
	struct wmi_device *wdev = calloc(1, sizeof(*wdev));

	if (!wdev)
		abort();
	wdev->last = ktime_get() - PAUSE_US;
	qc71_ec_init(&wdev->ec, wdev);
	return &wdev->laptop;
}

void qc71_tests_laptop_free(struct qc71_tests_laptop *laptop)
{
	if (ec_of(laptop)->lock.held)
		abort();
	free(laptop);
}

/* As ACPICA does it: what the object points to lies behind it in the same memory. */
static union acpi_object *object(u32 type, u32 length)
{
	union acpi_object *answer = calloc(1, sizeof(*answer) + length);

	if (!answer)
		abort();
	answer->type = type;
	return answer;
}

static union acpi_object *bytes(u32 length)
{
	union acpi_object *answer = object(ACPI_TYPE_BUFFER, length);

	answer->buffer.length = length;
	answer->buffer.pointer = (u8 *)(answer + 1);
	return answer;
}

static union acpi_object *wrong_answer(const struct qc71_tests_laptop *laptop)
{
	union acpi_object *answer;

	switch (laptop->fault) {
	case QC71_TESTS_FILLER:
		answer = bytes(ANSWER_LENGTH);
		memset(answer->buffer.pointer, 0xfe, 4);
		return answer;
	case QC71_TESTS_INTEGER:
		answer = object(ACPI_TYPE_INTEGER, 0);
		answer->integer.value = 0x2a;
		return answer;
	case QC71_TESTS_SHORT:
		answer = bytes(laptop->length);
		memset(answer->buffer.pointer, 0x2a, laptop->length);
		return answer;
	case QC71_TESTS_STRING:
		answer = object(ACPI_TYPE_STRING, 5);
		answer->string.length = 4;
		answer->string.pointer = memcpy(answer + 1, "4242", 5);
		return answer;
	case QC71_TESTS_PACKAGE:
		return object(ACPI_TYPE_PACKAGE, 0);
	default:
		return NULL;
	}
}

/* Bytes 4, 6 and 7 are 0, and so is all data where something is read. */
static bool well_formed(const u8 *request)
{
	bool unused = request[3] || request[4] || request[6] || request[7];

	return !unused && (request[5] == 0 || (request[5] == 1 && !request[2]));
}

static union acpi_object *right_answer(struct qc71_tests_laptop *laptop)
{
	const u8 *request = laptop->request;
	u16 address = request[0] | request[1] << 8;
	union acpi_object *answer = bytes(ANSWER_LENGTH);

	if (request[5]) {
		answer->buffer.pointer[0] = laptop->memory[address];
		answer->buffer.pointer[1] = laptop->memory[(u16)(address + 1)];
	} else {
		laptop->memory[address] = request[2];
		memcpy(answer->buffer.pointer, request, 4);
	}
	return answer;
}

acpi_status wmidev_evaluate_method(struct wmi_device *wdev, u8 instance,
				   u32 method, const struct acpi_buffer *in,
				   struct acpi_buffer *out)
{
	struct qc71_tests_laptop *laptop = &wdev->laptop;

	lockdep_assert_held(&wdev->ec.lock);
	if (out->length != ACPI_ALLOCATE_BUFFER || out->pointer)
		abort();
	if (ktime_get() - wdev->last < PAUSE_US)
		laptop->hasty++;
	wdev->last = ktime_get();

	if (instance != 0 || method != 4 || in->length != sizeof(laptop->request)) {
		laptop->malformed++;
		return 0;
	}
	memcpy(laptop->request, in->pointer, in->length);
	if (!well_formed(laptop->request))
		laptop->malformed++;
	if (laptop->request[5])
		laptop->reads++;
	else
		laptop->writes++;

	if (laptop->fault != QC71_TESTS_NO_FAULT) {
		if (!laptop->spared) {
			out->pointer = wrong_answer(laptop);
			return laptop->fault == QC71_TESTS_EXCEPTION;
		}
		laptop->spared--;
	}
	out->pointer = right_answer(laptop);
	return 0;
}

/* In the driver this is in qc71_keep.c, which remembers it. */
void qc71_keep_note(struct qc71_ec *ec, u16 address, u8 mask, u8 value)
{
	struct qc71_tests_laptop *laptop = &ec->wdev->laptop;

	lockdep_assert_held(&ec->lock);
	laptop->notes++;
	laptop->noted_address = address;
	laptop->noted_mask = mask;
	laptop->noted_value = value;
}

__u64 qc71_tests_pass(__u32 us)
{
	qc71_tests_clock += us;
	return qc71_tests_clock;
}

int qc71_tests_read(struct qc71_tests_laptop *laptop, __u16 address, __u8 *value)
{
	return qc71_ec_read(ec_of(laptop), address, value);
}

int qc71_tests_read_pair(struct qc71_tests_laptop *laptop, __u16 address, __u8 *pair)
{
	return qc71_ec_read_pair(ec_of(laptop), address, pair);
}

int qc71_tests_update(struct qc71_tests_laptop *laptop, __u16 address, __u8 mask, __u8 bits)
{
	return qc71_ec_update(ec_of(laptop), address, mask, bits);
}

int qc71_tests_apply(struct qc71_tests_laptop *laptop, __u16 address, __u8 mask, __u8 bits)
{
	return qc71_ec_apply(ec_of(laptop), address, mask, bits);
}
