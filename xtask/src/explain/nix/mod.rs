// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes wrong with modules and kernels under Nix: found in logs of builds, evaluations and machines, and in files of Nix's language;
//! what it means, and what mends it.
//!
//! A false alarm is worse than silence: what is told here is certain from what was read, or says itself under which condition it holds.

mod config;
mod finding;
mod lines;
mod log;
mod pattern;
mod signs;
#[cfg(test)]
mod tests;

pub(crate) use config::read as read_configuration;
pub(crate) use finding::Finding;
pub(crate) use log::Log;
pub use signs::Weight;

/// What is wrong in a build's lines, as the house writes it; nothing where nothing is known.
pub(crate) fn help(lines: &[String]) -> Vec<String> {
    let mut log = Log::new();
    lines.iter().for_each(|line| log.line(line));
    let wrong = log.finish().into_iter().filter(|finding| finding.weight == Weight::Wrong);
    wrong.flat_map(|finding| finding.explained()).collect()
}
