// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of nixpkgs' licences a driver has: what its sources say in SPDX lines or in full, else what `MODULE_LICENSE` says.

use std::collections::BTreeSet;

/// Identifiers of <https://spdx.org/licenses/>, with the names that nixpkgs has for them.
const NAMES: &[(&str, &str)] = &[
    ("0BSD", "bsd0"),
    ("Apache-2.0", "asl20"),
    ("BSD-2-Clause", "bsd2"),
    ("BSD-3-Clause", "bsd3"),
    ("CC0-1.0", "cc0"),
    ("GPL-2.0", "gpl2Only"),
    ("GPL-2.0+", "gpl2Plus"),
    ("GPL-2.0-only", "gpl2Only"),
    ("GPL-2.0-or-later", "gpl2Plus"),
    ("GPL-3.0", "gpl3Only"),
    ("GPL-3.0+", "gpl3Plus"),
    ("GPL-3.0-only", "gpl3Only"),
    ("GPL-3.0-or-later", "gpl3Plus"),
    ("ISC", "isc"),
    ("LGPL-2.1", "lgpl21Only"),
    ("LGPL-2.1+", "lgpl21Plus"),
    ("LGPL-2.1-only", "lgpl21Only"),
    ("LGPL-2.1-or-later", "lgpl21Plus"),
    ("MIT", "mit"),
    ("MPL-1.1", "mpl11"),
    ("MPL-2.0", "mpl20"),
    ("Unlicense", "unlicense"),
    ("Zlib", "zlib"),
];

/// What `MODULE_LICENSE` can say (include/linux/module.h). "GPL" and "GPL v2" mean the same, and neither whether a later version
/// is allowed.
const MODULE: &[(&str, &[&str])] = &[
    ("GPL", &["gpl2Only"]),
    ("GPL v2", &["gpl2Only"]),
    ("GPL and additional rights", &["gpl2Only"]),
    ("Dual BSD/GPL", &["bsd3", "gpl2Only"]),
    ("Dual MIT/GPL", &["mit", "gpl2Only"]),
    ("Dual MPL/GPL", &["mpl11", "gpl2Only"]),
    ("Proprietary", &["unfree"]),
];

/// The licences of a driver, and what a person should know of how they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub licences: Vec<&'static str>,
    pub note: Option<String>,
}

/// Looks into the texts of the sources.
pub fn find<'a>(sources: impl Iterator<Item = &'a str>, module: Option<&str>) -> Found {
    let mut files: BTreeSet<Vec<&'static str>> = BTreeSet::new();
    let mut unknown = None;
    for source in sources {
        match spdx(source) {
            Some(Ok(alternatives)) => drop(files.insert(alternatives)),
            Some(Err(expression)) => unknown = Some(expression),
            None => files.extend(grant(source).map(|name| vec![name])),
        }
    }
    let said = |licences: Vec<&'static str>| Found { licences, note: None };
    if let Some(expression) = unknown {
        let note =
            format!("no licence of nixpkgs is known for `{expression}`: the package says `unfree`, mend it by hand");
        return Found { licences: vec!["unfree"], note: Some(note) };
    }
    if !files.is_empty() {
        return said(together(&files));
    }
    let module = module.unwrap_or("nothing");
    match MODULE.iter().find(|(name, _)| *name == module) {
        Some((_, ["unfree"])) => said(vec!["unfree"]),
        Some((_, licences)) => {
            let note = format!(
                "the licence is a guess: MODULE_LICENSE says \"{module}\", and no source says whether later versions are allowed; \
                 a line `SPDX-License-Identifier: GPL-2.0-only` at their top would tell"
            );
            Found { licences: licences.to_vec(), note: Some(note) }
        }
        None => {
            let note = format!(
                "MODULE_LICENSE says \"{module}\", which is no licence: the package says `unfree`, mend it by hand"
            );
            Found { licences: vec!["unfree"], note: Some(note) }
        }
    }
}

