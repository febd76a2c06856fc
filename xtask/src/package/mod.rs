// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers and kernels as packages: texts for Nix, and the files that they are written to.

pub mod driver;
pub mod generated;
pub mod nar;
pub mod nix;
pub mod nur;
