// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of Nix's language, parsed, and what its names mean as far as the file itself says so.

use rnix::ast::{self, HasEntry as _};
use rnix::{Root, SyntaxKind, SyntaxNode};
use rowan::ast::AstNode as _;

/// A name is followed through so many others.
const DEEPEST: usize = 8;

/// See the module's documentation.
pub(super) struct Source {
    pub(super) root: SyntaxNode,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl Source {
    /// Or the place of the first thing that is none of the language, and what it is.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, usize, String)> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let parsed = Root::parse(text);
        let source = Self { root: parsed.syntax(), lines };
        match parsed.errors().first() {
            None => Ok(source),
            Some(error) => {
                let at = place_of(error).unwrap_or(text.len());
                let (line, column) = source.place(at);
                Err((line, column, error.to_string()))
            }
        }
    }

    /// Line and column, from 1, of a place in the text; columns are bytes, as Nix counts them.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|begin| *begin <= at);
        (line, at - self.lines[line - 1] + 1)
    }

    pub(super) fn place_of(&self, node: &SyntaxNode) -> (usize, usize) {
        self.place(usize::from(node.text_range().start()))
    }
}

fn place_of(error: &rnix::ParseError) -> Option<usize> {
    use rnix::ParseError as E;
    match error {
        E::Unexpected(range) | E::UnexpectedExtra(range) | E::UnexpectedDoubleBind(range) => Some(range.start().into()),
        E::UnexpectedWanted(_, range, _) | E::DuplicatedArgs(range, _) => Some(range.start().into()),
        _ => None,
    }
}

/// An expression without the parentheses around it.
pub(super) fn bare(expr: ast::Expr) -> Option<ast::Expr> {
    match expr {
        ast::Expr::Paren(paren) => bare(paren.expr()?),
        ast::Expr::Root(root) => bare(root.expr()?),
        expr => Some(expr),
    }
}

/// The names of an attribute path that has only names: `a.b."c"`.
pub(super) fn names(path: &ast::Attrpath) -> Option<Vec<String>> {
    path.attrs().map(|attr| name(&attr)).collect()
}

fn name(attr: &ast::Attr) -> Option<String> {
    match attr {
        ast::Attr::Ident(ident) => Some(ident.ident_token()?.text().to_owned()),
        ast::Attr::Str(text) => plain(text),
        ast::Attr::Dynamic(_) => None,
    }
}

/// A string that has no expression in it.
pub(super) fn plain(text: &ast::Str) -> Option<String> {
    let parts = text.normalized_parts();
    let literal = |part| if let ast::InterpolPart::Literal(text) = part { Some(text) } else { None };
    parts.into_iter().map(literal).collect()
}

/// `config.boot.kernelPackages` as its names, where an expression is nothing else; names of a `let` around it are followed.
pub(super) fn path(expr: &ast::Expr) -> Option<Vec<String>> {
    path_within(expr, DEEPEST)
}

fn path_within(expr: &ast::Expr, deep: usize) -> Option<Vec<String>> {
    let deep = deep.checked_sub(1)?;
    match bare(expr.clone())? {
        ast::Expr::Ident(ident) => {
            let name = ident.ident_token()?.text().to_owned();
            Some(meaning(ident.syntax(), &name, deep).unwrap_or_else(|| vec![name]))
        }
        ast::Expr::Select(select) if select.default_expr().is_none() => {
            let mut path = path_within(&select.expr()?, deep)?;
            path.extend(names(&select.attrpath()?)?);
            Some(path)
        }
        _ => None,
    }
}

/// What a name means that a `let` around a place binds, or one that a `with` may have brought. None where a function's argument is meant, or
/// nothing is known.
fn meaning(place: &SyntaxNode, name: &str, deep: usize) -> Option<Vec<String>> {
    let mut with: Option<Vec<String>> = None;
    for (inner, outer) in place.ancestors().zip(place.ancestors().skip(1)) {
        match outer.kind() {
            SyntaxKind::NODE_LET_IN => {
                let entries = ast::LetIn::cast(outer)?.entries();
                if let Some(bound) = entries.into_iter().find_map(|entry| bound(&entry, name, deep)) {
                    return bound;
                }
            }
            SyntaxKind::NODE_LAMBDA
                if ast::Lambda::cast(outer.clone())?.param().is_some_and(|param| takes(&param, name)) =>
            {
                return None;
            }
            SyntaxKind::NODE_ATTR_SET => {
                let set = ast::AttrSet::cast(outer)?;
                if set.rec_token().is_some() && set.entries().any(|entry| bound(&entry, name, 1).is_some()) {
                    return None;
                }
            }
            // What the `with` is about is not inside of it.
            SyntaxKind::NODE_WITH if with.is_none() => {
                let it = ast::With::cast(outer)?;
                let is_body = it.body().is_some_and(|body| *body.syntax() == inner);
                if is_body {
                    with = path_within(&it.namespace()?, deep);
                }
            }
            _ => (),
        }
    }
    let mut path = with?;
    path.push(name.to_owned());
    Some(path)
}

