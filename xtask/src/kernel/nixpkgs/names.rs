// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of kernels, here and in nixpkgs (pkgs/top-level/linux-kernels.nix).

use crate::kernel::name::{Which, Wish};
use crate::kernel::release::Numbers;

/// What a nixpkgs calls a kernel: `linux_6_6`, `linux_6_6_hardened`, `linux_latest`, `linux_zen`.
pub(super) fn attribute(wish: &Wish) -> Option<String> {
    let version = match &wish.which {
        Which::Latest if wish.flavour.is_none() => "_latest".to_owned(),
        Which::Latest => String::new(),
        Which::Series(major, minor) | Which::Release(Numbers { major, minor, .. }) => format!("_{major}_{minor}"),
        Which::Uname(_) | Which::Host | Which::Tree(_) | Which::Sources { .. } => return None,
    };
    let flavour = wish.flavour.as_ref().map(|flavour| format!("_{flavour}")).unwrap_or_default();
    Some(format!("linux{version}{flavour}"))
}

/// The other way round; none for names that are others' second ones, or that can't be said on the command line.
pub(super) fn wish(attr: &str) -> Option<Wish> {
    let rest = attr.strip_prefix("linux_")?;
    let mut parts = rest.splitn(3, '_');
    let numbers: Option<(u32, u32)> = (|| Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)))();
    match (numbers, parts.next()) {
        (Some((major, minor)), flavour) => Some(Wish::plain(Which::Series(major, minor), flavour)),
        (None, _) if ["latest", "default"].contains(&rest) => None,
        (None, _) => Some(Wish::plain(Which::Latest, Some(rest))),
    }
    .filter(|wish| wish.to_string().parse::<Wish>().is_ok())
}

/// A series has one release at a time, so another can't be had from here.
pub(super) fn is_wished(version: &str, wish: &Wish) -> bool {
    match &wish.which {
        Which::Release(numbers) => Numbers::split(version) == Some((*numbers, "")),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_names(name: &str, attr: &str) {
        let wished = Wish { flavour: None, ..name.parse().expect("a name") };
        assert_eq!(attribute(&wished).as_deref(), Some(attr));
    }

    #[test]
    fn names() {
        check_names("6_6", "linux_6_6");
        check_names("6.6.143", "linux_6_6");
        check_names("latest", "linux_latest");
        for nowhere in ["host", "./linux", "6.1.0-56-amd64"] {
            assert_eq!(attribute(&nowhere.parse().expect("a name")), None);
        }
    }

    #[track_caller]
    fn check_listed(attr: &str, name: Option<&str>) {
        let wish = wish(attr);
        assert_eq!(wish.as_ref().map(Wish::to_string).as_deref(), name);
        if let Some(wish) = wish {
            assert_eq!(attribute(&wish).as_deref(), Some(attr));
        }
    }

    #[test]
    fn names_for_lists() {
        check_listed("linux_6_6", Some("6_6"));
        check_listed("linux_6_6_hardened", Some("6_6-hardened"));
        check_listed("linux_zen", Some("latest-zen"));
        check_listed("linux_xanmod_latest", None);
        check_listed("linux_latest", None);
        check_listed("linux_default", None);
        check_listed("xanmodKernels", None);
    }

    #[track_caller]
    fn check_wished(name: &str, version: &str, expected: bool) {
        assert_eq!(is_wished(version, &name.parse().expect("a name")), expected, "{name} {version}");
    }

    #[test]
    fn releases() {
        check_wished("6_6", "6.6.143", true);
        check_wished("6.6.143", "6.6.143", true);
        check_wished("6.6.14", "6.6.143", false);
        check_wished("7.3.0", "7.3", true);
        check_wished("7.0.0", "7.0", true);
        check_wished("7.3.10", "7.3.1", false);
    }
}
