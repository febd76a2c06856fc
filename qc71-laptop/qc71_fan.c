// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fans.  The controller knows two modes: its own curve, and the boost.
 * In the boost it takes the fans' speed from two registers that it ignores
 * otherwise, so a fan that is driven by hand is a boosted one with less duty.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "qc71.h"

#define QC71_FANS		2

/*
 * The controller ends the boost by itself after about an hour.  A fan that was
 * set by hand must not change then, so the boost is renewed before.
 */
#define QC71_FAN_RENEW		(50 * 60 * HZ)
#define QC71_FAN_RETRY		(60 * HZ)

/**
 * struct qc71_fan - what was asked of the fans
 * @qc: whose fans these are
 * @lock: is held over all accesses that belong together; the controller's lock
 *	is taken inside it
 * @mode: what was asked; the controller may have left it since
 * @pwm: what was asked in manual mode, 0..255: a duty is coarser, and could not
 *	tell it exactly
 * @renew: writes the mode again, unless it is the automatic one
 */
struct qc71_fan {
	struct qc71 *qc;
	struct mutex lock; /* guards all that follows */
	enum qc71_fan_mode mode;
	u8 pwm[QC71_FANS];
	struct delayed_work renew;
};

static const u16 qc71_duty_registers[QC71_FANS] = {
	QC71_REG_FAN1_DUTY, QC71_REG_FAN2_DUTY
};

static const u16 qc71_duty_now_registers[QC71_FANS] = {
	QC71_REG_FAN1_DUTY_NOW, QC71_REG_FAN2_DUTY_NOW
};

/* What the controller really does. */
static int qc71_fan_look(struct qc71_fan *fan, enum qc71_fan_mode *mode)
{
	bool boost;
	int err;

	err = qc71_ec_read_bit(&fan->qc->ec, QC71_REG_MODE, QC71_MODE_BOOST, &boost);
	if (err)
		return err;

	if (!boost)
		*mode = QC71_FAN_AUTO;
	else if (fan->mode == QC71_FAN_MANUAL)
		*mode = QC71_FAN_MANUAL;
	else
		*mode = QC71_FAN_FULL;
	return 0;
}

static u8 qc71_fan_duty(const struct qc71_fan *fan, int i)
{
	return fan->mode == QC71_FAN_MANUAL ? qc71_encode_duty(fan->pwm[i]) :
					      QC71_DUTY_MAX;
}

/*
 * Writes the boost and the duties, the boost first, as they count only in it.
 * A fan that can't be set does not keep the other back.
 */
static int qc71_fan_boost(struct qc71_fan *fan)
{
	struct qc71_ec *ec = &fan->qc->ec;
	int failed = 0;
	int err;
	int i;

	err = qc71_ec_apply(ec, QC71_REG_MODE, QC71_MODE_BOOST, QC71_MODE_BOOST);
	if (err)
		return err;

	for (i = 0; i < QC71_FANS; i++) {
		err = qc71_ec_apply(ec, qc71_duty_registers[i], 0xff,
				    qc71_fan_duty(fan, i));
		if (err)
			failed = err;
	}
	return failed;
}

static int qc71_fan_release_boost(struct qc71_fan *fan)
{
	int err;

	err = qc71_ec_update(&fan->qc->ec, QC71_REG_MODE, QC71_MODE_BOOST, 0);
	if (err)
		return err;

	fan->mode = QC71_FAN_AUTO;
	cancel_delayed_work(&fan->renew);
	return 0;
}

/* Counts the hour from now; the lock is held. */
static void qc71_fan_renew_later(struct qc71_fan *fan, unsigned long delay)
{
	cancel_delayed_work(&fan->renew);
	schedule_delayed_work(&fan->renew, delay);
}

/* Enters the full or the manual mode, or else returns to the automatic one. */
static int qc71_fan_take(struct qc71_fan *fan, enum qc71_fan_mode mode)
{
	int err;

	fan->mode = mode;
	err = qc71_fan_boost(fan);
	if (err) {
		qc71_fan_release_boost(fan);
		fan->mode = QC71_FAN_AUTO;
		return err;
	}
	qc71_fan_renew_later(fan, QC71_FAN_RENEW);
	return 0;
}

/* The fans go on as fast as they are now, until somebody says otherwise. */
static int qc71_fan_take_manually(struct qc71_fan *fan)
{
	u8 duty[QC71_FANS];
	int err;
	int i;

	for (i = 0; i < QC71_FANS; i++) {
		err = qc71_ec_read(&fan->qc->ec, qc71_duty_now_registers[i],
				   &duty[i]);
		if (err)
			return err;
	}

	for (i = 0; i < QC71_FANS; i++)
		fan->pwm[i] = qc71_decode_duty(duty[i]);
	return qc71_fan_take(fan, QC71_FAN_MANUAL);
}

static int qc71_fan_set_mode_locked(struct qc71_fan *fan, enum qc71_fan_mode mode)
{
	enum qc71_fan_mode now;
	int err;

	switch (mode) {
	case QC71_FAN_AUTO:
		return qc71_fan_release_boost(fan);
	case QC71_FAN_FULL:
		return qc71_fan_take(fan, QC71_FAN_FULL);
	default:
		err = qc71_fan_look(fan, &now);
		/* Who asks again for what is there changes nothing. */
		if (err || now == QC71_FAN_MANUAL)
			return err;
		return qc71_fan_take_manually(fan);
	}
}

int qc71_fan_get_mode(struct qc71 *qc, enum qc71_fan_mode *mode)
{
	int err;

	mutex_lock(&qc->fan->lock);
	err = qc71_fan_look(qc->fan, mode);
	mutex_unlock(&qc->fan->lock);
	return err;
}

