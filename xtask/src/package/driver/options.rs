// SPDX-License-Identifier: MIT OR Apache-2.0
//! module.nix: what the hand-written NixOS module (nix/nixos/driver.nix) is told of a driver.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::derivation::COMMENTS;
use super::{Module, Package, Unit};
use crate::kbuild::Parameter;
use crate::package::nix::{Nix, Set};

impl Package {
    /// The text of module.nix; `function` is where driver.nix lies, and `package` the package, from its folder.
    ///
    /// # Errors
    /// One of them is no UTF-8.
    pub fn module(&self, function: &Path, package: &Path) -> Result<String> {
        let yes = |is: bool| is.then(|| Nix::bool(true));
        let options: Vec<&str> = self.needs.iter().filter_map(|need| need.strip_prefix("CONFIG_")).collect();
        let some = |texts: &[&str]| (!texts.is_empty()).then(|| Nix::strings(texts));
        let rivals: Vec<&str> = self.rivals.iter().map(String::as_str).collect();
        let data = Set::new()
            .with("name", Nix::string(&self.name))
            .with("description", Nix::string(&self.description))
            .with("package", Nix::path(package)?)
            .maybe("needs", some(&options))
            .maybe("rivals", some(&rivals))
            .maybe("rules", yes(!self.brings.rules.is_empty()))
            .maybe("units", (!self.brings.units.is_empty()).then(|| units(&self.brings.units)))
            .maybe("firmware", yes(!self.brings.firmware.is_empty()))
            .with("modules", Nix::list(self.modules.iter().map(module)));
        Nix::call(&Nix::code("import"), [Nix::path(function)?, data.into()]).file(COMMENTS)
    }
}

fn module(Module { name, parameters }: &Module) -> Nix {
    let parameters = parameters.iter().fold(Set::new(), |set, it| set.with(&it.name, parameter(it)));
    Set::new().with("name", Nix::string(name)).with("parameters", parameters).into()
}

/// By the sets that NixOS has them in, and whoever wants them.
fn units(units: &[Unit]) -> Nix {
    let mut sets: BTreeMap<&str, Set> = BTreeMap::new();
    for (unit, (set, name)) in units.iter().filter_map(|unit| Some((unit, unit.place()?))) {
        let all = sets.remove(set).unwrap_or_default();
        sets.insert(set, all.with(&name, Nix::strings(&unit.wanted_by)));
    }
    sets.into_iter().fold(Set::new(), |all, (name, set)| all.with(name, set)).into()
}

fn parameter(Parameter { kind, description, .. }: &Parameter) -> Nix {
    let text = |text: &Option<String>| text.as_deref().map(Nix::string);
    Set::new().maybe("type", text(kind)).maybe("description", text(description)).into()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::Brings;
    use super::super::tests::{parsed, small};
    use super::*;

    fn parameter(name: &str, kind: Option<&str>, description: Option<&str>) -> Parameter {
        Parameter { name: name.to_owned(), kind: kind.map(str::to_owned), description: description.map(str::to_owned) }
    }

    #[track_caller]
    fn check_module(package: &Package, expected: &Expect) {
        let file = package.module(Path::new("../driver.nix"), Path::new("package.nix")).expect("written");
        parsed(&file);
        expected.assert_eq(&file);
    }

    #[test]
    fn modules() {
        check_module(
            &small(),
            &expect![[r##"
            # SPDX-License-Identifier: MIT OR Apache-2.0
            # Written by `cargo xtask package`; it does not overwrite what you change here.
            import ../driver.nix {
              name = "small";
              description = "Small one";
              package = ./package.nix;
              modules = [
                {
                  name = "small";
                  parameters = { };
                }
              ];
            }
        "##]],
        );
        let parameters = vec![
            parameter("in", Some("array of int"), None),
            parameter("rec", None, Some("Says \"${x}\"\nand more")),
            parameter("a.b", Some("bool"), Some("x")),
        ];
        let package = Package {
            needs: vec!["CONFIG_HWMON".to_owned()],
            rivals: vec!["rival".to_owned()],
            brings: Brings {
                rules: vec!["a.rules".into()],
                units: [
                    ("toyd.service", vec!["multi-user.target"]),
                    ("toy@.service", vec![]),
                    ("toyd.timer", vec!["timers.target"]),
                ]
                .map(|(name, wanted_by)| Unit {
                    path: name.into(),
                    wanted_by: wanted_by.into_iter().map(str::to_owned).collect(),
                    missing: Vec::new(),
                })
                .to_vec(),
                firmware: vec!["firmware/b".into()],
            },
            modules: vec![
                Module { name: "one".to_owned(), parameters },
                Module { name: "two".to_owned(), parameters: Vec::new() },
            ],
            ..small()
        };
        check_module(
            &package,
            &expect![[r##"
                # SPDX-License-Identifier: MIT OR Apache-2.0
                # Written by `cargo xtask package`; it does not overwrite what you change here.
                import ../driver.nix {
                  name = "small";
                  description = "Small one";
                  package = ./package.nix;
                  needs = [ "HWMON" ];
                  rivals = [ "rival" ];
                  rules = true;
                  units = {
                    services = {
                      toyd = [ "multi-user.target" ];
                      "toy@" = [ ];
                    };
                    timers = {
                      toyd = [ "timers.target" ];
                    };
                  };
                  firmware = true;
                  modules = [
                    {
                      name = "one";
                      parameters = {
                        "in" = {
                          type = "array of int";
                        };
                        "rec" = {
                          description = "Says \"\${x}\"\nand more";
                        };
                        "a.b" = {
                          type = "bool";
                          description = "x";
                        };
                      };
                    }
                    {
                      name = "two";
                      parameters = { };
                    }
                  ];
                }
            "##]],
        );
    }
}
