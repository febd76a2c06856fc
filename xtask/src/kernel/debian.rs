// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels from Debian's archive: their packages are unpacked into the cache at the paths they are packaged with.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail};
use fs_err as fs;

use super::catalog::{Candidate, candidates};
use super::image::unpack_vmlinux;
use super::name::{Which, Wish};
use super::tree::{KernelTree, Record};
use crate::cache::Cache;
use crate::debian::{Archive, Index, SUITES, Suite, compare_versions};
use crate::fetch::{Network, NotFound};
use crate::report::{Events, brief};
use crate::toolchain::Tools;

/// For how long a name means the kernel that it was found to mean, before the archive is asked again.
const PIN_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The archive as a source of kernels.
#[derive(Debug)]
pub struct DebianKernels<'a> {
    pub archive: &'a Archive,
    pub tools: &'a Tools<'a>,
    pub cache: &'a Cache,
    pub events: &'a Events,
    pub network: Network,
}

/// A kernel that the archive has, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name by which it is asked for: `6_1-cloud`.
    pub name: String,
    pub release: String,
    pub version: String,
    pub suite: &'static str,
    /// Bytes to be fetched, without compiler and tools.
    pub size: u64,
    /// Whether it has been fetched already.
    pub cached: bool,
}

impl DebianKernels<'_> {
    /// The kernel that a name means: the one it meant last, if that is not long ago, else the newest that fits;
    /// it is fetched if need be.
    pub fn get(&self, wish: &Wish) -> Result<KernelTree> {
        let pin = self.cache.path("pins", &format!("debian-{wish}"));
        let pinned = fs::read_to_string(&pin).ok().and_then(|key| self.open(key.trim()).ok());
        if let Some(tree) = pinned {
            let young =
                fs::metadata(&pin)?.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
            if self.network == Network::Offline || young.is_some_and(|age| age < PIN_AGE) {
                return Ok(tree);
            }
            return self.fetch(wish, &pin).or_else(|err| {
                self.events.note(format!("using {} for `{wish}`, as before: {}", tree.release, brief(&err)));
                Ok(tree)
            });
        }
        self.fetch(wish, &pin)
    }

    fn open(&self, key: &str) -> Result<KernelTree> {
        let dir = self.cache.path("kernels", key);
        let record = Record::read(&dir)?;
        let root = self.cache.path("roots", &record.root);
        KernelTree::check(dir, record, root)
    }

    fn fetch(&self, wish: &Wish, pin: &Path) -> Result<KernelTree> {
        let (likely, others): (Vec<_>, Vec<_>) = SUITES.iter().partition(|suite| is_likely(suite, wish));
        for suites in [likely, others] {
            let index = self.index(suites)?;
            let found = candidates(&index);
            let mut gone = None;
            for candidate in found.iter().rev().filter(|candidate| candidate.is(wish)) {
                match self.compose(candidate) {
                    // Old packages go before the index that lists them; another twin or an older release may be there.
                    Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                        self.events.note(format!("doing without {}: {}", candidate.image[0].name, err.root_cause()));
                        gone = Some(err);
                    }
                    key => {
                        let key = key?;
                        self.cache.write(pin, key.as_bytes())?;
                        return self.open(&key);
                    }
                }
            }
            if let Some(err) = gone {
                return Err(err.context(format!("the archive lists the kernel `{wish}`, but has it no more")));
            }
        }
        Err(self.unknown(wish))
    }

    /// What these suites have. A suite that the mirror has not is left out, since old ones move elsewhere one day.
    fn index(&self, suites: impl IntoIterator<Item = &'static Suite>) -> Result<Index> {
        let mut index = Index::default();
        for suite in suites {
            match self.archive.index(suite) {
                Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                    self.events.note(format!("doing without Debian's suite `{}`: {}", suite.name, brief(&err)));
                }
                found => index.merge(found?),
            }
        }
        Ok(index)
    }

    /// Everything the archive has, the newest release of each name, oldest series first.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let index = self.index(SUITES)?;
        let mut list: Vec<Listed> = Vec::new();
        for candidate in candidates(&index).iter().rev() {
            let name = candidate.series_name();
            if !list.iter().any(|listed| listed.name == name) {
                list.push(Listed {
                    name,
                    release: candidate.release.to_owned(),
                    version: candidate.version().to_owned(),
                    suite: candidate.headers.suite,
                    size: candidate.size(),
                    cached: self.cache.path("kernels", &key(candidate)).exists(),
                });
            }
        }
        list.sort_by(|a, b| compare_versions(&a.version, &b.version).then_with(|| a.name.cmp(&b.name)));
        Ok(list)
    }

    /// The error for a name that nothing fits: what there is instead.
    fn unknown(&self, wish: &Wish) -> anyhow::Error {
        let origin = &self.archive.mirrors().origin;
        let list = match self.list() {
            Ok(list) => list,
            Err(err) => {
                return err.context(format!("there is no kernel `{wish}`, and the list of kernels can't be had"));
            }
        };
        let mut text = format!("there is no kernel `{wish}` in the Debian archive (mirror: {origin})\nit has these:");
        for listed in &list {
            let mb = listed.size.div_ceil(1_000_000);
            let line = format!("\n  {:<10} {:<28} {} ({mb} MB)", listed.name, listed.release, listed.suite);
            text.push_str(&line);
        }
        let nearest = nearest(wish, &list).map(|name| format!("\nhelp: the nearest is `--kernel {name}`"));
        anyhow!("{text}{}", nearest.unwrap_or_default())
    }

    /// Fetches and unpacks a kernel's packages, and gives its key in the cache.
    fn compose(&self, candidate: &Candidate<'_>) -> Result<String> {
        let suite = Suite::named(candidate.headers.suite).context("a package comes from a suite that is not known")?;
        let compiler = compiler_of(candidate)?;
        let root = self.tools.build_root(suite, &compiler, &tool_dependencies(candidate))?;
        let key = key(candidate);
        self.cache.entry("kernels", &key, |dir| {
            let packages: Vec<_> = candidate.packages().collect();
            self.archive.unpack(&format!("the kernel {}", candidate.release), &packages, dir)?;
            let record = Record {
                release: candidate.release.to_owned(),
                origin: format!("Debian {} {}", suite.name, candidate.version()),
                kdir: PathBuf::from("usr/src").join(format!("linux-headers-{}", candidate.release)),
                image: unpack_image(dir, candidate.release)?,
                modules: PathBuf::from("usr/lib/modules").join(candidate.release),
                config: find(dir, candidate.release, &["boot/config-REL", "usr/lib/modules/REL/config"])?,
                compiler: compiler.clone(),
                root: root.clone(),
            };
            make_relocatable(&dir.join(&record.kdir))?;
            record.write(dir)?;
            KernelTree::check(dir.to_owned(), record, self.cache.path("roots", &root)).map(drop)
        })?;
        Ok(key)
    }
}

