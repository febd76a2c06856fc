// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which lines of a driver have run: the kernel counts them for gcov in modules that are built with GCOV_PROFILE
//! (<https://docs.kernel.org/dev-tools/gcov.html>), the guest's init sends the counts when the modules are unloaded, and the gcov of
//! the kernel's own compiler says which lines they are of.
//!
//! A machine's counts are whole, or there are none: a number of lines that have not run is worth something only if nothing is missing.

mod gcov;
mod lcov;
mod objects;
mod sent;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};

pub(crate) use lcov::tracefile;
pub(crate) use objects::keep;

use crate::context::Context;
use crate::driver::Driver;
use crate::judge::Transcript;
use crate::kbuild::Staged;
use crate::kernel::{KernelTree, options_of};

/// What came of counting, in a run's folder.
const TAKEN: &str = "coverage.json";

/// The counts as a tracefile of lcov's, in the folder of a run and in that of a driver's runs on a kernel.
pub(crate) const TRACEFILE: &str = "coverage.info";

/// The profile of the workbench's own whose kernels count.
pub(crate) const PROFILE: &str = "coverage";

/// What a kernel needs for it.
const OPTION: &str = "CONFIG_GCOV_KERNEL";

/// How often which lines have run, by the absolute path of the source in the driver's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<PathBuf, Source>);

/// A source file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Source {
    /// Those that there is code of, from 1 on.
    pub lines: BTreeMap<u32, u64>,
    /// How often each branch of a line was taken: a `return` of a number mostly has no code of its own, and this tells.
    pub branches: BTreeMap<u32, Vec<u64>>,
    /// By their names.
    pub functions: BTreeMap<String, Function>,
    /// The file as it was when it was compiled; empty if that is not known any more.
    pub text: String,
}

/// A function of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Function {
    pub line: u32,
    /// How often it was called.
    pub count: u64,
}

/// How many of how many have run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Share {
    pub covered: usize,
    pub all: usize,
}

/// A run's counts, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Taken {
    Counts(Counts),
    Missing(String),
}

/// What is told of a driver on a kernel: the counts of all its runs together.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// Without the name of a machine.
    pub driver: String,
    /// As in the outcome.
    pub kernel: String,
    pub asked: String,
    pub lines: Share,
    pub functions: Share,
    pub files: Vec<FileShare>,
    /// The runs whose counts are not among these.
    pub missing: Vec<Missing>,
    /// Where the tracefile is; none if nothing was counted.
    #[serde(serialize_with = "shown")]
    pub tracefile: Option<PathBuf>,
    #[serde(skip)]
    pub counts: Counts,
}

/// What is told of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileShare {
    #[serde(serialize_with = "shown_path")]
    pub file: PathBuf,
    pub lines: Share,
    pub functions: Share,
}

/// A run without counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Missing {
    /// With the name of its machine.
    pub driver: String,
    /// For people.
    pub why: String,
}

impl Counts {
    /// Adds other counts of the same sources, or of others.
    pub(crate) fn add(&mut self, Self(others): Self) {
        for (path, other) in others {
            let source = self.0.entry(path).or_default();
            for (line, count) in other.lines {
                add(source.lines.entry(line).or_default(), count);
            }
            for (line, counts) in other.branches {
                let known = source.branches.entry(line).or_insert_with(|| vec![0; counts.len()]);
                // Another kernel can make other branches of a line. Which of them are the same is not known then.
                if known.len() == counts.len() {
                    known.iter_mut().zip(counts).for_each(|(known, count)| add(known, count));
                } else {
                    known.clear();
                }
            }
            for (name, function) in other.functions {
                let known = source.functions.entry(name).or_insert(Function { count: 0, ..function });
                add(&mut known.count, function.count);
            }
            if source.text.is_empty() {
                source.text = other.text;
            }
        }
    }
}

/// A count that has no room stays at the most, which is still "often".
fn add(count: &mut u64, more: u64) {
    *count = count.saturating_add(more);
}

impl Source {
    fn share_of_lines(&self) -> Share {
        Share::of(self.lines.values())
    }

    fn share_of_branches(&self) -> Share {
        Share::of(self.branches.values().flatten())
    }

