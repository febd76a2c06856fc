// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that the workbench writes for a person to keep: made anew whenever what they hang on changes, and never at the cost
//! of what somebody else has written. A list in their folder, `generated.sha256`, says which files are ours and what we wrote
//! into them, in the form of sha256sum(1); a file that is another now is not overwritten.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use crate::fetch::sha256;

/// The list.
pub const LIST: &str = "generated.sha256";

/// The files of one folder that are written together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generated {
    files: BTreeMap<String, Vec<u8>>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    New(PathBuf),
    Changed(PathBuf),
    /// It is no longer made.
    Removed(PathBuf),
}

impl Generated {
    /// With a file, by its path in the folder.
    pub fn with(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(name.into(), content.into());
        self
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The names of the files in a folder that are ours, whether or not somebody has edited them.
    ///
    /// # Errors
    /// The list is damaged.
    pub fn known(dir: &Path) -> Result<Vec<String>> {
        Ok(List::read(dir)?.hashes.into_iter().map(|(name, _)| name).collect())
    }

    /// Writes what is new or another into a folder, and removes what is no longer made.
    ///
    /// # Errors
    /// A file is in the way that is not ours, or that somebody has edited; then nothing is written.
    pub fn write(&self, dir: &Path) -> Result<Vec<Change>> {
        let known = List::read(dir)?;
        let (changes, foreign) = self.compare(dir, &known)?;
        if let [first, ..] = &foreign[..] {
            let names: Vec<String> = foreign.iter().map(|path| format!("`{}`", path.display())).collect();
            bail!(
                "{} would be overwritten, and {} not as the workbench wrote {}\n\
                 help: move what is yours elsewhere, or `rm '{}'` if it may go",
                names.join(", "),
                if foreign.len() == 1 { "is" } else { "are" },
                if foreign.len() == 1 { "it" } else { "them" },
                first.display()
            );
        }
        let list: String = self.files.iter().map(|(name, content)| format!("{}  {name}\n", sha256(content))).collect();
        // What is listed and not there yet does no harm; a file that is there and not listed would be taken for a person's.
        let all: Vec<String> = known.hashes.into_iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
        fs::create_dir_all(dir)?;
        if !changes.is_empty() {
            replace(&dir.join(LIST), (all.concat() + &list).as_bytes())?;
        }
        for change in &changes {
            match change {
                Change::New(path) | Change::Changed(path) => {
                    let name = path.strip_prefix(dir)?.to_string_lossy().into_owned();
                    replace(path, &self.files[&name])?;
                }
                Change::Removed(path) => fs::remove_file(path)?,
            }
        }
        if fs::read_to_string(dir.join(LIST)).ok().as_ref() != Some(&list) {
            replace(&dir.join(LIST), list.as_bytes())?;
        }
        Ok(changes)
    }

    /// What [`Self::write`] would do, with those files that it would refuse to overwrite among the changed ones.
    pub fn check(&self, dir: &Path) -> Result<Vec<Change>> {
        let (mut changes, foreign) = self.compare(dir, &List::read(dir)?)?;
        changes.extend(foreign.into_iter().map(Change::Changed));
        Ok(changes)
    }

    fn compare(&self, dir: &Path, known: &List) -> Result<(Vec<Change>, Vec<PathBuf>)> {
        let mut changes = Vec::new();
        let mut foreign = Vec::new();
        for (name, content) in &self.files {
            let path = dir.join(name);
            match fs::symlink_metadata(&path) {
                Err(_) => changes.push(Change::New(path)),
                Ok(meta) if !meta.is_file() => foreign.push(path),
                Ok(_) => {
                    let now = fs::read(&path)?;
                    if now == *content {
                        continue;
                    }
                    if known.has(name, &now) { changes.push(Change::Changed(path)) } else { foreign.push(path) }
                }
            }
        }
        for name in known.hashes.iter().map(|(name, _)| name) {
            let path = dir.join(name);
            let is_ours = || fs::read(&path).is_ok_and(|now| known.has(name, &now));
            if !self.files.contains_key(name) && is_ours() && !changes.contains(&Change::Removed(path.clone())) {
                changes.push(Change::Removed(path));
            }
        }
        Ok((changes, foreign))
    }
}

/// What was written, with the hashes. While files are written a name may stand there twice, with its old and its new hash.
#[derive(Debug, Default)]
struct List {
    hashes: Vec<(String, String)>,
}

impl List {
    fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(LIST);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path)?;
        let hashes = text.lines().map(|line| {
            let (hash, name) = line.split_once("  ")?;
            // A list that was tampered with must not lead elsewhere.
            let is_inside = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            is_inside.then(|| (name.to_owned(), hash.to_owned()))
        });
        let hashes: Option<Vec<_>> = hashes.collect();
        let help = "help: remove it, and move away the files beside it that the workbench has to write";
        Ok(Self { hashes: hashes.with_context(|| format!("`{}` is damaged\n{help}", path.display()))? })
    }

    fn has(&self, name: &str, content: &[u8]) -> bool {
        let hash = sha256(content);
        self.hashes.iter().any(|(it, known)| it == name && *known == hash)
    }
}

fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let dir = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(dir)?;
    let mut file = tempfile::Builder::new()
        .prefix(".workbench-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(dir)
        .with_context(|| format!("failed to write into `{}`", dir.display()))?;
    file.write_all(content).and_then(|()| file.as_file().sync_all())?;
    file.persist(path).map_err(|err| err.error).with_context(|| format!("failed to write `{}`", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What a round of writing does to a folder, with the folder's files afterwards.
    #[track_caller]
    fn check(dir: &Path, files: &[(&str, &str)], expected: &Expect) {
        let generated = files.iter().fold(Generated::default(), |all, (name, text)| all.with(*name, *text));
        let would: Vec<String> = generated.check(dir).map_or_else(|err| vec![told(dir, &err)], |it| shown(dir, it));
        let did = generated.write(dir);
        let is_refused = did.is_err();
        let did = did.map_or_else(|err| vec![told(dir, &err)], |it| shown(dir, it));
        assert!(is_refused || would == did, "--check said {would:?}");
        let again = if is_refused { would } else { shown(dir, generated.check(dir).expect("checked")) };
        let mut files: Vec<String> = std::fs::read_dir(dir)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .map(|name| (std::fs::read_to_string(dir.join(&name)).expect("a text"), name))
            // Of the list its names.
            .map(|(text, name)| {
                let lines: Vec<&str> = text.lines().filter_map(|line| line.split("  ").last()).collect();
                format!("{name}: {}", lines.join(", "))
            })
            .collect();
        files.sort();
        let lines: Vec<String> =
            did.into_iter().chain(again.into_iter().map(|line| format!("still {line}"))).chain(files).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    fn told(dir: &Path, err: &anyhow::Error) -> String {
        err.to_string().replace(&dir.display().to_string(), "DIR")
    }

    fn shown(dir: &Path, changes: Vec<Change>) -> Vec<String> {
        let shown = |path: &Path| path.strip_prefix(dir).expect("below it").display().to_string();
        changes
            .iter()
            .map(|change| match change {
                Change::New(path) => format!("new {}", shown(path)),
                Change::Changed(path) => format!("changed {}", shown(path)),
                Change::Removed(path) => format!("removed {}", shown(path)),
            })
            .collect()
    }

    #[test]
    fn files_of_a_person_stay() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        check(
            dir,
            &[("a.nix", "1"), ("b.nix", "2")],
            &expect![[r#"
            new a.nix
            new b.nix
            a.nix: 1
            b.nix: 2
            generated.sha256: a.nix, b.nix"#]],
        );
        check(
            dir,
            &[("a.nix", "1"), ("b.nix", "3")],
            &expect![[r#"
            changed b.nix
            a.nix: 1
            b.nix: 3
            generated.sha256: a.nix, b.nix"#]],
        );
        check(
            dir,
            &[("b.nix", "3")],
            &expect![[r#"
            removed a.nix
            b.nix: 3
            generated.sha256: b.nix"#]],
        );
        std::fs::write(dir.join("b.nix"), "mine").expect("written");
        check(
            dir,
            &[("b.nix", "4"), ("c.nix", "5")],
            &expect![[r#"
            `DIR/b.nix` would be overwritten, and is not as the workbench wrote it
            help: move what is yours elsewhere, or `rm 'DIR/b.nix'` if it may go
            still new c.nix
            still changed b.nix
            b.nix: mine
            generated.sha256: b.nix"#]],
        );
        check(
            dir,
            &[("c.nix", "5")],
            &expect![[r#"
            new c.nix
            b.nix: mine
            c.nix: 5
            generated.sha256: c.nix"#]],
        );
        std::fs::write(dir.join("d.nix"), "6").expect("written");
        check(
            dir,
            &[("c.nix", "5"), ("d.nix", "6")],
            &expect![[r#"
            b.nix: mine
            c.nix: 5
            d.nix: 6
            generated.sha256: c.nix, d.nix"#]],
        );
        std::fs::write(dir.join(LIST), "x  ../../etc/passwd\n").expect("written");
        check(
            dir,
            &[("c.nix", "5")],
            &expect![[r#"
                `DIR/generated.sha256` is damaged
                help: remove it, and move away the files beside it that the workbench has to write
                still `DIR/generated.sha256` is damaged
                help: remove it, and move away the files beside it that the workbench has to write
                b.nix: mine
                c.nix: 5
                d.nix: 6
                generated.sha256: ../../etc/passwd"#]],
        );
    }
}
