// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels built from source: small ones that boot in a moment, and those that see what stock kernels can't.
//!
//! A profile's settings are turned into a .config by the kernel's own Kconfig, and what did not take is an error with the reason. The
//! objects stay in `target`, so that another setting costs little. What comes of it lies in the cache as any kernel does, under a name
//! that says of which sources, .config and tools it was made: whoever asks again gets it at once.

mod configure;
mod edit;
mod fragment;
mod install;
mod make;
mod profile;
mod rust;
mod sources;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use self::profile::{Compiler, Profile, Profiles};
use self::sources::Sources;
use crate::cache::{Lock, age};
use crate::context::Context;
use crate::debian::Suite;
use crate::fetch::{Network, sha256};
use crate::kernel::{ArchiveKernels, KernelTree, PIN_AGE, Recipe, Record, ToolRecipe, Which, Wish};
use crate::toolchain::{Root, Tools};

pub(crate) use self::edit::edit;
pub use self::profile::{OWN, Row};

/// Raised when the same sources, settings and tools would make another kernel.
const FORMAT: u32 = 2;

/// In a pin's name, for a kernel whose sources may be whosever.
pub(crate) const ANY: &str = "built:";

/// The same, for what a kernel with Rust has besides.
const FORMAT_OF_RUST: u32 = 1;

/// What kernels are built with, besides what modules are.
const PACKAGES: &[&str] =
    &["bison", "flex", "libelf-dev", "libncurses-dev", "ncurses-base", "perl", "pkgconf", "python3-minimal"];
const PACKAGES_OF_CLANG: &[&str] = &["clang", "lld", "llvm"];
const PACKAGES_OF_RUST: &[&str] = &["bindgen", "rust-clippy", "rust-src", "rustc", "rustfmt"];

/// What is to be built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) wish: &'a Wish,
    /// What drivers need, as a .config names it; it is switched on where the kernel can have it.
    pub(crate) needs: &'a BTreeSet<String>,
    /// The packages that a lock pins.
    pub(crate) recipe: Option<&'a Recipe>,
}

/// All that a kernel is built of.
#[derive(Debug)]
struct Job<'a> {
    context: &'a Context,
    profile: Profile,
    needs: &'a BTreeSet<String>,
    sources: Sources,
    root: Root,
    root_dir: PathBuf,
    /// For make's products, and what it said.
    objects: PathBuf,
}

/// The kernel that a name with a profile means: built, if it has not been.
///
/// What a release's name was found to mean is believed for a week, as with any kernel's name; a folder is looked at each time.
///
/// # Errors
/// A [`NotFound`](crate::fetch::NotFound) among the causes means that the packages that a lock pins are nowhere any more.
pub(crate) fn find(context: &Context, order: Order<'_>) -> Result<KernelTree> {
    let profile = profile(context, order.wish)?;
    let asked = Asked::of(context, order, &profile);
    if let Some(tree) = asked.as_ref().and_then(Asked::tree) {
        return Ok(tree);
    }
    let job = Job::new(context, order, profile, &[])?;
    let pin = context.cache.path("pins", &format!("built-{}", job.word()));
    let built = fs::read_to_string(&pin).ok().and_then(|key| Some((open(context, key.trim()).ok()?, key)));
    let (tree, key) = match built {
        Some(built) => built,
        None => job.built(order.wish)?,
    };
    context.cache.write(&pin, key.as_bytes())?;
    if let Some(asked) = asked {
        asked.pin(&key)?;
    }
    Ok(tree)
}

/// What a name means now, to be pinned, if an archive has a package of its sources.
pub(crate) fn to_lock(context: &Context, wish: &Wish) -> Result<Option<(ArchiveKernels, Recipe)>> {
    let needs = BTreeSet::new();
    let job = Job::new(context, Order { wish, needs: &needs, recipe: None }, profile(context, wish)?, &[])?;
    let Some(package) = job.sources.package.clone() else { return Ok(None) };
    let archive = package.suite.archive.clone();
    let recipe = Recipe {
        archive: archive.clone(),
        release: format!("{}+{}", sources::release(&job.sources.dir)?, job.profile.name),
        version: package.version.clone(),
        origin: job.sources.origin.clone(),
        packages: vec![package],
        tools: ToolRecipe::Locked(job.root),
    };
    Ok(Some((context.archive_kernels(&archive)?, recipe)))
}

/// What was found to be meant by a name, not long ago, by the same profile and for the same needs.
struct Asked<'a> {
    context: &'a Context,
    pin: PathBuf,
    word: String,
}

impl<'a> Asked<'a> {
    /// None for what may be something else at any moment, or is pinned already.
    fn of(context: &'a Context, order: Order<'_>, profile: &Profile) -> Option<Self> {
        if order.recipe.is_some() || matches!(order.wish.which, Which::Sources { .. }) {
            return None;
        }
        let source = order.wish.source.as_ref().map_or_else(|| ANY.to_owned(), |source| format!("{source}:"));
        let pin = context.cache.path("pins", &format!("{source}{}", order.wish.anywhere()));
        Some(Self {
            context,
            pin,
            word: sha256(format!("{} {profile:?} {:?}", format_of(profile), order.needs).as_bytes()),
        })
    }