    /// Whether a line has run, but not all of its branches.
    pub(crate) fn is_partial(&self, line: u32) -> bool {
        self.branches.get(&line).is_some_and(|counts| counts.contains(&0))
    }

    fn share_of_functions(&self) -> Share {
        Share::of(self.functions.values().map(|function| &function.count))
    }
}

impl Share {
    fn of<'a>(counts: impl Iterator<Item = &'a u64>) -> Self {
        counts.fold(Self::default(), |share, count| Self {
            covered: share.covered + usize::from(*count > 0),
            all: share.all + 1,
        })
    }

    fn plus(self, other: Self) -> Self {
        Self { covered: self.covered + other.covered, all: self.all + other.all }
    }

    /// In thousandths, rounded down: only what has run as a whole is at 1000. Of nothing, all has run.
    pub(crate) fn per_mille(self) -> usize {
        (self.covered * 1000).checked_div(self.all).unwrap_or(1000)
    }
}

/// `88.4 %`
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_mille = self.per_mille();
        write!(f, "{}.{} %", per_mille / 10, per_mille % 10)
    }
}

impl Coverage {
    /// What there is to tell of these runs, which are those of one driver on one kernel.
    pub(crate) fn new(driver: &str, kernel: &str, asked: &str, runs: Vec<(String, Taken)>) -> Self {
        let mut counts = Counts::default();
        let mut missing = Vec::new();
        for (driver, taken) in runs {
            match taken {
                Taken::Counts(more) => counts.add(more),
                // Runs that were repeated say the same.
                Taken::Missing(why) => missing.push(Missing { driver, why }),
            }
        }
        missing.dedup();
        let file = |(path, source): (&PathBuf, &Source)| FileShare {
            file: path.clone(),
            lines: source.share_of_lines(),
            functions: source.share_of_functions(),
        };
        let files: Vec<FileShare> = counts.0.iter().map(file).collect();
        let sum = |share: fn(&FileShare) -> Share| files.iter().map(share).fold(Share::default(), Share::plus);
        Self {
            driver: driver.to_owned(),
            kernel: kernel.to_owned(),
            asked: asked.to_owned(),
            lines: sum(|file| file.lines),
            functions: sum(|file| file.functions),
            files,
            missing,
            tracefile: None,
            counts,
        }
    }
}

/// Why lines can't be counted on this kernel, and what mends it; none if they can. `asked` is what the kernel was asked for by.
pub(crate) fn unmet(kernel: &KernelTree, asked: &str) -> Option<String> {
    let mend = match asked.split_once('+') {
        None if !asked.contains(['/', '-']) && asked != "host" => format!("`-k {asked}+{PROFILE}`"),
        _ => format!("a kernel such as `-k 6_12+{PROFILE}`"),
    };
    if options_of(kernel, &[OPTION.to_owned()]).is_empty() {
        return Some(format!("lines are counted on kernels with {OPTION}, which this one has not; {mend} has it"));
    }
    // Clang counts, too, in a form of its own.
    (!kernel.compiler.contains("gcc"))
        .then(|| format!("lines are counted with gcc, and this kernel is compiled by {}", kernel.compiler))
}

/// Reads the counts that a machine has sent, and leaves them in its run's folder, where [`keep`] has put what they mean. Nothing of
/// that is an error but a folder that can't be written to.
pub(crate) fn take(context: &Context, driver: &Driver, kernel: &KernelTree, staged: &Staged, dir: &Path) -> Result<()> {
    let results = fs::read(dir.join(Transcript::RESULTS)).unwrap_or_default();
    let taken = sent::files(&results)
        .and_then(|files| gcov::counts(context, driver, kernel, staged, dir, &files))
        .map_or_else(Taken::Missing, Taken::Counts);
    if let Taken::Counts(counts) = &taken {
        fs::write(dir.join(TRACEFILE), tracefile(counts))?;
    }
    let text = serde_json::to_string(&taken).context("failed to write the counts")?;
    Ok(fs::write(dir.join(TAKEN), text)?)
}

/// What [`take`] left in a run's folder.
pub(crate) fn taken(dir: &Path) -> Option<Taken> {
    serde_json::from_slice(&fs::read(dir.join(TAKEN)).ok()?).ok()
}

fn shown<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

fn shown_path<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

#[cfg(test)]
mod tests;
