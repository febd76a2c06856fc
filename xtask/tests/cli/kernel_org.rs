// SPDX-License-Identifier: MIT OR Apache-2.0
//! kernel.org as a source: which release a name means, and sources that are what was signed, or not there at all.

mod site;

use std::time::{Duration, SystemTime};

use expect_test::{Expect, expect};
use xtask::fetch::Network;

use self::site::{KEY, KEY_PATH, SUMS, Site, line, tarball};
use crate::archive::Key;
use crate::server::{Fault, Times};

#[test]
fn newest_of_a_series() {
    let site = Site::new();
    expect![[r#"
        has linux 6.6.10 as source
        `--kernel kernel.org:6_6+vm` builds it, and `kernel.org:6_6+debug` with what finds mistakes
        asked for releases.json"#]]
    .assert_eq(&site.find("6_6"));
    expect![[r#"
        $CACHE/sources/linux-6.6.10: the Makefile of 6.6.10
        the Makefile of 6.6.10
        asked for sha256sums.asc, linux-6.6.10.tar.xz, linux-6.6.10.tar.xz"#]]
    .assert_eq(&site.fetch("6_6"));
    expect![[r#"
        has linux 6.6.10 as source
        `--kernel kernel.org:6.6.10+vm` builds it, and `kernel.org:6.6.10+debug` with what finds mistakes
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
        has linux 6.3.13 as source
        `--kernel kernel.org:6_3+vm` builds it, and `kernel.org:6_3+debug` with what finds mistakes
        asked for releases.json, sha256sums.asc"#]]
    .assert_eq(&site.find("6_3"));
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
        help: check the network, or name another address in workbench.toml (see `cargo xtask doctor`); with --offline only the cache is used: io: Connection refused (os error 111)
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
        has linux 6.3.13 as source
        `--kernel kernel.org:6_3+vm` builds it, and `kernel.org:6_3+debug` with what finds mistakes
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
        has linux 6.3.14 as source
        `--kernel kernel.org:6_3+vm` builds it, and `kernel.org:6_3+debug` with what finds mistakes
        asked for releases.json, sha256sums.asc"#]]
    .assert_eq(&site.find("6_3"));
}
