// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages made here, good ones and bad ones: each is unpacked beside a folder that nothing may touch.

mod bad;
mod damaged;
mod good;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;

use super::deb::{self, Inner, Place};
use super::root::{Root, lay_out};

/// An entry of a package's tar archive: kind, path, and its content or where it leads.
pub(crate) struct Entry {
    kind: u8,
    path: String,
    mode: u32,
    size: Option<u64>,
    content: Vec<u8>,
    target: String,
}

fn entry(kind: u8, path: &str) -> Entry {
    Entry { kind, path: path.to_owned(), mode: 0o644, size: None, content: Vec::new(), target: String::new() }
}

fn folder(path: &str) -> Entry {
    Entry { mode: 0o755, ..entry(b'5', path) }
}

pub(crate) fn file(path: &str, content: &str) -> Entry {
    Entry { content: content.as_bytes().to_vec(), ..entry(b'0', path) }
}

impl Entry {
    /// A file that is no text.
    pub(crate) fn of_bytes(path: &str, content: &[u8]) -> Self {
        Self { content: content.to_vec(), ..entry(b'0', path) }
    }
}

pub(crate) fn link(path: &str, target: &str) -> Entry {
    Entry { target: target.to_owned(), ..entry(b'2', path) }
}

fn hard_link(path: &str, target: &str) -> Entry {
    Entry { target: target.to_owned(), ..entry(b'1', path) }
}

/// The tar archive of these entries, as they are: the tar crate would not write most of the bad ones.
pub(crate) fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::new(entry.kind));
        header.set_mode(entry.mode);
        header.set_mtime(1_700_000_000);
        header.set_size(entry.size.unwrap_or(entry.content.len() as u64));
        let fields = header.as_gnu_mut().expect("a header of GNU's kind");
        fields.name[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        fields.linkname[..entry.target.len()].copy_from_slice(entry.target.as_bytes());
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(&entry.content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// Compressed in blocks of so many bytes, 4096 at the least, as dpkg-deb does with large packages.
pub(crate) fn xz(content: &[u8], block: u64) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = 4096;
    options.set_block_size(std::num::NonZeroU64::new(block));
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("a writer");
    writer.write_all(content).expect("written");
    writer.finish().expect("an .xz file")
}

/// An ar archive of members, with their names and contents.
fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut ar = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let head = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len());
        ar.extend_from_slice(head.as_bytes());
        ar.extend_from_slice(content);
        ar.resize(ar.len().next_multiple_of(2), b'\n');
    }
    ar
}

pub(crate) fn deb(entries: &[Entry]) -> Vec<u8> {
    with_data("data.tar.xz", &xz(&tar(entries), 1 << 20))
}

fn with_data(name: &str, data: &[u8]) -> Vec<u8> {
    ar(&[("debian-binary", b"2.0\n"), ("control.tar.xz", b"not looked at"), (name, data)])
}

/// A folder that a package is unpacked into, and what lies beside it.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().expect("a folder") };
        fs::create_dir_all(bench.dir.path().join("canary/inner")).expect("a folder");
        fs::write(bench.dir.path().join("canary/file"), "sings").expect("written");
        lay_out(&bench.root()).expect("laid out");
        bench
    }

    fn root(&self) -> std::path::PathBuf {
        self.dir.path().join("root")
    }

    /// What is done with a package in the archive's place: files first, links last.
    fn unpack(&self, deb: &[u8], place: &dyn Fn(&Path) -> Place) -> Result<Vec<Inner>> {
        let path = self.dir.path().join("package.deb");
        fs::write(&path, deb)?;
        let unpacked = deb::unpack(&path, &self.root(), place);
        // It has not reached out of its folder, whatever it was.
        let names: Vec<_> = tree(self.dir.path()).into_keys().filter(|path| !path.starts_with("root/")).collect();
        assert_eq!(names, ["canary", "canary/file", "canary/inner", "package.deb", "root"]);
        assert_eq!(fs::read_to_string(self.dir.path().join("canary/file")).expect("there"), "sings");
        let rest = unpacked?;
        let dir = self.root();
        let mut root = Root::new(&dir);
        for (path, target) in rest.links {
            root.link(&path, &target)?;
        }
        Ok(rest.inner)
    }
}

/// All that is below a folder: permissions, and content or target, by path.
fn tree(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(at) = dirs.pop() {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            let metadata = fs::symlink_metadata(&path).expect("there");
            let mode = metadata.permissions().mode() & 0o7777;
            let what = if metadata.is_dir() {
                dirs.push(path.clone());
                "folder".to_owned()
            } else if metadata.is_symlink() {
                format!("-> {}", fs::read_link(&path).expect("a link").display())
            } else {
                format!("{mode:o} {}", String::from_utf8_lossy(&fs::read(&path).expect("a file")))
            };
            let name = path.strip_prefix(dir).expect("below it").to_string_lossy().into_owned();
            found.insert(name, what);
        }
    }
    found
}

/// What is in a root but for what every root has.
fn unpacked(root: &Path) -> Vec<String> {
    let bare = Bench::new();
    let bare = tree(&bare.root());
    let new = tree(root).into_iter().filter(|(path, _)| !bare.contains_key(path));
    new.map(|(path, what)| format!("{path}: {what}")).collect()
}
