// SPDX-License-Identifier: MIT OR Apache-2.0
//! All sources of kernels: they are asked in turn, and when none has a kernel, the error says what each of them answered.

use anyhow::{Result, anyhow, bail};

use super::name::Wish;
use super::source::{Answer, Effort, Listed, Source};
use super::tree::KernelTree;
use crate::report::{Events, brief};

/// Sources in the order in which they are asked.
#[derive(Default)]
pub struct Sources {
    list: Vec<Box<dyn Source>>,
}

impl Sources {
    pub fn new(list: Vec<Box<dyn Source>>) -> Self {
        Self { list }
    }

    /// The kernel that a wish means: of the first source that has it ready, else of the first that can build it.
    pub fn find(&self, wish: &Wish) -> Result<KernelTree> {
        let asked = self.asked(wish)?;
        // Who names the source wants this very kernel.
        let effort = if wish.source.is_some() { Effort::Build } else { Effort::Fetch };
        let mut answers: Vec<Said<'_>> = Vec::new();
        let builders = asked.iter().filter(|source| effort == Effort::Fetch && source.builds());
        let rounds = asked.iter().map(|source| (source, effort)).chain(builders.map(|source| (source, Effort::Build)));
        for (source, effort) in rounds {
            match ask(*source, wish, effort)? {
                Answer::Kernel(tree) => return Ok(*tree),
                Answer::None { why, help } => {
                    let answer = Said { source: source.name(), why, help };
                    // The last word of each counts.
                    match answers.iter_mut().find(|said| said.source == answer.source) {
                        Some(said) => *said = answer,
                        None => answers.push(answer),
                    }
                }
            }
        }
        Err(unknown(wish, &answers))
    }

    /// Their names, in the order in which they are asked.
    pub fn names(&self) -> Vec<&str> {
        self.list.iter().map(|source| source.name()).collect()
    }

    /// The kernels that can be named. Sources that others can stand in for are left out when they can't be asked.
    pub fn list(&self, events: &Events) -> Result<Vec<Listed>> {
        let mut list = Vec::new();
        for source in &self.list {
            match source.list() {
                Err(err) if source.is_optional() => {
                    events.note(format!("{} could not be asked: {}", source.name(), brief(&err)));
                }
                listed => list.extend(listed?),
            }
        }
        Ok(list)
    }

    /// Finds out what a driver can have on the listed kernels. What can't be found out is left out, and it is said why.
    pub fn describe(&self, list: &mut [Listed], events: &Events) {
        for source in &self.list {
            if let Err(err) = source.describe(list) {
                events.note(format!("what all kernels of {} offer is not known: {}", source.name(), brief(&err)));
            }
        }
    }

    /// The kernels that only have to be fetched: the archives'.
    pub fn ready(&self) -> Result<Vec<Listed>> {
        let archives = self.list.iter().filter(|source| !source.is_optional());
        let lists: Vec<Vec<Listed>> = archives.map(|source| source.list()).collect::<Result<_>>()?;
        Ok(lists.concat())
    }

    fn asked(&self, wish: &Wish) -> Result<Vec<&dyn Source>> {
        let all = self.list.iter().map(AsRef::as_ref);
        let Some(name) = &wish.source else { return Ok(all.collect()) };
        let asked: Vec<_> = all.filter(|source| source.name() == name).collect();
        if asked.is_empty() {
            bail!(
                "`{wish}` names no source of kernels\nhelp: the sources are `{}`; a row `[archive.{name}]` in workbench.toml adds one",
                self.names().join("`, `")
            );
        }
        Ok(asked)
    }
}

