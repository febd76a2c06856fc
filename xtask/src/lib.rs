// SPDX-License-Identifier: MIT OR Apache-2.0
//! The orchestrator behind `cargo xtask`. ARCHITECTURE.md has the map.

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!("the workbench runs on x86_64 Linux so far: its tools are Debian's amd64 packages");

mod acpi;
pub mod cache;
pub mod ci;
pub mod cli;
pub mod cmd;
mod compress;
pub mod context;
pub mod coverage;
pub mod debian;
pub mod driver;
pub mod explain;
pub mod fetch;
mod guest;
pub mod import;
mod in_tree;
pub mod inputs;
pub mod judge;
pub mod kbuild;
pub mod kernel;
mod kernel_symbols;
mod linux_source;
pub mod matrix;
#[cfg(any(test, fuzzing))]
pub mod oracle;
pub mod outcome;
pub mod package;
mod prune;
pub mod report;
mod repository;
mod runs;
mod signed;
pub mod source_build;
mod symbols;
pub mod tasks;
mod toml_file;
pub mod toolchain;
pub mod vm;
