// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which servers the archive is fetched from: the environment's, else `workbench.toml`'s, else those that the host's
//! own apt uses, else snapshot.debian.org at a fixed date. No other address is known to the workbench.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

/// The two halves of Debian's archive, which live at addresses of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Main,
    Security,
}

/// The addresses to fetch from, without a slash at their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrors {
    pub main: String,
    pub security: String,
    /// Where they were found, for people.
    pub origin: String,
    /// Where packages are that the mirrors have no more: `https://snapshot.debian.org`.
    pub snapshot: String,
}

/// `[debian]` in workbench.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Address of the archive, such as apt's sources have it.
    pub mirror: Option<String>,
    /// Address of the security archive; by default the mirror's, with `-security` at its end.
    pub security_mirror: Option<String>,
    /// A file of further OpenPGP keys, in binary form, that may sign the archive's index.
    pub keyring: Option<std::path::PathBuf>,
    /// Address of the archive's past, where packages that kernels.lock names are looked for when the mirror has them no more.
    pub snapshot: Option<String>,
}

/// Every file that the archive ever had, by the date at which it had it.
const SNAPSHOT_SITE: &str = "https://snapshot.debian.org";

/// The date at which the archive is used when nothing says otherwise: kernels and tools of that day.
const SNAPSHOT_DATE: &str = "20261115T000000Z";

const MIRROR_VARIABLE: &str = "WORKBENCH_DEBIAN_MIRROR";
const SECURITY_VARIABLE: &str = "WORKBENCH_DEBIAN_SECURITY_MIRROR";

impl Mirrors {
    pub fn find(settings: &Settings) -> Result<Self> {
        let snapshot = settings.snapshot.as_deref().unwrap_or(SNAPSHOT_SITE).trim_end_matches('/').to_owned();
        Ok(Self { snapshot, ..Self::of_today(settings)? })
    }

    fn of_today(settings: &Settings) -> Result<Self> {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(main) = set(MIRROR_VARIABLE) {
            return Self::given(&main, set(SECURITY_VARIABLE).as_deref(), &format!("${MIRROR_VARIABLE}"));
        }
        if let Some(main) = &settings.mirror {
            return Self::given(main, settings.security_mirror.as_deref(), "workbench.toml");
        }
        if let Some(mirrors) = Self::of_apt(Path::new("/etc/apt"))? {
            return Ok(mirrors);
        }
        Ok(Self {
            main: format!("{SNAPSHOT_SITE}/archive/debian/{SNAPSHOT_DATE}"),
            security: format!("{SNAPSHOT_SITE}/archive/debian-security/{SNAPSHOT_DATE}"),
            origin: "the default, since no other is set".to_owned(),
            snapshot: String::new(),
        })
    }

    /// Where a part's past is; <https://snapshot.debian.org/> has the form of its addresses.
    pub(super) fn past(&self, part: Part) -> Option<String> {
        let name = match part {
            Part::Main => "debian",
            Part::Security => "debian-security",
        };
        (!self.snapshot.is_empty()).then(|| format!("{}/archive/{name}/DATE", self.snapshot))
    }

    pub fn part(&self, part: Part) -> &str {
        match part {
            Part::Main => &self.main,
            Part::Security => &self.security,
        }
    }

    fn given(main: &str, security: Option<&str>, origin: &str) -> Result<Self> {
        let main = main.trim_end_matches('/').to_owned();
        if !main.starts_with("http://") && !main.starts_with("https://") {
            bail!("the Debian mirror `{main}` from {origin} is not an http:// or https:// address");
        }
        let security = security.map_or_else(|| format!("{main}-security"), |url| url.trim_end_matches('/').to_owned());
        Ok(Self { main, security, origin: origin.to_owned(), snapshot: String::new() })
    }

