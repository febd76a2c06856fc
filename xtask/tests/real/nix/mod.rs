// SPDX-License-Identifier: MIT OR Apache-2.0
//! Trials with a real Nix: of the stand-in for nixpkgs (tests/nixpkgs), which evaluates and builds, and of a real nixpkgs, if there
//! is one, which evaluates. tests/README.md says how one is written.
//!
//! They share one store, for the sake of the kernels in it; the last of them takes it away.

mod compiled;
mod custom;
mod harness;
mod in_tree;
mod install;
mod matrix;
mod overlay;
mod package;
mod precompiled;
mod stand_in;
mod systems;

use std::sync::{Arc, OnceLock};

use anyhow::Result;
use libtest_mimic::{Failed, Trial};

pub(crate) use self::harness::{Nix, Nixpkgs, kernels_variable, stand_in};
pub(crate) use self::install::{Install, Sandbox};

/// What the trials have in common, made by the first of them.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<OnceLock<Result<Nix, String>>>);

impl Shared {
    fn nix(&self) -> Result<&Nix, Failed> {
        let nix = self.0.get_or_init(|| Nix::new().map_err(|err| format!("{err:#}")));
        nix.as_ref().map_err(Failed::from)
    }

    /// A trial that asks a real nixpkgs alone: ignored, where there is none.
    pub(crate) fn real_trial(&self, name: &str, run: impl FnOnce(&Nix) -> Result<()> + Send + 'static) -> Trial {
        self.trial(name, run).with_ignored_flag(!has_real())
    }

    /// A trial of this name. What it needs is made when it runs, and not when it is listed.
    pub(crate) fn trial(&self, name: &str, run: impl FnOnce(&Nix) -> Result<()> + Send + 'static) -> Trial {
        let shared = self.clone();
        Trial::test(format!("nix::{name}"), move || run(shared.nix()?).map_err(|err| Failed::from(format!("{err:#}"))))
    }
}

/// Whether the environment names a real nixpkgs.
fn has_real() -> bool {
    harness::real_nixpkgs().is_some()
}

/// All trials; ignored where Nix can have no sandbox, since what they build is built with what the sandbox mounts.
pub(crate) fn trials(left_out: bool) -> Vec<Trial> {
    let refusal = if left_out { None } else { install::refusal_of_sandboxes() };
    if let Some(reason) = &refusal {
        crate::note(&format!("Nix can't have a sandbox here ({reason}): its tests are left out"));
    }
    if !left_out && !has_real() {
        crate::note(&format!("{} names no nixpkgs: what only a real one can answer is left out", harness::VARIABLE));
    }
    let shared = Shared::default();
    let parts = [
        compiled::trials(),
        custom::trials(&shared),
        in_tree::trials(&shared),
        matrix::trials(&shared),
        overlay::trials(&shared),
        package::trials(&shared),
        precompiled::trials(&shared),
        stand_in::trials(&shared),
        systems::trials(&shared),
    ];
    let is_ignored = left_out || refusal.is_some();
    let leave_out = |trial: Trial| {
        let is_ignored = is_ignored || trial.has_ignored_flag();
        trial.with_ignored_flag(is_ignored)
    };
    parts.into_iter().flatten().map(leave_out).collect()
}
