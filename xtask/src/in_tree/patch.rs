// SPDX-License-Identifier: MIT OR Apache-2.0
//! Patches as git and diff(1) write them: unified, with one folder before the names (`-p1`). A hunk is found where its lines
//! stand, also when others above it have moved them; lines that differ are never passed over.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// A file of patches, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    /// What it is called in messages.
    pub name: String,
    changes: Vec<Change>,
}

/// What is done to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    /// None: it is new.
    old: Option<PathBuf>,
    /// None: it goes.
    new: Option<PathBuf>,
    hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    /// `@@ -12,7 +12,8 @@`, for messages.
    head: String,
    /// The place of its first line, from 0 on.
    at: usize,
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
}

/// The files that patches have changed: their new content, or none for those that are gone.
pub(super) type Changed = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Patch {
    pub(super) fn parse(name: &str, text: &[u8]) -> Result<Self> {
        let mut changes: Vec<Change> = Vec::new();
        let mut lines = text.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let said = String::from_utf8_lossy(line);
            let said = said.trim_end();
            if said.starts_with("GIT binary patch") || (said.starts_with("Binary files ") && said.ends_with(" differ"))
            {
                bail!("`{name}` changes a file that is no text, which is not understood");
            } else if let Some(from) = said.strip_prefix("rename from ") {
                changes.push(Change { old: Some(safe(name, from)?), new: None, hunks: Vec::new() });
            } else if let (Some(to), Some(change)) = (said.strip_prefix("rename to "), changes.last_mut()) {
                change.new = Some(safe(name, to)?);
            } else if let Some(old) = said.strip_prefix("--- ") {
                let Some(new) = lines.peek().and_then(|next| next.strip_prefix(b"+++ ")) else { continue };
                let (old, new) = (file(name, old)?, file(name, &String::from_utf8_lossy(new))?);
                lines.next();
                let is_renamed = changes.last().is_some_and(|last| last.hunks.is_empty() && last.new == new);
                if !is_renamed {
                    changes.push(Change { old, new, hunks: Vec::new() });
                }
            } else if said.starts_with("@@ -") {
                let change = changes.last_mut();
                let change = change.with_context(|| format!("`{name}` has a hunk of no file: `{said}`"))?;
                change.hunks.push(hunk(said, &mut lines).with_context(|| format!("`{name}` is damaged at `{said}`"))?);
            }
        }
        changes.retain(|change| !change.hunks.is_empty() || change.old != change.new);
        ensure!(
            !changes.is_empty(),
            "`{name}` changes nothing\nhelp: it has to be what `git diff`, `git format-patch` or `diff -u` writes"
        );
        Ok(Self { name: name.to_owned(), changes })
    }

    /// The files that it names.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.changes.iter().flat_map(|change| [&change.old, &change.new]).flatten().map(PathBuf::as_path)
    }

    /// Applies it to what `changed` has, and to files of the tree, which `read` gives; of those that `wanted` says.
    pub(super) fn apply(
        &self,
        changed: &mut Changed,
        wanted: &dyn Fn(&Path) -> bool,
        read: &dyn Fn(&Path) -> Option<Vec<u8>>,
    ) -> Result<()> {
        for change in &self.changes {
            let paths = [&change.old, &change.new];
            if !paths.into_iter().flatten().any(|path| wanted(path)) {
                continue;
            }
            let content = match &change.old {
                None => Vec::new(),
                Some(path) => {
                    let content = changed.get(path).cloned().unwrap_or_else(|| read(path));
                    content.with_context(|| {
                        format!(
                            "`{}` does not apply: there is no `{}` in the source\n{HELP}",
                            self.name,
                            path.display()
                        )
                    })?
                }
            };
            let path = change.new.as_ref().or(change.old.as_ref()).context("a change is of a file")?;
            let content = self.changed(path, &content, &change.hunks)?;
            if let Some(old) = change.old.as_ref().filter(|old| change.new.as_ref() != Some(old)) {
                changed.insert(old.clone(), None);
            }
            if let Some(new) = &change.new {
                changed.insert(new.clone(), Some(content));
            }
        }
        Ok(())
    }

    fn changed(&self, path: &Path, content: &[u8], hunks: &[Hunk]) -> Result<Vec<u8>> {
        let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
        let mut out: Vec<u8> = Vec::new();
        let (mut done, mut moved) = (0, 0_isize);
        for (number, hunk) in hunks.iter().enumerate() {
            let expected = hunk.at.saturating_add_signed(moved).max(done);
            let Some(at) = find(&lines, &hunk.old, done, expected) else {
                let is_there = find(&lines, &hunk.new, done, expected).is_some() && hunk.new != hunk.old;
                let why =
                    if is_there { "the source has that change already" } else { "its lines are not in the source" };
                let (name, path, number) = (&self.name, path.display(), number + 1);
                bail!("`{name}` does not apply: hunk {number} of `{path}` (`{}`): {why}\n{HELP}", hunk.head);
            };
            moved = at.cast_signed() - hunk.at.cast_signed();
            out.extend(lines[done..at].concat());
            out.extend(hunk.new.concat());
            done = at + hunk.old.len();
        }
        out.extend(lines[done..].concat());
        Ok(out)
    }
}

