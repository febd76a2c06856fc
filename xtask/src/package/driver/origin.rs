// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which fetcher of nixpkgs' brings a repository, by its address.

use super::source::Fetcher;

/// Of a public address: `https://HOST/OWNER/REPO`.
pub fn fetcher(url: &str) -> Fetcher {
    let bare = url.trim_end_matches('/').trim_end_matches(".git");
    let parts = bare.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let names = parts.and_then(|(host, path)| path.rsplit_once('/').map(|(owner, repo)| (host, owner, repo)));
    let Some((host, owner, repo)) = names else { return Fetcher::Git { url: url.to_owned() } };
    let is_flat = !owner.contains('/');
    let (owner, repo) = (owner.to_owned(), repo.to_owned());
    match host {
        "github.com" if is_flat => Fetcher::GitHub { owner, repo },
        "codeberg.org" if is_flat => Fetcher::Gitea { domain: host.to_owned(), owner, repo },
        "git.sr.ht" if is_flat => Fetcher::Sourcehut { owner, repo },
        "gitlab.com" => Fetcher::GitLab { owner, repo, domain: None },
        _ if host.starts_with("gitlab.") => Fetcher::GitLab { owner, repo, domain: Some(host.to_owned()) },
        _ => Fetcher::Git { url: url.to_owned() },
    }
}

impl Fetcher {
    /// Whether it brings what `git archive` makes, in which `export-ignore` and `export-subst` are heeded, and submodules are empty;
    /// else it is a checkout.
    pub fn is_archive(&self) -> bool {
        !matches!(self, Self::Git { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        let shown = match fetcher(url) {
            Fetcher::GitHub { owner, repo } => format!("GitHub {owner} {repo}"),
            Fetcher::GitLab { owner, repo, domain } => format!("GitLab {owner} {repo} {domain:?}"),
            Fetcher::Gitea { domain, owner, repo } => format!("Gitea {domain} {owner} {repo}"),
            Fetcher::Sourcehut { owner, repo } => format!("Sourcehut {owner} {repo}"),
            Fetcher::Git { url } => format!("Git {url}"),
        };
        assert_eq!(shown, expected, "{url}");
    }

    #[test]
    fn addresses() {
        check("https://github.com/pobrn/qc71_laptop.git", "GitHub pobrn qc71_laptop");
        check("https://github.com/a/b/", "GitHub a b");
        check("https://gitlab.com/group/sub/drv", "GitLab group/sub drv None");
        check("https://gitlab.example.org/me/drv.git", "GitLab me drv Some(\"gitlab.example.org\")");
        check("https://codeberg.org/me/drv", "Gitea codeberg.org me drv");
        check("https://git.sr.ht/~me/drv", "Sourcehut ~me drv");
        check("https://git.example.org/drv.git", "Git https://git.example.org/drv.git");
        check("https://example.org", "Git https://example.org");
    }
}
