# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes a kernel fail at its configuration, before anything is compiled, if an option did not take, and say why.
{ lib, perl }:
let
  # The script alone, so that a change beside it makes no other configuration.
  why = builtins.path {
    name = "why";
    path = ./.;
    filter = path: _: baseNameOf path == "why.pl" || lib.hasInfix "/Why" path;
  };

  script = "${lib.getExe perl} ${why}/why.pl";

  # A shell's line that judges build/.config.
  judge =
    {
      arch,
      # Files of wanted options; what whole .config files say counts only where somebody is asked.
      wanted ? [ ],
      whole ? [ ],
      warn ? false,
    }:
    ''
      echo "comparing the configuration with what was wanted..."
      ${script} --tree . --config "$buildRoot/.config" --arch ${arch} \
        ${toString (map (file: "--wanted ${file}") wanted)} \
        ${toString (map (file: "--whole ${file}") whole)} || ${
          if warn then ''echo "going on all the same: checks = \"warn\""'' else "exit 1"
        }
    '';

  # nixpkgs' own comparison says that an option is unused, and not why; so it only warns here, and ours decides.
  configuration =
    {
      configfile,
      wanted,
      warn,
    }:
    configfile.overrideAttrs (old: {
      ignoreConfigErrors = true;
      # A value that the kernel refuses would end nixpkgs' dialogue with it as a "repeated question", and two members of a choice as
      # "conflicting answers!".
      postPatch = old.postPatch + ''
        ${script} --types --tree . --arch ${old.kernelArch} --wanted ${wanted} --beside ${
          builtins.toFile "wanted-by-all" (
            builtins.unsafeDiscardStringContext (
              old.passthru.moduleStructuredConfig.intermediateNixConfig or ""
            )
          )
        } || exit 1
      '';
      buildPhase =
        old.buildPhase
        + judge {
          arch = old.kernelArch;
          wanted =
            lib.optional (
              !(lib.elem (toString (old.ignoreConfigErrors or false)) [ "1" ])
            ) "$buildRoot/kernel-config"
            ++ [ wanted ];
          inherit warn;
        };
    });

  # The same kernel with another configuration. What NixOS overrides in it later keeps the check.
  kernel =
    {
      kernel,
      wanted,
      warn,
      # The description's path.
      told,
    }:
    kernel.overrideAttrs (
      old:
      let
        unchecked = old.passthru.configfile;
        checked = configuration {
          configfile = unchecked;
          inherit wanted warn;
        };
        phase = old.configurePhase;
        plain = builtins.unsafeDiscardStringContext;
        from = builtins.addErrorContext "help: an option that nixpkgs sets otherwise needs { value = ..., force = true } in ${told}" (
          plain "${unchecked}"
        );
        # Without the old configuration, which would be made besides the new one.
        others = removeAttrs (builtins.getContext phase) [ (plain unchecked.drvPath) ];
      in
      if !lib.hasInfix from (plain phase) then
        throw "this nixpkgs makes its kernels' configuration in a way that nix/kernel/checked.nix does not know"
      else
        {
          configurePhase = builtins.replaceStrings [ from ] [ "${checked}" ] (
            builtins.appendContext (plain phase) others
          );
          passthru = old.passthru // {
            configfile = checked;
          };
        }
    );
in
{
  inherit judge kernel;
}
