// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which lines of source the frames of a run's log are: looked up right after the run in the modules that ran, and left in
//! the run's folder as `symbols.json`, so that a run can be judged again without them.
//!
//! The modules are taken out of the run's initramfs: those in the build's folder may be others by now. A log without a frame
//! of the driver's costs nothing but its reading.

mod object_file;
mod resolve;
mod source;
#[cfg(test)]
mod tests;
mod unstripped;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use cpio::newc;
use fs_err as fs;

use self::object_file::ObjectFile;
use self::resolve::Resolver;
pub(crate) use self::source::{Sources, plain_path};
use crate::guest::INITRD;
use crate::judge::site::{Init, Site, Symbols};
use crate::judge::{Frame, Record, Transcript, bare, clean, jumps, plain};

/// So many different frames are looked up; no report has as many, but a driver can print what it likes.
const MOST: usize = 512;

/// And so many places of code, of modules that are loaded again and again.
const MOST_CODES: usize = 8192;

/// A line of a log is read up to so many bytes.
const LONGEST: usize = 4096;

/// What a log asks about one module.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    frames: BTreeSet<String>,
    /// Addresses that the kernel had no name for, since the module was gone: the section they were in, and how far.
    addresses: BTreeMap<String, (String, u64)>,
    /// It was not loaded.
    refused: bool,
    /// A call into it took long and may not have come back, or a stack has the kernel's caller and not the function.
    waited: bool,
    /// The functions that the kernel ran where it calls what it was handed.
    jumps: BTreeSet<String>,
}

/// What the kernel calls when a module is loaded and unloaded (include/linux/module.h).
const ENTRIES: &[&str] = &["init_module", "cleanup_module"];

/// A section of a module's code.
struct Code {
    module: String,
    section: String,
}

impl Code {
    /// Where one lay, as the guest's init tells after it has loaded it: `# code MODULE SECTION 0xADDRESS`.
    fn parse(line: &[u8], modules: &BTreeSet<&str>) -> Option<(u64, Self)> {
        let text = clean(line.strip_prefix(b"# code ")?);
        let mut words = text.split(' ');
        let (module, section, start) = (words.next()?, words.next()?, address(words.next()?)?);
        modules.contains(module).then(|| (start, Self { module: module.to_owned(), section: section.to_owned() }))
    }
}

