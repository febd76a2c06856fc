// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of a guest as text that is safe to show: a driver may log anything, and so may a program.

use std::borrow::Cow;

/// One line, without its line end, as a person may see it: invalid UTF-8 and control characters become `\u{fffd}`,
/// the terminal's escape sequences vanish.
///
/// Only complete escape sequences are dropped, and none reaches past its line: what follows a broken one could be a
/// fault report, and hiding that is worse than showing a stray bracket.
pub(crate) fn clean(line: &[u8]) -> Cow<'_, str> {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    let text = String::from_utf8_lossy(&line[..end]);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\x1b' => rest = after_escape(rest),
            '\t' => shown.push(c),
            c if c.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// What follows an escape sequence whose ESC is already gone (ECMA-48, sections 5.3 and 5.4).
fn after_escape(rest: &str) -> &str {
    let complete = match rest.bytes().next() {
        Some(b'[') => rest.bytes().skip(1).position(|byte| !matches!(byte, b' '..=b'?')).and_then(|at| {
            let end = at + 1;
            matches!(rest.as_bytes()[end], b'@'..=b'~').then_some(end + 1)
        }),
        Some(b'0'..=b'~') => Some(1),
        _ => None,
    };
    &rest[complete.unwrap_or(0)..]
}

/// The last `most` of these lines; the end of an output tells more than its beginning.
pub(crate) fn tail<T: Clone>(lines: &[T], most: usize) -> Vec<T> {
    lines[lines.len().saturating_sub(most)..].to_vec()
}
