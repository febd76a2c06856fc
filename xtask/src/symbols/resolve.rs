// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a frame to lines of source, by a module's own debug information.

use std::collections::{BTreeMap, BTreeSet};

use addr2line::Context;
use anyhow::Result;

use super::ENTRIES;
use super::object_file::{Ending, Jump, ObjectFile, Slice, Symbol};
use super::source::Sources;
use crate::judge::jumps::leads_to;
use crate::judge::site::{Entry, Init, Site, Tail};
use crate::judge::{Frame, plain};

/// Functions that became part of each other at one place; more are no program of this world.
const DEEPEST: usize = 32;

/// A module that can be asked what its frames are.
pub(super) struct Resolver<'a> {
    module: &'a str,
    object: &'a ObjectFile<'a>,
    lines: Option<Context<Slice<'a>>>,
    sources: &'a Sources,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(module: &'a str, object: &'a ObjectFile<'a>, sources: &'a Sources) -> Result<Self> {
        let lines = object.has_lines().then(|| Context::from_dwarf(object.dwarf())).transpose()?;
        Ok(Self { module, object, lines, sources })
    }

    /// The sites of a frame, the innermost function first. Never none: at worst the function's name, and why there is no more.
    pub(super) fn frame(&self, frame: &Frame<'_>) -> Vec<Site> {
        self.try_frame(frame).unwrap_or_else(|why| vec![Site { why: Some(why), ..frame.site() }])
    }

    fn try_frame(&self, frame: &Frame<'_>) -> Result<Vec<Site>, String> {
        let twins = self.object.functions(frame.function);
        if twins.is_empty() && self.object.has_data(frame.function) {
            return Err("it is data, and no function".to_owned());
        }
        let symbol = choose(&twins, frame)?;
        // A call's frame is where it returns to, which may be the next line, or the next function.
        let back = u64::from(!frame.exact);
        let address = symbol.address + frame.offset.saturating_sub(back);
        let sites = self.at(address)?;
        if sites.is_empty() { Err(NO_LINE.to_owned()) } else { Ok(sites) }
    }

    /// The sites of a place in a section of code; none if it has no such place, or no line is known of it.
    pub(super) fn code(&self, section: &str, offset: u64, exact: bool) -> Option<Vec<Site>> {
        let offset = offset.checked_sub(u64::from(!exact))?;
        let address = self.object.address_in(section, offset)?;
        self.at(address).ok().filter(|sites| !sites.is_empty())
    }

    fn at(&self, address: u64) -> Result<Vec<Site>, String> {
        let Some(lines) = &self.lines else { return Err(NO_DEBUG.to_owned()) };
        let broken = |err| format!("the module's debug information can't be read: {err}");
        let mut frames = lines.find_frames(address).skip_all_loads().map_err(broken)?;
        let mut sites: Vec<Site> = Vec::new();
        while let Some(frame) = frames.next().map_err(broken)? {
            if sites.len() == DEEPEST {
                break;
            }
            let Some(name) = frame.function.as_ref().and_then(|name| name.raw_name().ok()) else { continue };
            let (file, line) = frame.location.map_or((None, None), |at| (at.file, at.line));
            let site = Site { function: plain(&name).to_owned(), module: self.module.to_owned(), ..Site::default() };
            if let Some(inner) = sites.last_mut() {
                inner.inlined = true;
            }
            sites.push(self.sources.place(site, file, line.filter(|line| *line > 0)));
        }
        Ok(sites)
    }

    /// What the kernel calls in a module by this name, `init_module` or `cleanup_module`, and what it ends with; none for a
    /// module that has no such function.
    pub(super) fn entry(&self, name: &str) -> Option<Entry> {
        let (name, symbol) = self.object.alias(name)?;
        Some(Entry { site: self.function(&name, &symbol), tails: self.tails(self.object.tail_calls(&name, symbol)) })
    }

    /// The module's own function that a frame's call calls, if it ends with a call.
    pub(super) fn called(&self, frame: &Frame<'_>) -> Option<Entry> {
        let from = choose(&self.object.functions(frame.function), frame).ok()?;
        self.called_before(from.address.checked_add(frame.offset)?)
    }

    /// The same of a call that returns to this place in a section of code.
    pub(super) fn called_from(&self, section: &str, offset: u64) -> Option<Entry> {
        self.called_before(self.object.address_in(section, offset)?)
    }

    fn called_before(&self, address: u64) -> Option<Entry> {
        let (name, symbol) = self.object.called(address)?;
        let tails = self.tails(self.object.tail_calls(&name, symbol));
        (!tails.is_empty()).then(|| Entry { site: self.function(&name, &symbol), tails })
    }

    /// Whether the instruction before a frame is one that halts.
    pub(super) fn is_after_halt(&self, frame: &Frame<'_>) -> bool {
        let symbol = choose(&self.object.functions(frame.function), frame).ok();
        symbol.is_some_and(|symbol| self.object.halts_before(symbol.address.saturating_add(frame.offset)))
    }

    /// By name, the functions that end with a call that can lead to one of these, but for what [`Resolver::entry`] has.
    pub(super) fn ending_with(&self, calls: &BTreeSet<String>) -> BTreeMap<String, Entry> {
        let entries: Vec<String> = ENTRIES.iter().filter_map(|name| Some(self.object.alias(name)?.0)).collect();
        let mut found: BTreeMap<String, Entry> = BTreeMap::new();
        let leads = |to: &str| calls.iter().any(|call| leads_to(to, call));
        for Ending { name, symbol, jumps } in self.object.ending_with(leads) {
            let name = plain(&name).to_owned();
            if !entries.contains(&name) {
                let new = || Entry { site: self.function(&name, &symbol), tails: Vec::new() };
                found.entry(name.clone()).or_insert_with(new).tails.extend(self.tails(jumps));
            }
        }
        found
    }

    fn tails(&self, jumps: Vec<Jump>) -> Vec<Tail> {
        let tail = |jump: Jump| Some(Tail { sites: self.at(jump.address).ok()?, to: jump.to });
        jumps.into_iter().filter_map(tail).collect()
    }

    /// Where a function begins.
    fn function(&self, name: &str, symbol: &Symbol) -> Site {
        let unknown = Site { function: plain(name).to_owned(), module: self.module.to_owned(), ..Site::default() };
        let site = match self.at(symbol.address) {
            Ok(mut sites) => sites.pop().map(|own| Site { function: unknown.function.clone(), ..own }),
            Err(why) => Some(Site { why: Some(why), ..unknown.clone() }),
        };
        let site = site.unwrap_or_else(|| Site { why: Some(NO_LINE.to_owned()), ..unknown });
        self.sources.heading(site)
    }

    /// The module's init function, with the lines that name errnos; none for a module that has no init.
    pub(super) fn init(&self) -> Option<Init> {
        let (name, symbol) = self.object.alias("init_module")?;
        let site = self.function(&name, &symbol);
        let mut errnos: BTreeMap<String, Vec<Site>> = BTreeMap::new();
        for place in self.functions_in(&symbol) {
            for (errno, line) in self.sources.errnos(&place) {
                let site = Site { line: None, source: Vec::new(), ..place.clone() };
                let named = errnos.entry(errno).or_default();
                let site = self.sources.place(site, place.file.as_deref(), Some(line));
                if !named.contains(&site) {
                    named.push(site);
                }
            }
        }
        Some(Init { site, errnos })
    }

    /// A place in each function that the code of this one is made of.
    fn functions_in(&self, symbol: &Symbol) -> Vec<Site> {
        let Some(lines) = &self.lines else { return Vec::new() };
        let end = symbol.address.saturating_add(symbol.size);
        let Ok(ranges) = lines.find_location_range(symbol.address, end) else { return Vec::new() };
        let mut places: Vec<Site> = Vec::new();
        for (address, _, _) in ranges.take(MOST_ROWS) {
            for site in self.at(address).unwrap_or_default() {
                let is_same = |known: &Site| known.function == site.function && known.file == site.file;
                if !site.of_kernel && !places.iter().any(is_same) {
                    places.push(site);
                }
            }
        }
        places
    }
}

