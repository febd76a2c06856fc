// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in Debian's packages of a kernel, packed anew as Fedora and Arch pack theirs, with everything where it lies there.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use lzma_rust2::XzReader;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use xtask::fetch::sha256;

/// A file or a link, and what may be done with it.
#[derive(Debug, Clone)]
struct Node {
    mode: u32,
    content: Vec<u8>,
    is_link: bool,
}

impl Node {
    fn file(content: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o644, content: content.into(), is_link: false }
    }

    fn link(target: &str) -> Self {
        Self { mode: 0o777, content: target.into(), is_link: true }
    }
}

/// The files and links of a package by their paths, without a slash at the front.
type Files = BTreeMap<String, Node>;

/// A kernel's packages, as they are unpacked over each other.
pub(super) struct Kernel {
    files: Files,
    release: String,
}

impl Kernel {
    pub(super) fn read(packages: &[PathBuf], release: &str) -> Result<Self> {
        let mut files = Files::new();
        for package in packages {
            read(package, &mut files).with_context(|| format!("failed to read `{}`", package.display()))?;
        }
        Ok(Self { files, release: release.to_owned() })
    }

    /// As Fedora has it: the image, two packages of modules, the headers, and a package that only leads to the others.
    pub(super) fn for_fedora(&self, dir: &Path) -> Result<Vec<PathBuf>> {
        let release = &self.release;
        // Fedora's packages name the folder that is a link since usr was merged.
        let place = format!("lib/modules/{release}");
        let mut core = self.beside_modules(&place)?;
        core.insert(format!("{place}/config"), self.in_boot("config")?);
        let map = self.in_boot("System.map")?;
        core.insert(format!("{place}/System.map"), Node { mode: 0o600, ..map });
        core.insert(format!("{place}/.vmlinuz.hmac"), Node::file("0  vmlinuz\n"));
        core.insert(format!("{place}/build"), Node::link(&format!("/usr/src/kernels/{release}")));
        core.insert(format!("{place}/source"), Node::link("build"));
        let (drivers, others): (Files, Files) =
            self.modules(&place).partition(|(path, _)| path.contains("/kernel/drivers/"));
        let devel = self.headers(&format!("usr/src/kernels/{release}"));
        let packages = [
            ("kernel", Files::new()),
            ("kernel-core", core),
            ("kernel-modules-core", others),
            ("kernel-modules", drivers),
            ("kernel-devel", devel),
        ];
        let write = |(name, files): (&str, Files)| {
            let path = dir.join(format!("{name}-{release}.rpm"));
            std::fs::write(&path, rpm(name, &compress(&cpio(&files)?)))?;
            Ok(path)
        };
        packages.into_iter().map(write).collect()
    }

    /// As Arch has it: an image without a configuration, modules compressed by zstd, and headers below the modules.
    pub(super) fn for_arch(&self, dir: &Path) -> Result<Vec<PathBuf>> {
        let place = format!("usr/lib/modules/{}", self.release);
        let mut image = self.beside_modules(&place)?;
        image.insert(format!("{place}/pkgbase"), Node::file("linux\n"));
        for (path, node) in self.modules(&place) {
            let mut content = Vec::new();
            XzReader::new(node.content.as_slice(), true).read_to_end(&mut content)?;
            image.insert(path.replace(".ko.xz", ".ko.zst"), Node::file(compress(&content)));
        }
        let build = format!("{place}/build");
        let mut headers = self.headers(&build);
        headers.insert(format!("{build}/.config"), self.in_boot("config")?);
        headers.insert(format!("{build}/System.map"), self.in_boot("System.map")?);
        headers.insert(format!("{build}/version"), Node::file(format!("{}\n", self.release)));
        headers.insert("usr/src/linux".to_owned(), Node::link(&format!("../lib/modules/{}/build", self.release)));
        let write = |(name, files): (&str, Files)| {
            let path = dir.join(format!("{name}-{}-x86_64.pkg.tar.zst", self.release));
            std::fs::write(&path, compress(&tar(name, &files)?))?;
            Ok(path)
        };
        [("linux", image), ("linux-headers", headers)].into_iter().map(write).collect()
    }

    fn in_boot(&self, what: &str) -> Result<Node> {
        let path = format!("boot/{what}-{}", self.release);
        self.files.get(&path).cloned().with_context(|| format!("there is no {path}"))
    }

    /// The image, and the lists of modules, in another folder.
    fn beside_modules(&self, place: &str) -> Result<Files> {
        let own = format!("usr/lib/modules/{}/modules.", self.release);
        let lists = self.files.iter().filter_map(|(path, node)| {
            let name = path.strip_prefix(&own)?;
            Some((format!("{place}/modules.{name}"), node.clone()))
        });
        let mut files: Files = lists.collect();
        files.insert(format!("{place}/vmlinuz"), Node { mode: 0o755, ..self.in_boot("vmlinuz")? });
        Ok(files)
    }

    /// The modules, in another folder.
    fn modules(&self, place: &str) -> impl Iterator<Item = (String, Node)> {
        let own = format!("usr/lib/modules/{}/kernel/", self.release);
        self.files.iter().filter_map(move |(path, node)| {
            let rest = path.strip_prefix(&own)?;
            Some((format!("{place}/kernel/{rest}"), node.clone()))
        })
    }

