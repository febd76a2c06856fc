// SPDX-License-Identifier: MIT OR Apache-2.0
//! The small pattern language of the table of signs, and the search of that table.

use super::signs::{NAMED_SIGNS, SIGNS, Sign, TRACES};

/// A task's name has at most 15 bytes (`TASK_COMM_LEN` in include/linux/sched.h), a fortified function's some more.
const LONGEST_NAME: usize = 31;

/// The bytes that a sign can begin with. Most lines of a console are told apart by this alone.
const FIRST: [bool; 256] = {
    let mut first = [false; 256];
    let mut table = 0;
    while table < SIGNS.len() {
        let mut row = 0;
        while row < SIGNS[table].len() {
            let texts = SIGNS[table][row].texts;
            let mut text = 0;
            while text < texts.len() {
                first[texts[text].as_bytes()[0] as usize] = true;
                text += 1;
            }
            row += 1;
        }
        table += 1;
    }
    first
};

/// The sign at the start of this message.
pub(crate) fn sign_of(message: &str) -> Option<&'static Sign> {
    let text = message.as_bytes();
    let first = *text.first()?;
    if FIRST[usize::from(first)]
        && let Some(sign) = SIGNS.iter().find_map(|table| find(table, text))
    {
        return Some(sign);
    }
    let names = 1..text.len().min(LONGEST_NAME + 1);
    names.filter(|&end| matches!(text[end], b':' | b' ')).find_map(|end| find(NAMED_SIGNS, &text[end..]))
}

fn find(signs: &'static [Sign], text: &[u8]) -> Option<&'static Sign> {
    signs.iter().find(|sign| sign.texts.iter().any(|pattern| matches(pattern, text)))
}

/// What stands between two texts.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

/// Whether a message is part of what follows a report's title.
pub(crate) fn is_trace(message: &str) -> bool {
    TRACES.iter().any(|trace| matches(trace, message.as_bytes()))
}

/// Whether `text` begins as `pattern` says; `*` is any text, `%` is digits.
///
/// What stands after a `*` is taken where it first fits. That loses nothing, since a pattern has no end to be anchored
/// at, and keeps the time linear.
pub(crate) fn matches(pattern: &str, text: &[u8]) -> bool {
    let Some((mut pattern, mut text)) = literal(pattern.as_bytes(), text) else {
        return false;
    };
    while let [b'*', after @ ..] = pattern {
        let Some(rest) = (0..=text.len()).find_map(|at| literal(after, &text[at..])) else {
            return false;
        };
        (pattern, text) = rest;
    }
    true
}

/// What is left of both where the pattern has its next `*` or its end, if the text fits up to there.
fn literal<'p, 't>(mut pattern: &'p [u8], mut text: &'t [u8]) -> Option<(&'p [u8], &'t [u8])> {
    while let [expected, after @ ..] = pattern {
        text = match expected {
            b'*' => break,
            b'%' => {
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
                text.get(digits..).filter(|_| digits > 0)?
            }
            _ => text.strip_prefix(&[*expected])?,
        };
        pattern = after;
    }
    Some((pattern, text))
}
