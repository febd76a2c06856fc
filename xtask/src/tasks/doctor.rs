// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask doctor`

use anyhow::Result;

use crate::context::Context;
use crate::debian::Mirrors;
use crate::outcome::ExitStatus;

pub(super) fn run(context: &Context) -> Result<ExitStatus> {
    let mirrors = Mirrors::find(&context.settings.debian)?;
    context.events.answer(format!("mirror {}", mirrors.main));
    Ok(ExitStatus::Good)
}

/// Prints the folder of a libclang and nothing else, for the tests of a driver's ABI.
pub(super) fn libclang(context: &Context) -> Result<ExitStatus> {
    context.events.answer(context.libclang()?.display().to_string());
    Ok(ExitStatus::Good)
}
