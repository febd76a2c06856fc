// SPDX-License-Identifier: MIT OR Apache-2.0
//! One line of TAP or KTAP, without its indentation.

use super::tap::{Outcome, Source};

pub(super) enum Kind<'a> {
    Version,
    Subtest(&'a str),
    /// How many cases there will be; and of none, why.
    Plan(usize, Option<&'a str>),
    Result(Result<'a>),
    BailOut(&'a str),
    /// kselftest's and KUnit's own count.
    Totals {
        failed: u64,
    },
    Other,
}

pub(super) struct Result<'a> {
    pub(super) number: Option<usize>,
    pub(super) name: &'a str,
    pub(super) outcome: Outcome,
    pub(super) reason: &'a str,
    /// A skip without a name.
    pub(super) is_bare_skip: bool,
}

pub(super) fn kind(line: &str, source: Source) -> Kind<'_> {
    let text = line.trim();
    if let Some(version) = text.strip_prefix("KTAP version ").or_else(|| text.strip_prefix("TAP version ")) {
        return if number(version).is_some() { Kind::Version } else { Kind::Other };
    }
    if let Some(comment) = text.strip_prefix('#') {
        let comment = comment.trim_start();
        if let Some(name) = comment.strip_prefix("Subtest: ") {
            return Kind::Subtest(name.trim());
        }
        return comment.strip_prefix("Totals: ").map_or(Kind::Other, |counts| Kind::Totals { failed: failed(counts) });
    }
    if let Some(reason) = text.strip_prefix("Bail out!") {
        return Kind::BailOut(reason.trim());
    }
    if let Some(plan) = text.strip_prefix("1..").and_then(plan) {
        return plan;
    }
    let (passed, rest) = match (text.strip_prefix("ok"), text.strip_prefix("not ok")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Kind::Other,
    };
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return Kind::Other;
    }
    let result = result(passed, rest.trim_start());
    // The kernel's log has all kinds of lines, and KUnit's all have numbers.
    if result.number.is_none() && source == Source::Log { Kind::Other } else { Kind::Result(result) }
}

/// What follows `1..`.
fn plan(text: &str) -> Option<Kind<'_>> {
    let (count, comment) = match text.split_once(char::is_whitespace) {
        Some((count, comment)) => (count, comment.trim_start().strip_prefix('#')?.trim()),
        None => (text, ""),
    };
    let reason = after_word(comment, "SKIP").unwrap_or(comment);
    Some(Kind::Plan(number(count)?, Some(reason).filter(|reason| !reason.is_empty())))
}

fn result(passed: bool, text: &str) -> Result<'_> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (number, text) = match number(word) {
        Some(number) => (Some(number), rest.trim_start()),
        None => (None, text),
    };
    let text = if text == "-" { "" } else { text.strip_prefix("- ").unwrap_or(text) };
    let (name, comment) = split(text);
    let is_nameless = name.is_empty();
    let skip = after_word(comment, "SKIP");
    let todo = after_word(comment, "TODO").or_else(|| after_word(comment, "XFAIL"));
    let unexpected = after_word(comment, "XPASS");
    // An error that passed, or a timeout, is what somebody wrote by mistake: the worse of it is believed.
    let error = after_word(comment, "TIMEOUT").or_else(|| after_word(comment, "ERROR"));
    let (outcome, reason) = match (skip, todo, unexpected, error) {
        (Some(reason), ..) => (Outcome::Skip, reason),
        (_, Some(reason), ..) => (Outcome::Todo, reason),
        (_, _, Some(reason), _) if passed => (Outcome::Unexpected, reason),
        (.., Some(name)) => (Outcome::Fail, if is_nameless { name } else { comment }),
        _ => (if passed { Outcome::Pass } else { Outcome::Fail }, comment),
    };
    // kselftest.h puts the name of a case behind the directive.
    let is_bare = is_nameless && outcome != Outcome::Pass;
    let (name, reason) = if is_bare { (reason, "") } else { (name, reason) };
    Result { number, name, outcome, reason, is_bare_skip: is_bare && outcome == Outcome::Skip }
}

/// A description, and what follows its `#`: a directive wherever one is, else anything behind a `#` that stands alone.
fn split(text: &str) -> (&str, &str) {
    let hashes = text.match_indices('#').map(|(at, _)| at);
    let mut lone = None;
    for at in hashes {
        if text[..at].chars().next_back().is_some_and(|before| !before.is_whitespace()) {
            continue;
        }
        let comment = text[at + 1..].trim_start();
        if DIRECTIVES.iter().any(|word| after_word(comment, word).is_some()) {
            return (text[..at].trim_end(), comment);
        }
        if lone.is_none() && text[at + 1..].starts_with(char::is_whitespace) {
            lone = Some((text[..at].trim_end(), comment));
        }
    }
    lone.unwrap_or((text, ""))
}

const DIRECTIVES: &[&str] = &["SKIP", "TODO", "XFAIL", "XPASS", "TIMEOUT", "ERROR"];

/// What follows this word, in whatever case; a longer word is another.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let rest = &text[head.len()..];
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ends.then(|| rest.trim_start_matches([':', ' ', '\t']))
}

/// `pass:1 fail:2 xfail:0 xpass:0 skip:0 error:3`
fn failed(counts: &str) -> u64 {
    let counts = counts.split_whitespace().filter_map(|count| count.split_once(':'));
    let bad = counts.filter(|(name, _)| ["fail", "error"].contains(name));
    bad.filter_map(|(_, count)| count.parse::<u64>().ok()).fold(0, u64::saturating_add)
}

fn number(text: &str) -> Option<usize> {
    // `parse` alone takes `+1`.
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
