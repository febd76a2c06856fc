// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's pure functions, as Rust has them.

use crate::abi;

/// Request bytes, in a heap block that is no longer than they are, and that held other things before.
fn request(fill: impl FnOnce(*mut u8)) -> Box<[u8; 8]> {
    let mut bytes = Box::new([0xa5; 8]);
    fill(bytes.as_mut_ptr());
    bytes
}

pub(crate) fn encode_read(address: u16) -> Box<[u8; 8]> {
    // SAFETY: it writes eight bytes.
    request(|bytes| unsafe { abi::qc71_encode_read(bytes, address) })
}

pub(crate) fn encode_write(address: u16, value: u8) -> Box<[u8; 8]> {
    // SAFETY: it writes eight bytes.
    request(|bytes| unsafe { abi::qc71_encode_write(bytes, address, value) })
}

pub(crate) fn check_reply(reply: &[u8]) -> abi::qc71_reply {
    let length = u32::try_from(reply.len()).expect("a short one");
    // SAFETY: the bytes are there.
    unsafe { abi::qc71_check_reply(reply.as_ptr(), length) }
}

/// Whether these limits may be set on a machine that came with those.
pub(crate) fn tdp_is_valid(watt: [i32; 3], factory: [i32; 3]) -> bool {
    // SAFETY: both have the three numbers that are read.
    unsafe { abi::qc71_tdp_is_valid(watt.as_ptr(), factory.as_ptr()) != 0 }
}

/// A function of numbers: no value of them is wrong.
macro_rules! pure {
    ($($name:ident = $c:ident($($argument:ident: $type:ty),+) -> $result:ty;)+) => {
        $(pub(crate) fn $name($($argument: $type),+) -> $result {
            // SAFETY: it takes any number, and touches no memory.
            unsafe { abi::$c($($argument),+) }
        })+
    };
}

pure! {
    scale = qc71_scale(value: u32, from_max: u32, to_max: u32) -> u32;
    decode_rpm = qc71_decode_rpm(high: u8, low: u8) -> u32;
    encode_duty = qc71_encode_duty(pwm: u8) -> u8;
    decode_duty = qc71_decode_duty(duty: u8) -> u8;
    encode_perf = qc71_encode_perf(perf: abi::qc71_perf) -> u8;
    decode_perf = qc71_decode_perf(mode: u8) -> abi::qc71_perf;
    encode_kbd = qc71_encode_kbd(level: u8) -> u8;
    decode_kbd = qc71_decode_kbd(register: u8, most: u8) -> u8;
    encode_color = qc71_encode_color(intensity: u32, brightness: u32, brightness_max: u32, register_max: u32) -> u8;
    decode_limit = qc71_decode_limit(register: u8) -> u8;
    encode_pl4 = qc71_encode_pl4(watt: u8, doubled: i32) -> u8;
    decode_pl4 = qc71_decode_pl4(register: u8, doubled: i32) -> u32;
    project_is_white = qc71_project_is_white(project: u8) -> i32;
}
