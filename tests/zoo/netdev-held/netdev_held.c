// SPDX-License-Identifier: GPL-2.0-only
// Takes its network device away while somebody holds it. The kernel waits, and says so again and again.
#include <linux/module.h>
#include <linux/netdevice.h>

static struct net_device *netdev_held_device;

static netdev_tx_t netdev_held_transmit(struct sk_buff *packet, struct net_device *device)
{
	dev_kfree_skb(packet);
	return NETDEV_TX_OK;
}

static const struct net_device_ops netdev_held_ops = {
	.ndo_start_xmit = netdev_held_transmit,
};

static void netdev_held_setup(struct net_device *device)
{
	device->netdev_ops = &netdev_held_ops;
	device->mtu = 1500;
}

static int __init netdev_held_init(void)
{
	int error;

	netdev_held_device = alloc_netdev(0, "zoo%d", NET_NAME_UNKNOWN, netdev_held_setup);
	if (!netdev_held_device)
		return -ENOMEM;
	error = register_netdev(netdev_held_device);
	if (error)
		free_netdev(netdev_held_device);
	else
		dev_hold(netdev_held_device);
	return error;
}
module_init(netdev_held_init);

static void __exit netdev_held_exit(void)
{
	unregister_netdev(netdev_held_device); /* here */
	free_netdev(netdev_held_device);
}
module_exit(netdev_held_exit);

MODULE_DESCRIPTION("Takes its network device away while somebody holds it");
MODULE_LICENSE("GPL");
