// SPDX-License-Identifier: MIT OR Apache-2.0
//! modpost with those of the kernel's symbols that the modules name: to read the list of all, some 30000, takes it up to half as long
//! as the compiler takes for a small file.

use std::path::{Path, PathBuf};

use super::FAILED;
use super::plan::{Plan, Step};
use crate::cmd::shell_words;

/// In the stage: what the modules' objects have of symbols, and the lines of the kernel's list that they name.
const SYMBOLS: &str = ".symbols";
const NEEDED: &str = ".needed.symvers";

/// modpost asks for it in the name of every module (scripts/mod/modpost.c, with CONFIG_MODVERSIONS).
const ALWAYS: &str = "module_layout";

/// The plan's call of modpost, with a list of its own before it.
pub(super) fn modpost(plan: &Plan<'_>, stage: &Path) -> Step {
    let objects: Vec<PathBuf> = plan.modules.iter().map(|module| module.link.target.with_extension("o")).collect();
    let line = shortened(&plan.modpost.line, &objects, stage);
    Step { line: line.unwrap_or_else(|| plan.modpost.line.clone()), ..plan.modpost.clone() }
}

/// None for a call that is not as Kbuild writes it, and for one that takes unknown symbols for granted.
fn shortened(line: &str, objects: &[PathBuf], stage: &Path) -> Option<String> {
    let mut words: Vec<&str> = line.split(' ').collect();
    let lists: Vec<usize> = (1..words.len()).filter(|at| words[at - 1] == "-i").collect();
    let [at] = *lists else { return None };
    let is_plain = words[at].chars().all(|c| c == '/' || crate::context::is_plain(c));
    if !is_plain || !words[at].ends_with("Module.symvers") || words.contains(&"-w") {
        return None;
    }
    let quoted = |path: &Path| shell_words(&[path.display().to_string()]);
    let (symbols, needed) = (quoted(&stage.join(SYMBOLS)), quoted(&stage.join(NEEDED)));
    let all = std::mem::replace(&mut words[at], &needed);
    let objects: Vec<String> = objects.iter().map(|object| quoted(object)).collect();
    let objects = objects.join(" ");
    // An object's table has "Num: Value Size Type Bind Vis Ndx Name", the list "CRC Name Module Export Namespace".
    let pick = format!("BEGIN {{ n[\"{ALWAYS}\"] }} NR == FNR {{ if ($7 == \"UND\") n[$8]; next }} $2 in n");
    let line = words.join(" ");
    Some(format!(
        "{{ readelf -sW {objects} > {symbols} && LC_ALL=C awk '{pick}' {symbols} {all} > {needed}; }} || exit {FAILED}\n{line}"
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &Expect) {
        let objects = ["/s/m.o".into(), "/s/with blank.o".into()];
        expected.assert_eq(&shortened(line, &objects, Path::new("/s")).unwrap_or_default());
    }

    #[test]
    fn calls() {
        check(
            "sed 's/ko$/o/' /s/modules.order | scripts/mod/modpost -m  -o /s/Module.symvers -e -i Module.symvers -T -",
            &expect![[r#"
                { readelf -sW /s/m.o '/s/with blank.o' > /s/.symbols && LC_ALL=C awk 'BEGIN { n["module_layout"] } NR == FNR { if ($7 == "UND") n[$8]; next } $2 in n' /s/.symbols Module.symvers > /s/.needed.symvers; } || exit 99
                sed 's/ko$/o/' /s/modules.order | scripts/mod/modpost -m  -o /s/Module.symvers -e -i /s/.needed.symvers -T -"#]],
        );
        check(
            "modpost -M -o Module.symvers -n -T modules.order -i /k/Module.symvers -e ",
            &expect![[r#"
            { readelf -sW /s/m.o '/s/with blank.o' > /s/.symbols && LC_ALL=C awk 'BEGIN { n["module_layout"] } NR == FNR { if ($7 == "UND") n[$8]; next } $2 in n' /s/.symbols /k/Module.symvers > /s/.needed.symvers; } || exit 99
            modpost -M -o Module.symvers -n -T modules.order -i /s/.needed.symvers -e "#]],
        );
        check("modpost -w -o Module.symvers -i /k/Module.symvers -e ", &expect![[""]]);
        check("modpost -o Module.symvers -i /k/Module.symvers -i /l/Module.symvers", &expect![[""]]);
        check("modpost -o Module.symvers -i '/k k/Module.symvers'", &expect![[""]]);
        check("modpost -o Module.symvers -i", &expect![[""]]);
    }
}
