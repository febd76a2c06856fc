// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask kernels`

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use crate::cli::{Kernels, Menus};
use crate::context::Context;
use crate::kernel::kernel_org::KERNEL_ORG;
use crate::kernel::{self, KernelTree, Listed, Lock, Wish, compare_releases};
use crate::outcome::ExitStatus;
use crate::source_build::Order;
use crate::{prune, source_build};

pub(super) fn run(context: &Context, task: Option<&Kernels>) -> Result<ExitStatus> {
    match task {
        None | Some(Kernels::List { available: false }) => list(context),
        Some(Kernels::List { available: true }) => list_available(context),
        Some(Kernels::Fetch { names }) => fetch(context, names),
        Some(Kernels::Build { names }) => build(context, names),
        Some(Kernels::Config { name, save, by }) => config(context, name, save.as_deref(), *by),
        Some(Kernels::Show { name }) => show(context, name),
        Some(Kernels::Lock { names }) => lock(context, names),
        Some(Kernels::Import(import)) => super::import::run(context, import),
        Some(Kernels::Prune { older_than, to_size, dry_run }) => {
            let age = Duration::from_secs(older_than.saturating_mul(24 * 3600));
            prune::run(context, age, to_size.map(|mb| mb.saturating_mul(1_000_000)), *dry_run)?;
            Ok(ExitStatus::Good)
        }
    }
}

const COLUMNS: &[&str] = &["name", "release", "source", "flavour", "fetch", "a driver can have"];

fn list(context: &Context) -> Result<ExitStatus> {
    let names = pinned_names(context);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for dir in folders(&context.cache.path("kernels", "")) {
        // What an older workbench has left, or the wind has damaged, is no kernel.
        let Ok(tree) = KernelTree::open(&dir, &context.cache) else { continue };
        let key = dir.file_name().unwrap_or_default().to_string_lossy();
        let names = names.get(key.as_ref()).map_or_else(|| tree.release.clone(), |names| names.join(" "));
        let flavour = kernel::flavour_of(&tree.release).unwrap_or_default().to_owned();
        let has = kernel::features(&tree).join(" ");
        rows.push(vec![names, tree.release, tree.origin, flavour, "in the cache".to_owned(), has]);
    }
    if rows.is_empty() {
        context.events.answer(
            "there is no kernel in the cache; `cargo xtask kernels list --available` names those that can be fetched",
        );
        return Ok(ExitStatus::Good);
    }
    rows.sort_by(|a, b| compare_releases(&a[1], &b[1]));
    context.events.table(COLUMNS, rows);
    Ok(ExitStatus::Good)
}

fn list_available(context: &Context) -> Result<ExitStatus> {
    context.events.table(COLUMNS, context.kernel_list()?.into_iter().map(row).collect());
    Ok(ExitStatus::Good)
}

fn row(listed: Listed) -> Vec<String> {
    let Listed { name, release, place, flavour, size, dir, has, .. } = listed;
    let unknown = || "?".to_owned();
    let fetch = match (dir, size) {
        (Some(_), _) => "in the cache".to_owned(),
        (None, Some(size)) => format!("{} MB", size.div_ceil(1_000_000)),
        (None, None) => unknown(),
    };
    vec![name, release, place, flavour.unwrap_or_default(), fetch, has.unwrap_or_else(unknown)]
}

fn fetch(context: &Context, names: &[String]) -> Result<ExitStatus> {
    let mut status = ExitStatus::Good;
    for wish in context.wishes(names)? {
        ask_again(context, &wish)?;
        let fetched = match wish.source.as_deref() {
            Some(KERNEL_ORG) => {
                let sources = context.kernel_org().fetch_source(&wish);
                sources.map(|dir| format!("the sources of {wish} are in {}", dir.display()))
            }
            _ => context.kernel(&wish).map(|tree| format!("{wish} is {}, in {}", tree.release, tree.dir.display())),
        };
        match fetched {
            Ok(said) => context.events.answer(said),
            // The others are wanted all the same.
            Err(err) => {
                context.events.note(format!("failed to fetch the kernel `{wish}`: {err:#}"));
                status = ExitStatus::CouldNotJudge;
            }
        }
    }
    Ok(status)
}

/// What a name was found to mean is believed no more, unless no other answer can be had.
fn ask_again(context: &Context, wish: &Wish) -> Result<()> {
    let end = format!(":{}", wish.anywhere());
    for pin in folders(&context.cache.path("pins", "")) {
        if pin.to_string_lossy().ends_with(&end) {
            let file = fs::File::options().write(true).open(&pin)?;
            file.set_modified(SystemTime::UNIX_EPOCH).with_context(|| format!("failed to age `{}`", pin.display()))?;
        }
    }
    Ok(())
}

fn build(context: &Context, names: &[String]) -> Result<ExitStatus> {
    for wish in context.wishes(names)? {
        has_profile(&wish)?;
        ask_again(context, &wish)?;
        let started = Instant::now();
        let tree = context.kernel(&wish)?;
        let took = started.elapsed().as_secs_f64();
        context.events.answer(format!("{wish} is {}, in {} ({took:.0} s)", tree.release, tree.dir.display()));
    }
    Ok(ExitStatus::Good)
}

