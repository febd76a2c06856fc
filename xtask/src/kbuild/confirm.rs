// SPDX-License-Identifier: MIT OR Apache-2.0
//! Make confirms what was built without it: it builds the same sources in a folder of its own, and makes the same modules, byte for
//! byte, or nothing is built without it there any more.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::record::Record;
use super::{Build, Built, Order, Purpose, build, lock, replay, stage};
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::KernelTree;

/// What make says of a build that was made without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// It makes the same; or it has made it itself.
    Yes,
    /// It makes another module, and makes it from now on.
    No,
    /// The sources are others now, or make does not build them.
    Overtaken,
}

/// Asks make.
pub fn confirm(context: &Context, driver: &Driver, kernel: &KernelTree, order: &Order) -> Result<Confirmed> {
    let dir = context.build_dir(driver, kernel);
    let known = Record::last(&dir).filter(|record| record.inputs == order.inputs && record.refused.is_none());
    let Some(known) = known else { return Ok(Confirmed::Overtaken) };
    if known.replayed.is_empty() {
        return Ok(Confirmed::Yes);
    }
    let order = Order { purpose: Purpose::Confirm, hurry: false, editor: None, reuse: true, ..order.clone() };
    let Built::Modules(Build { modules, .. }) = build(context, driver, kernel, &order)? else {
        return Ok(Confirmed::Overtaken);
    };
    let _lock = lock(&dir, context)?;
    let Some(record) = Record::last(&dir).filter(|now| now.inputs == known.inputs && now.is_whole()) else {
        return Ok(Confirmed::Overtaken);
    };
    let ours: Vec<PathBuf> = record.modules().map(PathBuf::from).collect();
    for module in &modules {
        let same = ours.iter().find(|path| path.file_name() == module.path.file_name());
        let same = same.with_context(|| format!("`{}` was not built before", module.path.display()))?;
        if stage::content(same) != stage::content(&module.path) {
            replay::distrust(&dir, same)?;
            Record::remove(&dir)?;
            return Ok(Confirmed::No);
        }
    }
    // Where a note is of an older source, make looks at times, and all that was made is newer.
    Record { replayed: [].into(), ..record }.write(&dir)?;
    Ok(Confirmed::Yes)
}
