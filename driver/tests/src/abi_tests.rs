// SPDX-License-Identifier: MIT OR Apache-2.0
//! What programs were compiled with must stay as it is.

use std::mem::offset_of;

use expect_test::{Expect, expect};

use crate::abi;

/// A field: its name, its offset, its size.
macro_rules! fields {
    ($type:ident: $($field:ident),+) => {
        [$((stringify!($field), offset_of!(abi::$type, $field), size_of_val(&abi::$type::default().$field))),+]
    };
}

/// Has the structure this layout, and the same one for every program?
///
/// It has if each field starts where the one before ends, at a multiple of its own size, and the whole is a multiple
/// of the largest field: then no compiler has a reason to leave a hole, whatever it aligns 64-bit numbers to.
fn check(name: &str, size: usize, fields: &[(&str, usize, usize)], wanted: Expect) {
    let mut end = 0;
    for &(field, offset, size) in fields {
        assert_eq!(offset, end, "there is a hole before {name}.{field}");
        assert_eq!(offset % size, 0, "{name}.{field} is not aligned for every program");
        end += size;
    }
    assert_eq!(size, end, "there is a hole at the end of {name}");
    let largest = fields.iter().map(|field| field.2).max().unwrap_or(1);
    assert_eq!(size % largest, 0, "an array of {name} differs between programs");
    wanted.assert_eq(&fields.iter().map(|(field, at, size)| format!("{at}: {field}, {size}\n")).collect::<String>());
}

#[test]
fn layouts() {
    check(
        "foobar_stats",
        size_of::<abi::foobar_stats>(),
        &fields!(foobar_stats: bytes_written, bytes_read, bytes_lost, capacity, used, high_water, mode, open_files, reserved),
        expect![[r#"
            0: bytes_written, 8
            8: bytes_read, 8
            16: bytes_lost, 8
            24: capacity, 4
            28: used, 4
            32: high_water, 4
            36: mode, 4
            40: open_files, 4
            44: reserved, 4
        "#]],
    );
    check(
        "foobar_mode",
        size_of::<abi::foobar_mode>(),
        &fields!(foobar_mode: flags, reserved),
        expect![[r#"
             0: flags, 4
             4: reserved, 4
        "#]],
    );
}

#[test]
fn ioctl_numbers() {
    /// Direction, size, magic and number, as `<asm-generic/ioctl.h>` lays them out.
    fn number(direction: u32, magic: u32, number: u32, size: usize) -> u32 {
        direction << 30 | (size as u32) << 16 | magic << 8 | number
    }
    const WRITE: u32 = 1;
    const READ: u32 = 2;
    for (name, value, literal, computed) in [
        (
            "FOOBAR_IOC_GET_STATS",
            abi::FOOBAR_TESTS_GET_STATS,
            0x8030_f001,
            number(READ, 0xf0, 1, size_of::<abi::foobar_stats>()),
        ),
        (
            "FOOBAR_IOC_SET_MODE",
            abi::FOOBAR_TESTS_SET_MODE,
            0x4008_f002,
            number(WRITE, 0xf0, 2, size_of::<abi::foobar_mode>()),
        ),
    ] {
        assert_eq!(value, literal, "{name} changed");
        assert_eq!(value, computed, "{name} is not what its parts say");
    }
}

#[test]
fn constants() {
    assert_eq!(abi::FOOBAR_PATH, c"/dev/foobar");
    assert_eq!(abi::FOOBAR_DROP_OLDEST, 1);
    assert_eq!(abi::FOOBAR_MODE_ALL, abi::FOOBAR_DROP_OLDEST);
}

/// `abi_check.c` asserts sizes and numbers; build.rs fails if they differ for 32-bit programs.
#[test]
#[expect(clippy::print_stdout, reason = "cargo test -- --nocapture shows what could be checked")]
fn abi_for_32_bit_programs() {
    let outcome = env!("FOOBAR_ABI_32");
    println!("the ABI of 32-bit programs, as a compiler for them sees it: {outcome}");
    assert!(["checked", "not checked"].contains(&outcome));
}
