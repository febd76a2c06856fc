// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages that are what their hash says, and should not be unpacked: their signer has made a mistake, or is no friend.

use expect_test::{Expect, expect};

use super::*;

/// It is refused, and the canary beside the folder is well: see [`Bench::unpack`].
#[track_caller]
fn check(package: &[u8], expected: &Expect) {
    let bench = Bench::new();
    let refused = bench.unpack(package, &|_| Place::Folder).map(drop);
    let err = refused.expect_err("it is refused");
    let text = format!("{err:#}").replace(&bench.dir.path().display().to_string(), "BENCH");
    expected.assert_eq(&text);
}

#[test]
fn paths_that_lead_out() {
    check(
        &deb(&[file("./../canary/egg", "")]),
        &expect!["failed to unpack its `./../canary/egg`: `./../canary/egg` leads out of the package"],
    );
    check(
        &deb(&[file("usr/../../canary/egg", "")]),
        &expect!["failed to unpack its `usr/../../canary/egg`: `usr/../../canary/egg` leads out of the package"],
    );
    check(
        &deb(&[file("/etc/passwd", "")]),
        &expect!["failed to unpack its `/etc/passwd`: `/etc/passwd` leads out of the package"],
    );
    check(
        &deb(&[folder("../canary/nest/")]),
        &expect!["failed to unpack its `../canary/nest/`: `../canary/nest/` leads out of the package"],
    );
    check(
        &deb(&[link("../canary/egg", "x")]),
        &expect!["failed to unpack its `../canary/egg`: `../canary/egg` leads out of the package"],
    );
    check(
        &deb(&[hard_link("./../canary/egg", "./etc/a")]),
        &expect!["failed to unpack its `./../canary/egg`: `./../canary/egg` leads out of the package"],
    );
}

#[test]
fn links_that_lead_out() {
    check(
        &deb(&[link("./etc/nest", "../../canary"), file("./etc/nest/egg", "")]),
        &expect!["it has `etc/nest` as a folder and as a link"],
    );
    check(
        &deb(&[file("./etc/nest/egg", ""), link("./etc/nest", "../../canary")]),
        &expect!["it has `etc/nest` as a folder and as a link"],
    );
    check(
        &deb(&[link("./etc/nest", "../../canary"), folder("./etc/nest/")]),
        &expect!["it has `etc/nest` as a folder and as a link"],
    );
    check(
        &deb(&[link("./etc/song", "../../canary/file"), file("./etc/song", "silence")]),
        &expect!["failed to unpack its `./etc/song`: it has it twice"],
    );
    check(
        &deb(&[link("./etc/song", "../../canary/file"), hard_link("./etc/b", "./etc/song")]),
        &expect!["failed to unpack its `./etc/b`: `etc/b` is to be a link to `etc/song`, which is no file"],
    );
    check(
        &deb(&[hard_link("./etc/song", "../canary/file")]),
        &expect!["failed to unpack its `./etc/song`: `../canary/file` leads out of the package"],
    );
    check(
        &deb(&[hard_link("./etc/song", "/etc/passwd")]),
        &expect!["failed to unpack its `./etc/song`: `/etc/passwd` leads out of the package"],
    );
    check(
        &deb(&[hard_link("./etc/song", "./etc/nowhere")]),
        &expect!["failed to unpack its `./etc/song`: `etc/song` is to be a link to `etc/nowhere`, which is no file"],
    );
    check(
        &deb(&[hard_link("./etc/song", "./bin")]),
        &expect!["failed to unpack its `./etc/song`: it is a link to nothing"],
    );
    check(&deb(&[link("./etc/song", "")]), &expect!["failed to unpack its `./etc/song`: it is a link to nothing"]);
}

#[test]
fn what_is_no_file() {
    check(
        &deb(&[entry(b'3', "./etc/device")]),
        &expect!["failed to unpack its `./etc/device`: it is a device or a pipe"],
    );
    check(
        &deb(&[entry(b'4', "./etc/device")]),
        &expect!["failed to unpack its `./etc/device`: it is a device or a pipe"],
    );
    check(&deb(&[entry(b'6', "./etc/pipe")]), &expect!["failed to unpack its `./etc/pipe`: it is a device or a pipe"]);
    check(
        &deb(&[entry(b'S', "./etc/sparse")]),
        &expect!["its tar archive is damaged: numeric field was not a number:  when getting real_size for :"],
    );
    check(
        &deb(&[entry(b'Z', "./etc/what")]),
        &expect!["failed to unpack its `./etc/what`: it is neither file nor folder nor link"],
    );
}

