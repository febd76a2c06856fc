// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the counts of an object mean, in the .gcno file that the compiler has made beside it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use crate::kbuild::Build;

/// The folder of a run that has them.
pub(super) const NOTES: &str = "gcov";

/// Copies the .gcno files of all objects of a driver's modules into the run's folder `dir`: a later build replaces them.
pub(crate) fn keep(build: &Build, dir: &Path) -> Result<()> {
    let notes = dir.join(NOTES);
    for module in &build.modules {
        // Kbuild's list of what a module is linked from.
        let list = fs::read_to_string(module.path.with_extension("mod")).unwrap_or_default();
        let made_in = module.path.parent().unwrap_or(&build.stage);
        for object in objects(&list) {
            // Relative to the folder that make was started in, which is one of these.
            let places = [build.stage.join(object), made_in.join(object)];
            let found = places.iter().map(|place| place.with_extension("gcno")).find(|place| place.is_file());
            let Some((found, below)) = found.as_ref().and_then(|it| Some((it, it.strip_prefix(&build.stage).ok()?)))
            else {
                continue;
            };
            let copy = notes.join(below);
            fs::create_dir_all(copy.parent().unwrap_or(&notes))?;
            fs::copy(found, copy)?;
        }
    }
    Ok(())
}

/// The objects of a .mod file: one a line, or before 5.18 all in the first (scripts/Makefile.build).
fn objects(list: &str) -> impl Iterator<Item = &Path> {
    list.split_whitespace().map(Path::new).filter(|path| path.extension().is_some_and(|ending| ending == "o"))
}

/// The .gcno files below a folder, relative to it.
pub(super) fn below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "gcno") {
                found.push(path.strip_prefix(dir)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_objects() {
        let check = |list: &str, expected: &[&str]| {
            assert_eq!(objects(list).collect::<Vec<_>>(), expected.iter().map(Path::new).collect::<Vec<_>>());
        };
        check("foobar_main.o\nfoobar_core.o\n", &["foobar_main.o", "foobar_core.o"]);
        check("/b/src/a.o /b/src/b.o\n\n", &["/b/src/a.o", "/b/src/b.o"]);
        check("", &[]);
    }
}
