// SPDX-License-Identifier: MIT OR Apache-2.0
//! What compiler, modpost and make complain about, read out of their lines. The words are those of gcc 10 to 16 (gcc/c/c-decl.c
//! and c-typeck.c), of clang (DiagnosticSemaKinds.td), and of scripts/mod/modpost.c.

use crate::judge::between;

/// One complaint; what it quotes are names of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// A function, a name or a type of which the compiler knows nothing.
    Unknown {
        name: String,
        what: Unknown,
    },
    /// `of` is `struct timer_list`, or a type's own name.
    NoMember {
        of: String,
        member: String,
    },
    /// A call has too few or too many arguments, or one of a wrong type.
    Arguments {
        function: String,
    },
    /// A member of an object is given a pointer to something else: `foo_driver.remove`.
    Pointer {
        place: Option<String>,
        wants: String,
        has: String,
    },
    /// What a call returns is used, and it returns nothing; the names of the line.
    Nothing {
        names: Vec<String>,
    },
    /// The driver declares what a header declares too.
    Declared {
        name: String,
    },
    ReadOnly {
        name: String,
    },
    /// The names of a line that the compiler can't read.
    Syntax {
        names: Vec<String>,
    },
    NoHeader {
        header: String,
    },
    /// An option that turns a warning into an error: `missing-prototypes`, about a name.
    Strict {
        warning: String,
        name: String,
    },
    Undefined {
        symbol: String,
        module: String,
    },
    GplOnly {
        symbol: String,
        module: String,
    },
    Namespace {
        symbol: String,
        namespace: String,
        module: String,
    },
    NoLicence {
        module: String,
    },
    NoDescription {
        module: String,
    },
    /// Something that stays refers to something that goes after init.
    Section {
        from: String,
        to: String,
        section: String,
    },
    Make(Trouble),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Function,
    Name,
    Type,
}

/// What make, or a tool that it started, stumbles over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    OtherCompiler,
    Option(String),
    NoRule { target: String, by: Option<String> },
    NoTool(String),
    NoSymvers,
    NotConfigured,
    Plugin,
    Objtool,
    Btf,
}

/// More complaints than this are consequences of the first.
const MOST: usize = 200;

/// The complaints in these lines, each once, in their order.
pub(crate) fn complaints(lines: &[String]) -> Vec<Complaint> {
    let lines: Vec<String> = lines.iter().map(|line| line.replace(['‘', '’'], "'")).collect();
    let mut found: Vec<Complaint> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let after = &lines[at + 1..lines.len().min(at + 8)];
        if let Some(complaint) = of_line(line, after)
            && !found.contains(&complaint)
            && found.len() < MOST
        {
            found.push(complaint);
        }
    }
    found
}

fn of_line(line: &str, after: &[String]) -> Option<Complaint> {
    let compiler = [": fatal error: ", ": error: ", ": warning: "].iter().find_map(|mark| line.split_once(mark));
    if let Some((_, message)) = compiler {
        let is_warning = line.contains(": warning: ");
        let said = of_message(message, after).filter(|it| !is_warning || matches!(it, Complaint::Strict { .. }));
        return said.or_else(|| of_make(line).map(Complaint::Make));
    }
    let modpost =
        ["ERROR: modpost: ", "WARNING: modpost: ", "FATAL: modpost: "].iter().find_map(|mark| line.split_once(mark));
    if let Some((_, message)) = modpost {
        return of_modpost(message);
    }
    of_make(line).map(Complaint::Make)
}

