// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a report's lines to the places in the driver's source that they name.

use super::frame::{Frame, plain};
use super::site::{Role, Site, Symbols};
use super::transcript::Transcript;
use super::verdict::{Failure, Fault, FaultKind, Verdict};

/// So many places explain a report; a stack of more is one that ran over.
const MOST: usize = 16;

/// Adds to a verdict what is known of the places in it.
pub(super) fn find(verdict: &mut Verdict, transcript: &Transcript) {
    match verdict {
        Verdict::Crash(fault) => {
            fault.sites = of_fault(fault, transcript);
            fault.why.extend(unloaded(fault, transcript));
            fault.why.extend(late(fault));
        }
        Verdict::Fail(failures) => failures.iter_mut().for_each(|failure| of_failure(failure, &transcript.symbols)),
        _ => {}
    }
}

/// A watchdog runs in an interrupt, and reports what it found there; everybody else reports what they are in themselves.
fn of_fault(fault: &Fault, transcript: &Transcript) -> Vec<Site> {
    let is_watchdog = matches!(fault.kind, FaultKind::Lockup | FaultKind::RcuStall);
    Reader::new(transcript, is_watchdog).read(&fault.log)
}

/// A report without a call of the driver's, after the driver was the last module to go, about an address where modules are.
fn unloaded(fault: &Fault, transcript: &Transcript) -> Option<String> {
    let last =
        fault.log.iter().find_map(|line| line.split_once("[last unloaded: ")?.1.split([']', '(', ' ']).next())?;
    let gone = transcript.record.driver_modules().find(|module| *module == last && fault.sites.is_empty())?;
    // Documentation/arch/x86/x86_64/mm.rst: modules lie from ffffffffa0000000 to fffffffffeffffff.
    let is_of_modules = |word: &str| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let address = u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 16);
        address.is_some_and(|address| (0xffff_ffff_a000_0000..=0xffff_ffff_feff_ffff).contains(&address))
    };
    let stood_there = fault.log.iter().filter_map(|line| line.strip_prefix("RIP: 0010:")).any(is_of_modules);
    if stood_there {
        return Some(format!("the code that ran was of `{gone}`, which had been unloaded: something still called it"));
    }
    is_of_modules(fault.title.rsplit(' ').next()?).then(|| {
        format!(
            "the kernel still used something of `{gone}`, which had been unloaded: a timer, a work item, a callback"
        )
    })
}

/// Of memory that somebody wrote to (mm/slub.c), the kernel learns when it looks at it next.
fn late(fault: &Fault) -> Option<String> {
    let is_late =
        ["Poison overwritten", "edzone overwritten", "Padding overwritten", "Object corrupt", "Freepointer corrupt"];
    is_late.iter().any(|text| fault.title.contains(text)).then(|| {
        "the kernel noticed it here, where it looked at that memory next; what wrote to it did so before".to_owned()
    })
}

/// Errnos that the kernel's module loader has itself (kernel/module/main.c), before or without the driver's init.
const OF_LOADER: &[&str] = &[
    "EPERM",
    "ENOENT",
    "ENOEXEC",
    "ENOMEM",
    "EFAULT",
    "EBUSY",
    "EEXIST",
    "EINVAL",
    "EBADMSG",
    "ENOKEY",
    "EKEYREJECTED",
];

/// Where a driver's init refuses: the one line that names the errno, or else the function. An errno that the loader may
/// have refused with is init's only if init names it.
fn of_failure(failure: &mut Failure, symbols: &Symbols) {
    let Failure::Load { module, errno, meaning, site, why, .. } = failure else { return };
    // The loader said why: init did not run.
    if !why.is_empty() {
        return;
    }
    let Some(init) = symbols.inits.get(module) else { return };
    let named = init.errnos.get(errno).map_or(&[][..], Vec::as_slice);
    if !named.is_empty() && OF_LOADER.contains(&errno.as_str()) {
        // Its meaning is of both, the loader and init.
        *meaning = "its init returned it".to_owned();
    }
    *site = match named {
        [line] => Some(Box::new(line.clone())),
        [] if OF_LOADER.contains(&errno.as_str()) => None,
        [] => Some(Box::new(init.site.clone())),
        lines => {
            let numbers: Vec<String> = lines.iter().filter_map(|site| site.line).map(|line| line.to_string()).collect();
            let why = format!("lines {} name {errno}", numbers.join(", "));
            Some(Box::new(Site { why: Some(why), ..init.site.clone() }))
        }
    };
}

