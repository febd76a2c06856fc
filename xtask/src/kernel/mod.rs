// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels: from the name a person gives to a tree that modules are built against and that boots.

mod catalog;
mod debian;
mod image;
pub mod local;
mod modules;
mod name;
mod tree;

pub use debian::{DebianKernels, Listed};
pub use image::unpack_vmlinux;
pub use modules::Modules;
pub use name::{Which, Wish};
pub use tree::{KernelTree, Tools};