/// A kernel's name in the cache.
fn key(candidate: &Candidate<'_>) -> String {
    format!("{}_{}", candidate.release, candidate.version().replace([':', '~'], "_"))
}

fn is_likely(suite: &Suite, wish: &Wish) -> bool {
    let series = match &wish.which {
        Which::Latest | Which::Host | Which::Tree(_) => return false,
        Which::Series(major, minor) | Which::Release(major, minor, _) => format!("{major}.{minor}"),
        Which::Uname(release) => {
            let mut numbers = release.split(['.', '-']);
            format!("{}.{}", numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
        }
    };
    suite.series.contains(&series.as_str())
}

/// The listed name whose series is nearest to the wished one, of the same flavour if there is one.
fn nearest<'a>(wish: &Wish, list: &'a [Listed]) -> Option<&'a str> {
    let (major, minor) = match &wish.which {
        Which::Series(major, minor) | Which::Release(major, minor, _) => (*major, *minor),
        Which::Latest | Which::Uname(_) | Which::Host | Which::Tree(_) => return None,
    };
    let distance = |listed: &&Listed| -> Option<u64> {
        let other: Wish = listed.name.parse().ok()?;
        let Which::Series(a, b) = other.which else { return None };
        let flavour = match &other.flavour {
            flavour if *flavour == wish.flavour => 0,
            None => 1,
            Some(_) => 2,
        };
        // Some twenty series have the same first number: 5.19 was followed by 6.0.
        let place = |major: u32, minor: u32| u64::from(major) * 20 + u64::from(minor);
        Some(place(a, b).abs_diff(place(major, minor)) * 4 + flavour)
    };
    list.iter().min_by_key(|listed| distance(listed).unwrap_or(u64::MAX)).map(|listed| listed.name.as_str())
}

