// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a report's lines to the places in the driver's source that they name.

use super::address;
use super::frame::Frame;
use super::locks;
use super::reader::{Read, Reader};
use super::site::{Site, Symbols};
use super::transcript::Transcript;
use super::verdict::{Failure, Fault, FaultKind, Verdict};

/// Adds to a verdict what is known of the places in it.
pub(super) fn find(verdict: &mut Verdict, transcript: &Transcript) {
    match verdict {
        Verdict::Crash(fault) => {
            let read = of_fault(fault, transcript);
            if !read.by_name {
                fault.why.extend(unloaded(fault, transcript));
            }
            fault.sites = read.sites;
            fault.why.extend(locks::meaning(&fault.log).filter(|_| fault.kind == FaultKind::Lockdep));
            fault.why.extend(watched(fault, &transcript.symbols));
            fault.why.extend(late(fault).or_else(|| address::meaning(&fault.title)).or_else(|| shadow(fault)));
        }
        Verdict::Fail(failures) => failures.iter_mut().for_each(|failure| of_failure(failure, &transcript.symbols)),
        _ => {}
    }
}

/// A watchdog runs in an interrupt, and reports what it found there; everybody else reports what they are in themselves.
fn of_fault(fault: &Fault, transcript: &Transcript) -> Read {
    let is_watchdog = matches!(fault.kind, FaultKind::Lockup | FaultKind::RcuStall);
    let mut steps = transcript.record.steps.iter();
    let step = steps.find(|step| fault.during.as_ref() == Some(&step.description()));
    Reader::new(transcript, is_watchdog).during(step).read(&fault.log)
}

/// A report without a call of the driver's, after the driver was the last module to go, about an address where modules are.
fn unloaded(fault: &Fault, transcript: &Transcript) -> Option<String> {
    let last =
        fault.log.iter().find_map(|line| line.split_once("[last unloaded: ")?.1.split([']', '(', ' ']).next())?;
    let gone = transcript.record.driver_modules().find(|module| *module == last)?;
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

/// ODEBUG says of an object which function it is for; of a module that is gone, only where that was (lib/debugobjects.c).
fn watched(fault: &Fault, symbols: &Symbols) -> Option<String> {
    let (kind, hint) = fault.title.strip_prefix("ODEBUG: ")?.split_once(" object type: ")?.1.split_once(" hint: ")?;
    let site = match Frame::all(hint).next() {
        Some(frame) => symbols.sites(&frame).pop(),
        None => symbols.sites_at(hint.trim(), true).pop(),
    }?;
    Some(format!("the object is the {kind} of {}", words(&site)))
}

/// A function, with its place in short.
fn words(site: &Site) -> String {
    let place = site.file.as_ref().zip(site.line).map(|(file, line)| {
        let name = file.rsplit('/').next().unwrap_or_default();
        format!(" ({name}:{line})")
    });
    format!("`{}`{}", site.function, place.unwrap_or_default())
}

/// Of memory that somebody wrote to (mm/slub.c), the kernel learns when it looks at it next.
fn late(fault: &Fault) -> Option<String> {
    let is_late =
        ["Poison overwritten", "edzone overwritten", "Padding overwritten", "Object corrupt", "Freepointer corrupt"];
    is_late
        .iter()
        .any(|text| fault.title.contains(text))
        .then(|| "the kernel noticed it when it looked at that memory next; what wrote to it did so before".to_owned())
}

/// KASAN's check of an address reads a shadow of it, and for one near NULL there is none (Documentation/dev-tools/kasan.rst). The kernel
/// says so where it can read the instruction.
fn shadow(fault: &Fault) -> Option<String> {
    let is_shadow = fault.title.contains("general protection fault") && fault.title.contains(" KASAN");
    is_shadow.then(|| {
        "this kernel has KASAN, which looks up each address first: for NULL, and for one that makes no sense, that look-up ends so"
            .to_owned()
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
