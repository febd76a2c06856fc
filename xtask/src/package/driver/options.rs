// SPDX-License-Identifier: MIT OR Apache-2.0
//! module.nix: what the hand-written NixOS module (nix/nixos/driver.nix) is told of a driver.

use std::path::Path;

use anyhow::Result;

use super::derivation::COMMENTS;
use super::{Module, Package};
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
            .maybe("firmware", yes(!self.brings.firmware.is_empty()))
            .with("modules", Nix::list(self.modules.iter().map(module)));
        Nix::call(&Nix::code("import"), [Nix::path(function)?, data.into()]).file(COMMENTS)
    }
}

fn module(Module { name, parameters }: &Module) -> Nix {
    let parameters = parameters.iter().fold(Set::new(), |set, it| set.with(&it.name, parameter(it)));
    Set::new().with("name", Nix::string(name)).with("parameters", parameters).into()
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
            brings: Brings { rules: vec!["a.rules".into()], firmware: vec!["firmware/b".into()] },
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
