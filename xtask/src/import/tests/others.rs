// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels of distributions that spread one over more packages: Ubuntu, and Fedora with its like for the Surface.

use expect_test::expect;

use super::made::{CONFIG, Made, generated, headers_files, image, image_files, leads, module, text, tools};
use super::{V, check};

const GENERIC: &str = "6.9.10-31-generic";

/// The image, the modules in two packages, and headers of which one package has what all flavours share.
fn ubuntu() -> [(&'static str, Vec<Made>); 5] {
    let modules = format!("lib/modules/{GENERIC}");
    let common = "usr/src/linux-headers-6.9.10-31";
    let kdir = format!("usr/src/linux-headers-{GENERIC}");
    let mut headers = [generated(&kdir, GENERIC), tools(&kdir)].concat();
    headers.extend([
        leads(format!("{kdir}/Makefile"), "../linux-headers-6.9.10-31/Makefile"),
        leads(format!("{kdir}/include/linux"), "../../linux-headers-6.9.10-31/include/linux"),
        leads(format!("{kdir}/rust"), &format!("../linux-lib-rust-{GENERIC}/rust")),
        leads(format!("{modules}/build"), &format!("/usr/src/linux-headers-{GENERIC}")),
    ]);
    [
        (
            "linux-headers-6.9.10-31_6.9.10-31.31_all.deb",
            vec![text(format!("{common}/Makefile"), ""), text(format!("{common}/include/linux/module.h"), "")],
        ),
        ("linux-headers-6.9.10-31-generic_6.9.10-31.31_amd64.deb", headers),
        (
            "linux-image-unsigned-6.9.10-31-generic_6.9.10-31.31_amd64.deb",
            vec![Made::File(format!("boot/vmlinuz-{GENERIC}"), image(GENERIC))],
        ),
        (
            "linux-modules-6.9.10-31-generic_6.9.10-31.31_amd64.deb",
            vec![
                text(format!("boot/System.map-{GENERIC}"), ""),
                text(format!("boot/config-{GENERIC}"), CONFIG),
                text(format!("{modules}/modules.order"), "kernel/net/x.ko\nkernel/drivers/hid/y.ko\n"),
                Made::File(format!("{modules}/kernel/net/x.ko"), module(GENERIC)),
            ],
        ),
        (
            "linux-modules-extra-6.9.10-31-generic_6.9.10-31.31_amd64.deb",
            vec![Made::File(format!("{modules}/kernel/drivers/hid/y.ko"), module(GENERIC))],
        ),
    ]
}

fn ubuntu_without(part: &str) -> Vec<(&'static str, Vec<Made>)> {
    ubuntu().into_iter().filter(|(name, _)| !name.starts_with(part)).collect()
}

#[test]
fn of_ubuntu() {
    check(
        &ubuntu(),
        &expect![[r#"
        name: 6_9_10-31-generic
        kernel: 6.9.10-31-generic 6.9.10 x86_64 ("gcc", "13.2.1")
        image: boot/vmlinuz-6.9.10-31-generic as bzImage
        map: boot/System.map-6.9.10-31-generic
        headers: usr/src/linux-headers-6.9.10-31-generic usr/src/linux-headers-6.9.10-31
        of: linux-headers-6.9.10-31-generic_6.9.10-31.31_amd64.deb linux-headers-6.9.10-31_6.9.10-31.31_all.deb linux-image-unsigned-6.9.10-31-generic_6.9.10-31.31_amd64.deb linux-modules-6.9.10-31-generic_6.9.10-31.31_amd64.deb linux-modules-extra-6.9.10-31-generic_6.9.10-31.31_amd64.deb"#]],
    );
    check(
        &ubuntu_without("linux-modules-extra"),
        &expect![[r#"
        name: 6_9_10-31-generic
        kernel: 6.9.10-31-generic 6.9.10 x86_64 ("gcc", "13.2.1")
        image: boot/vmlinuz-6.9.10-31-generic as bzImage
        map: boot/System.map-6.9.10-31-generic
        headers: usr/src/linux-headers-6.9.10-31-generic usr/src/linux-headers-6.9.10-31
        of: linux-headers-6.9.10-31-generic_6.9.10-31.31_amd64.deb linux-headers-6.9.10-31_6.9.10-31.31_all.deb linux-image-unsigned-6.9.10-31-generic_6.9.10-31.31_amd64.deb linux-modules-6.9.10-31-generic_6.9.10-31.31_amd64.deb
        absent: 1 of the kernel's 2 modules are in none of the packages, such as `kernel/drivers/hid/y.ko`; a kernel's packages are linux-image-6.9.10-31-generic and linux-headers-6.9.10-31-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
    );
    check(
        &ubuntu_without("linux-headers-6.9.10-31_"),
        &expect![[r#"
        the headers of `6.9.10-31-generic` lean on `/usr/src/linux-headers-6.9.10-31`, which none of the packages has
        help: give the package that brings it, too; a kernel's packages are linux-image-6.9.10-31-generic and linux-headers-6.9.10-31-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
    );
    check(
        &ubuntu_without("linux-modules"),
        &expect![[r#"
        there are headers and the image of the kernel `6.9.10-31-generic`, but none of its modules
        help: give its other packages, too: linux-image-6.9.10-31-generic and linux-headers-6.9.10-31-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
    );
    check(
        &ubuntu_without("linux-image"),
        &expect![[r#"
        there are modules of the kernel `6.9.10-31-generic`, but no image of it
        help: give the package with its image, too: linux-image-6.9.10-31-generic and linux-headers-6.9.10-31-generic; in Debian's own archive also the linux-headers-…-common and linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"#]],
    );
}

/// linux-surface has packed its kernels so since 6.3.
fn fedora() -> [(&'static str, Vec<Made>); 5] {
    let dir = format!("lib/modules/{V}");
    let listed = text(format!("{dir}/modules.order"), "kernel/net/x.ko\nkernel/drivers/hid/y.ko\n");
    let is_kept =
        |made: &Made| !matches!(made, Made::File(path, _) if path.ends_with(".ko") || path.ends_with(".order"));
    let core = image_files(V).into_iter().filter(is_kept);
    let links =
        [leads(format!("{dir}/build"), &format!("/usr/src/kernels/{V}")), leads(format!("{dir}/source"), "build")];
    [
        ("kernel-surface-6.9.10-1.surface.fc40.x86_64.rpm", vec![]),
        ("kernel-surface-core-6.9.10-1.surface.fc40.x86_64.rpm", core.chain(links).chain([listed]).collect()),
        ("kernel-surface-devel-6.9.10-1.surface.fc40.x86_64.rpm", headers_files(&format!("usr/src/kernels/{V}"), V)),
        (
            "kernel-surface-modules-6.9.10-1.surface.fc40.x86_64.rpm",
            vec![Made::File(format!("{dir}/kernel/drivers/hid/y.ko"), module(V))],
        ),
        (
            "kernel-surface-modules-core-6.9.10-1.surface.fc40.x86_64.rpm",
            vec![Made::File(format!("{dir}/kernel/net/x.ko"), module(V))],
        ),
    ]
}

#[test]
fn of_fedora() {
    let all = fedora();
    check(
        &all,
        &expect![[r#"
        name: 6_9_10-surface-1
        kernel: 6.9.10-surface-1 6.9.10 x86_64 ("gcc", "13.2.1")
        image: usr/lib/modules/6.9.10-surface-1/vmlinuz as bzImage
        map: usr/lib/modules/6.9.10-surface-1/System.map
        headers: usr/src/kernels/6.9.10-surface-1
        of: kernel-surface-core-6.9.10-1.surface.fc40.x86_64.rpm kernel-surface-devel-6.9.10-1.surface.fc40.x86_64.rpm kernel-surface-modules-6.9.10-1.surface.fc40.x86_64.rpm kernel-surface-modules-core-6.9.10-1.surface.fc40.x86_64.rpm
        without: kernel-surface-6.9.10-1.surface.fc40.x86_64.rpm"#]],
    );
    check(
        &[all[1].clone(), all[2].clone(), all[4].clone()],
        &expect![[r#"
        name: 6_9_10-surface-1
        kernel: 6.9.10-surface-1 6.9.10 x86_64 ("gcc", "13.2.1")
        image: usr/lib/modules/6.9.10-surface-1/vmlinuz as bzImage
        map: usr/lib/modules/6.9.10-surface-1/System.map
        headers: usr/src/kernels/6.9.10-surface-1
        of: kernel-surface-core-6.9.10-1.surface.fc40.x86_64.rpm kernel-surface-devel-6.9.10-1.surface.fc40.x86_64.rpm kernel-surface-modules-core-6.9.10-1.surface.fc40.x86_64.rpm
        absent: 1 of the kernel's 2 modules are in none of the packages, such as `kernel/drivers/hid/y.ko`; a kernel's packages are kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
    check(
        &[all[1].clone(), all[2].clone()],
        &expect![[r#"
        there are headers and the image of the kernel `6.9.10-surface-1`, but none of its modules
        help: give its other packages, too: kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
    check(
        &[all[0].clone(), all[2].clone()],
        &expect![[r#"
        there are headers of the kernel `6.9.10-surface-1`, but neither its image nor its modules
        help: give its other packages, too: kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"#]],
    );
}
