// SPDX-License-Identifier: MIT OR Apache-2.0
//! A verdict with what is worth knowing besides.

use serde::{Deserialize, Serialize};

use super::cases::TestCase;
use super::verdict::Verdict;

/// What is said of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judgement {
    #[serde(flatten)]
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// What test programs and KUnit say of their cases, in the order in which they ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<TestCase>,
}

/// Something worth knowing that does not change the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remark {
    /// One line for people.
    pub text: String,
    /// The lines that it is about, if there are any.
    #[serde(default)]
    pub log: Vec<String>,
}

impl From<Verdict> for Judgement {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, remarks: Vec::new(), cases: Vec::new() }
    }
}

impl Remark {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), log: Vec::new() }
    }
}