const HELP: &str = "help: make it from the release that the kernel is of";

/// Where these lines stand, from `first` on, and as near to `expected` as can be.
fn find(lines: &[&[u8]], wanted: &[Vec<u8>], first: usize, expected: usize) -> Option<usize> {
    let last = lines.len().checked_sub(wanted.len())?;
    let fits = |at: &usize| lines[*at..].iter().zip(wanted).all(|(line, wanted)| *line == wanted.as_slice());
    if wanted.is_empty() {
        // Added to a file of which nothing is said: only a new one is so.
        return lines.is_empty().then_some(0);
    }
    (first..=last).filter(fits).min_by_key(|at| at.abs_diff(expected))
}

/// The lines of a hunk, as many as its head says.
fn hunk<'a>(head: &str, lines: &mut std::iter::Peekable<impl Iterator<Item = &'a [u8]>>) -> Result<Hunk> {
    let mut words = head.trim_start_matches("@@ ").split(' ');
    let (mut at, mut left) = (0, [0_usize, 0]);
    for (side, sign) in ["-", "+"].iter().enumerate() {
        let range = words.next().and_then(|word| word.strip_prefix(sign)).context("it has no range of lines")?;
        let (first, count) = range.split_once(',').unwrap_or((range, "1"));
        left[side] = count.parse().context("its range of lines is not a number")?;
        if side == 0 {
            at = first.parse::<usize>().context("its range of lines is not a number")?.saturating_sub(1);
        }
    }
    let (mut old, mut new): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    let mut last = [false, false];
    while left != [0, 0] || lines.peek().is_some_and(|line| line.starts_with(b"\\")) {
        let line = lines.next().context("it ends too early")?;
        let (sign, rest) = line.split_first().context("it ends too early")?;
        let sides = match sign {
            b' ' => [true, true],
            b'-' => [true, false],
            b'+' => [false, true],
            // What some mailers leave of an empty line.
            b'\n' => [true, true],
            b'\\' => {
                for (side, list) in [&mut old, &mut new].into_iter().enumerate() {
                    if last[side] {
                        strip_end(list.last_mut());
                    }
                }
                continue;
            }
            _ => bail!("it has a line that begins with neither a blank, `-` nor `+`"),
        };
        last = sides;
        let rest = if *sign == b'\n' { line } else { rest };
        for (side, list) in [&mut old, &mut new].into_iter().enumerate() {
            if sides[side] {
                left[side] = left[side].checked_sub(1).context("it has more lines than it says")?;
                list.push(rest.to_vec());
            }
        }
    }
    let head = head.split_inclusive(" @@").next().unwrap_or(head).to_owned();
    Ok(Hunk { head, at, old, new })
}

fn strip_end(line: Option<&mut Vec<u8>>) {
    if let Some(line) = line
        && line.last() == Some(&b'\n')
    {
        line.pop();
    }
}

/// The file of a `---` or `+++` line, without the first folder; what follows a tab is a time.
fn file(name: &str, said: &str) -> Result<Option<PathBuf>> {
    let path = said.split('\t').next().unwrap_or_default().trim();
    if path == "/dev/null" {
        return Ok(None);
    }
    let (_, below) = path.split_once('/').with_context(|| {
        format!(
            "`{name}` names the file `{path}`\nhelp: names need a folder before them, as in `a/drivers/net/dummy.c`"
        )
    })?;
    safe(name, below).map(Some)
}