fn of_message(message: &str, after: &[String]) -> Option<Complaint> {
    let one = |before: &str| between(message, before, "'").map(str::to_owned);
    let unknown = |name: String, what| Some(Complaint::Unknown { name, what });
    if let Some(name) = one("implicit declaration of function '").or_else(|| one("call to undeclared function '")) {
        return unknown(name, Unknown::Function);
    }
    if message.contains("has no member named '") {
        // `'struct a' has …`, `'a' {aka 'struct b'} has …`
        let of = between(message, "{aka '", "'").or_else(|| between(message, "'", "'"))?;
        return Some(Complaint::NoMember { of: plain_type(of), member: one("has no member named '")? });
    }
    if let (Some(member), Some(of)) = (one("no member named '"), one("' in '")) {
        return Some(Complaint::NoMember { of: plain_type(&of), member });
    }
    // clang's, of an initialization.
    if let (Some(member), Some(of)) = (one("field designator '"), one("does not refer to any field in type '")) {
        return Some(Complaint::NoMember { of: plain_type(&of), member });
    }
    let of_call = ["too few arguments to function '", "too many arguments to function '"];
    if let Some(function) = of_call.iter().find_map(|before| one(before)) {
        return Some(Complaint::Arguments { function });
    }
    let of_macro = message.starts_with("macro \"") && message.contains("argument");
    if of_macro && let Some(function) = between(message, "macro \"", "\"") {
        return Some(Complaint::Arguments { function: function.to_owned() });
    }
    if message.starts_with("passing argument ") || message.starts_with("incompatible type for argument ") {
        let function = one("of '")?;
        return Some(Complaint::Arguments { function });
    }
    if message.contains("function call, expected ") {
        let function = names(after).into_iter().next()?;
        return Some(Complaint::Arguments { function });
    }
    if message.contains("incompatible pointer type") || message.contains("incompatible function pointer type") {
        return pointer(message, after);
    }
    if message.contains("void value not ignored") || message.contains("has incompatible type 'void'") {
        return Some(Complaint::Nothing { names: names(after) });
    }
    let declared = [
        "conflicting types for '",
        "redefinition of '",
        "static declaration of '",
        "redeclaration of enumerator '",
        "redefinition of enumerator '",
    ];
    if let Some(name) = declared.iter().find_map(|before| one(before)) {
        let name = name.split(' ').next_back().unwrap_or_default().to_owned();
        return Some(Complaint::Declared { name });
    }
    if message.contains("of read-only ") {
        return Some(Complaint::ReadOnly { name: one("member '").or_else(|| one("'"))? });
    }
    if message.contains("No such file or directory") || message.contains("file not found") {
        let header = message.split([':', '\'']).find(|part| part.ends_with(".h"))?;
        return Some(Complaint::NoHeader { header: header.trim().to_owned() });
    }
    if let Some(name) = one("unknown type name '") {
        return unknown(name, Unknown::Type);
    }
    if let Some(of) = one("invalid use of undefined type '").or_else(|| one("pointer to incomplete type '")) {
        return unknown(plain_type(&of), Unknown::Type);
    }
    if let Some(name) = one("use of undeclared identifier '") {
        return unknown(name, Unknown::Name);
    }
    if message.contains("' undeclared") {
        return unknown(one("'")?, Unknown::Name);
    }
    let warning = ["[-Werror=", "[-Werror,-W", "[-W"].iter().find_map(|before| between(message, before, "]"));
    if let Some(warning) = warning.filter(|warning| STRICT.contains(warning)) {
        return Some(Complaint::Strict { warning: warning.to_owned(), name: one("'").unwrap_or_default() });
    }
    let is_syntax = message.starts_with("expected ") || message.contains("data definition has no type");
    is_syntax.then(|| Complaint::Syntax { names: names(after) })
}

/// Warnings that have a history of their own; the others say enough.
const STRICT: &[&str] = &["missing-prototypes", "strict-prototypes", "date-time", "implicit-fallthrough=", "vla"];

/// `initialization of 'A' from incompatible pointer type 'B'`, and clang's form of it.
fn pointer(message: &str, after: &[String]) -> Option<Complaint> {
    let near = after.iter().find_map(|line| between(line, "near initialization for '", "'"));
    let wants = ["initialization of '", "assignment to '", "initializing '", "assigning to '"]
        .iter()
        .find_map(|before| between(message, before, "'"))?;
    let rest = message.split_once(wants)?.1.split_once('\'')?.1;
    let has = between(rest, "pointer type '", "'").or_else(|| between(rest, "expression of type '", "'"));
    let has = has.or_else(|| between(rest, "from '", "'"))?;
    // `a->remove = b;`, in a function.
    let assigned = || {
        let source = after.first()?.split_once('|')?.1;
        let (target, _) = source.split_once('=')?;
        let name = target.trim().rsplit(['.', '>']).next()?;
        Some(format!(".{}", name.trim()))
    };
    Some(Complaint::Pointer {
        place: near.map(str::to_owned).or_else(assigned),
        wants: wants.to_owned(),
        has: has.to_owned(),
    })
}

/// `struct a` of `const struct a *`.
fn plain_type(of: &str) -> String {
    of.trim_end_matches(['*', ' ']).trim_start_matches("const ").trim_start_matches("volatile ").to_owned()
}

/// The names in the source line that the compiler shows below its message: `   12 |  int x = f(y);`.
fn names(after: &[String]) -> Vec<String> {
    let shown = after.iter().take(2).find_map(|line| {
        let (number, source) = line.split_once('|')?;
        number.trim().bytes().all(|byte| byte.is_ascii_digit()).then_some(source)
    });
    let words = super::c::tokens::tokens(shown.unwrap_or_default());
    words.iter().filter(|token| token.is_word()).map(|token| token.text.to_owned()).collect()
}

