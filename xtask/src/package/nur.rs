// SPDX-License-Identifier: MIT OR Apache-2.0
//! A NUR repository: the files that are the same in each, and what to add by hand to those that somebody has already written.

use super::generated::Generated;

/// Where the drivers are.
pub const PACKAGES: &str = "pkgs/linux-packages";

/// Seen from a driver's folder there.
pub const FUNCTION: &str = "../../../nix/nixos/driver.nix";

/// What NUR gives a meaning to, at the top of a repository.
pub const RESERVED: &[&str] =
    &["darwinModules", "flakeModules", "homeModules", "lib", "modules", "nixosModules", "overlays"];

/// What the drivers need; these names are ours.
const OURS: &[(&str, &str)] = &[
    ("nix/extension.nix", include_str!("../../../nix/extension.nix")),
    ("nix/kernel-modules-nixos.nix", include_str!("../../../nix/nur/kernel-modules-nixos.nix")),
    ("nix/kernel-modules-overlay.nix", include_str!("../../../nix/nur/kernel-modules-overlay.nix")),
    ("nix/kernel-modules.nix", include_str!("../../../nix/nur/kernel-modules.nix")),
    ("nix/nixos/driver.nix", include_str!("../../../nix/nixos/driver.nix")),
    ("nix/overlay.nix", include_str!("../../../nix/overlay.nix")),
];

/// What each NUR repository has, in the layout of its template. In a repository that is there already they are the person's.
const SKELETON: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../nix/nur/README.md")),
    ("ci.nix", include_str!("../../../nix/nur/ci.nix")),
    ("default.nix", include_str!("../../../nix/nur/default.nix")),
    ("flake.nix", include_str!("../../../nix/nur/flake.nix")),
    ("lib/default.nix", include_str!("../../../nix/nur/lib.nix")),
    ("modules/default.nix", include_str!("../../../nix/nur/modules.nix")),
    ("overlay.nix", include_str!("../../../nix/nur/overlay.nix")),
    ("overlays/default.nix", include_str!("../../../nix/nur/overlays.nix")),
];

/// What a person adds to a file of the skeleton's that is theirs, for the drivers to be found.
const ADDITIONS: &[(&str, &str)] = &[
    ("default.nix", "behind its set: `// import ./nix/kernel-modules.nix { inherit pkgs; }`"),
    ("modules/default.nix", "behind its set: `// import ../nix/kernel-modules-nixos.nix`"),
    ("overlays/default.nix", "in its set: `kernel-modules = import ../nix/kernel-modules-overlay.nix;`"),
];

/// The files of a repository but for its drivers; `is_taken` says of each whether somebody else has written it. With them come
/// the lines to add by hand.
pub fn repository(is_taken: impl Fn(&str) -> bool) -> (Generated, Vec<String>) {
    let mut generated = OURS.iter().fold(Generated::default(), |all, (name, text)| all.with(*name, *text));
    let mut additions = Vec::new();
    for (name, text) in SKELETON {
        if !is_taken(name) {
            generated = generated.with(*name, *text);
        } else if let Some((_, addition)) = ADDITIONS.iter().find(|(it, _)| it == name) {
            additions.push(format!("`{name}` is yours and stays as it is; add {addition}"));
        }
    }
    (generated, additions)
}
