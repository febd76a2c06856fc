// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same machine without the driver, for reports of which nobody can say whose they are: what it reports as well is
//! the kernel's own. It is booted only when somebody has to know, and kept in the cache.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;

use super::machines::Depot;
use super::run::{Machine, boot};
use crate::driver::Manifest;
use crate::fetch::sha256;
use crate::guest::{self, To};
use crate::inputs::{ENGINE, Testbed};
use crate::judge::{End, Transcript};
use crate::kbuild::{self, Module, stamp};
use crate::kernel::patience;
use crate::matrix::Cell;
use crate::runs;

/// The kind of the cache's entries.
const KIND: &str = "baselines";

/// What a machine leaves, and what it is called in the folder of the run that wanted to know.
const PARTS: [(&str, &str); 2] =
    [(Transcript::CONSOLE, Transcript::BASELINE), (Transcript::RESULTS, Transcript::BASELINE_RESULTS)];

/// Puts the baseline of a run into its folder, booting it if nobody has.
pub(super) fn add(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    (image, tables, depot): (&Path, &[PathBuf], &Depot),
    modules: &[Module],
    dir: &Path,
) -> Result<()> {
    let Cell { context, kernel, .. } = cell;
    let key = key(cell, testbed, (image, tables), modules)?;
    let known = context.cache.path(KIND, &key);
    let from = if known.is_dir() {
        context.cache.entry(KIND, &key, |_| bail!("it was removed at this moment"))?
    } else {
        let own = dir.join("baseline");
        fs::create_dir_all(&own)?;
        let nonce = runs::nonce(&own);
        let kept = depot.machine(cell, testbed, (image, tables))?;
        let to = To { dir: &own, waits: kept.is_some() };
        guest::assemble_baseline(context, cell.driver, kernel, testbed, modules, &nonce, to)?;
        let deadline = cell.driver.manifest.test.deadline * patience(kernel);
        let machine = Machine { image, tables, kept: kept.as_ref(), dir: &own, deadline };
        let _room = cell.machine();
        let ran = boot(cell, testbed, &machine, "the machine without ")?;
        // One that did not come to its end may do so the next time.
        if ran.end == End::DONE {
            context.cache.entry(KIND, &key, |out| {
                PARTS.iter().try_for_each(|(name, _)| Ok(fs::copy(own.join(name), out.join(name)).map(drop)?))
            })?;
        }
        own
    };
    for (name, here) in PARTS {
        // A machine that fell silent at once has left nothing.
        if from.join(name).exists() {
            fs::copy(from.join(name), dir.join(here))?;
        }
    }
    let _not_there_if_known = fs::remove_dir_all(dir.join("baseline"));
    Ok(())
}

/// All that a machine without the driver hangs on, as one word.
fn key(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    (image, tables): (&Path, &[PathBuf]),
    modules: &[Module],
) -> Result<String> {
    let Cell { context, driver, kernel, .. } = cell;
    let Manifest { hardware, test, .. } = &driver.manifest;
    let needed = modules.iter().flat_map(|module| {
        let soft = module.info.soft_depends().map(str::to_owned);
        module.info.depends().chain(soft).collect::<Vec<_>>()
    });
    let facts = [
        format!("engine {ENGINE}"),
        format!("kernel {} {} {}", kernel.release, kernel.dir.display(), stamp(image)),
        format!("hardware {hardware:?}"),
        format!("tables {:?}", tables.iter().map(|table| kbuild::content(table)).collect::<Vec<_>>()),
        format!("settle {:?} {} {:?} {}", test.settle, testbed.hurry, test.leftovers, testbed.stress),
        format!("needed {:?}", needed.collect::<Vec<_>>()),
        format!("guest {}", guest::own_sources(context, driver)?),
        format!("testbed {} {}", testbed.accel.word(), testbed.tools.word()),
    ];
    Ok(sha256(facts.join("\n").as_bytes())[..24].to_owned())
}