/// The alternatives of a source's SPDX line; an error is an expression that is not understood.
fn spdx(source: &str) -> Option<Result<Vec<&'static str>, String>> {
    let (_, rest) = source.lines().take(10).find_map(|line| line.split_once("SPDX-License-Identifier:"))?;
    let text = rest.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    let flat = text.replace(['(', ')'], " ");
    let mut names = Vec::new();
    for alternative in flat.split(" OR ").flat_map(|part| part.split(" or ")) {
        let id = alternative.split(" WITH ").next().unwrap_or_default().trim();
        match NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)) {
            Some((_, name)) => names.push(*name),
            None => return Some(Err(text.to_owned())),
        }
    }
    names.sort_unstable();
    names.dedup();
    Some(Ok(names))
}

/// What a source says in full, as the GPL itself recommends it.
fn grant(source: &str) -> Option<&'static str> {
    let head: String = source.lines().take(60).flat_map(|line| [line, " "]).collect();
    let words: Vec<&str> = head.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ").to_lowercase();
    if !text.contains("gnu general public license") {
        return None;
    }
    let later = text.contains("any later version");
    match (text.contains("version 2"), text.contains("version 3"), later) {
        (true, _, true) => Some("gpl2Plus"),
        (true, _, false) => Some("gpl2Only"),
        (_, true, true) => Some("gpl3Plus"),
        (_, true, false) => Some("gpl3Only"),
        _ => None,
    }
}

/// The licences of a whole whose files have these alternatives each.
fn together(files: &BTreeSet<Vec<&'static str>>) -> Vec<&'static str> {
    if files.len() == 1 {
        return files.iter().flatten().copied().collect();
    }
    // A whole can be had under what all of its parts allow: "or later" allows "only", too.
    let allows = |alternatives: &Vec<&str>, name: &str| {
        alternatives.contains(&name) || (name == "gpl2Only" && alternatives.contains(&"gpl2Plus"))
    };
    for name in ["gpl2Plus", "gpl2Only", "gpl3Plus", "gpl3Only"] {
        if files
            .iter()
            .all(|alternatives| allows(alternatives, name) || !alternatives.iter().any(|it| it.contains("gpl")))
        {
            let free: BTreeSet<&str> = files.iter().filter(|it| !allows(it, name)).flatten().copied().collect();
            return [name].into_iter().chain(free).collect();
        }
    }
    files.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn licences() {
        let shown = |sources: &[&str], module: &str| {
            let found = find(sources.iter().copied(), Some(module));
            format!("{}{}", found.licences.join(" "), if found.note.is_some() { " (with a note)" } else { "" })
        };
        let grant = "/* GNU General Public License as published by the FSF;\n * either version 2 of the License,\n * or (at your option) any later version */";
        let all = [
            shown(&["// SPDX-License-Identifier: GPL-2.0\n"], "GPL"),
            shown(
                &["// SPDX-License-Identifier: GPL-2.0-or-later\n", "/* SPDX-License-Identifier: GPL-2.0+ */"],
                "GPL",
            ),
            shown(
                &[
                    "// SPDX-License-Identifier: GPL-2.0-or-later\n",
                    "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */",
                ],
                "GPL",
            ),
            shown(&["/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */"], "Dual MIT/GPL"),
            shown(&["/* SPDX-License-Identifier: MIT */", "// SPDX-License-Identifier: GPL-2.0-only"], "GPL"),
            shown(&["/* SPDX-License-Identifier: GPL-2.0 AND Odd-1.0 */"], "GPL"),
            shown(&[grant, "int x;"], "GPL"),
            shown(&["int x;"], "GPL v2"),
            shown(&["int x;"], "Dual BSD/GPL"),
            shown(&["int x;"], "Proprietary"),
            shown(&[], "odd"),
        ];
        expect![[r#"
            gpl2Only
            gpl2Plus
            gpl2Only
            gpl2Only mit
            gpl2Only mit
            unfree (with a note)
            gpl2Plus
            gpl2Only (with a note)
            bsd3 gpl2Only (with a note)
            unfree
            unfree (with a note)"#]]
        .assert_eq(&all.join("\n"));
    }
}
