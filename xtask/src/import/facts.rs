// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what packages bring to facts about one kernel, each of which is checked here, so that a build in Nix finds what it is
//! told to find.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::config;
use super::headers::{self, Headers};
use super::package::Kind;
use super::tree::{MODULE_ENDINGS, Tree, is_module, modules_dir, release_in_image, release_of};
use crate::compress;
use crate::kbuild::ModInfo;
use crate::kernel::Numbers;

/// A kernel that somebody else has compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Upstream's: `6.1.192`, `7.3-rc7`.
    pub version: String,
    /// What `uname -r` says.
    pub release: String,
    /// As Nix calls it: `x86_64`.
    pub arch: &'static str,
    /// `gcc` or `clang`, and its version.
    pub compiler: (&'static str, String),
    /// What its image is called where NixOS looks for it.
    pub target: &'static str,
    /// Where its image is in the packages, and the map of its symbols.
    pub image: PathBuf,
    pub system_map: Option<PathBuf>,
    pub headers: Headers,
    /// Its configuration, as it was published.
    pub config: String,
    /// The kinds of its packages.
    pub kinds: BTreeSet<Kind>,
    /// Of the packages given, those that bring something of it, by their numbers.
    pub needed: BTreeSet<usize>,
    /// What is to be said of modules that no package has, if there are such.
    pub absent: Option<String>,
}

/// Architectures: the option that is on, what Nix calls it.
const ARCHITECTURES: &[(&str, &str)] = &[("CONFIG_X86_64", "x86_64"), ("CONFIG_ARM64", "aarch64")];

impl Facts {
    /// The facts of the one kernel that is in the packages `files`.
    pub(super) fn of(tree: &Tree, kinds: &[Kind], files: &[PathBuf]) -> Result<Self> {
        let hint = *kinds.first().context("no package was given")?;
        let release = one_release(tree, hint, files)?;
        check_modules(tree, &release)?;
        let headers = headers::of(tree, &release, hint)?;
        let (config_path, config) = config_of(tree, &release, &headers.kdir)?;
        let values = config::values(&config);
        let is_on = |name: &str| values.get(name).is_some_and(|value| value == "y");
        let arch =
            ARCHITECTURES.iter().find(|(option, _)| is_on(option)).map(|(_, arch)| *arch).with_context(|| {
                format!("`{release}` is for neither x86_64 nor arm64, as `{}` says", config_path.display())
            })?;
        let (image, target) = image_of(tree, &release, hint)?;
        let compiler = compiler_of(|name| values.get(name).map(String::as_str))
            .with_context(|| format!("`{}` names no compiler", config_path.display()))?;
        let maps = [format!("boot/System.map-{release}"), format!("usr/lib/modules/{release}/System.map")];
        let maps = maps.into_iter().map(PathBuf::from).chain([headers.kdir.join("System.map")]);
        let system_map = maps.into_iter().find(|path| tree.has(path));
        let mut places = vec![modules_dir(&release), image.clone(), config_path];
        places.extend(system_map.clone());
        places.extend(headers.roots.iter().cloned());
        let needed: BTreeSet<usize> = places.iter().flat_map(|place| tree.packages_of(place)).collect();
        let kinds = needed.iter().map(|number| kinds[*number]).collect();
        let version = version_of(tree, &headers.kdir, &release)?;
        let absent = absent_modules(tree, &release, hint);
        Ok(Self { version, release, arch, compiler, target, image, system_map, headers, config, kinds, needed, absent })
    }
}

