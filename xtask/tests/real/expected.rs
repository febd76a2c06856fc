// SPDX-License-Identifier: MIT OR Apache-2.0
//! `expected.toml`: the verdict that a module of the zoo must get, and how an outcome is compared with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use xtask::driver::Limits;
use xtask::judge::Verdict;

/// Marks the line that must be named.
const MARK: &str = "/* here */";

/// What exceptions are made for.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    pub(crate) release: String,
    pub(crate) config: PathBuf,
}

/// What must come, on all kernels or on some.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Wanted {
    /// In one word, as the JSON has it.
    verdict: Option<String>,
    /// Of a fault; an empty text where none must come.
    kind: Option<String>,
    /// The step of a fault or of a hang; an empty text for no step.
    during: Option<String>,
    at: Option<At>,
    /// Texts of the headline and the details, as the terminal has them.
    says: Option<Vec<String>>,
    /// Texts that they must not contain.
    never: Option<Vec<String>>,
    /// Texts of what is worth knowing besides.
    remarks: Option<Vec<String>>,
    /// How many steps the machine was asked to take.
    steps: Option<u64>,
    /// How many warnings the compiler gives.
    warnings: Option<u64>,
}

/// Which place in the source must be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum At {
    /// The line with the mark, first of all.
    Here,
    /// None that is known.
    Nowhere,
}

/// `expected.toml`, as it stands.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    few: bool,
    #[serde(default)]
    only: Vec<String>,
    #[serde(default)]
    unsettled: BTreeMap<String, String>,
    #[serde(default)]
    on: Vec<toml::Table>,
    #[serde(flatten)]
    wanted: toml::Table,
}

/// What must come, with what differs on some kernels.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// The kernel matters little: the oldest and the newest are enough.
    pub(crate) few: bool,
    /// The names of kernels that see it; all do if this is empty.
    pub(crate) only: Vec<String>,
    /// By the name of a kernel: why what must come does not come there yet. Its trial is reported as ignored.
    pub(crate) unsettled: BTreeMap<String, String>,
    wanted: Wanted,
    on: Vec<(Limits, Wanted)>,
}

impl Expected {
    /// Reads and checks the text of an `expected.toml`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|err| err.to_string())?;
        let wanted: Wanted = table(file.wanted)?;
        let on = file.on.into_iter().map(exception).collect::<Result<_, _>>()?;
        if wanted.verdict.is_none() {
            return Err("it says no `verdict`".to_owned());
        }
        Ok(Self { few: file.few, only: file.only, unsettled: file.unsettled, wanted, on })
    }

    /// What must come on this kernel: of several exceptions that fit, the later one counts.
    fn on(&self, kernel: Option<&Kernel>) -> Result<Wanted, String> {
        let mut wanted = self.wanted.clone();
        for (limits, other) in &self.on {
            let Some(kernel) = kernel else { continue };
            let unmet = limits.unmet(&kernel.release, &kernel.config).map_err(|err| format!("{err:#}"))?;
            if unmet.is_empty() {
                wanted.replace(other);
            }
        }
        Ok(wanted)
    }

    /// Compares an event `outcome` of `--json` with what must come, for a module whose sources are in `folder`.
    pub(crate) fn check(&self, outcome: &Value, kernel: Option<&Kernel>, folder: &Path) -> Result<(), Failed> {
        let wrong = self.on(kernel)?.wrong(outcome, folder)?;
        if wrong.is_empty() {
            return Ok(());
        }
        let said = said(outcome)?;
        Err(format!("{}\nthe outcome: {outcome}\n{said}", wrong.join("\n")).into())
    }
}

fn table<T: DeserializeOwned>(table: toml::Table) -> Result<T, String> {
    table.try_into().map_err(|err| err.to_string().trim().to_owned())
}

/// Which kernels an exception is for, and what comes there.
fn exception(mut all: toml::Table) -> Result<(Limits, Wanted), String> {
    let keys = ["kernels", "needs"];
    let limits: toml::Table = keys.iter().filter_map(|key| all.remove_entry(*key)).collect();
    if limits.is_empty() {
        return Err("an `[[on]]` needs `kernels` or `needs`".to_owned());
    }
    Ok((table(limits)?, table(all)?))
}

