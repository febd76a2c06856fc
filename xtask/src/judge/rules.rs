// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's rules about the kernel's log: texts that must be in it, and texts that must not.

use super::answer::Report;
use super::console::{Console, is_mark};
use super::transcript::Record;
use super::verdict::Failure;

/// The rules that were broken. Those that require a line are left out when a step failed: a driver that was not loaded
/// logs nothing, and to say so again would bury the reason.
pub(super) fn broken(record: &Record, report: &Report, console: &Console<'_>, failed: bool) -> Vec<Failure> {
    let lines: Vec<&str> = of_report(report, &record.nonce).chain(of_console(console)).collect();
    let find = |text: &String| lines.iter().find(|line| line.contains(text.as_str()));
    let required = record.log.require.iter().filter(|_| !failed).filter(|text| find(text).is_none());
    let forbidden = record.log.forbid.iter().filter_map(|text| Some((text, find(text)?)));
    required
        .map(|text| Failure::MissingLogLine { text: text.clone() })
        .chain(forbidden.map(|(text, line)| Failure::ForbiddenLogLine { text: text.clone(), line: (*line).to_owned() }))
        .collect()
}

fn of_report<'r>(report: &'r Report, nonce: &'r str) -> impl Iterator<Item = &'r str> {
    let records = report.steps.iter().flat_map(|step| &step.log);
    records.map(|record| record.text.as_str()).filter(move |text| !is_mark(text, nonce))
}

fn of_console<'c>(console: &'c Console<'_>) -> impl Iterator<Item = &'c str> {
    console.lines.iter().filter(|line| line.step.is_some() && !line.is_mark).map(|line| line.message())
}
