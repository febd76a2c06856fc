// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask judge`

use std::path::PathBuf;

use anyhow::Result;

use crate::judge::{Transcript, judge};
use crate::outcome::{ExitStatus, Outcome, Ran};
use crate::report::{Event, Events};

pub(super) fn run(events: &Events, dirs: &[PathBuf]) -> Result<ExitStatus> {
    let mut verdicts = Vec::new();
    for dir in dirs {
        let transcript = Transcript::read(dir)?;
        let judgement = judge(&transcript);
        verdicts.push(judgement.verdict.clone());
        let record = transcript.record;
        let mut outcome = Outcome::new(&record.driver, &record.kernel, judgement, dir.clone());
        outcome.ran = Some(Ran { steps: record.steps.len(), ms: record.wall_ms });
        events.say(Event::Outcome(Box::new(outcome)));
    }
    Ok(ExitStatus::of(verdicts.iter()))
}
