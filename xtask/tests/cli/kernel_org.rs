// SPDX-License-Identifier: MIT OR Apache-2.0
//! kernel.org as a source: which release a name means, and sources that are what was signed, or not there at all.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use expect_test::{Expect, expect};
use xtask::cache::Cache;
use xtask::fetch::{Fetcher, Network, sha256};
use xtask::kernel::kernel_org::{KernelOrg, Settings};
use xtask::kernel::{Answer, Effort, Source as _};
use xtask::report::{Event, Events};

use crate::archive::{Key, xz};
use crate::server::{Fault, Server, Times};

static KEY: LazyLock<Key> = LazyLock::new(Key::new);

const KEY_PATH: &str = "/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner";
const SUMS: &str = "/pub/linux/kernel/v6.x/sha256sums.asc";
const INDEX: &str = r#"{"latest_stable": {"version": "7.2.13"}, "releases": [
    {"version": "7.3-rc7", "moniker": "mainline"}, {"version": "7.2.13", "moniker": "stable"},
    {"version": "6.6.9", "moniker": "longterm"}, {"version": "6.6.10", "moniker": "longterm"},
    {"version": "next-20261119", "moniker": "linux-next"}]}"#;

/// A kernel.org on this machine, and a cache of its own.
struct Site {
    server: Server,
    dir: tempfile::TempDir,
    settings: Settings,
}

/// Sizes and hashes are those of what compressors make.
fn masked(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mask = |(at, word): (usize, &&str)| match *word {
        _ if words.get(at + 1) == Some(&"bytes") => "N".to_owned(),
        hash if hash.trim_end_matches(',').len() == 64 => "HASH".to_owned(),
        word => word.to_owned(),
    };
    words.iter().enumerate().map(mask).collect::<Vec<_>>().join(" ")
}

