/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as qc71_ec.c needs: one thread, one clock that only a
 * pause moves on, locks that end the program where they are taken wrongly.
 */
#ifndef QC71_TESTS_KERNEL_H
#define QC71_TESTS_KERNEL_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define BIT(n)			(1UL << (n))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define ALLOW_ERROR_INJECTION(function, kind) \
	_Static_assert(sizeof(&(function)) != 0, "it is a function")

/* Microseconds. */
typedef s64 ktime_t;

extern _Thread_local ktime_t qc71_tests_clock;

static inline ktime_t ktime_get(void)
{
	return qc71_tests_clock;
}

static inline ktime_t ktime_add_us(ktime_t time, u64 us)
{
	return time + (s64)us;
}

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return later - earlier;
}

static inline void usleep_range(unsigned long least, unsigned long most)
{
	if (most < least)
		abort();
	qc71_tests_clock += (s64)least;
}

struct mutex {
	bool held;
};

static inline void mutex_init(struct mutex *lock)
{
	lock->held = false;
}

static inline void lockdep_assert_held(const struct mutex *lock)
{
	if (!lock->held)
		abort();
}

static inline void mutex_lock(struct mutex *lock)
{
	if (lock->held)
		abort();
	lock->held = true;
}

static inline void mutex_unlock(struct mutex *lock)
{
	lockdep_assert_held(lock);
	lock->held = false;
}

static inline void kfree(void *memory)
{
	free(memory);
}

struct device;

static inline void *dev_get_drvdata(const struct device *dev)
{
	(void)dev;
	return NULL;
}

/* The numbers are ACPI's. */
#define ACPI_TYPE_INTEGER	1
#define ACPI_TYPE_STRING	2
#define ACPI_TYPE_BUFFER	3
#define ACPI_TYPE_PACKAGE	4

union acpi_object {
	u32 type;
	struct {
		u32 type;
		u64 value;
	} integer;
	struct {
		u32 type;
		u32 length;
		char *pointer;
	} string;
	struct {
		u32 type;
		u32 length;
		u8 *pointer;
	} buffer;
	struct {
		u32 type;
		u32 count;
		union acpi_object *elements;
	} package;
};

typedef u32 acpi_status;

#define ACPI_FAILURE(status)	((status) != 0)
#define ACPI_ALLOCATE_BUFFER	((size_t)-1)

struct acpi_buffer {
	size_t length;
	void *pointer;
};

struct wmi_device;

acpi_status wmidev_evaluate_method(struct wmi_device *wdev, u8 instance,
				   u32 method, const struct acpi_buffer *in,
				   struct acpi_buffer *out);

#endif /* QC71_TESTS_KERNEL_H */
