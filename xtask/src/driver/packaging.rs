// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[package]` of driver.toml: what a package has to say of a driver, and what its sources and modules don't.

use serde::Deserialize;

/// See the module's documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Packaging {
    /// By default that of dkms.conf, else of `MODULE_VERSION`.
    pub version: Option<String>,
    /// By default where the remote `origin` is.
    pub homepage: Option<String>,
    /// Nix's names of those it is for, such as `x86_64-linux`; by default all that Linux is.
    pub platforms: Vec<String>,
    /// Modules of the kernel's own that drive the same hardware, and must not be loaded by themselves.
    pub rivals: Vec<String>,
}
