// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Debian archive of a few kilobytes, made and signed here: every suite that the workbench asks for, four kernels,
//! and the packages that a tool root needs, most of them empty.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use pgp::composed::{CleartextSignedMessage, KeyType, SecretKeyParamsBuilder, SignedPublicKey, SignedSecretKey};
use pgp::ser::Serialize as _;
use pgp::types::Password;
use xtask::debian::{DEBIAN_SUITES, DebianSuite, Part};
use xtask::fetch::sha256;

use crate::command;

/// The release that `6_1` means here.
pub(crate) const NEWEST: &str = "6.1.0-2-amd64";

/// Bytes of the one package that is not small, so that a disk can be too small for it.
const FILLER: usize = 1_500_000;

/// Every kernel's configuration.
const CONFIG: &str = "CONFIG_MODULES=y\nCONFIG_MODVERSIONS=y\n";

/// Names and dependencies of what is in bookworm besides kernels.
const TOOLS: &[(&str, &str)] = &[
    ("acpica-tools", ""),
    ("bash", ""),
    ("bc", ""),
    ("binutils", "libc6 (>= 2.36)"),
    ("busybox-static", ""),
    ("coreutils", ""),
    ("cpio", ""),
    ("dash", "debconf (>= 0.5) | debconf-2.0, dpkg"),
    ("diffutils", ""),
    ("findutils", ""),
    ("gcc-12", "binutils, libc6, gcc-12-base:any (= 12)"),
    ("gcc-12-base", ""),
    ("grep", ""),
    ("gzip", ""),
    ("kmod", ""),
    ("libc6", ""),
    ("libc6-dev", "libc6 (= 2.36), nowhere | linux-libc-dev"),
    ("linux-libc-dev", ""),
    ("make", "libc6"),
    ("mawk", ""),
    ("perl-base", ""),
    ("qemu-system-x86", "libc6"),
    ("sed", ""),
    ("tar", ""),
    ("xz-utils", ""),
];

/// Suite, release, version, and the common part of the release.
const KERNELS: &[(&str, &str, &str, &str)] = &[
    ("bookworm", "6.1.0-1-amd64", "6.1.10-1", "6.1.0-1"),
    ("bookworm", "6.1.0-1-cloud-amd64", "6.1.10-1", "6.1.0-1"),
    ("bookworm-security", NEWEST, "6.1.20-1", "6.1.0-2"),
    ("trixie", "6.12.5+deb13-amd64", "6.12.5-1", "6.12.5+deb13"),
    ("experimental", "7.3-rc1-amd64", "7.3~rc1-1~exp1", "7.3-rc1"),
];

/// The archive's files by their path on the server, and the key that it is signed with.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) key: Key,
    /// The program that every tool of the archive is.
    pub(crate) toy: Vec<u8>,
}

/// Made once, and never changed.
pub(crate) static ARCHIVE: LazyLock<Archive> = LazyLock::new(Archive::new);

/// An OpenPGP key.
#[derive(Debug)]
pub(crate) struct Key(SignedSecretKey);

impl Key {
    pub(crate) fn new() -> Self {
        let params = SecretKeyParamsBuilder::default()
            .key_type(KeyType::Ed25519Legacy)
            .can_certify(true)
            .can_sign(true)
            .primary_user_id("A toy archive".to_owned())
            .build();
        Self(params.expect("parameters").generate(rand::thread_rng()).expect("a key"))
    }

    /// The public half, as a keyring has it.
    pub(crate) fn public(&self) -> Vec<u8> {
        SignedPublicKey::from(self.0.clone()).to_bytes().expect("bytes")
    }

    /// The same in ASCII armour.
    pub(crate) fn armoured(&self) -> Vec<u8> {
        let public = SignedPublicKey::from(self.0.clone());
        public.to_armored_string(None.into()).expect("a text").into_bytes()
    }

    /// The text with its signature.
    pub(crate) fn sign(&self, text: &str) -> Vec<u8> {
        let signed = CleartextSignedMessage::sign(rand::thread_rng(), text, &*self.0, &Password::empty());
        signed.expect("a signature").to_armored_string(None.into()).expect("a text").into_bytes()
    }
}

/// The path of a suite's file on the server.
pub(crate) fn dists(suite: &str, file: &str) -> String {
    let suite = named(suite);
    format!("/{}/dists/{}/{file}", part(suite), suite.name)
}

fn named(name: &str) -> &'static DebianSuite {
    DEBIAN_SUITES.iter().find(|suite| suite.name == name).expect("a suite")
}

fn part(suite: &DebianSuite) -> &'static str {
    match suite.part {
        Part::Main => "debian",
        Part::Security => "debian-security",
    }
}

