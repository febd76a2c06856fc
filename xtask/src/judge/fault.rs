// SPDX-License-Identifier: MIT OR Apache-2.0
//! All the reports of faults among the lines of a console, and the lines that only read like one.

use std::collections::HashMap;

use super::console::{Caller, Line};
use super::evidence::{Evidence, Seen};
use super::extent::{LONGEST_STRETCH, extent, is_own};
use super::pattern::{matches, sign_of};
use super::signs::{Part, Sign};
use super::verdict::{Fault, FaultKind};
use crate::vm::step::Step;

/// Between a title and the lines that prove it: held locks, more titles of a kind, or what another CPU says when nobody
/// tells who speaks. It is large, since a proof that is not found is a fault that is overlooked.
const TITLE_TO_PROOF: usize = 64;
/// Anybody could write a title that no row has; its proof has to be nearer.
const HINT_TO_PROOF: usize = 8;
/// The kernel says more than its console can take (kernel/printk/printk.c).
const DROPPED: &[&str] = &["** % printk messages dropped **"];
/// So many reports at once are looked into for parts of theirs.
const MOST_OPEN: usize = 8;

/// A report: where it stands among which lines, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Found<'l> {
    pub(super) sign: &'static Sign,
    pub(super) step: Option<usize>,
    lines: &'l [Line<'l>],
    title: usize,
    extent: Vec<usize>,
}

/// Lines that read like reports, of which nothing came.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The first of them, with the reason why it is none.
    pub(super) first: Option<(String, String)>,
    pub(super) lines: Vec<String>,
    pub(super) count: usize,
}

/// So many of the words are shown.
const MOST_WORDS: usize = 8;

impl Found<'_> {
    /// The kernel's own first line of the report; of a processor that tripped over KASAN's shadow, the line that says over what
    /// (mm/kasan/report.c, kasan_non_canonical_hook()).
    pub(super) fn title(&self) -> &str {
        let first = self.lines[self.title].message().trim_end();
        let is_shadow = self.sign.kind == FaultKind::Oops && first.contains("general protection fault");
        self.messages().find(|message| is_shadow && message.starts_with("KASAN: ")).unwrap_or(first)
    }

    /// The report as a value, with its lines.
    pub(super) fn fault(&self, steps: &[Step]) -> Fault {
        Fault {
            kind: self.sign.kind,
            title: self.title().to_owned(),
            during: self.step.and_then(|step| steps.get(step)).map(Step::description),
            log: self.messages().map(str::to_owned).collect(),
            more: 0,
            sites: Vec::new(),
            why: Vec::new(),
        }
    }

    /// Whether one of these modules is named in it: a call, or where the processor stood.
    pub(super) fn names(&self, modules: &[&str]) -> bool {
        self.messages().any(|message| {
            let mut brackets = message.match_indices(" [");
            brackets.any(|(at, _)| {
                let name = &message[at + 2..];
                let end = name.find([']', ' ']).unwrap_or(name.len());
                modules.contains(&&name[..end])
            })
        })
    }

    fn messages(&self) -> impl Iterator<Item = &str> {
        self.extent.iter().map(|at| self.lines[*at].message().trim_end())
    }
}

/// All reports of these lines, in order; at `ended` the guest looked for the last time.
pub(super) fn all<'l>(lines: &'l [Line<'l>], ended: Option<usize>, evidence: &Evidence<'_>) -> (Vec<Found<'l>>, Words) {
    let mut found: Vec<Found<'l>> = Vec::new();
    let mut words = Words::default();
    let mut open = Open::default();
    let mut proofs = Proofs::default();
    for (at, line) in lines.iter().enumerate() {
        let Some(sign) = sign_of(line.message()).filter(|_| !line.is_mark) else { continue };
        if open.takes(&found, at, line.caller, sign) {
            continue;
        }
        let proof = proofs.of(lines, at, sign);
        if sign.is_hint && proof != Proof::There {
            continue;
        }
        let seen = Seen {
            step: line.step,
            is_proven: proof == Proof::There,
            is_cut: proof == Proof::Cut,
            // What the kernel was about to say when init looked for the last time may have left its taint later.
            is_last: ended.is_some_and(|end| at > end || (end - at < TITLE_TO_PROOF && !is_over(lines, at, end))),
        };
        match evidence.doubt(sign, &seen) {
            None => {
                let extent = extent(lines, at, sign.kind);
                open.begin(line.caller, found.len(), sign.part);
                found.push(Found { sign, step: line.step, lines, title: at, extent });
            }
            Some(why) => words.add(line.message(), why),
        }
    }
    (found, words)
}

impl Words {
    fn add(&mut self, line: &str, why: String) {
        self.count += 1;
        if self.lines.len() < MOST_WORDS {
            self.lines.push(line.trim_end().to_owned());
        }
        self.first.get_or_insert_with(|| (line.trim_end().to_owned(), why));
    }
}

