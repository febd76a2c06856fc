// SPDX-License-Identifier: MIT OR Apache-2.0
//! Debian's archive, or another of its form, as a source of kernels.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::catalog::{Candidate, candidates};
use super::compose::{self, Recipe, ToolRecipe};
use super::features;
use super::name::{Which, Wish};
use super::release::Numbers;
use super::source::{Answer, Effort, Listed, Source};
use super::tree::{KernelTree, Record};
use crate::cache::{Cache, age};
use crate::debian::{Archive, Index, Package, Suite, compare_versions};
use crate::fetch::{Network, NotFound};
use crate::report::{Events, brief};
use crate::toolchain::Tools;

/// For how long a name means the kernel that it was found to mean, before the archive is asked again.
pub(crate) const PIN_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// How the packages of sources are called, before the series.
const SOURCES: &str = "linux-source-";

/// See the module's documentation.
#[derive(Debug)]
pub struct ArchiveKernels {
    pub archive: Arc<Archive>,
    /// The flavour that the archive's ordinary kernels have in their names, if they have one.
    pub ordinary: Option<String>,
    pub tools: Tools,
    /// The suite that has compiler and make; by default each kernel's own.
    pub tools_suite: Option<Arc<Suite>>,
    pub cache: Cache,
    pub events: Events,
}

impl Source for ArchiveKernels {
    fn name(&self) -> &str {
        &self.archive.name
    }

    /// The kernel that a name means: the one it meant last, if that is not long ago, else the newest that fits.
    fn find(&self, wish: &Wish, _effort: Effort) -> Result<Answer> {
        let wish = wish.anywhere();
        if let Some(tree) = self.cached(&wish) {
            return Ok(Answer::Kernel(Box::new(tree)));
        }
        let pin = self.cache.path("pins", &format!("{}:{wish}", self.name()));
        let pinned = fs::read_to_string(&pin).ok().and_then(|key| self.open(key.trim()).ok());
        let Some(tree) = pinned else { return self.fetch(&wish, &pin) };
        if self.archive.network() == Network::Offline || age(&pin).is_some_and(|age| age < PIN_AGE) {
            return Ok(Answer::Kernel(Box::new(tree)));
        }
        match self.fetch(&wish, &pin) {
            Ok(Answer::Kernel(tree)) => Ok(Answer::Kernel(tree)),
            otherwise => {
                let why = match otherwise {
                    Err(err) => brief(&err),
                    _ => "the archive has it no more".to_owned(),
                };
                self.events.note(format!("using {} for `{wish}`, as before: {why}", tree.release));
                Ok(Answer::Kernel(Box::new(tree)))
            }
        }
    }

    fn is_optional(&self) -> bool {
        false
    }

    /// The packages with headers are some megabytes each; what they say is kept for ever.
    fn describe(&self, list: &mut [Listed]) -> Result<()> {
        let index = self.index(&self.archive.suites)?;
        let candidates = self.candidates(&index);
        for listed in list.iter_mut().filter(|listed| listed.has.is_none()) {
            let is_it = |it: &&Candidate<'_>| it.release == listed.release && it.version() == listed.version;
            let Some(candidate) = candidates.iter().find(is_it) else { continue };
            match self.has(candidate) {
                // Old packages go before the index that lists them.
                Err(err) if err.chain().any(|it| it.is::<NotFound>()) => (),
                has => listed.has = has?,
            }
        }
        Ok(())
    }

    /// The newest release of each name, oldest series first.
    fn list(&self) -> Result<Vec<Listed>> {
        let index = self.index(&self.archive.suites)?;
        let mut list: Vec<Listed> = Vec::new();
        for candidate in self.candidates(&index).iter().rev() {
            let listed = self.listed(candidate);
            if !list.iter().any(|known| known.name == listed.name) {
                list.push(listed);
            }
        }
        list.sort_by(|a, b| compare_versions(&a.version, &b.version).then_with(|| a.name.cmp(&b.name)));
        Ok(list)
    }
}

