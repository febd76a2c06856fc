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

  # Lines of a shell that judge build/.config, and whether the sources are those that were described: nixpkgs would say so too, but
  # not what mends it.
  judge =
    {
      arch,
      # What the sources are to call themselves, without what the configuration adds; and the description's name.
      release,
      name,
      # Files of wanted options; what whole .config files say counts only where somebody is asked.
      wanted ? [ ],
      whole ? [ ],
      warn ? false,
    }:
    ''
      make $makeFlags O="$buildRoot" include/config/kernel.release
      found="$(cat "$buildRoot/include/config/kernel.release")"
      found="''${found%"$(sed -n 's/^CONFIG_LOCALVERSION="\(.*\)"$/\1/p' "$buildRoot/.config")"}"
      if [ "$found" != "${release}" ]; then
        echo "error: the sources call themselves $found, and were to be ${release}"
        echo "help: version and extraversion of ${name}.toml, together, have to be what the sources call themselves"
        exit 1
      fi
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
      release,
      name,
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
          inherit release name;
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
      name,
      # What the description adds to the release.
      local,
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
          release = lib.removeSuffix local old.passthru.modDirVersion;
          inherit name wanted warn;
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
