// SPDX-License-Identifier: MIT OR Apache-2.0
//! Something that is known, found in a log or in a file of Nix's language.

use super::signs::Weight;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) line: usize,
    /// In a file of Nix's language; both count from 1.
    pub(crate) column: Option<usize>,
    /// By which docs/nix-problems.md calls it.
    pub(crate) name: &'static str,
    pub(crate) weight: Weight,
    /// The line of the log, or the piece of source.
    pub(crate) said: String,
    pub(crate) why: String,
    pub(crate) help: Vec<String>,
}

impl Finding {
    /// What it means and what mends it, as the house writes that: advice begins with `help: `.
    pub(crate) fn explained(&self) -> Vec<String> {
        let help = self.help.iter().map(|text| format!("help: {text}"));
        std::iter::once(self.why.clone()).chain(help).collect()
    }
}
