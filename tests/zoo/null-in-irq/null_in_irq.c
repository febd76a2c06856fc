// SPDX-License-Identifier: GPL-2.0-only
// The handler of a device of QEMU (edu) reads through a NULL pointer. The place must be named.
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>

#define EDU_STATUS	0x24
#define EDU_RAISE	0x60
#define EDU_ACK		0x64

static void __iomem *registers;

static noinline int null_in_irq_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static irqreturn_t null_in_irq_handles(int irq, void *data)
{
	u32 status = readl(registers + EDU_STATUS);

	if (!status)
		return IRQ_NONE;
	writel(status, registers + EDU_ACK);
	null_in_irq_look(NULL);
	return IRQ_HANDLED;
}

static int null_in_irq_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	int err = pcim_enable_device(pci);

	if (err)
		return err;
	registers = pcim_iomap(pci, 0, 0);
	if (!registers)
		return -ENOMEM;
	err = devm_request_irq(&pci->dev, pci->irq, null_in_irq_handles, IRQF_SHARED, "null_in_irq", pci);
	if (err)
		return err;
	writel(1, registers + EDU_RAISE);
	return 0;
}

static const struct pci_device_id null_in_irq_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, null_in_irq_ids);

static struct pci_driver null_in_irq_driver = {
	.name = "null_in_irq",
	.id_table = null_in_irq_ids,
	.probe = null_in_irq_probe,
};

static int __init null_in_irq_init(void)
{
	return pci_register_driver(&null_in_irq_driver);
}
module_init(null_in_irq_init);

static void __exit null_in_irq_exit(void)
{
	pci_unregister_driver(&null_in_irq_driver);
}
module_exit(null_in_irq_exit);

MODULE_DESCRIPTION("The handler of a device of QEMU (edu) reads through a NULL pointer");
MODULE_LICENSE("GPL");
