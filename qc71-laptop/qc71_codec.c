// SPDX-License-Identifier: GPL-2.0-only
/*
 * How values are written in registers; see qc71_codec.h for what it promises.
 */
#include "qc71_codec.h"
#include "qc71_regs.h"

/* The sixth byte of a request says which way it goes. */
#define QC71_REQUEST_DIRECTION	5
#define QC71_REQUEST_READS	1

/* The firmware's way to say that the controller did not answer it. */
#define QC71_REPLY_FILLER	0xfe

void qc71_encode_read(__u8 *request, __u16 address)
{
	qc71_encode_write(request, address, 0);
	request[QC71_REQUEST_DIRECTION] = QC71_REQUEST_READS;
}

void qc71_encode_write(__u8 *request, __u16 address, __u8 value)
{
	int i;

	request[0] = address & 0xff;
	request[1] = address >> 8;
	request[2] = value;
	for (i = 3; i < QC71_REQUEST_LENGTH; i++)
		request[i] = 0;
}

enum qc71_reply qc71_check_reply(const __u8 *reply, __u32 length)
{
	int i;

	if (length < QC71_REPLY_LENGTH)
		return QC71_REPLY_SHORT;

	for (i = 0; i < QC71_REPLY_LENGTH; i++) {
		if (reply[i] != QC71_REPLY_FILLER)
			return QC71_REPLY_OK;
	}
	return QC71_REPLY_DEAD;
}

__u32 qc71_scale(__u32 value, __u32 from_max, __u32 to_max)
{
	if (value >= from_max)
		return to_max;

	return (value * to_max + from_max / 2) / from_max;
}

__u32 qc71_decode_rpm(__u8 high, __u8 low)
{
	return ((__u32)high << 8) | low;
}

__u8 qc71_encode_duty(__u8 pwm)
{
	__u8 duty = qc71_scale(pwm, QC71_PWM_MAX, QC71_DUTY_MAX);

	return duty ? duty : 1;
}

__u8 qc71_decode_duty(__u8 duty)
{
	return qc71_scale(duty, QC71_DUTY_MAX, QC71_PWM_MAX);
}

__u8 qc71_encode_perf(enum qc71_perf perf)
{
	switch (perf) {
	case QC71_PERF_SAVER:
		return QC71_MODE_SILENT;
	case QC71_PERF_FAST:
		return QC71_MODE_TURBO;
	default:
		return 0;
	}
}

enum qc71_perf qc71_decode_perf(__u8 mode_register)
{
	if (mode_register & QC71_MODE_SILENT)
		return QC71_PERF_SAVER;
	if (mode_register & QC71_MODE_TURBO)
		return QC71_PERF_FAST;
	return QC71_PERF_BALANCED;
}

__u8 qc71_encode_kbd(__u8 level)
{
	return (level << 5) | QC71_KBD_APPLY;
}

__u8 qc71_decode_kbd(__u8 kbd_register, __u8 max)
{
	__u8 level = kbd_register >> 5;

	if (kbd_register & QC71_KBD_LIGHT_OFF)
		return 0;
	return level < max ? level : max;
}

__u8 qc71_encode_color(__u32 intensity, __u32 brightness, __u32 brightness_max,
		       __u32 register_max)
{
	/* A program may ask for any number; more than all is all. */
	if (intensity > brightness_max)
		intensity = brightness_max;
	if (brightness > brightness_max)
		brightness = brightness_max;

	return qc71_scale(intensity * brightness,
			  brightness_max * brightness_max, register_max);
}

__u8 qc71_decode_limit(__u8 limit_register)
{
	__u8 percent = limit_register & QC71_LIMIT_PERCENT;

	return percent == 0 || percent > 100 ? 100 : percent;
}

__u8 qc71_encode_pl4(__u8 watt, int doubled)
{
	return doubled ? (watt + 1) / 2 : watt;
}

__u32 qc71_decode_pl4(__u8 pl4_register, int doubled)
{
	return doubled ? pl4_register * 2U : pl4_register;
}

int qc71_tdp_is_valid(const int *watt, const int *factory)
{
	int least = QC71_TDP_MIN;
	int i;

	for (i = 0; i < QC71_TDP_LIMITS; i++) {
		if (watt[i] < least)
			return 0;
		if (watt[i] > QC71_TDP_MAX && watt[i] > factory[i])
			return 0;
		least = watt[i];
	}
	return 1;
}

int qc71_project_is_white(__u8 project)
{
	switch (project) {
	case 0x09:
	case 0x0e:
	case 0x12 ... 0x18:
		return 1;
	default:
		return 0;
	}
}