/// A suite's list of indexes, to be signed.
pub(crate) fn release(suite: &str, packages_xz: &[u8]) -> String {
    format!(
        "Origin: Toy\nSuite: toy-of-{suite}\nCodename: {suite}\nDate: Sat, 14 Nov 2026 08:09:10 UTC\nSHA256:\n {:064x} 7 main/binary-amd64/Packages\n {} {} main/binary-amd64/Packages.xz\n",
        7,
        sha256(packages_xz),
        packages_xz.len()
    )
}

pub(crate) struct Package {
    pub(crate) suite: &'static str,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) depends: String,
    pub(crate) files: Vec<(String, File)>,
}

pub(crate) enum File {
    Content(Vec<u8>),
    Link(String),
}

impl Archive {
    fn new() -> Self {
        let toy = toy();
        let key = Key::new();
        let mut packages = tools(&toy);
        packages.extend(KERNELS.iter().flat_map(kernel));
        let mut files = BTreeMap::new();
        for suite in DEBIAN_SUITES {
            let packages = packages.iter().filter(|package| package.suite == suite.name);
            publish(&mut files, &key, part(suite), suite.name, packages);
        }
        Self { files, key, toy }
    }
}

/// Adds a suite below `/base` of the server: packages, index, and the signed list.
pub(crate) fn publish<'a>(
    files: &mut BTreeMap<String, Vec<u8>>,
    key: &Key,
    base: &str,
    suite: &str,
    packages: impl Iterator<Item = &'a Package>,
) {
    let mut index = String::new();
    for Package { name, version, depends, files: content, .. } in packages {
        let deb = deb(name, content);
        let filename = format!("pool/main/{name}_{}_amd64.deb", version.replace(':', "%3a"));
        let stanza = format!(
            "Package: {name}\nVersion: {version}\nDepends: {depends}\nDescription: a toy\n that is: {name}\n\
             Filename: {filename}\nSize: {}\nSHA256: {}\n\n",
            deb.len(),
            sha256(&deb)
        );
        index.push_str(&stanza.replace("Depends: \n", ""));
        files.insert(format!("/{base}/{filename}"), deb);
    }
    let index = xz(index.as_bytes());
    let dists = |file: &str| format!("/{base}/dists/{suite}/{file}");
    files.insert(dists("InRelease"), key.sign(&release(suite, &index)));
    files.insert(dists(&format!("main/binary-amd64/by-hash/SHA256/{}", sha256(&index))), index.clone());
    files.insert(dists("main/binary-amd64/Packages.xz"), index);
}

