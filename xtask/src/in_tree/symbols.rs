// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the kernel's other modules can still use what the rebuilt ones export: each use has a sum of the symbol's types in it
//! (`CONFIG_MODVERSIONS`), and a module whose sums are others is refused.

use std::collections::BTreeMap;

/// Lines about the symbols that are not what the kernel has; both texts are of the form of `Module.symvers`: sum, symbol,
/// module, kind of export, and namespace, with tabs between them.
pub(super) fn differences(ours: &str, kernels: &str) -> Vec<String> {
    let (ours, kernels) = (parse(ours), parse(kernels));
    let modules: Vec<&str> = ours.values().map(|symbol| name(symbol.module)).collect();
    let others: Vec<&str> = ours
        .iter()
        .filter(|(name, symbol)| kernels.get(*name).is_some_and(|known| known.sum != symbol.sum))
        .map(|(name, _)| *name)
        .collect();
    let is_gone =
        |symbol: &str, known: &Symbol<'_>| modules.contains(&name(known.module)) && !ours.contains_key(symbol);
    let gone: Vec<&str> = kernels.iter().filter(|(name, known)| is_gone(name, known)).map(|(name, _)| *name).collect();
    let say = |symbols: &[&str], what: &str| {
        (!symbols.is_empty()).then(|| {
            format!(
                "{} {what}, so the kernel's own modules that use {} will refuse to load with this one\n\
                 help: build them too, by naming a folder that has both",
                listed(symbols),
                if symbols.len() == 1 { "it" } else { "one of them" }
            )
        })
    };
    let is_or_are = |symbols: &[&str]| if symbols.len() == 1 { "is" } else { "are" };
    let other = format!("{} of other types than in the kernel", is_or_are(&others));
    let no_more = format!("{} exported no more", is_or_are(&gone));
    [say(&others, &other), say(&gone, &no_more)].into_iter().flatten().collect()
}

#[derive(Debug)]
struct Symbol<'a> {
    sum: &'a str,
    module: &'a str,
}

fn parse(text: &str) -> BTreeMap<&str, Symbol<'_>> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<(&str, Symbol<'_>)> {
    let mut words = line.split('\t');
    let (sum, symbol, module) = (words.next()?, words.next()?, words.next()?);
    Some((symbol, Symbol { sum, module }))
}

/// A module's own name, which has the path before it.
fn name(module: &str) -> &str {
    module.rsplit('/').next().unwrap_or(module)
}

fn listed(symbols: &[&str]) -> String {
    const MOST: usize = 5;
    let first = symbols.iter().take(MOST).map(|symbol| format!("`{symbol}`")).collect::<Vec<_>>().join(", ");
    let more = symbols.len().saturating_sub(MOST);
    if more > 0 { format!("{first} and {more} more") } else { first }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const KERNELS: &str = "0x1\ta_one\tdrivers/x/a\tEXPORT_SYMBOL\t\n0x2\ta_two\tdrivers/x/a\tEXPORT_SYMBOL_GPL\tNS\n\
                           0x3\tb\tvmlinux\tEXPORT_SYMBOL\t\n";

    #[track_caller]
    fn check(ours: &str, expected: &Expect) {
        expected.assert_eq(&differences(ours, KERNELS).join("\n"));
    }

    #[test]
    fn symbols_that_differ() {
        check("0x1\ta_one\tdrivers/x/a\tEXPORT_SYMBOL\t\n0x2\ta_two\tdrivers/x/a\tEXPORT_SYMBOL\t\n", &expect![[""]]);
        // Since 6.13 the path is one below `M=`.
        check(
            "0x9\ta_one\tx/a\tEXPORT_SYMBOL\t\n0x2\ta_two\tx/a\tEXPORT_SYMBOL\t\n0x5\ta_new\tx/a\tEXPORT_SYMBOL\t\n",
            &expect![[r#"
            `a_one` is of other types than in the kernel, so the kernel's own modules that use it will refuse to load with this one
            help: build them too, by naming a folder that has both"#]],
        );
        check(
            "0x1\ta_one\tx/a\tEXPORT_SYMBOL\t\n",
            &expect![[r#"
            `a_two` is exported no more, so the kernel's own modules that use it will refuse to load with this one
            help: build them too, by naming a folder that has both"#]],
        );
        check("", &expect![[""]]);
    }
}
