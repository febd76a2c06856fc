// SPDX-License-Identifier: MIT OR Apache-2.0
//! A .ko as something that can be asked about addresses. It is relocatable: each of its sections begins at 0, and its debug
//! information holds zeros where addresses and offsets belong. So every section that is loaded gets an address of its own
//! here, and the relocations of the debug sections are applied to a copy.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read as _;

use addr2line::gimli::{self, EndianSlice, RunTimeEndian, SectionId};
use anyhow::{Context as _, Result, bail, ensure};
use object::{
    CompressionFormat, File, Object as _, ObjectSection as _, ObjectSymbol as _, Relocation, RelocationKind,
    RelocationTarget, Section, SectionFlags, SectionIndex, SymbolKind,
};

use crate::compress::Reader;

/// Sections lie so far apart at the least.
const PAGE: u64 = 0x1000;

/// The first of them is not at 0, which debug information uses for what is nowhere.
const FIRST: u64 = 0x10_0000;

/// A debug section has at most so many bytes; a broken header may promise more.
const MOST_BYTES: u64 = 1 << 30;

pub(super) type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// A module with addresses.
pub(super) struct ObjectFile<'a> {
    file: File<'a>,
    /// Where the sections that are loaded lie.
    bases: BTreeMap<usize, u64>,
    /// The debug sections, with their relocations applied.
    debug: BTreeMap<&'static str, Cow<'a, [u8]>>,
}

/// A function's symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) address: u64,
    /// As the object file says it.
    pub(super) size: u64,
    /// Up to the next symbol of the section, or its end.
    pub(super) extent: u64,
    /// It is the last one of its section: the kernel's size of it reaches into what it puts behind that.
    pub(super) last: bool,
}

/// A jump into another function.
#[derive(Debug)]
pub(super) struct Jump {
    pub(super) address: u64,
    pub(super) to: String,
}

/// A function with the calls that it ends with.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) name: String,
    pub(super) symbol: Symbol,
    pub(super) jumps: Vec<Jump>,
}

impl<'a> ObjectFile<'a> {
    pub(super) fn parse(elf: &'a [u8]) -> Result<Self> {
        let file = File::parse(elf).context("it is no object file")?;
        let mut bases = BTreeMap::new();
        let mut next = FIRST;
        for section in file.sections().filter(|section| is_loaded(section.flags())) {
            bases.insert(section.index().0, next);
            let size = section.size().min(MOST_BYTES);
            next = (next + size + PAGE).next_multiple_of(PAGE.max(section.align().min(1 << 20)));
        }
        let mut object = Self { file, bases, debug: BTreeMap::new() };
        for id in DEBUG {
            if let Some(data) = object.debug_section(id.name())? {
                object.debug.insert(id.name(), data);
            }
        }
        Ok(object)
    }

    pub(super) fn has_lines(&self) -> bool {
        self.debug.contains_key(SectionId::DebugInfo.name()) && self.debug.contains_key(SectionId::DebugLine.name())
    }

