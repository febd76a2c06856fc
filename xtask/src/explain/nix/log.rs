// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looks for the signs in a log, line by line: of a log of any size only a few lines are kept.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::finding::Finding;
use super::lines;
use super::pattern::{Captures, Pattern, filled};
use super::signs::{self, Sign};

/// So many lines before and after a message are near it: Nix shows up to ten of a trace around an error, and five of the source.
const NEAR: usize = 12;

/// So many findings are told, and so many are waited with; a log that has more is one of something else.
const MOST: usize = 100;

/// So many lines are explained as one.
const MOST_GATHERED: usize = 1000;

/// Of a line so much is shown.
const MOST_SHOWN: usize = 400;

/// A sign, ready to be looked for.
#[derive(Debug)]
struct Ready {
    sign: &'static Sign,
    says: Vec<Pattern>,
    then: Vec<Pattern>,
}

/// A message that was seen, and what it still needs.
#[derive(Debug)]
struct Seen {
    message: usize,
    sign: usize,
    captures: Captures,
    line: usize,
    said: String,
    /// How many lines of `then` were seen.
    followed: usize,
    /// What has to be near, unless it was.
    near: Vec<String>,
    left: usize,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Log {
    ready: Vec<Ready>,
    before: VecDeque<String>,
    seen: Vec<Seen>,
    found: Vec<Found>,
    lines: usize,
    /// How many messages were looked at: a line may hold several.
    messages: usize,
}

#[derive(Debug)]
struct Found {
    message: usize,
    sign: usize,
    captures: Captures,
    line: usize,
    said: String,
}

impl Log {
    pub(crate) fn new() -> Self {
        let patterns = |texts: &'static [&'static str]| texts.iter().map(|text| Pattern::new(text)).collect();
        let ready = signs::all().map(|sign| Ready { sign, says: patterns(sign.says), then: patterns(sign.then) });
        Self {
            ready: ready.collect(),
            before: VecDeque::new(),
            seen: Vec::new(),
            found: Vec::new(),
            lines: 0,
            messages: 0,
        }
    }

    /// What a whole log has.
    pub(crate) fn read(log: impl BufRead) -> io::Result<Vec<Finding>> {
        let mut found = Self::new();
        lines::read(log, |number, said| found.take(number, said))?;
        Ok(found.finish())
    }

    /// The next line, with what Nix puts around it.
    pub(crate) fn line(&mut self, line: &str) {
        let number = self.lines + 1;
        lines::say(line, &mut |said| self.take(number, said));
        self.lines = number;
    }

    fn take(&mut self, number: usize, said: &str) {
        self.lines = number;
        self.messages += 1;
        self.wait(said);
        for (sign, captures) in self.recognise(said) {
            let Ready { sign: Sign { near, .. }, then, .. } = &self.ready[sign];
            let near: Vec<String> = near.iter().map(|text| filled(text, &captures)).collect();
            let is_near = self.before.iter().map(String::as_str).chain([said]).any(|line| is_near(&near, line));
            let near = if is_near { Vec::new() } else { near };
            let is_certain = near.is_empty() && then.is_empty();
            let (message, said) = (self.messages, shown(said));
            let seen = Seen { message, sign, captures, line: number, said, followed: 0, near, left: NEAR };
            if is_certain {
                self.keep(seen);
                break;
            }
            if self.seen.len() < MOST {
                self.seen.push(seen);
            }
        }
        if self.before.len() == NEAR {
            self.before.pop_front();
        }
        self.before.push_back(said.to_owned());
    }

    /// The signs that a line has, with what their holes hold.
    fn recognise(&self, said: &str) -> Vec<(usize, Captures)> {
        let find = |ready: &Ready| ready.says.iter().find_map(|pattern| pattern.find(said));
        self.ready.iter().enumerate().filter_map(|(at, ready)| Some((at, find(ready)?))).collect()
    }

    /// Gives a further line to those that wait for one.
    fn wait(&mut self, said: &str) {
        for mut seen in std::mem::take(&mut self.seen) {
            let ready = &self.ready[seen.sign];
            if is_near(&seen.near, said) {
                seen.near.clear();
            }
            if let Some(captures) = ready.then.get(seen.followed).and_then(|pattern| pattern.find(said)) {
                seen.captures.extend(captures);
                seen.followed += 1;
            }
            seen.left -= 1;
            if seen.near.is_empty() && seen.followed == ready.then.len() {
                self.keep(seen);
            } else if seen.left > 0 {
                self.seen.push(seen);
            }
        }
    }

    fn keep(&mut self, seen: Seen) {
        let Seen { message, sign, captures, line, said, .. } = seen;
        let gathers = self.ready[sign].sign.gathers;
        let is_same = |found: &&mut Found| found.sign == sign && (gathers || found.captures == captures);
        if let Some(found) = self.found.iter_mut().find(is_same) {
            for (name, values) in captures {
                let known = found.captures.entry(name).or_default();
                let news = values.into_iter().filter(|value| !known.contains(value));
                let news: Vec<String> = news.take(MOST_GATHERED.saturating_sub(known.len())).collect();
                known.extend(news);
            }
        } else if self.found.len() < MOST {
            self.found.push(Found { message, sign, captures, line, said });
        }
    }

    /// What was found, in the log's order; what comes to the same explanation is told once.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        // Of several signs that a message has, the first of the table counts.
        self.found.sort_by_key(|found| (found.message, found.sign));
        self.found.dedup_by_key(|found| found.message);
        let mut findings: Vec<Finding> = Vec::new();
        for Found { sign, captures, line, said, .. } in self.found {
            let sign = self.ready[sign].sign;
            let finding = Finding {
                line,
                column: None,
                name: sign.name,
                weight: sign.weight,
                said,
                why: filled(sign.why, &captures),
                help: sign.help.iter().map(|text| filled(text, &captures)).collect(),
            };
            if !findings.iter().any(|it| it.name == finding.name && it.why == finding.why && it.help == finding.help) {
                findings.push(finding);
            }
        }
        findings
    }
}

fn shown(said: &str) -> String {
    let said = said.trim();
    match said.char_indices().nth(MOST_SHOWN) {
        None => said.to_owned(),
        Some((at, _)) => format!("{}…", &said[..at]),
    }
}

fn is_near(near: &[String], line: &str) -> bool {
    near.iter().any(|text| line.contains(text.as_str()))
}
