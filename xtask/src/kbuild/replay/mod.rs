// SPDX-License-Identifier: MIT OR Apache-2.0
//! A build without make, for who has just saved a file and waits: most of what an incremental make takes is its own questions to
//! the compiler, and what it then does stands in its notes. Only files that Kbuild knows may have changed; whatever is in doubt is
//! make's. What comes of it holds until make has confirmed it, byte for byte.

mod plan;
mod symvers;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use self::plan::{Doubt, Note, Plan, plan};
use self::types::Types;
use super::noted::{Noted, plain};
use super::record::Record;
use super::stage::News;
use super::{BUILD_LOG, Order, PathMap, Said, crates, diagnostics, refused, stage, tell, telling};
use crate::cmd::{How, Stream, shell_words};
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::{Arch, KernelTree, Numbers, is_on};
use crate::report::Event;
use crate::toolchain::enter::Access;

/// In a build's folder: a module that make made otherwise.
const DISTRUST: &str = "distrusted";

/// The status of a script that could not do what is ours in it: that is no fault of the driver's.
const FAILED: i32 = 99;

/// No single file takes so long.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(120);

const EXPORTS: &str = "it exports symbols";

/// More objects are quicker made by several jobs of make's.
const MOST: usize = 3;

/// Files that were made.
type Made = BTreeSet<PathBuf>;

/// Builds by Kbuild's notes, if nothing is in doubt.
pub(super) fn without_make(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    (order, dir, paths): (&Order, &Path, &PathMap),
    before: &Record,
    news: &News,
) -> Result<Result<Record, Doubt>> {
    let stage = dir.join("src");
    let changed: BTreeSet<PathBuf> = news.changed.union(&before.pending).cloned().collect();
    let doubts = [
        (news.others, "files have come or gone"),
        (changed.is_empty(), "no file has changed"),
        (before.refused.is_some() && before.pending.is_empty(), "make has not built it before"),
        (!before.is_whole(), "what was built before is gone"),
        (is_distrusted(dir), "make has built another module than its notes"),
    ];
    if let Some((_, doubt)) = doubts.into_iter().find(|(is_so, _)| *is_so) {
        return Ok(Err(doubt.to_owned()));
    }
    let replay = Replay { context, driver, kernel, stage: &stage, frame: &before.frame, after: &before.after };
    let (said, made) = match replay.run(&changed, paths)? {
        Ok(done) => done,
        Err(doubt) => return Ok(Err(doubt)),
    };
    let log = dir.join(BUILD_LOG);
    fs::write(&log, &said.text)?;
    let is_good = said.how == How::Exited(0);
    let refused = (!is_good).then(|| refused(context, kernel, (dir, paths), &telling(said.lines.clone(), &said.text)));
    let modules: Vec<&Path> = before.modules().collect();
    let record = Record::new(
        (order.inputs.clone(), before.frame.clone()),
        said.warnings,
        refused,
        [log.as_path()].into_iter().chain(modules),
    );
    if is_good {
        tell(context, kernel, dir, said.lines);
    }
    let replayed = before.replayed.union(&made).cloned().collect();
    let pending = if is_good { BTreeSet::new() } else { changed };
    Ok(Ok(Record { pending, replayed, after: before.after.clone(), ..record }))
}

/// A driver's build that may be possible without make.
struct Replay<'a> {
    context: &'a Context,
    driver: &'a Driver,
    kernel: &'a KernelTree,
    stage: &'a Path,
    /// What the build hangs on besides sources.
    frame: &'a str,
    /// What else is done to an object, by make's own words: kernels before 5.19 note the compiler's call alone.
    after: &'a BTreeMap<PathBuf, String>,
}