    pub(super) fn dwarf(&self) -> gimli::Dwarf<Slice<'_>> {
        let endian = if self.file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id: SectionId| {
            let data = self.debug.get(id.name()).map_or(&[][..], |data| data);
            Ok::<_, gimli::Error>(EndianSlice::new(data, endian))
        };
        gimli::Dwarf::load(section).expect("nothing here can fail")
    }

    /// The symbols of the functions with this name; two files of a module may each have one.
    pub(super) fn functions(&self, name: &str) -> Vec<Symbol> {
        let named = self.file.symbols().filter(|symbol| is_code(symbol.kind()) && symbol.name() == Ok(name));
        let mut found: Vec<Symbol> = named.take(MOST_TWINS).filter_map(|symbol| self.symbol(&symbol)).collect();
        found.dedup();
        found
    }

    /// Whether it has data of this name.
    pub(super) fn has_data(&self, name: &str) -> bool {
        self.file.symbols().any(|symbol| symbol.kind() == SymbolKind::Data && symbol.name() == Ok(name))
    }

    /// Where a place in a section of code lies; none if the section is not so long.
    pub(super) fn address_in(&self, section: &str, offset: u64) -> Option<u64> {
        let section = self.file.section_by_name(section).filter(|section| offset < section.size())?;
        self.bases.get(&section.index().0)?.checked_add(offset)
    }

    fn symbol(&self, symbol: &object::Symbol<'_, '_>) -> Option<Symbol> {
        let index = symbol.section_index()?;
        let base = *self.bases.get(&index.0)?;
        let end = self.file.section_by_index(index).ok()?.size();
        let start = symbol.address();
        let others = self.file.symbols().filter(|other| other.section_index() == Some(index));
        let next = others.filter(|other| other.name().is_ok_and(|name| !name.is_empty())).map(|other| other.address());
        let next = next.filter(|&address| address > start).min();
        Some(Symbol {
            address: base.checked_add(start)?,
            size: symbol.size(),
            extent: next.unwrap_or(end).checked_sub(start)?,
            last: next.is_none(),
        })
    }

    /// The functions of others that this one ends with. Such a jump leaves nothing of the function on the stack.
    pub(super) fn tail_calls(&self, name: &str, symbol: Symbol) -> Vec<Jump> {
        // gcc puts what it takes for unlikely elsewhere.
        let cold = self.functions(&format!("{name}.cold")).into_iter();
        std::iter::once(symbol).chain(cold).flat_map(|part| self.jumps_of(&part)).collect()
    }

    fn jumps_of(&self, symbol: &Symbol) -> Vec<Jump> {
        let place = self.section_of(symbol.address).filter(|_| symbol.size > 0);
        let mut jumps = place.map(|(base, section)| jumps(&self.file, base, &section)).unwrap_or_default();
        let end = symbol.address.saturating_add(symbol.size);
        jumps.retain(|jump| (symbol.address..end).contains(&jump.address));
        jumps
    }

    /// The functions that end with a call of which this holds.
    pub(super) fn ending_with(&self, is_it: impl Fn(&str) -> bool) -> Vec<Ending> {
        let sections = self.file.sections().filter_map(|section| Some((*self.bases.get(&section.index().0)?, section)));
        let all = sections.flat_map(|(base, section)| jumps(&self.file, base, &section));
        let mut found: Vec<Ending> = Vec::new();
        for jump in all.filter(|jump| is_it(&jump.to)) {
            let at = jump.address;
            let is_in = |symbol: &Symbol| (symbol.address..symbol.address.saturating_add(symbol.size)).contains(&at);
            if let Some(known) = found.iter_mut().find(|known| is_in(&known.symbol)) {
                known.jumps.push(jump);
            } else if let Some((name, symbol)) = self.function_of(|start, end| (start..end).contains(&at)) {
                found.push(Ending { name, symbol, jumps: vec![jump] });
            }
        }
        found
    }

    /// The module's own function that the call before this address calls; none for one of another's, and for a pointer's.
    /// x86 only: `e8` (Intel's manual, volume 2, CALL).
    pub(super) fn called(&self, address: u64) -> Option<(String, Symbol)> {
        let (base, section) = self.section_of(address.checked_sub(1)?)?;
        let offset = address.checked_sub(base)?.checked_sub(4)?;
        let at = usize::try_from(offset).ok()?;
        let [0xe8, operand @ ..] = section.data().ok()?.get(at.checked_sub(1)?..at + 4)? else { return None };
        let relocation = section.relocations().find(|(place, _)| *place == offset).map(|(_, relocation)| relocation);
        let target = match relocation {
            None => address.wrapping_add_signed(i32::from_le_bytes(operand.try_into().ok()?).into()),
            Some(relocation) => {
                let RelocationTarget::Symbol(index) = relocation.target() else { return None };
                let symbol = self.file.symbol_by_index(index).ok()?;
                let start = self.bases.get(&symbol.section_index()?.0)?.checked_add(symbol.address())?;
                // The addend is counted from the operand, which the processor has read by then.
                start.wrapping_add_signed(relocation.addend()).wrapping_add(4)
            }
        };
        self.function_of(|start, _| start == target)
    }

    /// Whether the byte before this address is the instruction HLT of x86 (Intel's manual, volume 2).
    pub(super) fn halts_before(&self, address: u64) -> bool {
        let before = || {
            let at = address.checked_sub(1)?;
            let (base, section) = self.section_of(at)?;
            section.data().ok()?.get(usize::try_from(at - base).ok()?).copied()
        };
        before() == Some(0xf4)
    }

    /// The first function of which this holds, from where it begins to where it ends.
    fn function_of(&self, is_it: impl Fn(u64, u64) -> bool) -> Option<(String, Symbol)> {
        let functions = self.file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0);
        let mut fitting = functions.filter(|symbol| {
            let base = symbol.section_index().and_then(|index| self.bases.get(&index.0));
            let start = base.and_then(|base| base.checked_add(symbol.address()));
            start.is_some_and(|start| is_it(start, start.saturating_add(symbol.size())))
        });
        let symbol = fitting.next()?;
        Some((symbol.name().ok()?.to_owned(), self.symbol(&symbol)?))
    }

    /// The section that has this address, and where it lies.
    fn section_of(&self, address: u64) -> Option<(u64, Section<'_, '_>)> {
        let mut sections =
            self.file.sections().filter_map(|section| Some((*self.bases.get(&section.index().0)?, section)));
        sections.find(|(base, section)| (*base..base.saturating_add(section.size())).contains(&address))
    }

    /// The content of a debug section as it would be if the module lay where [`ObjectFile::parse`] puts it.
    fn debug_section(&self, name: &str) -> Result<Option<Cow<'a, [u8]>>> {
        // `section_by_name` also finds the older form of compressed sections, `.zdebug_info`.
        let Some(section) = self.file.section_by_name(name) else { return Ok(None) };
        let compressed = section.compressed_data().with_context(|| format!("its {name} can't be read"))?;
        let ending = match compressed.format {
            CompressionFormat::None => "",
            CompressionFormat::Zlib => "zlib",
            CompressionFormat::Zstandard => ".zst",
            other => bail!("its {name} is compressed in a way that is not known: {other:?}"),
        };
        ensure!(compressed.uncompressed_size <= MOST_BYTES, "its {name} claims to have more than 1 GiB");
        let mut data = match ending {
            "" => Cow::Borrowed(compressed.data),
            ending => Cow::Owned(unpacked(ending, compressed.data).with_context(|| format!("its {name} is broken"))?),
        };
        let relocations = section.relocations();
        for (offset, relocation) in relocations {
            if let Some(value) = self.value(&relocation) {
                write(data.to_mut(), offset, relocation.size(), value);
            }
        }
        Ok(Some(data))
    }

    /// What a relocation puts into its place: the address, or the offset in a section that is not loaded, plus the addend.
    fn value(&self, relocation: &Relocation) -> Option<u64> {
        if relocation.kind() != RelocationKind::Absolute || relocation.has_implicit_addend() {
            return None;
        }
        let base = |index: Option<SectionIndex>| index.and_then(|index| self.bases.get(&index.0)).copied().unwrap_or(0);
        let target = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let symbol = self.file.symbol_by_index(index).ok()?;
                base(symbol.section_index()).wrapping_add(symbol.address())
            }
            RelocationTarget::Section(index) => base(Some(index)),
            _ => return None,
        };
        Some(target.wrapping_add_signed(relocation.addend()))
    }

    /// The name of the function behind one of the names that the kernel calls, `init_module`.
    pub(super) fn alias(&self, name: &str) -> Option<(String, Symbol)> {
        let of_kernel = self.file.symbols().find(|symbol| symbol.name() == Ok(name))?;
        let (section, address) = (of_kernel.section_index()?, of_kernel.address());
        let is_it = |symbol: &object::Symbol<'_, '_>| {
            is_code(symbol.kind()) && symbol.section_index() == Some(section) && symbol.address() == address
        };
        let mut own = self.file.symbols().filter(is_it).filter_map(|symbol| symbol.name().ok());
        let own = own.find(|own| *own != name).unwrap_or(name);
        Some((own.to_owned(), self.symbol(&of_kernel)?))
    }
}

