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
mod sources;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use fs_err as fs;

use self::profile::{Compiler, Profile, Profiles};
use self::sources::Sources;
use crate::cache::Lock;
use crate::context::Context;
use crate::debian::Suite;
use crate::fetch::sha256;
use crate::kernel::{KernelTree, Record, Wish};
use crate::toolchain::Root;

pub(crate) use self::edit::edit;
pub use self::profile::{OWN, Row};

/// Raised when the same sources, settings and tools would make another kernel.
const FORMAT: u32 = 2;

/// What kernels are built with, besides what modules are.
const PACKAGES: &[&str] =
    &["bison", "flex", "libelf-dev", "libncurses-dev", "ncurses-base", "perl", "pkgconf", "python3-minimal"];
const PACKAGES_OF_CLANG: &[&str] = &["clang", "lld", "llvm"];
const PACKAGES_OF_RUST: &[&str] = &["bindgen", "rust-clippy", "rust-src", "rustc", "rustfmt"];

/// All that a kernel is built of.
#[derive(Debug)]
struct Job<'a> {
    context: &'a Context,
    profile: Profile,
    sources: Sources,
    root: Root,
    root_dir: PathBuf,
    /// For make's products, and what it said.
    objects: PathBuf,
}

/// The kernel that a name with a profile means: built, if it has not been.
pub(crate) fn find(context: &Context, wish: &Wish) -> Result<KernelTree> {
    let job = Job::new(context, wish, &[])?;
    let pin = context.cache.path("pins", &format!("built-{}", job.word()));
    if let Some(tree) = fs::read_to_string(&pin).ok().and_then(|key| open(context, key.trim()).ok()) {
        return Ok(tree);
    }
    let _lock = job.lock()?;
    let config = configure::configure(&job).with_context(|| format!("`{wish}` could not be configured"))?;
    let key = job.key(&config)?;
    context.cache.entry("kernels", &key, |dir| {
        make::build(&job)?;
        install::install(&job, dir)
    })?;
    let tree = open(context, &key)?;
    context.cache.write(&pin, key.as_bytes())?;
    Ok(tree)
}

fn open(context: &Context, key: &str) -> Result<KernelTree> {
    context.cache.hold("kernels", key)?;
    let dir = context.cache.path("kernels", key);
    context.cache.hold("roots", &Record::read(&dir)?.root)?;
    KernelTree::open(&dir, &context.cache)
}

impl<'a> Job<'a> {
    /// What a name asks for; `further` packages are in the tool root.
    fn new(context: &'a Context, wish: &Wish, further: &[&str]) -> Result<Self> {
        let profiles = Profiles {
            rows: &context.settings.profile,
            read: &|path| Ok(fs::read_to_string(context.workspace.join(path))?),
            own: &|file| Ok(fs::read_to_string(context.own(file)?)?),
        };
        let profile = profiles.find(wish.profile.as_deref().context("it names no profile")?)?;
        let work = context.target.join("kernels");
        let sources =
            Sources::of(context, wish, &work).with_context(|| format!("failed to get the sources of `{wish}`"))?;
        let tools = context.tools()?;
        let suite: Arc<Suite> = Arc::clone(tools.archive.suite(&sources.suite)?);
        let mut packages = [PACKAGES, further].concat();
        if profile.compiler == Compiler::Clang {
            packages.extend(PACKAGES_OF_CLANG);
        }
        if profile.rust {
            packages.extend(PACKAGES_OF_RUST);
        }
        let packages: Vec<String> = packages.into_iter().map(str::to_owned).collect();
        let root = tools.root_for_builds(&suite, &tools.default_compiler(&suite)?, &packages)?;
        let root_dir = tools.make_root_for_builds(&root)?;
        let objects = work.join(&sources.place).join(&profile.name);
        Ok(Self { context, profile, sources, root, root_dir, objects })
    }

    /// Held by who works with the objects.
    fn lock(&self) -> Result<Lock> {
        self.context.cache.lock(&format!("objects-{}", sha256(self.objects.to_string_lossy().as_bytes())))
    }

    /// A word for all that the .config hangs on.
    fn word(&self) -> String {
        let Profile { config, fragments, compiler, .. } = &self.profile;
        sha256(
            format!("{FORMAT} {} {} {config:?} {fragments:?} {compiler:?}", self.sources.word, self.root.key)
                .as_bytes(),
        )
    }

    /// The kernel's name in the cache.
    fn key(&self, config: &str) -> Result<String> {
        let release = fs::read_to_string(self.objects.join(make::RELEASE))?;
        let word = sha256(format!("{FORMAT} {} {} {config}", self.sources.word, self.root.key).as_bytes());
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
