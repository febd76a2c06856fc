// SPDX-License-Identifier: MIT OR Apache-2.0
//! The copy of a driver's folder that Kbuild works in: the folder itself stays as clean as it was.
//! Only what changed is copied, with its time of change, so that make rebuilds no more than it must.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;

/// More files than any driver has: somebody named their home folder.
const MOST_FILES: usize = 20_000;

/// Makes `stage` have the sources of `dir`, beside what Kbuild made there; `list` remembers which files are sources.
pub(super) fn sync(dir: &Path, stage: &Path, list: &Path) -> Result<()> {
    fs::create_dir_all(stage)?;
    let mut sources = BTreeSet::new();
    walk(dir, Path::new(""), &mut sources)?;
    let known = fs::read_to_string(list).unwrap_or_default();
    for gone in known.lines().map(Path::new).filter(|path| !sources.contains(*path)) {
        match fs::remove_file(stage.join(gone)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err.into()),
            _ => (),
        }
    }
    for path in &sources {
        copy_if_changed(&dir.join(path), &stage.join(path))?;
    }
    let names: Vec<String> = sources.iter().map(|path| format!("{}\n", path.display())).collect();
    fs::write(list, names.concat())?;
    Ok(())
}

/// The header files below a folder.
pub(super) fn headers(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = BTreeSet::new();
    walk(dir, Path::new(""), &mut sources)?;
    let headers = sources.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "h"));
    Ok(headers.map(|path| dir.join(path)).collect())
}

fn walk(top: &Path, below: &Path, sources: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(top.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = below.join(&name);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !is_foreign_dir(&name) {
                walk(top, &path, sources)?;
            }
        } else if (kind.is_file() || kind.is_symlink()) && !is_product(&name) {
            sources.insert(path);
            if sources.len() > MOST_FILES {
                bail!("`{}` has more than {MOST_FILES} files: it is not a driver's folder", top.display());
            }
        }
    }
    Ok(())
}

/// Version control, and other tools' products.
fn is_foreign_dir(name: &str) -> bool {
    name.starts_with('.') || ["target", "node_modules"].contains(&name)
}

/// What a plain `make` in the driver's folder leaves behind.
fn is_product(name: &str) -> bool {
    let endings = [".o", ".ko", ".mod", ".mod.c", ".cmd", ".d", ".a", ".order", ".symvers"];
    (name.starts_with('.') && name.ends_with(".cmd")) || endings.iter().any(|ending| name.ends_with(ending))
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let old = fs::symlink_metadata(to).ok();
    if let Ok(target) = fs::read_link(from)
        && target.is_relative()
        && !target.starts_with("..")
    {
        if fs::read_link(to).is_ok_and(|old| old == target) {
            return Ok(());
        }
        make_room(to, old.is_some())?;
        return symlink(&target, to).map_err(Into::into);
    }
    // A link that leads elsewhere becomes the file that it leads to.
    let new = match fs::metadata(from) {
        Ok(new) if new.is_file() => new,
        Ok(_) => bail!("`{}` links to a folder outside of the driver's", from.display()),
        Err(_) => return Ok(()), // A link to nothing, such as editors make for their locks.
    };
    let same = old.as_ref().is_some_and(|old| {
        old.is_file() && old.len() == new.len() && old.modified().ok() == new.modified().ok() && new.modified().is_ok()
    });
    if same {
        return Ok(());
    }
    make_room(to, old.is_some())?;
    fs::copy(from, to)?;
    fs::File::options().write(true).open(to)?.into_parts().0.set_modified(new.modified()?)?;
    Ok(())
}

fn make_room(path: &Path, taken: bool) -> Result<()> {
    if taken {
        fs::remove_file(path)?;
    } else if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(())
}
