// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kernels import`: kernels as files and in archives, what is said of them, and what is left alone. What is found in which
//! packages is told by the tests of xtask/src/import.

mod kernels;

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use self::kernels::{NEW, OLD, kernel, text};
use crate::archive::{Key, Package, deb, publish};
use crate::bench::Bench;
use crate::server::{Fault, Times};

#[track_caller]
fn check(bench: &Bench, words: &str, expected: &Expect) {
    expected.assert_eq(&bench.run(words).report());
}

/// Puts the packages of a kernel into the workspace's folder `debs`.
fn download(bench: &Bench, release: &str) {
    for package in kernel(release) {
        bench.write(&format!("ws/debs/{}.deb", package.name), deb(&package.name, &package.files));
    }
}

/// A bench with an archive, `far`, of these kernels.
fn far(releases: &[&str]) -> Bench {
    let bench = Bench::new();
    let key = Key::new();
    bench.write("ws/far.asc", key.armoured());
    bench.set_up(
        "keyring = \"keyring.pgp\"\n[archive.far]\nurl = \"$MIRROR/far\"\nsuites = [\"noble\"]\nkey = \"far.asc\"\n\
         flavour = \"generic\"\ntools = \"bookworm\"\n",
    );
    publish_far(&bench, &key, releases);
    bench
}

fn publish_far(bench: &Bench, key: &Key, releases: &[&str]) {
    let packages: Vec<Package> = releases.iter().flat_map(|release| kernel(release)).collect();
    let mut files = BTreeMap::new();
    publish(&mut files, key, "far", "noble", packages.iter());
    for (path, content) in files {
        bench.server.put(&path, content);
    }
}

