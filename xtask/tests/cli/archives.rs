// SPDX-License-Identifier: MIT OR Apache-2.0
//! Archives of Debian's form that are rows of workbench.toml: one whose kernels are packed as Ubuntu's, one as Proxmox'.

use std::collections::BTreeMap;

use expect_test::expect;

use xtask::fetch::sha256;

use crate::archive::{File, Key, Package, publish, release, xz};
use crate::bench::Bench;

const GENERIC: &str = "6.8.0-51-generic";
const PVE: &str = "6.8.12-4-pve";

fn package(name: &str, depends: &str, files: Vec<(String, File)>) -> Package {
    Package {
        suite: "noble",
        name: name.to_owned(),
        version: "6.8.0-51.52".to_owned(),
        depends: depends.to_owned(),
        files,
    }
}

fn text(path: &str, content: &str) -> (String, File) {
    (path.to_owned(), File::Content(content.as_bytes().to_vec()))
}

/// Ubuntu has modules in packages of their own, the build tools among the headers, and names no compiler.
fn like_ubuntu() -> Vec<Package> {
    let headers = format!("usr/src/linux-headers-{GENERIC}");
    vec![
        package("linux-headers-6.8.0-51", "", vec![text("usr/src/linux-headers-6.8.0-51/Makefile", "all:\n")]),
        package(
            &format!("linux-headers-{GENERIC}"),
            "linux-headers-6.8.0-51, libc6 (>= 2.38), xz-utilst64",
            vec![
                (format!("{headers}/Makefile"), File::Link("../linux-headers-6.8.0-51/Makefile".to_owned())),
                text(&format!("{headers}/include/config/auto.conf"), "CONFIG_GCC_VERSION=120200\n"),
                text(&format!("{headers}/scripts/basic/fixdep"), ""),
            ],
        ),
        package(
            &format!("linux-image-{GENERIC}"),
            &format!("kmod, linux-base, linux-modules-{GENERIC}"),
            vec![text(&format!("boot/vmlinuz-{GENERIC}"), "as it were")],
        ),
        package(
            &format!("linux-modules-{GENERIC}"),
            "",
            vec![
                text(&format!("boot/config-{GENERIC}"), "CONFIG_MODVERSIONS=y\n"),
                text(&format!("lib/modules/{GENERIC}/modules.builtin"), ""),
            ],
        ),
        package(
            &format!("linux-modules-extra-{GENERIC}"),
            "",
            vec![text(&format!("lib/modules/{GENERIC}/extra.list"), "")],
        ),
    ]
}

/// Proxmox has everything of a kind in one package, under names of its own.
fn like_proxmox() -> Vec<Package> {
    let headers = format!("usr/src/linux-headers-{PVE}");
    vec![
        package(
            &format!("proxmox-headers-{PVE}"),
            "libc6",
            vec![
                text(&format!("{headers}/Makefile"), "all:\n"),
                text(&format!("{headers}/include/config/auto.conf"), "CONFIG_GCC_VERSION=120200\n"),
                text(&format!("{headers}/scripts/basic/fixdep"), ""),
            ],
        ),
        package(
            &format!("proxmox-kernel-{PVE}-signed"),
            "",
            vec![
                text(&format!("boot/vmlinuz-{PVE}"), "as it were"),
                text(&format!("boot/config-{PVE}"), ""),
                text(&format!("lib/modules/{PVE}/modules.builtin"), ""),
            ],
        ),
    ]
}

/// A bench with a further archive, `far`, of these packages.
fn bench(packages: &[Package], row: &str) -> Bench {
    let bench = Bench::new();
    let key = Key::new();
    let mut files = BTreeMap::new();
    publish(&mut files, &key, "far", "noble", packages.iter());
    for (path, content) in files {
        bench.server.put(&path, content);
    }
    bench.write("ws/far.asc", key.armoured());
    bench.set_up(&format!("keyring = \"keyring.pgp\"\n{row}"));
    bench
}

const UBUNTU: &str = "[archive.far]\nurl = \"$MIRROR/far\"\nsuites = [\"noble\"]\nkey = \"far.asc\"\nflavour = \"generic\"\ntools = \"bookworm\"\n";

