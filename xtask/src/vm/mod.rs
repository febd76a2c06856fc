// SPDX-License-Identifier: MIT OR Apache-2.0
//! The virtual machine: what is in it, how QEMU is called, and what is left of a run.

pub mod accel;
mod argv;
mod boot;
mod initramfs;
mod probe;
pub mod step;

pub use accel::{Accel, AccelChoice};
pub use argv::Vm;
pub use boot::{Place, Ran, boot};
pub use initramfs::{Guest, GuestFile, Mode};
pub use probe::probe;