#[test]
fn help() {
    check(
        &Bench::new(),
        "kernels import --help",
        &expect![[r#"
        Make a kernel that a distribution has compiled into a Nix package, for NixOS's boot.kernelPackages

        Usage: cargo xtask kernels import [OPTIONS] <FILE|NAME>...

        Arguments:
          <FILE|NAME>...  Packages of one kernel (.deb, .rpm, .pkg.tar.zst), with its image, its modules and
                          its headers; or the name of a kernel of an archive: debian:6_12, 6_1-cloud

        Options:
              --name <NAME>   What it is to be called [default: the archive's name for it, else its release]
              --url <URL>     The address below which these files were published: Nix then fetches them, and
                              need not find them on this machine
              --out <DIR>     Where its folder is written [default: nix/generated/kernels]
              --check         Write nothing, and exit with 1 if what is there is not what would be written
          -j, --jobs <N>      How many jobs make may run at once [default: as many as there are cores]
              --offline       Use only what is in the cache
              --locked        Use no kernel but those that kernels.lock pins, as it pins them
              --host-tools    Use the host's make, compiler and QEMU instead of those from the Debian
                              archive
              --json          Print events as JSON, one object a line, as docs/json.md says
              --junit <FILE>  Also write the outcomes to a file, as JUnit XML
              --html <FILE>   Also write the outcomes to a file, as a page for a browser with the logs that
                              matter
          -v, --verbose       Show every command that is run
          -h, --help          Print help
        exit status 0
    "#]],
    );
}

#[test]
fn files() {
    let bench = Bench::new();
    download(&bench, NEW);
    bench.write("ws/debs/meta.deb", deb("meta", &[]));
    let all = format!(
        "kernels import debs/linux-headers-{NEW}.deb debs/linux-image-{NEW}.deb debs/linux-modules-{NEW}.deb \
         debs/linux-modules-extra-{NEW}.deb debs/meta.deb --out kernels"
    );
    check(
        &bench,
        &format!("{all} --check"),
        &expect![[r#"
            $WORKSPACE/kernels/6_8_0-51-generic/config is missing
            $WORKSPACE/kernels/6_8_0-51-generic/config.json is missing
            $WORKSPACE/kernels/6_8_0-51-generic/default.nix is missing
            $WORKSPACE/kernels/6_8_0-51-generic/precompiled.nix is missing
            ! doing without `meta.deb`: nothing of the kernel's is in it
            ! without --check they are written
            exit status 1
        "#]],
    );
    check(
        &bench,
        &all,
        &expect![[r#"
            wrote $WORKSPACE/kernels/6_8_0-51-generic/config
            wrote $WORKSPACE/kernels/6_8_0-51-generic/config.json
            wrote $WORKSPACE/kernels/6_8_0-51-generic/default.nix
            wrote $WORKSPACE/kernels/6_8_0-51-generic/precompiled.nix
            kernel    6.8.0-51-generic (Linux 6.8.0, x86_64)
            compiler  gcc 12.2.0
            mended    signing
            use       boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage $WORKSPACE/kernels/6_8_0-51-generic { });
            ! doing without `meta.deb`: nothing of the kernel's is in it
            exit status 0
        "#]],
    );
    check(
        &bench,
        &format!("{all} --check"),
        &expect![[r#"
            $WORKSPACE/kernels/6_8_0-51-generic is as it should be
            ! doing without `meta.deb`: nothing of the kernel's is in it
            exit status 0
        "#]],
    );
    check(
        &bench,
        &all.replace(&format!("debs/linux-modules-extra-{NEW}.deb"), "--name fewer"),
        &expect![[r#"
            wrote $WORKSPACE/kernels/fewer/config
            wrote $WORKSPACE/kernels/fewer/config.json
            wrote $WORKSPACE/kernels/fewer/default.nix
            wrote $WORKSPACE/kernels/fewer/precompiled.nix
            kernel    6.8.0-51-generic (Linux 6.8.0, x86_64)
            compiler  gcc 12.2.0
            mended    signing
            use       boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage $WORKSPACE/kernels/fewer { });
            ! doing without `meta.deb`: nothing of the kernel's is in it
            ! 1 of the kernel's 2 modules are in none of the packages, such as `kernel/y.ko`; a kernel's packages are linux-image-6.8.0-51-generic and linux-headers-6.8.0-51-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on
            exit status 0
        "#]],
    );
    bench.write("ws/kernels/fewer/config", "CONFIG_MINE=y\n");
    check(
        &bench,
        &format!("{all} --name fewer"),
        &expect![[r#"
        ! doing without `meta.deb`: nothing of the kernel's is in it
        ! error: `$WORKSPACE/kernels/fewer/config` would be overwritten, and is not as the workbench wrote it
        ! help: move what is yours elsewhere, or `rm '$WORKSPACE/kernels/fewer/config'` if it may go
        exit status 2
    "#]],
    );
    assert_eq!(std::fs::read_to_string(bench.path("ws/kernels/fewer/config")).expect("a file"), "CONFIG_MINE=y\n");
    assert_eq!(bench.server.requests(), [""; 0], "files need no network");
}

#[test]
fn no_kernel() {
    let bench = Bench::new();
    download(&bench, OLD);
    download(&bench, NEW);
    bench.write("ws/debs/vlc.deb", deb("vlc", &[text("usr/bin/vlc", "ELF")]));
    bench.write("ws/debs/page.deb", "<html>404</html>");
    let check =
        |words: &str, expected: &Expect| check(&bench, &format!("kernels import {words} --out kernels"), expected);
    check(
        "debs/there-is-none.deb",
        &expect![[r#"
        ! error: failed to read `debs/there-is-none.deb`
        !   failed to open file `debs/there-is-none.deb`: No such file or directory (os error 2)
        exit status 2
    "#]],
    );
    check(
        "debs",
        &expect![[r#"
            ! error: `debs` is a folder
            ! help: name the packages of one kernel in it, `debs/NAME…`
            exit status 2
        "#]],
    );
    check(
        "debs/vlc.deb",
        &expect![[r#"
        ! error: there is no kernel in `debs/vlc.deb`: neither modules nor headers
        ! help: a kernel's packages are linux-image-RELEASE and linux-headers-RELEASE; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on
        exit status 2
    "#]],
    );
    check(
        "debs/page.deb",
        &expect![[r#"
        ! error: failed to read the package `debs/page.deb`
        !   it is no package of a kind that is known
        ! help: take the .deb, .rpm or .pkg.tar.zst files as they were published; a file that was cut short while it was loaded is none
        exit status 2
    "#]],
    );
    let two = format!("debs/linux-headers-{NEW}.deb debs/linux-image-{OLD}.deb debs/linux-modules-{OLD}.deb");
    check(
        &two,
        &expect![[r#"
        ! error: these packages are of several kernels: there are modules of `6.8.0-50-generic` and headers of `6.8.0-51-generic`
        ! help: give the packages of one kernel, all of the same version
        exit status 2
    "#]],
    );
    check(
        &format!("debs/linux-image-{NEW}.deb debs/linux-modules-{NEW}.deb"),
        &expect![[r#"
        ! error: there are no headers of the kernel `6.8.0-51-generic`, which modules are built against
        ! help: give the package with its headers, too: linux-image-6.8.0-51-generic and linux-headers-6.8.0-51-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on
        exit status 2
    "#]],
    );
    check(
        &format!("debs/linux-image-{NEW}.deb far:6_8"),
        &expect![[r#"
        ! error: `far:6_8` is no file of a package, and there are such files beside it
        ! help: name either the files of one kernel's packages, or a kernel of an archive
        exit status 2
    "#]],
    );
    check(
        "6_1 6_12",
        &expect![[r#"
        ! error: several kernels were named
        ! help: import one at a time
        exit status 2
    "#]],
    );
    check(
        "6_1 --url https://x.example",
        &expect![[r#"
        ! error: `--url` is for files; where the packages of `6_1` are is known
        exit status 2
    "#]],
    );
    let page = "https://github.com/linux-surface/linux-surface/releases/tag/arch-6.9.10-1";
    check(
        &format!("debs/linux-image-{NEW}.deb --url {page}"),
        &expect![[r#"
        ! error: `https://github.com/linux-surface/linux-surface/releases/tag/arch-6.9.10-1` is a page about files
        ! help: the files are below `https://github.com/linux-surface/linux-surface/releases/download/arch-6.9.10-1`
        exit status 2
    "#]],
    );
    check(
        &format!("debs/linux-image-{NEW}.deb --url x.example"),
        &expect![[r#"
        ! error: `x.example` is no address
        ! help: begin it with `https://`
        exit status 2
    "#]],
    );
    check(
        "far:6_8",
        &expect![[r#"
        ! error: no archive has the kernel `far:6_8`
        ! help: `cargo xtask kernels list --available` names those that can be had
        exit status 2
    "#]],
    );
    assert!(!bench.path("ws/kernels").exists(), "nothing was written");
}

/// Addresses and hashes come from the archive's signed index, or from kernels.lock, and then nothing else is looked at.
#[test]
fn of_an_archive() {
    let bench = far(&[NEW]);
    check(
        &bench,
        "kernels import far:6_8 --out kernels",
        &expect![[r#"
            wrote $WORKSPACE/kernels/far-6_8/config
            wrote $WORKSPACE/kernels/far-6_8/config.json
            wrote $WORKSPACE/kernels/far-6_8/default.nix
            wrote $WORKSPACE/kernels/far-6_8/precompiled.nix
            kernel    6.8.0-51-generic (Linux 6.8.0, x86_64)
            compiler  gcc 12.2.0
            mended    signing
            use       boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage $WORKSPACE/kernels/far-6_8 { });
            exit status 0
        "#]],
    );
    let written = std::fs::read_to_string(bench.path("ws/kernels/far-6_8/default.nix")).expect("a file");
    let url = format!("\"{}/far/pool/main/linux-image-{NEW}_6.8.0-51.1_amd64.deb\"", bench.server.url());
    assert!(written.contains(&url), "{written}");
    check(
        &bench,
        "kernels import far:6_8 --out kernels --locked",
        &expect![[r#"
        ! error: kernels.lock does not pin the kernel `far:6_8`
        exit status 2
    "#]],
    );
}

#[test]
fn of_the_lock() {
    let bench = far(&[OLD]);
    bench.run("kernels lock far:6_8").good();
    bench.empty_cache();
    bench.server.requests();
    // The archive has gone on, and its lists can't be had.
    publish_far(&bench, &Key::new(), &[OLD, NEW]);
    bench.server.fault("/dists/", Fault::NotFound, Times::Always);
    check(
        &bench,
        "kernels import far:6_8 --out kernels --locked",
        &expect![[r#"
            wrote $WORKSPACE/kernels/far-6_8/config
            wrote $WORKSPACE/kernels/far-6_8/config.json
            wrote $WORKSPACE/kernels/far-6_8/default.nix
            wrote $WORKSPACE/kernels/far-6_8/precompiled.nix
            kernel    6.8.0-50-generic (Linux 6.8.0, x86_64)
            compiler  gcc 12.2.0
            mended    signing
            use       boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage $WORKSPACE/kernels/far-6_8 { });
            exit status 0
        "#]],
    );
    let asked = bench.server.requests();
    assert!(asked.iter().all(|path| path.contains("/pool/") && path.contains(OLD)), "{asked:#?}");
    check(
        &bench,
        "kernels import far:6_8 --out kernels --locked --offline --check",
        &expect![[r#"
            $WORKSPACE/kernels/far-6_8 is as it should be
            exit status 0
        "#]],
    );
    assert_eq!(bench.server.requests(), [""; 0]);
}
