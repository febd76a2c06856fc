// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which kernel's package set something is of: `boot.kernelPackages`, `boot.extraModulePackages`, and who calls a module's package.

use std::path::Path;

use fs_err as fs;
use rnix::SyntaxKind;
use rnix::ast::{self, HasEntry as _};
use rowan::ast::AstNode as _;

use super::Found;
use super::source::{Source, bare, demanded, elements, names, option, path, plain};

/// The package set of a kernel, as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Set {
    /// `config.boot.kernelPackages`
    Own,
    /// `pkgs.linuxPackages_6_12`, and its like.
    Named(String),
}

/// The set that a path is, or none that is known.
fn set(path: &[String]) -> Option<Set> {
    if path.ends_with(&["boot".to_owned(), "kernelPackages".to_owned()]) {
        return Some(Set::Own);
    }
    let [before @ .., last] = path else { return None };
    let is_set = last == "linuxPackages" || last.starts_with("linuxPackages_");
    let is_new_name = before.ends_with(&["linuxKernel".to_owned(), "packages".to_owned()]);
    (is_set || is_new_name).then(|| Set::Named(path.join(".")))
}

pub(super) fn look(found: &mut Found, dir: &Path) {
    let nodes: Vec<_> = found.source.root.descendants().collect();
    let definitions: Vec<(Vec<String>, ast::AttrpathValue)> =
        nodes.iter().cloned().filter_map(ast::AttrpathValue::cast).filter_map(|it| Some((option(&it)?, it))).collect();
    let of_option = |name: &str| {
        let wanted = ["boot".to_owned(), name.to_owned()];
        let values =
            definitions.iter().filter(move |(path, _)| path.ends_with(&wanted)).filter_map(|(_, it)| it.value());
        values.collect::<Vec<_>>()
    };
    let kernels = of_option("kernelPackages");
    for value in &kernels {
        kernel(found, value);
    }
    let sets: Vec<Option<Set>> = kernels.iter().map(chosen).collect();
    for value in of_option("extraModulePackages") {
        let mut packages = Vec::new();
        elements(&value, &mut packages);
        for package in packages {
            module(found, &package, &sets);
        }
    }
    for apply in nodes.into_iter().filter_map(ast::Apply::cast) {
        call(found, &apply, dir);
    }
}

/// The set that a definition of `boot.kernelPackages` chooses, as far as its text says.
fn chosen(value: &ast::Expr) -> Option<Set> {
    let value = without_priority(value)?;
    set(&path(&value)?)
}

/// `lib.mkDefault x` is x.
fn without_priority(value: &ast::Expr) -> Option<ast::Expr> {
    let value = bare(value.clone())?;
    let ast::Expr::Apply(apply) = &value else { return Some(value) };
    let function = path(&apply.lambda()?).unwrap_or_default();
    match function.last().map(String::as_str) {
        Some("mkDefault" | "mkForce") => without_priority(&apply.argument()?),
        _ => Some(value),
    }
}

/// `boot.kernelPackages = pkgs.linux_6_12;`
fn kernel(found: &mut Found, value: &ast::Expr) {
    let Some(value) = without_priority(value) else { return };
    let Some(path) = path(&value) else { return };
    let [before @ .., last] = path.as_slice() else { return };
    let number = last.strip_prefix("linux_").unwrap_or_default();
    let is_number =
        number.starts_with(|it: char| it.is_ascii_digit()) || ["latest", "testing", "default"].contains(&number);
    let is_kernel = before.last().is_some_and(|it| it == "pkgs") && is_number;
    let is_new_name = before.ends_with(&["linuxKernel".to_owned(), "kernels".to_owned()]);
    if is_kernel || is_new_name {
        found.add("kernel-for-set", value.syntax(), &[("kernel", &path.join("."))]);
    }
}

