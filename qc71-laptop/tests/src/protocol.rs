// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is sent to the firmware's method, byte by byte, and what its answers are worth.

use std::ptr;

use expect_test::{Expect, expect};

use crate::{abi, codec};

fn check(request: &[u8; 8], wanted: Expect) {
    wanted.assert_eq(&request.map(|byte| format!("{byte:02x}")).join(" "));
}

#[test]
fn requests() {
    check(&codec::encode_read(0x0464), expect!["64 04 00 00 00 01 00 00"]);
    check(&codec::encode_write(0x1809, 0xc8), expect!["09 18 c8 00 00 00 00 00"]);
    for address in 0..=u16::MAX {
        let [low, high] = address.to_le_bytes();
        assert_eq!(*codec::encode_read(address), [low, high, 0, 0, 0, 1, 0, 0]);
        for value in [0, 1, 0x7f, 0x80, 0xfe, 0xff] {
            assert_eq!(*codec::encode_write(address, value), [low, high, value, 0, 0, 0, 0, 0]);
        }
    }
    for value in 0..=u8::MAX {
        assert_eq!(codec::encode_write(0x0751, value)[2], value);
    }
}

/// Four times FE says that the controller is silent; what comes after them says nothing, and less than four are no answer.
#[test]
fn replies() {
    const BYTES: [u8; 6] = [0x00, 0x01, 0x7e, 0xfd, 0xfe, 0xff];
    for length in (0..=9).chain([40, 64]) {
        for (choice, rest) in (0..BYTES.len().pow(4)).flat_map(|choice| [(choice, 0xfe), (choice, 0x00)]) {
            let first = |i: usize| BYTES[choice / BYTES.len().pow(i as u32) % BYTES.len()];
            let reply = (0..length).map(|i| if i < 4 { first(i) } else { rest }).collect::<Box<[u8]>>();
            let wanted = match &*reply {
                [0xfe, 0xfe, 0xfe, 0xfe, ..] => abi::QC71_REPLY_DEAD,
                [_, _, _, _, ..] => abi::QC71_REPLY_OK,
                _ => abi::QC71_REPLY_SHORT,
            };
            assert_eq!(codec::check_reply(&reply), wanted, "{reply:02x?}");
        }
    }
}

#[test]
fn replies_that_are_no_memory() {
    let four = Box::new([0xfe; 4]);
    // SAFETY: of nothing it must read nothing, and of more than four bytes it reads four.
    let (nothing, endless) =
        unsafe { (abi::qc71_check_reply(ptr::null(), 0), abi::qc71_check_reply(four.as_ptr(), u32::MAX)) };
    assert_eq!((nothing, endless), (abi::QC71_REPLY_SHORT, abi::QC71_REPLY_DEAD));
}
