// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machines, and what each has.  The firmware's own bits for it are not to
 * be trusted alone: on some machines they are all zero.
 */
#include <linux/delay.h>
#include <linux/dmi.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "qc71.h"

/* The project is not there yet when the machine has just started. */
#define QC71_PROJECT_TRIES	3
#define QC71_PROJECT_WAIT_MS	200

#define QC71_ASK_SLIMBOOK	(QC71_SUPERKEY | QC71_LIGHTBAR | QC71_PWM | QC71_KBD_MONO)

#define QC71_SCALE_36		36
#define QC71_SCALE_200		200

/* Intel's own board, sold under many names; the kernel's driver knows two of them. */
#define QC71_BOARD_FEATURES \
	(QC71_ALWAYS | QC71_FN_LOCK | QC71_SUPERKEY | QC71_FAN_EXTRAS | \
	 QC71_LIGHTBAR | QC71_LIMIT)

static const struct qc71_model qc71_board = {
	.features = QC71_BOARD_FEATURES,
	.ask = QC71_PWM,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_board_mainline = {
	.features = QC71_BOARD_FEATURES,
	.ask = QC71_PWM,
	.lightbar_max = QC71_SCALE_36,
	.mainline = true,
};

static const struct qc71_model qc71_lapac71h = {
	.features = QC71_ALWAYS | QC71_FN_LOCK | QC71_SUPERKEY | QC71_LIMIT,
	.ask = QC71_PWM,
	.mainline = true,
};

static const struct qc71_model qc71_lapkc71f = {
	.features = QC71_ALWAYS | QC71_FN_LOCK | QC71_SUPERKEY | QC71_LIGHTBAR |
		    QC71_LIMIT,
	.ask = QC71_PWM,
	.lightbar_max = QC71_SCALE_200,
	.mainline = true,
};

/* Its lightbar does not heed the colour, and nobody vouches for its limit. */
static const struct qc71_model qc71_lapkc71e = {
	.features = QC71_ALWAYS | QC71_FN_LOCK | QC71_SUPERKEY,
	.ask = QC71_PWM,
};

static const struct qc71_model qc71_prox = {
	.features = QC71_ALWAYS | QC71_FN_LOCK | QC71_SILENT | QC71_PERF,
	.ask = QC71_ASK_SLIMBOOK,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_executive = {
	.features = QC71_ALWAYS | QC71_FN_LOCK | QC71_SILENT | QC71_PERF |
		    QC71_KEY_ON_CHANGE,
	.ask = QC71_ASK_SLIMBOOK,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_titan = {
	.features = QC71_ALWAYS | QC71_SILENT | QC71_TURBO | QC71_PERF,
	.ask = QC71_ASK_SLIMBOOK,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_hero = {
	.features = QC71_ALWAYS | QC71_SILENT | QC71_TURBO | QC71_PERF |
		    QC71_KBD_RGB,
	.ask = QC71_ASK_SLIMBOOK & ~QC71_KBD_MONO,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_evo = {
	.features = QC71_ALWAYS | QC71_SILENT | QC71_TURBO | QC71_PERF | QC71_TDP |
		    QC71_MANUAL_AT_LOAD | QC71_KEY_ON_REQUEST,
	.ask = QC71_ASK_SLIMBOOK,
	.lightbar_max = QC71_SCALE_36,
};

static const struct qc71_model qc71_crea_rgb = {
	.features = QC71_ALWAYS | QC71_SILENT | QC71_TURBO | QC71_PERF | QC71_TDP |
		    QC71_MANUAL_AT_LOAD | QC71_KEY_ON_REQUEST | QC71_KBD_RGB,
	.ask = QC71_ASK_SLIMBOOK & ~QC71_KBD_MONO,
	.lightbar_max = QC71_SCALE_36,
};

/* For a machine that nobody knows: only what its controller offers and can't hurt. */
static const struct qc71_model qc71_forced = {
	.features = QC71_ALWAYS,
	.ask = QC71_SUPERKEY | QC71_SILENT | QC71_LIGHTBAR,
	.lightbar_max = QC71_SCALE_36,
};

#define QC71_SLIMBOOK(_product, _model)					\
	{								\
		.matches = {						\
			DMI_EXACT_MATCH(DMI_BOARD_VENDOR, "SLIMBOOK"),	\
			DMI_EXACT_MATCH(DMI_PRODUCT_NAME, _product),	\
		},							\
		.driver_data = (void *)(_model),			\
	}

#define QC71_BOARD(_vendor, _board)					\
	{								\
		.matches = {						\
			DMI_EXACT_MATCH(DMI_SYS_VENDOR, _vendor),	\
			DMI_EXACT_MATCH(DMI_BOARD_NAME, _board),	\
		},							\
		.driver_data = (void *)&qc71_board_mainline,		\
	}

#define QC71_INTEL(_product, _model)					\
	{								\
		.matches = {						\
			DMI_EXACT_MATCH(DMI_SYS_VENDOR, "Intel(R) Client Systems"), \
			DMI_EXACT_MATCH(DMI_PRODUCT_NAME, _product),	\
		},							\
		.driver_data = (void *)(_model),			\
	}

/* The first that matches counts. */
static const struct dmi_system_id qc71_machines[] __initconst = {
	QC71_SLIMBOOK("PROX-AMD", &qc71_prox),
	QC71_SLIMBOOK("PROX15-AMD", &qc71_prox),
	QC71_SLIMBOOK("PROX-AMD5", &qc71_prox),
	QC71_SLIMBOOK("PROX15-AMD5", &qc71_prox),
	QC71_SLIMBOOK("Executive", &qc71_executive),
	QC71_SLIMBOOK("EXECUTIVE-14", &qc71_executive),
	QC71_SLIMBOOK("Executive-14-UC2", &qc71_executive),
	QC71_SLIMBOOK("TITAN", &qc71_titan),
	QC71_SLIMBOOK("HERO-RPL-RTX", &qc71_hero),
	QC71_SLIMBOOK("EVO14-A8", &qc71_evo),
	QC71_SLIMBOOK("EVO15-A8", &qc71_evo),
	QC71_SLIMBOOK("EVO14-AI9-STP", &qc71_evo),
	QC71_SLIMBOOK("EVO15-AI9-STP", &qc71_evo),
	QC71_SLIMBOOK("CREA15-A8-RTX", &qc71_crea_rgb),
	QC71_SLIMBOOK("CREA15-AI9-RTX5", &qc71_evo),
	QC71_BOARD("SchenkerTechnologiesGmbH", "LAPQC71A"),
	QC71_BOARD("SchenkerTechnologiesGmbH", "LAPQC71B"),
	QC71_BOARD("TUXEDO", "LAPQC71A"),
	QC71_BOARD("TUXEDO", "LAPQC71B"),
	QC71_INTEL("LAPAC71H", &qc71_lapac71h),
	QC71_INTEL("LAPKC71F", &qc71_lapkc71f),
	QC71_INTEL("LAPKC71E", &qc71_lapkc71e),
	{
		.matches = {
			DMI_MATCH(DMI_BOARD_NAME, "LAPQC71"),
		},
		.driver_data = (void *)&qc71_board,
	},
	{
		.matches = {
			DMI_EXACT_MATCH(DMI_CHASSIS_VENDOR, "Avell High Performance"),
			DMI_EXACT_MATCH(DMI_PRODUCT_NAME, "A60 MUV"),
		},
		.driver_data = (void *)&qc71_board,
	},
	{ }
};
MODULE_DEVICE_TABLE(dmi, qc71_machines);

const struct qc71_model * __init qc71_model_find(bool force)
{
	const struct dmi_system_id *machine = dmi_first_match(qc71_machines);

	if (machine)
		return machine->driver_data;
	return force ? &qc71_forced : NULL;
}

static int qc71_project(struct qc71 *qc, u8 *project)
{
	int err;
	int i;

	for (i = 0; i < QC71_PROJECT_TRIES; i++) {
		err = qc71_ec_read(&qc->ec, QC71_REG_PROJECT, project);
		if (err || *project)
			break;
		msleep(QC71_PROJECT_WAIT_MS);
	}
	return err;
}

/* The keyboard says it itself, or is one of those that can't be otherwise. */
static int qc71_kbd_is_white(struct qc71 *qc, bool *white)
{
	u8 project;
	int err;

	err = qc71_ec_read_bit(&qc->ec, QC71_REG_KBD, QC71_KBD_WHITE, white);
	if (err || *white)
		return err;

	err = qc71_project(qc, &project);
	if (!err)
		*white = qc71_project_is_white(project);
	return err;
}

static const struct {
	u32 feature;
	u16 address;
	u8 mask;
} qc71_answers[] = {
	{ QC71_SUPERKEY, QC71_REG_SUPPORT_1, QC71_SUPPORT_1_SUPERKEY },
	{ QC71_LIGHTBAR, QC71_REG_SUPPORT_1, QC71_SUPPORT_1_LIGHTBAR },
	{ QC71_PWM, QC71_REG_SUPPORT_1, QC71_SUPPORT_1_BOOST },
	{ QC71_SILENT, QC71_REG_SUPPORT_2, QC71_SUPPORT_2_SILENT },
};

int qc71_model_ask(struct qc71 *qc)
{
	bool has;
	int err;
	int i;

	qc->features = qc->model->features;

	for (i = 0; i < ARRAY_SIZE(qc71_answers); i++) {
		if (!(qc->model->ask & qc71_answers[i].feature))
			continue;
		err = qc71_ec_read_bit(&qc->ec, qc71_answers[i].address,
				       qc71_answers[i].mask, &has);
		if (err)
			return err;
		if (has)
			qc->features |= qc71_answers[i].feature;
	}

	if (qc->model->ask & QC71_KBD_MONO) {
		err = qc71_kbd_is_white(qc, &has);
		if (err)
			return err;
		if (has)
			qc->features |= QC71_KBD_MONO;
	}

	dev_dbg(qc->dev, "features 0x%x\n", qc->features);
	return 0;
}
