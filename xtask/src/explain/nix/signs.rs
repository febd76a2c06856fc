// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Nix builds of modules and kernels stumble over, as tables: how it looks, what it means, what mends it. docs/nix-problems.md is made
//! of them.

mod building;
mod evaluating;
mod running;

/// Whether something is wrong, or only worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    Wrong,
    /// It looks like trouble and is none, or may become some.
    Note,
}

impl Weight {
    /// The word that it is told with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Note => "note",
        }
    }
}

/// A message of a log. All texts may have holes, which [`super::pattern`] explains; those of the explanation are filled with what
/// the message held.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) name: &'static str,
    /// The message, in its several forms. Quotation marks are plain in here.
    pub(super) says: &'static [&'static str],
    /// What some of the lines after it have, in this order; holes are those of the message, or new ones.
    pub(super) then: &'static [&'static str],
    /// One of these must stand near it, for a message that others have too.
    pub(super) near: &'static [&'static str],
    pub(super) weight: Weight,
    /// Several of them are explained as one, with all that their holes held.
    pub(super) gathers: bool,
    pub(super) why: &'static str,
    /// What mends it, a line for each way.
    pub(super) help: &'static [&'static str],
}

/// What most signs are.
const SIGN: Sign =
    Sign { name: "", says: &[], then: &[], near: &[], weight: Weight::Wrong, gathers: false, why: "", help: &[] };

/// All signs. Of several that a line has, the first counts.
pub(super) fn all() -> impl Iterator<Item = &'static Sign> {
    [evaluating::SIGNS, building::SIGNS, running::SIGNS].into_iter().flatten()
}
