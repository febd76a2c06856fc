// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel.org on this machine: its lists, its key, and tarballs of a few files.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::mpsc::channel;

use xtask::cache::Cache;
use xtask::fetch::{Fetcher, Network, sha256};
use xtask::kernel::kernel_org::{KernelOrg, Settings};
use xtask::kernel::{Answer, Effort, Source as _};
use xtask::report::{Event, Events};

use crate::archive::{Key, xz};
use crate::server::Server;

pub(super) static KEY: LazyLock<Key> = LazyLock::new(Key::new);

pub(super) const KEY_PATH: &str = "/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner";
pub(super) const SUMS: &str = "/pub/linux/kernel/v6.x/sha256sums.asc";
pub(super) const INDEX: &str = r#"{"latest_stable": {"version": "7.2.13"}, "releases": [
    {"version": "7.3-rc7", "moniker": "mainline"}, {"version": "7.2.13", "moniker": "stable"},
    {"version": "6.6.9", "moniker": "longterm"}, {"version": "6.6.10", "moniker": "longterm"},
    {"version": "next-20261119", "moniker": "linux-next"}]}"#;

/// A kernel.org on this machine, and a cache of its own.
pub(super) struct Site {
    pub(super) server: Server,
    pub(super) dir: tempfile::TempDir,
    pub(super) settings: Settings,
}

/// Sizes and hashes are those of what compressors make.
pub(super) fn masked(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mask = |(at, word): (usize, &&str)| match *word {
        _ if words.get(at + 1) == Some(&"bytes") => "N".to_owned(),
        hash if hash.trim_end_matches(',').len() == 64 => "HASH".to_owned(),
        word => word.to_owned(),
    };
    words.iter().enumerate().map(mask).collect::<Vec<_>>().join(" ")
}

impl Site {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let server = Server::new([("/releases.json".to_owned(), INDEX.into())].into());
        let url = server.url();
        std::fs::write(dir.path().join("key.pgp"), KEY.public()).expect("a key");
        let settings =
            Settings { site: url.clone(), mirror: url.clone(), key_site: url, key: Some(PathBuf::from("key.pgp")) };
        let site = Self { server, dir, settings };
        let tarballs = ["6.6.9", "6.6.10", "6.3.1", "6.3.13"].map(|version| (version, tarball(version, &[])));
        let sums: String = tarballs.iter().map(|(version, content)| line(version, content)).collect();
        site.server.put(SUMS, KEY.sign(&sums));
        for (version, content) in tarballs {
            site.put(version, content);
        }
        site
    }

    pub(super) fn put(&self, version: &str, tarball: Vec<u8>) {
        self.server.put(&format!("/pub/linux/kernel/v6.x/linux-{version}.tar.xz"), tarball);
    }

    /// Signs and serves this as linux-6.6.10.
    pub(super) fn with(tarball: Vec<u8>) -> Self {
        let site = Self::new();
        site.server.put(SUMS, KEY.sign(&line("6.6.10", &tarball)));
        site.put("6.6.10", tarball);
        site
    }

    /// What is done on it, masked: the answer or error, then what was asked for.
    pub(super) fn ask(&self, network: Network, what: impl Fn(&KernelOrg) -> anyhow::Result<String>) -> String {
        let (send, events_said) = channel();
        let events = Events::new(send);
        let cache = Cache::at(self.dir.path().join("cache"), events.clone()).expect("a cache");
        let (settings, workspace) = (self.settings.clone(), self.dir.path().to_owned());
        let fetcher = Fetcher::new(network, &cache, events.clone());
        let source = KernelOrg { settings, workspace, cache: cache.clone(), events, fetcher };
        let mut said = what(&source).unwrap_or_else(|err| format!("{err:#}"));
        for event in events_said.try_iter() {
            if let Event::Note { text } = event {
                said = format!("{said}\nnote: {text}");
            }
        }
        let said = said.replace(&cache.dir().display().to_string(), "$CACHE").replace(&self.server.url(), "$SITE");
        let said = said.lines().map(masked).collect::<Vec<_>>().join("\n");
        let asked = self.server.requests();
        let asked: Vec<&str> = asked.iter().map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
        assert!(std::fs::read_dir(cache.dir().join("tmp")).expect("a folder").next().is_none(), "work is left behind");
        format!("{said}\nasked for {}", asked.join(", "))
    }

    pub(super) fn find(&self, name: &str) -> String {
        self.ask(Network::Online, |source| {
            Ok(match source.find(&name.parse()?, Effort::Build)? {
                Answer::Kernel(tree) => format!("a kernel: {tree:?}"),
                Answer::None { why, help } => format!("{why}\n{}", help.unwrap_or_default()),
            })
        })
    }

    pub(super) fn fetch(&self, name: &str) -> String {
        self.fetch_as(Network::Online, name)
    }

    pub(super) fn fetch_as(&self, network: Network, name: &str) -> String {
        self.ask(network, |source| {
            let dir = source.fetch_source(&name.parse()?)?;
            let link = std::fs::read_to_string(dir.join("link"))?;
            Ok(format!("{}: {}{link}", dir.display(), std::fs::read_to_string(dir.join("Makefile"))?))
        })
    }
}

pub(super) fn line(version: &str, tarball: &[u8]) -> String {
    format!("{}  linux-{version}.tar.xz\n", sha256(tarball))
}

/// As git-archive(1) makes them, with further members: path, and where it links to.
pub(super) fn tarball(version: &str, further: &[(&str, Option<&str>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut append = |kind: tar::EntryType, path: &str, content: &str, link: Option<&str>| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        // The builder refuses what a forger would write.
        let name = &mut header.as_mut_bytes()[..100];
        name[..path.len()].copy_from_slice(path.as_bytes());
        if let Some(link) = link {
            header.set_link_name_literal(link).expect("a link");
        }
        header.set_cksum();
        tar.append(&header, content.as_bytes()).expect("a member");
    };
    let top = format!("linux-{version}");
    append(tar::EntryType::XGlobalHeader, "pax_global_header", "15 comment=abc\n", None);
    append(tar::EntryType::Directory, &format!("{top}/"), "", None);
    append(tar::EntryType::Regular, &format!("{top}/Makefile"), &format!("the Makefile of {version}\n"), None);
    append(tar::EntryType::Symlink, &format!("{top}/link"), "", Some("Makefile"));
    for (path, link) in further {
        let kind = if link.is_some() { tar::EntryType::Symlink } else { tar::EntryType::Regular };
        append(kind, path, "", *link);
    }
    xz(&tar.into_inner().expect("a tar"))
}