impl Wanted {
    fn replace(&mut self, other: &Self) {
        fn replace<T: Clone>(mine: &mut Option<T>, other: &Option<T>) {
            if other.is_some() {
                mine.clone_from(other);
            }
        }
        // Another verdict has its own circumstances.
        if other.verdict.is_some() && other.verdict != self.verdict {
            *self = Self { warnings: self.warnings, ..Self::default() };
        }
        replace(&mut self.verdict, &other.verdict);
        replace(&mut self.kind, &other.kind);
        replace(&mut self.during, &other.during);
        replace(&mut self.at, &other.at);
        replace(&mut self.says, &other.says);
        replace(&mut self.never, &other.never);
        replace(&mut self.remarks, &other.remarks);
        replace(&mut self.steps, &other.steps);
        replace(&mut self.warnings, &other.warnings);
    }

    /// What is not as it must be, each in a line.
    fn wrong(&self, outcome: &Value, folder: &Path) -> Result<Vec<String>, String> {
        let mut wrong = Vec::new();
        let mut compare = |what: &str, wanted: Option<&str>, is: &Value| {
            let is = is.as_str().unwrap_or_default();
            if wanted.is_some_and(|wanted| wanted != is) {
                wrong.push(format!("{what} is `{is}`, not `{}`", wanted.unwrap_or_default()));
            }
        };
        let because = &outcome["verdict"]["because"];
        compare("the verdict", self.verdict.as_deref(), &outcome["verdict"]["verdict"]);
        compare("its kind", self.kind.as_deref(), &because["kind"]);
        compare("its step", self.during.as_deref(), &because["during"]);
        let said = said(outcome)?;
        let lacking = self.says.iter().flatten().filter(|text| !said.contains(text.as_str()));
        wrong.extend(lacking.map(|text| format!("it does not say `{text}`")));
        let surplus = self.never.iter().flatten().filter(|text| said.contains(text.as_str()));
        wrong.extend(surplus.map(|text| format!("it says `{text}`")));
        let remarks = outcome["remarks"].to_string();
        let lacking = self.remarks.iter().flatten().filter(|text| !remarks.contains(text.as_str()));
        wrong.extend(lacking.map(|text| format!("no remark says `{text}`")));
        let steps = outcome["ran"]["steps"].as_u64().unwrap_or(0);
        if self.steps.is_some_and(|wanted| wanted != steps) {
            wrong.push(format!("it took {steps} steps"));
        }
        let warnings = outcome["warnings"].as_u64().unwrap_or(0);
        if warnings != self.warnings.unwrap_or(0) {
            wrong.push(format!("the compiler gave {warnings} warnings"));
        }
        let site = site(outcome);
        let named = site.as_ref().map_or("no place".to_owned(), |(file, line)| format!("{file}:{line}"));
        match self.at {
            Some(At::Here) => {
                let here = here(folder)?;
                let fits =
                    site.is_some_and(|(file, line)| here.iter().any(|(name, at)| *at == line && ends(&file, name)));
                if !fits {
                    wrong.push(format!("it names {named}, not {}", told(&here)));
                }
            }
            Some(At::Nowhere) if site.is_some() => wrong.push(format!("it names {named}")),
            Some(At::Nowhere) | None => {}
        }
        Ok(wrong)
    }
}

/// Headline and details, as the terminal has them.
fn said(outcome: &Value) -> Result<String, String> {
    let verdict = Verdict::deserialize(&outcome["verdict"]).map_err(|err| format!("not a verdict: {err}"))?;
    let details = xtask::report::explained(&verdict, &crate::root());
    Ok([verdict.headline()].into_iter().chain(details).collect::<Vec<_>>().join("\n"))
}

