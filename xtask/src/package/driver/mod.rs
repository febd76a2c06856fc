// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver as a package of nixpkgs' kind and as a NixOS module: what is known of it, as values, and the files made of them.

mod brings;
mod derivation;
pub mod dkms;
pub mod licence;
pub mod make;
pub mod names;
mod options;
pub mod origin;
pub mod source;

pub use self::brings::{Brings, Unit};
use self::make::Make;
use self::source::Source;
use crate::driver::Series;
use crate::kbuild::Parameter;

/// What a driver's package says.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its attribute in a kernel's package set, which is the name of its package, too.
    pub name: String,
    pub version: String,
    /// By nixpkgs' rules: no article before it, no full stop behind it.
    pub description: String,
    /// Names in `lib.licenses`.
    pub licences: Vec<&'static str>,
    pub homepage: Option<String>,
    /// Nix's names of systems; none of them means every Linux.
    pub platforms: Vec<String>,
    pub limits: Vec<Limit>,
    /// Options of the kernel's, with `CONFIG_`.
    pub needs: Vec<String>,
    pub make: Make,
    pub source: Source,
    pub is_rust: bool,
    /// Whether it has so many sources that several compilers at once are worth it.
    pub is_large: bool,
    pub brings: Brings,
    /// The modules that are the driver, dependencies first.
    pub modules: Vec<Module>,
    /// Modules of the kernel's own that must not be loaded by themselves.
    pub rivals: Vec<String>,
}

/// Kernels that it is not for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// Those before this version.
    Older(String),
    /// This version and those after it.
    AtLeast(String),
    /// Those after this version, as dkms.conf means it.
    After(String),
}

/// One of its modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    pub name: String,
    pub parameters: Vec<Parameter>,
}

impl Limit {
    /// What limits of series leave out. `kernelOlder` and `kernelAtLeast` compare versions with all their numbers, so that 6.1.9 is
    /// not "at most 6.1"; series are bounded by the next one.
    pub fn of(series: &Series) -> Vec<Self> {
        let shown = |(major, minor): (u32, u32)| format!("{major}.{minor}");
        let next = |(major, minor): (u32, u32)| (major, minor + 1);
        let limits = series.bounds().flat_map(|(relation, series)| match relation {
            ">=" => vec![Self::Older(shown(series))],
            ">" => vec![Self::Older(shown(next(series)))],
            "<" => vec![Self::AtLeast(shown(series))],
            "<=" => vec![Self::AtLeast(shown(next(series)))],
            _ => vec![Self::Older(shown(series)), Self::AtLeast(shown(next(series)))],
        });
        limits.collect()
    }
}

#[cfg(test)]
mod tests;
