// SPDX-License-Identifier: MIT OR Apache-2.0
//! Colours of the lightbar and of the keyboard, at all brightnesses.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::{codec, scales::assert_nearest};

/// All intensities and brightnesses, a little beyond their ends too; a few are shown.
fn check(most: u32, register_most: u32, wanted: Expect) {
    let color = |intensity, brightness| codec::encode_color(intensity, brightness, most, register_most);
    for brightness in 0..=most + 2 {
        let mut before = 0;
        for intensity in 0..=most + 2 {
            let got = color(intensity, brightness);
            let share = u64::from(intensity.min(most)) * u64::from(brightness.min(most));
            assert_nearest(got.into(), share * u64::from(register_most), u64::from(most).pow(2));
            assert!(got >= before, "more of a colour is not less: {intensity} at {brightness}");
            assert_eq!(got, color(brightness, intensity), "half of a colour is as a colour at half");
            before = got;
        }
    }
    let full = (0..=most).map(|intensity| color(intensity, most)).collect::<Vec<_>>();
    assert!((0..=most).all(|value| full[value as usize] == codec::scale(value, most, register_most) as u8));
    let mut text = String::new();
    for (intensity, brightness) in
        [(0, most), (1, most), (most, 1), (most / 2, most), (most / 2, most / 2), (most, most), (u32::MAX, most)]
    {
        writeln!(text, "{intensity} at {brightness}: {}", color(intensity, brightness)).expect("a string takes all");
    }
    assert_eq!(u32::from(color(u32::MAX, u32::MAX)), register_most);
    wanted.assert_eq(&text);
}

/// Linux counts their colours as the controller does: at full brightness each is what it is.
#[test]
fn lightbars() {
    check(
        36,
        36,
        expect![[r#"
        0 at 36: 0
        1 at 36: 1
        36 at 1: 1
        18 at 36: 18
        18 at 18: 9
        36 at 36: 36
        4294967295 at 36: 36
    "#]],
    );
    check(
        200,
        200,
        expect![[r#"
        0 at 200: 0
        1 at 200: 1
        200 at 1: 1
        100 at 200: 100
        100 at 100: 50
        200 at 200: 200
        4294967295 at 200: 200
    "#]],
    );
    for most in [36, 200] {
        for intensity in 0..=most {
            assert_eq!(u32::from(codec::encode_color(intensity, most, most, most)), intensity);
            assert_eq!(codec::encode_color(intensity, 0, most, most), 0);
        }
    }
}

#[test]
fn keyboards() {
    check(
        255,
        50,
        expect![[r#"
        0 at 255: 0
        1 at 255: 0
        255 at 1: 0
        127 at 255: 25
        127 at 127: 12
        255 at 255: 50
        4294967295 at 255: 50
    "#]],
    );
}

/// What the keyboard shows when the driver comes is what it shows after Linux was told it, whatever its most is.
#[test]
fn a_color_survives_being_read() {
    for most in 1..=255 {
        for value in 0..=most {
            let intensity = codec::scale(value, most, 255);
            assert_eq!(u32::from(codec::encode_color(intensity, 255, 255, most)), value, "{value} of {most}");
        }
    }
}