    /// The addresses in a folder like /etc/apt; none when it names no Debian archive.
    fn of_apt(apt: &Path) -> Result<Option<Self>> {
        let mut files = vec![apt.join("sources.list")];
        if let Ok(dir) = fs::read_dir(apt.join("sources.list.d")) {
            files.extend(dir.filter_map(|entry| Some(entry.ok()?.path())));
        }
        files.sort();
        let mut sources = Vec::new();
        for file in files.iter().filter(|file| file.exists()) {
            let text = fs::read_to_string(file).context("failed to read apt's sources")?;
            match file.extension().and_then(|ending| ending.to_str()) {
                Some("list") => sources.extend(parse_list(&text)),
                Some("sources") => sources.extend(parse_deb822(&text)),
                _ => (),
            }
        }
        Ok(Self::choose(&sources).map(|(main, security)| Self {
            main,
            security,
            origin: "the host's apt sources".to_owned(),
            snapshot: String::new(),
        }))
    }

    fn choose(sources: &[Source]) -> Option<(String, String)> {
        let usable =
            |source: &&Source| source.url.starts_with("http") && source.components.iter().any(|it| it == "main");
        let of = |wanted: fn(&str) -> bool| {
            let mut usable = sources.iter().filter(usable);
            usable.find(|source| wanted(&source.suite)).map(|source| source.url.trim_end_matches('/').to_owned())
        };
        let main = of(|suite| CODENAMES.contains(&suite))?;
        let security = of(|suite| suite.strip_suffix("-security").is_some_and(|name| CODENAMES.contains(&name)));
        let security = security.unwrap_or_else(|| format!("{main}-security"));
        Some((main, security))
    }
}

/// Names by which a suite is known to be Debian's: other distributions use apt too.
const CODENAMES: &[&str] = &[
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "stable",
    "oldstable",
    "oldoldstable",
    "testing",
    "unstable",
];

#[derive(Debug, PartialEq, Eq)]
struct Source {
    url: String,
    suite: String,
    components: Vec<String>,
}

/// The one-line format of sources.list(5).
fn parse_list(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some(rest) = line.trim().strip_prefix("deb ") else { continue };
        let rest = match rest.trim_start().strip_prefix('[') {
            Some(options) => options.split_once(']').map_or("", |(_, rest)| rest),
            None => rest,
        };
        let mut words = rest.split_whitespace().map(str::to_owned);
        if let (Some(url), Some(suite)) = (words.next(), words.next()) {
            sources.push(Source { url, suite, components: words.collect() });
        }
    }
    sources
}

/// The stanzas of sources.list(5)'s deb822 format.
fn parse_deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for stanza in text.split("\n\n") {
        let lines = stanza.lines().filter(|line| !line.starts_with('#'));
        let fields: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        let words = |name: &str| -> Vec<String> {
            let field = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            field.map_or(Vec::new(), |(_, value)| value.split_whitespace().map(str::to_owned).collect())
        };
        if words("Enabled").iter().any(|word| word == "no") || !words("Types").iter().any(|word| word == "deb") {
            continue;
        }
        for url in words("URIs") {
            for suite in words("Suites") {
                sources.push(Source { url: url.clone(), suite, components: words("Components") });
            }
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, deb822: &str, expected: Option<(&str, &str)>) {
        let mut sources = parse_list(list);
        sources.extend(parse_deb822(deb822));
        let chosen = Mirrors::choose(&sources);
        assert_eq!(chosen.as_ref().map(|(main, security)| (main.as_str(), security.as_str())), expected);
    }

    #[test]
    fn sources_of_apt() {
        let list = "# a comment\ndeb [arch=amd64 signed-by=/x] http://a.example/debian/ bookworm main # tail\n\
            deb-src http://b.example/debian bookworm main\ndeb http://s.example/sec bookworm-security main contrib\n";
        check(list, "", Some(("http://a.example/debian", "http://s.example/sec")));
        let stanzas = "Types: deb\nURIs: https://c.example/debian\nSuites: trixie trixie-updates\nComponents: main\n\n\
            # off\nTypes: deb\nEnabled: no\nURIs: https://d.example/x\nSuites: trixie-security\nComponents: main\n";
        check("", stanzas, Some(("https://c.example/debian", "https://c.example/debian-security")));
        check("deb http://archive.example/ubuntu noble main universe\n", "", None);
        check("deb cdrom:[Debian]/ bookworm main\ndeb file:/mirror bookworm main\n", "", None);
        check("deb http://c.example/ bookworm contrib\n", "", None);
        check("deb [broken\n\ndeb\n", "Types\nURIs: x", None);
    }
}
