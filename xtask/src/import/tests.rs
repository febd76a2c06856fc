// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels in packages made here: what is found in good ones, and what is said of bad ones.

mod made;
mod others;
mod texts;

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use fs_err as fs;

use self::made::{
    CONFIG, Made, generated, headers_files, image, image_files, leads, module, package, rpm, text, tools,
};
use super::of_files;

const V: &str = "6.9.10-surface-1";

/// What is found in packages, each of a file's name and its content; what people are told, if it is no kernel.
#[track_caller]
fn check_bytes(packages: &[(&str, Vec<u8>)], expected: &Expect) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for (name, content) in packages {
        let path = dir.path().join(name);
        fs::write(&path, content).expect("written");
        files.push(path);
    }
    let told = told(&files).replace(&dir.path().display().to_string(), "DIR");
    expected.assert_eq(&told);
}

#[track_caller]
fn check(packages: &[(&str, Vec<Made>)], expected: &Expect) {
    let packages: Vec<_> = packages.iter().map(|(name, files)| (*name, package(name, files))).collect();
    check_bytes(&packages, expected);
}

fn told(files: &[PathBuf]) -> String {
    let (imported, unneeded) = match of_files(files, None, None) {
        Ok(found) => found,
        Err(err) => return format!("{err:#}"),
    };
    let facts = &imported.facts;
    let path = |path: &Path| path.display().to_string();
    let lines = [
        ("name", imported.name.clone()),
        ("kernel", format!("{} {} {} {:?}", facts.release, facts.version, facts.arch, facts.compiler)),
        ("image", format!("{} as {}", path(&facts.image), facts.target)),
        ("map", facts.system_map.as_deref().map(path).unwrap_or_default()),
        ("headers", facts.headers.roots.iter().map(|root| path(root)).collect::<Vec<_>>().join(" ")),
        ("repairs", facts.headers.repairs.iter().map(|it| it.name()).collect::<Vec<_>>().join(" ")),
        ("of", imported.sources.iter().map(|it| it.store_name()).collect::<Vec<_>>().join(" ")),
        ("without", unneeded.join(" ")),
        ("absent", facts.absent.clone().unwrap_or_default()),
    ];
    let lines = lines.into_iter().filter(|(_, text)| !text.is_empty());
    lines.map(|(what, text)| format!("{what}: {text}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_package() {
    // As `make bindeb-pkg` makes them, which is what linux-surface has for Debian; a third package is none of the kernel's.
    let headers = headers_files(&format!("usr/src/linux-headers-{V}"), V);
    let link = leads(format!("lib/modules/{V}/build"), &format!("/usr/src/linux-headers-{V}"));
    let image = vec![
        Made::File(format!("boot/vmlinuz-{V}"), image(V)),
        text(format!("boot/config-{V}"), CONFIG),
        Made::File(format!("lib/modules/{V}/kernel/x.ko"), module(V)),
    ];
    check(
        &[
            ("linux-image-6.9.10-surface-1_6.9.10-1~x_amd64.deb", image),
            ("linux-headers (1).deb", [headers, vec![link]].concat()),
            ("linux-libc-dev.deb", vec![text("usr/include/linux/version.h", "")]),
        ],
        &expect![[r#"
            name: 6_9_10-surface-1
            kernel: 6.9.10-surface-1 6.9.10 x86_64 ("gcc", "13.2.1")
            image: boot/vmlinuz-6.9.10-surface-1 as bzImage
            headers: usr/src/linux-headers-6.9.10-surface-1
            of: linux-headers__1_.deb linux-image-6.9.10-surface-1_6.9.10-1_x_amd64.deb
            without: linux-libc-dev.deb"#]],
    );
    // Fedora's.
    let headers = headers_files(&format!("usr/src/kernels/{V}"), V);
    let link = leads(format!("usr/lib/modules/{V}/build"), &format!("/usr/src/kernels/{V}"));
    check(
        &[("kernel-core.rpm", [image_files(V), vec![link]].concat()), ("kernel-devel.rpm", headers)],
        &expect![[r#"
        name: 6_9_10-surface-1
        kernel: 6.9.10-surface-1 6.9.10 x86_64 ("gcc", "13.2.1")
        image: usr/lib/modules/6.9.10-surface-1/vmlinuz as bzImage
        map: usr/lib/modules/6.9.10-surface-1/System.map
        headers: usr/src/kernels/6.9.10-surface-1
        of: kernel-core.rpm kernel-devel.rpm"#]],
    );
    // Arch's, whose image's package has no configuration.
    let mut image = image_files(V);
    image.retain(
        |made| !matches!(made, Made::File(path, _) if path.ends_with("config") || path.ends_with("System.map")),
    );
    let kdir = format!("usr/lib/modules/{V}/build");
    let mut headers = headers_files(&kdir, V);
    headers.push(text(format!("{kdir}/System.map"), ""));
    headers.push(leads("usr/src/linux-surface", &format!("../lib/modules/{V}/build")));
    check(
        &[("linux.pkg.tar.xz", image), ("linux-headers.pkg.tar.xz", headers)],
        &expect![[r#"
        name: 6_9_10-surface-1
        kernel: 6.9.10-surface-1 6.9.10 x86_64 ("gcc", "13.2.1")
        image: usr/lib/modules/6.9.10-surface-1/vmlinuz as bzImage
        map: usr/lib/modules/6.9.10-surface-1/build/System.map
        headers: usr/lib/modules/6.9.10-surface-1/build
        of: linux-headers.pkg.tar.xz linux.pkg.tar.xz"#]],
    );
}

/// Debian's headers, which lean on two further packages.
fn debian() -> [(&'static str, Vec<Made>); 4] {
    let kdir = "usr/src/linux-headers-6.9.10+deb13-amd64";
    let release = "6.9.10+deb13-amd64";
    let common = "usr/src/linux-headers-6.9.10+deb13-common";
    let mut headers = generated(kdir, release);
    headers.retain(
        |made| !matches!(made, Made::File(path, _) if path.ends_with("auto.conf") || path.ends_with("release")),
    );
    headers.extend([
        text(format!("{kdir}/Makefile"), &format!("include /{common}/Makefile\n")),
        text(format!("{kdir}/.kernelvariables"), "override ARCH = x86\n"),
        text(format!("{kdir}/include/config/auto.conf"), "CONFIG_MODULE_SIG_ALL=y\n"),
        text(format!("{kdir}/include/config/kernel.release"), "6.9.10\n"),
        leads(format!("{kdir}/scripts"), "../../lib/linux-kbuild-6.9.10/scripts"),
        leads("usr/share/doc/linux-headers", "/usr/share/doc/linux-kbuild"),
    ]);
    [
        ("image.deb", image_files(release)),
        ("headers.deb", headers),
        (
            "common.deb",
            vec![
                text(format!("{common}/Makefile"), ""),
                leads(format!("{common}/tools"), "/usr/lib/linux-kbuild-6.9.10/tools"),
            ],
        ),
        (
            "kbuild.deb",
            [tools("usr/lib/linux-kbuild-6.9.10"), vec![text("usr/lib/linux-kbuild-6.9.10/tools/x", "")]].concat(),
        ),
    ]
}

#[test]
fn headers_that_lean_on_others() {
    check(
        &debian(),
        &expect![[r#"
        name: 6_9_10+deb13-amd64
        kernel: 6.9.10+deb13-amd64 6.9.10 x86_64 ("gcc", "13.2.1")
        image: usr/lib/modules/6.9.10+deb13-amd64/vmlinuz as bzImage
        map: usr/lib/modules/6.9.10+deb13-amd64/System.map
        headers: usr/src/linux-headers-6.9.10+deb13-amd64 usr/lib/linux-kbuild-6.9.10 usr/src/linux-headers-6.9.10+deb13-common
        repairs: links makefile kernelvariables release signing
        of: common.deb headers.deb image.deb kbuild.deb"#]],
    );
    for missing in [1, 2, 3] {
        let packages: Vec<_> =
            debian().into_iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, it)| it).collect();
        let expected = match missing {
            1 => expect![[r#"
                there are no headers of the kernel `6.9.10+deb13-amd64`, which modules are built against
                help: give the package with its headers, too: linux-image-6.9.10+deb13-amd64 and linux-headers-6.9.10+deb13-amd64; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
            2 => expect![[r#"
                the headers of `6.9.10+deb13-amd64` lean on `/usr/src/linux-headers-6.9.10+deb13-common`, which none of the packages has
                help: give the package that brings it, too; a kernel's packages are linux-image-6.9.10+deb13-amd64 and linux-headers-6.9.10+deb13-amd64; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
            _ => expect![[r#"
                the headers of `6.9.10+deb13-amd64` lean on `/usr/lib/linux-kbuild-6.9.10`, which none of the packages has
                help: give the package that brings it, too; a kernel's packages are linux-image-6.9.10+deb13-amd64 and linux-headers-6.9.10+deb13-amd64; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
        };
        check(&packages, &expected);
    }
}

#[test]
fn no_kernel_or_several() {
    check(
        &[("empty.deb", vec![])],
        &expect![[r#"
            there is no kernel in `DIR/empty.deb`: neither modules nor headers
            help: a kernel's packages are linux-image-RELEASE and linux-headers-RELEASE; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
    );
    check(
        &[("vlc.rpm", vec![text("usr/bin/vlc", "ELF")])],
        &expect![[r#"
            there is no kernel in `DIR/vlc.rpm`: neither modules nor headers
            help: a kernel's packages are kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
    check(
        &[("headers.pkg.tar.xz", headers_files("usr/src/linux-x", V))],
        &expect![[r#"
        there are headers of the kernel `6.9.10-surface-1`, but neither its image nor its modules
        help: give its other packages, too: linux and linux-headers, or linux-surface and linux-surface-headers"#]],
    );
    check(
        &[("core.rpm", image_files(V))],
        &expect![[r#"
            there are no headers of the kernel `6.9.10-surface-1`, which modules are built against
            help: give the package with its headers, too: kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
    let other = headers_files("usr/src/linux-x", "6.9.11-surface-1");
    check(
        &[("core.rpm", image_files(V)), ("devel.rpm", other)],
        &expect![[r#"
        these packages are of several kernels: there are modules of `6.9.10-surface-1` and headers of `6.9.11-surface-1`
        help: give the packages of one kernel, all of the same version"#]],
    );
    let headers = headers_files("usr/src/linux-x", V);
    let with = |from: &str, made: Made| {
        let mut files = image_files(V);
        files.retain(|made| !matches!(made, Made::File(path, _) if path.ends_with(from)));
        [files, vec![made], headers.clone()].concat()
    };
    let dir = format!("usr/lib/modules/{V}");
    check(
        &[("k.rpm", with("vmlinuz", text("x", "")))],
        &expect![[r#"
            there are modules of the kernel `6.9.10-surface-1`, but no image of it
            help: give the package with its image, too: kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
    check(
        &[("k.rpm", with("vmlinuz", text(format!("{dir}/vmlinuz"), "MZ")))],
        &expect![
            "`usr/lib/modules/6.9.10-surface-1/vmlinuz` is no image of a kernel that is known: neither bzImage nor arm64's Image"
        ],
    );
    check(
        &[("k.rpm", with("vmlinuz", Made::File(format!("{dir}/vmlinuz"), image("6.9.9"))))],
        &expect![
            "the image `usr/lib/modules/6.9.10-surface-1/vmlinuz` is of the kernel `6.9.9`, not of `6.9.10-surface-1`"
        ],
    );
    check(
        &[("k.rpm", with("x.ko", Made::File(format!("{dir}/kernel/y.ko"), module("6.9.9"))))],
        &expect!["its module `usr/lib/modules/6.9.10-surface-1/kernel/y.ko` was built for the kernel `6.9.9`"],
    );
    check(
        &[("k.rpm", with("x.ko", text(format!("{dir}/kernel/y.ko"), "text")))],
        &expect!["`usr/lib/modules/6.9.10-surface-1/kernel/y.ko` is not a kernel module: Could not read file magic"],
    );
    check(
        &[("k.rpm", with("config", text(format!("{dir}/config"), "CONFIG_RISCV=y\n")))],
        &expect![
            "`6.9.10-surface-1` is for neither x86_64 nor arm64, as `usr/lib/modules/6.9.10-surface-1/config` says"
        ],
    );
    check(
        &[("k.rpm", with("config", text(format!("{dir}/config"), "CONFIG_ARM64=y\n")))],
        &expect!["`usr/lib/modules/6.9.10-surface-1/config` names no compiler"],
    );
}

#[test]
fn damaged_files() {
    let whole = package("x.rpm", &image_files(V));
    let cut = |length: usize| whole[..length].to_vec();
    check_bytes(
        &[("x.rpm", cut(50))],
        &expect!["failed to read the package `DIR/x.rpm`: its lead is cut short: failed to fill whole buffer"],
    );
    check_bytes(
        &[("x.rpm", cut(100))],
        &expect!["failed to read the package `DIR/x.rpm`: its signatures are damaged: failed to fill whole buffer"],
    );
    check_bytes(
        &[("x.rpm", cut(whole.len() - 9))],
        &expect![
            "failed to read the package `DIR/x.rpm`: its archive is not the one that its header was made for: it is damaged"
        ],
    );
    check_bytes(
        &[("x.rpm", rpm(b"x", "bzip2"))],
        &expect!["failed to read the package `DIR/x.rpm`: its archive is compressed by `bzip2`, which is not known"],
    );
    check_bytes(
        &[("x.rpm", b"<html>not found</html>".to_vec())],
        &expect![[r#"
        failed to read the package `DIR/x.rpm`: it is no package of a kind that is known
        help: take the .deb, .rpm or .pkg.tar.zst files as they were published; a file that was cut short while it was loaded is none"#]],
    );
    check_bytes(
        &[("x.deb", Vec::new())],
        &expect![[r#"
        failed to read the package `DIR/x.deb`: it is no package of a kind that is known
        help: take the .deb, .rpm or .pkg.tar.zst files as they were published; a file that was cut short while it was loaded is none"#]],
    );
    let deb = package("x.deb", &image_files(V));
    check_bytes(
        &[("x.deb", deb[..deb.len() - 40].to_vec())],
        &expect![
            "failed to read the package `DIR/x.deb`: its ar archive is cut short: `data.tar.xz` is said to have 488 bytes"
        ],
    );
    let pacman = package("x.pkg.tar.xz", &image_files(V));
    check_bytes(
        &[("x.pkg.tar.xz", pacman[..pacman.len() / 2].to_vec())],
        &expect![
            "failed to read the package `DIR/x.pkg.tar.xz`: its tar archive is damaged: failed to fill whole buffer"
        ],
    );
    check_bytes(
        &[("x.pkg.tar.zst", pacman)],
        &expect![
            "failed to read the package `DIR/x.pkg.tar.zst`: BadMagicNumber(1484404733): Read wrong magic number: 0x587A37FD"
        ],
    );
    check_bytes(
        &[("x.pkg.tar.xz", package("x.pkg.tar.xz", &[text("../../etc/passwd", "")]))],
        &expect!["failed to read the package `DIR/x.pkg.tar.xz`: `../../etc/passwd` leads out of the package"],
    );
}