fn of_modpost(message: &str) -> Option<Complaint> {
    // Since 7.0 every message begins with the module: `foo.ko: symbol 'x' undefined!`.
    let (speaker, message) = match message.split_once(": ") {
        Some((speaker, rest)) if speaker.ends_with(".ko") || speaker.ends_with(".o") => {
            (Some(module_of(speaker)), rest)
        }
        _ => (None, message),
    };
    let words: Vec<&str> = message.split_whitespace().collect();
    let after = |word: &str| {
        let at = words.iter().position(|it| *it == word)?;
        Some(words.get(at + 1)?.trim_matches(['\'', '"', ',', '.']).to_owned())
    };
    let module = || speaker.clone().or_else(|| after("module").map(|path| module_of(&path)));
    if message.ends_with("undefined!") {
        let symbol = between(message, "\"", "\"").or_else(|| between(message, "'", "'"))?.to_owned();
        let module = speaker.clone().or_else(|| between(message, "[", "]").map(module_of)).unwrap_or_default();
        return Some(Complaint::Undefined { symbol, module });
    }
    if message.contains("GPL-incompatible module") || message.contains("GPL-only symbol") {
        return Some(Complaint::GplOnly { symbol: between(message, "symbol '", "'")?.to_owned(), module: module()? });
    }
    if message.contains("from namespace ") {
        let namespace = after("namespace")?;
        return Some(Complaint::Namespace { symbol: after("symbol")?, namespace, module: module()? });
    }
    let of = || speaker.clone().or_else(|| words.last().map(|path| module_of(path)));
    if message.starts_with("missing MODULE_LICENSE()") {
        return Some(Complaint::NoLicence { module: of()? });
    }
    if message.starts_with("missing MODULE_DESCRIPTION()") {
        return Some(Complaint::NoDescription { module: of()? });
    }
    if message.contains("ection mismatch in reference") {
        // Until 6.4 with more words: `from the variable a to the function .init.text:b`.
        let (from, to) = match message.split_once(" -> ") {
            Some((head, rest)) => (head.rsplit("reference: ").next()?.split(['+', ' ']).next()?, rest),
            None => {
                let rest = message.split_once("from the ")?.1;
                (between(rest, " ", " ")?.split('(').next()?, message.rsplit(' ').next()?)
            }
        };
        let section = between(to, "(section: ", ")").or_else(|| to.split(':').next())?.to_owned();
        let to = to.split(" (section").next()?.rsplit(':').next()?.trim_end_matches("()").to_owned();
        return Some(Complaint::Section { from: from.to_owned(), to, section });
    }
    if message.starts_with("Symbol info of vmlinux is missing") || message.contains("Module.symvers\" is missing") {
        return Some(Complaint::Make(Trouble::NoSymvers));
    }
    None
}

/// `foo` of `/a/foo.ko` and `a/foo.o`.
fn module_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".ko").or_else(|| name.strip_suffix(".o")).unwrap_or(name).to_owned()
}

fn of_make(line: &str) -> Option<Trouble> {
    if line.contains("the compiler differs from the one used to build the kernel") {
        return Some(Trouble::OtherCompiler);
    }
    let option = ["unrecognized command-line option '", "unknown argument: '", "unsupported option '"];
    if let Some(option) = option.iter().find_map(|before| between(line, before, "'")) {
        return Some(Trouble::Option(option.to_owned()));
    }
    if let Some(target) = between(line, "No rule to make target '", "'") {
        return Some(Trouble::NoRule {
            target: target.to_owned(),
            by: between(line, "needed by '", "'").map(str::to_owned),
        });
    }
    // dash: `/bin/sh: 1: pahole: not found`; bash: `line 3: pahole: command not found`; make: `make: pahole: No such file or directory`.
    let tool = line.strip_suffix(": not found").or_else(|| line.strip_suffix(": command not found"));
    let tool = tool.or_else(|| line.strip_prefix("make")?.strip_suffix(": No such file or directory"));
    if let Some(tool) = tool.and_then(|rest| rest.rsplit(": ").next()).filter(|tool| !tool.contains([' ', '*'])) {
        return Some(Trouble::NoTool(tool.to_owned()));
    }
    if line.contains("Symbol version dump") && line.contains("is missing") || line.contains("Module.symvers is missing")
    {
        return Some(Trouble::NoSymvers);
    }
    if line.contains("Kernel configuration is invalid") || line.contains("auto.conf are missing") {
        return Some(Trouble::NotConfigured);
    }
    if line.contains("cannot load plugin") || line.contains("incompatible gcc/plugin versions") {
        return Some(Trouble::Plugin);
    }
    if line.contains("objtool: ") && (line.contains("error: ") || line.contains("warning: ")) {
        return Some(Trouble::Objtool);
    }
    let of_btf =
        line.contains("BTF") && (line.starts_with("FAILED") || line.contains("Failed") || line.contains("pahole"));
    of_btf.then_some(Trouble::Btf)
}

#[cfg(test)]
mod tests;
