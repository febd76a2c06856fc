// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which registers the driver writes, and which of their bits: a wrong one can harm the battery.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::{
    facts,
    laptop::{
        Change::{self, Apply, Update},
        EPERM, Laptop,
    },
};

/// All 65536 addresses, bit by bit: those that can be written are shown, and the facts know all of them.
fn check(wanted: Expect) {
    let mut laptop = Laptop::new();
    let mut text = String::new();
    for address in 0..=u16::MAX {
        let mask = writable(&mut laptop, Update, address);
        assert_eq!(mask, writable(&mut laptop, Apply, address), "{address:#06x} in both ways");
        let known = facts::WRITABLE.iter().find(|(addresses, _)| addresses.contains(&address));
        let known = known.map_or(0, |&(_, bits)| bits);
        assert_eq!(mask & !known, 0, "{address:#06x}: bits {mask:#010b}, but known to be writable are {known:#010b}");
        if mask != 0 {
            writeln!(text, "{address:04x} {mask:08b}").expect("a string takes all");
        }
    }
    wanted.assert_eq(&text);
}

/// The bits that can be set. For others the controller is not even asked.
fn writable(laptop: &mut Laptop, change: Change, address: u16) -> u8 {
    let place = usize::from(address);
    let mut mask = 0;
    for bit in (0..8).map(|bit| 1 << bit) {
        laptop.memory[place] = 0;
        match laptop.change(change, address, bit, 0xff) {
            0 => {
                assert_eq!((laptop.memory[place], laptop.traffic().1), (bit, 1), "{address:#06x}");
                mask |= bit;
            }
            err => assert_eq!((err, laptop.memory[place], laptop.traffic()), (EPERM, 0, (0, 0)), "{address:#06x}"),
        }
    }
    mask
}

#[test]
fn registers_and_bits() {
    check(expect![[r#"
        0727 01000000
        0741 00000001
        0748 10001100
        0749 11111111
        074a 11111111
        074b 11111111
        074e 00010000
        0751 11110000
        0767 00001111
        0782 01000000
        0783 11111111
        0784 11111111
        0785 11111111
        078c 11110010
        07a3 01100000
        07a4 00001000
        07b9 01111111
        07e2 10001100
        07e3 11111111
        07e4 11111111
        07e5 11111111
        1803 11111111
        1804 11111111
        1805 11111111
        1808 11111111
        1809 11111111
    "#]]);
}

/// One bit that is not allowed refuses all that are asked for with it.
#[test]
fn masks() {
    let mut laptop = Laptop::new();
    for address in facts::WRITABLE.into_iter().flat_map(|(addresses, _)| addresses) {
        let allowed = writable(&mut laptop, Update, address);
        for mask in 0..=u8::MAX {
            // A register that is not the driver's is refused even where nothing is to change.
            let wanted = if allowed != 0 && mask & !allowed == 0 { 0 } else { EPERM };
            for change in [Update, Apply] {
                assert_eq!(laptop.change(change, address, mask, 0), wanted, "{address:#06x} {mask:#04x}");
            }
        }
        laptop.traffic();
    }
}