/// The reports whose lines are not over, by who speaks, with the parts that each has had.
#[derive(Default)]
struct Open {
    reports: Vec<(Option<Caller>, usize, Vec<Part>)>,
}

impl Open {
    fn begin(&mut self, caller: Option<Caller>, report: usize, part: Part) {
        if self.reports.len() == MOST_OPEN {
            self.reports.remove(0);
        }
        self.reports.push((caller, report, vec![part]));
    }

    /// Whether this title is a part of a report that has begun: each has at most one of a kind, and only such as what it
    /// is about leads to. A report of another CPU between its lines is one of its own.
    fn takes(&mut self, found: &[Found<'_>], at: usize, caller: Option<Caller>, sign: &Sign) -> bool {
        let taking = self.reports.iter_mut().rev().find(|(speaker, report, parts)| {
            let report = &found[*report];
            let is_inside = report.extent.last().is_some_and(|last| at <= *last);
            let is_same = speaker.is_none() || caller.is_none() || *speaker == caller;
            is_inside && is_same && !parts.contains(&sign.part) && leads_to(report.sign, sign)
        });
        if let Some((_, _, parts)) = taking {
            parts.push(sign.part);
            return true;
        }
        false
    }
}

/// Whether a report that began with `head` can have this line as well.
fn leads_to(head: &Sign, part: &Sign) -> bool {
    match part.part {
        Part::Warning | Part::BugAt | Part::Death => head.part != Part::Warning && head.leaves & part.leaves != 0,
        // What a WARN is about stands behind its line in some releases.
        Part::Head => head.part == Part::Warning && part.leaves & head.leaves != 0,
        Part::After => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    There,
    Missing,
    /// There are no more lines in which it could be.
    Cut,
}

/// The lines that prove titles, by what is looked for: a line is compared once for each, however many titles there are.
#[derive(Default)]
struct Proofs {
    kinds: Vec<Kind>,
}

struct Kind {
    shows: &'static [&'static str],
    /// Up to here the lines were looked at, from the first title on.
    end: usize,
    lines: Vec<usize>,
}

impl Proofs {
    /// Whether the lines that always follow a title do so.
    fn of(&mut self, lines: &[Line<'_>], title: usize, sign: &Sign) -> Proof {
        if sign.shows.is_empty() {
            return Proof::There;
        }
        let most = if sign.is_hint { HINT_TO_PROOF } else { TITLE_TO_PROOF };
        let is_own = |at: &usize| !lines[*at].is_mark && is_own(lines, title, *at);
        let stretch = lines.len().min(title + 1 + LONGEST_STRETCH);
        let last = (title + 1..stretch).filter(is_own).nth(most - 1);
        let end = last.map_or(stretch, |last| last + 1);
        let mut has = |shows| self.between(lines, title + 1, end, shows).iter().any(is_own);
        // What the console has left out could be what is looked for.
        if has(sign.shows) || (!sign.is_hint && has(DROPPED)) {
            Proof::There
        } else if last.is_none() {
            Proof::Cut
        } else {
            Proof::Missing
        }
    }

    /// Those of these lines that show it; nobody asks for earlier ones later.
    fn between(&mut self, lines: &[Line<'_>], from: usize, end: usize, shows: &'static [&'static str]) -> &[usize] {
        let known = self.kinds.iter().position(|kind| kind.shows == shows);
        let at = known.unwrap_or(self.kinds.len());
        if known.is_none() {
            self.kinds.push(Kind { shows, end: from, lines: Vec::new() });
        }
        let kind = &mut self.kinds[at];
        let is_proof = |at: &usize| {
            let message = lines[*at].message().as_bytes();
            shows.iter().any(|pattern| matches(pattern, message))
        };
        kind.lines.extend((kind.end.max(from)..end).filter(is_proof));
        kind.end = kind.end.max(end);
        let first = kind.lines.partition_point(|line| *line < from);
        let past = kind.lines.partition_point(|line| *line < end);
        &kind.lines[first..past]
    }
}

/// Whether a report that begins here has its last line before `end`.
fn is_over(lines: &[Line<'_>], title: usize, end: usize) -> bool {
    let of_report = (title..end).filter(|at| is_own(lines, title, *at));
    let messages: Vec<&str> = of_report.map(|at| lines[at].message()).collect();
    let begins = messages.iter().any(|message| super::pattern::is_trace(message));
    !begins || messages.iter().any(|message| message.starts_with("---[ end ") || message.trim() == "</TASK>")
}

/// The reports of the second witness that the first has not: the same report stands on the console and in the log.
pub(super) fn unseen<'l>(console: &[Found<'_>], log: Vec<Found<'l>>) -> Vec<Found<'l>> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for found in console {
        *seen.entry(found.title().to_owned()).or_default() += 1;
    }
    let is_new = |found: &Found<'_>| match seen.get_mut(found.title()).filter(|count| **count > 0) {
        Some(count) => {
            *count -= 1;
            false
        }
        None => true,
    };
    let mut is_new = is_new;
    log.into_iter().filter(|found| is_new(found)).collect()
}
