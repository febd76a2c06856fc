// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole files, out of what is known of made-up drivers; a real parser takes each for Nix.

use std::path::PathBuf;

use expect_test::{Expect, expect};

use super::source::{Fetched, Fetcher};
use super::*;

pub(super) fn small() -> Package {
    Package {
        name: "small".to_owned(),
        version: "1.0".to_owned(),
        description: "Small one".to_owned(),
        licences: vec!["gpl2Only"],
        homepage: None,
        platforms: Vec::new(),
        limits: Vec::new(),
        needs: Vec::new(),
        make: Make::plain(&[]),
        source: Source::Folder("src".into()),
        is_rust: false,
        is_large: false,
        brings: Brings::default(),
        modules: vec![Module { name: "small".to_owned(), parameters: Vec::new() }],
        rivals: Vec::new(),
    }
}

#[track_caller]
pub(super) fn parsed(file: &str) {
    let errors = rnix::Root::parse(file).errors().to_vec();
    assert!(errors.is_empty(), "{errors:?} in:\n{file}");
}

#[track_caller]
fn check(package: &Package, expected: &Expect) {
    let file = package.derivation().expect("written");
    parsed(&file);
    expected.assert_eq(&file);
}

/// What stands between `part` and the next empty line.
#[track_caller]
fn check_part(package: &Package, part: &str, expected: &Expect) {
    let file = package.derivation().expect("written");
    parsed(&file);
    let from = file.find(part).unwrap_or_else(|| panic!("`{part}` is not in:\n{file}"));
    let part = file[from..].split("\n\n").next().unwrap_or_default();
    // Texts that are expected lose what all of their lines are indented by.
    let part = part.strip_prefix("  ").map_or_else(|| part.to_owned(), |inner| inner.replace("\n  ", "\n"));
    expected.assert_eq(&part);
}