/// Of a function's table of lines, so many rows are read.
const MOST_ROWS: usize = 20_000;

const NO_DEBUG: &str = "the module has no debug information";
const NO_LINE: &str = "the module's debug information has no line for it";

/// The symbol that a frame means. Its size tells twins apart, unless they are the last of their sections.
fn choose(twins: &[Symbol], frame: &Frame<'_>) -> Result<Symbol, String> {
    let reaches = |symbol: &&Symbol| symbol.extent.max(symbol.size) >= frame.offset;
    let fitting: Vec<&Symbol> = twins.iter().filter(reaches).collect();
    let exactly: Vec<&&Symbol> = fitting.iter().filter(|symbol| symbol.extent == frame.size).collect();
    match (twins.len(), &fitting[..], &exactly[..]) {
        (0, ..) => Err("the module that was built has no such function".to_owned()),
        (_, [], _) => Err("it points behind the end of that function".to_owned()),
        (_, [one], _) => Ok(**one),
        (_, _, [one]) => Ok(***one),
        (_, _, []) if fitting.iter().filter(|symbol| symbol.last).count() == 1 => {
            Ok(fitting.iter().find(|symbol| symbol.last).map(|symbol| **symbol).expect("there is one"))
        }
        (_, several, _) => Err(format!("the module has {} functions of this name", several.len())),
    }
}