    fn tree(&self) -> Option<KernelTree> {
        let text = fs::read_to_string(&self.pin).ok()?;
        let (key, word) = text.trim().split_once('\n')?;
        let is_young = age(&self.pin).is_some_and(|age| age < PIN_AGE);
        let is_it = word == self.word && (is_young || self.context.network == Network::Offline);
        if is_it { open(self.context, key).ok() } else { None }
    }

    fn pin(&self, key: &str) -> Result<()> {
        self.context.cache.write(&self.pin, format!("{}\n{}\n", key.trim(), self.word).as_bytes())
    }
}

fn profile(context: &Context, wish: &Wish) -> Result<Profile> {
    let Some(name) = &wish.profile else { bail!("`{wish}` does not say by which profile it is to be built") };
    let profiles = Profiles {
        rows: &context.settings.profile,
        read: &|path| Ok(fs::read_to_string(context.workspace.join(path))?),
        own: &|file| Ok(fs::read_to_string(context.own(file)?)?),
    };
    profiles.find(name)
}

fn open(context: &Context, key: &str) -> Result<KernelTree> {
    context.cache.hold("kernels", key)?;
    let dir = context.cache.path("kernels", key);
    context.cache.hold("roots", &Record::read(&dir)?.root)?;
    KernelTree::open(&dir, &context.cache)
}

impl<'a> Job<'a> {
    /// `further` packages are in the tool root, unless a lock pins it.
    fn new(context: &'a Context, order: Order<'a>, profile: Profile, further: &[&str]) -> Result<Self> {
        let Order { wish, needs, recipe } = order;
        let work = context.target.join("kernels");
        let sources = match recipe {
            Some(recipe) => Sources::locked(context, recipe, profile.arch),
            None => Sources::of(context, wish, profile.arch, &work),
        };
        let sources = sources.with_context(|| format!("failed to get the sources of `{wish}`"))?;
        let tools = context.tools()?;
        let root = match recipe.map(|recipe| &recipe.tools) {
            Some(ToolRecipe::Locked(root)) if further.is_empty() => root.clone(),
            _ => newest_root(&tools, &sources, &profile, further)?,
        };
        let root_dir = tools.make_root_for_builds(&root)?;
        let objects = work.join(&sources.place).join(&profile.name);
        Ok(Self { context, profile, needs, sources, root, root_dir, objects })
    }

    /// Builds the kernel, and gives its key in the cache, too.
    fn built(&self, wish: &Wish) -> Result<(KernelTree, String)> {
        let _lock = self.lock()?;
        rust::check(self)?;
        let config = configure::configure(self).with_context(|| format!("`{wish}` could not be configured"))?;
        let key = self.key(&config)?;
        self.context.cache.entry("kernels", &key, |dir| {
            make::build(self)?;
            install::install(self, dir)
        })?;
        Ok((open(self.context, &key)?, key))
    }

    /// Held by who works with the objects.
    fn lock(&self) -> Result<Lock> {
        self.context.cache.lock(&format!("objects-{}", sha256(self.objects.to_string_lossy().as_bytes())))
    }

    /// A word for all that the .config hangs on.
    fn word(&self) -> String {
        let Profile { config, fragments, compiler, arch, .. } = &self.profile;
        sha256(
            format!(
                "{} {} {} {config:?} {fragments:?} {compiler:?} {arch:?} {:?}",
                format_of(&self.profile),
                self.sources.word,
                self.root.key,
                self.needs
            )
            .as_bytes(),
        )
    }

    /// The kernel's name in the cache.
    fn key(&self, config: &str) -> Result<String> {
        let release = fs::read_to_string(self.objects.join(make::RELEASE))?;
        let word =
            sha256(format!("{} {} {} {config}", format_of(&self.profile), self.sources.word, self.root.key).as_bytes());
        Ok(format!("{}_{}", release.trim(), &word[..12]))
    }

    fn log(&self) -> PathBuf {
        self.objects.with_added_extension("log")
    }

    fn source(&self) -> &Path {
        &self.sources.dir
    }

    /// What the kernel is called in messages, before its release is known.
    fn said(&self) -> String {
        format!("the kernel {}+{}", self.sources.origin, self.profile.name)
    }
}

fn format_of(profile: &Profile) -> String {
    let of_rust = if profile.rust { format!(".{FORMAT_OF_RUST}") } else { String::new() };
    let mut settings = profile.fragments.iter().flat_map(|fragment| &fragment.settings);
    let has_kasan = settings.any(|setting| setting.option == "KASAN" && setting.value == "y");
    let unchecked = if has_kasan { format!(" {}", make::UNCHECKED.join(" ")) } else { String::new() };
    format!("{FORMAT}{of_rust}{unchecked}")
}

/// The tools that a suite has now for such sources.
fn newest_root(tools: &Tools, sources: &Sources, profile: &Profile, further: &[&str]) -> Result<Root> {
    let suite: Arc<Suite> = Arc::clone(tools.archive.suite(&sources.suite)?);
    let mut packages = [PACKAGES, further].concat();
    if profile.compiler == Compiler::Clang {
        packages.extend(PACKAGES_OF_CLANG);
    }
    if profile.rust {
        packages.extend(PACKAGES_OF_RUST);
    }
    let cross = profile.arch.triplet().map(|triplet| format!("gcc-{triplet}"));
    let packages: Vec<String> = packages.into_iter().map(str::to_owned).chain(cross).collect();
    tools.root_for_builds(&suite, &tools.default_compiler(&suite)?, &packages)
}