impl Replay<'_> {
    /// Builds what these changed files, relative to the driver's folder, are part of. When it is in doubt, the stage is as make takes
    /// it: what may not be right is gone.
    /// Else it gives what was said, and what was made.
    fn run(&self, changed: &BTreeSet<PathBuf>, paths: &PathMap) -> Result<Result<(Said, Made), Doubt>> {
        if let Some(doubt) = self.doubt()? {
            return Ok(Err(doubt));
        }
        let notes = notes(self.stage, &self.kernel.kdir)?;
        let changed = changed.iter().map(|path| self.stage.join(path)).collect();
        let plan = match plan(&notes, &changed, &|list| fs::read_to_string(list).ok()) {
            Ok(plan) => plan,
            Err(doubt) => return Ok(Err(doubt)),
        };
        if plan.compile.len() > MOST {
            return Ok(Err("many objects have to be made".to_owned()));
        }
        let objects: Vec<PathBuf> = plan.compile.iter().map(|note| note.target()).collect();
        let types = match self.types()? {
            Ok(types) => types,
            Err(doubt) => return Ok(Err(doubt)),
        };
        let script = match self.script(&plan, &objects, types.as_ref()) {
            Ok(script) => script,
            Err(doubt) => return Ok(Err(doubt)),
        };
        let said = self.shell(&script, paths)?;
        let doubt = match said.how {
            How::Exited(0) => self.news(&plan)?,
            How::Exited(FAILED) => {
                Some("the kernel's symbols or the types for the debugger could not be taken".to_owned())
            }
            _ => None,
        };
        if said.how != How::Exited(0) || doubt.is_some() {
            for object in &objects {
                let _gone_already = fs::remove_file(object);
            }
        }
        Ok(doubt.map_or_else(|| Ok((said, plan.makes())), Err))
    }

    /// What is not made by noted commands alone.
    fn doubt(&self) -> Result<Option<Doubt>> {
        let doubts = [
            (self.driver.has_dkms(), "a dkms.conf says how it is built"),
            (self.driver.in_tree.is_some(), "it is of the kernel's own tree"),
            (!crates::crate_roots(&self.driver.dir)?.is_empty(), "it is in Rust"),
            (self.exports(), EXPORTS),
        ];
        Ok(doubts.into_iter().find(|(is_so, _)| *is_so).map(|(_, doubt)| doubt.to_owned()))
    }

    /// Whether there are symbols whose versions are worked out by what is not noted.
    fn exports(&self) -> bool {
        fs::metadata(self.stage.join("Module.symvers")).map_or(1, |data| data.len()) > 0
    }

    /// The kernel's options, as makefiles see them.
    fn config(&self) -> Result<String> {
        Ok(fs::read_to_string(self.kernel.kdir.join("include/config/auto.conf"))?)
    }

    fn types(&self) -> Result<Result<Option<Types>, Doubt>> {
        let are_made = Types::are_made(self.kernel, &self.config()?);
        Ok(if are_made { Types::new(self)?.map(Some) } else { Ok(None) })
    }

    fn script(&self, plan: &Plan<'_>, objects: &[PathBuf], types: Option<&Types>) -> Result<String, Doubt> {
        let config = self.config().unwrap_or_default();
        let is_checked = needs_words(self.kernel) && is_on(&config, "CONFIG_STACK_VALIDATION");
        let quoted = |path: &Path| shell_words(&[path.display().to_string()]);
        let step = |step: &plan::Step| format!("cd {}\n{}\n", quoted(&step.dir), step.line);
        // Debian's objtool asks for it, and make has it in its environment.
        let mut script = vec![format!("set -e\nexport SRCARCH={}\n", Arch::of(&config).folder())];
        script.extend(types.map(|types| types.exports().to_owned()));
        for (note, object) in plan.compile.iter().zip(objects) {
            let mut own = note.step();
            if is_checked {
                let after = self.after.get(object).ok_or("Kbuild does not note how objtool is called")?;
                own.line = format!("{}\n{after}", own.line);
            }
            script.push(step(&own));
        }
        script.extend(plan.link.iter().map(step));
        for (at, module) in plan.modules.iter().enumerate() {
            script.push(format!("before{at}=$(cksum < {})\n", quoted(&module.source)));
        }
        script.push(step(&symvers::modpost(plan, self.stage)));
        for (at, module) in plan.modules.iter().enumerate() {
            let is_same = format!("[ \"$before{at}\" = \"$(cksum < {})\" ]", quoted(&module.source));
            let line = format!("if ! {is_same}; then\n{}\nfi", module.compile.line);
            script.push(step(&plan::Step { line, ..module.compile.clone() }));
            script.push(step(&module.link));
            script.extend(
                types.map(|types| step(&plan::Step { line: types.line(&module.link.target), ..module.link.clone() })),
            );
        }
        Ok(script.concat())
    }

    fn shell(&self, script: &str, paths: &PathMap) -> Result<Said> {
        let way = self.context.way()?;
        let shown = [(self.kernel.dir.as_path(), Access::Read), (self.stage, Access::Write)];
        let shell = way.build_tool("sh", self.kernel, &self.context.cache, &shown)?;
        let shell = shell.arg("-c").arg(script).dir(self.stage).deadline(DEADLINE);
        self.context.events.say(Event::Command { line: shell.to_string() });
        let mut said = Said {
            how: How::Deadline,
            lines: Vec::new(),
            warnings: 0,
            text: format!("$ {shell}\n"),
            after: BTreeMap::new(),
        };
        let finished = shell.lines(&mut |stream, line| {
            let line = paths.to_person(String::from_utf8_lossy(line).trim_end());
            said.text.extend([line.as_str(), "\n"]);
            if stream == Stream::Err {
                said.warnings += usize::from(diagnostics::is_warning(&line));
                said.lines.push(line);
            }
        })?;
        said.how = finished.how;
        Ok(said)
    }

    /// What make would have done besides: the sources export symbols now, or a compiler has read a file that it had not read before.
    fn news(&self, plan: &Plan<'_>) -> Result<Option<Doubt>> {
        let mut doubt = self.exports().then(|| EXPORTS.to_owned());
        for note in &plan.compile {
            let written = note.noted.call.args.iter().find_map(|word| word.strip_prefix("-Wp,-MMD,"));
            let Some(written) = written.map(|path| plain(&note.base.join(path))) else {
                return Ok(Some("Kbuild does not let the compiler note what it reads".to_owned()));
            };
            let text = fs::read_to_string(&written)?;
            fs::remove_file(&written)?;
            let known = note.read();
            let files = text.replace("\\\n", " ");
            let files = files.split_once(": ").map_or("", |(_, files)| files).split_whitespace();
            let mut files = files.map(|file| plain(&note.base.join(file)));
            // scripts/basic/fixdep.c notes the single options in its place.
            let is_news = |file: &PathBuf| !known.contains(file) && !file.ends_with("include/generated/autoconf.h");
            doubt = doubt.or_else(|| Some(format!("`{}` is read now", files.find(is_news)?.display())));
        }
        Ok(doubt)
    }
}