impl ArchiveKernels {
    fn open(&self, key: &str) -> Result<KernelTree> {
        self.cache.hold("kernels", key)?;
        let dir = self.cache.path("kernels", key);
        self.cache.hold("roots", &Record::read(&dir)?.root)?;
        KernelTree::open(&dir, &self.cache)
    }

    /// The kernel that a lock pins. A [`NotFound`] among the causes of an error means that it is nowhere any more.
    pub fn locked(&self, recipe: &Recipe) -> Result<KernelTree> {
        let key = self.make(recipe)?;
        let dir = self.cache.path("kernels", &key);
        let record = Record::read(&dir)?;
        // An entry that was made without the lock may have been made for younger tools.
        let root = match &recipe.tools {
            ToolRecipe::Locked(root) => root.key.clone(),
            ToolRecipe::Newest { .. } => record.root.clone(),
        };
        KernelTree::check(dir, Record { root: root.clone(), ..record }, self.cache.path("roots", &root))
    }

    /// Whether the archive still has what its index lists.
    fn is_there(&self, recipe: &Recipe) -> bool {
        recipe.packages.iter().all(|package| self.archive.has(package).unwrap_or(true))
    }

    /// What a name means now, to be pinned: the newest that fits and that can be had.
    pub fn to_lock(&self, wish: &Wish) -> Result<Option<Recipe>> {
        for recipe in self.recipes(&wish.anywhere())? {
            let tools = match &recipe.tools {
                ToolRecipe::Newest { suite, compiler: Some(compiler), further } => {
                    self.tools.root_for_builds(suite, compiler, further)?
                }
                // Only the unpacked kernel says what its compiler is.
                ToolRecipe::Newest { suite, compiler: None, further } => {
                    let record = Record::read(&self.cache.path("kernels", &self.make(&recipe)?))?;
                    self.tools.root_for_builds(suite, &record.compiler, further)?
                }
                ToolRecipe::Locked(root) => root.clone(),
            };
            if self.is_there(&recipe) {
                return Ok(Some(Recipe { tools: ToolRecipe::Locked(tools), ..recipe }));
            }
        }
        Ok(None)
    }

    /// The packages of the kernel that a name means now, or that a lock pins, and the files that they were fetched to.
    pub fn packages(&self, recipe: &Recipe) -> Result<Vec<(Package, PathBuf)>> {
        let dir = self.cache.entry("packages", &recipe.key(), |dir| {
            self.archive.files(&format!("the packages of {}", recipe.release), &recipe.packages, dir).map(drop)
        })?;
        let file = |package: &Package| dir.join(format!("{}.deb", package.name));
        Ok(recipe.packages.iter().map(|package| (package.clone(), file(package))).collect())
    }

    /// The newest kernel that fits a name and that can be had.
    pub fn newest(&self, wish: &Wish) -> Result<Option<Recipe>> {
        Ok(self.recipes(&wish.anywhere())?.into_iter().find(|recipe| self.is_there(recipe)))
    }

    /// The package with the newest source that fits a name.
    pub(crate) fn newest_source(&self, wish: &Wish) -> Result<Option<Package>> {
        for suites in self.suites(wish) {
            let index = self.index(&suites)?;
            let fitting = index.starting_with(SOURCES).filter(|package| is_source_of(package, wish));
            if let Some(newest) = fitting.max_by(|a, b| compare_versions(&a.version, &b.version)) {
                return Ok(Some(newest.clone()));
            }
        }
        Ok(None)
    }

