// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules of the kernel's own tree, with patches, built against the kernel as it is: the kernel itself is not built again.
//!
//! When the kernel is known, the folder that was asked for becomes a driver like any other: a folder with its sources, patched,
//! at their places below the top of the tree. What else of the tree it needs is added, as links, to the copy that Kbuild works
//! in. Kbuild starts at the first folder (`M=drivers`) and is led from there, because a folder's makefile may count on what
//! those above it say, and on its place in the tree.

mod folder;
mod layers;
mod makefile;
mod no_module;
mod patch;
mod source;
mod symbols;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use self::folder::{Content, Files};
use self::layers::Layers;
use self::makefile::KBUILD;
use self::patch::{Changed, Patch};
use self::source::Source;
use crate::context::Context;
use crate::driver::{Driver, Manifest};
use crate::kernel::KernelTree;
use crate::linux_source;

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
    no_module: NoModule,
}

/// A driver that can be built, and the lock of its folder.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) driver: Driver,
    _lock: File,
}

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
        let own = folder::own_makefile(&source, &folder).with_context(|| {
            format!(
                "`{}` has no makefile of its own in the source of {}\nhelp: name the folder whose makefile builds it",
                folder.display(),
                kernel.release
            )
        })?;
        let makefiles = makefiles(&source, &folder, module.is_none())?;
        let open: BTreeSet<PathBuf> = makefiles.iter().flat_map(|(dir, text)| makefile::reaches(text, dir)).collect();
        let mut files = Files::new();
        folder::collect(&source.dir, &folder, module.is_none(), &mut files)?;
        let is_built = |path: &Path| path.starts_with(&folder) || open.iter().any(|dir| path.starts_with(dir));
        for (path, content) in self.patched(context, &source, &is_built)? {
            files.remove(&path);
            files.extend(content.map(|content| (path, Content::Text(content))));
        }
        folder::lead(&source, &folder, &mut files);
        if let Some(module) = &module {
            folder::wrap(&source, &folder, own, &mut files, |own| makefile::only(module, own));
        }
        let Driver { name, own_name, manifest, dir, .. } = self.driver(context);
        let dir = dir.join(Context::kernel_dir_name(kernel));
        fs::create_dir_all(&dir)?;
        let lock = fs::File::create(dir.join("lock"))?.into_parts().0;
        lock.lock().with_context(|| format!("failed to lock `{}`", dir.display()))?;
        let dir = dir.join("source");
        folder::write(&dir, &files)?;
        let tree = Tree {
            no_module: no_module::why(&makefiles, &folder, module.as_deref(), kernel)?,
            layers: Layers { built: kernel.kdir.clone(), source: source.dir, open },
            top: PathBuf::from(folder.components().next().context("a folder has a name")?.as_os_str()),
            word: source.word,
        };
        let driver = Driver { name, own_name, dir: fs::canonicalize(dir)?, manifest, in_tree: Some(tree), built: None };
        Ok(Ready { driver, _lock: lock })
    }

    /// The folder, and the module in it if only that is meant.
    fn meant(&self, source: &Source, kernel: &KernelTree) -> Result<(PathBuf, Option<String>)> {
        if !self.is_module && source.has_folder(&self.path) {
            return Ok((self.path.clone(), None));
        }
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_there = self.is_module || source.has(&self.path.with_extension("c"));
        if folder == Path::new("") || !source.has_folder(&folder) || !is_there {
            bail!(
                "the source of {} has no `{}`\nhelp: name a folder or a module from the top of the tree on, \
                 such as drivers/net/ethernet/mellanox or drivers/net/dummy.ko",
                kernel.release,
                self.path.display()
            );
        }
        Ok((folder, Some(name)))
    }

    /// What the patches change of the source. Who patches a whole kernel changes more than is built here, which is said.
    fn patched(&self, context: &Context, source: &Source, is_built: &dyn Fn(&Path) -> bool) -> Result<Changed> {
        let is_header = |path: &Path| path.extension().is_some_and(|ending| ending == "h");
        let is_known = |path: &Path| !linux_source::is_left_out(path, source.arch);
        let mut changed = Changed::new();
        for patch in &self.patches {
            patch.apply(&mut changed, &is_known, &|path| source.read(path))?;
            let elsewhere: BTreeSet<String> = patch
                .files()
                .filter(|path| !(is_built(path) || is_known(path) && is_header(path)))
                .map(|path| path.display().to_string())
                .collect();
            if !elsewhere.is_empty() {
                let what = elsewhere.into_iter().collect::<Vec<_>>().join("`, `");
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

    pub(crate) fn no_module(&self) -> &NoModule {
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

pub(crate) use self::layers::unlink;
pub(crate) use self::no_module::NoModule;

/// The makefiles of a folder, and of those below it, with the folders in which make reads them: those of other folders that they
/// include are read there as well.
fn makefiles(source: &Source, folder: &Path, all: bool) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Files::new();
    folder::collect(&source.dir, folder, all, &mut files)?;
    let mut left: Vec<(PathBuf, PathBuf)> = files
        .into_keys()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("Makefile") || name.starts_with(KBUILD)
        })
        .map(|path| (path.parent().unwrap_or(Path::new("")).to_owned(), path))
        .collect();
    let (mut known, mut found) = (BTreeSet::new(), Vec::new());
    while let Some((dir, path)) = left.pop() {
        if !known.insert((dir.clone(), path.clone())) {
            continue;
        }
        let Some(text) = source.read(&path) else { continue };
        let text = String::from_utf8_lossy(&text).into_owned();
        left.extend(makefile::included(&text).into_iter().map(|path| (dir.clone(), path)));
        found.push((dir, text));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
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
}
