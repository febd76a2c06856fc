// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits of power, in watt.

use expect_test::{Expect, expect};

use crate::{codec, facts};

const SIMPLE: i32 = 0;
const DOUBLED: i32 = 1;

/// All limits that may be asked for, as the register holds them; a few are shown.
fn check(doubled: i32, wanted: Expect) {
    let watts = || facts::WATTS.map(|watt| u8::try_from(watt).expect("a byte"));
    for watt in watts() {
        let register = codec::encode_pl4(watt, doubled);
        let back = codec::decode_pl4(register, doubled);
        let unit = 1 + u32::try_from(doubled).expect("not negative");
        assert_eq!(back % unit, 0);
        // Not below what was asked: it would be below PL2, where that is the same.
        assert!((u32::from(watt)..u32::from(watt) + unit).contains(&back), "{watt} W come back as {back} W");
    }
    let shown = watts().filter(|watt| [5, 6, 35, 40, 79, 80].contains(watt));
    let text = shown.map(|watt| format!("{watt} W: {}\n", codec::encode_pl4(watt, doubled))).collect::<String>();
    wanted.assert_eq(&text);
}

#[test]
fn pl4() {
    check(
        SIMPLE,
        expect![[r#"
        5 W: 5
        6 W: 6
        35 W: 35
        40 W: 40
        79 W: 79
        80 W: 80
    "#]],
    );
    check(
        DOUBLED,
        expect![[r#"
        5 W: 3
        6 W: 3
        35 W: 18
        40 W: 20
        79 W: 40
        80 W: 40
    "#]],
    );
    for register in 0..=u8::MAX {
        assert_eq!(codec::decode_pl4(register, SIMPLE), u32::from(register));
        assert_eq!(codec::decode_pl4(register, DOUBLED), u32::from(register) * 2);
        // Nothing overflows where the firmware's own limits are beyond ours.
        assert_eq!(codec::encode_pl4(register, SIMPLE), register);
        assert_eq!(codec::encode_pl4(register, DOUBLED), register.div_ceil(2));
    }
}

/// All limits on a machine that came with these: how many of them may be set.
#[track_caller]
fn check_valid(factory: [i32; 3], wanted: usize) {
    let all = || (-2..=90).chain([i32::MIN, 256 + 40, i32::MAX]);
    let mut valid = 0;
    for pl1 in all() {
        for pl2 in all() {
            for pl4 in all() {
                let watt = [pl1, pl2, pl4];
                let is_ours = |(watt, own): (&i32, &i32)| {
                    facts::WATTS.contains(watt) || (*watt > *facts::WATTS.end() && watt <= own)
                };
                let wanted = watt.is_sorted() && watt.iter().zip(&factory).all(is_ours);
                assert_eq!(codec::tdp_is_valid(watt, factory), wanted, "{watt:?} where {factory:?} came with it");
                valid += usize::from(wanted);
            }
        }
    }
    assert_eq!(valid, wanted);
}

#[test]
fn limits_are_possible_and_in_order() {
    // The ways to choose three of 76 numbers that may be the same.
    check_valid([35, 35, 40], 78 * 77 * 76 / 6);
    check_valid([0, 0, 0], 78 * 77 * 76 / 6);
    // What a machine came with can be set again, beyond our own most: five more of PL4, over each pair that is in order.
    check_valid([35, 35, 85], 78 * 77 * 76 / 6 + 5 * (77 * 76 / 2));
}