/// Some if the entry binds the name; what that is, where it is a path.
#[expect(clippy::option_option, reason = "bound to what is no path is not the same as not bound")]
fn bound(entry: &ast::Entry, name: &str, deep: usize) -> Option<Option<Vec<String>>> {
    match entry {
        ast::Entry::AttrpathValue(value) => {
            let path = names(&value.attrpath()?)?;
            let is_it = path.first().is_some_and(|first| first == name);
            // `let x = x;` would be itself.
            is_it.then(|| if path.len() == 1 { path_within(&value.value()?, deep) } else { None })
        }
        ast::Entry::Inherit(inherit) => {
            let is_it = inherit.attrs().any(|attr| self::name(&attr).as_deref() == Some(name));
            is_it.then(|| {
                let mut path = path_within(&inherit.from()?.expr()?, deep)?;
                path.push(name.to_owned());
                Some(path)
            })
        }
    }
}

fn takes(param: &ast::Param, name: &str) -> bool {
    match param {
        ast::Param::IdentParam(param) => param.ident().is_some_and(|ident| text(&ident) == name),
        ast::Param::Pattern(pattern) => {
            pattern.pat_entries().filter_map(|entry| entry.ident()).any(|ident| text(&ident) == name)
                || pattern.pat_bind().and_then(|bind| bind.ident()).is_some_and(|ident| text(&ident) == name)
        }
    }
}

fn text(ident: &ast::Ident) -> String {
    ident.syntax().text().to_string()
}

/// The arguments that the function of a file demands, those with a default left out; none if the file is no function of a set.
pub(super) fn demanded(root: &SyntaxNode) -> Option<Vec<String>> {
    let expr = Root::cast(root.clone())?.expr()?;
    let ast::Expr::Lambda(lambda) = bare(expr)? else { return None };
    let ast::Param::Pattern(pattern) = lambda.param()? else { return None };
    let entries = pattern.pat_entries().filter(|entry| entry.default().is_none());
    Some(entries.filter_map(|entry| Some(text(&entry.ident()?))).collect())
}

/// The path of the option that a definition is of, through the sets around it: `boot.kernelPackages`, possibly with more before it.
pub(super) fn option(definition: &ast::AttrpathValue) -> Option<Vec<String>> {
    let mut path = names(&definition.attrpath()?)?;
    let mut node = definition.syntax().clone();
    while let Some(parent) = node.parent() {
        match parent.kind() {
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let outer = ast::AttrpathValue::cast(parent.clone())?;
                let mut whole = names(&outer.attrpath()?)?;
                whole.append(&mut path);
                path = whole;
            }
            // `boot = lib.mkIf condition { ... };`
            SyntaxKind::NODE_ATTR_SET
            | SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_APPLY
            | SyntaxKind::NODE_LIST
            | SyntaxKind::NODE_WITH => (),
            SyntaxKind::NODE_LET_IN => {
                let body = ast::LetIn::cast(parent.clone())?.body();
                if body.is_none_or(|body| *body.syntax() != node) {
                    break;
                }
            }
            _ => break,
        }
        node = parent;
    }
    Some(path)
}

/// The expressions that a list comes to: those of all lists in it, whatever conditions are around them.
pub(super) fn elements(expr: &ast::Expr, each: &mut Vec<ast::Expr>) {
    let Some(expr) = bare(expr.clone()) else { return };
    match &expr {
        ast::Expr::List(list) => each.extend(list.items().filter_map(bare)),
        ast::Expr::With(with) => with.body().iter().for_each(|body| elements(body, each)),
        ast::Expr::LetIn(it) => it.body().iter().for_each(|body| elements(body, each)),
        ast::Expr::BinOp(operation) => {
            operation.lhs().iter().chain(&operation.rhs()).for_each(|side| elements(side, each));
        }
        // `lib.mkIf condition [ ... ]`, `lib.optionals condition [ ... ]`; the condition is no list.
        ast::Expr::Apply(apply) => apply.argument().iter().for_each(|argument| elements(argument, each)),
        ast::Expr::IfElse(it) => it.body().iter().chain(&it.else_body()).for_each(|branch| elements(branch, each)),
        _ => (),
    }
}