/// The jumps of a section into functions that have a name, and lie elsewhere. x86 only: `e9` and `0f 80` to `0f 8f` (Intel's
/// manual, volume 2, JMP and Jcc).
fn jumps(file: &File<'_>, base: u64, section: &Section<'_, '_>) -> Vec<Jump> {
    let Ok(code) = section.data() else { return Vec::new() };
    let jump = |(offset, relocation): (u64, Relocation)| {
        let at = usize::try_from(offset).ok()?;
        let length = match code.get(..at)? {
            [.., 0x0f, 0x80..=0x8f] => 2,
            [.., 0xe9] => 1,
            _ => return None,
        };
        let RelocationTarget::Symbol(index) = relocation.target() else { return None };
        let name = file.symbol_by_index(index).ok()?.name().ok()?;
        // Returns and indirect calls go through thunks of the kernel's.
        let is_call = !name.is_empty() && !name.starts_with("__x86_");
        let address = base.checked_add(offset)? - length;
        is_call.then(|| Jump { address, to: name.to_owned() })
    };
    section.relocations().filter_map(jump).collect()
}

/// More functions of one name than any driver has.
const MOST_TWINS: usize = 64;

/// What line numbers and inlined functions are read from, in DWARF 4 and 5.
const DEBUG: &[SectionId] = &[
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugAranges,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
    SectionId::DebugTypes,
];

fn is_loaded(flags: SectionFlags) -> bool {
    matches!(flags, SectionFlags::Elf { sh_flags, .. } if sh_flags.0 & object::elf::SHF_ALLOC.0 != 0)
}

/// objtool and assembler files leave functions without a type.
fn is_code(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Text | SymbolKind::Unknown | SymbolKind::Label)
}

fn unpacked(ending: &str, data: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    match ending {
        "zlib" => flate2::read::ZlibDecoder::new(data).take(MOST_BYTES).read_to_end(&mut out)?,
        ending => Reader::by_ending(ending, data)?.take(MOST_BYTES).read_to_end(&mut out)?,
    };
    Ok(out)
}

fn write(data: &mut [u8], offset: u64, bits: u8, value: u64) {
    let length = usize::from(bits / 8);
    let Some(place) = usize::try_from(offset).ok().and_then(|at| data.get_mut(at..)?.get_mut(..length)) else { return };
    // All that run this are little-endian: x86, arm64, riscv.
    place.copy_from_slice(&value.to_le_bytes()[..length.min(8)]);
}
