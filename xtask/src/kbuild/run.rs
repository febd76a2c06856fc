// SPDX-License-Identifier: MIT OR Apache-2.0
//! make's run: what it says of its progress, and what is kept of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::{PathMap, diagnostics, replay, rustc};
use crate::cmd::{Cmd, How, Stream};
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::KernelTree;
use crate::report::{Event, Unit};

/// What make said.
pub(super) struct Said {
    pub(super) how: How,
    /// Standard error.
    pub(super) lines: Vec<String>,
    pub(super) warnings: usize,
    pub(super) text: String,
    /// How objtool was called, by the objects.
    pub(super) after: BTreeMap<PathBuf, String>,
}

/// Runs it to its end, or its deadline.
pub(super) fn run_make(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    make: &Cmd,
    paths: &PathMap,
) -> Result<Said> {
    context.events.say(Event::Command { line: make.to_string() });
    let mut lines = Vec::new();
    let mut warnings = 0;
    let mut steps = 0;
    let mut text = format!("$ {make}\n");
    let progress =
        context.events.progress(format!("building {} for {}", driver.own_name, kernel.release), 0, Unit::Things);
    let mut take = |stream, line: &str| {
        let line = paths.to_person(line);
        text.push_str(&line);
        text.push('\n');
        match stream {
            Stream::Out => {
                steps += 1;
                progress.at(steps);
            }
            Stream::Err => {
                warnings += usize::from(diagnostics::is_warning(&line));
                lines.push(line);
            }
        }
    };
    let mut joined = rustc::Joined::default();
    let mut after = BTreeMap::new();
    let finished = make.lines(&mut |stream, line| {
        let line = String::from_utf8_lossy(line);
        match stream {
            Stream::Out => {
                after.extend(replay::objtool(line.trim()));
                take(stream, line.trim_end());
            }
            Stream::Err => joined.push(line.trim_end()).iter().for_each(|line| take(stream, line)),
        }
    })?;
    joined.rest().iter().for_each(|line| take(Stream::Err, line));
    Ok(Said { how: finished.how, lines, warnings, text, after })
}
