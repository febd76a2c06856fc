// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels of a few small files, and packages of the three kinds that they are in.

use std::io::Write as _;

use crate::debian::tests::{Entry, deb, file, link, tar, xz};

/// A file of a package: its path, and its content or where it leads.
#[derive(Debug, Clone)]
pub(super) enum Made {
    File(String, Vec<u8>),
    Link(String, String),
}

pub(super) fn text(path: impl Into<String>, content: &str) -> Made {
    Made::File(path.into(), content.as_bytes().to_vec())
}

pub(super) fn leads(path: impl Into<String>, target: &str) -> Made {
    Made::Link(path.into(), target.to_owned())
}

/// The head of an image that names its release.
pub(super) fn image(release: &str) -> Vec<u8> {
    let mut image = vec![0; 0x400];
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x20e..0x210].copy_from_slice(&0x100_u16.to_le_bytes());
    let text = format!("{release} (somebody@somewhere) #1 SMP\0");
    image[0x300..0x300 + text.len()].copy_from_slice(text.as_bytes());
    image
}

/// A module that says for which release it was built: an ELF file of two sections (elf(5)).
pub(super) fn module(release: &str) -> Vec<u8> {
    let info = format!("name=x\0vermagic={release} SMP mod_unload \0");
    let names = b"\0.modinfo\0.shstrtab\0";
    let (info_at, names_at) = (64_u64, 64 + info.len() as u64);
    let sections_at = (names_at + names.len() as u64).next_multiple_of(8);
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |value: u16| value.to_le_bytes();
    // To be linked, for x86-64.
    elf.extend([half(1), half(62), half(1), half(0)].concat());
    elf.extend([[0; 8], [0; 8], sections_at.to_le_bytes()].concat());
    elf.extend([half(0), half(0), half(64), half(0), half(0), half(64), half(3), half(2)].concat());
    elf.extend(info.as_bytes());
    elf.extend(names);
    elf.resize(usize::try_from(sections_at).expect("small"), 0);
    let section = |name: u32, kind: u32, at: u64, size: usize| {
        let words = [0, 0, at, size as u64, 0, 1, 0];
        [&name.to_le_bytes()[..], &kind.to_le_bytes(), &words.map(u64::to_le_bytes).concat()].concat()
    };
    elf.extend(section(0, 0, 0, 0));
    elf.extend(section(1, 1, info_at, info.len()));
    elf.extend(section(10, 3, names_at, names.len()));
    elf
}

/// What an image's package has, where most distributions have it today.
pub(super) fn image_files(release: &str) -> Vec<Made> {
    let dir = format!("usr/lib/modules/{release}");
    vec![
        Made::File(format!("{dir}/vmlinuz"), image(release)),
        text(format!("{dir}/System.map"), "ffffffff81000000 T _text"),
        text(format!("{dir}/config"), CONFIG),
        text(format!("{dir}/modules.order"), ""),
        Made::File(format!("{dir}/kernel/x.ko"), module(release)),
    ]
}

pub(super) const CONFIG: &str = "CONFIG_CC_IS_GCC=y\nCONFIG_GCC_VERSION=130201\nCONFIG_X86_64=y\n# CONFIG_KASAN is not set\nCONFIG_LOCALVERSION=\"-x\"\n";

/// Headers that lean on nothing, in a folder.
pub(super) fn headers_files(kdir: &str, release: &str) -> Vec<Made> {
    let mut files = tools(kdir);
    files.extend(generated(kdir, release));
    files.push(text(format!("{kdir}/Makefile"), "VERSION = 6\n"));
    files
}

/// What a kernel's configuration has made.
pub(super) fn generated(kdir: &str, release: &str) -> Vec<Made> {
    let version = "#define LINUX_VERSION_CODE 395530\n#define LINUX_VERSION_SUBLEVEL 10\n";
    vec![
        text(format!("{kdir}/.config"), CONFIG),
        text(format!("{kdir}/include/config/auto.conf"), "CONFIG_X86_64=y\n"),
        text(format!("{kdir}/include/config/kernel.release"), &format!("{release}\n")),
        text(format!("{kdir}/include/generated/utsrelease.h"), &format!("#define UTS_RELEASE \"{release}\"\n")),
        text(format!("{kdir}/include/generated/uapi/linux/version.h"), version),
    ]
}

/// The programs that build modules.
pub(super) fn tools(dir: &str) -> Vec<Made> {
    vec![text(format!("{dir}/scripts/mod/modpost"), "ELF"), text(format!("{dir}/scripts/basic/fixdep"), "ELF")]
}

/// A package of the kind that a file's name says.
pub(super) fn package(name: &str, files: &[Made]) -> Vec<u8> {
    let entry = |made: &Made| -> Entry {
        match made {
            Made::File(path, content) => Entry::of_bytes(path, content),
            Made::Link(path, target) => link(path, target),
        }
    };
    match name {
        _ if name.ends_with(".deb") => deb(&files.iter().map(entry).collect::<Vec<_>>()),
        _ if name.ends_with(".rpm") => rpm(&xz(&cpio(files), 1 << 20), "xz"),
        _ => {
            let own = file(".PKGINFO", "pkgname = linux");
            xz(&tar(&[own].into_iter().chain(files.iter().map(entry)).collect::<Vec<_>>()), 1 << 20)
        }
    }
}

fn cpio(files: &[Made]) -> Vec<u8> {
    let mut archive = Vec::new();
    for made in files {
        let (path, mode, content) = match made {
            Made::File(path, content) => (path, 0o100_644, content.as_slice()),
            Made::Link(path, target) => (path, 0o120_777, target.as_bytes()),
        };
        let builder = cpio::NewcBuilder::new(&format!("./{path}")).mode(mode);
        let mut writer = builder.write(&mut archive, u32::try_from(content.len()).expect("small"));
        writer.write_all(content).expect("written");
        writer.finish().expect("finished");
    }
    cpio::newc::trailer(archive).expect("a trailer")
}

/// An .rpm file with this archive.
pub(super) fn rpm(archive: &[u8], compressor: &str) -> Vec<u8> {
    let mut rpm = vec![0; 96];
    rpm[..4].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb]);
    // A text of seven bytes: the header that follows does not begin where this one ends.
    rpm.extend(header(&[(269, 6, b"abcdef\0".to_vec())]));
    rpm.resize(rpm.len().next_multiple_of(8), 0);
    let texts = [compressor.to_owned() + "\0", crate::fetch::sha256(archive) + "\0"].map(String::into_bytes);
    let [compressor, sha256] = texts;
    rpm.extend(header(&[(1125, 6, compressor), (5092, 8, sha256)]));
    rpm.extend(archive);
    rpm
}

fn header(entries: &[(u32, u32, Vec<u8>)]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, kind, content) in entries {
        let at = u32::try_from(store.len()).expect("small");
        index.extend([*tag, *kind, at, 1].map(u32::to_be_bytes).concat());
        store.extend(content);
    }
    let count = |length: usize| u32::try_from(length).expect("small").to_be_bytes();
    [&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0][..], &count(entries.len()), &count(store.len()), &index, &store].concat()
}
