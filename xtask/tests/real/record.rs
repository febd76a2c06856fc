// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeps runs of the zoo as golden transcripts: with WORKBENCH_RECORD=1, what the judge reads of a run's folder is copied
//! to tests/transcripts, with neutral names in place of the folders of this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The variable that asks for it.
const VARIABLE: &str = "WORKBENCH_RECORD";

/// What a golden transcript has; all but the first three only some runs.
const FILES: &[&str] =
    &["run.json", "console.log", "results.ktap", "symbols.json", "exports.json", "baseline.log", "baseline.ktap"];

/// Copies the run that an outcome is about, if that is asked for and there was one.
pub(crate) fn record(outcome: &Value, module: &str, kernel: &str) -> Result<()> {
    if std::env::var_os(VARIABLE).is_none() || outcome["ran"].is_null() {
        return Ok(());
    }
    let kept = PathBuf::from(outcome["kept"].as_str().context("the outcome does not say where its run is")?);
    // A test wants this of transcripts that are judged good.
    let good = if outcome["verdict"]["verdict"] == "pass" { "pass-" } else { "" };
    let (name, tree) = if kernel.contains('/') { ("a-tree", Some(kernel)) } else { (kernel, None) };
    let folder = crate::root().join("tests/transcripts").join(format!("{good}{module}-on-{name}"));
    std::fs::create_dir_all(&folder)?;
    for file in FILES {
        let from = kept.join(file);
        if from.exists() {
            let text = neutral(&std::fs::read(&from)?, &names(&kept, tree)?);
            let text = if *file == "run.json" { pretty(&text)? } else { text };
            std::fs::write(folder.join(file), text)?;
        }
    }
    Ok(())
}

/// What stands for the folders of this machine; longer ones first, since one may lie in another.
fn names(kept: &Path, tree: Option<&str>) -> Result<Vec<(String, &'static str)>> {
    let home = std::env::var("HOME").unwrap_or_default();
    let cache = std::env::var("WORKBENCH_CACHE").unwrap_or_else(|_| format!("{home}/.cache/module-workbench"));
    let root = crate::root().canonicalize()?;
    let tree = tree.map(|tree| Path::new(tree).canonicalize()).transpose()?;
    let tree = tree.map(|tree| tree.display().to_string()).unwrap_or_default();
    let folders = [
        (kept.display().to_string(), "/run"),
        (root.display().to_string(), "/w"),
        (tree, "/linux"),
        (cache, "/cache"),
        (home, "/home"),
    ];
    let mut names: Vec<(String, &'static str)> =
        folders.into_iter().filter(|(folder, _)| folder.len() > 1 && folder.starts_with('/')).collect();
    names.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
    Ok(names)
}

/// Bytes with other names in them; a name counts where no longer word begins or goes on.
fn neutral(bytes: &[u8], names: &[(String, &'static str)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let begins = !out.last().is_some_and(is_word);
        let found = names.iter().filter(|_| begins).find_map(|(folder, name)| {
            let after = rest.strip_prefix(folder.as_bytes())?;
            (!after.first().is_some_and(is_word)).then_some((after, name))
        });
        match found {
            Some((after, name)) => {
                out.extend_from_slice(name.as_bytes());
                rest = after;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

fn pretty(json: &[u8]) -> Result<Vec<u8>> {
    let record: Value = serde_json::from_slice(json)?;
    ensure!(record.is_object(), "run.json is not an object");
    Ok(format!("{}\n", serde_json::to_string_pretty(&record)?).into_bytes())
}

/// A test of what stands above.
pub(crate) fn names_are_neutral() -> std::result::Result<(), libtest_mimic::Failed> {
    let names = [("/its/me/tree".to_owned(), "/w"), ("/its/me".to_owned(), "/home")];
    let text = "at /its/me/tree/tests/x.c:3 /its/me/trees /its/mel \"/its/me\" x/its/me/tree";
    let said = String::from_utf8_lossy(&neutral(text.as_bytes(), &names)).into_owned();
    let wanted = "at /w/tests/x.c:3 /home/trees /its/mel \"/home\" x/its/me/tree";
    if said == wanted { Ok(()) } else { Err(format!("`{said}`, not `{wanted}`").into()) }
}
