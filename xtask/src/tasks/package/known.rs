// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a package says of a driver: its modules tell when they are built, and its folder has the rest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::{ensure_option, trial};
use crate::context::Context;
use crate::driver::{Driver, is_of_another};
use crate::inputs;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Build, Built, Order, Purpose};
use crate::kernel::KernelTree;
use crate::outcome::Outcome;
use crate::package::driver::dkms::Facts;
use crate::package::driver::make::{Make, Places};
use crate::package::driver::source::{self, Source};
use crate::package::driver::{Brings, Limit, Module, Package, licence, names};
use crate::report::Event;

/// A package whose source is still to be chosen, and the files of the driver's folder that its build needs.
pub(super) struct Known {
    pub(super) package: Package,
    pub(super) files: Vec<PathBuf>,
}

/// Builds a driver, and looks at what came of it. Nothing if it can't be built; then that has been told.
pub(super) fn known(context: &Context, driver: &Driver, kernel: &KernelTree) -> Result<Option<Known>> {
    let Some(build) = build(context, driver, kernel)? else { return Ok(None) };
    let mut all: Vec<PathBuf> = kbuild::sources(&driver.dir)?.into_iter().collect();
    let mut seen = read(&build.stage, &all)?;
    all.retain(|path| seen.contains(path) || !is_of_another(&driver.dir, path));
    let facts = match fs::read_to_string(build.stage.join("dkms.facts")) {
        Ok(text) if driver.has_dkms() => Some(Facts::parse(&text)),
        _ => None,
    };
    let text = |path: &Path| fs::read(driver.dir.join(path)).ok();
    let brings = Brings::of(all.iter(), &text);
    for unit in brings.units.iter().filter(|unit| !unit.missing.is_empty()) {
        context.events.note(format!(
            "`{}` runs {}, which NixOS has not there: mend it by hand, in postInstall of package.nix",
            unit.name(),
            unit.missing.join(" and ")
        ));
    }
    seen.extend(source::named(&all, &text));
    let files = |also: &[PathBuf]| source::needed(all.iter(), &seen, also, &brings);
    let (make, files) = match &facts {
        None => (Make::plain(&driver.manifest.build.make_args), files(&[])),
        Some(facts) => by_dkms(context, driver, kernel, facts, &build, &all, &files)?,
    };
    let package = package(context, driver, &build, facts.unwrap_or_default(), make, brings, &files)?;
    Ok(Some(Known { package, files }))
}

fn build(context: &Context, driver: &Driver, kernel: &KernelTree) -> Result<Option<Build>> {
    let inputs = inputs::of_build(context, driver, kernel, None)?;
    let order =
        Order { purpose: Purpose::Modules, jobs: context.jobs, inputs, reuse: true, editor: None, hurry: false };
    let built = kbuild::build(context, driver, kernel, &order)
        .with_context(|| format!("failed to build `{}` for {}", driver.own_name, kernel.release))?;
    match built {
        Built::Modules(build) => Ok(Some(build)),
        Built::Refused { lines, why, log, .. } => {
            let verdict = Verdict::Fail(vec![Failure::Build { lines, why }]);
            context.events.say(Event::Outcome(Box::new(Outcome::new(&driver.own_name, &kernel.release, verdict, log))));
            context.events.note(format!(
                "`{}` can't be packaged before `cargo xtask build` builds it; words that its makefile gives to Kbuild can stand in \
                 driver.toml, as `make-args` under [build]",
                driver.own_name
            ));
            Ok(None)
        }
    }
}

/// How a package calls make for a driver with a dkms.conf. Where that is not the same as what dkms does, a trial shows whether the
/// same modules come of it.
fn by_dkms(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    facts: &Facts,
    build: &Build,
    all: &[PathBuf],
    files: &dyn Fn(&[PathBuf]) -> Vec<PathBuf>,
) -> Result<(Make, Vec<PathBuf>)> {
    let (kdir, folder) = (kernel.kdir.to_string_lossy(), build.stage.to_string_lossy());
    let mut plan = facts.plan(&Places { kdir: &kdir, release: &kernel.release, folder: &folder })?;
    plan.make.words.extend(Make::plain(&driver.manifest.build.make_args).words);
    // What a script of the driver's reads is known to nobody.
    let files = if plan.make.before.is_empty() { files(&[]) } else { files(all) };
    trial::same(context, driver, kernel, &plan, &files, build)?;
    for what in facts.foreign.iter().filter(|what| what.starts_with("BUILD_EXCLUSIVE")) {
        context.events.note(format!(
            "dkms.conf says {what}, which a package can't say for all kernels; `kernels` and `needs` of driver.toml can"
        ));
    }
    Ok((plan.make, files))
}

fn package(
    context: &Context,
    driver: &Driver,
    build: &Build,
    facts: Facts,
    make: Make,
    brings: Brings,
    files: &[PathBuf],
) -> Result<Package> {
    let manifest = &driver.manifest;
    let said = |key: &str| build.modules.iter().find_map(|module| module.info.get(key));
    let own_name = manifest.name.as_deref().or(facts.package.as_deref()).unwrap_or(&driver.own_name);
    let name = names::attribute(own_name)?;
    let texts: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ["c", "h", "rs", "S"].iter().any(|it| ending == *it)))
        .filter_map(|file| fs::read(driver.dir.join(file)).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let found = licence::find(texts.iter().map(String::as_str), said("license"));
    if let Some(note) = found.note {
        context.events.note(format!("`{own_name}`: {note}"));
    }
    let mut needs = manifest.needs.clone();
    needs.extend(facts.needs.iter().filter(|need| !manifest.needs.contains(need)).cloned());
    needs.iter().try_for_each(|option| ensure_option(option))?;
    let platforms =
        if manifest.package.platforms.is_empty() { facts.platforms() } else { manifest.package.platforms.clone() };
    let versions = [manifest.package.version.as_deref(), facts.version.as_deref(), said("version")];
    let has = |ending: &str| files.iter().filter(|file| file.extension().is_some_and(|it| it == ending)).count();
    Ok(Package {
        version: versions.into_iter().flatten().find_map(names::version).unwrap_or_else(|| "0".to_owned()),
        description: names::description(said("description"), &name),
        licences: found.licences,
        homepage: manifest.package.homepage.clone(),
        platforms,
        limits: Limit::of(&manifest.kernels).into_iter().chain(facts.limits).collect(),
        needs,
        make,
        source: Source::Folder(PathBuf::from("src")),
        is_rust: has("rs") > 0,
        is_large: has("c") > 4,
        brings,
        modules: build
            .modules
            .iter()
            .map(|module| Module { name: module.name.clone(), parameters: module.info.parameters() })
            .collect(),
        rivals: manifest.package.rivals.clone(),
        name,
    })
}

/// Those of the sources that the build has read: Kbuild notes what each object was made of.
fn read(stage: &Path, all: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![stage.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_string_lossy().ends_with(".cmd") {
                let text = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
                let words = text.split(|c: char| c.is_whitespace() || "()\"".contains(c)).map(Path::new);
                found.extend(words.map(|word| word.strip_prefix(stage).unwrap_or(word)).filter_map(|word| {
                    let here = folder.strip_prefix(stage).unwrap_or(Path::new("")).join(word);
                    [word.to_owned(), here].into_iter().find(|path| all.contains(path))
                }));
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}
