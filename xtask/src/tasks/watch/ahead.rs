// SPDX-License-Identifier: MIT OR Apache-2.0
//! The next round before its file is saved: its program has read all but the sources, and its QEMU is started.

use std::path::{Path, PathBuf};

use super::child_of;
use crate::cmd::Running;
use crate::cmd::begin::Begin;

/// The child that waits, if there is one. One that has nothing to do ahead has ended by itself.
#[derive(Debug, Default)]
pub(super) struct Next(Option<(Running, Begin)>);

impl Next {
    /// Starts it, if none waits.
    pub(super) fn start(&mut self) {
        if self.0.as_ref().is_none_or(|(child, _)| child.has_ended()) {
            let started = child_of("vm-test", &["--hurry", "--when-told"]).and_then(|child| child.start_ahead());
            // What keeps a child from being started is told when the round begins.
            self.0 = started.ok();
        }
    }

    /// Gives the one that waits for these files to be saved, if what it has read is still true.
    pub(super) fn take(&mut self, news: &[PathBuf]) -> Option<(Running, Begin)> {
        if !news.iter().all(|path| is_only_compiled(path)) {
            self.dismiss();
        }
        self.0.take().filter(|(child, _)| !child.has_ended())
    }

    fn dismiss(&mut self) {
        if let Some((child, begin)) = self.0.take() {
            child.dismiss(begin);
        }
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        self.dismiss();
    }
}

/// Whether nobody but a compiler reads this file. What is there or not may matter to others.
fn is_only_compiled(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|extension| ["c", "h", "S", "rs"].iter().any(|of| extension == *of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_files_concern() {
        let dir = tempfile::tempdir().expect("a folder");
        let check = |name: &str, is_there: bool, expected: bool| {
            let path = dir.path().join(name);
            if is_there {
                fs_err::write(&path, "").expect("written");
            }
            assert_eq!(is_only_compiled(&path), expected, "{name}");
        };
        check("own.c", true, true);
        check("own.h", true, true);
        check("own.rs", true, true);
        check("entry.S", true, true);
        check("gone.c", false, false);
        check("driver.toml", true, false);
        check("Kbuild", true, false);
        check("table.asl", true, false);
        check("Makefile", true, false);
    }
}
