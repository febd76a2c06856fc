// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facts about a kernel as files for Nix: a call of `nix/kernel/precompiled.nix`, and its configuration.

use std::path::Path;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::config;
use super::facts::Facts;
use super::headers::Repair;
use super::source::{Place, Source};
use super::tree::modules_dir;
use crate::package::generated::Generated;
use crate::package::nix::{Nix, Set};

/// A kernel that has been read.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The folder's name.
    pub name: String,
    pub facts: Facts,
    /// Sorted by the names of their files.
    pub sources: Vec<Source>,
    /// The arguments of `cargo xtask kernels import` that make it again.
    pub arguments: String,
}

/// The function that the texts call. Where the workbench is not at hand, it is written beside them.
const FUNCTION: &str = include_str!("../../../nix/kernel/precompiled.nix");

impl Imported {
    /// The files of the folder `dir`; `workspace` has the function that they call, or they bring it along.
    pub fn files(&self, dir: &Path, workspace: &Path) -> Result<Generated> {
        let values = config::values(&self.facts.config);
        let function = Path::new("nix/kernel/precompiled.nix");
        let inside = dir.strip_prefix(workspace).ok().filter(|_| workspace.join(function).exists());
        let call = inside.map(|dir| dir.iter().map(|_| Path::new("..")).collect::<std::path::PathBuf>().join(function));
        let mut files = Generated::default();
        if call.is_none() {
            files = files.with("precompiled.nix", FUNCTION);
        }
        let call = Nix::path(call.as_deref().unwrap_or(Path::new("precompiled.nix")))?;
        Ok(files
            .with("default.nix", self.text(&call, dir)?)
            .with("config", self.facts.config.clone())
            .with("config.json", config::json(&values)))
    }

    fn text(&self, call: &Nix, dir: &Path) -> Result<String> {
        let Facts { version, release, arch, compiler, target, image, system_map, headers, .. } = &self.facts;
        let path = |path: &Path| -> Result<Nix> {
            Ok(Nix::string(path.to_str().with_context(|| format!("`{}` is no UTF-8", path.display()))?))
        };
        let map = system_map.as_deref().map_or_else(|| Ok(Nix::code("null")), path)?;
        let layout = Set::new()
            .with("image", path(image)?)
            .with("systemMap", map)
            .with("modules", path(&modules_dir(release))?)
            .with("kdir", path(&headers.kdir)?)
            .with("headers", Nix::list(headers.roots.iter().map(|root| path(root)).collect::<Result<Vec<_>>>()?));
        let sources = self.sources.iter().map(|source| source_text(source, dir)).collect::<Result<Vec<_>>>()?;
        let arguments = Set::new()
            .with("pname", Nix::string(&self.pname()))
            .with("version", Nix::string(version))
            .with("modDirVersion", Nix::string(release))
            .with("arch", Nix::string(arch))
            .with(
                "compiler",
                Set::new().with("name", Nix::string(compiler.0)).with("version", Nix::string(&compiler.1)),
            )
            .with("target", Nix::string(target))
            .with("layout", layout)
            .with("repairs", Nix::strings(headers.repairs.iter().copied().map(Repair::name)))
            .with("configfile", Nix::path(Path::new("config"))?)
            .with("configValues", Nix::path(Path::new("config.json"))?)
            .with("formats", Nix::strings(self.facts.kinds.iter().map(ToString::to_string)))
            .with("sources", Nix::list(sources));
        // What is overridden comes last; it is not named, or callPackage would fill it in.
        let arguments = Nix::joined("//", [arguments.into(), Nix::code("args")]);
        let call = Nix::call(&Nix::code("import"), [call.clone(), arguments]);
        // A file may be called anything, and a comment ends with its line.
        let arguments = self.arguments.replace(char::is_control, "?");
        Nix::prefixed("{ pkgs, ... }@args:", &call).file(&[
            "SPDX-License-Identifier: MIT OR Apache-2.0",
            "A kernel that a distribution has compiled; `boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage ./. { })`.",
            &format!("Written by `cargo xtask kernels import {arguments}`; do it again rather than edit it."),
        ])
    }

    fn pname(&self) -> String {
        match self.name.starts_with(|c: char| c.is_ascii_digit()) {
            true => "linux-precompiled".to_owned(),
            false => format!("linux-{}", self.name),
        }
    }
}

fn source_text(source: &Source, dir: &Path) -> Result<Nix> {
    let set = Set::new().with("name", Nix::string(&source.store_name()));
    let hash = Nix::string(&source.integrity());
    Ok(match &source.place {
        Place::Urls(urls) => {
            let set = set.with("urls", Nix::strings(urls)).with("hash", hash);
            Nix::call(&Nix::code("pkgs.fetchurl"), [set.into()])
        }
        Place::File(file) => {
            // The file's path has no links in it.
            let dir = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
            let path = match file.strip_prefix(dir) {
                Ok(inside) => Nix::path(inside)?,
                Err(_) => {
                    let text = file.to_str().with_context(|| format!("`{}` is no UTF-8", file.display()))?;
                    Nix::joined("+", [Nix::code("/."), Nix::string(text)])
                }
            };
            // A file, not a tree: it then has the place in the store that it would have if it had been fetched.
            let set = set.with("path", path).with("recursive", Nix::bool(false)).with("sha256", hash);
            Nix::call(&Nix::code("builtins.path"), [set.into()])
        }
    })
}
