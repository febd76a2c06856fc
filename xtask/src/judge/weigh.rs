// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of a run's reports count: not those that the driver's author knows of, nor those that the kernel makes anyway.

use std::collections::HashMap;

use super::answer::Report;
use super::console::{Console, Line};
use super::evidence::Evidence;
use super::fault::{self, Found, Words};
use super::judgement::Remark;
use super::pattern;
use super::taint;
use super::taints::Excused;
use super::transcript::{Baseline, Known, Record};
use crate::vm::step::{How, Step};

/// What a run's reports come to.
#[derive(Debug, Default)]
pub(super) struct Weighed<'l> {
    /// Those that count, in order.
    pub(super) counted: Vec<Counted<'l>>,
    /// Taints that stand for nothing more than what was told already.
    pub(super) excused: Excused,
    pub(super) remarks: Vec<Remark>,
    /// A report that ends the machine without the driver, too.
    pub(super) hopeless: Option<String>,
}

#[derive(Debug)]
pub(super) struct Counted<'l> {
    pub(super) found: Found<'l>,
    /// Why it counts although somebody knows of it.
    pub(super) note: Option<String>,
}

/// The reports of both witnesses: what the console lacks, the log that the guest handed over may have.
pub(super) fn weigh<'l>(
    record: &Record,
    report: &Report,
    console: &'l Console<'_>,
    log: &'l [Line<'l>],
    baseline: Option<&Baseline>,
) -> Weighed<'l> {
    let evidence = Evidence::new(record, report);
    let (mut found, words) = fault::all(&console.lines, console.ended, &evidence);
    let (of_log, words_of_log) = fault::all(log, Some(log.len()), &evidence);
    let unseen = fault::unseen(&found, of_log);
    found.extend(unseen);
    found.sort_by_key(|found| found.step);
    let mut weighed = Weighed::default();
    weighed.say_words(if words.count > 0 { words } else { words_of_log });
    let mut baseline = baseline.map(|baseline| Usual::of(baseline, record));
    weighed.excused.always = baseline.as_ref().map_or(0, |baseline| baseline.taint);
    let mut uses = vec![0; record.known.len()];
    let modules = record.driver_modules().collect::<Vec<_>>();
    for found in found.into_iter().filter(|found| !is_injected(record, found)) {
        if is_race_of_kernel(&found, &modules) {
            weighed.say_once(record, &found, format!("the kernel has a data race of its own: {}", found.title()));
            continue;
        }
        let known = record.known.iter().position(|known| is_known(known, &found));
        let mut is_usual = || baseline.as_mut().is_some_and(|it| !found.names(&modules) && it.takes(found.title()));
        let mut note = None;
        match known.map(|at| (at, &record.known[at])) {
            Some((at, _)) if found.sign.is_deadly() => {
                uses[at] += 1;
                note = Some("driver.toml allows this report, but what ends a machine can't be allowed".to_owned());
            }
            Some((at, known)) if !known.expired => {
                uses[at] += 1;
                weighed.excused.reports.push((found.step, found.sign.leaves));
                if uses[at] == 1 {
                    weighed.say(record, &found, format!("known: {}; {}", found.title(), known.reason));
                }
                continue;
            }
            Some((at, known)) => {
                uses[at] += 1;
                let until = known.until.as_deref().unwrap_or_default();
                note = Some(format!("THE ALLOWANCE FOR THIS REPORT EXPIRED on {until}: {}", known.reason));
            }
            None => {}
        }
        if is_usual() {
            if found.sign.is_deadly() && !weighed.counted.is_empty() {
                // The panic after an oops, which is the one that counts.
            } else if found.sign.is_deadly() {
                weighed.hopeless.get_or_insert_with(|| found.title().to_owned());
            } else {
                let text = format!("the kernel reports this without the driver, too: {}", found.title());
                weighed.say(record, &found, text);
                continue;
            }
        }
        weighed.counted.push(Counted { found, note });
    }
    if evidence.is_whole() {
        weighed.say_unused(record, &uses);
    }
    weighed
}

