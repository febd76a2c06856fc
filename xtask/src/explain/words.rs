// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words that explanations are made of.

use super::shelf::Known;

/// `5.10, 6.1 and 6.12`
pub(super) fn list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// What a driver.toml says to leave out kernels without these options.
pub(super) fn needs(options: &[String]) -> String {
    let quoted: Vec<String> = options.iter().map(|option| format!("\"{option}\"")).collect();
    format!("`needs = [{}]` in driver.toml", quoted.join(", "))
}

pub(super) fn labels(kernels: &[&Known]) -> String {
    list(&kernels.iter().map(|known| known.label.as_str()).collect::<Vec<_>>())
}

/// The values that several kernels give to a question, each with those that give it; the kernels stay in their order.
pub(super) fn grouped<'a, T: PartialEq>(
    kernels: impl Iterator<Item = &'a Known>,
    ask: impl Fn(&'a Known) -> T,
) -> Vec<(T, Vec<&'a Known>)> {
    let mut groups: Vec<(T, Vec<&Known>)> = Vec::new();
    for known in kernels {
        let value = ask(known);
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, group)) => group.push(known),
            None => groups.push((value, vec![known])),
        }
    }
    groups
}
