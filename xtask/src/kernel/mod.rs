// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels: from the name a person gives to a tree that modules are built against and that boots.

mod arch;
mod archive;
mod catalog;
mod compose;
mod features;
mod image;
pub mod kernel_org;
pub mod local;
mod lock;
mod modules;
mod name;
pub mod nixpkgs;
mod origin;
mod release;
mod source;
mod sources;
mod store;
mod tree;

pub use arch::Arch;
pub use archive::ArchiveKernels;
pub(crate) use archive::PIN_AGE;
pub use compose::{Recipe, ToolRecipe};
pub use features::features;
pub(crate) use features::{is_on, least_cpus, options_of, patience, text_of};
pub use image::unpack_vmlinux;
pub use lock::{LOCK_FILE, Lock};
pub(crate) use modules::own_name;
pub use modules::{Modules, Needed};
pub use name::{Which, Wish};
pub(crate) use name::{looks_like_profile, looks_like_source};
pub use origin::Origin;
pub use release::{Numbers, compare_releases, flavour_of};
pub use source::{Answer, Effort, Listed, Source};
pub use sources::Sources;
pub use tree::{HOST_ROOT, KernelTree, Record, Toolchain, Tools};