impl Site {
    fn new() -> Self {
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

    fn put(&self, version: &str, tarball: Vec<u8>) {
        self.server.put(&format!("/pub/linux/kernel/v6.x/linux-{version}.tar.xz"), tarball);
    }

    /// Signs and serves this as linux-6.6.10.
    fn with(tarball: Vec<u8>) -> Self {
        let site = Self::new();
        site.server.put(SUMS, KEY.sign(&line("6.6.10", &tarball)));
        site.put("6.6.10", tarball);
        site
    }

    /// What is done on it, masked: the answer or error, then what was asked for.
    fn ask(&self, network: Network, what: impl Fn(&KernelOrg) -> anyhow::Result<String>) -> String {
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

    fn find(&self, name: &str) -> String {
        self.ask(Network::Online, |source| {
            Ok(match source.find(&name.parse()?, Effort::Build)? {
                Answer::Kernel(tree) => format!("a kernel: {tree:?}"),
                Answer::None { why, help } => format!("{why}\n{}", help.unwrap_or_default()),
            })
        })
    }

    fn fetch(&self, name: &str) -> String {
        self.fetch_as(Network::Online, name)
    }

    fn fetch_as(&self, network: Network, name: &str) -> String {
        self.ask(network, |source| {
            let dir = source.fetch_source(&name.parse()?)?;
            let link = std::fs::read_to_string(dir.join("link"))?;
            Ok(format!("{}: {}{link}", dir.display(), std::fs::read_to_string(dir.join("Makefile"))?))
        })
    }
}

fn line(version: &str, tarball: &[u8]) -> String {
    format!("{}  linux-{version}.tar.xz\n", sha256(tarball))
}

/// As git-archive(1) makes them, with further members: path, and where it links to.
fn tarball(version: &str, further: &[(&str, Option<&str>)]) -> Vec<u8> {
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

#[test]
fn newest_of_a_series() {
    let site = Site::new();
    expect![[r#"
        has linux 6.6.10 as source, and building kernels from source is not there yet
        `cargo xtask kernels fetch kernel.org:6_6` fetches and unpacks it; build it, and name its folder with `--kernel PATH`
        asked for releases.json"#]]
    .assert_eq(&site.find("6_6"));
    expect![[r#"
        $CACHE/sources/linux-6.6.10: the Makefile of 6.6.10
        the Makefile of 6.6.10
        asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]]
    .assert_eq(&site.fetch("6_6"));
    expect![[r#"
        has linux 6.6.10 as source, and building kernels from source is not there yet
        its sources are in `$CACHE/sources/linux-6.6.10`: build them there, and name them with `--kernel $CACHE/sources/linux-6.6.10`
        asked for "#]]
    .assert_eq(&site.find("6.6.10"));
    expect![[r#"
        $CACHE/sources/linux-6.6.10: the Makefile of 6.6.10
        the Makefile of 6.6.10
        asked for "#]]
    .assert_eq(&site.fetch_as(Network::Offline, "6_6"));
}

/// The index names few of them; the signed list has all.
#[test]
fn series_that_is_kept_up_no_more() {
    let site = Site::new();
    expect![[r#"
        has linux 6.3.13 as source, and building kernels from source is not there yet
        `cargo xtask kernels fetch kernel.org:6_3` fetches and unpacks it; build it, and name its folder with `--kernel PATH`
        asked for releases.json, sha256sums.asc"#]].assert_eq(&site.find("6_3"));
}

#[test]
fn names_that_mean_nothing_here() {
    let site = Site::new();
    expect![[r#"
        has no linux 6.99
        asked for releases.json, sha256sums.asc"#]]
    .assert_eq(&site.find("6_99"));
    expect![[r#"
        has no linux 6.6.11
        asked for "#]]
    .assert_eq(&site.find("6.6.11"));
    expect![[r#"
        has no linux 9.1
        asked for sha256sums.asc"#]]
    .assert_eq(&site.find("9_1"));
    expect![[r#"
        has only 7.3-rc7, for which it signs no checksum
        asked for sha256sums.asc"#]]
    .assert_eq(&site.find("7_3"));
    expect![[r#"
        has no flavours, and so no `cloud`
        asked for "#]]
    .assert_eq(&site.find("6_6-cloud"));
    expect![[r#"
        names its kernels by series and release
        asked for "#]]
    .assert_eq(&site.find("6.1.0-56-amd64"));
    expect![[r#"
        there are no sources of `6_99`: kernel.org has no linux 6.99
        asked for "#]]
    .assert_eq(&site.fetch("6_99"));
}

/// It is refused, nothing of it is kept, and what is right is taken afterwards.
#[track_caller]
fn refused(mut site: Site, expected: &Expect) {
    let said = site.fetch("6.6.10");
    assert!(!site.dir.path().join("cache/sources").exists(), "{said}");
    expected.assert_eq(&said);
    let good = tarball("6.6.10", &[]);
    site.server.mend();
    site.server.put(SUMS, KEY.sign(&line("6.6.10", &good)));
    site.put("6.6.10", good);
    // A list that can't be used is not kept; one that can is believed for an hour.
    if !said.contains("can't be used") {
        std::fs::remove_dir_all(site.dir.path().join("cache/kernel.org")).expect("removed");
    }
    site.settings.key = Some("key.pgp".into());
    assert!(site.fetch("6.6.10").starts_with("$CACHE/sources/linux-6.6.10: the Makefile of 6.6.10"));
}

#[test]
fn list_signed_by_a_stranger() {
    let site = Site::new();
    site.server.put(SUMS, Key::new().sign(&line("6.6.10", &tarball("6.6.10", &[]))));
    refused(
        site,
        &expect![[r#"
        `$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: none of its signatures is by a key of kernel.org's checksum autosigner
        asked for sha256sums.asc"#]],
    );
}

#[test]
fn list_changed_after_it_was_signed() {
    let site = Site::new();
    let signed = String::from_utf8(KEY.sign(&line("6.6.10", b""))).expect("a text");
    let changed = signed.replace(&line("6.6.10", b""), &line("6.6.10", &tarball("6.6.10", &[])));
    assert_ne!(signed, changed);
    site.server.put(SUMS, changed.into_bytes());
    refused(
        site,
        &expect![[r#"
        `$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: none of its signatures is by a key of kernel.org's checksum autosigner
        asked for sha256sums.asc"#]],
    );
}

/// The key is fetched, but whose it is decides its fingerprint.
#[test]
fn key_with_another_fingerprint() {
    let mut site = Site::new();
    site.settings.key = None;
    site.server.put(KEY_PATH, KEY.public());
    let said = site.fetch("6.6.10");
    let (about, fingerprint) = said.split_once("but this is ").expect("two fingerprints");
    expect!["`$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: `$SITE/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner` can't be used: the key of kernel.org's checksum autosigner has the fingerprint B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1, "].assert_eq(about);
    assert!(!fingerprint.starts_with("no key"), "{said}");
    assert!(!site.dir.path().join("cache/kernel.org").exists(), "what is not trusted is not kept");
}

#[test]
fn key_that_is_none() {
    let mut site = Site::new();
    site.settings.key = None;
    refused(
        site,
        &expect![[r#"
        `$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: failed to fetch `$SITE/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner`: `$SITE/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner` is not on the server (404)
        asked for sha256sums.asc, ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner"#]],
    );
    let mut site = Site::new();
    site.settings.key = None;
    site.server.put(KEY_PATH, b"<html>".to_vec());
    refused(
        site,
        &expect![[r#"
            `$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: `$SITE/.well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner` can't be used: failed to read an OpenPGP key of kernel.org's checksum autosigner
            asked for sha256sums.asc, ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner"#]],
    );
}

#[test]
fn tarball_is_not_what_was_signed() {
    let site = Site::new();
    site.server.fault("linux-6.6.10.tar.xz", Fault::Corrupt, Times::Always);
    refused(
        site,
        &expect![[r#"
            failed to fetch `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            note: fetching `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz` again: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            note: fetching `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz` again: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    let site = Site::new();
    site.server.fault("linux-6.6.10.tar.xz", Fault::Short, Times::Always);
    refused(
        site,
        &expect![[r#"
            failed to fetch `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            note: fetching `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz` again: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            note: fetching `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz` again: it is corrupted: N bytes with SHA256 HASH but the index says N bytes with SHA256 HASH
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
}

#[test]
fn tarball_that_can_not_be_unpacked() {
    let mut cut = tarball("6.6.10", &[]);
    cut.truncate(cut.len() / 2);
    refused(
        Site::with(cut),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: it is damaged: failed to fill whole buffer
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    refused(
        Site::with(b"<html>".to_vec()),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: it is damaged: invalid XZ N bytes
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    refused(
        Site::with(tarball("6.6.9", &[])),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: its file `linux-6.6.9/` does not lie in `linux-6.6.10`
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    refused(
        Site::with(tarball("6.6.10", &[("linux-6.6.10/../../../outside", None)])),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: its file `linux-6.6.10/../../../outside` does not lie in `linux-6.6.10`
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    refused(
        Site::with(tarball("6.6.10", &[("/tmp/outside", None)])),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: its file `/tmp/outside` does not lie in `linux-6.6.10`
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
    refused(
        Site::with(tarball("6.6.10", &[("linux-6.6.10/out", Some("../.."))])),
        &expect![[r#"
            failed to unpack `$SITE/pub/linux/kernel/v6.x/linux-6.6.10.tar.xz`: its link `linux-6.6.10/out` leads out of it, to `../..`
            asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]],
    );
}

/// It is asked once, and that is all.
#[test]
fn site_is_down() {
    let site = Site::new();
    site.server.fault("releases.json", Fault::ServerError, Times::Always);
    expect![[r#"
        failed to fetch `$SITE/releases.json`: the server answered with status 500
        asked for releases.json"#]]
    .assert_eq(&site.find("6_6"));
    let mut site = Site::new();
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    site.settings.site = format!("http://{nobody}");
    let said = site.find("6_6").replace(&site.settings.site, "$NOBODY");
    expect![[r#"
        failed to fetch `$NOBODY/releases.json`: the server could not be asked
        help: check the network, or name another mirror (see `cargo xtask doctor`); with --offline only the cache is used: io: Connection refused (os error 111)
        asked for "#]].assert_eq(&said);
}

/// Lists that were good yesterday serve when there are no others, or only bad ones, and it is said.
#[test]
fn older_list_serves() {
    let site = Site::new();
    site.fetch("6_6");
    let age = || {
        let yesterday = SystemTime::now() - Duration::from_secs(24 * 3600);
        for folder in std::fs::read_dir(site.dir.path().join("cache/kernel.org")).expect("a folder").flatten() {
            for entry in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
                let file = std::fs::File::options().write(true).open(entry.path()).expect("a file");
                file.set_modified(yesterday).expect("a time");
            }
        }
    };
    age();
    site.server.fault("releases.json", Fault::ServerError, Times::Always);
    site.server.put(SUMS, Key::new().sign("nothing"));
    expect![[r#"
        has linux 6.3.13 as source, and building kernels from source is not there yet
        `cargo xtask kernels fetch kernel.org:6_3` fetches and unpacks it; build it, and name its folder with `--kernel PATH`
        note: using an older `releases.json` of kernel.org: failed to fetch `$SITE/releases.json`: the server answered with status 500
        note: using an older `v6.x-sha256sums.asc` of kernel.org: `$SITE/pub/linux/kernel/v6.x/sha256sums.asc` can't be used: none of its signatures is by a key of kernel.org's checksum autosigner
        asked for releases.json, sha256sums.asc"#]].assert_eq(&site.find("6_3"));
    expect![[r#"
        `$SITE/pub/linux/kernel/v6.x/linux-6.6.9.tar.xz` is not in the cache
        help: run once without --offline
        asked for "#]]
    .assert_eq(&site.fetch_as(Network::Offline, "6.6.9"));
    age();
    site.server.mend();
    site.server.put(SUMS, KEY.sign(&line("6.3.14", b"")));
    expect![[r#"
        has linux 6.3.14 as source, and building kernels from source is not there yet
        `cargo xtask kernels fetch kernel.org:6_3` fetches and unpacks it; build it, and name its folder with `--kernel PATH`
        asked for releases.json, sha256sums.asc"#]].assert_eq(&site.find("6_3"));
}
