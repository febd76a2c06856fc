// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules of the kernel's own tree, with patches, built against the kernel as it is: the kernel itself is not built again.
//!
//! When the kernel is known, the folder that was asked for becomes a driver like any other: a folder with its sources, patched,
//! at their places below the top of the tree. What else of the tree it needs is added, as links, to the copy that Kbuild works
//! in. Kbuild starts at the first folder (`M=drivers`) and is led from there, because a folder's makefile may count on what
//! those above it say, and on its place in the tree.

mod layers;
mod makefile;
mod patch;
mod source;
mod symbols;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use self::layers::Layers;
use self::makefile::{KBUILD, MOVED};
use self::patch::{Changed, Patch};
use self::source::Source;
use crate::context::Context;
use crate::driver::{Driver, Manifest};
use crate::kernel::KernelTree;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// As it was said, without an ending: `drivers/net/dummy`.
    path: PathBuf,
    /// Whether it is one module: `drivers/net/dummy.ko`. Without an ending, the source says what it is.
    is_module: bool,
    patches: Vec<Patch>,
}

/// How a driver of the kernel's tree is built.
#[derive(Debug, Clone)]
pub struct Tree {
    layers: Layers,
    /// For `M=`.
    top: PathBuf,
    /// A word for the source.
    word: String,
    /// What is said when it makes no module.
    no_module: String,
}

/// A driver that can be built, and the lock of its folder.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) driver: Driver,
    _lock: File,
}

/// The files of a driver's folder: where they are in the source, or what they have.
type Files = BTreeMap<PathBuf, Content>;

enum Content {
    Copy(PathBuf),
    Text(Vec<u8>),
}

/// Folders, and whether all below them is meant.
type Folders = BTreeMap<PathBuf, bool>;

impl Asked {
    pub(crate) fn new(path: &str, patches: &[PathBuf]) -> Result<Self> {
        let said = Path::new(path.trim_end_matches('/'));
        let said = said.strip_prefix("./").unwrap_or(said);
        let is_plain = said.components().all(|part| matches!(part, Component::Normal(_))) && said != Path::new("");
        ensure!(
            is_plain,
            "`{path}` is no place in the kernel's tree\nhelp: name one from its top on, such as drivers/net/dummy.ko"
        );
        let is_module = said.extension().is_some_and(|ending| ["ko", "c", "o"].iter().any(|it| ending == *it));
        let path = if is_module { said.with_extension("") } else { said.to_owned() };
        let read = |file: &PathBuf| Patch::parse(&file.display().to_string(), &fs::read(file)?);
        Ok(Self { path, is_module, patches: patches.iter().map(read).collect::<Result<_>>()? })
    }

    /// The driver as it is known before there is a kernel. Its folder is where those of the single kernels will be.
    pub(crate) fn driver(&self, context: &Context) -> Driver {
        let name = self.path.to_string_lossy().into_owned();
        let dir = context.target.join("in-tree").join(name.replace('/', "_"));
        Driver { own_name: name.clone(), name, dir, manifest: Manifest::default(), in_tree: None, built: None }
    }

    /// The driver for a kernel: its folder has the sources of that kernel, patched.
    pub(crate) fn ready(&self, context: &Context, kernel: &KernelTree) -> Result<Ready> {
        let source = Source::of(context, kernel)?;
        let (folder, module) = self.meant(&source, kernel)?;
        let own = own_makefile(&source, &folder).with_context(|| {
            format!(
                "`{}` has no makefile of its own in the source of {}\nhelp: name the folder whose makefile builds it",
                folder.display(),
                kernel.release
            )
        })?;
        let makefiles = makefiles(&source, &folder, module.is_none())?;
        let (mut mine, mut near) = (Folders::from([(folder.clone(), module.is_none())]), BTreeSet::new());
        for (dir, text) in &makefiles {
            mine.extend(makefile::subfolders(text, dir).into_iter().map(|dir| (dir, true)));
            near.extend(makefile::reaches(text, dir));
        }
        let all: Folders = mine.clone().into_iter().chain(near.iter().map(|dir| (dir.clone(), true))).collect();
        let files_at = source.folder_with(context, &all)?;
        let mut files = Files::new();
        for from in [&source.shared, &files_at] {
            collect(from, &mine, &mut files)?;
        }
        let is_mine = |path: &Path| is_in(path, &mine);
        for (path, content) in self.patched(context, &source, &is_mine, &near)? {
            files.remove(&path);
            files.extend(content.map(|content| (path, Content::Text(content))));
        }
        lead(&source, &folder, &mut files);
        if let Some(module) = &module {
            wrap(&source, &folder, own, &mut files, |own| makefile::only(module, own));
        }
        let Driver { name, own_name, manifest, dir, .. } = self.driver(context);
        let dir = dir.join(Context::kernel_dir_name(kernel));
        fs::create_dir_all(&dir)?;
        let lock = fs::File::create(dir.join("lock"))?.into_parts().0;
        lock.lock().with_context(|| format!("failed to lock `{}`", dir.display()))?;
        let dir = dir.join("source");
        write(&dir, &files)?;
        let mut sources = vec![files_at, source.shared.clone()];
        sources.dedup();
        let tree = Tree {
            layers: Layers { built: kernel.kdir.clone(), sources, open: near },
            top: PathBuf::from(folder.components().next().context("a folder has a name")?.as_os_str()),
            word: source.word,
            no_module: no_module(&makefiles, &folder, module.as_deref(), kernel)?,
        };
        let driver = Driver { name, own_name, dir: fs::canonicalize(dir)?, manifest, in_tree: Some(tree), built: None };
        Ok(Ready { driver, _lock: lock })
    }

