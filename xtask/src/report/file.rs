// SPDX-License-Identifier: MIT OR Apache-2.0
//! A report's file: known to be writable before the work begins, and written whole or not at all.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use tempfile::NamedTempFile;

/// Where a report will be.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    what: &'static str,
    /// A file of the ordinary kind, which can be replaced; not a pipe or a terminal.
    ordinary: bool,
}

impl ReportFile {
    /// A report, `what` for people, that can be written to `path`; nothing is changed there yet.
    pub(super) fn new(path: &Path, what: &'static str) -> Result<Self> {
        let context = || format!("failed to write the {what} to `{}`", path.display());
        let kind = fs::metadata(path).ok().map(|meta| meta.file_type());
        if kind.is_some_and(|kind| kind.is_dir()) {
            bail!("{}: it is a folder\nhelp: name a file in it", context());
        }
        // /dev/stdout may lead to a file, but that one is not ours to replace.
        let ordinary = kind.is_none_or(|kind| kind.is_file()) && !path.starts_with("/dev");
        // A link stays one; what it leads to is replaced.
        let path_of_file = Some(path).filter(|_| ordinary).and_then(|path| fs::canonicalize(path).ok());
        let file = Self { path: path_of_file.unwrap_or_else(|| path.to_owned()), what, ordinary };
        if file.ordinary {
            // It is gone again at once: a run that is killed leaves nothing.
            drop(file.beside().with_context(context)?);
        }
        Ok(file)
    }

    pub(super) fn write(&self, text: &str) -> Result<()> {
        let context = || format!("failed to write the {} to `{}`", self.what, self.path.display());
        if !self.ordinary {
            let mut file = fs::OpenOptions::new().append(true).open(&self.path).with_context(context)?;
            return file.write_all(text.as_bytes()).with_context(context);
        }
        let mut file = self.beside().with_context(context)?;
        file.write_all(text.as_bytes()).with_context(context)?;
        file.persist(&self.path).with_context(context)?;
        Ok(())
    }

    /// A file of another name in the same folder, with the rights of any new file.
    fn beside(&self) -> Result<NamedTempFile> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            bail!("there is no folder `{}`\nhelp: make it first", folder.display());
        }
        let rights = Permissions::from_mode(0o666);
        Ok(tempfile::Builder::new().prefix(".report-").permissions(rights).tempfile_in(folder)?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[track_caller]
    fn check_refused(path: &Path, expected: &str) {
        let err = ReportFile::new(path, "report").expect_err("it can't be written");
        assert_eq!(format!("{err:#}").replace(&path.display().to_string(), "FILE"), expected);
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .expect("a folder")
            .map(|entry| entry.expect("one").file_name().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_can_not_be_written() {
        let dir = tempfile::tempdir().expect("a folder");
        check_refused(dir.path(), "failed to write the report to `FILE`: it is a folder\nhelp: name a file in it");
        let err = ReportFile::new(&dir.path().join("no/file"), "report").expect_err("there is no such folder");
        let missing = format!("there is no folder `{}`\nhelp: make it first", dir.path().join("no").display());
        assert_eq!(err.root_cause().to_string(), missing);
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(ReportFile::new(&file.join("x"), "report").is_err(), "a file is no folder");
    }

    #[test]
    fn whole_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("report");
        fs::write(&path, "of yesterday").expect("written");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("report", &link).expect("linked");
        let file = ReportFile::new(&link, "report").expect("it can be written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "of yesterday");
        assert_eq!(names(dir.path()), ["link", "report"]);
        file.write("of today").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "of today");
        assert!(link.is_symlink());
        assert_eq!(names(dir.path()), ["link", "report"]);
        // Others may read it, as far as the person lets them read new files.
        let usual = dir.path().join("usual");
        fs::write(&usual, "").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").mode(), fs::metadata(&usual).expect("there").mode());
    }

    #[test]
    fn not_an_ordinary_file() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
        ReportFile::new(Path::new(&path), "report").expect("it can be written").write("a report").expect("written");
        drop(writer);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut reader, &mut text).expect("read");
        assert_eq!(text, "a report");
        ReportFile::new(Path::new("/dev/null"), "report").expect("it can be written").write("").expect("written");
    }
}