fn safe(name: &str, path: &str) -> Result<PathBuf> {
    let path = PathBuf::from(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(is_inside, "`{name}` leads out of the tree: `{}`", path.display());
    Ok(path)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What a patch makes of a tree with these files, or what it says.
    #[track_caller]
    fn check(files: &[(&str, &str)], patch: &str, expected: &Expect) {
        let read = |path: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, text)| text.as_bytes().to_vec())
        };
        let mut changed = Changed::new();
        let said = Patch::parse("a.patch", patch.as_bytes())
            .and_then(|patch| patch.apply(&mut changed, &|path| !path.starts_with("Documentation"), &read));
        let mut text = said.err().map(|err| format!("{err:#}\n")).unwrap_or_default();
        for (path, content) in &changed {
            let content = content.as_ref().map_or("gone".into(), |content| String::from_utf8_lossy(content));
            text.extend([format!("{}: {content:?}\n", path.display())]);
        }
        expected.assert_eq(&text);
    }

    const FILES: &[(&str, &str)] = &[("d/a.c", "1\n2\n3\n4\n5\n6\n7\n8\n"), ("d/end.c", "1\n2")];

    #[test]
    fn lines_change() {
        let patch = "mail\n\n--- a/d/a.c\t2026-11-22\n+++ b/d/a.c\t2026-11-22\n@@ -2,3 +2,4 @@ f()\n 2\n-3\n+three\n+and\n 4\n-- \n2.39\n";
        check(
            FILES,
            patch,
            &expect![[r#"
            d/a.c: "1\n2\nthree\nand\n4\n5\n6\n7\n8\n"
        "#]],
        );
    }

    #[test]
    fn lines_that_have_moved_are_found() {
        let patch = "--- a/d/a.c\n+++ b/d/a.c\n@@ -1,2 +1 @@\n 3\n-4\n@@ -5,2 +4,2 @@\n 7\n-8\n+eight\n";
        check(
            FILES,
            patch,
            &expect![[r#"
            d/a.c: "1\n2\n3\n5\n6\n7\neight\n"
        "#]],
        );
    }

    #[test]
    fn files_come_and_go() {
        let patch = "diff --git a/d/n.c b/d/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/d/n.c\n@@ -0,0 +1 @@\n+new\n\
             diff --git a/d/end.c b/d/end.c\n--- a/d/end.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-1\n-2\n\\ No newline at end of file\n\
             diff --git a/d/a.c b/d/b.c\nrename from d/a.c\nrename to d/b.c\n--- a/d/a.c\n+++ b/d/b.c\n@@ -1 +1 @@\n-1\n+one\n";
        check(
            FILES,
            patch,
            &expect![[r#"
            d/a.c: "gone"
            d/b.c: "one\n2\n3\n4\n5\n6\n7\n8\n"
            d/end.c: "gone"
            d/n.c: "new\n"
        "#]],
        );
    }

    #[test]
    fn ends_without_a_line_end() {
        let patch = "--- a/d/end.c\n+++ b/d/end.c\n@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+two\n";
        check(
            FILES,
            patch,
            &expect![[r#"
            d/end.c: "1\ntwo\n"
        "#]],
        );
    }

    #[test]
    fn what_does_not_apply_is_named() {
        let other = "--- a/d/a.c\n+++ b/d/a.c\n@@ -1,2 +1,2 @@\n 1\n-2\n+two\n@@ -5,2 +5,2 @@ f()\n five\n-6\n+six\n";
        check(
            FILES,
            other,
            &expect![[r#"
            `a.patch` does not apply: hunk 2 of `d/a.c` (`@@ -5,2 +5,2 @@`): its lines are not in the source
            help: make it from the release that the kernel is of
        "#]],
        );
        let there = "--- a/d/a.c\n+++ b/d/a.c\n@@ -1,2 +1,2 @@\n 1\n-two\n+2\n";
        check(
            FILES,
            there,
            &expect![[r#"
            `a.patch` does not apply: hunk 1 of `d/a.c` (`@@ -1,2 +1,2 @@`): the source has that change already
            help: make it from the release that the kernel is of
        "#]],
        );
        check(
            FILES,
            "--- a/d/none.c\n+++ b/d/none.c\n@@ -1 +1 @@\n-1\n+2\n",
            &expect![[r#"
            `a.patch` does not apply: there is no `d/none.c` in the source
            help: make it from the release that the kernel is of
        "#]],
        );
        check(FILES, "--- a/Documentation/x\n+++ b/Documentation/x\n@@ -1 +1 @@\n-1\n+2\n", &expect![[""]]);
    }

    #[test]
    fn what_is_no_patch() {
        check(
            FILES,
            "hello\n",
            &expect![[r#"
            `a.patch` changes nothing
            help: it has to be what `git diff`, `git format-patch` or `diff -u` writes
        "#]],
        );
        check(
            FILES,
            "--- a/../etc/passwd\n+++ b/../etc/passwd\n@@ -1 +1 @@\n-1\n+2\n",
            &expect![[r#"
            `a.patch` leads out of the tree: `../etc/passwd`
        "#]],
        );
        check(
            FILES,
            "--- a/d/a.c\n+++ b/d/a.c\n@@ -1,3 +1 @@\n 1\n",
            &expect![[r#"
            `a.patch` is damaged at `@@ -1,3 +1 @@`: it ends too early
        "#]],
        );
    }
}