#[test]
fn the_smallest() {
    check(
        &small(),
        &expect![[r##"
            # SPDX-License-Identifier: MIT OR Apache-2.0
            # Written by `cargo xtask package`; it does not overwrite what you change here.
            {
              lib,
              stdenv,
              kernel,
              kernelModuleMakeFlags,
            }:
            stdenv.mkDerivation {
              pname = "small";
              version = "1.0-${kernel.version}";

              src = ./src;

              nativeBuildInputs = kernel.moduleBuildDependencies;

              # Since Linux 6.13 warnings in the kernel's headers name these by their whole path.
              makeFlags = kernelModuleMakeFlags ++ [
                "-C"
                "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
                "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/="
              ];

              preBuild = ''
                makeFlagsArray+=(M="$PWD")
              '';

              buildFlags = [ "modules" ];

              installFlags = [
                "INSTALL_MOD_PATH=${placeholder "out"}"
                "INSTALL_MOD_STRIP=1"
              ];
              installTargets = [ "modules_install" ];

              # Debug information would keep the kernel's headers alive, and its whole build.
              disallowedReferences = [ kernel.dev ];

              # Says what it is built for; the NixOS module compares it with the kernel that is booted.
              passthru = { inherit kernel; };

              meta = {
                description = "Small one";
                license = lib.licenses.gpl2Only;
                maintainers = [ ];
                platforms = lib.platforms.linux;
              };
            }
        "##]],
    );
}

#[test]
fn with_all_that_there_is() {
    let files = ["Kbuild", "a b.c", "${x}/y.h"].map(PathBuf::from).to_vec();
    let brings = Brings {
        rules: vec!["60-it's.rules".into()],
        units: vec![Unit { path: "systemd/toy@.service".into(), wanted_by: Vec::new(), missing: Vec::new() }],
        firmware: vec!["firmware/acme/a b.bin".into()],
    };
    let package = Package {
        name: "large".to_owned(),
        description: "Says \"${x}\"".to_owned(),
        licences: vec!["bsd3", "gpl2Only"],
        homepage: Some("https://example.org/${x}".to_owned()),
        platforms: vec!["x86_64-linux".to_owned()],
        limits: vec![Limit::Older("5.15".to_owned()), Limit::AtLeast("7.0".to_owned())],
        needs: vec!["CONFIG_ACPI_WMI".to_owned(), "CONFIG_HWMON".to_owned()],
        make: Make::plain(&["FEATURE=y".to_owned(), "TEXT=a b".to_owned()]),
        source: Source::Files { root: "../../../dri ver".into(), files },
        is_large: true,
        brings,
        ..small()
    };
    check(
        &package,
        &expect![[r##"
            # SPDX-License-Identifier: MIT OR Apache-2.0
            # Written by `cargo xtask package`; it does not overwrite what you change here.
            {
              lib,
              stdenv,
              kernel,
              kernelModuleMakeFlags,
            }:
            stdenv.mkDerivation {
              pname = "large";
              version = "1.0-${kernel.version}";

              src = lib.fileset.toSource {
                root = ./. + "/../../../dri ver";
                fileset = lib.fileset.unions [
                  (./. + "/../../../dri ver/Kbuild")
                  (./. + "/../../../dri ver/a b.c")
                  (./. + "/../../../dri ver/\${x}/y.h")
                ];
              };

              nativeBuildInputs = kernel.moduleBuildDependencies;
              enableParallelBuilding = true;

              # Since Linux 6.13 warnings in the kernel's headers name these by their whole path.
              makeFlags = kernelModuleMakeFlags ++ [
                "-C"
                "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
                "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/="
                "FEATURE=y"
              ];

              preBuild = ''
                for option in CONFIG_ACPI_WMI CONFIG_HWMON; do
                  if ! grep -q "^$option=[ym]$" ${kernel.dev}/lib/modules/${kernel.modDirVersion}/build/.config; then
                    echo "error: large needs a kernel with $option, and ${kernel.modDirVersion} has it not" >&2
                    echo "help: boot.kernelPatches can switch it on, with structuredExtraConfig" >&2
                    exit 1
                  fi
                done
                makeFlagsArray+=(M="$PWD" 'TEXT=a b')
              '';

              buildFlags = [ "modules" ];

              installFlags = [
                "INSTALL_MOD_PATH=${placeholder "out"}"
                "INSTALL_MOD_STRIP=1"
              ];
              installTargets = [ "modules_install" ];
              postInstall = ''
                install -Dm444 -t "$out/lib/udev/rules.d" '60-it'\'''s.rules'
                install -Dm444 -t "$out/lib/systemd/system" systemd/toy@.service
                install -Dm444 'firmware/acme/a b.bin' "$out/lib/firmware"/'acme/a b.bin'
              '';

              # Debug information would keep the kernel's headers alive, and its whole build.
              disallowedReferences = [ kernel.dev ];

              # Says what it is built for; the NixOS module compares it with the kernel that is booted.
              passthru = { inherit kernel; };

              meta = {
                description = "Says \"\${x}\"";
                homepage = "https://example.org/\${x}";
                license = [
                  lib.licenses.bsd3
                  lib.licenses.gpl2Only
                ];
                maintainers = [ ];
                platforms = [ "x86_64-linux" ];
                broken = kernel.kernelOlder "5.15" || kernel.kernelAtLeast "7.0";
              };
            }
        "##]],
    );
}

#[test]
fn in_rust() {
    let package = Package { is_rust: true, ..small() };
    check_part(
        &package,
        "{\n  lib,",
        &expect![[r#"
        {
          lib,
          kernel,
          kernelModuleMakeFlags,
        }:
        kernel.stdenv.mkDerivation {
          pname = "small";
          version = "1.0-${kernel.version}";"#]],
    );
    check_part(
        &package,
        "  meta = ",
        &expect![[r#"
        meta = {
          description = "Small one";
          license = lib.licenses.gpl2Only;
          maintainers = [ ];
          platforms = lib.platforms.linux;
          broken = !(kernel.withRust or false) || kernel.kernelOlder "6.17";
        };
        }
    "#]],
    );
}

#[test]
fn fetched() {
    let fetcher = Fetcher::GitLab { owner: "a/b".to_owned(), repo: "c".to_owned(), domain: None };
    let fetched = |fetcher: Fetcher, folder: &str| Package {
        source: Source::Fetched(Fetched {
            fetcher,
            revision: "0123".to_owned(),
            hash: "sha256-0=".to_owned(),
            folder: folder.to_owned(),
        }),
        ..small()
    };
    check_part(
        &fetched(fetcher.clone(), ""),
        "{\n  lib",
        &expect![[r#"
        {
          lib,
          stdenv,
          fetchFromGitLab,
          kernel,
          kernelModuleMakeFlags,
        }:
        stdenv.mkDerivation {
          pname = "small";
          version = "1.0-${kernel.version}";"#]],
    );
    check_part(
        &fetched(fetcher, "drivers/c"),
        "  src = ",
        &expect![[r#"
              src = fetchFromGitLab {
                owner = "a/b";
                repo = "c";
                rev = "0123";
                hash = "sha256-0=";
              };
              sourceRoot = "${finalAttrs.src.name}/drivers/c";"#]],
    );
    check_part(
        &fetched(Fetcher::Git { url: "https://h/${x}".to_owned() }, ""),
        "  src = ",
        &expect![[r#"
              src = fetchgit {
                url = "https://h/\${x}";
                rev = "0123";
                hash = "sha256-0=";
              };"#]],
    );
}

#[test]
fn limits() {
    let shown = |text: &str| {
        let series: Series = text.parse().expect("limits");
        let package = Package { limits: Limit::of(&series), ..small() };
        package.broken().map_or("never".to_owned(), |nix| nix.to_string())
    };
    expect![[r#"
        -: kernel.kernelOlder "0.0"
        >=5.15: kernel.kernelOlder "5.15"
        >5.15: kernel.kernelOlder "5.16"
        <7.0: kernel.kernelAtLeast "7.0"
        <=6.1: kernel.kernelAtLeast "6.2"
        =6.12: kernel.kernelOlder "6.12" || kernel.kernelAtLeast "6.13"
        >=5.15, <7.0: kernel.kernelOlder "5.15" || kernel.kernelAtLeast "7.0""#]]
    .assert_eq(
        &["", ">=5.15", ">5.15", "<7.0", "<=6.1", "=6.12", ">=5.15, <7.0"]
            .map(
                |text| {
                    if text.is_empty() { format!("-: {}", shown(">=0.0")) } else { format!("{text}: {}", shown(text)) }
                },
            )
            .join("\n"),
    );
}

#[test]
fn several_folders() {
    let mut package = small();
    package.make.folders = vec!["common".to_owned(), "nat 64".to_owned()];
    check_part(
        &package,
        "  buildPhase",
        &expect![[r#"
              buildPhase = ''
                runHook preBuild
                for folder in common 'nat 64'; do
                  make $makeFlags "''${makeFlagsArray[@]}" "-j$NIX_BUILD_CORES" "M=$PWD/$folder" modules
                done
                runHook postBuild
              '';
              installPhase = ''
                runHook preInstall
                for folder in common 'nat 64'; do
                  make $makeFlags "''${makeFlagsArray[@]}" $installFlags "M=$PWD/$folder" modules_install
                done
                runHook postInstall
              '';"#]],
    );
}
