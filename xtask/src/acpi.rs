// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables of the machine's firmware: a driver's files in ACPI's source language, compiled by iasl.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use fs_err as fs;

use crate::cmd::How;
use crate::context::Context;
use crate::driver::Driver;
use crate::kbuild::{Build, PathMap};
use crate::report::Event;
use crate::toolchain::Way;
use crate::toolchain::enter::Access;

/// The largest tables take iasl a second.
const DEADLINE: Duration = Duration::from_secs(60);

/// What came of a driver's tables.
pub(crate) enum Tables {
    Compiled(Vec<PathBuf>),
    /// iasl's lines that say why not, as a compiler has them.
    Refused(Vec<String>),
}

/// Compiles the driver's tables, beside its build.
pub(crate) fn tables(context: &Context, driver: &Driver, build: &Build) -> Result<Tables> {
    let sources = &driver.manifest.hardware.acpi;
    if sources.is_empty() {
        return Ok(Tables::Compiled(Vec::new()));
    }
    let way = context.way()?;
    let root = if way == Way::Host { PathBuf::new() } else { context.tools()?.iasl_root()? };
    let dir = build.stage.with_file_name("tables");
    fs::create_dir_all(&dir)?;
    let paths = PathMap::new(&build.stage, &driver.dir);
    let mut compiled = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let from = build.stage.join(source);
        ensure!(from.is_file(), "there is no `{}` in the driver's folder", source.display());
        let to = dir.join(format!("table-{}", at + 1));
        let shown = [(build.stage.as_path(), Access::Read), (&dir, Access::Write)];
        // Short messages, one a line, no greeting, and the table where it is wanted; what is included lies beside the file.
        let iasl = way.iasl(&root, &context.cache, &shown)?.args(["-vi", "-vs", "-p"]).arg(&to).arg("-I");
        let iasl = iasl.arg(from.parent().unwrap_or(&build.stage)).arg(&from).dir(&dir).deadline(DEADLINE);
        let finished = iasl.output()?;
        let said = [finished.stdout, finished.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let messages = messages(&said, &paths);
        match finished.how {
            How::Exited(0) => messages.into_iter().for_each(|line| context.events.say(Event::Diagnostic { line })),
            How::Exited(_) if !messages.is_empty() => return Ok(Tables::Refused(messages)),
            _ => bail!("iasl failed on `{}`:\n{}", source.display(), said.trim()),
        }
        let table = to.with_extension("aml");
        if fs::metadata(&table).map_or(0, |table| table.len()) == 0 {
            let shown = paths.to_person(&from.display().to_string());
            // iasl calls that a success.
            let why = "there is no DefinitionBlock in this file; one in a file that it includes does not count";
            return Ok(Tables::Refused(vec![format!("{shown}:1: error: {why}")]));
        }
        compiled.push(table);
    }
    Ok(Tables::Compiled(compiled))
}

/// iasl's messages as a compiler has them, `FILE:LINE: error: MESSAGE`, each once. It writes `FILE(LINE) : Error   6126 - MESSAGE`.
fn messages(said: &str, paths: &PathMap) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for message in said.lines().filter_map(message) {
        let message = paths.to_person(&message);
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    messages
}

fn message(line: &str) -> Option<String> {
    let (place, rest) = line.split_once(") : ")?;
    let (file, number) = place.rsplit_once('(')?;
    let (kind, text) = rest.split_once(" - ")?;
    let kind = kind.split_whitespace().next()?.to_lowercase();
    number.parse::<u32>().ok()?;
    Some(format!("{file}:{number}: {kind}: {}", text.trim()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_iasl_says() {
        let check = |said: &str, expected: &[&str]| {
            let paths = PathMap::new(Path::new("/copy"), Path::new("/person"));
            assert_eq!(messages(said, &paths), expected);
        };
        let error = "/copy/hw/ec.asl(7) : Error   6126 - syntax error, unexpected PARSEOP_METHOD\n";
        let warning = "/copy/ec.asl(12) : Warning 3115 -     Not all control paths return a value";
        check(
            &[error, error, "\n", warning].concat(),
            &[
                "/person/hw/ec.asl:7: error: syntax error, unexpected PARSEOP_METHOD",
                "/person/ec.asl:12: warning: Not all control paths return a value",
            ],
        );
        check("ASL Input:     /copy/ec.asl -     284 bytes      8 keywords\nCompilation successful. 0 Errors", &[]);
    }
}
