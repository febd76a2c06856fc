// SPDX-License-Identifier: MIT OR Apache-2.0
//! The counts of objects as counts of lines, by the gcov that came with the compiler: only that one is sure to know its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::Deserialize;

use super::objects::{NOTES, below};
use super::{Counts, Function, add};
use crate::cmd::{Finished, How};
use crate::context::Context;
use crate::driver::Driver;
use crate::kbuild::Staged;
use crate::kernel::KernelTree;
use crate::symbols;
use crate::toolchain::enter::Access;

/// It reads some kilobytes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The document that gcov prints for each object
/// (<https://gcc.gnu.org/onlinedocs/gcc/Invoking-Gcov.html>, `--json-format`).
#[derive(Debug, Deserialize)]
struct Object {
    current_working_directory: PathBuf,
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    file: PathBuf,
    functions: Vec<JsonFunction>,
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct JsonFunction {
    name: String,
    start_line: u32,
    execution_count: u64,
}

#[derive(Debug, Deserialize)]
struct Line {
    line_number: u32,
    count: u64,
    branches: Vec<Branch>,
}

#[derive(Debug, Deserialize)]
struct Branch {
    count: u64,
}

/// Where sources lie.
struct Places<'a> {
    /// The driver's folder,
    driver: &'a Path,
    /// and the copy of it that was compiled.
    stage: &'a Path,
}

/// What a machine has counted: the `sent` .gcda files, by their paths in the guest, with the .gcno files of the run's folder `dir`.
/// Otherwise why not, for people.
pub(super) fn counts(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    staged: &Staged,
    dir: &Path,
    sent: &BTreeMap<String, Vec<u8>>,
) -> Result<Counts, String> {
    let places = Places { driver: &driver.dir, stage: &staged.stage };
    let read = || -> Result<Result<Counts, String>> {
        let notes = dir.join(NOTES);
        if !notes.is_dir() {
            return Ok(Err("none of it was compiled for gcov, which takes C".to_owned()));
        }
        let objects = below(&notes)?;
        let told: Vec<&PathBuf> =
            objects.iter().filter(|notes| sent.keys().any(|path| places.is_of(path, notes))).collect();
        for (path, bytes) in sent {
            for object in told.iter().filter(|notes| places.is_of(path, notes)) {
                fs::write(notes.join(object).with_extension("gcda"), bytes)?;
            }
        }
        let program = kernel.compiler.replace("gcc", "gcov");
        let gcov = context
            .way()?
            .build_tool(&program, kernel, &context.cache, &[(&notes, Access::Read)])?
            .args(["--json-format", "--stdout", "--branch-probabilities"])
            .args(&objects)
            .dir(&notes)
            .deadline(DEADLINE);
        let finished = gcov.output()?;
        if let Some(why) = complaint(&finished, &told) {
            return Ok(Err(why));
        }
        let printed = String::from_utf8_lossy(&finished.stdout);
        let mut counts = counted(&printed, &places).with_context(|| format!("`{gcov}` printed what can't be read"))?;
        add_texts(&mut counts, &places, staged);
        Ok(Ok(counts))
    };
    read().unwrap_or_else(|err| Err(crate::report::brief(&err)))
}

/// Why what gcov printed is no truth. It ends well also when it could not read what it was given.
fn complaint(finished: &Finished, told: &[&PathBuf]) -> Option<String> {
    let said = String::from_utf8_lossy(&finished.stderr);
    // An object of a module that was not loaded has not run.
    let is_silence = |line: &&str| {
        let object = line.strip_suffix(".gcda:cannot open data file, assuming not executed");
        object.is_some_and(|object| !told.iter().any(|it| it.with_extension("") == Path::new(object)))
    };
    let mut complaints = said.lines().filter(|line| !line.is_empty() && !is_silence(line));
    match (finished.how, complaints.next()) {
        (_, Some(line)) => Some(format!("gcov says `{line}`")),
        (How::Exited(0), None) => None,
        (how, None) => Some(format!("gcov ended by {how}")),
    }
}

