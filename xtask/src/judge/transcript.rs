// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is left of a run: everything the judge needs and nothing else.

use std::path::Path;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::loading::Exports;
use super::site::Symbols;
use crate::vm::step::{Role, Step};

/// A finished run, as read from its folder. Judging it again needs neither kernel nor QEMU.
#[derive(Debug, Clone)]
pub struct Transcript {
    pub record: Record,
    /// What the kernel printed on its serial console: the second witness.
    pub console: Vec<u8>,
    /// What the guest's init reported over its own channel (KTAP): the first witness.
    pub results: Vec<u8>,
    /// Who has the symbols that the kernel's loader named, if it named any.
    pub exports: Exports,
    /// The same machine without the driver, if somebody had to know.
    pub baseline: Option<Baseline>,
    /// What the driver's modules said about the frames of its log; empty for a run that has none.
    pub symbols: Symbols,
}

/// A run of the same kernel and machine that loads what the driver depends on, and not the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    pub console: Vec<u8>,
    pub results: Vec<u8>,
}

/// `run.json`: what was asked for, and how the machine ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    pub driver: String,
    /// The kernel's release, as `uname -r` says it.
    pub kernel: String,
    /// A word made for this run that stands in the guest's report and in its console marks.
    pub nonce: String,
    pub steps: Vec<Step>,
    pub log: LogRules,
    /// Names that may be left behind, `*` at their end for any; none when the guest was not to look for what is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leftovers: Option<Vec<String>>,
    /// Seconds the machine was given, from its start to the guest's last word.
    pub deadline_s: u32,
    pub accel: String,
    /// The command line that ran QEMU.
    pub argv: Vec<String>,
    pub end: End,
    /// Milliseconds from QEMU's start to its end.
    pub wall_ms: u64,
    /// Of the options that reports need, those that the kernel has, without `CONFIG_`; empty if that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub can_report: Vec<String>,
    /// Reports that the driver's author knows of, as far as they are for this kernel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Known>,
    /// What the driver's modules say about themselves; empty if that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Loaded>,
}

/// An allowance: `[[test.known]]` of driver.toml, as it was on the day of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Known {
    /// A text that the report's title contains; `*` is any text, `%` is a number.
    pub report: String,
    pub reason: String,
    /// The last day on which it holds: `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// That day was over.
    #[serde(default)]
    pub expired: bool,
}

/// What the kernel goes by when it decides which taints a module brings (kernel/module/main.c, check_modinfo()).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Loaded {
    pub name: String,
    pub license: Option<String>,
    pub staging: bool,
}

impl Record {
    /// The names of the modules that are the driver, and not what it depends on.
    pub fn driver_modules(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Load(load) if load.role == Role::Driver => Some(load.module.as_str()),
            _ => None,
        })
    }
}

/// Texts that a line of the driver's kernel log must, or must not, contain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogRules {
    #[serde(default)]
    pub require: Vec<String>,
    #[serde(default)]
    pub forbid: Vec<String>,
}

/// How QEMU ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It exited by itself with this status; [`End::DONE`] is the guest's own word that it finished.
    Exited(i32),
    /// A signal that we did not send.
    Signalled(i32),
    /// Killed by us after `deadline_s`.
    Deadline,
    /// It never ran a guest; the reason, as QEMU gave it.
    NeverStarted(String),
}

impl End {
    /// QEMU's exit status after the guest wrote 0x10 to the isa-debug-exit port:
    /// `(value << 1) | 1`, <https://gitlab.com/qemu-project/qemu/-/blob/v7.2.0/hw/misc/debugexit.c>.
    pub const DONE: Self = Self::Exited(0x10 << 1 | 1);
}

impl Transcript {
    pub const RECORD: &str = "run.json";
    pub const CONSOLE: &str = "console.log";
    pub const RESULTS: &str = "results.ktap";
    pub const EXPORTS: &str = "exports.json";
    pub const BASELINE: &str = "baseline.log";
    pub const BASELINE_RESULTS: &str = "baseline.ktap";

    /// Reads a run's folder. A console or report that was never written is an empty one.
    pub fn read(dir: &Path) -> Result<Self> {
        let record = fs::read_to_string(dir.join(Self::RECORD))
            .with_context(|| format!("`{}` is not the folder of a run: it has no {}", dir.display(), Self::RECORD))?;
        let record = serde_json::from_str(&record)
            .with_context(|| format!("failed to understand `{}`", dir.join(Self::RECORD).display()))?;
        let baseline = match read_or_empty(&dir.join(Self::BASELINE))? {
            console if console.is_empty() => None,
            console => Some(Baseline { console, results: read_or_empty(&dir.join(Self::BASELINE_RESULTS))? }),
        };
        Ok(Self {
            record,
            baseline,
            console: read_or_empty(&dir.join(Self::CONSOLE))?,
            results: read_or_empty(&dir.join(Self::RESULTS))?,
            // It only adds to what is said: without it the verdict is the same.
            exports: serde_json::from_slice(&read_or_empty(&dir.join(Self::EXPORTS))?).unwrap_or_default(),
            // They only explain: a verdict is the same without them.
            symbols: serde_json::from_slice(&read_or_empty(&dir.join(Symbols::FILE))?).unwrap_or_default(),
        })
    }
}

fn read_or_empty(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => Ok(read?),
    }
}
