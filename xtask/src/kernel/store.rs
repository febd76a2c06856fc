// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a kernel's own modules are: files of a folder, or inside of the packages that they came in. A kernel has some
//! 4000 of them, of which a driver needs three; those are taken out when they are first asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::cache::Cache;
use crate::compress;
use crate::debian::{Data, Kept, Place};
use crate::kbuild::ModInfo;

/// The name of the index of modules that are in packages, in a kernel's folder. It is made of lines: `package PATH`, and of
/// the modules in it `module FIRST SIZE PATH`, which are bytes of its tar archive, each followed by its `alias` lines.
pub(super) const INDEX: &str = "modules.index";

/// The folder beside the index that modules are taken out into.
const TAKEN_OUT: &str = "modules";

/// A kernel's modules, by their own names.
#[derive(Debug)]
pub(super) struct Store {
    modules: BTreeMap<String, Module>,
    cache: Cache,
    /// What was decompressed last of which package: modules that need each other are often near each other.
    last: Option<(PathBuf, (usize, Vec<u8>))>,
}

#[derive(Debug)]
struct Module {
    /// Relative to `lib/modules/RELEASE`, or absolute.
    path: PathBuf,
    inside: Option<Inside>,
}

/// Where in a package a module is.
#[derive(Debug)]
struct Inside {
    package: PathBuf,
    /// Where it is when it has been taken out.
    taken_out: PathBuf,
    at: u64,
    size: u64,
    aliases: Vec<String>,
}

/// Which files of a kernel's packages are left in them. Of the modules for cryptography the aliases are wanted, since
/// others ask for algorithms by those.
pub(super) fn place(path: &Path) -> Place {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap_or_default()).collect();
    match parts[..] {
        ["usr", "lib", "modules", _, "kernel", .., name] if own_name(name).is_some() && is_plain(path) => {
            if is_algorithm(path) {
                Place::Seen
            } else {
                Place::Package
            }
        }
        _ => Place::Folder,
    }
}

/// Can it stand in a line of the index?
fn is_plain(path: &Path) -> bool {
    path.to_str().is_some_and(|path| !path.contains(char::is_control))
}

/// Writes the index of the modules that stayed in packages.
pub(super) fn write_index(dir: &Path, kept: &[Kept]) -> Result<()> {
    let mut index = String::new();
    for kept in kept {
        index.push_str(&format_line("package", &[&kept.package.display()]));
        for file in &kept.files {
            index.push_str(&format_line("module", &[&file.at, &file.size, &file.path.display()]));
            if let Some(content) = &file.content {
                let info = compress::unpack_module(&file.path, content).and_then(|elf| ModInfo::parse(&elf));
                let info = info.with_context(|| format!("`{}` is not a kernel module", file.path.display()))?;
                info.aliases().for_each(|alias| index.push_str(&format_line("alias", &[&alias])));
            }
        }
    }
    Ok(fs::write(dir.join(INDEX), index)?)
}

fn format_line(word: &str, values: &[&dyn std::fmt::Display]) -> String {
    let values: String = values.iter().map(|value| format!(" {value}")).collect();
    format!("{word}{values}\n")
}

impl Store {
    /// Of a folder below which modules lie, or of an index.
    pub(super) fn open(place: &Path, cache: &Cache) -> Result<Self> {
        let mut modules = BTreeMap::new();
        if place.is_dir() {
            find(place, &mut modules)?;
        } else {
            let text = fs::read_to_string(place)?;
            let dir = place.parent().context("an index lies in a folder")?;
            modules = parse(&text, dir).with_context(|| format!("failed to understand `{}`", place.display()))?;
        }
        Ok(Self { modules, cache: cache.clone(), last: None })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.modules.contains_key(name)
    }

    /// A module as the kernel loads it, decompressed; none if there is no such module.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(module) = self.modules.get(name) else { return Ok(None) };
        let Some(inside) = &module.inside else { return compress::read_module(&module.path).map(Some) };
        if let Ok(content) = fs::read(&inside.taken_out) {
            return compress::unpack_module(&module.path, &content).map(Some);
        }
        let (package, mut last) = self.last.take().unzip();
        if package.as_ref() != Some(&inside.package) {
            last = None;
        }
        let content = Data::open(&inside.package).and_then(|data| data.read_at(inside.at, inside.size, &mut last));
        let content = content.with_context(|| {
            format!("failed to take `{}` out of `{}`", module.path.display(), inside.package.display())
        })?;
        self.last = last.map(|last| (inside.package.clone(), last));
        // A cache that can't be written to costs only the time.
        let _taken_out_or_not = self.cache.write(&inside.taken_out, &content);
        compress::unpack_module(&module.path, &content).map(Some)
    }

    /// The module that has an alias, among those of `kernel/crypto`, which run on any CPU.
    pub(super) fn algorithm(&self, alias: &str) -> Result<Option<String>> {
        for (name, module) in &self.modules {
            let has_it = match &module.inside {
                Some(inside) => inside.aliases.iter().any(|it| it == alias),
                None => is_algorithm(&module.path) && ModInfo::read(&module.path)?.has_alias(alias),
            };
            if has_it {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }
}

fn is_algorithm(file: &Path) -> bool {
    file.parent().is_some_and(|dir| dir.ends_with("kernel/crypto"))
}

fn find(dir: &Path, modules: &mut BTreeMap<String, Module>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), modules)?;
        } else if let Some(name) = own_name(&entry.file_name().to_string_lossy()) {
            modules.insert(name, Module { path: entry.path(), inside: None });
        }
    }
    Ok(())
}