    /// What a driver can have on a kernel that has not been fetched, out of its headers alone; none when they can't be fetched now.
    fn has(&self, candidate: &Candidate<'_>) -> Result<Option<String>> {
        let key = compose::key(&self.archive.name, candidate.release, candidate.version());
        let known = self.cache.path("features", &key);
        if let Ok(has) = fs::read_to_string(&known) {
            return Ok(Some(has));
        }
        if self.archive.network() == Network::Offline {
            return Ok(None);
        }
        let scratch = self.cache.scratch()?;
        let dir = scratch.path().join("headers");
        fs::create_dir(&dir)?;
        self.archive.unpack(&format!("what {} offers", candidate.release), &[candidate.headers], &dir)?;
        let kdir = dir.join("usr/src").join(format!("linux-headers-{}", candidate.release));
        let config = fs::read_to_string(kdir.join("include/config/auto.conf"))?;
        let has = features::of(&config, &kdir).join(" ");
        self.cache.write(&known, has.as_bytes())?;
        Ok(Some(has))
    }

    /// A kernel in the cache by what `uname -r` says; the archive may have it no more.
    fn cached(&self, wish: &Wish) -> Option<KernelTree> {
        let Which::Uname(release) = &wish.which else { return None };
        let entries = fs::read_dir(self.cache.path("kernels", "")).ok()?;
        let keys = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let start = compose::key(&self.archive.name, release, "");
        let mut trees = keys.filter(|key| key.starts_with(&start)).filter_map(|key| self.open(&key).ok());
        trees.find(|tree| tree.release == *release)
    }

    fn candidates<'a>(&self, index: &'a Index) -> Vec<Candidate<'a>> {
        candidates(index, self.ordinary.as_deref())
    }

    fn fetch(&self, wish: &Wish, pin: &Path) -> Result<Answer> {
        let mut gone = false;
        for recipe in self.recipes(wish)? {
            if gone && !self.is_there(&recipe) {
                continue;
            }
            match self.make(&recipe) {
                // Old packages go before the index that lists them; another twin or an older release may be there.
                Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                    self.events.note(format!("doing without {}: {}", recipe.image(), err.root_cause()));
                    gone = true;
                }
                key => {
                    let key = key?;
                    self.cache.write(pin, key.as_bytes())?;
                    return Ok(Answer::Kernel(Box::new(self.open(&key)?)));
                }
            }
        }
        if gone {
            let why = "lists it, but has its packages no more".to_owned();
            return Ok(Answer::None { why, help: None });
        }
        self.none(wish)
    }

    /// Fetches and unpacks a kernel, and gives its key in the cache.
    pub(super) fn make(&self, recipe: &Recipe) -> Result<String> {
        recipe.make(&self.archive, &self.tools, &self.cache)
    }

    /// The kernels that fit a wish, the best first. Suites in which it is not likely to be are only asked when the others
    /// have none.
    pub(super) fn recipes(&self, wish: &Wish) -> Result<Vec<Recipe>> {
        for suites in self.suites(wish) {
            let index = self.index(&suites)?;
            let found = self.candidates(&index);
            let fitting = found.iter().rev().filter(|candidate| candidate.is(wish));
            let recipes: Vec<Recipe> = fitting.map(|it| Recipe::of(it, self.tools_suite(it))).collect();
            if !recipes.is_empty() {
                return Ok(recipes);
            }
        }
        Ok(Vec::new())
    }

    /// Those in which a kernel is likely to be, and the others.
    fn suites(&self, wish: &Wish) -> [Vec<Arc<Suite>>; 2] {
        let suites = self.archive.suites.iter().cloned();
        suites.partition::<Vec<_>, _>(|suite| is_likely(suite, wish)).into()
    }

    fn tools_suite(&self, candidate: &Candidate<'_>) -> Arc<Suite> {
        Arc::clone(self.tools_suite.as_ref().unwrap_or(&candidate.headers.suite))
    }

    /// What these suites have. A suite that the mirror has not is left out, since old ones move elsewhere one day.
    fn index(&self, suites: &[Arc<Suite>]) -> Result<Index> {
        let mut index = Index::default();
        for suite in suites {
            match self.archive.kernel_index(suite) {
                Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                    let whose = if self.name() == crate::debian::DEBIAN { "Debian's" } else { self.name() };
                    self.events.note(format!("doing without {whose} suite `{}`: {}", suite.name, brief(&err)));
                }
                found => index.merge(found?),
            }
        }
        Ok(index)
    }

    fn listed(&self, candidate: &Candidate<'_>) -> Listed {
        // Debian needs no prefix: where its kernels and another archive's have one name, Debian's is meant.
        let archive = self.name();
        let source = (archive != crate::debian::DEBIAN).then(|| archive.to_owned());
        let recipe = Recipe::of(candidate, self.tools_suite(candidate));
        Listed {
            name: Wish { source, ..candidate.series() }.to_string(),
            release: candidate.release.to_owned(),
            version: candidate.version().to_owned(),
            place: format!("{archive} {}", candidate.headers.suite.name),
            flavour: candidate.flavour.map(str::to_owned),
            size: Some(candidate.size()),
            dir: Some(self.cache.path("kernels", &recipe.key())).filter(|dir| dir.exists()),
            has: None,
        }
    }

    /// The answer about a name that nothing fits: what is near.
    fn none(&self, wish: &Wish) -> Result<Answer> {
        let list = self.list().context("the list of kernels can't be had")?;
        let near = nearest(wish, &list);
        let place = format!("has none at {}", self.archive.origin);
        let why = match near[..] {
            [] => place,
            _ => format!("{place}; near are {}", near.iter().map(|it| said(it)).collect::<Vec<_>>().join(" and ")),
        };
        let help = near.first().map(|listed| format!("the nearest is `--kernel {}`", listed.name));
        Ok(Answer::None { why, help })
    }
}