fn tools(toy: &[u8]) -> Vec<Package> {
    let program = |path: &str| vec![(path.to_owned(), File::Content(toy.to_vec()))];
    let tool = |(name, depends): &(&str, &str)| Package {
        suite: "bookworm",
        name: (*name).to_owned(),
        version: "1:1.0-1".to_owned(),
        depends: (*depends).to_owned(),
        files: match *name {
            // The loader starts it where namespaces are forbidden.
            "acpica-tools" => [program("usr/bin/iasl"), program("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")]
                .into_iter()
                .flatten()
                .collect(),
            "gcc-12" => program("usr/bin/gcc-12"),
            "make" => program("usr/bin/make"),
            // The loader starts it where namespaces are forbidden.
            "qemu-system-x86" => {
                [program("usr/bin/qemu-system-x86_64"), program("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            // As Debian's own lie before they were merged into /usr.
            "busybox-static" => program("bin/busybox"),
            "binutils" => vec![("usr/lib/filler".to_owned(), File::Content(noise(FILLER)))],
            _ => Vec::new(),
        },
    };
    TOOLS.iter().map(tool).collect()
}

fn kernel((suite, release, version, common): &(&'static str, &str, &str, &str)) -> Vec<Package> {
    let series = version.split(['.', '~']).take(2).collect::<Vec<_>>().join(".");
    let kbuild = format!("linux-kbuild-{common}");
    let headers = format!("linux-headers-{release}");
    let text = |path: String, text: String| (path, File::Content(text.into_bytes()));
    let package = |name: &str, depends: String, files| Package {
        suite,
        name: name.to_owned(),
        version: (*version).to_owned(),
        depends,
        files,
    };
    let common = format!("linux-headers-{common}-common");
    let src = format!("usr/src/{headers}");
    let scripts = format!("/usr/lib/{kbuild}/scripts");
    let is_main = !release.contains("cloud");
    let mut packages = vec![
        package(
            &headers,
            format!("{common} (= {version}), {kbuild} (>= {version}), linux-compiler-gcc-12-x86"),
            vec![
                text(format!("{src}/Makefile"), format!("include /usr/src/{common}/Makefile\n")),
                text(format!("{src}/include/config/auto.conf"), CONFIG.to_owned()),
                (format!("{src}/scripts"), File::Link(scripts.clone())),
            ],
        ),
        package(
            &format!("linux-image-{release}"),
            "kmod, linux-base, initramfs-tools | linux-initramfs-tool".to_owned(),
            vec![
                text(format!("boot/vmlinuz-{release}"), format!("the kernel {series}, as it were")),
                text(format!("boot/config-{release}"), CONFIG.to_owned()),
                text(format!("lib/modules/{release}/modules.builtin"), String::new()),
            ],
        ),
    ];
    // The common parts come once, with the ordinary flavour.
    if is_main {
        packages.push(package(&common, String::new(), vec![text(format!("usr/src/{common}/Makefile"), String::new())]));
        let fixdep = text(format!("{}/basic/fixdep", scripts.trim_start_matches('/')), String::new());
        packages.push(package(&kbuild, "libc6 (>= 2.34), xz-utils".to_owned(), vec![fixdep]));
        packages.push(source(suite, &series, version));
    }
    packages
}

/// What a kernel was built from. The older one's is of another version, as when the archive has gone on.
fn source(suite: &'static str, series: &str, version: &str) -> Package {
    let name = format!("linux-source-{series}");
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in SOURCE {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).expect("a tar entry");
    }
    let tar = xz(&tar.into_inner().expect("a tar"));
    Package {
        suite,
        version: if version == "6.1.10-1" { "6.1.9-1".to_owned() } else { version.to_owned() },
        depends: "binutils, xz-utils".to_owned(),
        files: vec![(format!("usr/src/{name}.tar.xz"), File::Content(tar))],
        name,
    }
}

/// The files of every kernel's source.
const SOURCE: &[(&str, &str)] = &[
    ("Makefile", "# the kernel's\n"),
    ("MAINTAINERS", "nobody\n"),
    ("include/linux/toy.h", "#define TOYS 1\n"),
    ("drivers/Makefile", "obj-y += toys/\n"),
    ("drivers/toys/Makefile", "obj-$(CONFIG_TOY) += toy.o\nobj-$(CONFIG_CONFIG) += config.o\n"),
    ("drivers/toys/toy.c", "one\ntwo\nthree\n"),
    ("drivers/toys/toy.h", "a header\n"),
];

/// A .deb file (deb(5)). No two packages are the same file, as in an archive: the program knows a download by its hash.
pub(crate) fn deb(name: &str, files: &[(String, File)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut append = |kind: tar::EntryType, path: &str, mode: u32, content: &[u8], link: Option<&str>| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        header.set_mtime(1_700_000_000);
        let path = format!("./{path}");
        match link {
            Some(target) => tar.append_link(&mut header, path, target),
            None => tar.append_data(&mut header, path, content),
        }
        .expect("a tar entry");
    };
    let copyright = format!("usr/share/doc/{name}/copyright");
    let mut folders = vec!["bin".to_owned()];
    for path in files.iter().map(|(path, _)| path).chain([&copyright]) {
        let above = Path::new(path).ancestors().skip(1).map(|dir| dir.display().to_string());
        folders.extend(above.filter(|dir| !dir.is_empty()));
    }
    folders.sort();
    folders.dedup();
    for folder in &folders {
        append(tar::EntryType::Directory, &format!("{folder}/"), 0o755, b"", None);
    }
    append(tar::EntryType::Regular, &copyright, 0o644, b"for people", None);
    for (path, file) in files {
        match file {
            File::Content(content) => append(tar::EntryType::Regular, path, 0o755, content, None),
            File::Link(target) => append(tar::EntryType::Symlink, path, 0o777, b"", Some(target)),
        }
    }
    let data = xz(&tar.into_inner().expect("a tar"));
    let mut ar = ar::Builder::new(Vec::new());
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("control.tar.xz", b""), ("data.tar.xz", &data)] {
        let header = ar::Header::new(name.as_bytes().to_vec(), content.len() as u64);
        ar.append(&header, content).expect("an ar member");
    }
    ar.into_inner().expect("an ar archive")
}

pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let mut writer =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).expect("an xz writer");
    std::io::Write::write_all(&mut writer, content).expect("written");
    writer.finish().expect("an xz file")
}

/// Bytes that can't be compressed (xorshift).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..length / 8).flat_map(|_| next().to_le_bytes()).collect()
}

/// Compiles toy.c.
fn toy() -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a folder");
    let program = dir.path().join("toy");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/toy.c");
    let mut cc = command("cc");
    cc.args(["-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-O1", "-o"]).arg(&program).arg(source);
    let status = cc.status().expect("the tests need a C compiler, `cc`");
    assert!(status.success(), "the C compiler refused toy.c");
    std::fs::read(program).expect("the program")
}
