// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of the machines, and of how Linux wants to be told it. Nothing in here was taken from the driver.
//!
//! The meaning of registers was seen in other drivers of these machines (uniwill-laptop of Linux 6.19, tuxedo-drivers,
//! pobrn/qc71_laptop), the commonest meaning where they differ.

use std::ops::RangeInclusive;

/// What a machine can weigh more, by the numbers that the vendor's programs have for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Profile {
    Saver = 1,
    Balanced = 2,
    Fast = 3,
}
pub(crate) use Profile::{Balanced, Fast, Saver};

/// Whole values of the mode register, 0x0751, that other drivers write.
pub(crate) const MODES: [(u8, Profile); 5] =
    [(0xa0, Saver), (0x20, Balanced), (0x00, Balanced), (0x30, Fast), (0x10, Fast)];

/// Bit 7 is silent and bit 4 is turbo; of both, the quieter one is told. The fans' boost, bit 6, is no profile.
pub(crate) fn profile(mode: u8) -> Profile {
    match (mode / 128 % 2, mode / 16 % 2) {
        (1, _) => Saver,
        (_, 1) => Fast,
        _ => Balanced,
    }
}

/// Levels are bits 5 to 7 of 0x078c, and bit 1 darkens all. More than the most is the most.
pub(crate) fn keyboard_level(register: u8, most: u8) -> u8 {
    let dark = [2, 3].contains(&(register % 4));
    if dark { 0 } else { most.min(register / 32) }
}

/// Bits 0 to 6 of 0x07b9; 0 was never set, and nothing is above 100 %.
pub(crate) fn charge_limit(register: u8) -> u8 {
    match register % 128 {
        percent @ 1..=99 => percent,
        _ => 100,
    }
}

/// Projects (0x0740) whose keyboards have light of one colour only.
pub(crate) const WHITE: [u8; 9] = [0x09, 0x0e, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18];

/// Watts that programs of the vendor ask for, and machines are known to take.
pub(crate) const WATTS: RangeInclusive<i32> = 5..=80;

/// Registers and their bits that other drivers write, and that mean the same on all machines.
pub(crate) const WRITABLE: [(RangeInclusive<u16>, u8); 26] = [
    (0x0726..=0x0726, 0x08), // boots when mains come
    (0x0727..=0x0727, 0x40), // limits of power are custom
    (0x0741..=0x0741, 0x09), // manual control, effect of the keyboard
    (0x0748..=0x0748, 0x8e), // lightbar on mains: rainbow, off in S3, off in S0, power save
    (0x0749..=0x074b, 0xff), // its colours
    (0x074e..=0x074e, 0x10), // Fn lock
    (0x0751..=0x0751, 0xf0), // silent, boost, high, turbo
    (0x0767..=0x0767, 0xff), // triggers
    (0x0769..=0x076b, 0xff), // colours of the keyboard
    (0x0782..=0x0782, 0x40), // who owns the keyboard's light
    (0x0783..=0x0785, 0xff), // PL1, PL2, PL4
    (0x078c..=0x078c, 0xf2), // level of the keyboard's light, apply, off
    (0x07a3..=0x07a3, 0x60), // fan always on, reduced duty
    (0x07a4..=0x07a4, 0x08), // Fn+Esc may change the Fn lock
    (0x07a5..=0x07a5, 0x97), // power LED, quiet fan, overboost, high power
    (0x07a6..=0x07a6, 0x70), // charging profile, touchpad's switch
    (0x07b9..=0x07b9, 0x7f), // charge limit; bit 7 is the controller's
    (0x07c5..=0x07c5, 0x80), // tables of the fans: one for each
    (0x07c6..=0x07c6, 0x04), // and whether they are used
    (0x07cc..=0x07cc, 0x80), // what USB-C is for
    (0x07e2..=0x07e2, 0x8e), // lightbar on battery
    (0x07e3..=0x07e5, 0xff), // its colours
    (0x0f00..=0x0f5f, 0xff), // tables of the fans
    (0x1802..=0x1805, 0xff), // immediate white, red, duty of fan 1, green
    (0x1808..=0x1808, 0xff), // immediate blue
    (0x1809..=0x1809, 0xff), // duty of fan 2
];