/// Reads what gcov prints: a document a line.
fn counted(printed: &str, places: &Places<'_>) -> Result<Counts> {
    let mut counts = Counts::default();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let object: Object = serde_json::from_str(line)?;
        for file in object.files {
            // The kernel's headers are not the driver.
            let Some(path) = places.source(&object.current_working_directory.join(&file.file)) else { continue };
            let source = counts.0.entry(path).or_default();
            for Line { line_number, count, branches } in file.lines {
                add(source.lines.entry(line_number).or_default(), count);
                if !branches.is_empty() {
                    // Objects come in the same order each time, each with its own branches of a header's line.
                    source.branches.entry(line_number).or_default().extend(branches.iter().map(|branch| branch.count));
                }
            }
            for JsonFunction { name, start_line: line, execution_count } in file.functions {
                add(&mut source.functions.entry(name).or_insert(Function { line, count: 0 }).count, execution_count);
            }
        }
    }
    // Declarations have no code.
    counts.0.retain(|_, source| !source.lines.is_empty());
    Ok(counts)
}

/// Adds the texts of the sources, and forgets those that the driver has not.
fn add_texts(counts: &mut Counts, places: &Places<'_>, staged: &Staged) {
    // Who builds now may have other sources.
    let Some(_held) = staged.hold() else { return };
    counts.0.retain(|path, source| {
        let text = path.strip_prefix(places.driver).ok().and_then(|below| own_text(places.stage, below));
        source.text = text.unwrap_or_default();
        !source.text.is_empty()
    });
}

/// The text of a file of the driver's, by its path below the copy; none if it is not one. In the copy of a driver of the kernel's tree,
/// what else of the tree it needs is links.
fn own_text(stage: &Path, below: &Path) -> Option<String> {
    let file = fs::canonicalize(stage.join(below)).ok()?;
    if !file.starts_with(fs::canonicalize(stage).ok()?) {
        return None;
    }
    Some(String::from_utf8_lossy(&fs::read(file).ok()?).into_owned())
}

