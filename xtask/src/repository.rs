// SPDX-License-Identifier: MIT OR Apache-2.0
//! What git knows of a folder. Where there is no git or no repository, nothing is known, and nothing needs it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use crate::cmd::{Cmd, How};

/// It only reads a few files; a file system that has gone away must not hold us up.
const DEADLINE: Duration = Duration::from_secs(10);

/// The repository that a folder is in.
#[derive(Debug)]
pub(crate) struct Repository<'a> {
    dir: &'a Path,
}

/// The files of a revision, or of a folder, by git's name for them.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: String,
    /// Where the objects are that the repository has not, and the repository's own.
    objects: Option<(PathBuf, PathBuf)>,
}

impl<'a> Repository<'a> {
    pub(crate) fn at(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// The commit in short, with `-dirty` if there are changes.
    pub(crate) fn describe(&self) -> Option<String> {
        self.git(&["describe", "--always", "--dirty", "--exclude=*"])
    }

    /// The address of the remote `origin`.
    pub(crate) fn origin(&self) -> Option<String> {
        self.git(&["remote", "get-url", "origin"])
    }

    /// The commit, if nothing is changed and a remote has it too, as far as is known here.
    pub(crate) fn published(&self) -> Option<String> {
        let changed = self.git(&["status", "--porcelain", "--untracked-files=no"]).is_some();
        let published = self.git(&["branch", "--remotes", "--contains", "HEAD"]).is_some();
        if published && !changed { self.git(&["rev-parse", "HEAD"]) } else { None }
    }

    /// What is changed or new in the folder itself.
    pub(crate) fn changes_here(&self) -> Option<String> {
        self.git(&["status", "--porcelain", "--", "."])
    }

    /// The folder's place in the repository: `driver/`; nothing for its top.
    pub(crate) fn prefix(&self) -> Option<String> {
        self.git(&["rev-parse", "--show-prefix"])
    }

    /// The repository's own folder.
    pub(crate) fn top(&self) -> Result<PathBuf> {
        self.git(&["rev-parse", "--show-toplevel"])
            .map(PathBuf::from)
            .context("git does not say where the repository is")
    }

    /// The tag of the commit.
    pub(crate) fn tag(&self) -> Option<String> {
        self.git(&["describe", "--tags", "--exact-match"])
    }

    /// The commit's day, in UTC: `2026-11-22`.
    pub(crate) fn day(&self) -> Result<String> {
        let seconds = self.git(&["log", "-1", "--format=%ct"]).context("git does not say when the commit was made")?;
        let at = jiff::Timestamp::from_second(seconds.parse()?)?;
        Ok(at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
    }

    /// Writes a tar archive of a whole commit, as forges make them.
    pub(crate) fn archive(&self, revision: &str, to: &Path) -> Result<()> {
        let git = Cmd::new("git").args(["archive", "--format=tar", "--output"]).arg(to).arg(revision).dir(self.top()?);
        git.output()?.success(&git).map(drop)
    }

    /// Writes a commit's files into `tree` in a folder, as a checkout of it has them.
    pub(crate) fn check_out(&self, revision: &str, to: &Path) -> Result<()> {
        let index = to.join("index");
        let git = |words: &[&str]| {
            let git = Cmd::new("git").args(words).env("GIT_INDEX_FILE", &index).dir(self.top()?);
            git.output()?.success(&git).map(drop)
        };
        git(&["read-tree", revision])?;
        git(&["checkout-index", "--all", &format!("--prefix={}/", to.join("tree").display())])
    }

    /// The files of a revision.
    pub(crate) fn tree(&self, revision: &str) -> Result<Tree> {
        let git = Cmd::new("git").args(["rev-parse", "--verify", "--quiet", "--end-of-options"]);
        let git = git.arg(format!("{revision}^{{tree}}")).dir(self.dir).deadline(DEADLINE);
        let found = git.output()?;
        ensure!(
            found.how == How::Exited(0),
            "git knows no revision `{revision}` in `{}`\nhelp: `git -C {} log --oneline` lists them",
            self.dir.display(),
            self.dir.display()
        );
        Ok(Tree { name: String::from_utf8(found.stdout)?.trim().to_owned(), objects: None })
    }

    /// The files of the folder as they are now, but for those that git ignores. What git notes for that goes to `scratch`, and the
    /// repository stays as it is.
    pub(crate) fn tree_of_folder(&self, scratch: &Path) -> Result<Tree> {
        let own = |name: &str| {
            let place = self.git(&["rev-parse", "--path-format=absolute", "--git-path", name]);
            place.map(PathBuf::from).with_context(|| format!("git does not say where its {name} is"))
        };
        let (index, objects) = (scratch.join("index"), scratch.join("objects"));
        fs::create_dir_all(&objects)?;
        // With it git has to read only what has changed since.
        if own("index")?.exists() {
            fs::copy(own("index")?, &index)?;
        }
        let git = |words: &[&str]| -> Result<Vec<u8>> {
            let git = Cmd::new("git").args(words).dir(self.dir).env("GIT_INDEX_FILE", &index);
            let git =
                git.env("GIT_OBJECT_DIRECTORY", &objects).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", own("objects")?);
            Ok(git.output()?.success(&git)?.stdout)
        };
        git(&["add", "--all"])?;
        let name = String::from_utf8(git(&["write-tree"])?)?.trim().to_owned();
        Ok(Tree { name, objects: Some((objects, own("objects")?)) })
    }

    /// Makes `to` have a tree's files; those that it has already are not touched. The index of it is kept beside it.
    pub(crate) fn lay_out(&self, tree: &Tree, to: &Path) -> Result<()> {
        fs::create_dir_all(to)?;
        let mut git = Cmd::new("git").args(["read-tree", "--reset", "-u", &tree.name]).dir(self.dir);
        git = git.env("GIT_WORK_TREE", to).env("GIT_INDEX_FILE", to.with_added_extension("index"));
        if let Some((objects, others)) = &tree.objects {
            git = git.env("GIT_OBJECT_DIRECTORY", objects).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", others);
        }
        git.output()?.success(&git).map(drop)
    }

    /// A line that git says; nothing when it says none, or fails.
    fn git(&self, words: &[&str]) -> Option<String> {
        let git = Cmd::new("git").args(["--no-optional-locks"]).args(words).dir(self.dir).deadline(DEADLINE);
        let finished = git.output().ok().filter(|finished| finished.how == How::Exited(0))?;
        let line = String::from_utf8(finished.stdout).ok()?.trim().to_owned();
        Some(line).filter(|line| !line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        let home = tempfile::tempdir().expect("a folder");
        let git = |dir: &Path, words: &str| {
            let who = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false"];
            let git = Cmd::new("git").args(who).args(words.split(' ')).dir(dir);
            git.output().and_then(|finished| finished.success(&git)).expect("git works");
        };
        let (here, there) = (home.path().join("here"), home.path().join("there"));
        for dir in [&here, &there] {
            fs_err::create_dir(dir).expect("a folder");
        }
        let repository = Repository::at(&here);
        let known = || (repository.origin().is_some(), repository.published().is_some());
        assert_eq!((known(), repository.describe()), ((false, false), None));
        git(&there, "init --quiet --bare");
        git(&here, "init --quiet");
        fs_err::write(here.join("file"), "one").expect("written");
        git(&here, "add file");
        git(&here, "commit --quiet --message one");
        git(&here, &format!("remote add origin {}", there.display()));
        assert_eq!(known(), (true, false), "it is nowhere else");
        git(&here, "push --quiet origin HEAD");
        assert_eq!(known(), (true, true));
        fs_err::write(here.join("file"), "two").expect("written");
        assert_eq!(known(), (true, false), "it is changed");
        assert!(repository.describe().is_some_and(|commit| commit.ends_with("-dirty")));
        git(&here, "commit --quiet --all --message two");
        assert_eq!(known(), (true, false), "only what it was is elsewhere");
    }
}
