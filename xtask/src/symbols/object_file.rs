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
    RelocationTarget, SectionFlags, SectionIndex, SymbolKind,
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

    /// The functions of others that this one ends with: where it jumps, and to whom. Such a jump leaves nothing of the function
    /// on the stack. x86 only: `e9` and `0f 80` to `0f 8f` (Intel's manual, volume 2, JMP and Jcc).
    pub(super) fn tail_calls(&self, symbol: &Symbol) -> Vec<(u64, String)> {
        let end = symbol.address.saturating_add(symbol.size);
        let is_in = |base: u64, size: u64| base <= symbol.address && end <= base.saturating_add(size);
        let mut sections =
            self.file.sections().filter_map(|section| Some((*self.bases.get(&section.index().0)?, section)));
        let Some((base, section)) = sections.find(|(base, section)| is_in(*base, section.size())) else {
            return Vec::new();
        };
        let Ok(code) = section.data() else { return Vec::new() };
        let jump = |offset: u64, relocation: &Relocation| {
            let at = usize::try_from(offset).ok()?;
            let before = code.get(at.checked_sub(2)?..at)?;
            let length = match before {
                [0x0f, 0x80..=0x8f] => 2,
                [_, 0xe9] => 1,
                _ => return None,
            };
            let address = base.checked_add(offset)? - length;
            let RelocationTarget::Symbol(index) = relocation.target() else { return None };
            let name = self.file.symbol_by_index(index).ok()?.name().ok()?;
            // Returns and indirect calls go through thunks of the kernel's.
            let is_call = !name.is_empty() && !name.starts_with("__x86_");
            (is_call && (symbol.address..end).contains(&address)).then(|| (address, name.to_owned()))
        };
        section.relocations().filter_map(|(offset, relocation)| jump(offset, &relocation)).collect()
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