/// The one release that modules and headers are of.
fn one_release(tree: &Tree, hint: Kind, files: &[PathBuf]) -> Result<String> {
    let with_modules: BTreeSet<&str> = tree.told().filter(|path| is_module(path)).filter_map(release_of).collect();
    let with_headers: BTreeSet<String> = headers::releases(tree);
    if with_modules.is_empty() && with_headers.is_empty() {
        bail!(
            "there is no kernel in {}: neither modules nor headers\nhelp: a kernel's packages are {}",
            said(files),
            examples(hint, "RELEASE")
        );
    }
    let Some(release) = with_modules.first() else {
        let release = with_headers.first().map_or("RELEASE", String::as_str);
        let (there, lacking) = match image_in(tree, release) {
            Some(_) => ("headers and the image", "none of its modules"),
            None => ("headers", "neither its image nor its modules"),
        };
        bail!(
            "there are {there} of the kernel `{release}`, but {lacking}\n\
             help: give its other packages, too: {}",
            examples(hint, release)
        );
    };
    let Some(of_headers) = with_headers.first() else {
        bail!(
            "there are no headers of the kernel `{release}`, which modules are built against\n\
             help: give the package with its headers, too: {}",
            examples(hint, release)
        );
    };
    let all: BTreeSet<&str> = with_modules.iter().copied().chain(with_headers.iter().map(String::as_str)).collect();
    ensure!(
        all.len() == 1,
        "these packages are of several kernels: there are modules of `{}` and headers of `{}`\n\
         help: give the packages of one kernel, all of the same version",
        with_modules.iter().copied().collect::<Vec<_>>().join("`, `"),
        with_headers.iter().map(String::as_str).collect::<Vec<_>>().join("`, `"),
    );
    Ok(of_headers.clone())
}

/// One module is asked for which kernel it was built: the folder's name alone says little.
fn check_modules(tree: &Tree, release: &str) -> Result<()> {
    let Some((path, content)) = tree.a_module(release) else { return Ok(()) };
    let elf = compress::unpack_module(path, content)?;
    let info = ModInfo::parse(&elf).with_context(|| format!("`{}` is not a kernel module", path.display()))?;
    let built_for = info.release().unwrap_or_default();
    ensure!(built_for == release, "its module `{}` was built for the kernel `{built_for}`", path.display());
    Ok(())
}

/// The configuration beside the image, else the one that is with the headers.
fn config_of(tree: &Tree, release: &str, kdir: &Path) -> Result<(PathBuf, String)> {
    let beside = [format!("boot/config-{release}"), format!("usr/lib/modules/{release}/config")].map(PathBuf::from);
    let mut places = beside.into_iter().chain([kdir.join(".config")]);
    let found = places.find_map(|path| tree.text(&path).map(str::to_owned).map(|text| (path, text)));
    found.with_context(|| format!("none of the packages has the configuration of `{release}`"))
}

/// Modules that the kernel was compiled with, and that nobody has given: distributions that split them into several packages list
/// all of them in the first.
fn absent_modules(tree: &Tree, release: &str, hint: Kind) -> Option<String> {
    let dir = modules_dir(release);
    let names: Vec<&str> = tree.text(&dir.join("modules.order"))?.lines().collect();
    let is_there = |name: &str| MODULE_ENDINGS.iter().any(|ending| tree.has(&dir.join(format!("{name}{ending}"))));
    let absent: Vec<&str> = names.iter().copied().filter(|name| !is_there(name)).collect();
    let example = absent.first()?;
    Some(format!(
        "{} of the kernel's {} modules are in none of the packages, such as `{example}`; a kernel's packages are {}",
        absent.len(),
        names.len(),
        examples(hint, release)
    ))
}

/// The image, and what NixOS calls one of its kind.
fn image_of(tree: &Tree, release: &str, hint: Kind) -> Result<(PathBuf, &'static str)> {
    let (path, head) = image_in(tree, release).with_context(|| {
        format!(
            "there are modules of the kernel `{release}`, but no image of it\n\
             help: give the package with its image, too: {}",
            examples(hint, release)
        )
    })?;
    // EFI's images of arm64 have a second kind of head (include/linux/pe.h, LINUX_EFI_ZBOOT in drivers/firmware/efi/libstub).
    let target = match head {
        _ if head.get(0x202..0x206) == Some(b"HdrS") => "bzImage",
        _ if head.get(4..8) == Some(b"zimg") => "vmlinuz.efi",
        _ if head.get(0x38..0x3c) == Some(b"ARM\x64") => "Image",
        _ => bail!("`{}` is no image of a kernel that is known: neither bzImage nor arm64's Image", path.display()),
    };
    if target == "bzImage" {
        let inside = release_in_image(head).unwrap_or_default();
        ensure!(inside == release, "the image `{}` is of the kernel `{inside}`, not of `{release}`", path.display());
    }
    Ok((path, target))
}

