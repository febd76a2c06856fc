// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a job: its verdict with what a report needs, and what all of them mean for the exit status.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::judge::{CaseResult, Judgement, Remark, TestCase, Verdict};

/// One driver on one kernel, judged.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    pub driver: String,
    /// The kernel's release; the name it was asked for by, if no kernel was found.
    pub kernel: String,
    /// The name that the kernel was asked for by: `6_12-cloud`.
    pub asked: String,
    pub verdict: Verdict,
    /// What is worth knowing besides.
    pub remarks: Vec<Remark>,
    /// What test programs and KUnit say of their cases.
    pub cases: Vec<TestCase>,
    /// Whether it is an earlier run's verdict, shown again since nothing has changed.
    pub cached: bool,
    /// When the job was begun, in milliseconds since the first of the matrix; 0 for a job of its own.
    pub began_ms: u64,
    /// What was built.
    #[serde(serialize_with = "paths")]
    pub modules: Vec<PathBuf>,
    /// Compiler warnings.
    pub warnings: usize,
    /// None when nothing was built now, because a run was judged again.
    pub build_ms: Option<u64>,
    /// None when it did not come to a run, or none was asked for.
    pub ran: Option<Ran>,
    /// With `--repeat`: how the runs ended.
    pub repeated: Option<Repeated>,
    /// Where more is to be read: the folder of the run or of the build, or the build's log; empty if it came to neither.
    #[serde(serialize_with = "path")]
    pub kept: PathBuf,
}

/// A machine's run.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ran {
    pub steps: usize,
    pub ms: u64,
}

/// Several runs of one job; the worst of them is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Repeated {
    pub passed: usize,
    pub runs: usize,
}

impl Outcome {
    /// Where more is to be read, if it is anywhere.
    pub fn is_kept(&self) -> bool {
        !self.kept.as_os_str().is_empty()
    }

    /// `12 cases, 2 skipped, 1 failed`; none if there are none.
    pub fn counted_cases(&self) -> Option<String> {
        let count = |result| self.cases.iter().filter(|case| case.result == result).count();
        let all = match self.cases.len() {
            0 => return None,
            1 => "1 case".to_owned(),
            n => format!("{n} cases"),
        };
        let kinds = [
            (count(CaseResult::Fail), "failed"),
            (count(CaseResult::Skip), "skipped"),
            (count(CaseResult::Xfail), "failed as expected"),
            (count(CaseResult::Xpass), "passed unexpectedly"),
        ];
        let kinds = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
        Some(all + &kinds.collect::<String>())
    }

    /// An outcome of which only the judgement is known yet.
    pub fn new(driver: &str, kernel: &str, judgement: impl Into<Judgement>, kept: PathBuf) -> Self {
        let Judgement { verdict, remarks, cases } = judgement.into();
        Self {
            driver: driver.to_owned(),
            kernel: kernel.to_owned(),
            asked: kernel.to_owned(),
            verdict,
            remarks,
            cases,
            cached: false,
            began_ms: 0,
            modules: Vec::new(),
            warnings: 0,
            build_ms: None,
            ran: None,
            repeated: None,
            kept,
        }
    }
}

/// A path as it can be shown: one that is no UTF-8 must not keep an outcome from being told.
fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

fn paths<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// The exit status of the whole program: part of what scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    Good,
    JudgedBad,
    CouldNotJudge,
    NothingRan,
}

impl ExitStatus {
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::JudgedBad => 1,
            Self::CouldNotJudge => 2,
            Self::NothingRan => 4,
        }
    }

    /// The worst verdict decides; nothing but skips is nothing run.
    pub fn of<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> Self {
        let mut status = Self::NothingRan;
        for verdict in verdicts {
            status = match (verdict, status) {
                (Verdict::Lost(_), _) | (_, Self::CouldNotJudge) => Self::CouldNotJudge,
                (Verdict::Fail(_) | Verdict::Crash(_) | Verdict::Hang(_), _) | (_, Self::JudgedBad) => Self::JudgedBad,
                (Verdict::Pass, _) => Self::Good,
                (Verdict::Skip(_), status) => status,
            };
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_status() {
        let fail = Verdict::Fail(Vec::new());
        let lost = Verdict::Lost(String::new());
        let skip = Verdict::Skip(Vec::new());
        let check = |verdicts: &[&Verdict], code| assert_eq!(ExitStatus::of(verdicts.iter().copied()).code(), code);
        check(&[], 4);
        check(&[&skip, &skip], 4);
        check(&[&Verdict::Pass, &skip], 0);
        check(&[&skip, &Verdict::Pass], 0);
        check(&[&fail, &Verdict::Pass], 1);
        check(&[&Verdict::Pass, &fail, &skip], 1);
        check(&[&lost, &fail, &Verdict::Pass], 2);
        check(&[&fail, &lost], 2);
    }
}
