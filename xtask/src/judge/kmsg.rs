// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records of /dev/kmsg: `prio,seq,usec,flags[,caller=T1];text` (Documentation/ABI/testing/dev-kmsg).

use super::text::clean;

/// One message of the kernel's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 0 (emergency) to 7 (debug); none when the line is no record.
    pub level: Option<u8>,
    /// Of facility 0. Userspace that writes to /dev/kmsg can have any other, and not this one.
    pub of_kernel: bool,
    /// Microseconds of the kernel's clock.
    pub usec: Option<u64>,
    /// The message. Line ends in it show as `\u{fffd}`.
    pub text: String,
}

/// Reads a record; what is none is taken as a message as it stands, since dropping it could hide a line that counts.
pub(crate) fn record(line: &[u8]) -> Record {
    let parsed = line.iter().position(|byte| *byte == b';').and_then(|at| {
        let header = std::str::from_utf8(&line[..at]).ok()?;
        let mut fields = header.split(',');
        let priority: u32 = fields.next()?.parse().ok()?;
        let _sequence: u64 = fields.next()?.parse().ok()?;
        let usec = fields.next()?.parse().ok()?;
        Some((priority, usec, &line[at + 1..]))
    });
    match parsed {
        Some((priority, usec, text)) => Record {
            level: u8::try_from(priority & 7).ok(),
            of_kernel: priority >> 3 == 0,
            usec: Some(usec),
            text: clean(&unescape(text)).into_owned(),
        },
        None => Record { level: None, of_kernel: true, usec: None, text: clean(line).into_owned() },
    }
}

/// Undoes `append_char()` of kernel/printk/printk.c, which writes what is not printable ASCII as `\xNN`.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let escaped = after.strip_prefix(b"x").and_then(|hex| hex.first_chunk::<2>()).and_then(hex);
        match escaped.filter(|_| *byte == b'\\') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    bytes
}

fn hex(digits: &[u8; 2]) -> Option<u8> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(nibble(digits[0])? << 4 | nibble(digits[1])?)
}
