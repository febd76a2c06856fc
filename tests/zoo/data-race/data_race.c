// SPDX-License-Identifier: GPL-2.0-only
// Counts in a thread and shows the count, with no lock.
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/kobject.h>

static unsigned long race_count;
static struct task_struct *race_thread;

static int race_counts(void *data)
{
	while (!kthread_should_stop()) {
		race_count++; /* here */
		cond_resched();
	}
	return 0;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", race_count); /* here */
}
static struct kobj_attribute count_attr = __ATTR_RO(count);
static struct kobject *race_kobj;

static int __init race_init(void)
{
	int err;

	race_kobj = kobject_create_and_add("data_race", kernel_kobj);
	if (!race_kobj)
		return -ENOMEM;
	err = sysfs_create_file(race_kobj, &count_attr.attr);
	if (err)
		goto put;
	race_thread = kthread_run(race_counts, NULL, "data_race");
	if (!IS_ERR(race_thread))
		return 0;
	err = PTR_ERR(race_thread);
put:
	kobject_put(race_kobj);
	return err;
}
module_init(race_init);

static void __exit race_exit(void)
{
	kthread_stop(race_thread);
	kobject_put(race_kobj);
}
module_exit(race_exit);
MODULE_DESCRIPTION("Counts in a thread and shows the count, with no lock");
MODULE_LICENSE("GPL");
