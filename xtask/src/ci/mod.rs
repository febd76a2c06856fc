// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files for CI services that test a driver in its own repository: a job for each kernel, which fetches this workbench.
//! Names come from a person and end in YAML, in a service's expressions and in a shell; each of them is quoted for all.

mod github;
mod gitlab;

use std::path::{Component, Path};

use anyhow::{Result, bail, ensure};

use crate::kernel::{Which, Wish};
use crate::repository::Repository;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// For .github/workflows/kernels.yml
    Github,
    /// For .gitlab-ci.yml
    Gitlab,
}

/// What such a file says.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The driver's folder, below its repository's.
    driver: String,
    kernels: Vec<String>,
    /// Where the workbench is cloned from.
    workbench: String,
    /// A commit, a tag or a branch of it.
    revision: String,
}

impl Plan {
    /// An error says which of these words no job could use.
    pub(crate) fn new(driver: &str, kernels: &[Wish], workbench: String, revision: String) -> Result<Self> {
        for word in [driver, &workbench, &revision] {
            ensure!(!word.is_empty() && !word.contains(char::is_control), "{word:?} can't stand in a CI file");
        }
        ensure!(!workbench.starts_with('-'), "`{workbench}` is not the address of a repository");
        ensure!(!revision.starts_with('-'), "`{revision}` is not the name of a commit");
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        ensure!(
            Path::new(driver).components().all(inside),
            "`{driver}` does not lie in the driver's repository\nhelp: name the folder from the top of that repository"
        );
        for kernel in kernels {
            if let Which::Tree(dir) | Which::Sources { dir, .. } = &kernel.which {
                bail!(
                    "`{}` is a folder of this host, which a CI job has not\n\
                     help: name kernels that `cargo xtask kernels list --available` lists",
                    dir.display()
                );
            }
        }
        Ok(Self {
            driver: driver.to_owned(),
            kernels: kernels.iter().map(Wish::to_string).collect(),
            workbench,
            revision,
        })
    }

    pub(crate) fn file(&self, service: Service) -> String {
        match service {
            Service::Github => github::file(self),
            Service::Gitlab => gitlab::file(self),
        }
    }
}

/// The address that a job can clone this workspace from, by its remote `origin`.
pub(crate) fn origin(repository: &Repository<'_>) -> Result<String> {
    let help = "help: name it with --workbench URL";
    let Some(url) = repository.origin() else {
        bail!("there is no remote `origin` that says where a CI job gets the workbench from\n{help}")
    };
    match public(&url) {
        Some(url) => Ok(url),
        None => bail!("the remote `origin` is `{url}`, which a CI job can't reach\n{help}"),
    }
}

/// An address without what only its owner has: a key for ssh, or a password. Nothing for a folder of this host.
pub(crate) fn public(url: &str) -> Option<String> {
    let without_user = |rest: &str| match rest.split_once('/') {
        Some((host, path)) => format!("{}/{path}", host.rsplit('@').next().unwrap_or(host)),
        None => rest.to_owned(),
    };
    if let Some((scheme, rest)) = url.split_once("://") {
        return match scheme {
            "https" | "http" => Some(format!("{scheme}://{}", without_user(rest))),
            "ssh" => Some(format!("https://{}", without_user(rest))),
            _ => None,
        };
    }
    // git-clone(1): `user@host:path`, where no slash comes before the colon.
    let (host, path) = url.split_once(':').filter(|(host, _)| !host.contains('/'))?;
    Some(format!("https://{}/{path}", host.rsplit('@').next().unwrap_or(host)))
}

/// Text as YAML: a string of JSON is one of YAML too (<https://yaml.org/spec/1.2.2/#13-terminology>).
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Puts YAML into a template's places, at most one a line. What is put in is not looked at again.
fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let line = |line: &str| match parts.iter().find(|(place, _)| line.contains(place)) {
        Some((place, part)) => line.replacen(place, part, 1) + "\n",
        None => format!("{line}\n"),
    };
    template.lines().map(line).collect()
}

fn quoted_list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests;