/// The first place in a source of the driver's own that an outcome names: of a fault or a hang, else of a build, of a refusal
/// to load, or of a step. Functions of the kernel's headers, which became part of the driver's, stand before it.
fn site(outcome: &Value) -> Option<(String, u64)> {
    let because = &outcome["verdict"]["because"];
    let failures = || because.as_array().into_iter().flatten();
    let of_loads = failures().filter_map(|failure| failure.get("load")?.get("site"));
    let of_steps = failures().filter_map(|failure| failure.get("step")?.get("sites")?.as_array()).flatten();
    // Where the compiler stumbles: `m.c:2:5: error: …`, with its column or without.
    let builds = failures().filter_map(|failure| failure["build"]["lines"].as_array());
    let mut errors = builds.flatten().filter_map(|line| line.as_str()?.split_once(": error: "));
    if let Some((at, _)) = errors.next() {
        let mut parts = at.split(':');
        return Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?));
    }
    let sites = because["sites"].as_array().into_iter().flatten().chain(of_loads).chain(of_steps);
    let place = |site: &Value| Some((site["file"].as_str()?.to_owned(), site["line"].as_u64()?));
    sites.filter_map(place).find(|(file, _)| !file.contains("include/"))
}

/// The marked lines of the sources: any of them may be named, since optimisers differ in which call they keep.
fn here(folder: &Path) -> Result<Vec<(String, u64)>, String> {
    let mut marked = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|err| err.to_string())? {
        let path = entry.map_err(|err| err.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|ext| ext == "c" || ext == "h") {
            let text = std::fs::read_to_string(&path).map_err(|err| err.to_string())?;
            let lines = text.lines().zip(1..).filter(|(line, _)| line.contains(MARK));
            marked.extend(lines.map(|(_, number)| (name.clone(), number)));
        }
    }
    if marked.is_empty() {
        return Err(format!("`at = \"here\"`, and no line of a source has `{MARK}`"));
    }
    Ok(marked)
}

fn told(marked: &[(String, u64)]) -> String {
    marked.iter().map(|(name, line)| format!("{name}:{line}")).collect::<Vec<_>>().join(" or ")
}

/// Whether a path ends in this name.
fn ends(file: &str, name: &str) -> bool {
    Path::new(file).file_name().is_some_and(|file| file == name)
}

/// Tests of what stands above: a wrong expectation must be noticed.
pub(crate) fn trials() -> Vec<Trial> {
    let case = |name: &str, expected: &'static str, outcome: &'static str, wrong: &'static str| {
        Trial::test(format!("expected::{name}"), move || compare(expected, outcome, wrong))
    };
    let oops = "verdict = \"crash\"\nkind = \"oops\"\nduring = \"load m\"\nat = \"here\"\nsays = [\"NULL\"]\n";
    vec![
        case("as_it_is", oops, OOPS, ""),
        case("verdict", "verdict = \"pass\"", OOPS, "the verdict is `crash`, not `pass`"),
        case("kind", "verdict = \"crash\"\nkind = \"warn\"", OOPS, "its kind is `oops`, not `warn`"),
        case("step", "verdict = \"crash\"\nduring = \"unload m\"", OOPS, "its step is `load m`, not `unload m`"),
        case("no_step", "verdict = \"crash\"\nduring = \"\"", OOPS, "its step is `load m`, not ``"),
        case("says", "verdict = \"crash\"\nsays = [\"none\"]", OOPS, "it does not say `none`"),
        case("never", "verdict = \"crash\"\nnever = [\"NULL\"]", OOPS, "it says `NULL`"),
        case("remark", "verdict = \"crash\"\nremarks = [\"x\"]", OOPS, "no remark says `x`"),
        case("steps", "verdict = \"crash\"\nsteps = 3", OOPS, "it took 2 steps"),
        case("warnings", "verdict = \"crash\"\nwarnings = 1", OOPS, "the compiler gave 0 warnings"),
        case("other_line", oops, OTHER_LINE, "it names m.c:4, not m.c:2"),
        case("no_place", oops, NO_PLACE, "it names no place, not m.c:2"),
        case("a_place", "verdict = \"crash\"\nat = \"nowhere\"", OOPS, "it names /w/m.c:2"),
        case("of_a_build", "verdict = \"fail\"\nat = \"here\"", BUILD, "it names /w/m.c:1, not m.c:2"),
        case("no_verdict", "kind = \"oops\"", OOPS, "it says no `verdict`"),
        case("unknown_key", "verdict = \"crash\"\nkinds = \"oops\"", OOPS, "unknown field `kinds`"),
        case("unknown_kernels", "verdict = \"pass\"\n[[on]]\nkernels = \"6\"", OOPS, "names no kernels"),
        case("unknown_place", "verdict = \"pass\"\nat = \"there\"", OOPS, "unknown variant `there`"),
        case("no_condition", "verdict = \"pass\"\n[[on]]\nverdict = \"fail\"", OOPS, "needs `kernels` or `needs`"),
        case("unknown_key_of_on", "verdict = \"pass\"\n[[on]]\nkernels = \"<6.1\"\nx = 1", OOPS, "unknown field `x`"),
        Trial::test("expected::exceptions", exceptions),
    ]
}

