// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cases of test programs and of KUnit: what each of them came to, and what of it is a failure of its step.

use serde::{Deserialize, Serialize};

use super::answer::{Outcome as StepOutcome, Report, StepReport};
use super::judgement::Remark;
use super::taint::TESTED;
use super::tap::{self, Case, Outcome, Source, Tap};
use super::text::tail;
use super::transcript::Record;
use super::verdict::Failure;
use crate::vm::step::{Load, Run, Step};

/// So many cases are told one by one, and so many of those that failed are failures of their own.
const MOST_CASES: usize = 10_000;
const MOST_FAILURES: usize = 100;

/// Characters of a name, and bytes of a path that takes another name.
const LONGEST_NAME: usize = 200;
const LONGEST_PATH: usize = 1000;

/// So many lines come with a case that failed.
const MOST_LINES: usize = 40;

/// What programs of the kernel's selftests end with (tools/testing/selftests/kselftest.h).
const KSFT_FAIL: u32 = 1;
const KSFT_XFAIL: u32 = 2;
const KSFT_XPASS: u32 = 3;
const KSFT_SKIP: u32 = 4;

/// One case as it is told: one that has no cases in it, or that failed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestCase {
    /// The step during which it ran, by its description.
    pub step: String,
    /// The names of what it is in, and its own: `suite > case`.
    pub name: String,
    pub result: CaseResult,
    /// What it says of its result, or an empty text.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseResult {
    Pass,
    Fail,
    Skip,
    /// It failed, and was expected to.
    Xfail,
    /// It passed, and was expected to fail.
    Xpass,
}

impl CaseResult {
    /// In one word, as its JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Xfail => "xfail",
            Self::Xpass => "xpass",
        }
    }
}

/// What the cases of one step came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) cases: Vec<TestCase>,
    pub(super) failures: Vec<Failure>,
    /// None of it was tested, and why.
    pub(super) skipped: Option<String>,
}

/// The cases of each step that has a document; none for the others.
pub(super) fn all(record: &Record, report: &Report) -> Vec<Option<Judged>> {
    let has_kunit = has_kunit(record, report);
    let steps = record.steps.iter().zip(&report.steps);
    steps
        .map(|(asked, answer)| match asked {
            Step::Run(step) => of_program(step, answer),
            Step::Load(step) if has_kunit => of_load(step, asked, answer),
            _ if has_kunit => of_log(asked, answer),
            _ => None,
        })
        .collect()
}

/// Whether KUnit can have run: a module has tests of it, or the kernel's taint says that some were run, as it does since
/// 6.0. Else what looks like results in the log is what a driver says.
fn has_kunit(record: &Record, report: &Report) -> bool {
    let has_tests = record.steps.iter().any(|step| matches!(step, Step::Load(load) if load.kunit));
    let before = report.taint.unwrap_or(0);
    has_tests || report.steps.iter().any(|step| step.taint.unwrap_or(0) & !before & TESTED != 0)
}

/// Results in the log of a driver that has no tests: nobody judges them, which has to be said.
pub(super) fn words(record: &Record, report: &Report) -> Option<Remark> {
    let log = report.steps.iter().flat_map(|step| &step.log).filter(|record| record.of_kernel);
    let texts = log.map(|record| record.text.as_str()).skip_while(|text| !tap::begins_log(text));
    let lines: Vec<String> = texts.take(MOST_LINES).map(str::to_owned).collect();
    let text = "the log has lines that read like the results of tests, and are not judged, since no module has tests of KUnit's";
    (!lines.is_empty() && !has_kunit(record, report)).then(|| Remark { text: text.to_owned(), log: lines })
}

/// What is worth knowing of cases that did not fail.
pub(super) fn remarks(judged: &[Option<Judged>]) -> Vec<Remark> {
    let cases: Vec<&TestCase> = judged.iter().flatten().flat_map(|judged| &judged.cases).collect();
    let remark = |result: CaseResult, what: &str| {
        let of: Vec<&&TestCase> = cases.iter().filter(|case| case.result == result).collect();
        let (first, count) = (of.first()?, of.len());
        let text = match count {
            1 => format!("the case `{}` {what}{}", first.name, because(&first.reason)),
            _ => format!("{count} cases {what}, the first of them `{}`{}", first.name, because(&first.reason)),
        };
        let log = if count == 1 { Vec::new() } else { of.iter().take(MOST_LINES).map(|case| line(case)).collect() };
        Some(Remark { text, log })
    };
    let kinds = [
        (CaseResult::Skip, "was skipped", "were skipped"),
        (CaseResult::Xfail, "failed, as was expected", "failed, as was expected"),
        (CaseResult::Xpass, "passed, although it was expected to fail", "passed, although they were expected to fail"),
    ];
    let mut remarks: Vec<Remark> = Vec::new();
    for (result, one, more) in kinds {
        let count = cases.iter().filter(|case| case.result == result).count();
        remarks.extend(remark(result, if count == 1 { one } else { more }));
    }
    let skipped = judged.iter().flatten().filter_map(|judged| judged.skipped.as_ref());
    remarks.extend(skipped.map(|reason| Remark::new(reason.clone())));
    remarks
}

