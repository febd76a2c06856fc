// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels of a few small files that can be imported, in packages as Ubuntu has them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::LazyLock;

use crate::archive::{File, Package};
use crate::command;

pub(super) const OLD: &str = "6.8.0-50-generic";
pub(super) const NEW: &str = "6.8.0-51-generic";

const CONFIG: &str = "CONFIG_X86_64=y\nCONFIG_CC_IS_GCC=y\nCONFIG_GCC_VERSION=120200\n# CONFIG_KASAN is not set\n";

pub(super) fn text(path: &str, content: impl Into<Vec<u8>>) -> (String, File) {
    (path.to_owned(), File::Content(content.into()))
}

/// A module for a release, as a compiler makes it.
fn module(release: &str) -> Vec<u8> {
    static MADE: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(|| [OLD, NEW].map(|it| (it, compiled(it))).into());
    MADE[release].clone()
}

fn compiled(release: &str) -> Vec<u8> {
    let object = tempfile::NamedTempFile::new().expect("a file");
    let mut cc = command("cc");
    cc.args(["-c", "-x", "c", "-o"]).arg(object.path()).arg("-").stdin(Stdio::piped());
    let mut cc = cc.spawn().expect("a compiler");
    let line = format!(
        "static const char info[] __attribute__((section(\".modinfo\"), used)) = \"name=x\\0vermagic={release} SMP \";\n"
    );
    cc.stdin.take().expect("a pipe").write_all(line.as_bytes()).expect("written");
    assert!(cc.wait().expect("it ends").success(), "it compiles");
    std::fs::read(object.path()).expect("a module")
}

/// What an image for x86 begins with, where it names its release.
fn image(release: &str) -> Vec<u8> {
    let mut image = vec![0; 0x400];
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x20e..0x210].copy_from_slice(&0x100_u16.to_le_bytes());
    image[0x300..0x300 + release.len()].copy_from_slice(release.as_bytes());
    image
}

/// The packages of a kernel as Ubuntu has them.
pub(super) fn kernel(release: &str) -> Vec<Package> {
    let package = |name: &str, depends: &str, files| Package {
        suite: "noble",
        name: format!("{name}-{release}"),
        version: release.replace("-generic", ".1"),
        depends: depends.to_owned(),
        files,
    };
    let kdir = format!("usr/src/linux-headers-{release}");
    let modules = format!("lib/modules/{release}");
    vec![
        package(
            "linux-headers",
            "libc6 (>= 2.38)",
            vec![
                text(&format!("{kdir}/Makefile"), "all:\n"),
                text(&format!("{kdir}/.config"), CONFIG),
                text(
                    &format!("{kdir}/include/config/auto.conf"),
                    "CONFIG_GCC_VERSION=120200\nCONFIG_MODULE_SIG_ALL=y\n",
                ),
                text(&format!("{kdir}/include/config/kernel.release"), format!("{release}\n")),
                text(&format!("{kdir}/include/generated/utsrelease.h"), format!("#define UTS_RELEASE \"{release}\"\n")),
                text(&format!("{kdir}/scripts/basic/fixdep"), ""),
                text(&format!("{kdir}/scripts/mod/modpost"), ""),
            ],
        ),
        package(
            "linux-image",
            &format!("kmod, linux-base, linux-modules-{release}"),
            vec![text(&format!("boot/vmlinuz-{release}"), image(release))],
        ),
        package(
            "linux-modules",
            "",
            vec![
                text(&format!("boot/config-{release}"), CONFIG),
                text(&format!("{modules}/modules.order"), "kernel/x.ko\nkernel/y.ko\n"),
                text(&format!("{modules}/kernel/x.ko"), module(release)),
            ],
        ),
        package("linux-modules-extra", "", vec![text(&format!("{modules}/kernel/y.ko"), module(release))]),
    ]
}
