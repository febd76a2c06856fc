// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a module's package is written: its flags, its folders, and what it installs.

use rnix::SyntaxNode;
use rnix::ast::{self, HasEntry as _};
use rowan::ast::AstNode as _;

use super::Found;
use super::source::{bare, elements, names, path, plain};

pub(super) fn look(found: &mut Found, text: &str) {
    let nodes: Vec<SyntaxNode> = found.source.root.descendants().collect();
    for node in nodes {
        if let Some(select) = ast::Select::cast(node.clone()) {
            of_kernel(found, &select);
        } else if let Some(string) = ast::Str::cast(node.clone()) {
            folder(found, &string);
        } else if let Some(set) = ast::AttrSet::cast(node) {
            package(found, &set, text);
        }
    }
}

/// `kernel.makeFlags`
fn of_kernel(found: &mut Found, select: &ast::Select) {
    // With a default it is a question.
    let has_default = select.default_expr().is_some();
    let Some(path) = path(&ast::Expr::Select(select.clone())).filter(|_| !has_default) else { return };
    let [.., kernel, last] = path.as_slice() else { return };
    let name = match last.as_str() {
        "makeFlags" => "kernel-flags",
        "moduleMakeFlags" => "flags-of-january",
        _ => return,
    };
    if kernel == "kernel" {
        found.add(name, select.syntax(), &[("flags", &path.join("."))]);
    }
}

/// `"${kernel}/lib/modules/..."`, and `".../lib/modules/${kernel.version}"`.
fn folder(found: &mut Found, string: &ast::Str) {
    let parts: Vec<_> = string.normalized_parts();
    let text = |at: usize| match parts.get(at) {
        Some(ast::InterpolPart::Literal(text)) => text.as_str(),
        _ => "",
    };
    for (at, part) in parts.iter().enumerate() {
        let ast::InterpolPart::Interpolation(it) = part else { continue };
        let Some(path) = it.expr().and_then(|expr| path(&expr)) else { continue };
        let whole = path.join(".");
        let before = if at == 0 { "" } else { text(at - 1) };
        if path.last().is_some_and(|it| it == "kernel") && text(at + 1).starts_with("/lib/modules/") {
            found.add("not-in-out", it.syntax(), &[("kernel", &whole)]);
        }
        if let [kernel @ .., last] = path.as_slice()
            && last == "version"
            && kernel.last().is_some_and(|it| it == "kernel")
            && before.ends_with("/lib/modules/")
        {
            found.add("version-for-release", it.syntax(), &[("kernel", &kernel.join("."))]);
        }
    }
}

/// What a derivation is made from: a set that has flags or a source of a module.
fn package(found: &mut Found, set: &ast::AttrSet, text: &str) {
    let values = |name: &str| -> Option<ast::Expr> {
        set.attrpath_values()
            .find(|it| it.attrpath().and_then(|path| names(&path)).is_some_and(|path| path == [name]))?
            .value()
    };
    let contains =
        |name: &str, what: &str| values(name).is_some_and(|it| it.syntax().text().to_string().contains(what));
    for name in ["makeFlags", "buildFlags", "installFlags", "preBuildFlags", "preInstallFlags"] {
        values(name).iter().for_each(|value| flags(found, value));
    }
    let has_flags = contains("makeFlags", "kernelModuleMakeFlags");
    if has_flags {
        for value in set.attrpath_values() {
            let is_it = value
                .attrpath()
                .and_then(|path| names(&path))
                .is_some_and(|path| path.last().is_some_and(|it| it == "NIX_CFLAGS_COMPILE"));
            if is_it {
                let flags = match value.value().and_then(bare) {
                    Some(ast::Expr::Str(text)) => plain(&text),
                    _ => None,
                };
                let flags = flags.unwrap_or_else(|| "...".to_owned());
                found.add("flags-unseen", value.syntax(), &[("value", flags.trim())]);
            }
        }
    }
    if contains("installTargets", "modules_install")
        && !text.contains("INSTALL_MOD_PATH")
        && ["makeFlags", "installFlags"].into_iter().all(|name| is_plain(set, values(name)))
        && let Some(value) = values("installTargets")
    {
        found.add("no-module-path", value.syntax(), &[]);
    }
    for name in ["installPhase", "postInstall", "preInstall", "postFixup"] {
        if let Some(value @ ast::Expr::Str(_)) = values(name).and_then(bare) {
            compressed(found, &value);
        }
    }
}

/// Whether flags are all there to be read; the kernel's own are known to have no folder for installing.
fn is_plain(set: &ast::AttrSet, value: Option<ast::Expr>) -> bool {
    let Some(value) = value else { return set.inherits().next().is_none() };
    let mut all = Vec::new();
    elements(&value, &mut all);
    let is_known = |it: &ast::Expr| path(it).is_some_and(|path| path == ["kernelModuleMakeFlags"]);
    let mut parts = vec![value];
    while let Some(part) = parts.pop() {
        match bare(part) {
            Some(ast::Expr::BinOp(operation)) => parts.extend(operation.lhs().into_iter().chain(operation.rhs())),
            Some(ast::Expr::List(_)) => (),
            Some(part) if is_known(&part) => (),
            _ => return false,
        }
    }
    all.iter().all(|flag| matches!(flag, ast::Expr::Str(_)))
}

/// Flags of make's, in a list or a text.
fn flags(found: &mut Found, value: &ast::Expr) {
    let mut all = Vec::new();
    elements(value, &mut all);
    all.extend(bare(value.clone()).filter(|it| matches!(it, ast::Expr::Str(_))));
    for flag in all {
        let ast::Expr::Str(string) = &flag else { continue };
        let parts = string.normalized_parts();
        let Some(ast::InterpolPart::Literal(first)) = parts.first() else { continue };
        if let Some((variable, _)) =
            first.split_once("/lib/modules/").filter(|(before, _)| before.is_empty() || before.ends_with('='))
        {
            found.add("kernel-of-uname", flag.syntax(), &[("variable", variable)]);
        }
        no_shell(found, &flag, first);
    }
}

/// `INSTALL_MOD_PATH=$out`: make reads `$o`, and then `ut`.
fn no_shell(found: &mut Found, flag: &ast::Expr, text: &str) {
    let Some((name, value)) = text.split_once('=') else { return };
    let Some(rest) = value.strip_prefix('$') else { return };
    let variable: String = rest.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
    let mut letters = variable.chars();
    let (Some(letter), false) = (letters.next(), letters.as_str().is_empty()) else { return };
    let holes = [
        ("name", name),
        ("letter", &*format!("${letter}")),
        ("flag", text),
        ("value", &*format!("{name}={}", &rest[letter.len_utf8()..])),
        ("variable", variable.as_str()),
    ];
    found.add("no-shell", flag.syntax(), &holes);
}

/// `xz foo.ko`, in a script.
fn compressed(found: &mut Found, script: &ast::Expr) {
    let text = script.syntax().text().to_string();
    let is_xz = |line: &str| {
        let mut words = line.split_whitespace();
        words.any(|word| word.trim_start_matches(['"', '\'']) == "xz" || word.ends_with("/bin/xz"))
            && line.contains(".ko")
            && !line.contains("--check")
    };
    if text.lines().any(is_xz) && !text.contains("XZ_OPT") {
        found.add("xz", script.syntax(), &[]);
    }
}