#[test]
fn twice_the_same() {
    check(
        &deb(&[file("./etc/a", "A"), file("./etc/a", "B")]),
        &expect!["failed to unpack its `./etc/a`: it has it twice"],
    );
    check(
        &deb(&[file("./etc/a", "A"), file("etc//./a", "B")]),
        &expect!["failed to unpack its `etc//./a`: it has it twice"],
    );
    check(
        &deb(&[file("./etc/a", "A"), folder("./etc/a/")]),
        &expect!["failed to unpack its `./etc/a/`: `etc/a` is to be a folder, and is something else already"],
    );
    check(
        &deb(&[file("./etc/a", "A"), file("./etc/a/b", "B")]),
        &expect!["failed to unpack its `./etc/a/b`: `etc/a` is to be a folder, and is something else already"],
    );
    check(
        &deb(&[folder("./etc/a/"), file("./etc/a", "B")]),
        &expect![
            "failed to unpack its `./etc/a`: failed to remove file `BENCH/root/etc/a`: Is a directory (os error 21)"
        ],
    );
}

#[test]
fn sizes_that_lie() {
    check(
        &deb(&[Entry { size: Some(1 << 40), ..file("./etc/a", "A") }]),
        &expect!["failed to unpack its `./etc/a`: it has 1536 bytes, and is said to have 1099511627776"],
    );
    check(
        &deb(&[Entry { size: Some(u64::MAX), ..file("./etc/a", "A") }]),
        &expect!["its tar archive is damaged: size overflow"],
    );
    check(
        &deb(&[Entry { size: Some(1 << 40), ..entry(b'L', "././@LongLink") }]),
        &expect!["its tar archive is damaged: unexpected EOF during skip"],
    );
    check(
        &deb(&[Entry { size: Some(1 << 40), ..entry(b'x', "./pax") }]),
        &expect!["its tar archive is damaged: unexpected EOF during skip"],
    );
}

/// 80 MB of zeros are 12 kB.
#[test]
fn bombs() {
    let zeros = vec![0; 80 << 20];
    let bomb = Entry { content: zeros, ..file("./etc/a", "") };
    let tar = tar(&[bomb]);
    check(
        &with_data("data.tar.xz", &xz(&tar, 1 << 30)),
        &expect!["failed to unpack its `./etc/a`: it unpacks to more than 67 MB"],
    );
    check(
        &with_data("data.tar.xz", &xz(&tar, 1 << 20)),
        &expect!["failed to unpack its `./etc/a`: it unpacks to more than 68 MB"],
    );
}

#[test]
fn archives_that_are_cut_short() {
    let tar = tar(&[file("./etc/a", "A"), file("./etc/b", "B")]);
    let data = xz(&tar, 1 << 20);
    check(
        &with_data("data.tar.xz", &data[..data.len() - 1]),
        &expect!["its data is damaged: failed to fill whole buffer"],
    );
    check(
        &with_data("data.tar.xz", &data[..data.len() / 2]),
        &expect!["its tar archive is damaged: failed to fill whole buffer"],
    );
    check(&with_data("data.tar.xz", &[]), &expect!["its tar archive is damaged: failed to fill whole buffer"]);
    check(&with_data("data.tar.xz", &xz(&tar[..2048], 1 << 20)), &expect!["its tar archive is cut short"]);
    check(&with_data("data.tar.xz", &xz(&tar[..1024], 1 << 20)), &expect!["its tar archive is cut short"]);
    check(
        &with_data("data.tar.xz", &xz(&tar[..1537], 1 << 20)),
        &expect!["its tar archive is damaged: unexpected EOF during skip"],
    );
    check(&with_data("data.tar", &tar[..1024]), &expect!["its tar archive is cut short"]);
    check(&with_data("data.tar", &[]), &expect!["its tar archive is cut short"]);
}

#[test]
fn what_is_no_package() {
    check(b"", &expect!["it is not an ar archive"]);
    check(b"<html>Please log in</html>", &expect!["it is not an ar archive"]);
    check(b"!<arch>\n", &expect!["it has no data.tar"]);
    check(b"!<arch>\nshort", &expect!["its ar archive is cut short: failed to fill whole buffer"]);
    check(&ar(&[("debian-binary", b"2.0\n"), ("control.tar.xz", b"")]), &expect!["it has no data.tar"]);
    check(&with_data("data.tar.lzma", b""), &expect!["the compression `.lzma` is not known"]);
    check(
        &with_data("data.tar.zst", b"not zstd"),
        &expect!["BadMagicNumber(544501614): Read wrong magic number: 0x20746F6E"],
    );
    check(&with_data("data.tar.gz", b"not gzip"), &expect!["its tar archive is damaged: unexpected end of file"]);
    let mut lying = with_data("data.tar", &tar(&[file("./etc/a", "A")]));
    let size = lying.windows(10).position(|window| window == b"2048      ").expect("the data's size");
    lying[size..size + 10].copy_from_slice(b"9999999999");
    check(&lying, &expect!["its ar archive is cut short: `data.tar` is said to have 9999999999 bytes"]);
    lying[size..size + 10].copy_from_slice(b"-1        ");
    check(&lying, &expect!["its ar archive is damaged"]);
}
