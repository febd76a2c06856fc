// SPDX-License-Identifier: MIT OR Apache-2.0
//! TOML files that people write: errors that point at line and column, show the line, and suggest the right key.

use std::path::Path;

use anyhow::{Result, anyhow};
use serde::de::DeserializeOwned;

/// Reads the text of `file` strictly.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T> {
    toml::from_str(text).map_err(|err| explain(text, file, &err))
}

/// An error about a value that TOML's own rules allow and ours don't, at the first line that begins with `at`, else the
/// first place where it stands outside of a comment line.
pub(crate) fn error_at(text: &str, file: &Path, at: &str, message: &str) -> anyhow::Error {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        lines.push((start + indent, line.trim_start()));
        start += line.len();
    }
    let begins = lines.iter().find(|(_, line)| line.starts_with(at)).map(|(start, _)| *start);
    let stands = || {
        let mut lines = lines.iter().filter(|(_, line)| !line.starts_with('#'));
        lines.find_map(|(start, line)| Some(start + line.find(at)?))
    };
    let offset = begins.or_else(stands).unwrap_or(0);
    point_at(text, file, offset, message)
}

/// The word of `known` that was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    let (distance, best) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.len() / 3).then_some(best)
}

fn explain(text: &str, file: &Path, err: &toml::de::Error) -> anyhow::Error {
    let offset = err.span().map_or(0, |span| span.start);
    let message = err.message().trim();
    // serde's own words: "unknown field `x`, expected one of `a`, `b`", and the same for one of a few words.
    let (rest, what, they) = match (message.strip_prefix("unknown field `"), message.strip_prefix("unknown variant `"))
    {
        (Some(rest), _) => (rest, "key ", "the keys here are"),
        (_, Some(rest)) => (rest, "", "what can stand here is"),
        _ => return point_at(text, file, offset, message),
    };
    let mut quoted = rest.split('`').step_by(2);
    let unknown = quoted.next().unwrap_or_default().to_owned();
    let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    let mut message = format!("there is no {what}`{unknown}` here");
    if let Some(near) = nearest(&unknown, known.iter().copied()) {
        message = format!("{message}; did you mean `{near}`?");
    }
    let known_words = known.join("`, `");
    let err = point_at(text, file, offset, &message);
    if known.is_empty() { err } else { anyhow!("{err}\nhelp: {they} `{known_words}`") }
}

fn point_at(text: &str, file: &Path, offset: usize, message: &str) -> anyhow::Error {
    let before = text.get(..offset).unwrap_or(text);
    let line_number = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[line_start..].chars().count() + 1;
    let line = text[line_start..].lines().next().unwrap_or_default();
    let number = line_number.to_string();
    let gutter = " ".repeat(number.len());
    let marker = " ".repeat(column - 1);
    anyhow!("{}:{line_number}:{column}: {message}\n{gutter} |\n{number} | {line}\n{gutter} | {marker}^", file.display())
}
