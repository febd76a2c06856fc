// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel's taint tells that its log does not: faults whose report was not seen, and what else was set, by whom.

use super::answer::{Report, State};
use super::first_of_driver;
use super::judgement::Remark;
use super::taint::{self, FAULTS, PROPRIETARY};
use super::transcript::Record;
use super::verdict::{Fault, FaultKind};
use crate::vm::step::Step;

/// Bits that any module from outside of the kernel's tree brings: O, and E for the lack of a signature.
const OUT_OF_TREE: u64 = 1 << 12 | 1 << 13;
const STAGING: u64 = 1 << 10;

/// include/linux/license.h, license_is_gpl_compatible()
pub(crate) const GPL_COMPATIBLE: &[&str] =
    &["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

/// The bits that were set, each with the index of the step after which it was first seen.
fn appeared(report: &Report) -> Vec<(usize, u64)> {
    if matches!(report.state, State::Contradictory(_)) {
        return Vec::new();
    }
    let mut known = report.taint.unwrap_or(0);
    let mut appeared = Vec::new();
    for (at, step) in report.steps.iter().enumerate() {
        let new = step.taint.unwrap_or(0) & !known;
        known |= new;
        if new != 0 {
            appeared.push((at, new));
        }
    }
    appeared
}

/// Bits that stand for what is known already.
#[derive(Debug, Default)]
pub(super) struct Excused {
    /// Those of the same machine without the driver.
    pub(super) always: u64,
    /// Those that reports leave which do not count, with the step of each; none before the first.
    pub(super) reports: Vec<(Option<usize>, u64)>,
}

impl Excused {
    /// Those that may be new after this step. A report leaves its taint by the next look at it, or by the one after that if
    /// it was not over yet; what another fault left between the same two looks can't be told from it.
    fn after(&self, step: usize, report: &Report) -> u64 {
        let looks = |from: usize| report.steps.iter().enumerate().skip(from).filter(|(_, it)| it.taint.is_some());
        let is_his = |during: Option<usize>| match during {
            Some(during) => looks(during).take(2).any(|(look, _)| look == step),
            None => looks(0).next().is_some_and(|(look, _)| look == step),
        };
        let his = self.reports.iter().filter(|(during, _)| is_his(*during));
        his.fold(self.always, |all, (_, leaves)| all | leaves)
    }
}

/// A fault of which only the taint is left, with the step after which it was seen.
pub(super) fn fault(record: &Record, report: &Report, excused: &Excused) -> Option<(usize, Fault)> {
    let appeared: Vec<(usize, u64)> = appeared(report)
        .into_iter()
        .map(|(at, new)| (at, new & FAULTS & !excused.after(at, report)))
        .filter(|(_, new)| *new != 0)
        .collect();
    let (at, new) = *appeared.first()?;
    let during = record.steps.get(at).map(Step::description);
    let later = appeared
        .iter()
        .skip(1)
        .filter_map(|(at, new)| Some(format!("and after `{}`: {}", record.steps.get(*at)?.description(), words(*new))));
    let title = format!("the kernel became tainted: {}", words(new));
    Some((
        at,
        Fault {
            kind: FaultKind::Taint,
            title,
            during,
            log: Vec::new(),
            more: 0,
            sites: Vec::new(),
            why: later.collect(),
        },
    ))
}

/// What other bits were set, if the driver's modules do not explain them.
pub(super) fn remarks(record: &Record, report: &Report) -> Vec<Remark> {
    let driver = first_of_driver(record);
    let mut expected = FAULTS | OUT_OF_TREE;
    if record.modules.iter().any(|module| module.staging) {
        expected |= STAGING;
    }
    let mut remarks = Vec::new();
    for (at, new) in appeared(report).into_iter().filter(|(at, _)| *at >= driver) {
        let Some(step) = record.steps.get(at).map(Step::description) else { continue };
        let closed = record.modules.iter().find_map(|module| {
            let license = module.license.as_deref().unwrap_or("none");
            (!GPL_COMPATIBLE.contains(&license)).then_some((&module.name, license))
        });
        let mut new = new & !expected;
        if let Some((name, license)) = closed.filter(|_| new & PROPRIETARY != 0) {
            new &= !PROPRIETARY;
            remarks.push(Remark::new(format!(
                "the kernel became tainted: {}, since the license of `{name}` is `{license}`, which is none that the kernel \
                 takes for compatible with the GPL: symbols that are exported for the GPL only are closed to it",
                words(PROPRIETARY)
            )));
        }
        if new != 0 {
            remarks.push(Remark::new(format!("the kernel became tainted (after `{step}`): {}", words(new))));
        }
    }
    remarks
}

fn words(bits: u64) -> String {
    let words: Vec<String> =
        taint::decode(bits).iter().map(|(letter, meaning)| format!("{letter} ({meaning})")).collect();
    words.join(", ")
}
