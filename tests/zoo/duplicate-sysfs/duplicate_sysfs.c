// SPDX-License-Identifier: GPL-2.0-only
// Registers one name in sysfs twice. The kernel reports the second time.
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct kobject *first;
static struct kobject *second;

static int __init duplicate_sysfs_init(void)
{
	first = kobject_create_and_add("duplicate_sysfs", kernel_kobj);
	second = kobject_create_and_add("duplicate_sysfs", kernel_kobj); /* here */
	return 0;
}
module_init(duplicate_sysfs_init);

static void __exit duplicate_sysfs_exit(void)
{
	kobject_put(second);
	kobject_put(first);
}
module_exit(duplicate_sysfs_exit);

MODULE_DESCRIPTION("Registers one name in sysfs twice");
MODULE_LICENSE("GPL");