impl Places<'_> {
    /// Whether a .gcda file in the guest is that of this .gcno file, which is relative to the copy. Its path there is that of the
    /// object, as the compiler was told to name it.
    fn is_of(&self, path: &str, notes: &Path) -> bool {
        [self.stage, self.driver].iter().any(|dir| dir.join(notes).with_extension("gcda") == Path::new(path))
    }

    /// The path in the driver's folder of a source, unless it is none of the driver's.
    fn source(&self, path: &Path) -> Option<PathBuf> {
        // Nothing of a driver's copy is reached through a link to a folder.
        let path = symbols::plain_path(path);
        let below = path.strip_prefix(self.stage).or_else(|_| path.strip_prefix(self.driver)).ok()?;
        Some(self.driver.join(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places<'static> {
        Places { driver: Path::new("/home/me/toy"), stage: Path::new("/w/src") }
    }

    #[test]
    fn what_gcov_prints() {
        // Of gcc 14, without what is not read; a header of the driver's is in both objects.
        let object = |cwd: &str, source: &str, header: &str, count: u32| {
            format!(
                r#"{{"gcc_version":"14.2.0","current_working_directory":"{cwd}","files":[
                {{"file":"{source}","functions":[{{"name":"f","start_line":3,"execution_count":{count},"blocks":2}}],
                  "lines":[{{"line_number":3,"count":{count},"branches":[{{"count":{count},"throw":false}},{{"count":0}}]}},{{"line_number":4,"count":0,"branches":[]}}]}},
                {{"file":"{header}","functions":[],"lines":[{{"line_number":7,"count":{count},"branches":[{{"count":{count}}}]}}]}},
                {{"file":"/home/me/toy/only.h","functions":[],"lines":[]}},
                {{"file":"/w/../k/include/linux/list.h","functions":[],"lines":[{{"line_number":9,"count":5,"branches":[]}}]}},
                {{"file":"/k/include/linux/slab.h","functions":[],"lines":[{{"line_number":9,"count":5,"branches":[]}}]}}]}}"#
            )
            .replace('\n', "")
        };
        // Make is started in the kernel's folder before 6.13, and then in the driver's.
        let before = object("/k", "/home/me/toy/a.c", "/w/src/./x/../toy.h", 2);
        let printed = format!("{before}\n{}\n", object("/w/src", "sub/b.c", "toy.h", 3));
        let Counts(sources) = counted(&printed, &places()).expect("documents");
        let told: Vec<String> = sources
            .iter()
            .map(|(path, source)| {
                format!("{} {:?} {:?} {}", path.display(), source.lines, source.branches, source.functions.len())
            })
            .collect();
        assert_eq!(
            told,
            [
                "/home/me/toy/a.c {3: 2, 4: 0} {3: [2, 0]} 1",
                "/home/me/toy/sub/b.c {3: 3, 4: 0} {3: [3, 0]} 1",
                "/home/me/toy/toy.h {7: 5} {7: [2, 3]} 0",
            ]
        );
        assert!(counted("{\"files\":[]}\n", &places()).is_err());
        assert!(counted(&printed[..printed.len() / 2], &places()).is_err());
        assert_eq!(counted("", &places()).expect("nothing"), Counts::default());
    }

    #[test]
    fn whose_sources_these_are() {
        use std::os::unix::fs::symlink;

        let top = tempfile::tempdir().expect("a folder");
        let (stage, tree) = (top.path().join("stage"), top.path().join("linux"));
        for dir in [stage.join("drivers/input"), tree.join("include/linux")] {
            fs::create_dir_all(dir).expect("made");
        }
        for file in [stage.join("drivers/input/a.c"), tree.join("include/linux/list.h"), tree.join("drivers/hid.h")] {
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(&file, "text").expect("written");
        }
        symlink(tree.join("include"), stage.join("include")).expect("a link");
        symlink(tree.join("drivers/hid.h"), stage.join("drivers/hid.h")).expect("a link");
        symlink("a.c", stage.join("drivers/input/same.c")).expect("a link");
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(own_text(&stage, Path::new(path)).as_deref(), expected, "{path}");
        };
        check("drivers/input/a.c", Some("text"));
        check("drivers/input/same.c", Some("text"));
        check("drivers/input/gone.c", None);
        check("drivers/hid.h", None);
        check("include/linux/list.h", None);
    }

    #[test]
    fn what_gcov_complains_about() {
        let told = [PathBuf::from("a.gcno")];
        let check = |how, stderr: &str, expected: Option<&str>| {
            let stderr = stderr.as_bytes().to_vec();
            let finished = Finished { how, stdout: Vec::new(), stderr, wall: Duration::ZERO };
            let why = complaint(&finished, &told.iter().collect::<Vec<_>>());
            assert_eq!(why.as_deref(), expected);
        };
        let good = How::Exited(0);
        check(good, "", None);
        check(good, "sub/b.gcda:cannot open data file, assuming not executed\n", None);
        let unread = "a.gcda:cannot open data file, assuming not executed";
        check(good, unread, Some("gcov says `a.gcda:cannot open data file, assuming not executed`"));
        check(
            good,
            "a.gcda:stamp mismatch with notes file\n",
            Some("gcov says `a.gcda:stamp mismatch with notes file`"),
        );
        check(How::Exited(3), "", Some("gcov ended by exit status 3"));
    }

    #[test]
    fn whose_counts_these_are() {
        let check = |path: &str, notes: &str, expected| {
            assert_eq!(places().is_of(path, Path::new(notes)), expected, "{path}");
        };
        check("/w/src/a.gcda", "a.gcno", true);
        check("/home/me/toy/sub/a.gcda", "sub/a.gcno", true);
        check("/w/src/sub/a.gcda", "a.gcno", false);
        check("/elsewhere/a.gcda", "a.gcno", false);
    }
}
