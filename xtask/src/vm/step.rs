// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps the guest takes, in order: what the host asks for and what the judge expects of each.

use serde::{Deserialize, Serialize};

/// One thing the guest's init does; its result is one line of the guest's KTAP report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// `finit_module(2)` of a file in the guest, which succeeds, or is refused as it must be.
    Load(Load),
    /// A program, its output compared with what it must print.
    Run(Run),
    /// `delete_module(2)` by the module's own name.
    Unload(Unload),
    /// Something that is hard on the driver, with no module of it loaded before and after.
    Stress(Stress),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stress {
    pub how: How,
    /// Of cycles, of readers, or of allocations that fail; the guest may do fewer.
    pub count: u32,
    /// Seconds after which it does no more.
    pub deadline_s: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Loads and unloads all modules again and again.
    Cycle,
    /// Reads all files that the driver makes, in several processes at once.
    Read,
    /// Unloads while one of its files is open, for each of them.
    Hold,
    /// Loads while the first allocation fails, then the second, and so on.
    Inject,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Load {
    /// The module's own name, as in /proc/modules.
    pub module: String,
    /// Path of the .ko in the guest.
    pub file: String,
    /// As on insmod's command line: `name=value name=value`.
    pub params: String,
    pub role: Role,
    /// The error with which it must refuse to be loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuses: Option<u32>,
    /// Whether it has tests of KUnit's, which run while it is loaded.
    #[serde(default, skip_serializing_if = "is_false")]
    pub kunit: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Whose module it is: a fault while a dependency loads is not the driver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Driver,
    Dependency,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Run {
    pub name: String,
    pub argv: Vec<String>,
    /// The exit status it must have.
    pub exit: u8,
    /// Texts that its output must contain, each on a line of its own, in this order.
    pub prints: Vec<String>,
    /// Seconds after which the guest kills it and reports a timeout.
    pub deadline_s: u32,
    /// Whether its output must be TAP or KTAP.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ktap: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unload {
    pub module: String,
}

impl Step {
    /// Whether it loads a module of the driver.
    pub fn is_of_driver(&self) -> bool {
        matches!(self, Self::Load(load) if load.role == Role::Driver)
    }

    /// The seconds that it may take, if it has a deadline of its own.
    pub(crate) fn deadline_s(&mut self) -> Option<&mut u32> {
        match self {
            Self::Run(run) => Some(&mut run.deadline_s),
            Self::Stress(stress) => Some(&mut stress.deadline_s),
            Self::Load(_) | Self::Unload(_) => None,
        }
    }

    /// The description in the guest's report: `load foobar`, `refuse foobar`, the name of a `Run`, `unload foobar`.
    pub fn description(&self) -> String {
        match self {
            Self::Load(load) if load.refuses.is_some() => format!("refuse {}", load.module),
            Self::Load(load) => format!("load {}", load.module),
            Self::Run(run) => run.name.clone(),
            Self::Unload(unload) => format!("unload {}", unload.module),
            Self::Stress(stress) => match stress.how {
                How::Cycle => format!("load and unload {} times", stress.count),
                How::Read => format!("read every file in {} processes", stress.count),
                How::Hold => "unload while a file is open".to_owned(),
                How::Inject => "load while allocations fail".to_owned(),
            },
        }
    }
}