/// Kernels before 5.19 note the compiler's call alone; of what else they do to an object make has to tell
/// (scripts/Makefile.build, rule_cc_o_c).
pub(super) fn needs_words(kernel: &KernelTree) -> bool {
    Numbers::of(&kernel.release).is_some_and(|numbers| numbers < Numbers::of("5.19").expect("a release"))
}

/// The call of objtool that make says with V=1, and the object that it is for.
pub(super) fn objtool(line: &str) -> Option<(PathBuf, String)> {
    let is_it = line.split(' ').next().is_some_and(|program| program.ends_with("/objtool"));
    let object = line.rsplit(' ').next().filter(|object| is_it && object.ends_with(".o"))?;
    Some((object.into(), line.to_owned()))
}

/// Removes what was made without make, so that make has to make it; gives the content of the modules among it.
pub(super) fn take_back(record: &Record) -> Result<BTreeMap<PathBuf, String>> {
    let modules = record.modules().filter(|path| record.replayed.contains(*path) && record.refused.is_none());
    let contents = modules.map(|path| (path.to_owned(), stage::content(path))).collect();
    for path in &record.replayed {
        match fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err.into()),
            _ => (),
        }
    }
    Ok(contents)
}

/// Make has made another module than we had: from now on all here is make's.
pub(super) fn distrust(dir: &Path, module: &Path) -> Result<()> {
    Ok(fs::write(dir.join(DISTRUST), format!("{}\n", module.display()))?)
}

pub(super) fn is_distrusted(dir: &Path) -> bool {
    dir.join(DISTRUST).exists()
}

/// All of Kbuild's notes below a folder.
fn notes(stage: &Path, kdir: &Path) -> Result<Vec<Note>> {
    let mut notes = Vec::new();
    let mut folders = vec![stage.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if entry.file_name().to_string_lossy().ends_with(".cmd")
                && let Some(noted) = Noted::parse(&fs::read_to_string(&path)?)
            {
                notes.push(Note { base: noted.base(&path, kdir), noted });
            }
        }
    }
    Ok(notes)
}
