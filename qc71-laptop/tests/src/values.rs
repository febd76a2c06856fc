// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each of the 256 values of a register means.

use std::fmt::{Debug, Write as _};

use expect_test::{Expect, expect};

use crate::{codec, facts};

/// All values go in; runs of them with the same meaning come out, and the facts agree about each.
fn check<T: Debug + PartialEq>(meaning: impl Fn(u8) -> T, facts: impl Fn(u8) -> T, wanted: Expect) {
    let mut runs: Vec<(u8, u8, T)> = Vec::new();
    for register in 0..=u8::MAX {
        let means = meaning(register);
        assert_eq!(means, facts(register), "{register:#04x} according to the driver, and to the facts");
        match runs.last_mut() {
            Some((_, last, same)) if *same == means => *last = register,
            _ => runs.push((register, register, means)),
        }
    }
    let mut text = String::new();
    for (first, last, means) in runs {
        let range = if first == last { format!("{first:02x}") } else { format!("{first:02x}..{last:02x}") };
        writeln!(text, "{range} {means:?}").expect("a string takes all");
    }
    wanted.assert_eq(&text);
}

fn profile(mode: u8) -> facts::Profile {
    let number = codec::decode_perf(mode);
    let all = [facts::Saver, facts::Balanced, facts::Fast];
    all.into_iter().find(|&profile| profile as u32 == number).expect("there are three numbers")
}

#[test]
fn profiles_of_the_mode_register() {
    check(
        profile,
        facts::profile,
        expect![[r#"
        00..0f Balanced
        10..1f Fast
        20..2f Balanced
        30..3f Fast
        40..4f Balanced
        50..5f Fast
        60..6f Balanced
        70..7f Fast
        80..ff Saver
    "#]],
    );
    for (mode, means) in facts::MODES {
        assert_eq!(profile(mode), means, "{mode:#04x}");
    }
}

/// Whatever else the register holds, a profile that is set is the one that is read.
#[test]
fn profiles_are_set_in_two_bits() {
    for wanted in [facts::Saver, facts::Balanced, facts::Fast] {
        let bits = codec::encode_perf(wanted as u32);
        assert_eq!(bits & 0x6f, 0, "{wanted:?} takes bits that it has no business with");
        for before in 0..=u8::MAX {
            let after = before & 0x6f | bits;
            assert_eq!(profile(after), wanted, "{wanted:?} in {before:#04x}");
        }
        // With the bit that other drivers set along with each.
        assert!(facts::MODES.contains(&(bits | 0x20, wanted)), "{wanted:?} is {bits:#04x}");
    }
    // No such number: the middle way.
    for number in [0, 4, u32::MAX] {
        assert_eq!(codec::encode_perf(number), 0, "{number}");
    }
}

#[test]
fn levels_of_a_white_keyboard() {
    // The value with the light on, and with the bit set that turns it off.
    let both = |level: fn(u8, u8) -> u8, most| move |register| (level(register & !2, most), level(register | 2, most));
    check(
        both(codec::decode_kbd, 2),
        both(facts::keyboard_level, 2),
        expect![[r#"
        00..1f (0, 0)
        20..3f (1, 0)
        40..ff (2, 0)
    "#]],
    );
    check(
        both(codec::decode_kbd, 4),
        both(facts::keyboard_level, 4),
        expect![[r#"
        00..1f (0, 0)
        20..3f (1, 0)
        40..5f (2, 0)
        60..7f (3, 0)
        80..ff (4, 0)
    "#]],
    );
    for most in [2, 4] {
        for level in 0..=most {
            let register = codec::encode_kbd(level);
            assert_eq!(register % 32, 0x10, "level {level}: it is applied, it is not dark, and no other bit is set");
            assert_eq!(codec::decode_kbd(register, most), level);
            // The bit that applies it has fallen back.
            assert_eq!(codec::decode_kbd(register & 0xef, most), level);
        }
    }
}

#[test]
fn limits_of_the_charge() {
    // Most values are the percentage itself; other meanings are shown.
    let other =
        |limit: fn(u8) -> u8| move |register| Some(limit(register)).filter(|&percent| percent != register % 128);
    check(
        other(codec::decode_limit),
        other(facts::charge_limit),
        expect![[r#"
        00 Some(100)
        01..64 None
        65..80 Some(100)
        81..e4 None
        e5..ff Some(100)
    "#]],
    );
    for percent in 1..=100 {
        assert_eq!(codec::decode_limit(percent), percent);
        assert_eq!(codec::decode_limit(percent | 0x80), percent, "where the limit is reached");
    }
}

#[test]
fn projects_with_white_keyboards() {
    check(
        |project| codec::project_is_white(project) == 1,
        |project| facts::WHITE.contains(&project),
        expect![[r#"
        00..08 false
        09 true
        0a..0d false
        0e true
        0f..11 false
        12..18 true
        19..ff false
    "#]],
    );
    assert!((0..=u8::MAX).all(|project| [0, 1].contains(&codec::project_is_white(project))));
}

#[test]
fn turns_per_minute() {
    for turns in 0..=u16::MAX {
        let [high, low] = turns.to_be_bytes();
        assert_eq!(codec::decode_rpm(high, low), u32::from(turns));
    }
}
