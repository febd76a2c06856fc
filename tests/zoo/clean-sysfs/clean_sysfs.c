// SPDX-License-Identifier: GPL-2.0-only
// A kobject with attributes, done right.
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct kobject *object;
static int level = 7;

static ssize_t level_show(struct kobject *kobject, struct kobj_attribute *attribute, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(level));
}

static ssize_t level_store(struct kobject *kobject, struct kobj_attribute *attribute,
			   const char *page, size_t length)
{
	int value;
	int err = kstrtoint(page, 0, &value);

	if (err)
		return err;
	WRITE_ONCE(level, value);
	return length;
}

static struct kobj_attribute level_attribute = __ATTR_RW(level);

static struct attribute *clean_sysfs_attrs[] = {
	&level_attribute.attr,
	NULL
};

static const struct attribute_group clean_sysfs_group = {
	.attrs = clean_sysfs_attrs,
};

static int __init clean_sysfs_init(void)
{
	int err;

	object = kobject_create_and_add("clean_sysfs", kernel_kobj);
	if (!object)
		return -ENOMEM;
	err = sysfs_create_group(object, &clean_sysfs_group);
	if (err)
		kobject_put(object);
	return err;
}
module_init(clean_sysfs_init);

static void __exit clean_sysfs_exit(void)
{
	sysfs_remove_group(object, &clean_sysfs_group);
	kobject_put(object);
}
module_exit(clean_sysfs_exit);

MODULE_DESCRIPTION("A kobject with attributes, done right");
MODULE_LICENSE("GPL");