fn parse(index: &str, dir: &Path) -> Result<BTreeMap<String, Module>> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    let mut package = None;
    let mut last = None;
    for line in index.lines() {
        let (word, rest) = line.split_once(' ').context("a line has one word")?;
        let mut words = rest.splitn(3, ' ');
        match (word, words.next(), words.next(), words.next()) {
            ("package", ..) => package = Some(dir.join(rest)),
            ("module", Some(at), Some(size), Some(path)) => {
                let package = package.clone().context("a module is in no package")?;
                let path = PathBuf::from(path);
                let file = path.file_name().and_then(|name| name.to_str()).context("a module has no name")?;
                let name = own_name(file).context("a module has no name")?;
                let taken_out = dir.join(TAKEN_OUT).join(file);
                let inside = Inside { package, taken_out, at: at.parse()?, size: size.parse()?, aliases: Vec::new() };
                modules.insert(name.clone(), Module { path, inside: Some(inside) });
                last = Some(name);
            }
            ("alias", ..) => {
                let module = last.as_ref().and_then(|name| modules.get_mut(name));
                let inside = module.and_then(|module| module.inside.as_mut()).context("an alias is of no module")?;
                inside.aliases.push(rest.to_owned());
            }
            _ => anyhow::bail!("there is a line `{line}`"),
        }
    }
    Ok(modules)
}

/// The name by which the kernel knows the module of a file: `snd-pcm.ko.xz` is `snd_pcm`.
pub(super) fn own_name(file_name: &str) -> Option<String> {
    let (stem, _compression) = file_name.split_once(".ko")?;
    Some(super::modules::own_name(stem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::Inner;
    use crate::debian::tests::{deb, file};
    use crate::report::Events;

    #[track_caller]
    fn check_place(path: &str, expected: Place) {
        assert_eq!(place(Path::new(path)), expected, "{path}");
    }

    #[test]
    fn places() {
        check_place("usr/lib/modules/6.1.0-1/kernel/fs/ext4/ext4.ko", Place::Package);
        check_place("usr/lib/modules/6.1.0-1/kernel/net.ko.xz", Place::Package);
        check_place("usr/lib/modules/6.1.0-1/kernel/crypto/aes_generic.ko.xz", Place::Seen);
        check_place("usr/lib/modules/6.1.0-1/kernel/arch/x86/crypto/aes.ko.xz", Place::Package);
        check_place("usr/lib/modules/6.1.0-1/modules.order", Place::Folder);
        check_place("usr/lib/modules/6.1.0-1/kernel/fs/a\nmodule 0 0 x.ko", Place::Folder);
        check_place("boot/vmlinuz-6.1.0-1", Place::Folder);
    }

    fn cache(dir: &Path) -> Cache {
        Cache::at(dir.join("cache"), Events::new(std::sync::mpsc::channel().0)).expect("a cache")
    }

    #[test]
    fn modules_in_a_package() {
        let dir = tempfile::tempdir().expect("a folder");
        let package = dir.path().join("a.deb");
        let path = "usr/lib/modules/6.1/kernel/fs/a-b.ko";
        fs::write(&package, deb(&[file("./etc/first", "first"), file(path, "the module")])).expect("written");
        // A header for each, and what is in the first, filled up to 512 bytes.
        let inner = Inner { path: path.into(), at: 512 * 3, size: 10, content: None };
        write_index(dir.path(), &[Kept { package: "a.deb".into(), files: vec![inner] }]).expect("written");
        let mut store = Store::open(&dir.path().join(INDEX), &cache(dir.path())).expect("opened");
        assert!(store.has("a_b") && !store.has("a-b"));
        assert_eq!(store.read("a_b").expect("read").as_deref(), Some(&b"the module"[..]));
        assert_eq!(store.read("c").expect("read"), None);
        fs::remove_file(&package).expect("removed");
        assert_eq!(store.read("a_b").expect("read").as_deref(), Some(&b"the module"[..]), "taken out once");
    }

    #[test]
    fn modules_in_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("kernel/fs")).expect("made");
        fs::write(dir.path().join("kernel/fs/a-b.ko"), "the module").expect("written");
        let mut store = Store::open(dir.path(), &cache(dir.path())).expect("opened");
        assert_eq!(store.read("a_b").expect("read").as_deref(), Some(&b"the module"[..]));
    }

    #[test]
    fn indexes() {
        let index = "package packages/a.deb\nmodule 512 10 kernel/crypto/crc32c_generic.ko.xz\nalias crypto-crc32c\n";
        let modules = parse(index, Path::new("/kernel")).expect("understood");
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store { modules, cache: cache(dir.path()), last: None };
        assert_eq!(store.algorithm("crypto-crc32c").expect("read").as_deref(), Some("crc32c_generic"));
        assert_eq!(store.algorithm("crypto-aes").expect("read"), None);
        for bad in
            ["module 512 10 a.ko", "package a\nmodule x 10 a.ko", "package a\nmodule 1 2", "alias x", "what is this"]
        {
            parse(bad, Path::new("/kernel")).expect_err(bad);
        }
    }
}