int qc71_fan_set_mode(struct qc71 *qc, long mode)
{
	int err;

	if (mode != QC71_FAN_FULL && mode != QC71_FAN_MANUAL && mode != QC71_FAN_AUTO)
		return -EINVAL;

	mutex_lock(&qc->fan->lock);
	err = qc71_fan_set_mode_locked(qc->fan, mode);
	mutex_unlock(&qc->fan->lock);
	return err;
}

static int qc71_fan_get_pwm_locked(struct qc71_fan *fan, int i, long *pwm)
{
	struct qc71_ec *ec = &fan->qc->ec;
	enum qc71_fan_mode mode;
	u8 duty;
	int err;

	err = qc71_fan_look(fan, &mode);
	if (err)
		return err;

	err = qc71_ec_read(ec, mode == QC71_FAN_MANUAL ? qc71_duty_registers[i] :
						  qc71_duty_now_registers[i],
			   &duty);
	if (err)
		return err;

	if (mode == QC71_FAN_MANUAL && duty == qc71_encode_duty(fan->pwm[i]))
		*pwm = fan->pwm[i];
	else
		*pwm = qc71_decode_duty(duty);
	return 0;
}

int qc71_fan_get_pwm(struct qc71 *qc, int channel, long *pwm)
{
	int err;

	mutex_lock(&qc->fan->lock);
	err = qc71_fan_get_pwm_locked(qc->fan, channel, pwm);
	mutex_unlock(&qc->fan->lock);
	return err;
}

static int qc71_fan_set_pwm_locked(struct qc71_fan *fan, int i, u8 pwm)
{
	struct qc71_ec *ec = &fan->qc->ec;
	int err;

	/* It would have no effect, and who asked should know. */
	if (fan->mode != QC71_FAN_MANUAL)
		return -EBUSY;

	/* In case that the controller left it meanwhile. */
	err = qc71_ec_update(ec, QC71_REG_MODE, QC71_MODE_BOOST, QC71_MODE_BOOST);
	if (!err)
		err = qc71_ec_apply(ec, qc71_duty_registers[i], 0xff,
				    qc71_encode_duty(pwm));
	if (!err)
		fan->pwm[i] = pwm;
	return err;
}

int qc71_fan_set_pwm(struct qc71 *qc, int channel, long pwm)
{
	int err;

	if (pwm < 0 || pwm > QC71_PWM_MAX)
		return -EINVAL;

	mutex_lock(&qc->fan->lock);
	err = qc71_fan_set_pwm_locked(qc->fan, channel, pwm);
	mutex_unlock(&qc->fan->lock);
	return err;
}

static void qc71_fan_renew(struct work_struct *work)
{
	struct qc71_fan *fan = container_of(to_delayed_work(work),
					    struct qc71_fan, renew);
	int err;

	mutex_lock(&fan->lock);
	if (fan->mode != QC71_FAN_AUTO) {
		err = qc71_fan_boost(fan);
		qc71_fan_renew_later(fan, err ? QC71_FAN_RETRY : QC71_FAN_RENEW);
	}
	mutex_unlock(&fan->lock);
}

/* Somebody pressed the key for it: what was asked before is over. */
void qc71_fan_changed(struct qc71 *qc)
{
	struct qc71_fan *fan = qc->fan;
	enum qc71_fan_mode mode;

	if (!fan)
		return;

	mutex_lock(&fan->lock);
	if (!qc71_fan_look(fan, &mode) && mode == QC71_FAN_AUTO) {
		fan->mode = QC71_FAN_AUTO;
		cancel_delayed_work(&fan->renew);
	}
	mutex_unlock(&fan->lock);
}

void qc71_fan_save(struct qc71 *qc)
{
	struct qc71_fan *fan = qc->fan;
	enum qc71_fan_mode mode;

	if (!fan)
		return;

	cancel_delayed_work_sync(&fan->renew);

	/* A boost that was not ours has to be one, to survive. */
	mutex_lock(&fan->lock);
	if (fan->mode == QC71_FAN_AUTO && !qc71_fan_look(fan, &mode))
		fan->mode = mode;
	mutex_unlock(&fan->lock);
}

int qc71_fan_restore(struct qc71 *qc)
{
	struct qc71_fan *fan = qc->fan;
	int err = 0;

	if (!fan)
		return 0;

	mutex_lock(&fan->lock);
	if (fan->mode != QC71_FAN_AUTO) {
		err = qc71_fan_boost(fan);
		qc71_fan_renew_later(fan, err ? QC71_FAN_RETRY : QC71_FAN_RENEW);
	}
	mutex_unlock(&fan->lock);
	return err;
}

/* Nobody will watch over the fans from now on. */
void qc71_fan_shutdown(struct qc71 *qc)
{
	struct qc71_fan *fan = qc->fan;

	if (!fan)
		return;

	mutex_lock(&fan->lock);
	fan->mode = QC71_FAN_AUTO;
	if (qc71_fan_release_boost(fan))
		dev_warn(qc->dev, "the fans may not be automatic again\n");
	mutex_unlock(&fan->lock);

	cancel_delayed_work_sync(&fan->renew);
}

static void qc71_fan_exit(void *data)
{
	qc71_fan_shutdown(data);
}

int qc71_fan_init(struct qc71 *qc)
{
	struct qc71_fan *fan;

	if (!qc71_has(qc, QC71_PWM))
		return 0;

	fan = devm_kzalloc(qc->dev, sizeof(*fan), GFP_KERNEL);
	if (!fan)
		return -ENOMEM;

	fan->qc = qc;
	mutex_init(&fan->lock);
	fan->mode = QC71_FAN_AUTO;
	INIT_DELAYED_WORK(&fan->renew, qc71_fan_renew);
	qc->fan = fan;
	return devm_add_action_or_reset(qc->dev, qc71_fan_exit, qc);
}
