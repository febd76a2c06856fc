// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the driver reads, changes and writes registers, and what it makes of a firmware that does not answer well.

use crate::{
    abi,
    laptop::{
        Change::{Apply, Update},
        EIO, ENODATA, EPROTO, Laptop, pass,
    },
};

const MODE: u16 = 0x0751;
/// Its bits that can be written.
const MODE_BITS: u8 = 0xf0;
const RED: u16 = 0x1803;

#[test]
fn bytes_and_pairs_are_read() {
    let mut laptop = Laptop::new();
    for address in 0..=u16::MAX {
        laptop.memory[usize::from(address)] = (address % 251) as u8;
    }
    for address in 0..u16::MAX {
        let bytes = [(address % 251) as u8, ((address + 1) % 251) as u8];
        assert_eq!(laptop.read(address, 0xa5), (0, bytes[0]));
        // One call, so that both are of one moment.
        assert_eq!(laptop.read_pair(address, [0xa5; 2]), (0, bytes));
        assert_eq!(laptop.traffic(), (2, 0));
    }
}

/// Every value, mask and bits of a register that also has bits of others.
#[test]
fn other_bits_stay() {
    let mut laptop = Laptop::new();
    let masks = (0..=u8::MAX).filter(|mask| mask & !MODE_BITS == 0);
    for (mask, before) in masks.flat_map(|mask| (0..=u8::MAX).map(move |before| (mask, before))) {
        for bits in 0..=u8::MAX {
            for change in [Update, Apply] {
                laptop.memory[usize::from(MODE)] = before;
                assert_eq!(laptop.change(change, MODE, mask, bits), 0);
                let after =
                    (0..8).map(|bit| 1 << bit).map(|bit| if mask & bit == 0 { before & bit } else { bits & bit });
                let after = after.sum::<u8>();
                assert_eq!(laptop.memory[usize::from(MODE)], after, "{change:?} {before:#04x} {mask:#04x} {bits:#04x}");
                let writes = u32::from(matches!(change, Apply) || after != before);
                assert_eq!(laptop.traffic(), (1, writes), "{change:?} {before:#04x} {mask:#04x} {bits:#04x}");
                assert_eq!((laptop.noted_address, laptop.noted_mask, laptop.noted_value), (MODE, mask, after));
            }
        }
    }
}

/// A register that is written as a whole is only read to see whether it has to be.
#[test]
fn whole_registers() {
    let mut laptop = Laptop::new();
    for (before, after) in (0..=u8::MAX).flat_map(|before| (0..=u8::MAX).map(move |after| (before, after))) {
        for (change, traffic) in [(Update, (1, u32::from(before != after))), (Apply, (0, 1))] {
            laptop.memory[usize::from(RED)] = before;
            assert_eq!(laptop.change(change, RED, 0xff, after), 0);
            assert_eq!(laptop.memory[usize::from(RED)], after);
            assert_eq!(laptop.traffic(), traffic);
        }
    }
}

/// Between two calls the controller has its 6 ms, and who comes later than that does not wait at all.
#[test]
fn pauses() {
    let mut laptop = Laptop::new();
    let start = pass(0);
    laptop.read(MODE, 0);
    assert_eq!(pass(0), start, "nobody was there before");
    for late in (0..7000).chain([1_000_000, u32::MAX]) {
        let before = pass(0);
        let due = pass(late).max(before + 6000);
        laptop.read(MODE, 0);
        assert_eq!(pass(0), due, "{late} us after the call before");
    }
    assert_eq!(laptop.traffic(), (7003, 0));
}

/// What a fault makes of reading, of changing where the first call meets it, and where the second does.
fn check(fault: abi::qc71_tests_fault, length: u32, err: i32) {
    let broken = |spared| {
        let mut laptop = Laptop::new();
        laptop.memory[usize::from(MODE)] = 0x20;
        (laptop.fault, laptop.length, laptop.spared) = (fault, length, spared);
        laptop
    };
    // A value that could not be read is not touched.
    assert_eq!(broken(0).read(MODE, 0xa5), (err, 0xa5));
    assert_eq!(broken(0).read_pair(MODE, [0xa5, 0x5a]), (err, [0xa5, 0x5a]));
    for change in [Update, Apply] {
        let mut laptop = broken(0);
        assert_eq!(laptop.change(change, MODE, 0x80, 0x80), err);
        assert_eq!((laptop.traffic(), laptop.notes), ((1, 0), 0), "nothing is written on a guess");
        let mut laptop = broken(1);
        assert_eq!(laptop.change(change, MODE, 0x80, 0x80), err);
        assert_eq!((laptop.traffic(), laptop.notes), ((1, 1), 0), "what failed was not chosen");
        // Nothing is held after an error, and nothing is left of it.
        laptop.fault = abi::QC71_TESTS_NO_FAULT;
        assert_eq!(laptop.change(change, MODE, 0x80, 0x80), 0);
        assert_eq!((laptop.memory[usize::from(MODE)], laptop.notes), (0xa0, 1));
    }
}

#[test]
fn faults_of_the_firmware() {
    check(abi::QC71_TESTS_FILLER, 0, EIO);
    check(abi::QC71_TESTS_EXCEPTION, 0, EIO);
    check(abi::QC71_TESTS_NOTHING, 0, ENODATA);
    check(abi::QC71_TESTS_INTEGER, 0, EPROTO);
    check(abi::QC71_TESTS_STRING, 0, EPROTO);
    check(abi::QC71_TESTS_PACKAGE, 0, EPROTO);
    for length in 0..4 {
        check(abi::QC71_TESTS_SHORT, length, EPROTO);
    }
}
