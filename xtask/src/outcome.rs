// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a job: its verdict with what a report needs, and what all of them mean for the exit status.

use std::path::PathBuf;

use serde::Serialize;

use crate::judge::Verdict;

/// One driver on one kernel, judged.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    pub driver: String,
    /// The kernel's release.
    pub kernel: String,
    pub verdict: Verdict,
    /// Compiler warnings.
    pub warnings: usize,
    /// Steps of the guest, when there was one.
    pub steps: usize,
    pub build_ms: u64,
    pub vm_ms: u64,
    /// The folder of the run, or the log of the build when it did not come to a run.
    pub kept: PathBuf,
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