/// The reasons if there are cases, all of them were skipped, and no other step tested anything.
pub(super) fn all_skipped(record: &Record, judged: &[Option<Judged>]) -> Option<Vec<String>> {
    let tests = record.steps.iter().zip(judged).any(|(step, judged)| matches!(step, Step::Run(_)) && judged.is_none());
    let is_skip =
        |judged: &Judged| judged.skipped.is_some() || judged.cases.iter().all(|case| case.result == CaseResult::Skip);
    if tests || judged.iter().flatten().next().is_none() || !judged.iter().flatten().all(is_skip) {
        return None;
    }
    let reasons = judged.iter().flatten().flat_map(|judged| match &judged.skipped {
        Some(reason) => vec![reason.clone()],
        None => judged.cases.iter().map(line).collect(),
    });
    Some(reasons.collect())
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn line(case: &TestCase) -> String {
    format!("{}: {}{}", case.step, case.name, because(&case.reason))
}

/// A program's output that begins as a document, or that has to have one.
fn of_program(step: &Run, answer: &StepReport) -> Option<Judged> {
    let lines = || answer.output.iter().map(String::as_str);
    let begins = lines().find(|line| !line.trim().is_empty()).is_some_and(tap::is_version);
    // TAP 12 had no version, and a program may say something before it.
    if !(begins || step.ktap && lines().any(tap::begins_program)) {
        let failure = step.ktap.then(|| failed_step(&step.name, NO_DOCUMENT.to_owned(), &answer.output));
        return failure.map(|failure| Judged { failures: vec![failure], ..Judged::default() });
    }
    let tap = Tap::parse(lines(), Source::Program);
    let mut judged = judge(&step.name, &tap);
    let has_failed = !judged.failures.is_empty();
    let mut wrong: Vec<String> = tap.gave_up.iter().map(|reason| format!("it gave up: {reason}")).collect();
    let status = answer.exit.unwrap_or(0);
    if tap.rest_skipped && status != KSFT_SKIP {
        wrong.push("it ended before its plan was met, and does not say that it skips the rest".to_owned());
    }
    wrong.extend(problems(&tap));
    let is_bad = has_failed || !wrong.is_empty();
    if let Some(contradiction) = status_of(step, status, is_bad, &judged.cases) {
        wrong.push(contradiction);
    }
    judged.failures.extend(wrong.into_iter().map(|wrong| failed_step(&step.name, wrong, &answer.output)));
    let skips = tap.skipped.as_ref().filter(|_| tap.cases.is_empty()).map(String::as_str);
    let skips = skips.or_else(|| (status == KSFT_SKIP && step.exit == 0 && judged.cases.is_empty()).then_some(""));
    judged.skipped = skips.map(|reason| format!("{}: it was skipped{}", step.name, because(reason)));
    Some(judged)
}

const NO_DOCUMENT: &str = "its output is no TAP or KTAP: it has no line such as `KTAP version 1`";

/// What an exit status says that the cases do not; none if they agree.
fn status_of(step: &Run, status: u32, is_bad: bool, cases: &[TestCase]) -> Option<String> {
    let has = |result: CaseResult| cases.iter().any(|case| case.result == result);
    let count = cases.len();
    match status {
        _ if step.exit != 0 => {
            (status != u32::from(step.exit)).then(|| format!("exited with {status}, not {}", step.exit))
        }
        0 if has(CaseResult::Fail) => Some("exited with 0, although cases failed".to_owned()),
        0 => None,
        KSFT_FAIL if is_bad => None,
        KSFT_XFAIL if has(CaseResult::Xfail) => None,
        KSFT_XPASS if has(CaseResult::Xpass) => Some("a case passed that was expected to fail".to_owned()),
        KSFT_SKIP if has(CaseResult::Skip) && !is_bad || count == 0 => None,
        _ if has(CaseResult::Fail) => Some(format!("exited with {status}")),
        _ => Some(format!("exited with {status}, although none of its {count} cases failed")),
    }
}

/// What KUnit wrote while a module was loaded.
fn of_load(load: &Load, step: &Step, answer: &StepReport) -> Option<Judged> {
    let judged = of_log(step, answer);
    let is_loaded = answer.result.as_ref().is_some_and(|result| result.outcome == StepOutcome::Ok);
    if !load.kunit || !is_loaded || judged.as_ref().is_some_and(|judged| !judged.is_empty()) {
        return judged;
    }
    let log: Vec<String> = answer.log.iter().map(|record| record.text.clone()).collect();
    let is_disabled = log.iter().any(|line| line.starts_with("kunit: disabled"));
    let why =
        if is_disabled { ": it is disabled; `kunit.enable=1` on the kernel's command line turns it on" } else { "" };
    let reason = format!("the module has tests of KUnit's, and the kernel's log has no result of them{why}");
    let log = tail(&log, MOST_LINES);
    let failure =
        Failure::Step { name: step.description(), reason, output: Vec::new(), log, late: false, sites: Vec::new() };
    Some(Judged { failures: vec![failure], ..Judged::default() })
}

/// What KUnit wrote during a step, by the kernel's own records: a program can write to the log, but not as the kernel.
fn of_log(step: &Step, answer: &StepReport) -> Option<Judged> {
    let records = answer.log.iter().filter(|record| record.of_kernel);
    // A failed expectation is one record of several lines.
    let mut lines = records.flat_map(|record| record.text.split(char::REPLACEMENT_CHARACTER)).peekable();
    while lines.next_if(|line| !tap::begins_log(line)).is_some() {}
    lines.peek()?;
    let tap = Tap::parse(lines, Source::Log);
    let name = step.description();
    let mut judged = judge(&name, &tap);
    judged.failures.extend(problems(&tap).map(|problem| failed_step(&name, problem, &[])));
    Some(judged)
}

impl Judged {
    fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.failures.is_empty()
    }
}

