// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module that was stripped for shipping, as it was before: packages of modules leave the debug information out, and may
//! have it somewhere else.

use std::path::Path;

use object::{Object as _, ObjectSection as _, SectionKind};

use crate::compress;
use crate::kbuild::{ModInfo, modules_below};

/// The same module below this folder, with its debug information; none if what is there has other code.
pub(super) fn find(place: &Path, module: &str, stripped: &[u8]) -> Option<Vec<u8>> {
    let files = modules_below(place).ok()?;
    let whole = files.iter().filter_map(|path| compress::read_module(path).ok());
    let mut whole = whole.filter(|elf| ModInfo::parse(elf).is_ok_and(|info| info.name() == Some(module)));
    let code_of_stripped = code(stripped)?;
    whole.find(|elf| code(elf).is_some_and(|code| code == code_of_stripped))
}

/// The sections with code, by their names: stripping moves sections, and changes none of these.
fn code(elf: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let file = object::File::parse(elf).ok()?;
    let sections = file.sections().filter(|section| section.kind() == SectionKind::Text);
    let code = sections.map(|it| Some((it.name().ok()?.to_owned(), it.data().ok()?.to_owned())));
    let mut code: Vec<(String, Vec<u8>)> = code.collect::<Option<_>>()?;
    code.sort();
    Some(code)
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;
    use crate::cmd::Cmd;

    /// An object of the host's compiler, which `cargo test` needs in any case.
    fn compile(dir: &Path, file: &str, name: &str, code: &str) {
        let info = format!("static const char info[] __attribute__((section(\".modinfo\"), used)) = \"name={name}\";");
        fs::write(dir.join("m.c"), format!("{info}\nint init_module(void) {{ return {code}; }}\n")).expect("written");
        let cmd = Cmd::new("cc").args(["-c", "-g", "-O2", "m.c", "-o", file]).dir(dir);
        cmd.output().and_then(|it| it.success(&cmd)).expect("it compiles");
    }

    fn strip(dir: &Path, file: &str) -> Vec<u8> {
        let cmd = Cmd::new("strip").args(["--strip-debug", "-o", "stripped", file]).dir(dir);
        cmd.output().and_then(|it| it.success(&cmd)).expect("it is stripped");
        fs::read(dir.join("stripped")).expect("there")
    }

    #[test]
    fn which_module_it_was() {
        let dir = tempfile::tempdir().expect("a folder");
        let (place, elsewhere) = (dir.path().join("place"), dir.path().join("elsewhere"));
        for folder in [&place, &elsewhere] {
            fs::create_dir(folder).expect("made");
        }
        compile(&place, "a.ko", "m", "1");
        compile(&place, "b.ko", "m", "2");
        fs::write(place.join("c.ko"), "junk").expect("written");
        let check = |name: &str, code: &str, expected: Option<&str>| {
            compile(&elsewhere, "x.ko", name, code);
            let expected = expected.map(|file| fs::read(place.join(file)).expect("there"));
            assert!(find(&place, name, &strip(&elsewhere, "x.ko")) == expected, "{name} {code}");
        };
        check("m", "1", Some("a.ko"));
        check("m", "2", Some("b.ko"));
        check("m", "3", None);
        check("n", "1", None);
    }
}