    /// The folder, and the module in it if only that is meant.
    fn meant(&self, source: &Source, kernel: &KernelTree) -> Result<(PathBuf, Option<String>)> {
        if !self.is_module && has_folder(source, &self.path) {
            return Ok((self.path.clone(), None));
        }
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_there = self.is_module || source.has(&self.path.with_extension("c"));
        if folder == Path::new("") || !has_folder(source, &folder) || !is_there {
            bail!(
                "the source of {} has no `{}`\nhelp: name a folder or a module from the top of the tree on, \
                 such as drivers/net/ethernet/mellanox or drivers/net/dummy.ko",
                kernel.release,
                self.path.display()
            );
        }
        Ok((folder, Some(name)))
    }

    /// What the patches change of what is built. Who patches a whole kernel changes more than that; it is said what is left out.
    fn patched(
        &self,
        context: &Context,
        source: &Source,
        is_mine: &dyn Fn(&Path) -> bool,
        near: &BTreeSet<PathBuf>,
    ) -> Result<Changed> {
        let is_near = |path: &Path| near.iter().any(|dir| path.starts_with(dir));
        let wanted = |path: &Path| is_mine(path) || is_near(path) || source.shared.join(path).is_file();
        let mut changed = Changed::new();
        for patch in &self.patches {
            let left_out: BTreeSet<String> =
                patch.files().filter(|path| !wanted(path)).map(|path| path.display().to_string()).collect();
            let left_out: Vec<String> = left_out.into_iter().collect();
            patch.apply(&mut changed, &wanted, &|path| source.read(path))?;
            if !left_out.is_empty() {
                let what = left_out.join("`, `");
                context.events.note(format!("`{}` also changes `{what}`, which is not built here", patch.name));
            }
        }
        for header in changed.keys().filter(|path| path.starts_with("include") || path.starts_with("arch/x86/include"))
        {
            let header = header.display();
            context.events.note(format!("the kernel itself was built without the change to `{header}`"));
        }
        Ok(changed)
    }
}

impl Tree {
    /// What a build hangs on besides the folder's files.
    pub(crate) fn word(&self) -> String {
        format!("{} {} {:?}", self.word, self.top.display(), self.layers.open)
    }

    /// For `M=`.
    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    pub(crate) fn no_module(&self) -> &str {
        &self.no_module
    }

    /// What has to be seen while it is built.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.layers.folders()
    }

    /// What the modules that were built there export otherwise than the kernel's own.
    pub(crate) fn differences(&self, stage: &Path) -> Vec<String> {
        let ours = fs::read_to_string(stage.join(&self.top).join("Module.symvers")).unwrap_or_default();
        let kernels = fs::read_to_string(self.layers.built.join("Module.symvers")).unwrap_or_default();
        symbols::differences(&ours, &kernels)
    }

    /// Makes the rest of the tree there.
    pub(crate) fn link(&self, stage: &Path) -> Result<()> {
        self.layers.link(stage)
    }
}

pub(crate) use layers::unlink;

fn has_folder(source: &Source, path: &Path) -> bool {
    source.has(path) && !source.shared.join(path).is_file() && source.read(path).is_none()
}

fn own_makefile(source: &Source, folder: &Path) -> Option<&'static str> {
    [KBUILD, "Makefile"].into_iter().find(|name| source.shared.join(folder).join(name).is_file())
}