/// The first thing that is wrong with the document itself.
fn problems(tap: &Tap) -> Option<String> {
    let more = tap.problems.len().saturating_sub(1);
    let first = tap.problems.first().filter(|_| tap.gave_up.is_none())?;
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    Some(format!("its results contradict themselves: {first}{more}"))
}

fn failed_step(name: &str, reason: String, output: &[String]) -> Failure {
    let output = tail(output, MOST_LINES);
    Failure::Step { name: name.to_owned(), reason, output, log: Vec::new(), late: false, sites: Vec::new() }
}

fn judge(step: &str, tap: &Tap) -> Judged {
    let mut judged = Judged::default();
    let mut failed = 0;
    tap.cases.iter().for_each(|case| collect(step, "", case, &mut judged, &mut failed));
    if failed > MOST_FAILURES {
        let more = format!("{} more cases failed", failed - MOST_FAILURES);
        judged.failures.push(failed_step(step, more, &[]));
    }
    judged
}

/// Puts a case, or those that it consists of, to the others.
fn collect(step: &str, path: &str, case: &Case, judged: &mut Judged, failed: &mut usize) {
    let before = *failed;
    let name: String = case.name.chars().take(LONGEST_NAME).collect();
    let path = match path.len() {
        0 => name,
        1..=LONGEST_PATH => format!("{path} > {name}"),
        _ => path.to_owned(),
    };
    case.cases.iter().for_each(|case| collect(step, &path, case, judged, failed));
    // What failed because of its parts has nothing to add, unless it says that there is no result of its own.
    let is_own = *failed == before || (!case.reason.is_empty() && case.outcome == Outcome::Fail);
    if !(case.cases.is_empty() || case.outcome == Outcome::Fail && is_own) {
        return;
    }
    let result = match case.outcome {
        Outcome::Pass => CaseResult::Pass,
        Outcome::Fail => CaseResult::Fail,
        Outcome::Skip => CaseResult::Skip,
        Outcome::Todo => CaseResult::Xfail,
        Outcome::Unexpected => CaseResult::Xpass,
    };
    if result == CaseResult::Fail {
        *failed += 1;
        if *failed <= MOST_FAILURES {
            let (file, line) = place(&case.diagnostics).unzip();
            judged.failures.push(Failure::Case {
                step: step.to_owned(),
                name: path.clone(),
                reason: case.reason.clone(),
                file,
                line,
                output: tail(&case.diagnostics, MOST_LINES),
            });
        }
    }
    // The failures are told in any case.
    if judged.cases.len() < MOST_CASES || result == CaseResult::Fail && *failed <= MOST_FAILURES {
        judged.cases.push(TestCase { step: step.to_owned(), name: path, result, reason: case.reason.clone() });
    }
}

/// Where an expectation was not met: `# case: EXPECTATION FAILED at file:line` of lib/kunit/assert.c, or
/// `# file:line:case:Expected ...` of kselftest_harness.h.
fn place(lines: &[String]) -> Option<(String, u32)> {
    lines.iter().find_map(|text| match text.split_once(" FAILED at ") {
        Some((_, place)) => {
            let (file, number) = place.rsplit_once(':')?;
            Some((file.to_owned(), number.trim().parse().ok()?))
        }
        None => {
            let mut parts = text.trim_start().strip_prefix("# ")?.split(':');
            let file = parts.next().filter(|file| file.ends_with(".c") || file.ends_with(".h"))?;
            let number = parts.next()?.parse().ok()?;
            parts.next()?;
            Some((file.to_owned(), number))
        }
    })
}
