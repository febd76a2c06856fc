// SPDX-License-Identifier: MIT OR Apache-2.0
//! The virtual machine: what is in it, how QEMU is called, and what is left of a run.

pub mod accel;
mod argv;
mod attend;
mod boot;
mod initramfs;
mod kept;
mod monitor;
mod probe;
pub mod step;

pub use accel::{Accel, AccelChoice};
pub use argv::{Attended, Start, Vm};
pub use attend::{Gdb, Left, Lines, Manner, attend};
pub use boot::{Ahead, Place, Ran, boot, command_line};
pub use initramfs::{Base, FOLDER, Guest, GuestFile, Mode, Now, Shell};
pub use kept::Kept;
pub use probe::probe;