impl Weighed<'_> {
    fn say(&mut self, record: &Record, found: &Found<'_>, text: String) {
        self.remarks.push(Remark { text, log: found.fault(&record.steps).log });
    }

    fn say_once(&mut self, record: &Record, found: &Found<'_>, text: String) {
        if self.remarks.iter().all(|remark| remark.text != text) {
            self.say(record, found, text);
        }
    }

    fn say_words(&mut self, words: Words) {
        let Some((line, why)) = words.first else { return };
        let more = match words.count {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let text =
            format!("a line of the log reads like a report of the kernel, and is none, since {why}: {line}{more}");
        self.remarks.push(Remark { text, log: words.lines });
    }

    fn say_unused(&mut self, record: &Record, uses: &[usize]) {
        let unused = record.known.iter().zip(uses).filter(|(_, uses)| **uses == 0);
        self.remarks.extend(unused.map(|(known, _)| {
            let Known { report, reason, .. } = known;
            Remark::new(format!(
                "no report of the kernel was `{report}`, which driver.toml allows ({reason}): no longer needed?"
            ))
        }));
    }
}

/// Where the guest makes allocations fail, that one failed is not held against the driver, nor what the kernel says of it.
fn is_injected(record: &Record, found: &Found<'_>) -> bool {
    let step = found.step.and_then(|step| record.steps.get(step));
    // lib/kobject.c, kobject_add_internal(): ENOMEM.
    let is_refusal = found.sign.is_refusal() || found.title().contains(" (error: -12 parent: ");
    is_refusal && matches!(step, Some(Step::Stress(stress)) if stress.how == How::Inject)
}

/// The kernel has races that nobody minds, and which of them a run finds is chance: a run without the driver could not tell. In one of
/// the driver's it is named as one of the two who touch the memory, or as who called them.
fn is_race_of_kernel(found: &Found<'_>, modules: &[&str]) -> bool {
    found.title().starts_with("BUG: KCSAN: ") && !found.names(modules)
}

fn is_known(known: &Known, found: &Found<'_>) -> bool {
    pattern::matches(&format!("*{}", known.report), found.title().as_bytes())
}

/// What a machine without the driver reported: how often each title, and its taint.
struct Usual {
    titles: HashMap<String, usize>,
    taint: u64,
}

impl Usual {
    fn of(baseline: &Baseline, record: &Record) -> Self {
        let console = Console::parse(&baseline.console, "", 0);
        let (found, _) = fault::all(&console.lines, None, &Evidence::none(record));
        let mut titles = HashMap::new();
        for found in found {
            *titles.entry(normal(found.title())).or_default() += 1;
        }
        let lines = baseline.results.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
        let taints = lines.filter_map(|line| line.strip_prefix("# taint ")?.trim().parse::<u64>().ok());
        Self { titles, taint: taints.fold(0, |all, taint| all | taint) & taint::FAULTS }
    }

    /// Whether one more report of this title is as usual.
    fn takes(&mut self, title: &str) -> bool {
        let left = self.titles.get_mut(&normal(title)).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

/// A title without what differs from run to run: numbers and addresses.
pub(super) fn normal(title: &str) -> String {
    let mut normal = String::with_capacity(title.len());
    let mut rest = title;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        let is_number = rest[..run].bytes().any(|byte| byte.is_ascii_digit());
        let taken = if run == 0 { c.len_utf8() } else { run };
        normal.push_str(if is_number { "#" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_without_numbers() {
        let check = |title, expected| assert_eq!(normal(title), expected);
        check("WARNING: CPU: 0 PID: 61 at a.c:88 b+0x1c/0x30", "WARNING: CPU: # PID: # at a.c:# b+#x#/#x#");
        check("BUG: Bad page state in process insmod  pfn:03a5c", "BUG: Bad page state in process insmod  pfn:#");
        check("dead bad café 0xffff", "dead bad café #xffff");
        check("", "");
    }
}
