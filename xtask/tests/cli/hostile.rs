// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages that are what the signed index says, and bad: an archive of one's own may be made carelessly, or by nobody's friend.

use std::io::Read as _;

use expect_test::{Expect, expect};
use xtask::fetch::sha256;

use crate::archive::{ARCHIVE, File, deb, dists, release, xz};
use crate::bench::Bench;

const PACKAGE: &str = "/linux-image-6.1.0-2-amd64_";
const SUITE: &str = "bookworm-security";

/// Lets the archive have this in the place of a kernel's image, with a new index and a new signature.
fn replace_image(bench: &Bench, package: &[u8]) {
    let (path, old) = ARCHIVE.files.iter().find(|(path, _)| path.contains(PACKAGE)).expect("the package");
    let index = &ARCHIVE.files[&dists(SUITE, "main/binary-amd64/Packages.xz")];
    let mut text = String::new();
    lzma_rust2::XzReader::new(&index[..], false).read_to_string(&mut text).expect("an index");
    let stanza = |deb: &[u8]| format!("Size: {}\nSHA256: {}\n", deb.len(), sha256(deb));
    let new = xz(text.replace(&stanza(old), &stanza(package)).as_bytes());
    bench.server.put(path, package.to_vec());
    bench.server.put(&dists(SUITE, &format!("main/binary-amd64/by-hash/SHA256/{}", sha256(&new))), new.clone());
    bench.server.put(&dists(SUITE, "InRelease"), ARCHIVE.key.sign(&release(SUITE, &new)));
}

#[track_caller]
fn check(package: &[u8], expected: &Expect) {
    let bench = Bench::new();
    bench.write("canary/file", "sings");
    replace_image(&bench, package);
    let ran = bench.run("build --kernel 6_1");
    expected.assert_eq(&ran.report());
    for kind in ["kernels", "pins", "partial", "tmp"] {
        assert_eq!(bench.cache(kind), [""; 0], "nothing of it is left in {kind}");
    }
    let canary: Vec<_> = std::fs::read_dir(bench.path("canary")).expect("there").flatten().collect();
    assert_eq!(canary.len(), 1, "{canary:#?}");
    assert_eq!(std::fs::read_to_string(bench.path("canary/file")).expect("there"), "sings");
}

#[test]
fn links_and_files_below_them() {
    let below = [
        ("usr/nest".to_owned(), File::Link("../../../../../canary".to_owned())),
        ("usr/nest/egg".to_owned(), File::Content(b"an egg".to_vec())),
    ];
    check(
        &deb("hostile", &below),
        &expect![[r#"
        ! error: failed to unpack the package `linux-image-6.1.0-2-amd64`
        !   it has `usr/nest` as a folder and as a link
        exit status 2
    "#]],
    );
}

#[test]
fn cut_short() {
    let whole = ARCHIVE.files.iter().find(|(path, _)| path.contains(PACKAGE)).expect("the package").1;
    check(
        &whole[..whole.len() - 100],
        &expect![[r#"
        ! error: failed to unpack the package `linux-image-6.1.0-2-amd64`
        !   its ar archive is cut short: `data.tar.xz` is said to have N bytes
        exit status 2
    "#]],
    );
}

#[test]
fn no_package_at_all() {
    check(
        b"<html>Please log in to this network</html>",
        &expect![[r#"
        ! error: failed to unpack the package `linux-image-6.1.0-2-amd64`
        !   it is not an ar archive
        exit status 2
    "#]],
    );
}