    /// The three folders of Debian's headers as the one that others have, without other architectures.
    fn headers(&self, place: &str) -> Files {
        let own = format!("usr/src/linux-headers-{}/", self.release);
        let mut files = Files::new();
        for part in ["common", "kbuild", "own"] {
            for (path, node) in &self.files {
                let rest = match part {
                    "own" => path.strip_prefix(&own),
                    "kbuild" => path.strip_prefix("usr/lib/linux-kbuild-").and_then(after_slash),
                    _ => path.strip_prefix("usr/src/linux-headers-").and_then(after_slash),
                };
                let Some(rest) = rest else { continue };
                let is_own_anyway = part == "common" && path.starts_with(&own);
                // Debian's ways from one of the folders into another, and what it fixes for make.
                let is_in_between =
                    [".kernelvariables", "scripts", "tools"].contains(&rest) || (part == "own" && rest == "Makefile");
                let is_foreign = rest.starts_with("arch/") && !rest.starts_with("arch/x86/");
                if !is_own_anyway && !is_in_between && !is_foreign {
                    files.insert(format!("{place}/{rest}"), node.clone());
                }
            }
        }
        files
    }
}

fn after_slash(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, rest)| rest)
}

/// Adds what is in a .deb file.
fn read(package: &Path, files: &mut Files) -> Result<()> {
    let mut archive = ar::Archive::new(std::fs::File::open(package)?);
    while let Some(member) = archive.next_entry() {
        let member = member?;
        if member.header().identifier() != b"data.tar.xz" {
            continue;
        }
        for entry in tar::Archive::new(XzReader::new(member, true)).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.display().to_string();
            let path = path.trim_start_matches("./").to_owned();
            let node = match entry.header().entry_type() {
                tar::EntryType::Regular => {
                    let mut content = Vec::new();
                    entry.read_to_end(&mut content)?;
                    Node { mode: entry.header().mode()? & 0o777, content, is_link: false }
                }
                tar::EntryType::Symlink => {
                    Node::link(&entry.link_name()?.context("it leads nowhere")?.display().to_string())
                }
                tar::EntryType::Directory => continue,
                other => bail!("`{path}` is {other:?}"),
            };
            files.insert(path, node);
        }
        return Ok(());
    }
    bail!("it has no data.tar.xz")
}

/// As zstd has it, without the time that it takes to make it smaller.
fn compress(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Uncompressed)
}

/// An archive with what makepkg puts at the front.
fn tar(name: &str, files: &Files) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let own = Node::file(format!("pkgname = {name}\n"));
    for (path, node) in [(&".PKGINFO".to_owned(), &own)].into_iter().chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_mode(node.mode);
        header.set_mtime(0);
        if node.is_link {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            builder.append_link(&mut header, path, str::from_utf8(&node.content)?)?;
        } else {
            header.set_size(node.content.len() as u64);
            builder.append_data(&mut header, path, node.content.as_slice())?;
        }
    }
    Ok(builder.into_inner()?)
}

fn cpio(files: &Files) -> Result<Vec<u8>> {
    let mut archive = Vec::new();
    for (number, (path, node)) in (1..).zip(files) {
        let kind = if node.is_link { 0o120_000 } else { 0o100_000 };
        let builder = cpio::NewcBuilder::new(&format!("./{path}")).ino(number).nlink(1).mode(kind | node.mode);
        let mut writer = builder.write(&mut archive, u32::try_from(node.content.len())?);
        writer.write_all(&node.content)?;
        writer.finish()?;
    }
    Ok(cpio::newc::trailer(archive)?)
}

/// The numbers of an .rpm file's entries, and of their kinds (<https://rpm-software-management.github.io/rpm/manual/tags.html>).
mod tag {
    pub(super) const HEADER_SHA256: u32 = 273;
    pub(super) const NAME: u32 = 1000;
    pub(super) const PAYLOAD_FORMAT: u32 = 1124;
    pub(super) const PAYLOAD_COMPRESSOR: u32 = 1125;
    pub(super) const PAYLOAD_SHA256: u32 = 5092;

    pub(super) const TEXT: u32 = 6;
    pub(super) const TEXTS: u32 = 8;
}

/// An .rpm file with a cpio archive that zstd has compressed (<https://rpm-software-management.github.io/rpm/manual/format_v4.html>).
fn rpm(name: &str, archive: &[u8]) -> Vec<u8> {
    let mut rpm = vec![0; 96];
    // Version 3 of the lead, whose header with signatures is of the kind 5.
    rpm[..5].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb, 3]);
    rpm[10..10 + name.len()].copy_from_slice(name.as_bytes());
    rpm[79] = 5;
    let header = header(&[
        (tag::NAME, tag::TEXT, name),
        (tag::PAYLOAD_FORMAT, tag::TEXT, "cpio"),
        (tag::PAYLOAD_COMPRESSOR, tag::TEXT, "zstd"),
        (tag::PAYLOAD_SHA256, tag::TEXTS, &sha256(archive)),
    ]);
    rpm.extend(self::header(&[(tag::HEADER_SHA256, tag::TEXT, &sha256(&header))]));
    rpm.resize(rpm.len().next_multiple_of(8), 0);
    rpm.extend(header);
    rpm.extend(archive);
    rpm
}

fn header(entries: &[(u32, u32, &str)]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, kind, text) in entries {
        let at = u32::try_from(store.len()).expect("it is small");
        index.extend([*tag, *kind, at, 1].map(u32::to_be_bytes).concat());
        store.extend(text.bytes().chain([0]));
    }
    let count = |length: usize| u32::try_from(length).expect("it is small").to_be_bytes();
    [&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0][..], &count(entries.len()), &count(store.len()), &index, &store].concat()
}