/// Where the image is, and what it begins with.
fn image_in<'a>(tree: &'a Tree, release: &str) -> Option<(PathBuf, &'a [u8])> {
    let places = [
        format!("boot/vmlinuz-{release}"),
        format!("usr/lib/modules/{release}/vmlinuz"),
        format!("usr/lib/modules/{release}/vmlinuz.unsigned"),
        format!("boot/vmlinuz-{release}.unsigned"),
    ];
    places.iter().map(Path::new).find_map(|path| Some((tree.resolve(path)?, tree.content(path)?)))
}

/// The compiler by the options that Kconfig has asked it for (scripts/cc-version.sh): 120200 is 12.2.0.
fn compiler_of<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Option<(&'static str, String)> {
    let is_clang = value("CONFIG_CC_IS_CLANG") == Some("y");
    let (name, option) = if is_clang { ("clang", "CONFIG_CLANG_VERSION") } else { ("gcc", "CONFIG_GCC_VERSION") };
    let number: u32 = value(option)?.parse().ok().filter(|number| *number > 0)?;
    Some((name, format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100)))
}

/// Upstream's version, by the header that says it in numbers; a candidate's number is in the release alone.
fn version_of(tree: &Tree, kdir: &Path, release: &str) -> Result<String> {
    let text = tree.text(&kdir.join("include/generated/uapi/linux/version.h")).unwrap_or_default();
    let number = |name: &str| -> Option<u32> {
        let line =
            text.lines().find_map(|line| line.strip_prefix("#define ")?.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    };
    let of_release = Numbers::of(release);
    let code = number("LINUX_VERSION_CODE").map(|code| (code >> 16, code >> 8 & 0xff, code & 0xff));
    let (major, minor, patch) = match code {
        // The last of the three numbers has no room for more than 255.
        Some((major, minor, patch)) => (major, minor, number("LINUX_VERSION_SUBLEVEL").unwrap_or(patch)),
        None => of_release
            .map(|it| (it.major, it.minor, it.patch))
            .with_context(|| format!("the headers of `{release}` do not say what version of Linux it is"))?,
    };
    let rc = of_release.filter(|it| it.series() == (major, minor)).and_then(|it| it.rc);
    Ok(Numbers { major, minor, patch, rc }.to_string())
}

/// The packages that a kernel is made of in the distributions that have this kind, for people.
pub(super) fn examples(kind: Kind, release: &str) -> String {
    match kind {
        Kind::Deb => format!(
            "linux-image-{release} and linux-headers-{release}; in Debian's own archive also the linux-headers-…-common and \
             linux-kbuild-… that the headers depend on, and since 7.0 linux-binary-…, linux-modules-… and linux-base-…; in \
             Ubuntu's linux-modules-…, linux-modules-extra-… and the linux-headers-… that the headers depend on"
        ),
        Kind::Rpm => {
            "kernel-core, kernel-modules-core, kernel-modules and kernel-devel of Fedora, or kernel-surface-core, \
                      kernel-surface-modules-core, kernel-surface-modules and kernel-surface-devel"
                .to_owned()
        }
        Kind::Pacman => "linux and linux-headers, or linux-surface and linux-surface-headers".to_owned(),
    }
}

fn said(files: &[PathBuf]) -> String {
    let names = files.iter().map(|file| format!("`{}`", file.display()));
    names.collect::<Vec<_>>().join(", ")
}
