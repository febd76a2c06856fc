// SPDX-License-Identifier: GPL-2.0-only
// Leaves its network device behind. It must be told by its name, and once.
#include <linux/module.h>
#include <linux/netdevice.h>

static struct net_device *leak_netdev_device;

static netdev_tx_t leak_netdev_transmit(struct sk_buff *packet, struct net_device *device)
{
	dev_kfree_skb(packet);
	return NETDEV_TX_OK;
}

static const struct net_device_ops leak_netdev_ops = {
	.ndo_start_xmit = leak_netdev_transmit,
};

static void leak_netdev_setup(struct net_device *device)
{
	device->netdev_ops = &leak_netdev_ops;
	device->mtu = 1500;
}

static int __init leak_netdev_init(void)
{
	int error;

	leak_netdev_device = alloc_netdev(0, "zoo%d", NET_NAME_UNKNOWN, leak_netdev_setup);
	if (!leak_netdev_device)
		return -ENOMEM;
	error = register_netdev(leak_netdev_device);
	if (error)
		free_netdev(leak_netdev_device);
	return error;
}
module_init(leak_netdev_init);

static void __exit leak_netdev_exit(void)
{
}
module_exit(leak_netdev_exit);

MODULE_DESCRIPTION("Leaves its network device behind");
MODULE_LICENSE("GPL");
