/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How values are written in the embedded controller's registers, and what they
 * mean.  Nothing in here knows of the kernel: it compiles in a program as well,
 * and is tested there.
 */
#ifndef QC71_CODEC_H
#define QC71_CODEC_H

#include <linux/types.h>

/* The firmware's method takes eight bytes, and the first four of its answer count. */
#define QC71_REQUEST_LENGTH	8
#define QC71_REPLY_LENGTH	4

/* The duty of a fan is written in half percents. */
#define QC71_DUTY_MAX		200
#define QC71_PWM_MAX		255

/* The limits of power: sustained, short, and peak; each in watt. */
#define QC71_TDP_LIMITS		3
#define QC71_TDP_MIN		5
#define QC71_TDP_MAX		80

/* How far the light of a keyboard of one colour goes. */
#define QC71_KBD_LEVELS_FEW	2
#define QC71_KBD_LEVELS_MANY	4

enum qc71_reply {
	QC71_REPLY_OK,
	QC71_REPLY_SHORT,	/* less than four bytes */
	QC71_REPLY_DEAD,	/* the controller did not answer the firmware */
};

/* The numbers are those of the attribute performance_mode. */
enum qc71_perf {
	QC71_PERF_SAVER = 1,
	QC71_PERF_BALANCED = 2,
	QC71_PERF_FAST = 3,
};

/* The numbers are those of hwmon's pwm1_enable. */
enum qc71_fan_mode {
	QC71_FAN_FULL = 0,
	QC71_FAN_MANUAL = 1,
	QC71_FAN_AUTO = 2,
};

/* Fill @request, of QC71_REQUEST_LENGTH bytes. */
void qc71_encode_read(__u8 *request, __u16 address);
void qc71_encode_write(__u8 *request, __u16 address, __u8 value);

/* What an answer of @length bytes is worth. */
enum qc71_reply qc71_check_reply(const __u8 *reply, __u32 length);

/*
 * From one scale to another, both starting at 0, to the nearest value.  What is
 * beyond the end of its scale becomes the end of the other one.  Neither scale
 * may end beyond 65535.
 */
__u32 qc71_scale(__u32 value, __u32 from_max, __u32 to_max);

/* Turns per minute; the high byte is the first. */
__u32 qc71_decode_rpm(__u8 high, __u8 low);

/*
 * hwmon's 0..255 and the controller's 0..200.  A duty of 0 is never made: the
 * controller answers it with three minutes at 30 % before the fan stops, while
 * with 1 the fan stops at once.
 */
__u8 qc71_encode_duty(__u8 pwm);
__u8 qc71_decode_duty(__u8 duty);

/*
 * The bits of the mode register that say @perf, and the mode that its bits say.
 * Where silent and turbo are both set, silent is what is told: it is what one
 * hears.
 */
__u8 qc71_encode_perf(enum qc71_perf perf);
enum qc71_perf qc71_decode_perf(__u8 mode_register);

/* The level of a keyboard's light, and the bits that set it, with those that apply it. */
__u8 qc71_encode_kbd(__u8 level);
__u8 qc71_decode_kbd(__u8 kbd_register, __u8 max);

/*
 * What of a colour reaches the controller, at a brightness and on its scale.
 * Neither maximum may be beyond 255.
 */
__u8 qc71_encode_color(__u32 intensity, __u32 brightness, __u32 brightness_max,
		       __u32 register_max);

/* Percent; 0 in the register means that nobody ever set a limit. */
__u8 qc71_decode_limit(__u8 limit_register);

/*
 * PL4 in watt, which some machines count in units of two.  There an odd number
 * becomes the next even one, as the one before might be less than PL2.
 */
__u8 qc71_encode_pl4(__u8 watt, int doubled);
__u32 qc71_decode_pl4(__u8 pl4_register, int doubled);

/*
 * Returns 1 if these limits of power may be set, or else 0.  They are in order,
 * and none is more than QC71_TDP_MAX, or than @factory has if that is more.
 */
int qc71_tdp_is_valid(const int *watt, const int *factory);

/* Returns 1 for the projects whose keyboards are all white, or else 0. */
int qc71_project_is_white(__u8 project);

#endif /* QC71_CODEC_H */