/// An element of `boot.extraModulePackages`.
fn module(found: &mut Found, package: &ast::Expr, kernels: &[Option<Set>]) {
    if let ast::Expr::Str(text) = package {
        if let Some(text) = plain(text).filter(|text| !text.contains('/')) {
            found.add("no-package-but-text", package.syntax(), &[("package", &text)]);
        }
        return;
    }
    let Some(path) = path(package) else { return };
    let Some(split) = (1..path.len()).rev().find(|at| set(&path[..*at]).is_some()) else { return };
    let Some(Set::Named(name)) = set(&path[..split]) else { return };
    let package_name = path[split..].join(".");
    // What a function hands in may be that very set.
    if kernels.contains(&Some(Set::Named(name.clone()))) || kernels.iter().any(Option::is_none) {
        return;
    }
    let named =
        kernels.iter().flatten().filter_map(|it| if let Set::Named(name) = it { Some(name.as_str()) } else { None });
    let named: Vec<&str> = named.collect();
    let holes = [("package", package_name.as_str()), ("set", name.as_str()), ("kernels", &named.join("` or `"))];
    found.add(if named.is_empty() { "fixed-set" } else { "other-set" }, package.syntax(), &holes);
}

/// `pkgs.callPackage ./foo.nix { kernel = config.boot.kernelPackages.kernel; }`
fn call(found: &mut Found, apply: &ast::Apply, dir: &Path) {
    let Some(ast::Expr::AttrSet(arguments)) = apply.argument().and_then(bare) else { return };
    let Some(ast::Expr::Apply(inner)) = apply.lambda().and_then(bare) else { return };
    let Some(function) = inner.lambda().and_then(|it| path(&it)) else { return };
    let [caller @ .., last] = function.as_slice() else { return };
    let Some(file) = inner.argument().and_then(bare) else { return };
    if last != "callPackage" {
        return;
    }
    let kernel = argument(&arguments, "kernel");
    let kernel_set = kernel
        .as_ref()
        .and_then(|path| path.split_last())
        .filter(|(last, _)| *last == "kernel")
        .and_then(|(_, path)| set(path));
    let shown = file.syntax().text().to_string();
    let node = apply.syntax();
    if let (Some(Set::Named(caller)), Some(kernel_set), Some(kernel)) = (set(caller), &kernel_set, &kernel) {
        if *kernel_set != Set::Named(caller.clone()) {
            found.add("two-sets", node, &[("set", &caller), ("kernel", &kernel.join(".")), ("file", &shown)]);
        }
        return;
    }
    if caller.last().is_none_or(|it| it != "pkgs") || has(&arguments, "kernelModuleMakeFlags") {
        return;
    }
    match demands(&file, dir) {
        Some(demands) => {
            let missing = ["kernelModuleMakeFlags", "kernel"]
                .into_iter()
                .find(|name| demands.iter().any(|demanded| demanded == name) && !has(&arguments, name));
            if let Some(argument) = missing {
                found.add("called-by-pkgs", node, &[("file", &shown), ("argument", argument)]);
            }
        }
        None if kernel_set.is_some() => found.add("kernel-handed-over", node, &[("file", &shown)]),
        None => (),
    }
}

/// The path that an argument is given as.
fn argument(arguments: &ast::AttrSet, name: &str) -> Option<Vec<String>> {
    arguments.entries().find_map(|entry| match entry {
        ast::Entry::AttrpathValue(value) => {
            let is_it = names(&value.attrpath()?)? == [name];
            is_it.then(|| path(&value.value()?)).flatten()
        }
        ast::Entry::Inherit(inherit) => {
            let is_it = inherit.attrs().any(|attr| attr.syntax().text() == name);
            let mut path = is_it.then(|| path(&inherit.from()?.expr()?)).flatten()?;
            path.push(name.to_owned());
            Some(path)
        }
    })
}

fn has(arguments: &ast::AttrSet, name: &str) -> bool {
    arguments.entries().any(|entry| match entry {
        ast::Entry::AttrpathValue(value) => {
            value.attrpath().and_then(|path| names(&path)).is_some_and(|path| path == [name])
        }
        ast::Entry::Inherit(inherit) => inherit.attrs().any(|attr| attr.syntax().text() == name),
    })
}

/// What the function of a file demands, where the file lies beside this one.
fn demands(file: &ast::Expr, dir: &Path) -> Option<Vec<String>> {
    if file.syntax().kind() != SyntaxKind::NODE_PATH_REL {
        return None;
    }
    let path = dir.join(file.syntax().text().to_string());
    let path = if path.is_dir() { path.join("default.nix") } else { path };
    let size = fs::metadata(&path).ok()?.len();
    let text = (size <= super::LARGEST).then(|| fs::read_to_string(&path).ok()).flatten()?;
    demanded(&Source::parse(&text).ok()?.root)
}
