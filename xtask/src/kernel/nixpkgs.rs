// SPDX-License-Identifier: MIT OR Apache-2.0
//! nixpkgs as a source of kernels, where Nix is installed: each is built by the tools of its own package set, and so are
//! modules for it. What Nix has found out is kept, so that a second build evaluates nothing.

mod environment;
mod names;
mod nix;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

pub(crate) use self::environment::described_by;

use self::environment::Environment;
use self::names::{attribute, is_wished, wish};
use self::nix::{Described, Nix};
use super::local::GuestCompiler;
use super::name::Wish;
use super::source::{Answer, Effort, Listed, Source};
use super::tree::KernelTree;
use crate::cache::{Cache, age};
use crate::debian::compare_versions;
use crate::fetch::{Network, sha256};
use crate::report::{Events, brief};
use crate::toolchain::on_path;

/// `[nixpkgs]` in workbench.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// A folder with a nixpkgs; by default what `<nixpkgs>` means to Nix.
    pub path: Option<PathBuf>,
}

/// For how long a kernel is used before its nixpkgs is asked again. A nixpkgs that was changed is asked at once.
const PIN_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The expression that is asked first, and what it imports.
const EXPRESSION: [(&str, &str); 2] = [
    ("kernels.nix", include_str!("../../../nix/kernels.nix")),
    ("environment.nix", include_str!("../../../nix/environment.nix")),
];

/// See the module's documentation.
#[derive(Debug)]
pub struct Nixpkgs {
    pub settings: Settings,
    /// The settings' paths are relative to it.
    pub workspace: PathBuf,
    pub cache: Cache,
    pub events: Events,
    pub network: Network,
    /// Whose compiler programs for the guest are compiled with.
    pub guest: GuestCompiler,
}

/// The name of this source.
pub const NIXPKGS: &str = "nixpkgs";

impl Source for Nixpkgs {
    fn name(&self) -> &str {
        NIXPKGS
    }

    fn builds(&self) -> bool {
        true
    }

    fn find(&self, wish: &Wish, effort: Effort) -> Result<Answer> {
        let Some(attr) = attribute(wish) else {
            return Ok(none("names its kernels by series", None));
        };
        if let Some(missing) = missing_program() {
            return Ok(none(missing, Some("with Nix (https://nixos.org/download) nixpkgs has further kernels")));
        }
        let Some(nixpkgs) = self.nixpkgs()? else {
            let help = "set `[nixpkgs] path` in workbench.toml to a folder with a nixpkgs, or NIX_PATH";
            return Ok(none("there is no nixpkgs at hand", Some(help)));
        };
        let link = self.link(&nixpkgs, &attr);
        let known =
            Environment::read(&link).ok().filter(|it| is_wished(&it.version, wish)).and_then(|it| self.tree(&it).ok());
        let known = match known {
            Some(tree) if is_young(&self.pin(&link)) => return Ok(Answer::Kernel(Box::new(tree))),
            known => known,
        };
        let expression = self.expression()?;
        let nix = Nix { expression: &expression, nixpkgs: &nixpkgs, network: self.network, events: &self.events };
        match (self.ask(&nix, wish, &attr, effort, &link), known) {
            (Err(err), Some(tree)) => {
                self.events.note(format!("using {} for `{wish}`, as before: {}", tree.origin, brief(&err)));
                Ok(Answer::Kernel(Box::new(tree)))
            }
            (answer, _) => answer.with_context(|| format!("failed to ask `{}`", nixpkgs.display())),
        }
    }

    fn list(&self) -> Result<Vec<Listed>> {
        if missing_program().is_some() {
            return Ok(Vec::new());
        }
        let Some(nixpkgs) = self.nixpkgs()? else { return Ok(Vec::new()) };
        let expression = self.expression()?;
        let nix = Nix { expression: &expression, nixpkgs: &nixpkgs, network: self.network, events: &self.events };
        let kernels = nix.kernels().with_context(|| format!("failed to ask `{}`", nixpkgs.display()))?;
        let mut list: Vec<Listed> = kernels.into_iter().filter_map(|it| self.listed(it, &nixpkgs)).collect();
        list.sort_by(|a, b| compare_versions(&a.version, &b.version).then_with(|| a.name.cmp(&b.name)));
        Ok(list)
    }
}

impl Nixpkgs {
    fn ask(&self, nix: &Nix<'_>, wish: &Wish, attr: &str, effort: Effort, link: &Path) -> Result<Answer> {
        let Some(kernel) = nix.kernel(attr)? else {
            return Ok(none(format!("has no {attr}"), None));
        };
        if !kernel.fits || !is_wished(&kernel.version, wish) {
            return Ok(none(format!("has {attr} {}, and no other of its series", kernel.version), None));
        }
        let _lock = self.cache.lock(&format!("nixpkgs-{attr}"))?;
        let plan = nix.plan(attr)?;
        if !plan.build.is_empty() && effort == Effort::Fetch {
            let why = format!("has {attr} {}, but no binary cache has it", kernel.version);
            return Ok(none(why, Some(&format!("`-k nixpkgs:{wish}` builds it, which can take an hour"))));
        }
        if !plan.build.is_empty() {
            let (version, count) = (&kernel.version, plan.build.len());
            let why = format!("no binary cache has all that it needs; derivations to build: {count}");
            self.events.note(format!("building {attr} {version}: {why}"));
        }
        if let Some(size) = plan.fetch {
            self.events.note(format!("getting {attr} {} from a binary cache: {size}", kernel.version));
        }
        if let Some(dir) = link.parent() {
            fs::create_dir_all(dir)?;
        }
        // Nix replaces a link only if it leads into its store, and the store may have been made anew.
        if fs::symlink_metadata(link).is_ok() && !link.exists() {
            fs::remove_file(link)?;
        }
        nix.realise(attr, link)?;
        self.cache.write(&self.pin(link), b"")?;
        Ok(Answer::Kernel(Box::new(self.tree(&Environment::read(link)?)?)))
    }

