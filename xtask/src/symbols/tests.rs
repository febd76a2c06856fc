// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module-like object file of the host's compiler, which `cargo test` needs in any case, asked for its lines; then broken
//! in many ways. That real modules of real kernels have theirs is for the tier that boots.

use std::path::Path;

use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget};
use rand::{RngCore as _, SeedableRng as _};

use super::*;
use crate::cmd::{Cmd, How};

const SOURCE: &str = "\
void first(void);
void second(void);
void third(int);
static int deepest(int x)
{
	second();
	return x;
}
static inline int deeper(int x)
{
	return deepest(x) + 1;
}
__attribute__((noinline)) static int twin(int x)
{
	third(x);
	return x;
}
__attribute__((section(\".init.text\"))) int start(int x)
{
	first();
	if (twin(x))
		return -5 /* -EIO */;
	return deeper(x);
}
int init_module(int) __attribute__((alias(\"start\")));
void bye(int);
void leave(void)
{
	third(1);
	bye(1);
}
void cleanup_module(void) __attribute__((alias(\"leave\")));
void last(int);
__attribute__((noinline)) static void frees(int x)
{
	last(x);
}
void near(void)
{
	frees(1);
	third(2);
}
__attribute__((noinline, section(\".text.first\"))) static void first_of_section(int x)
{
	last(x);
}
__attribute__((section(\".init.text\"))) void far(void)
{
	first_of_section(2);
	first_of_section(3);
}
";

const OTHER: &str = "\
void other(void);
__attribute__((noinline)) static int twin(int x)
{
	other();
	other();
	return x + 1;
}
int use_twin(int x)
{
	return twin(x) + 1;
}
";

fn run(dir: &Path, program: &str, words: &[&str]) {
    let cmd = Cmd::new(program).args(words).dir(dir);
    let finished = cmd.output().expect("it starts");
    assert_eq!(finished.how, How::Exited(0), "{cmd}: {}", String::from_utf8_lossy(&finished.stderr));
}

/// An object made of both sources, compiled with these words besides.
fn object(dir: &Path, words: &[&str]) -> Vec<u8> {
    for (name, text) in [("a.c", SOURCE), ("b.c", OTHER)] {
        fs::write(dir.join(name), text).expect("written");
        let all = [&["-c", "-O2", "-fno-pie", "-fno-asynchronous-unwind-tables"], words, &[name]].concat();
        run(dir, "cc", &all);
    }
    run(dir, "ld", &["-r", "-o", "m.ko", "a.o", "b.o"]);
    fs::read(dir.join("m.ko")).expect("there")
}

/// The frame of each call of `callee`, as the kernel would print it.
fn calls(elf: &[u8], callee: &str) -> Vec<String> {
    let file = object::File::parse(elf).expect("an object");
    let mut frames = Vec::new();
    for section in file.sections() {
        for (at, relocation) in section.relocations() {
            let RelocationTarget::Symbol(target) = relocation.target() else { continue };
            if file.symbol_by_index(target).expect("a symbol").name() != Ok(callee) || section.name() == Ok(".symtab") {
                continue;
            }
            let functions = file.symbols().filter(|symbol| {
                symbol.section_index() == Some(section.index()) && symbol.kind() == object::SymbolKind::Text
            });
            let inside = functions.filter(|symbol| (symbol.address()..symbol.address() + symbol.size()).contains(&at));
            let Some(function) = inside.into_iter().next() else { continue };
            let all = file.symbols().filter(|symbol| symbol.section_index() == Some(section.index()));
            let named = all.filter(|symbol| symbol.name().is_ok_and(|name| !name.is_empty()));
            let next = named.map(|symbol| symbol.address()).filter(|&next| next > function.address()).min();
            let size = next.unwrap_or(section.size()) - function.address();
            let name = function.name().expect("a name");
            frames.push(format!("{name}+{:#x}/{size:#x} [m]", at + 4 - function.address()));
        }
    }
    frames
}

fn resolved(elf: &[u8], dir: &Path, frames: &[String]) -> Vec<String> {
    let frames = frames.iter().cloned().collect();
    let jumps = ["last".to_owned(), "bye".to_owned()].into();
    answered(elf, dir, &Asked { frames, jumps, refused: true, waited: true, ..Asked::default() })
}

fn answered(elf: &[u8], dir: &Path, asked: &Asked) -> Vec<String> {
    let mut symbols = Symbols::default();
    let sources = Sources::new(dir, dir, std::fs::File::open(dir).ok());
    if let Err(err) = answer("m", elf, asked, &sources, &mut symbols) {
        explain("m", asked, &format!("{err:#}"), &mut symbols);
    }
    let words = |site: &Site| {
        let inlined = if site.inlined { " in" } else { "" };
        let line = site.source.iter().find(|(number, _)| Some(*number) == site.line).map(|(_, text)| text.trim());
        let why = site.why.as_deref().unwrap_or_default();
        let line = line.unwrap_or(why);
        format!("{}:{}{inlined} `{line}`", site.function, site.line.unwrap_or(0))
    };
    let mut said: Vec<String> =
        symbols.calls.values().map(|sites| sites.iter().map(words).collect::<Vec<_>>().join(", ")).collect();
    said.extend(symbols.inits.values().map(|init| format!("init {}", words(&init.site))));
    for (name, entry) in &symbols.entries {
        let tails = entry
            .tails
            .iter()
            .map(|tail| format!("{} from {}", tail.to, tail.sites.iter().map(words).collect::<Vec<_>>().join(", ")));
        said.extend(tails.map(|tail| format!("{name}, {}: {tail}", entry.site.function)));
    }
    said
}

const LINES: &[&str] = &[
    "start:20 `first();`",
    "deepest:6 in `second();`, deeper:11 in `return deepest(x) + 1;`, start:23 `return deeper(x);`",
    "init start:18 `__attribute__((section(\".init.text\"))) int start(int x)`",
    "cleanup_module m, leave: bye from leave:30 `bye(1);`",
    "frees m, frees: last from frees:36 `last(x);`",
    "first_of_section m, first_of_section: last from first_of_section:45 `last(x);`",
];

fn check(words: &[&str], expected: &[&str]) {
    let dir = tempfile::tempdir().expect("a folder");
    let elf = object(dir.path(), words);
    let frames = [calls(&elf, "first"), calls(&elf, "second")].concat();
    assert_eq!(frames.len(), 2, "{frames:?}");
    let mut said = resolved(&elf, dir.path(), &frames);
    said.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(said, expected, "{words:?}");
}

#[test]
fn lines() {
    check(&["-gdwarf-4"], LINES);
    check(&["-gdwarf-5"], LINES);
    check(&["-gdwarf-5", "-gz=zlib"], LINES);
    check(&["-gdwarf-4", "-gz=zlib"], LINES);
    check(
        &["-g0"],
        &[
            "init_module:0 `the module has no debug information`",
            "init_module:0 `the module has no debug information`",
            "init start:0 `the module has no debug information`",
        ],
    );
}

/// Two functions of one name are told apart by their sizes; what is in neither is not guessed.
#[test]
fn twins() {
    let dir = tempfile::tempdir().expect("a folder");
    let elf = object(dir.path(), &["-gdwarf-5"]);
    let said = |frame: &str| {
        let mut said = resolved(&elf, dir.path(), &[frame.to_owned()]);
        said.truncate(1);
        said.join(" ")
    };
    let other = &calls(&elf, "other")[0];
    assert_eq!(said(other), "twin:4 `other();`");
    // The last function of the module has its size in the kernel from where the kernel puts things.
    assert_eq!(said("twin+0x1/0xfff [m]"), "twin:0 `the module has 2 functions of this name`");
    assert_eq!(said("twin+0xffff/0xfffff [m]"), "twin:0 `it points behind the end of that function`");
    assert_eq!(said("gone+0x1/0x2 [m]"), "gone:0 `the module that was built has no such function`");
    assert_eq!(said("start.cold+0x1/0x2 [m]"), "start:0 `the module that was built has no such function`");
}

/// The call at the head of a function, as the kernel would print where it returns to.
fn first_call(elf: &[u8], name: &str) -> String {
    let file = object::File::parse(elf).expect("an object");
    let function = file.symbols().find(|symbol| symbol.name() == Ok(name)).expect("the function");
    let section = file.section_by_index(function.section_index().expect("a section")).expect("the section");
    let code = &section.data().expect("code")[usize::try_from(function.address()).expect("small")..];
    let call = code.iter().position(|byte| *byte == 0xe8).expect("a call");
    let others = file.symbols().filter(|symbol| symbol.section_index() == function.section_index());
    let named = others.filter(|symbol| symbol.name().is_ok_and(|name| !name.is_empty())).map(|symbol| symbol.address());
    let end = named.filter(|at| *at > function.address()).min().unwrap_or(section.size());
    format!("{name}+{:#x}/{:#x} [m]", call + 5, end - function.address())
}

/// A function that ends with a call is found by the call that has led to it, in its own section and from another.
#[test]
fn missing_in_a_stack() {
    let dir = tempfile::tempdir().expect("a folder");
    let elf = object(dir.path(), &["-gdwarf-5"]);
    let said = |name: &str| {
        let frame = first_call(&elf, name);
        let said = resolved(&elf, dir.path(), std::slice::from_ref(&frame));
        said.into_iter().filter(|line| line.starts_with(&frame)).collect::<Vec<_>>()
    };
    let found = |name: &str, called: &str| format!("{}, {called} `last(x);`", first_call(&elf, name));
    assert_eq!(said("near"), [found("near", "frees: last from frees:36")]);
    assert_eq!(said("far"), [found("far", "first_of_section: last from first_of_section:45")]);
    assert_eq!(said("use_twin"), [""; 0], "it ends with no call");
}

/// A stack asks for the functions that could be missing in it, above those who call what they were handed.
#[test]
fn asked_of_a_stack() {
    let check = |log: &str, waited: bool, jumps: &[&str]| {
        let asked = asked(&record(), &[log.as_bytes()]).remove("m").unwrap_or_default();
        let found: Vec<&str> = asked.jumps.iter().map(String::as_str).collect();
        assert_eq!((asked.waited, &found[..]), (waited, jumps), "{log}");
    };
    check(" msleep+0x1/0x2\n call_timer_fn+0x1/0x2\n", false, &["msleep"]);
    check(" msleep+0x1/0x2\n fires+0x1/0x2 [m]\n call_timer_fn+0x1/0x2\n", false, &[]);
    check(" kfree.part.0+0x1/0x2\n ? other+0x1/0x2\n call_timer_fn+0x1/0x2\n", false, &["kfree"]);
    check(" kfree+0x1/0x2\n do_one_initcall+0x1/0x2\n", true, &[]);
    check(" kfree+0x1/0x2\n vfs_truncate+0x1/0x2\n", false, &[]);
}

/// Whatever stands in the file, there is an answer, and it comes soon.
#[test]
fn broken() {
    let dir = tempfile::tempdir().expect("a folder");
    for words in [&["-gdwarf-4"][..], &["-gdwarf-5", "-gz=zlib"]] {
        let whole = object(dir.path(), words);
        let frames = [calls(&whole, "first"), calls(&whole, "second"), calls(&whole, "other")].concat();
        let mut dice = rand::rngs::StdRng::seed_from_u64(1);
        let mut below = |most: usize| dice.next_u64() as usize % most;
        let ask = |elf: &[u8]| assert!(resolved(elf, dir.path(), &frames).len() >= frames.len());
        (0..whole.len()).step_by(97).for_each(|end| ask(&whole[..end]));
        for _ in 0..1500 {
            let mut elf = whole.clone();
            for _ in 0..=below(8) {
                let at = below(elf.len());
                elf[at] = [0, 0xff, 0x7f, 0x80, u8::try_from(below(256)).expect("a byte")][below(5)];
            }
            ask(&elf);
        }
    }
}

/// Code that was gone when the kernel spoke of it is known by where it lay, and what lay nowhere near is not.
#[test]
fn addresses() {
    let dir = tempfile::tempdir().expect("a folder");
    let elf = object(dir.path(), &["-gdwarf-5"]);
    let said = |address: u64| {
        let log = format!(
            "# code m .text 0xffffffffc0100000\n# code m .init.text 0xffffffffc0200000\n\
             # code other .text 0xffffffffc0200100\n[    1.0]  {address:#x}\n"
        );
        let asked = asked(&record(), &[log.as_bytes()]).remove("m").unwrap_or_default();
        answered(&elf, dir.path(), &asked).join(" ")
    };
    let call = calls(&elf, "first").remove(0);
    let offset = Frame::all(&call).next().expect("a frame").offset;
    assert_eq!(said(0xffff_ffff_c020_0000 + offset), "start:20 `first();`");
    assert_eq!(said(0xffff_ffff_c020_0000), "", "the function before is not in this section");
    assert_eq!(said(0xffff_ffff_c02f_ffff), "");
    assert_eq!(said(0xffff_ffff_c000_0000), "");
}

/// A log is read once, and a million frames are no more than a few.
#[test]
fn a_hostile_log() {
    let of = |log: &[u8]| asked(&record(), &[log]).remove("m").unwrap_or_default();
    assert_eq!(of(b" f+0x1/0x2 [kernel]\n f+0x1/0x2\n"), Asked::default());
    assert_eq!(of(b"\xff\0 ? f+0x1/0x2 [m]\xff f+0x1/0x2 [m]").frames.len(), 1);
    assert!(of(b"not ok 1 load m\n").refused && !of(b"not ok 1 load n\nok 1 load m\n").refused);
    let many: String = (0..100_000).map(|number| format!(" f+{number:#x}/0xfffff [m]\n")).collect();
    assert_eq!(of(many.as_bytes()).frames.len(), MOST);
    assert_eq!(of(&b"+0x".repeat(1_000_000)), Asked::default());
    let many: String = (0..100_000).map(|at| format!("# code m .text {at:#x}\n 0x{at:016x}\n")).collect();
    assert_eq!(of(many.as_bytes()).addresses.len(), MOST);
}

fn record() -> Record {
    let record = r#"{"driver": "m", "kernel": "k", "nonce": "n", "log": {}, "deadline-s": 1, "accel": "tcg", "argv": [],
        "end": "deadline", "wall-ms": 1,
        "steps": [{"load": {"module": "m", "file": "/m", "params": "", "role": "driver"}}]}"#;
    serde_json::from_str(record).expect("a record")
}
