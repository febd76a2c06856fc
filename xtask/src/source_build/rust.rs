// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the tools for Rust are new enough for a kernel. Its configuration would only say that Rust is not available.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Job;
use crate::cmd::How;
use crate::toolchain::Way;
use crate::toolchain::enter::Access;

/// They print a line.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a tree says of the least versions, one for each tool (<https://docs.kernel.org/process/changes.html>).
const LEAST: &str = "scripts/min-tool-version.sh";

/// Each tool, and the words to which it tells its version: some bindgen wants a header before it does
/// (scripts/rust_is_available.sh).
const TOOLS: &[(&str, &[&str])] = &[("rustc", &["--version"]), ("bindgen", &["workaround-for-0.69.0", "--version"])];

/// An error if a job is to build a kernel with Rust, and can't.
pub(super) fn check(job: &Job<'_>) -> Result<()> {
    if !job.profile.rust {
        return Ok(());
    }
    let script = job.source().join(LEAST);
    for (tool, words) in TOOLS {
        let Some(least) = ask(job, "sh", &[&script.to_string_lossy(), tool])? else {
            bail!(
                "{} has no Rust\nhelp: kernels have it since 6.1; name newer sources, such as `7_3+{}`",
                job.said(),
                job.profile.name
            );
        };
        let Some(here) = ask(job, tool, words)? else { continue };
        if is_older(&here, &least) {
            let (whose, help) = match job.context.way()? {
                Way::Root => (
                    job.sources.suite.as_str(),
                    "name sources that a newer suite builds: `latest+rust` the newest package's, `kernel.org:…+rust` trixie",
                ),
                Way::Host | Way::Unconfined { .. } => {
                    ("the host", "install a newer one, and have it first on the PATH")
                }
            };
            bail!("{} needs {tool} {least} or newer, and {whose} has `{here}`\nhelp: {help}", job.said());
        }
    }
    Ok(())
}

/// The first line that a program of the job's tools prints; none if it fails.
fn ask(job: &Job<'_>, program: &str, words: &[&str]) -> Result<Option<String>> {
    let shown: [(&Path, Access); 1] = [(job.source(), Access::Read)];
    let tool = job.context.way()?.kernel_tool(program, &job.root_dir, &job.context.cache, &shown)?;
    let finished = tool.args(words).env("ARCH", "x86").env("SRCARCH", "x86").deadline(DEADLINE).output()?;
    let said = String::from_utf8_lossy(&finished.stdout);
    let line = said.lines().next().unwrap_or_default().trim();
    Ok((finished.how == How::Exited(0) && !line.is_empty()).then(|| line.to_owned()))
}

/// Whether the version in what a tool says of itself is before another.
fn is_older(said: &str, least: &str) -> bool {
    match (numbers(said), numbers(least)) {
        (Some(has), Some(needs)) => has < needs,
        _ => false,
    }
}

/// The numbers of the first word that begins with one: `rustc 1.85.0-nightly (…)` has 1, 85 and 0.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let word = word.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?;
    word.split('.').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let check =
            |said: &str, least: &str, expected: bool| assert_eq!(is_older(said, least), expected, "{said} {least}");
        check("rustc 1.63.0", "1.85.0", true);
        check("rustc 1.85.0 (4d91de4e4 2025-02-17) (built from a source tarball)", "1.85.0", false);
        check("rustc 1.100.0-nightly (abc 2026-10-01)", "1.85.0", false);
        check("bindgen 0.60.1", "0.71.1", true);
        check("bindgen 0.71.1", "0.71.1", false);
        check("bindgen", "0.71.1", false);
    }
}