#[test]
fn ubuntu() {
    let bench = bench(&like_ubuntu(), UBUNTU);
    for name in ["6_8", "far:6_8", "far:latest", GENERIC, "6.8.0"] {
        let ran = bench.run(&format!("kernels fetch {name}")).good();
        assert!(
            ran.stdout.contains(&format!("{name} is {GENERIC}, in $CACHE/kernels/far_{GENERIC}_6.8.0-51.52")),
            "{ran:#?}"
        );
    }
    let kernel = bench.path("cache/kernels").join(format!("far_{GENERIC}_6.8.0-51.52"));
    assert!(
        kernel.join("usr/lib/modules").join(GENERIC).join("extra.list").exists(),
        "the less usual modules are there too"
    );
    let ran = bench.run("kernels show far:6_8").good();
    assert!(ran.stdout.contains("origin    far noble 6.8.0-51.52") && ran.stdout.contains("gcc-12 in"), "{ran:#?}");
    let ran = bench.run("kernels list --available").good();
    assert!(ran.stdout.contains("far:6_8    6.8.0-51-generic"), "{ran:#?}");
    // Debian's come first where both have one.
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6.1.0-2-amd64"), "{ran:#?}");
}

#[test]
fn proxmox() {
    let row = UBUNTU.replace("generic", "pve");
    let bench = bench(&like_proxmox(), &row);
    let ran = bench.run("kernels fetch 6_8").good();
    assert!(ran.stdout.contains(PVE), "{ran:#?}");
}

/// Small archives have one kind of index, no by-hash folders, and components of other names.
#[test]
fn small_archives() {
    for ending in [".gz", ""] {
        let bench = bench(&[], &UBUNTU.replace("tools =", "components = [\"empty\", \"main\"]\ntools ="));
        let key = Key::new();
        let mut files = BTreeMap::new();
        publish(&mut files, &key, "far", "noble", like_ubuntu().iter());
        let index = files.remove("/far/dists/noble/main/binary-amd64/Packages.xz").expect("an index");
        files.retain(|path, _| !path.contains("by-hash"));
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut lzma_rust2::XzReader::new(index.as_slice(), true), &mut text).expect("text");
        let index = if ending.is_empty() { text } else { gzip(&text) };
        // Without the decoy that every list here has.
        let list = release("noble", &index).replace("7 main/binary-amd64/Packages\n", "7 nothing\n");
        let list = list.replace("Packages.xz", &format!("Packages{ending}"));
        let nothing = xz(b"");
        let list = format!("{list} {} {} empty/binary-amd64/Packages.xz\n", sha256(&nothing), nothing.len());
        files.insert(format!("/far/dists/noble/main/binary-amd64/Packages{ending}"), index);
        files.insert("/far/dists/noble/empty/binary-amd64/Packages.xz".to_owned(), nothing);
        files.insert("/far/dists/noble/InRelease".to_owned(), key.sign(&list));
        for (path, content) in files {
            bench.server.put(&path, content);
        }
        bench.write("ws/far.asc", key.armoured());
        let ran = bench.run("kernels fetch far:6_8").good();
        assert!(ran.stdout.contains(GENERIC), "{ran:#?}");
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut writer, content).expect("written");
    writer.finish().expect("a gzip file")
}

/// Its kernels are pinned as Debian's are.
#[test]
fn pinned() {
    let bench = bench(&like_ubuntu(), UBUNTU);
    bench.run("kernels lock far:6_8").good();
    bench.empty_cache();
    let ran = bench.run("kernels fetch --locked far:6_8").good();
    assert!(ran.stdout.contains(GENERIC), "{ran:#?}");
    // Debian is asked first, unless the settings say otherwise.
    let settings = std::fs::read_to_string(bench.path("ws/workbench.toml")).expect("settings");
    bench.write("ws/workbench.toml", format!("sources = [\"far\", \"debian\"]\n{settings}"));
    let ran = bench.run("kernels lock latest 6_1").good();
    assert!(ran.stdout.contains(&format!("latest is {GENERIC}")), "{ran:#?}");
    assert!(ran.stdout.contains("6_1 is 6.1.0-2-amd64"), "{ran:#?}");
}

#[test]
fn nobody_else_may_sign() {
    let bench = bench(&like_ubuntu(), &UBUNTU.replace("far.asc", "keyring.pgp"));
    expect![[r#"
        ! failed to fetch the kernel `far:6_8`: failed to get the index of the suite `noble` of `far`: `$MIRROR/far/dists/noble/InRelease` can't be trusted: none of its signatures is by a key of the archive `far`
        exit status 2
    "#]].assert_eq(&bench.run("kernels fetch far:6_8").report());
}

#[test]
fn wrong_rows() {
    for (row, told) in [
        (UBUNTU.replace("http://", "ftp://").replace("$MIRROR", "ftp://x"), "is not an http:// or https:// one"),
        (UBUNTU.replace("[\"noble\"]", "[]"), "names no suites"),
        (UBUNTU.replace("bookworm", "woody"), "has no suite `woody`"),
        (UBUNTU.replace("key =", "keys ="), "there is no key `keys` here; did you mean `key`?"),
        (UBUNTU.replace("archive.far", "archive.debian"), "`debian` can't be the name of an archive"),
        (UBUNTU.replace("archive.far", "archive.\"far off\""), "`far off` can't be the name of an archive"),
        (UBUNTU.replace("far.asc", "nowhere.asc"), "nowhere.asc"),
        ("sources = [\"debain\"]\n".to_owned(), "names `debain`, which is none"),
    ] {
        let bench = bench(&[], &row);
        let text = if row.starts_with("sources") {
            row
        } else {
            std::fs::read_to_string(bench.path("ws/workbench.toml")).expect("settings")
        };
        bench.write("ws/workbench.toml", text);
        bench.run("kernels fetch 6_8").fails(2, &[told]);
    }
    let bench = bench(&[], "");
    bench.run("kernels fetch far:6_8").fails(2, &["`far:6_8` names no source of kernels", "[archive.far]"]);
}
