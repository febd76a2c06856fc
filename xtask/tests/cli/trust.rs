// SPDX-License-Identifier: MIT OR Apache-2.0
//! Indexes that must not be believed: whatever is wrong, nothing of it enters the cache and nothing else is asked for.

use expect_test::{Expect, expect};

use crate::archive::{ARCHIVE, Key, dists, release};
use crate::bench::{Bench, Ran};
use crate::server::{Fault, Times};

/// The mirror has this as the list of bookworm's indexes; it is refused.
#[track_caller]
fn refused(in_release: impl AsRef<[u8]>) -> Ran {
    let bench = Bench::new();
    let path = dists("bookworm", "InRelease");
    bench.server.put(&path, in_release.as_ref().to_vec());
    let ran =
        bench.run("build --kernel 6_1").fails(2, &["error: failed to get the index of Debian's suite `bookworm`"]);
    assert_eq!(bench.server.requests(), [path.as_str()]);
    assert_eq!(bench.cache("debian"), [""; 0]);
    assert_eq!(bench.cache("roots"), [""; 0]);
    assert_eq!(bench.cache("tmp"), [""; 0]);
    bench.server.put(&path, good().into_bytes());
    bench.run("build --kernel 6_1").good();
    ran
}

#[track_caller]
fn check(in_release: impl AsRef<[u8]>, expected: &Expect) {
    expected.assert_eq(&refused(in_release).report());
}

fn good() -> String {
    String::from_utf8(ARCHIVE.files[&dists("bookworm", "InRelease")].clone()).expect("a text")
}

#[test]
fn changed_after_it_was_signed() {
    check(
        good().replace("Origin: Toy", "Origin: Tox"),
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
            !   none of its signatures is by a key of the Debian archive
            exit status 2
        "#]],
    );
}

#[test]
fn signed_by_a_stranger() {
    let index = &ARCHIVE.files[&dists("bookworm", "main/binary-amd64/Packages.xz")];
    check(
        Key::new().sign(&release("bookworm", index)),
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
            !   none of its signatures is by a key of the Debian archive
            exit status 2
        "#]],
    );
}

#[test]
fn of_another_suite() {
    check(
        &ARCHIVE.files[&dists("trixie", "InRelease")],
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `bookworm`
        !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
        !   it is the list of the suite `trixie`, not of `bookworm`
        exit status 2
    "#]],
    );
}

#[test]
fn without_signature() {
    let index = &ARCHIVE.files[&dists("bookworm", "main/binary-amd64/Packages.xz")];
    check(
        release("bookworm", index),
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
            !   it is not an OpenPGP signed text
            !   not N bytes in buffer: cleartext header
            exit status 2
        "#]],
    );
    check(
        "<html>Please log in to this network</html>",
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
            !   it is not an OpenPGP signed text
            !   not N bytes in buffer: cleartext header
            exit status 2
        "#]],
    );
    check(
        "",
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   `$MIRROR/debian/dists/bookworm/InRelease` can't be trusted
            !   it is not an OpenPGP signed text
            !   not N bytes in buffer: cleartext header
            exit status 2
        "#]],
    );
    check(
        [0xff, 0xfe],
        &expect![[r#"
            ! error: failed to get the index of Debian's suite `bookworm`
            !   failed to fetch `$MIRROR/debian/dists/bookworm/InRelease`
            !   it is not text
            exit status 2
        "#]],
    );
}

#[test]
fn cut_in_the_signature() {
    let good = good();
    // Its further words have a bit of the signature in them, which is another in every run.
    refused(&good[..good.len() - 60]).says(&["can't be trusted", "it is not an OpenPGP signed text"]);
}

#[test]
fn without_the_packages() {
    check(
        ARCHIVE.key.sign("Codename: bookworm\nMD5Sum:\n 0 0 main/binary-amd64/Packages.xz\n"),
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `bookworm`
        !   `$MIRROR/debian/dists/bookworm/InRelease` lists no `main/binary-amd64/Packages.xz`
        exit status 2
    "#]],
    );
}

/// What stands outside of the signed part is nobody's word: the packages it vouches for must not be used.
#[test]
fn more_than_what_was_signed() {
    let index = &ARCHIVE.files[&dists("trixie", "main/binary-amd64/Packages.xz")];
    let forged = release("bookworm", index);
    for text in [format!("{forged}\n{}", good()), format!("{}\n{forged}", good())] {
        let bench = Bench::new();
        bench.server.put(&dists("bookworm", "InRelease"), text.into_bytes());
        let ran = bench.run("build --kernel 6_1");
        let asked = bench.server.requests();
        let forged_hash = xtask::fetch::sha256(index);
        assert!(!asked.iter().any(|path| path.contains(&forged_hash)), "{asked:#?} {ran:#?}");
    }
}

/// An index that was good yesterday serves when today's is bad, and it is said.
#[test]
fn older_index_serves() {
    let bench = Bench::new();
    bench.run("build --kernel 6_1").good();
    bench.age_cache();
    bench.server.put(&dists("bookworm", "InRelease"), good().replace("Origin: Toy", "Origin: Tox").into_bytes());
    let ran = bench.run("build --kernel 6_1").good();
    ran.says(&["using an older index of Debian's suite `bookworm`", "can't be trusted"]);
    let asked = bench.server.requests();
    assert_eq!(asked.iter().filter(|path| path.contains("/linux-image-")).count(), 1, "{asked:#?}");
}

#[test]
fn packages_are_not_what_was_signed() {
    let bench = Bench::new();
    bench.server.fault("Packages.xz", Fault::Corrupt, Times::Always);
    bench.server.fault("by-hash", Fault::Corrupt, Times::Always);
    let ran = bench.run("build --kernel 6_1").fails(2, &["again", "corrupted"]);
    expect![[r#"
        ! fetching `$MIRROR/debian/dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        ! fetching `$MIRROR/debian/dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        ! error: failed to get the index of Debian's suite `bookworm`
        !   failed to fetch `$MIRROR/debian/dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH`
        !   it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        exit status 2
    "#]].assert_eq(&ran.report());
    assert_eq!(bench.server.requests().iter().filter(|path| path.contains("by-hash")).count(), 3);
    assert_eq!(bench.cache("debian"), [""; 0]);
    assert_eq!(bench.cache("tmp"), [""; 0]);
    bench.server.mend();
    bench.run("build --kernel 6_1").good();
}

/// Not every mirror has the files by their hashes.
#[test]
fn packages_without_by_hash() {
    let bench = Bench::new();
    bench.server.fault("by-hash", Fault::NotFound, Times::Always);
    bench.run("build --kernel 6_1").good();
}