fn said(listed: &Listed) -> String {
    format!("`{}` ({})", listed.name, listed.release)
}

/// Whether a package has the whole source of a kernel that fits a name.
fn is_source_of(package: &Package, wish: &Wish) -> bool {
    let series = package.name.strip_prefix(SOURCES).and_then(|series| series.parse::<Wish>().ok());
    let upstream = package.version.split_once(':').map_or(package.version.as_str(), |(_epoch, version)| version);
    // There are also packages of patches: `linux-source-6.12-rt`.
    let (Some(Wish { which: Which::Series(..), flavour: None, .. }), Some(numbers)) = (series, Numbers::of(upstream))
    else {
        return false;
    };
    wish.which.has(numbers)
}

fn is_likely(suite: &Suite, wish: &Wish) -> bool {
    wish.series().is_some_and(|(major, minor)| suite.series.contains(&format!("{major}.{minor}")))
}

/// Of what is listed the series nearest to the wished one, below and above it, of the same flavour if there is one;
/// the nearest of all comes first.
fn nearest<'a>(wish: &Wish, list: &'a [Listed]) -> Vec<&'a Listed> {
    let Some(wished) = wish.series() else { return Vec::new() };
    // Some twenty series have the same first number: 5.19 was followed by 6.0.
    let place = |(major, minor): (u32, u32)| i64::from(major) * 20 + i64::from(minor);
    let distance = |listed: &&Listed| -> Option<i64> {
        let other: Wish = listed.name.parse().ok()?;
        let Which::Series(major, minor) = other.which else { return None };
        Some(place((major, minor)) - place(wished))
    };
    let strange = |listed: &&Listed| match &listed.flavour {
        flavour if *flavour == wish.flavour => 0,
        None => 1,
        Some(_) => 2,
    };
    let best = |is_side: fn(i64) -> bool| {
        let there = list.iter().filter(|listed| distance(listed).is_some_and(is_side));
        there.min_by_key(|listed| (distance(listed).unwrap_or(i64::MAX).abs(), strange(listed)))
    };
    let mut near: Vec<&Listed> = [best(|it| it <= 0), best(|it| it > 0)].into_iter().flatten().collect();
    near.sort_by_key(|listed| distance(listed).unwrap_or(i64::MAX).abs());
    near
}