/// Whoever is not to be trusted, or can't be reached, is not silently replaced by another, unless it is one among others.
fn ask(source: &dyn Source, wish: &Wish, effort: Effort) -> Result<Answer> {
    match source.find(wish, effort) {
        Err(err) if source.is_optional() && wish.source.is_none() => {
            // What its programs printed may be pages.
            let causes: Vec<String> = err.chain().map(|cause| first_line(&cause.to_string())).collect();
            let whole = format!("`--kernel {}:{wish}` says more", source.name());
            Ok(Answer::None { why: format!("could not be asked: {} ({whole})", causes.join(": ")), help: None })
        }
        answer => answer,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What a source said.
struct Said<'a> {
    source: &'a str,
    why: String,
    help: Option<String>,
}

fn unknown(wish: &Wish, answers: &[Said<'_>]) -> anyhow::Error {
    let mut text = format!("there is no kernel `{wish}`");
    for Said { source, why, .. } in answers {
        text.push_str(&["\n  ", source, ": ", why].concat());
    }
    for help in answers.iter().filter_map(|said| said.help.as_ref()) {
        text.push_str(&["\nhelp: ", help].concat());
    }
    anyhow!(
        "{text}\nhelp: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built"
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use anyhow::bail;
    use expect_test::{Expect, expect};

    use super::*;
    use crate::kernel::Tools;

    /// A source that says one thing as long as it is to fetch, and perhaps another when it may build.
    struct Fake {
        name: &'static str,
        fetched: &'static str,
        built: Option<&'static str>,
        optional: bool,
    }

    impl Source for Fake {
        fn name(&self) -> &str {
            self.name
        }

        fn find(&self, _wish: &Wish, effort: Effort) -> Result<Answer> {
            let answer = if effort == Effort::Build { self.built.unwrap_or(self.fetched) } else { self.fetched };
            match answer.split_once(' ') {
                Some(("kernel", release)) => Ok(Answer::Kernel(Box::new(tree(release)))),
                Some(("error", why)) => bail!("{why}\nand much more"),
                _ => Ok(Answer::None { why: answer.to_owned(), help: Some(format!("ask {} otherwise", self.name)) }),
            }
        }

        fn is_optional(&self) -> bool {
            self.optional
        }

        fn builds(&self) -> bool {
            self.built.is_some()
        }
    }

    fn tree(release: &str) -> KernelTree {
        KernelTree {
            release: release.to_owned(),
            origin: String::new(),
            kdir: PathBuf::new(),
            image: None,
            bz_image: None,
            modules: PathBuf::new(),
            config: PathBuf::new(),
            tools: Tools::Root,
            compiler: String::new(),
            root: PathBuf::new(),
            dir: PathBuf::new(),
        }
    }

    /// What comes of a name when nixpkgs, Debian and kernel.org say these things; nixpkgs may build.
    #[track_caller]
    fn check(name: &str, says: [&'static str; 4], expected: &Expect) {
        let [fetched, built, debian, kernel_org] = says;
        let sources = Sources::new(vec![
            Box::new(Fake { name: "nixpkgs", fetched, built: Some(built), optional: true }),
            Box::new(Fake { name: "debian", fetched: debian, built: None, optional: false }),
            Box::new(Fake { name: "kernel.org", fetched: kernel_org, built: None, optional: true }),
        ]);
        let found = sources.find(&name.parse().expect("a name"));
        expected.assert_eq(&found.map_or_else(|err| format!("{err:#}"), |tree| tree.release));
    }

    #[test]
    fn who_is_asked() {
        // What is ready somewhere is not built elsewhere.
        check("6_6", ["kernel n", "kernel built", "kernel d", "has it"], &expect!["n"]);
        check("6_6", ["not ready", "kernel built", "kernel d", "has it"], &expect!["d"]);
        check("6_6", ["not ready", "kernel built", "has none", "has it"], &expect!["built"]);
        // Who is named may build, and nobody else is asked.
        check("nixpkgs:6_6", ["not ready", "kernel built", "kernel d", "has it"], &expect!["built"]);
        check(
            "nixpkgs:6_6",
            ["not ready", "has none", "kernel d", "has it"],
            &expect![[r#"
                there is no kernel `nixpkgs:6_6`
                  nixpkgs: has none
                help: ask nixpkgs otherwise
                help: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built"#]],
        );
    }

    #[test]
    fn what_they_said() {
        check(
            "6_6",
            ["not ready", "error it broke", "has none", "error nobody answers"],
            &expect![[r#"
                there is no kernel `6_6`
                  nixpkgs: could not be asked: it broke (`--kernel nixpkgs:6_6` says more)
                  debian: has none
                  kernel.org: could not be asked: nobody answers (`--kernel kernel.org:6_6` says more)
                help: ask debian otherwise
                help: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built"#]],
        );
        // A source that must be trusted stands for itself.
        check(
            "6_6",
            ["not ready", "kernel built", "error a bad signature", "has it"],
            &expect![[r#"
                a bad signature
                and much more"#]],
        );
        check(
            "kernel.org:6_6",
            ["kernel n", "kernel built", "kernel d", "error nobody answers"],
            &expect![[r#"
                nobody answers
                and much more"#]],
        );
        check(
            "far:6_6",
            ["", "", "", ""],
            &expect![[r#"
                `far:6_6` names no source of kernels
                help: the sources are `nixpkgs`, `debian`, `kernel.org`; a row `[archive.far]` in workbench.toml adds one"#]],
        );
    }
}
