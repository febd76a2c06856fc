# SPDX-License-Identifier: MIT OR Apache-2.0
# Strings.
{ lib }:
{
  inherit (builtins)
    concatStringsSep
    match
    replaceStrings
    split
    stringLength
    substring
    unsafeDiscardStringContext
    ;

  strings = {
    inherit (lib)
      concatLines
      concatMapStrings
      concatMapStringsSep
      concatStrings
      concatStringsSep
      escapeNixString
      escapeShellArg
      escapeShellArgs
      hasInfix
      hasPrefix
      hasSuffix
      levenshteinAtMost
      optionalString
      removePrefix
      removeSuffix
      sanitizeDerivationName
      splitString
      toLower
      toUpper
      versionAtLeast
      versionOlder
      ;
  };

  optionalString = condition: text: if condition then text else "";
  concatStrings = builtins.concatStringsSep "";
  concatMapStrings = f: list: lib.concatStrings (map f list);
  concatMapStringsSep =
    between: f: list:
    builtins.concatStringsSep between (map f list);
  concatMapAttrsStringSep =
    between: f: set:
    builtins.concatStringsSep between (lib.mapAttrsToList f set);
  concatLines = lib.concatMapStrings (line: line + "\n");
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      start = builtins.stringLength text - builtins.stringLength suffix;
    in
    start >= 0 && builtins.substring start (-1) text == suffix;
  hasInfix = part: text: builtins.replaceStrings [ part ] [ "" ] text != text || part == "";
  removePrefix =
    prefix: text:
    if lib.hasPrefix prefix text then
      builtins.substring (builtins.stringLength prefix) (-1) text
    else
      text;
  removeSuffix =
    suffix: text:
    if lib.hasSuffix suffix text then
      builtins.substring 0 (builtins.stringLength text - builtins.stringLength suffix) text
    else
      text;
  splitString =
    between: text:
    builtins.filter builtins.isString (
      builtins.split (lib.escapeRegex between) (builtins.unsafeDiscardStringContext text)
    );
  stringToCharacters =
    text: builtins.genList (index: builtins.substring index 1 text) (builtins.stringLength text);
  escape = marks: builtins.replaceStrings marks (map (mark: "\\${mark}") marks);
  escapeRegex = lib.escape (lib.stringToCharacters "\\[{()^$?*+|.");
  escapeShellArg =
    it:
    let
      text = toString it;
    in
    if builtins.match "[[:alnum:],._+:@%/-]+" text != null then
      text
    else
      "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = lib.concatMapStringsSep " " lib.escapeShellArg;
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  escapeNixString = text: lib.escape [ "$" ] (builtins.toJSON text);
  # Whether so many letters put in, left out or taken for another make one text of the other.
  levenshteinAtMost =
    most: a: b:
    let
      rest = builtins.substring 1 (-1);
      less = lib.levenshteinAtMost (most - 1);
    in
    most >= 0
    && (
      if a == "" || b == "" then
        builtins.stringLength (a + b) <= most
      else if builtins.substring 0 1 a == builtins.substring 0 1 b then
        lib.levenshteinAtMost most (rest a) (rest b)
      else
        less (rest a) (rest b) || less (rest a) b || less a (rest b)
    );
  toShellVar = name: value: "${name}=${lib.escapeShellArg value}";
  toShellVars = lib.concatMapAttrsStringSep "\n" lib.toShellVar;
  toLower = builtins.replaceStrings lib.upperChars lib.lowerChars;
  toUpper = builtins.replaceStrings lib.lowerChars lib.upperChars;
  lowerChars = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  trim = text: builtins.elemAt (builtins.match "[[:space:]]*(.*[^[:space:]])?[[:space:]]*" text) 0;
  fixedWidthString =
    width: filler: text:
    if builtins.stringLength text >= width then
      text
    else
      lib.fixedWidthString width filler (filler + text);
  isStorePath = it: lib.hasPrefix "${builtins.storeDir}/" (toString it);
  sanitizeDerivationName =
    text:
    let
      parts = builtins.split "[^[:alnum:]+._?=-]+" (toString text);
      name = lib.concatStrings (map (part: if builtins.isList part then "-" else part) parts);
    in
    lib.removePrefix "." (builtins.substring 0 207 name);
  getName =
    it:
    if builtins.isString it then
      (builtins.parseDrvName it).name
    else
      it.pname or (builtins.parseDrvName it.name).name;
  getVersion =
    it:
    if builtins.isString it then
      (builtins.parseDrvName it).version
    else
      it.version or (builtins.parseDrvName it.name).version;
  getExe = it: lib.getExe' it (it.meta.mainProgram or (lib.getName it));
  getExe' = it: program: "${lib.getBin it}/bin/${program}";
  makeBinPath = lib.makeSearchPathOutput "bin" "bin";
  makeLibraryPath = lib.makeSearchPathOutput "lib" "lib";
  makeSearchPath = folder: lib.concatMapStringsSep ":" (it: "${it}/${folder}");
  makeSearchPathOutput =
    output: folder: packages:
    lib.makeSearchPath folder (map (lib.getOutput output) packages);
}
