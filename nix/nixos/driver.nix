# SPDX-License-Identifier: MIT OR Apache-2.0
# A NixOS module for one driver, out of what is known of it: `hardware.NAME`. Each module.nix that `cargo xtask package nix` writes
# is a call of this function.
{
  # The driver's attribute in a kernel's package set.
  name,
  description ? name,
  # The file with the driver's package, for kernels whose set has no such attribute.
  package,
  # Its modules in the order in which they can be loaded: { name; parameters.NAME = { type; description; }; }.
  modules,
  # Options that the kernel needs, without `CONFIG_`.
  needs ? [ ],
  # Modules of the kernel's own that must not be loaded by themselves.
  rivals ? [ ],
  # Whether the package has rules for udev.
  rules ? false,
  # The package's units of systemd, by their sets in NixOS, with what wants them: { services.NAME = [ "multi-user.target" ]; }.
  units ? { },
  # Whether the package has firmware.
  firmware ? false,
}:
{ config, lib, ... }:
let
  inherit (lib) types;
  cfg = config.hardware.${name};
  inherit (config.boot) kernelPackages;
  names = map (module: module.name) modules;

  # The kernel's parser has quotes, and nothing that stands for a quote (lib/cmdline.c, next_arg()).
  isText = value: !(lib.hasInfix "\"" value || lib.hasInfix "\n" value);
  text = types.addCheck types.str isText // {
    description = "string without double quotes and line breaks";
  };
  item = types.addCheck types.str (value: isText value && !lib.hasInfix "," value) // {
    description = "string without commas, double quotes and line breaks";
  };
  hexadecimal = types.strMatching "0x[0-9a-fA-F]+";

  # By the names of the kernel's types (linux/moduleparam.h). Nix has no number above 2^63, but those can be written as texts.
  scalars = {
    bool = types.bool;
    invbool = types.bool;
    bint = types.bool;
    byte = types.ints.u8;
    short = types.ints.s16;
    ushort = types.ints.u16;
    int = types.ints.s32;
    uint = types.ints.u32;
    hexint = types.either types.ints.u32 hexadecimal;
    long = types.int;
    ulong = types.either types.ints.unsigned hexadecimal;
    ullong = types.either types.ints.unsigned hexadecimal;
    charp = text;
    string = text;
  };
  # Parameters with functions of the driver's own take what they like.
  anything = types.oneOf [
    types.bool
    types.int
    text
  ];
  typeOf =
    parameter:
    let
      word = parameter.type or "";
      element = lib.removePrefix "array of " word;
      scalar = scalars.${element} or anything;
    in
    if lib.hasPrefix "array of " word then
      types.nonEmptyListOf (if scalar == text then item else scalar)
    else
      scalar;

  settingsOf = lib.mapAttrs (
    parameter: about:
    lib.mkOption {
      type = types.nullOr (typeOf about);
      default = null;
      description = "${
        about.description or "The parameter `${parameter}`."
      } Null leaves it to the driver.";
    }
  );

  wordOf =
    value:
    if builtins.isBool value then
      (if value then "Y" else "N")
    else if builtins.isList value then
      lib.concatMapStringsSep "," wordOf value
    else
      toString value;
  # modprobe.d(5): a backslash takes away the meaning of what follows; the kernel takes quotes for one word with blanks.
  quoted =
    word:
    let
      escaped = lib.replaceStrings [ "\\" ] [ "\\\\" ] word;
    in
    if builtins.match "[^[:space:]]+" word == null then "\"${escaped}\"" else escaped;
  # Of one module there is nothing to choose from.
  isAlone = builtins.length modules == 1;
  settings = module: if isAlone then cfg.settings else cfg.settings.${module.name};
  optionsLine =
    module:
    let
      given = lib.filterAttrs (_: value: value != null) (settings module);
      words = lib.mapAttrsToList (parameter: value: "${parameter}=${quoted (wordOf value)}") given;
    in
    lib.optional (given != { }) "options ${lib.concatStringsSep " " ([ module.name ] ++ words)}\n";
  settingsLines = lib.concatStrings (lib.concatMap optionsLine modules);
in
{
  options.hardware.${name} = {
    enable = lib.mkEnableOption "the driver ${name}: ${description}";

    package = lib.mkOption {
      type = types.package;
      default = kernelPackages.${name} or (kernelPackages.callPackage package { });
      defaultText = lib.literalExpression "config.boot.kernelPackages.${name}";
      description = "The driver's package, of the package set of the kernel that is booted.";
    };

    load = lib.mkOption {
      type = types.bool;
      default = true;
      description = "Whether it is loaded at boot, and not only when its hardware is found.";
    };

    stage1 = lib.mkOption {
      type = types.bool;
      default = false;
      description = "Whether it is in the initial ramdisk, for hardware that is needed before the root file system is there.";
    };

    settings =
      if isAlone then
        settingsOf (builtins.head modules).parameters
      else
        lib.listToAttrs (
          map (module: lib.nameValuePair module.name (settingsOf module.parameters)) modules
        );
  };

  config = lib.mkIf cfg.enable {
    boot = {
      extraModulePackages = [ cfg.package ];
      kernelModules = lib.mkIf cfg.load names;
      initrd = lib.mkIf cfg.stage1 {
        availableKernelModules = names;
        kernelModules = lib.mkIf cfg.load names;
      };
      blacklistedKernelModules = rivals;
      extraModprobeConfig = lib.mkIf (settingsLines != "") settingsLines;
    };

    # NixOS takes units from packages, but not what they say under [Install].
    systemd = {
      packages = lib.mkIf (units != { }) [ cfg.package ];
    }
    // lib.mapAttrs (
      _: set: lib.mapAttrs (_: wantedBy: { inherit wantedBy; }) (lib.filterAttrs (_: it: it != [ ]) set)
    ) units;

    services.udev.packages = lib.mkIf rules [ cfg.package ];
    hardware.firmware = lib.mkIf firmware [ cfg.package ];

    system.requiredKernelConfig = map config.lib.kernelConfig.isEnabled needs;

    assertions = lib.optional (cfg.package ? kernel) {
      assertion = "${cfg.package.kernel.dev}" == "${kernelPackages.kernel.dev}";
      message = ''
        hardware.${name}.package is built for Linux ${cfg.package.kernel.modDirVersion}, and boot.kernelPackages is another set, with ${kernelPackages.kernel.modDirVersion}.
        Take it from there: hardware.${name}.package = config.boot.kernelPackages.${name};
      '';
    };
  };
}
