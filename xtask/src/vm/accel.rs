// SPDX-License-Identifier: MIT OR Apache-2.0
//! KVM or emulation? `/dev/kvm` being there says little: on some clouds it opens, answers every question well,
//! and then no ordinary guest runs. So a few instructions are run, in a child with a deadline, and only a machine on
//! which they do what the processor's manual says gets KVM. The answer is kept until the host is booted again, or `doctor` asks.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::cmd::{Cmd, How};

/// What runs the guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accel {
    Kvm,
    /// QEMU's own emulation.
    Tcg,
}

impl Accel {
    pub fn word(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        }
    }
}

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AccelChoice {
    /// KVM if a probe shows that it runs a guest, else emulation.
    Auto,
    Kvm,
    Tcg,
}

/// What was found out about KVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub accel: Accel,
    /// Why it is not KVM; empty when it is.
    pub reason: String,
    /// Whether it was found out just now, and not earlier since the host's boot.
    pub fresh: bool,
}

/// The word after which the program runs [`probe`](super::probe) and nothing else; not for people.
pub const PROBE_COMMAND: &str = "probe-kvm";

/// A healthy host answers in about a millisecond, a broken one perhaps never.
const DEADLINE: Duration = Duration::from_millis(250);

/// Which accelerator to use.
pub fn choose(choice: AccelChoice, cache: &Cache) -> Result<Found> {
    match choice {
        AccelChoice::Kvm => Ok(Found { accel: Accel::Kvm, reason: String::new(), fresh: false }),
        AccelChoice::Tcg => Ok(Found { accel: Accel::Tcg, reason: "--accel tcg".to_owned(), fresh: false }),
        AccelChoice::Auto => find(cache),
    }
}

fn find(cache: &Cache) -> Result<Found> {
    let answer = cache.since_boot("kvm", ask_child)?;
    let accel = if answer.value.is_empty() { Accel::Kvm } else { Accel::Tcg };
    Ok(Found { accel, reason: answer.value, fresh: answer.fresh })
}

/// Why KVM can't be used; empty when it can.
fn ask_child() -> Result<String> {
    if !Path::new("/dev/kvm").exists() {
        return Ok("there is no /dev/kvm".to_owned());
    }
    let exe = std::env::current_exe().context("failed to find our own program")?;
    let finished = Cmd::new(exe).arg(PROBE_COMMAND).deadline(DEADLINE).output()?;
    Ok(match finished.how {
        How::Exited(0) => String::new(),
        How::Exited(_) => {
            let said = String::from_utf8_lossy(&finished.stderr);
            said.trim().trim_start_matches("error: ").replace("\n ", ":")
        }
        How::Deadline => format!("a test guest did not finish in {} ms", DEADLINE.as_millis()),
        How::Signalled(signal) => format!("the test of it died of signal {signal}"),
    })
}
