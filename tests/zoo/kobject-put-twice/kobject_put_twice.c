// SPDX-License-Identifier: GPL-2.0-only
// Puts a kobject once more than it got it. The kernel must name the place.
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct kobject object;

static void kobject_put_twice_release(struct kobject *kobject)
{
}

static const struct kobj_type kobject_put_twice_type = {
	.release = kobject_put_twice_release,
};

static int __init kobject_put_twice_init(void)
{
	kobject_init(&object, (struct kobj_type *)&kobject_put_twice_type);
	kobject_put(&object);
	kobject_put(&object); /* here */
	return 0;
}
module_init(kobject_put_twice_init);

static void __exit kobject_put_twice_exit(void)
{
}
module_exit(kobject_put_twice_exit);

MODULE_DESCRIPTION("Puts a kobject once more than it got it");
MODULE_LICENSE("GPL");
