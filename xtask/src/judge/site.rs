// SPDX-License-Identifier: MIT OR Apache-2.0
//! Places in a driver's source, and the file of a run's folder that says which frames of its log are which places.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::frame::Frame;

/// A place in a driver's source: a call, or the instruction at which a processor stood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Site {
    pub function: String,
    pub module: String,
    /// An absolute path in the driver's own folder; for a function of the kernel's headers, a path in the kernel's tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The compiler has put the function into the one of the site that follows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inlined: bool,
    /// The file is one of the kernel's headers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_kernel: bool,
    /// What was done there, if it is not where the report was made.
    #[serde(default, skip_serializing_if = "Role::is_here")]
    pub role: Role,
    /// Of such a place: it is where the site before this one was called from.
    #[serde(default, skip_serializing_if = "is_false")]
    pub calls: bool,
    /// The lock that was taken there, by the kernel's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// The function of the kernel that was called from here, if the site before this one was reached through the kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The function of the kernel that called this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Some lines of the file around the one that is meant, with their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<(u32, String)>,
    /// Why no line is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What was done at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    #[default]
    Here,
    /// The memory that the report is about was allocated.
    Allocated,
    /// It was freed.
    Freed,
    /// A lock was taken whose being held or its history matters.
    Locked,
    /// Somebody else accessed the memory at the same time.
    Raced,
}

impl Role {
    fn is_here(&self) -> bool {
        *self == Self::Here
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// `symbols.json`: what the driver's modules said about the frames of a run's log, right after the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Symbols {
    /// By frame, or by address if the code was gone: where a processor stood, the innermost function first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instructions: BTreeMap<String, Vec<Site>>,
    /// By the same: from where was called.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, Vec<Site>>,
    /// By module: its init function.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inits: BTreeMap<String, Init>,
    /// Functions that may have left the stack with the call that they end with: by the name that the kernel has for it and the
    /// module, `cleanup_module foobar`; by the frame of the call, the function that is called there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<String, Entry>,
    /// The frames that come right after an instruction that halts the processor.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after_halt: BTreeSet<String>,
}

/// A function of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    pub site: Site,
    /// The calls it ends with, by a jump: while they run, nothing of it is on the stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tails: Vec<Tail>,
}

/// A jump into another function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tail {
    pub to: String,
    /// Where it is, the innermost function first.
    pub sites: Vec<Site>,
}

/// A module's init function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Init {
    pub site: Site,
    /// The places, in it and in the functions that became part of it, that name an errno: `ENODEV`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errnos: BTreeMap<String, Vec<Site>>,
}

impl Symbols {
    pub const FILE: &str = "symbols.json";

    pub fn is_empty(&self) -> bool {
        self.instructions.is_empty() && self.calls.is_empty() && self.inits.is_empty() && self.entries.is_empty()
    }

    /// By which a function that the kernel calls is known.
    pub fn entry(name: &str, module: &str) -> String {
        format!("{name} {module}")
    }

    /// The sites of a frame, the innermost function first; the function alone if nothing more was learnt of it.
    pub(super) fn sites(&self, frame: &Frame<'_>) -> Vec<Site> {
        let known = if frame.exact { &self.instructions } else { &self.calls };
        known.get(&frame.key()).cloned().unwrap_or_else(|| vec![frame.site()])
    }

    /// The sites of an address at which the driver's code was, the innermost function first; none of any other.
    pub(super) fn sites_at(&self, address: &str, exact: bool) -> Vec<Site> {
        let known = if exact { &self.instructions } else { &self.calls };
        known.get(address).cloned().unwrap_or_default()
    }
}