fn address(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Looks up what the log in a run's folder names of the driver, and leaves it there. Modules that can't be read are no error:
/// the file then says why there are no lines.
pub(crate) fn write(dir: &Path, record: &Record, sources: impl FnOnce() -> Sources) -> Result<()> {
    let console = read_or_empty(&dir.join(Transcript::CONSOLE));
    let results = read_or_empty(&dir.join(Transcript::RESULTS));
    let asked = asked(record, &[&console, &results]);
    if asked.is_empty() {
        return Ok(());
    }
    let sources = sources();
    let mut symbols = Symbols::default();
    for (module, asked) in &asked {
        let answered = module_of(&dir.join(INITRD), module).and_then(|elf| {
            let whole = sources.debug_info().and_then(|place| unstripped::find(place, module, &elf));
            answer(module, &whole.unwrap_or(elf), asked, &sources, &mut symbols)
        });
        if let Err(err) = answered {
            let why = format!("`{module}.ko` can't be read: {}", crate::report::brief(&err));
            explain(module, asked, &why, &mut symbols);
        }
    }
    fs::write(dir.join(Symbols::FILE), serde_json::to_string_pretty(&symbols)?)?;
    Ok(())
}

/// What these logs ask, by module.
fn asked(record: &Record, logs: &[&[u8]]) -> BTreeMap<String, Asked> {
    let modules: BTreeSet<&str> = record.driver_modules().collect();
    let mut asked: BTreeMap<String, Asked> = BTreeMap::new();
    let mut left = MOST;
    let lines = || logs.iter().flat_map(|log| log.split(|byte| *byte == b'\n'));
    // A module that is loaded again may lie elsewhere, and another where it was: then the last one counts.
    let mut seen = Seen::default();
    let codes: BTreeMap<u64, Code> = lines().filter_map(|line| Code::parse(line, &modules)).take(MOST_CODES).collect();
    for line in lines() {
        let line = &line[..line.len().min(LONGEST)];
        if let Some(rest) = line.strip_prefix(b"not ok ") {
            let text = clean(rest);
            let loaded = text.split_once(" load ").map(|(_, module)| module);
            if let Some(module) = loaded.filter(|module| modules.contains(module)) {
                asked.entry(module.to_owned()).or_default().refused = true;
            }
        }
        if line.starts_with(b"# waits ") {
            modules.iter().for_each(|module| asked.entry((*module).to_owned()).or_default().waited = true);
        }
        if left == 0 || !line.windows(2).any(|two| two == b"0x") {
            continue;
        }
        let text = clean(line);
        let gone = bare(&text).and_then(|(text, _)| Some((text, address(text)?)));
        let code_of = |at: u64| codes.range(..=at).next_back();
        if let Some((text, at, (start, code))) = gone.and_then(|(text, at)| Some((text, at, code_of(at)?))) {
            let addresses = &mut asked.entry(code.module.clone()).or_default().addresses;
            let place = (code.section.clone(), at - start);
            left -= usize::from(addresses.insert(text.to_owned(), place).is_none());
        }
        Frame::all(&text).for_each(|frame| seen.frame(&frame));
        let ours = Frame::all(&text).filter(|frame| frame.module.is_some_and(|module| modules.contains(module)));
        for frame in ours {
            let module = asked.entry(frame.module.unwrap_or_default().to_owned()).or_default();
            if left > 0 && module.frames.insert(frame.key()) {
                left -= 1;
            }
        }
    }
    for module in modules.iter().filter(|_| seen.by_loader || !seen.called.is_empty()) {
        let module = asked.entry((*module).to_owned()).or_default();
        module.waited |= seen.by_loader;
        module.jumps.clone_from(&seen.called);
    }
    asked
}

/// The stacks of a log on which a function of a driver could be missing, since it ended with a jump.
#[derive(Default)]
struct Seen {
    /// The function of the kernel whose frame was the last one.
    last: Option<String>,
    /// What stood right above one who calls what it was handed.
    called: BTreeSet<String>,
    /// One of these is the module loader.
    by_loader: bool,
}

impl Seen {
    fn frame(&mut self, frame: &Frame<'_>) {
        if frame.guessed {
            return;
        }
        let of_kernel = frame.module.is_none().then(|| plain(frame.function));
        if let (Some(last), Some(caller)) = (self.last.take(), of_kernel) {
            self.by_loader |= jumps::is_loader(caller);
            if jumps::is_caller(caller) && self.called.len() < MOST {
                self.called.insert(last);
            }
        }
        self.last = of_kernel.map(str::to_owned);
    }
}

fn answer(module: &str, elf: &[u8], asked: &Asked, sources: &Sources, symbols: &mut Symbols) -> Result<()> {
    let object = ObjectFile::parse(elf)?;
    let resolver = Resolver::new(module, &object, sources)?;
    for key in &asked.frames {
        let Some(frame) = Frame::all(key).next() else { continue };
        // Whether a frame is an instruction or a call, its line tells, and the same frame may be both.
        symbols.instructions.insert(key.clone(), resolver.frame(&Frame { exact: true, ..frame }));
        symbols.calls.insert(key.clone(), resolver.frame(&frame));
        symbols.after_halt.extend(resolver.is_after_halt(&frame).then(|| key.clone()));
        symbols.entries.extend(resolver.called(&frame).map(|entry| (key.clone(), entry)));
    }
    for name in ENTRIES.iter().filter(|_| asked.waited) {
        symbols.entries.extend(resolver.entry(name).map(|entry| (Symbols::entry(name, module), entry)));
    }
    if !asked.jumps.is_empty() {
        let ending = resolver.ending_with(&asked.jumps).into_iter();
        symbols.entries.extend(ending.map(|(name, entry)| (Symbols::entry(&name, module), entry)));
    }
    for (text, (section, offset)) in &asked.addresses {
        // What is not in the section is somebody else's.
        for (known, exact) in [(&mut symbols.instructions, true), (&mut symbols.calls, false)] {
            known.extend(resolver.code(section, *offset, exact).map(|sites| (text.clone(), sites)));
        }
        symbols.entries.extend(resolver.called_from(section, *offset).map(|entry| (text.clone(), entry)));
    }
    if let Some(init) = asked.refused.then(|| resolver.init()).flatten() {
        symbols.inits.insert(module.to_owned(), init);
    }
    Ok(())
}

fn explain(module: &str, asked: &Asked, why: &str, symbols: &mut Symbols) {
    for key in &asked.frames {
        let site = Frame::all(key).next().map(|frame| Site { why: Some(why.to_owned()), ..frame.site() });
        let sites: Vec<Site> = site.into_iter().collect();
        symbols.instructions.insert(key.clone(), sites.clone());
        symbols.calls.insert(key.clone(), sites);
    }
    if asked.refused {
        let site = Site { module: module.to_owned(), why: Some(why.to_owned()), ..Site::default() };
        symbols.inits.insert(module.to_owned(), Init { site, errnos: BTreeMap::new() });
    }
}

/// A module as it was put into the guest.
fn module_of(initrd: &Path, module: &str) -> Result<Vec<u8>> {
    let wanted = format!("modules/{module}.ko");
    let mut file = BufReader::new(fs::File::open(initrd)?);
    loop {
        let mut entry = newc::Reader::new(file).with_context(|| format!("`{}` is broken", initrd.display()))?;
        if entry.entry().is_trailer() {
            anyhow::bail!("`{}` has no such module", initrd.display());
        }
        if entry.entry().name() == wanted {
            let mut elf = Vec::new();
            entry.read_to_end(&mut elf)?;
            return Ok(elf);
        }
        file = entry.finish()?;
    }
}

fn read_or_empty(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}