const OOPS: &str = r#"{"verdict":{"verdict":"crash","because":{"kind":"oops","title":"BUG: kernel NULL","during":"load m",
    "log":[],"sites":[{"function":"f","module":"m","file":"/w/m.c","line":2}]}},"ran":{"steps":2,"ms":1},"warnings":0}"#;
const OTHER_LINE: &str = r#"{"verdict":{"verdict":"crash","because":{"kind":"oops","title":"BUG: kernel NULL",
    "during":"load m","log":[],"sites":[{"function":"f","module":"m","file":"m.c","line":4},
    {"function":"f","module":"m","file":"m.c","line":2}]}},"ran":{"steps":2,"ms":1},"warnings":0}"#;
const BUILD: &str = r#"{"verdict":{"verdict":"fail","because":[{"build":{"lines":["/w/m.c: In function 'f':",
    "/w/m.c:1:5: error: no"]}}]},"ran":null,"warnings":0}"#;
const NO_PLACE: &str = r#"{"verdict":{"verdict":"crash","because":{"kind":"oops","title":"BUG: kernel NULL",
    "during":"load m","log":[]}},"ran":{"steps":2,"ms":1},"warnings":0}"#;

/// Compares an outcome with an expectation, and what is said of that; an empty text is for nothing.
fn compare(expected: &str, outcome: &str, wrong: &str) -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    std::fs::write(top.path().join("m.c"), "int x;\nint y; /* here */\n")?;
    let outcome: Value = serde_json::from_str(outcome)?;
    said(&outcome)?;
    let said = match Expected::parse(expected) {
        Err(err) => err,
        Ok(expected) => expected.wanted.wrong(&outcome, top.path())?.join("\n"),
    };
    let fits = if wrong.is_empty() { said.is_empty() } else { said.contains(wrong) };
    if fits { Ok(()) } else { Err(format!("it says `{said}`, not `{wrong}`").into()) }
}

/// Which of the exceptions count where.
fn exceptions() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let config = top.path().join("config");
    std::fs::write(&config, "CONFIG_KASAN=y\n")?;
    let text = "verdict = \"crash\"\nkind = \"oops\"\nsays = [\"a\"]\nwarnings = 1\n\
                [[on]]\nkernels = \"<6.0\"\nkind = \"warn\"\n\
                [[on]]\nneeds = [\"CONFIG_KASAN\"]\nkernels = \">=7.0\"\nverdict = \"pass\"\n\
                [[on]]\nneeds = [\"CONFIG_OTHER\"]\nverdict = \"hang\"\n";
    let expected = Expected::parse(text)?;
    for (release, wanted) in [
        ("6.1.0-56-amd64", "crash, kind oops, says a, 1 warnings"),
        ("5.10.0-46-amd64", "crash, kind warn, says a, 1 warnings"),
        ("7.3.4+deb13-amd64", "pass, kind -, says , 1 warnings"),
    ] {
        let is = expected.on(Some(&Kernel { release: release.to_owned(), config: config.clone() }))?;
        let told = format!(
            "{}, kind {}, says {}, {} warnings",
            is.verdict.unwrap_or_default(),
            is.kind.as_deref().unwrap_or("-"),
            is.says.unwrap_or_default().join(" "),
            is.warnings.unwrap_or(0)
        );
        if told != wanted {
            return Err(format!("on {release}: `{told}`, not `{wanted}`").into());
        }
    }
    Ok(())
}
