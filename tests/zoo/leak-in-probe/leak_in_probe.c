// SPDX-License-Identifier: GPL-2.0-only
// Forgets what it has allocated when its probe fails.
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

struct leak {
	int irq;
	char name[56];
};

static struct leak *leak_alloc(struct platform_device *pdev)
{
	struct leak *leak = kzalloc(sizeof(*leak), GFP_KERNEL); /* here */

	if (leak)
		strscpy(leak->name, dev_name(&pdev->dev), sizeof(leak->name));
	return leak;
}

static int leak_probe(struct platform_device *pdev)
{
	struct leak *leak = leak_alloc(pdev);

	if (!leak)
		return -ENOMEM;
	leak->irq = platform_get_irq_optional(pdev, 0);
	if (leak->irq < 0)
		return -ENODEV;
	platform_set_drvdata(pdev, leak);
	return 0;
}

static void leak_remove(struct platform_device *pdev)
{
	kfree(platform_get_drvdata(pdev));
}

static struct platform_driver leak_driver = {
	.probe = leak_probe,
	.remove = leak_remove,
	.driver = { .name = "leak_in_probe" },
};
static struct platform_device *leak_device;

static int __init leak_init(void)
{
	int err = platform_driver_register(&leak_driver);

	if (err)
		return err;
	leak_device = platform_device_register_simple("leak_in_probe", -1, NULL, 0);
	if (IS_ERR(leak_device)) {
		platform_driver_unregister(&leak_driver);
		return PTR_ERR(leak_device);
	}
	return 0;
}
module_init(leak_init);

static void __exit leak_exit(void)
{
	platform_device_unregister(leak_device);
	platform_driver_unregister(&leak_driver);
}
module_exit(leak_exit);
MODULE_DESCRIPTION("Leaks in the error path of its probe");
MODULE_LICENSE("GPL");