fn has_profile(wish: &Wish) -> Result<()> {
    ensure!(
        wish.profile.is_some(),
        "`{wish}` does not say how it is to be built\nhelp: name a profile, such as `{wish}+vm`: {}",
        source_build::OWN.iter().map(|(name, _, what)| format!("{name} ({what})")).collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

fn config(context: &Context, name: &str, save: Option<&Path>, by: Menus) -> Result<ExitStatus> {
    let wish: Wish = name.parse()?;
    has_profile(&wish)?;
    let target = match by {
        Menus::Menuconfig => "menuconfig",
        Menus::Nconfig => "nconfig",
        Menus::Xconfig => "xconfig",
    };
    let needs = context.needs(&[]);
    let changed = source_build::edit(context, Order { wish: &wish, needs: &needs, recipe: None }, target)?;
    if changed.is_empty() {
        context.events.answer("nothing was changed");
        return Ok(ExitStatus::Good);
    }
    let Some(file) = save else {
        context.events.answer(format!("{changed}--save FILE keeps this for a profile of your own"));
        return Ok(ExitStatus::Good);
    };
    // What stands last counts.
    let mut kept = fs::File::options().create(true).append(true).open(file)?;
    kept.write_all(changed.as_bytes())?;
    context.events.answer(format!(
        "{changed}added to `{}`; workbench.toml takes it into use:\n[profile.mine]\nbase = \"{}\"\nfragments = [\"{}\"]",
        file.display(),
        wish.profile.as_deref().unwrap_or_default(),
        file.display()
    ));
    Ok(ExitStatus::Good)
}

fn show(context: &Context, name: &str) -> Result<ExitStatus> {
    let tree = context.kernel(&name.parse()?)?;
    let nothing = || "none".to_owned();
    let said = |path: &Path| path.display().to_string();
    let features = kernel::features(&tree).join(" ");
    let by_hand = ["make".to_owned(), "-C".to_owned(), said(&tree.kdir), "M=$PWD".to_owned()];
    let by_hand = by_hand.into_iter().chain(context.way()?.by_hand(&tree)).chain(["modules".to_owned()]);
    let rows = [
        ("release", tree.release.clone()),
        ("origin", tree.origin.clone()),
        ("KDIR", said(&tree.kdir)),
        ("config", said(&tree.config)),
        ("image", tree.image.as_deref().map_or_else(nothing, said)),
        ("modules", if tree.modules.is_dir() { said(&tree.modules) } else { in_packages(&tree.modules) }),
        ("compiler", format!("{} in {}", tree.compiler, tree.root.join("usr/bin").display())),
        ("has", if features.is_empty() { nothing() } else { features }),
        ("by hand", by_hand.collect::<Vec<_>>().join(" ")),
    ];
    for (what, text) in rows {
        context.events.answer(format!("{what:<9} {text}"));
    }
    if tree.tools == kernel::Tools::Root {
        let origin = &tree.origin;
        context.events.answer(format!(
            "{:<9} (which takes {} and a libc like that of {origin}; `cargo xtask build` brings both)",
            "", tree.compiler
        ));
    }
    Ok(ExitStatus::Good)
}

fn in_packages(index: &Path) -> String {
    format!("in their packages until they are needed; {} lists them", index.display())
}

fn lock(context: &Context, names: &[String]) -> Result<ExitStatus> {
    let mut lock = match names {
        // What is not asked for any more is not kept.
        [] => Lock::default(),
        _ => Lock::read(&context.workspace)?.unwrap_or_default(),
    };
    for wish in context.wishes(names)? {
        let (kernels, recipe) = context
            .to_lock(&wish)?
            .with_context(|| format!("the kernel `{wish}` can't be pinned: no archive has it"))?;
        let archive = &kernels.tools.archive;
        lock.pin(&wish.to_string(), &recipe, &|package| {
            let of = if package.suite.archive == archive.name { archive } else { &kernels.archive };
            of.date(&package.suite)
        })?;
        context.events.answer(format!("{wish} is {} ({})", recipe.release, recipe.origin));
    }
    lock.write(&context.workspace)?;
    Ok(ExitStatus::Good)
}

/// By the names of entries in the cache the names that mean them now.
fn pinned_names(context: &Context) -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pin in folders(&context.cache.path("pins", "")) {
        let (Some(name), Ok(text)) = (pin.file_name().and_then(|name| name.to_str()), fs::read_to_string(&pin)) else {
            continue;
        };
        if name.contains(':') {
            let name =
                ["debian:", source_build::ANY].iter().find_map(|source| name.strip_prefix(source)).unwrap_or(name);
            let key = text.lines().next().unwrap_or_default();
            names.entry(key.to_owned()).or_default().push(name.to_owned());
        }
    }
    names
}

/// What lies in a folder, sorted; nothing when there is no such folder.
fn folders(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}