    fn nixpkgs(&self) -> Result<Option<PathBuf>> {
        match &self.settings.path {
            Some(path) => {
                let path = fs::canonicalize(self.workspace.join(path));
                let path = path.context("failed to find the nixpkgs of workbench.toml")?;
                ensure!(
                    path.join("default.nix").exists(),
                    "the nixpkgs of workbench.toml is none: there is no `{}`",
                    path.join("default.nix").display()
                );
                Ok(Some(path))
            }
            None => Ok(Nix::default_nixpkgs()?.map(fs::canonicalize).transpose()?),
        }
    }

    /// A link to the file that says all about a kernel; Nix keeps it and what it names for as long as the link is there.
    fn link(&self, nixpkgs: &Path, attr: &str) -> PathBuf {
        let key = sha256(format!("{}{}", state(nixpkgs), expression_key()).as_bytes());
        self.cache.path("nixpkgs", &format!("{attr}-{}", &key[..12]))
    }

    /// It is as old as what is known of a link's kernel. Nix leaves a link alone that is right already.
    fn pin(&self, link: &Path) -> PathBuf {
        let name = link.file_name().unwrap_or_default().to_string_lossy();
        self.cache.path("pins", &format!("nixpkgs-{name}"))
    }

    /// The file with our expression.
    fn expression(&self) -> Result<PathBuf> {
        let dir = self.cache.path("nixpkgs", &format!("expression-{}", expression_key()));
        for (name, text) in EXPRESSION {
            let path = dir.join(name);
            if !path.exists() {
                fs::create_dir_all(&dir)?;
                self.cache.write(&path, text.as_bytes())?;
            }
        }
        Ok(dir.join(EXPRESSION[0].0))
    }

    fn tree(&self, environment: &Environment) -> Result<KernelTree> {
        environment.tree(self.guest.find()?, &self.cache)
    }

    fn listed(&self, kernel: Described, nixpkgs: &Path) -> Option<Listed> {
        let wish = Wish { source: Some(NIXPKGS.to_owned()), ..wish(&kernel.name)? };
        Some(Listed {
            name: wish.to_string(),
            dir: Environment::read(&self.link(nixpkgs, &kernel.name)).ok().map(|it| it.kdir),
            place: format!("{} {}", self.name(), kernel.name),
            flavour: wish.flavour,
            release: kernel.release,
            version: kernel.version,
            size: None,
            has: None,
        })
    }
}

fn expression_key() -> String {
    sha256(EXPRESSION.map(|(_, text)| text).concat().as_bytes())[..12].to_owned()
}

fn none(why: impl Into<String>, help: Option<&str>) -> Answer {
    Answer::None { why: why.into(), help: help.map(str::to_owned) }
}

fn missing_program() -> Option<String> {
    let missing = ["nix-build", "nix-instantiate"].into_iter().find(|program| on_path(program).is_none());
    missing.map(|program| format!("there is no `{program}` on the PATH"))
}

fn is_young(pin: &Path) -> bool {
    age(pin).is_some_and(|age| age < PIN_AGE)
}

/// A text that is another when the nixpkgs in a folder is another: what channels, checkouts and edits by hand change.
fn state(nixpkgs: &Path) -> String {
    let mut state = nixpkgs.display().to_string();
    let head = fs::read_to_string(nixpkgs.join(".git/HEAD")).unwrap_or_default();
    let branch = head.trim().strip_prefix("ref: ").map(|branch| format!(".git/{branch}"));
    let texts = [".version", ".version-suffix", ".git-revision", ".git/HEAD", ".git/packed-refs"];
    for text in texts.into_iter().map(str::to_owned).chain(branch) {
        state.push_str(&fs::read_to_string(nixpkgs.join(text)).unwrap_or_default());
    }
    for file in ["default.nix", "pkgs/top-level/linux-kernels.nix", "pkgs/os-specific/linux/kernel/kernels-org.json"] {
        let changed = fs::metadata(nixpkgs.join(file)).ok().and_then(|meta| meta.modified().ok());
        let since = changed.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or_default();
        state = format!("{state} {}", since.as_nanos());
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_nixpkgs_is_another() {
        let dir = tempfile::tempdir().expect("a folder");
        let before = state(dir.path());
        assert_eq!(state(dir.path()), before);
        fs::create_dir_all(dir.path().join(".git/refs/heads")).expect("made");
        fs::write(dir.path().join(".git/HEAD"), "ref: refs/heads/master\n").expect("written");
        fs::write(dir.path().join(".git/refs/heads/master"), "aaaa\n").expect("written");
        let checked_out = state(dir.path());
        assert_ne!(checked_out, before);
        fs::write(dir.path().join(".git/refs/heads/master"), "bbbb\n").expect("written");
        assert_ne!(state(dir.path()), checked_out);
    }
}
