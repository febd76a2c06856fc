// SPDX-License-Identifier: MIT OR Apache-2.0
//! From one scale to another and back.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::codec;

/// The nearest of 0..=`most` to a fraction, of whose two neighbours either will do half-way.
#[track_caller]
pub(crate) fn assert_nearest(got: u64, numerator: u64, denominator: u64) {
    let off = (got * denominator).abs_diff(numerator) * 2;
    assert!(off <= denominator, "{got} is not the nearest to {numerator} / {denominator}");
}

/// Each value of a scale becomes the nearest of the other; a few of them are shown.
fn check(from: u32, to: u32, wanted: Expect) {
    let mut before = 0;
    for value in 0..=from {
        let got = codec::scale(value, from, to);
        assert_nearest(got.into(), u64::from(value) * u64::from(to), from.into());
        assert!(got >= before, "{value} of {from} is less than what is below it");
        before = got;
        // On a finer scale nothing is lost.
        if to >= from {
            assert_eq!(codec::scale(got, to, from), value, "{value} of {from} is {got} of {to}, and back");
        }
    }
    let mut text = String::new();
    for value in [0, 1, 2, from / 4, from / 2, from - 1, from, from + 1, u32::MAX] {
        writeln!(text, "{value} -> {}", codec::scale(value, from, to)).expect("a string takes all");
    }
    wanted.assert_eq(&text);
}

#[test]
fn duty_and_pwm() {
    check(
        200,
        255,
        expect![[r#"
        0 -> 0
        1 -> 1
        2 -> 3
        50 -> 64
        100 -> 128
        199 -> 254
        200 -> 255
        201 -> 255
        4294967295 -> 255
    "#]],
    );
    check(
        255,
        200,
        expect![[r#"
        0 -> 0
        1 -> 1
        2 -> 2
        63 -> 49
        127 -> 100
        254 -> 199
        255 -> 200
        256 -> 200
        4294967295 -> 200
    "#]],
    );
}

#[test]
fn lightbars() {
    check(
        36,
        255,
        expect![[r#"
        0 -> 0
        1 -> 7
        2 -> 14
        9 -> 64
        18 -> 128
        35 -> 248
        36 -> 255
        37 -> 255
        4294967295 -> 255
    "#]],
    );
    check(
        255,
        36,
        expect![[r#"
        0 -> 0
        1 -> 0
        2 -> 0
        63 -> 9
        127 -> 18
        254 -> 36
        255 -> 36
        256 -> 36
        4294967295 -> 36
    "#]],
    );
    check(
        36,
        200,
        expect![[r#"
        0 -> 0
        1 -> 6
        2 -> 11
        9 -> 50
        18 -> 100
        35 -> 194
        36 -> 200
        37 -> 200
        4294967295 -> 200
    "#]],
    );
    check(
        200,
        36,
        expect![[r#"
        0 -> 0
        1 -> 0
        2 -> 0
        50 -> 9
        100 -> 18
        199 -> 36
        200 -> 36
        201 -> 36
        4294967295 -> 36
    "#]],
    );
}

#[test]
fn keyboards() {
    check(
        50,
        255,
        expect![[r#"
        0 -> 0
        1 -> 5
        2 -> 10
        12 -> 61
        25 -> 128
        49 -> 250
        50 -> 255
        51 -> 255
        4294967295 -> 255
    "#]],
    );
    check(
        255,
        50,
        expect![[r#"
        0 -> 0
        1 -> 0
        2 -> 0
        63 -> 12
        127 -> 25
        254 -> 50
        255 -> 50
        256 -> 50
        4294967295 -> 50
    "#]],
    );
}

/// The controller may say any number for the most that it takes.
#[test]
fn all_scales_of_a_byte() {
    for from in 1..=255 {
        for to in 1..=255 {
            let values: Vec<u32> = (0..=from).map(|value| codec::scale(value, from, to)).collect();
            assert!(values.is_sorted() && values[0] == 0 && values.last() == Some(&to), "from {from} to {to}");
            for (value, &got) in (0_u64..).zip(&values) {
                assert_nearest(got.into(), value * u64::from(to), from.into());
            }
        }
    }
}

/// The widest scales that the numbers hold, and those that have no width.
#[test]
fn scales_at_their_limits() {
    for value in 0..=0xffff {
        assert_eq!(codec::scale(value, 0xffff, 0xffff), value);
    }
    for value in [0, 1, u32::MAX] {
        assert_eq!(codec::scale(value, 0, 7), 7, "the end, as there is nothing before it");
        assert_eq!(codec::scale(value, 7, 0), 0);
    }
}

/// What hwmon writes is what it reads, to one of its 255 steps, as the controller's are coarser.
#[test]
fn pwm_of_fans() {
    for pwm in 0..=u8::MAX {
        let duty = codec::encode_duty(pwm);
        if pwm > 0 {
            assert_nearest(duty.into(), u64::from(pwm) * 200, 255);
        }
        let back = codec::decode_duty(duty);
        assert!(back.abs_diff(pwm) <= 1, "pwm {pwm} is duty {duty}, which is pwm {back}");
        assert_eq!(codec::encode_duty(back), duty, "what was read can be written, and changes nothing");
    }
    assert!((0..=u8::MAX).map(codec::encode_duty).is_sorted());
    assert_eq!((codec::encode_duty(u8::MAX), codec::decode_duty(200)), (200, 255));
}

#[test]
fn duties_of_fans() {
    for duty in 1..=200 {
        let pwm = codec::decode_duty(duty);
        assert_nearest(pwm.into(), u64::from(duty) * 255, 200);
        assert_eq!(codec::encode_duty(pwm), duty, "duty {duty} is pwm {pwm}, and back");
    }
    for duty in 200..=u8::MAX {
        assert_eq!(codec::decode_duty(duty), 255, "duty {duty}: no fan is faster than with 200");
    }
    assert!((0..=u8::MAX).map(codec::decode_duty).is_sorted());
}

/// After a duty of 0 the controller drives the fan at 30 % for three minutes, so a fan that shall stand gets 1.
#[test]
fn a_duty_of_0_is_never_written() {
    assert!((0..=u8::MAX).all(|pwm| codec::encode_duty(pwm) != 0));
    assert_eq!(codec::encode_duty(0), 1);
    assert_eq!(codec::decode_duty(0), 0);
}
