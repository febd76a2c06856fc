// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same machine without the driver, for reports of which nobody can say whose they are: what it reports as well is
//! the kernel's own. It is booted only when somebody has to know, and kept in the cache.

use std::path::Path;

use anyhow::{Result, bail};
use fs_err as fs;

use super::boot;
use crate::fetch::sha256;
use crate::guest;
use crate::inputs::{Bench, ENGINE};
use crate::judge::{End, Transcript};
use crate::kbuild::{Module, stamp};
use crate::kernel::patience;
use crate::matrix::Cell;
use crate::runs;

/// The kind of the cache's entries.
const KIND: &str = "baselines";

/// What a machine leaves, and what it is called in the folder of the run that wanted to know.
const PARTS: [(&str, &str); 2] =
    [(Transcript::CONSOLE, Transcript::BASELINE), (Transcript::RESULTS, Transcript::BASELINE_RESULTS)];

/// Puts the baseline of a run into its folder, booting it if nobody has.
pub(super) fn add(cell: &Cell<'_>, bench: Bench<'_>, image: &Path, modules: &[Module], dir: &Path) -> Result<()> {
    let Cell { context, kernel, .. } = cell;
    let key = key(cell, bench, image, modules)?;
    let known = context.cache.path(KIND, &key);
    let from = if known.is_dir() {
        context.cache.entry(KIND, &key, |_| bail!("it was removed at this moment"))?
    } else {
        let own = dir.join("baseline");
        fs::create_dir_all(&own)?;
        let nonce = runs::nonce(&own);
        guest::assemble_baseline(context, cell.driver, kernel, bench, modules, &nonce, &own)?;
        let deadline = cell.driver.manifest.test.deadline * patience(kernel);
        let ran = boot(cell, bench, image, (&own, deadline), "the machine without ")?;
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
fn key(cell: &Cell<'_>, bench: Bench<'_>, image: &Path, modules: &[Module]) -> Result<String> {
    let Cell { context, driver, kernel, .. } = cell;
    let test = &driver.manifest.test;
    let needed = modules.iter().flat_map(|module| {
        let soft = module.info.soft_depends().map(str::to_owned);
        module.info.depends().chain(soft).collect::<Vec<_>>()
    });
    let facts = [
        format!("engine {ENGINE}"),
        format!("kernel {} {} {}", kernel.release, kernel.dir.display(), stamp(image)),
        format!("machine {:?} {} {} {:?}", test.machine, test.cpus, test.memory, test.devices),
        format!("settle {:?} {:?} {}", test.settle, test.leftovers, bench.stress),
        format!("needed {:?}", needed.collect::<Vec<_>>()),
        format!("init {}", guest::init_sources(context)?.word),
        format!("bench {} {}", bench.accel.word(), bench.root.display()),
    ];
    Ok(sha256(facts.join("\n").as_bytes())[..24].to_owned())
}
