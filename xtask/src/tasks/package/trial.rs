// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does a driver with a dkms.conf come out the same by what its package does? The calls of make that a package has, with the files
//! that it has, are written into a dkms.conf of a copy, which is built as the driver itself was.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use object::{Object as _, ObjectSection as _};

use crate::context::Context;
use crate::driver::{DKMS, Driver, Manifest};
use crate::inputs;
use crate::kbuild::{self, Build, Built, ModInfo, Module, Order, Purpose};
use crate::kernel::KernelTree;
use crate::package::driver::dkms::Plan;
use crate::package::driver::make::{Piece, Word};

/// # Errors
/// The modules are others, or there are none.
pub(super) fn same(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    plan: &Plan,
    files: &[PathBuf],
    build: &Build,
) -> Result<()> {
    let dir = context.target.join("package").join(driver.own_name.replace(|c: char| !crate::context::is_plain(c), "_"));
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    for file in files {
        let to = dir.join(file);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::copy(driver.dir.join(file), to)?;
    }
    fs::create_dir_all(&dir)?;
    fs::write(dir.join(DKMS), dkms_conf(plan, &build.modules))?;
    let manifest = Manifest { build: driver.manifest.build.clone(), ..Manifest::default() };
    let own_name = format!("{}-package", driver.own_name);
    let copy = Driver { name: own_name.clone(), own_name, dir, manifest, built: None, in_tree: None };
    let inputs = inputs::of_build(context, &copy, kernel, None)?;
    let order =
        Order { purpose: Purpose::Modules, jobs: context.jobs, inputs, reuse: true, editor: None, hurry: false };
    let help = format!(
        "help: dkms.conf does what a package does not: {}; `dkms = false` and `make-args` under [build] of driver.toml say how \
         Kbuild alone builds it",
        if plan.left_out.is_empty() { "see its log".to_owned() } else { plan.left_out.join(", ") }
    );
    match kbuild::build(context, &copy, kernel, &order)? {
        Built::Refused { lines, log, .. } => {
            let first = lines.first().map_or("make refused", String::as_str);
            bail!(
                "`{}` can't be built without its dkms.conf: {first}; see `{}`\n{help}",
                driver.own_name,
                log.display()
            )
        }
        Built::Modules(other) => {
            for module in &build.modules {
                if !other.modules.iter().any(|it| is_same(module, it)) {
                    bail!(
                        "without its dkms.conf, the module `{}` of `{}` is another\n{help}",
                        module.name,
                        driver.own_name
                    );
                }
            }
            Ok(())
        }
    }
}

/// Whether two modules say the same of themselves, which a hash of their sources is part of, and have as much code and data.
fn is_same(one: &Module, other: &Module) -> bool {
    let sizes = |path: &Path| -> Option<Vec<u64>> {
        let bytes = fs::read(path).ok()?;
        let file = object::File::parse(&*bytes).ok()?;
        let size = |name| file.section_by_name(name).map_or(0, |section| section.size());
        Some([".text", ".init.text", ".data", ".bss"].map(size).to_vec())
    };
    let says = |module: &Module| ModInfo::read(&module.path).ok();
    one.name == other.name && says(one) == says(other) && sizes(&one.path) == sizes(&other.path)
}

/// dkms.sh has names for the places, and runs what stands in `MAKE` in the driver's folder.
fn dkms_conf(plan: &Plan, modules: &[Module]) -> String {
    let word = |word: &Word| -> String {
        let piece = |piece: Piece| match piece {
            Piece::Text(text) => text,
            Piece::Kdir => "\"$kernel_source_dir\"".to_owned(),
            Piece::Release => "\"$kernelver\"".to_owned(),
            Piece::Folder => "\"$PWD\"".to_owned(),
        };
        word.shell().into_iter().map(piece).collect()
    };
    let words: Vec<String> = plan.make.words.iter().map(word).collect();
    let one = |folder: &String| {
        let place = Word(vec![Piece::Text("M=".to_owned()), Piece::Folder, Piece::Text(format!("/{folder}"))]);
        format!("make -C \"$kernel_source_dir\" {} {} modules", word(&place).trim_end_matches('/'), words.join(" "))
    };
    let makes: Vec<String> = plan.make.folders.iter().map(one).collect();
    let before: Vec<String> = plan.make.before.iter().map(word).collect();
    let names = modules.iter().enumerate().map(|(at, module)| {
        let name = module.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        format!("BUILT_MODULE_NAME[{at}]={name}\n")
    });
    let text = |name: &str, text: &str| format!("{name}=$(cat <<'WORKBENCH'\n{text}\nWORKBENCH\n)\n");
    let collect = "find . -mindepth 2 -name '*.ko' -exec cp -f {} . \\;";
    [
        "PACKAGE_NAME=trial\nPACKAGE_VERSION=0\n".to_owned(),
        if before.is_empty() { String::new() } else { text("PRE_BUILD", &before.join(" ")) },
        text("MAKE[0]", &format!("{} && {collect}", makes.join(" && "))),
        names.collect(),
    ]
    .concat()
}
