// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where kernels come from: one interface for all places.

use std::path::PathBuf;

use anyhow::Result;

use super::name::Wish;
use super::tree::KernelTree;

/// A place that kernels come from.
pub trait Source {
    /// Its name in workbench.toml and in messages, and before the colon in a kernel's name: `debian`, `nixpkgs`, `kernel.org`.
    fn name(&self) -> &str;

    /// The kernel that a wish means here, fetched if need be. An error means that the source could not be asked.
    fn find(&self, wish: &Wish, effort: Effort) -> Result<Answer>;

    /// Whether the others are asked as well when this one can't be.
    fn is_optional(&self) -> bool {
        true
    }

    /// Whether it may build what it has not ready, and so has another answer when more effort is allowed.
    fn builds(&self) -> bool {
        false
    }

    /// Finds out of listed kernels what a driver can have there, as far as that takes little.
    fn describe(&self, _list: &mut [Listed]) -> Result<()> {
        Ok(())
    }

    /// The kernels that are ready here, the newest of each name, oldest first; none of a source that has sources only.
    fn list(&self) -> Result<Vec<Listed>> {
        Ok(Vec::new())
    }
}

/// How much a kernel may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Only what is ready to be fetched.
    Fetch,
    /// It may also be built, which can take an hour.
    Build,
}

/// What a source says to a name.
#[derive(Debug)]
pub enum Answer {
    Kernel(Box<KernelTree>),
    /// No kernel that could be used now.
    None {
        /// In a few words: `has no 6.6`, `there is no `nix-build` on the PATH`.
        why: String,
        /// What would make it available: whole sentence fragments such as "run `cargo xtask kernels fetch 6_6`".
        help: Option<String>,
    },
}

/// A kernel that a source has, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub release: String,
    pub version: String,
    /// The source, and where in it: `debian bookworm-security`.
    pub place: String,
    pub flavour: Option<String>,
    /// Bytes to be fetched, if known.
    pub size: Option<u64>,
    /// The folder that it lies in, if it has been fetched.
    pub dir: Option<PathBuf>,
    /// What a driver can have there, if that is known: words of [`features`](super::features()).
    pub has: Option<String>,
}
