// SPDX-License-Identifier: GPL-2.0-only
// Has parameters of every type, and gets each.
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

static bool a_bool;
static bool an_invbool = true;
static short a_short;
static int an_int;
static long a_long;
static uint a_uint;
static ushort a_ushort;
static ulong a_ulong;
static unsigned long long a_ullong;
static u8 a_byte;
static char *a_charp;
static char a_string[8];
static int an_array[3];
static int length;
static int by_callback;

module_param(a_bool, bool, 0444);
module_param(an_invbool, invbool, 0444);
module_param(a_short, short, 0444);
module_param(an_int, int, 0444);
module_param(a_long, long, 0444);
module_param(a_uint, uint, 0444);
module_param(a_ushort, ushort, 0444);
module_param(a_ulong, ulong, 0444);
module_param(a_ullong, ullong, 0444);
module_param(a_byte, byte, 0444);
module_param(a_charp, charp, 0444);
module_param_string(a_string, a_string, sizeof(a_string), 0444);
module_param_array(an_array, int, &length, 0444);

static int clean_params_set(const char *value, const struct kernel_param *param)
{
	return kstrtoint(value, 0, &by_callback);
}

static const struct kernel_param_ops clean_params_ops = {
	.set = clean_params_set,
};

module_param_cb(a_callback, &clean_params_ops, NULL, 0200);

static int __init clean_params_init(void)
{
	if (!a_bool || an_invbool || a_short != -5 || an_int != -6 || a_long != -7 || a_uint != 8 ||
	    a_ushort != 9 || a_ulong != 10 || a_ullong != 11 || a_byte != 255)
		return -EINVAL;
	if (strcmp(a_charp, "two words") || strcmp(a_string, "seven77") || length != 3 || by_callback != 12 ||
	    an_array[2] != 3)
		return -EDOM;
	return 0;
}
module_init(clean_params_init);

static void __exit clean_params_exit(void)
{
}
module_exit(clean_params_exit);

MODULE_DESCRIPTION("Has parameters of every type, and gets each");
MODULE_LICENSE("GPL");