/// What the lines that follow are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Report,
    Allocated,
    Freed,
    /// What the report itself was not made in.
    Other,
}

pub(super) struct Reader<'a> {
    symbols: &'a Symbols,
    /// The driver's modules; others are the kernel's.
    modules: Vec<&'a str>,
    /// Whether what an interrupt came upon counts.
    with_interrupted: bool,
    about: About,
    sites: Vec<Site>,
    /// The function of the kernel that the next call of the driver's is the caller of.
    through: Option<&'a str>,
    /// The last frame was the driver's.
    in_driver: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(transcript: &'a Transcript, with_interrupted: bool) -> Self {
        Self {
            symbols: &transcript.symbols,
            modules: transcript.record.driver_modules().collect(),
            with_interrupted,
            about: About::Report,
            sites: Vec::new(),
            through: None,
            in_driver: false,
        }
    }

    /// The driver's places, the innermost first, each once; those of the report itself before the others.
    pub(super) fn read(mut self, lines: &'a [String]) -> Vec<Site> {
        for line in lines {
            // What follows are the registers again.
            if line.starts_with("---[ end trace ") {
                break;
            }
            if let Some(about) = about(line) {
                (self.about, self.through, self.in_driver) = (about, None, false);
            }
            if matches!(line.trim(), "</IRQ>" | "</NMI>") && self.about == About::Report {
                (self.through, self.in_driver) = (None, false);
                if !self.with_interrupted {
                    self.about = About::Other;
                }
            }
            for frame in Frame::all(line).filter(|frame| !frame.guessed) {
                self.frame(&frame);
            }
        }
        self.sites.sort_by_key(|site| site.role);
        self.sites
    }

    fn frame(&mut self, frame: &Frame<'a>) {
        let role = match self.about {
            About::Report => Role::Here,
            About::Allocated => Role::Allocated,
            About::Freed => Role::Freed,
            About::Other => return,
        };
        if frame.module.is_none_or(|module| !self.modules.contains(&module)) {
            if let Some(last) = self.sites.last_mut().filter(|_| self.in_driver) {
                last.from.get_or_insert_with(|| plain(frame.function).to_owned());
            }
            (self.through, self.in_driver) = (Some(plain(frame.function)), false);
            return;
        }
        let mut sites = self.symbols.sites(frame);
        if let Some(first) = sites.first_mut() {
            first.through = self.through.take().map(str::to_owned);
        }
        self.in_driver = true;
        for mut site in sites {
            site.role = role;
            if self.sites.len() < MOST && !self.sites.iter().any(|known| is_same(known, &site)) {
                self.sites.push(site);
            }
        }
    }
}

fn is_same(a: &Site, b: &Site) -> bool {
    (a.role, &a.function, &a.file, a.line) == (b.role, &b.function, &b.file, b.line)
}

/// Lines that begin something else, as mm/kasan/report.c, mm/kfence/report.c, mm/slub.c and mm/kmemleak.c print them.
fn about(line: &str) -> Option<About> {
    let line = line.trim_start();
    let line = line.strip_prefix("INFO: ").unwrap_or(line);
    let starts = |texts: &[&str]| texts.iter().any(|text| line.starts_with(text));
    if starts(&["Allocated by task ", "allocated by task ", "Allocated in ", "unreferenced object "]) {
        Some(About::Allocated)
    } else if starts(&["Freed by task ", "freed by task ", "Freed in "]) {
        Some(About::Freed)
    } else if starts(&["Last potentially related work creation:", "Second to last potentially related work creation:"])
    {
        Some(About::Other)
    } else if starts(&["CPU: ", "The buggy address belongs to "]) {
        Some(About::Report)
    } else {
        None
    }
}
