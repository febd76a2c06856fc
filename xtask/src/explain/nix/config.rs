// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads files of Nix's language for what can't work, by their syntax trees. What a file only hands on, and what is computed, is not judged.

mod packages;
mod rules;
mod source;
mod texts;

use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use fs_err as fs;
use rnix::SyntaxNode;
#[cfg(test)]
pub(super) use rules::RULES;

use self::source::Source;
use super::finding::Finding;
use super::pattern::{Captures, filled};

/// No file that a person writes is larger; the largest of nixpkgs' own, without generated ones, has 400 KB.
const LARGEST: u64 = 1024 * 1024;

/// A tree as deep as such a file can make it is walked by functions that call themselves.
const STACK: usize = 512 * 1024 * 1024;

/// Of a piece of source as much is shown.
const MOST_SHOWN: usize = 100;

/// What is found in a file of Nix's language.
pub(crate) fn read(path: &Path) -> Result<Vec<Finding>> {
    let size = fs::metadata(path)?.len();
    ensure!(size <= LARGEST, "`{}` is too large to be written by hand: {} KB", path.display(), size / 1024);
    let text = fs::read_to_string(path)?;
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    let read = move || look(&text, &dir);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(read)?;
    let found = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    found.map_err(|(line, column, what)| {
        anyhow!("`{}` is not in Nix's language: line {line}, column {column}: {what}", path.display())
    })
}

/// The same, of a text in a folder.
pub(super) fn look(text: &str, dir: &Path) -> Result<Vec<Finding>, (usize, usize, String)> {
    let mut found = Found { source: Source::parse(text)?, findings: Vec::new() };
    packages::look(&mut found, dir);
    texts::look(&mut found, text);
    let mut findings = found.findings;
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings.dedup();
    Ok(findings)
}

/// What was found so far.
struct Found {
    source: Source,
    findings: Vec<Finding>,
}

impl Found {
    /// Adds a row of the table, at a place.
    fn add(&mut self, name: &str, node: &SyntaxNode, holes: &[(&'static str, &str)]) {
        let rule = rules::rule(name);
        let captures: Captures = holes.iter().map(|(name, value)| (*name, vec![(*value).to_owned()])).collect();
        let (line, column) = self.source.place_of(node);
        self.findings.push(Finding {
            line,
            column: Some(column),
            name: rule.name,
            weight: rule.weight,
            said: shown(node),
            why: filled(rule.why, &captures),
            help: rule.help.iter().map(|text| filled(text, &captures)).collect(),
        });
    }
}

/// A piece of source in one line.
fn shown(node: &SyntaxNode) -> String {
    let text = node.text().to_string();
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(MOST_SHOWN) {
        line.truncate(at);
        line.push('…');
    }
    line
}