/// The makefiles of a folder, and of those below it.
fn makefiles(source: &Source, folder: &Path, all: bool) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Files::new();
    collect(&source.shared, &Folders::from([(folder.to_owned(), all)]), &mut files)?;
    let mut found = Vec::new();
    for path in files.keys() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("Makefile") || name.starts_with(KBUILD) {
            let text = fs::read(source.shared.join(path))?;
            let dir = path.parent().unwrap_or(Path::new("")).to_owned();
            found.push((dir, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(found)
}

fn is_in(path: &Path, folders: &Folders) -> bool {
    folders.iter().any(|(dir, all)| if *all { path.starts_with(dir) } else { path.parent() == Some(dir) })
}

/// The source files that a tree has of these folders.
fn collect(tree: &Path, folders: &Folders, files: &mut Files) -> Result<()> {
    let mut left: Vec<(PathBuf, bool)> = folders.iter().map(|(dir, all)| (dir.clone(), *all)).collect();
    while let Some((dir, all)) = left.pop() {
        let Ok(entries) = fs::read_dir(tree.join(&dir)) else { continue };
        for entry in entries {
            let entry = entry?;
            let path = dir.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() && all {
                left.push((path, true));
            } else if entry.path().is_file() && !crate::kbuild::is_product(&entry.file_name().to_string_lossy()) {
                files.insert(path, Content::Copy(entry.path()));
            }
        }
    }
    Ok(())
}

/// Leads make from the first folder to the one that is meant.
fn lead(source: &Source, folder: &Path, files: &mut Files) {
    let mut at = PathBuf::new();
    let mut parts = folder.components().peekable();
    while let (Some(part), Some(next)) = (parts.next(), parts.peek()) {
        at.push(part);
        let next = next.as_os_str().to_string_lossy();
        if let Some(own) = own_makefile(source, &at) {
            wrap(source, &at, own, files, |own| makefile::way_into(&next, own));
        } else {
            let text = makefile::way_into(&next, None);
            files.insert(at.join(KBUILD), Content::Text(text.into_bytes()));
        }
    }
}

/// Puts our makefile before a folder's own, which is `own` there.
fn wrap(source: &Source, dir: &Path, own: &str, files: &mut Files, text: impl Fn(Option<&str>) -> String) {
    let named = if own == KBUILD { MOVED } else { own };
    let known = files.remove(&dir.join(own)).unwrap_or_else(|| Content::Copy(source.shared.join(dir).join(own)));
    files.insert(dir.join(named), known);
    files.insert(dir.join(KBUILD), Content::Text(text(Some(named)).into_bytes()));
}

/// Makes a folder have these files and no others; what is as it should be is not touched, so that make need not run for it.
fn write(dir: &Path, files: &Files) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut left = vec![dir.to_owned()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                left.push(entry.path());
            } else if !files.contains_key(entry.path().strip_prefix(dir)?) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    for (path, content) in files {
        let to = dir.join(path);
        let content = match content {
            Content::Copy(from) => fs::read(from)?,
            Content::Text(text) => text.clone(),
        };
        if fs::read(&to).ok().as_ref() != Some(&content) {
            fs::create_dir_all(to.parent().unwrap_or(dir))?;
            fs::write(&to, content)?;
        }
    }
    Ok(())
}

/// What is said when nothing of a folder becomes a module: the options that decide it, and what the kernel has them at.
fn no_module(
    makefiles: &[(PathBuf, String)],
    folder: &Path,
    module: Option<&str>,
    kernel: &KernelTree,
) -> Result<String> {
    let config = fs::read_to_string(&kernel.config)?;
    let what = module.map_or_else(|| folder.to_owned(), |module| folder.join(module));
    let rules = makefiles.iter().flat_map(|(_, text)| makefile::rules(text));
    let is_it = |rule: &makefile::Rule| {
        module.is_none_or(|module| rule.objects.iter().any(|object| object.strip_suffix(".o") == Some(module)))
    };
    let mut options: Vec<String> = rules.filter(is_it).map(|rule| rule.option).collect();
    options.sort();
    options.dedup();
    Ok(said_no_module(&what, &kernel.release, &options, &config))
}

fn said_no_module(what: &Path, release: &str, options: &[String], config: &str) -> String {
    const MOST: usize = 8;
    let value = |option: &String| {
        let line = config.lines().find(|line| line.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')));
        line.map_or_else(|| format!("{option} is not set"), str::to_owned)
    };
    let listed: Vec<String> = options.iter().take(MOST).map(value).collect();
    let more = options.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let why = match listed[..] {
        [] => "its makefile has no option that could make it one".to_owned(),
        _ => format!("{}{more}", listed.join(", ")),
    };
    format!("nothing of `{}` is a module of {release}: {why}", what.display())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn what_is_asked_for() {
        let check = |path: &str, expected: Option<(&str, bool)>| {
            let asked = Asked::new(path, &[]).ok();
            let found = asked.map(|asked| (asked.path.display().to_string(), asked.is_module));
            assert_eq!(found, expected.map(|(path, is_module)| (path.to_owned(), is_module)), "{path}");
        };
        check("drivers/net/dummy.ko", Some(("drivers/net/dummy", true)));
        check("drivers/net/dummy.c", Some(("drivers/net/dummy", true)));
        check("./fs/xfs/", Some(("fs/xfs", false)));
        check("fs/xfs", Some(("fs/xfs", false)));
        check("/usr/src/linux/fs/xfs", None);
        check("fs/../net", None);
        check("", None);
    }

    #[test]
    fn why_there_is_no_module() {
        let config = "CONFIG_A=y\nCONFIG_AB=m\n# CONFIG_B is not set\n";
        let check = |options: &[&str], expected: &Expect| {
            let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            expected.assert_eq(&said_no_module(Path::new("drivers/x"), "6.1.0", &options, config));
        };
        check(
            &["CONFIG_A", "CONFIG_B"],
            &expect!["nothing of `drivers/x` is a module of 6.1.0: CONFIG_A=y, CONFIG_B is not set"],
        );
        check(&["CONFIG_AB"], &expect!["nothing of `drivers/x` is a module of 6.1.0: CONFIG_AB=m"]);
        check(
            &[],
            &expect!["nothing of `drivers/x` is a module of 6.1.0: its makefile has no option that could make it one"],
        );
    }
}
