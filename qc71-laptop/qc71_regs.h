/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of the embedded controller that the driver uses, each with its
 * bits below it.
 */
#ifndef QC71_REGS_H
#define QC71_REGS_H

#define QC71_BIT(n)		(1U << (n))

#define QC71_REG_CPU_TEMP	0x043e
#define QC71_REG_GPU_TEMP	0x044f
/* Two bytes each, the high one first. */
#define QC71_REG_FAN1_RPM	0x0464
#define QC71_REG_FAN2_RPM	0x046c

#define QC71_REG_CUSTOM		0x0727
#define QC71_CUSTOM_PL4_DOUBLE	QC71_BIT(7)
#define QC71_CUSTOM_MODE	QC71_BIT(6)

#define QC71_REG_PROJECT	0x0740

#define QC71_REG_CONTROL	0x0741
#define QC71_CONTROL_MANUAL	QC71_BIT(0)

/* What the lightbar does on mains; the colour is in the three that follow. */
#define QC71_REG_LIGHTBAR	0x0748
#define QC71_REG_LIGHTBAR_RED	0x0749
#define QC71_REG_LIGHTBAR_GREEN	0x074a
#define QC71_REG_LIGHTBAR_BLUE	0x074b
#define QC71_LIGHTBAR_RAINBOW	QC71_BIT(7)
#define QC71_LIGHTBAR_S3_OFF	QC71_BIT(3)
#define QC71_LIGHTBAR_S0_OFF	QC71_BIT(2)

#define QC71_REG_BIOS		0x074e
#define QC71_BIOS_FN_LOCK	QC71_BIT(4)

#define QC71_REG_MODE		0x0751
#define QC71_MODE_SILENT	QC71_BIT(7)
#define QC71_MODE_BOOST		QC71_BIT(6)
#define QC71_MODE_HIGH		QC71_BIT(5)
#define QC71_MODE_TURBO		QC71_BIT(4)

/* How fast the fans are driven now, 0..200. */
#define QC71_REG_FAN1_DUTY_NOW	0x075b
#define QC71_REG_FAN2_DUTY_NOW	0x075c

#define QC71_REG_SUPPORT_1	0x0765
#define QC71_SUPPORT_1_BOOST	QC71_BIT(7)
#define QC71_SUPPORT_1_LIGHTBAR	QC71_BIT(6)
#define QC71_SUPPORT_1_SUPERKEY	QC71_BIT(5)

#define QC71_REG_SUPPORT_2	0x0766
#define QC71_SUPPORT_2_LEVELS_5	QC71_BIT(5)
#define QC71_SUPPORT_2_SILENT	QC71_BIT(0)

/*
 * Writing 1 toggles, and the bit falls back; the state is in the next register.
 * Only the lower four are toggles, the others hold settings.
 */
#define QC71_REG_TRIGGER	0x0767
#define QC71_TRIGGER_TOGGLES	0x0fU
#define QC71_TRIGGER_SUPERKEY	QC71_BIT(0)

#define QC71_REG_STATUS		0x0768
#define QC71_STATUS_SUPERKEY	QC71_BIT(0)

#define QC71_REG_KBD_OWNER	0x0782
#define QC71_KBD_OWNER_OS	QC71_BIT(6)

/* Limits of power in watt: sustained, short, and peak. */
#define QC71_REG_PL1		0x0783
#define QC71_REG_PL2		0x0784
#define QC71_REG_PL4		0x0785

#define QC71_REG_KBD		0x078c
#define QC71_KBD_LEVEL		0xe0U
#define QC71_KBD_APPLY		QC71_BIT(4)
#define QC71_KBD_LIGHT_OFF	QC71_BIT(1)
#define QC71_KBD_WHITE		QC71_BIT(0)

#define QC71_REG_FAN_EXTRA	0x07a3
#define QC71_FAN_ALWAYS_ON	QC71_BIT(6)
#define QC71_FAN_REDUCED_DUTY	QC71_BIT(5)

#define QC71_REG_BIOS_2		0x07a4
#define QC71_BIOS_2_FN_SWITCH	QC71_BIT(3)

/* Bit 7 belongs to the controller: the limit is reached. */
#define QC71_REG_LIMIT		0x07b9
#define QC71_LIMIT_PERCENT	0x7fU

/* What the lightbar does on battery, in the same four registers. */
#define QC71_REG_LIGHTBAR_DC	0x07e2

/* From here on only the WMI method reaches. */
#define QC71_REG_RGB_MAX	0x1801
#define QC71_REG_RGB_RED	0x1803
#define QC71_REG_RGB_GREEN	0x1805
#define QC71_REG_RGB_BLUE	0x1808
/* How fast the fans shall be driven, 0..200, while QC71_MODE_BOOST is set. */
#define QC71_REG_FAN1_DUTY	0x1804
#define QC71_REG_FAN2_DUTY	0x1809

#endif /* QC71_REGS_H */