/// `gcc-12`, from what the headers depend on: `linux-compiler-gcc-12-x86`, `gcc-14-for-host`.
fn compiler_of(candidate: &Candidate<'_>) -> Result<String> {
    let version = candidate.headers.dependencies().flatten().find_map(|name| {
        let version = name.split_once("gcc-")?.1;
        let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
        (end > 0).then(|| version[..end].to_owned())
    });
    let version = version.with_context(|| format!("the headers of {} name no compiler", candidate.release))?;
    Ok(format!("gcc-{version}"))
}

/// The packages that the kernel's own build tools need: all but the kernel's.
fn tool_dependencies<'a>(candidate: &Candidate<'a>) -> Vec<&'a str> {
    let names =
        candidate.build.iter().flat_map(|package| package.dependencies().filter_map(|choice| choice.first().copied()));
    names.filter(|name| !name.starts_with("linux-")).collect()
}

fn find(dir: &Path, release: &str, places: &[&str]) -> Result<PathBuf> {
    let places: Vec<PathBuf> = places.iter().map(|place| PathBuf::from(place.replace("REL", release))).collect();
    let found = places.iter().find(|place| dir.join(place).exists());
    found.cloned().with_context(|| format!("its packages have none of {places:?}"))
}

/// Puts the vmlinux beside the bzImage and gives its path, or the bzImage's if that is compressed in an unknown way.
fn unpack_image(dir: &Path, release: &str) -> Result<PathBuf> {
    let places = [
        "boot/vmlinuz-REL",
        "usr/lib/modules/REL/vmlinuz",
        "usr/lib/modules/REL/vmlinuz.unsigned",
        "boot/vmlinuz-REL.unsigned",
    ];
    let bz_image = find(dir, release, &places)?;
    match unpack_vmlinux(&fs::read(dir.join(&bz_image))?) {
        Ok(vmlinux) => {
            fs::write(dir.join("vmlinux"), vmlinux)?;
            Ok(PathBuf::from("vmlinux"))
        }
        Err(_) => Ok(bz_image),
    }
}

/// The one line of the headers' Makefile that names an absolute path is made relative to the Makefile itself,
/// so that `make -C KDIR` works wherever the folder lies.
fn make_relocatable(kdir: &Path) -> Result<()> {
    let path = kdir.join("Makefile");
    let text = fs::read_to_string(&path)?;
    let here = "$(patsubst %/,%,$(dir $(realpath $(lastword $(MAKEFILE_LIST)))))";
    let mut relocated = format!("workbench-kdir := {here}\n");
    for line in text.lines() {
        relocated.push_str(&line.replace("/usr/src/", "$(workbench-kdir)/../"));
        relocated.push('\n');
    }
    if !relocated.contains("$(workbench-kdir)/../") {
        bail!("`{}` is not as Debian's headers have it: it names no /usr/src", path.display());
    }
    fs::write(&path, relocated)?;
    // Links to /usr/src or /usr/lib would lead out of the tree.
    for name in ["scripts", "tools"] {
        let link = kdir.join(name);
        let Ok(target) = fs::read_link(&link) else { continue };
        if let Ok(inside) = target.strip_prefix("/") {
            fs::remove_file(&link)?;
            symlink(Path::new("../../..").join(inside), &link)
                .with_context(|| format!("failed to link `{}`", link.display()))?;
        }
    }
    Ok(())
}
