// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask kernels`

use anyhow::Result;

use crate::context::Context;
use crate::outcome::ExitStatus;

pub(super) fn run(context: &Context) -> Result<ExitStatus> {
    for kernel in context.kernel_list()? {
        let mb = kernel.size.div_ceil(1_000_000);
        let place = if kernel.cached { "in the cache".to_owned() } else { format!("{mb:>4} MB to fetch") };
        let line = format!("{:<12} {:<30} {:<20} {place}", kernel.name, kernel.release, kernel.suite);
        context.events.answer(line);
    }
    Ok(ExitStatus::Good)
}
