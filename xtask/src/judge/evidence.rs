// SPDX-License-Identifier: MIT OR Apache-2.0
//! What words can't do: a report of the kernel has consequences, and a driver that only says the same has none.

use super::answer::{Report, State};
use super::signs::Sign;
use super::taint;
use super::transcript::{End, Record};
use super::verdict::FaultKind;

/// What is known of a run apart from the texts in its log.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    record: &'a Record,
    /// /proc/sys/kernel/tainted before the first step, and after each; none that can't be believed.
    before: Option<u64>,
    after: Vec<Option<u64>>,
    /// The machine went on to its end, and said so.
    is_whole: bool,
    /// The machine was reset, or QEMU died: its last words may be cut anywhere.
    is_broken: bool,
}

/// What is seen of a report in the log.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) step: Option<usize>,
    /// The lines that always follow its title are there.
    pub(super) is_proven: bool,
    /// There is not enough of the log behind it for them.
    pub(super) is_cut: bool,
    /// It was not over when the guest looked at its taint for the last time.
    pub(super) is_last: bool,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(record: &'a Record, report: &Report) -> Self {
        let is_sound = !matches!(report.state, State::Contradictory(_));
        let is_whole = record.end == End::DONE && report.state == State::Complete;
        Self {
            record,
            before: report.taint.filter(|_| is_sound),
            after: report.steps.iter().map(|step| step.taint.filter(|_| is_sound)).collect(),
            is_whole,
            is_broken: record.end != End::DONE && record.end != End::Deadline,
        }
    }

    /// Of a run of which nothing but its console is asked: what reads like a report is one.
    pub(super) fn none(record: &'a Record) -> Self {
        Self { record, before: None, after: Vec::new(), is_whole: false, is_broken: true }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Why what reads like this report is none; nothing when it may be one.
    pub(super) fn doubt(&self, sign: &Sign, seen: &Seen) -> Option<String> {
        if self.is_broken {
            return None;
        }
        if !self.can_print(sign) {
            return Some(format!(
                "this kernel can't report such a thing: it has no CONFIG_{}",
                sign.needs.join(" or CONFIG_")
            ));
        }
        if sign.kind == FaultKind::Panic && self.is_whole && !seen.is_last {
            return Some("the machine went on to its end".to_owned());
        }
        if sign.leaves != 0 {
            let taint = self.later(seen)?;
            let letters: Vec<String> = taint::decode(sign.leaves).iter().map(|bit| format!("`{}`", bit.0)).collect();
            return (taint & sign.leaves == 0)
                .then(|| format!("the kernel's taint has no {}, which such a report leaves", letters.join(" or ")));
        }
        (!seen.is_proven && (!seen.is_cut || (self.is_whole && !seen.is_last)))
            .then(|| "the lines that always follow such a title are missing".to_owned())
    }

    fn can_print(&self, sign: &Sign) -> bool {
        let has = |option: &&str| self.record.can_report.iter().any(|known| known == option);
        // Of an older run it is not known, and then anything can be.
        self.record.can_report.is_empty() || sign.needs.is_empty() || sign.needs.iter().any(has)
    }

    /// The taint at a time when the report was over; none if nobody looked.
    fn later(&self, seen: &Seen) -> Option<u64> {
        let Some(step) = seen.step else {
            return self.before;
        };
        if seen.is_last {
            return None;
        }
        let next = self.after.iter().skip(step + 1).find_map(|taint| *taint);
        next.or_else(|| self.after.last().copied().flatten().filter(|_| self.is_whole))
    }
}
