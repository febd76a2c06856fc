# SPDX-License-Identifier: MIT OR Apache-2.0
# What a described kernel calls itself (`uname -r`): from its version, its Makefile, and its local version.
{ lib }:
let
  # How the sources beside a description are packed (`.tar.xz`), which can't be looked into then; `` if they are a folder.
  packing =
    it:
    let
      found = builtins.match ".*(\\.(tar(\\.[a-z0-9]+)?|tgz|tbz2?|txz))" (it.source.path or "");
    in
    if found == null then "" else lib.head found;

  # What stands at the top of a source tree's Makefile.
  inMakefile =
    it: key:
    let
      lines = lib.splitString "\n" (builtins.readFile (it.directory + "/${it.source.path}/Makefile"));
      found = lib.concatMap (
        line: lib.toList (builtins.match "${key}[ \t]*=[ \t]*([^ \t]*)[ \t]*" line)
      ) lines;
      values = lib.filter lib.isString found;
    in
    if packing it != "" then
      it.fail "`source.path` is an archive, and there is no `version`" "give the one that the Makefile at its top has: nothing is unpacked to find it"
    else if values == [ ] then
      it.fail "the Makefile of `source.path` has no ${key}" "is it the top of a kernel's tree?"
    else
      lib.head values;

  versionOf =
    it:
    it.version
      or "${inMakefile it "VERSION"}.${inMakefile it "PATCHLEVEL"}.${inMakefile it "SUBLEVEL"}${
        let
          extra = inMakefile it "EXTRAVERSION";
        in
        lib.optionalString (lib.hasPrefix "-rc" extra) extra
      }";

  # What the sources add to their version: 6.2 calls itself 6.2.0, and 6.2-rc3 is 6.2.0-rc3.
  extraOf =
    it:
    it.extraversion or (
      let
        extra = inMakefile it "EXTRAVERSION";
      in
      lib.optionalString (it.source ? path && packing it == "" && !lib.hasPrefix "-rc" extra) extra
    );

  # A value of a .config's text, or null.
  inConfig =
    text: key:
    let
      found = builtins.match ".*\nCONFIG_${key}=\"?([^\n\"]*)\"?\n.*" "\n${text}\n";
    in
    if found == null then null else lib.head found;

  localOf =
    it:
    let
      own = it.config.LOCALVERSION or { };
      file = lib.optionalString (it ? config-file) (
        builtins.readFile (it.directory + "/${it.config-file}")
      );
      found = inConfig file "LOCALVERSION";
    in
    it.localversion or (own.freeform or (own.value or (if found == null then "" else found)));

  releaseOf = it: version: "${lib.versions.pad 3 version}${extraOf it}${localOf it}";

in
{
  inherit
    versionOf
    releaseOf
    localOf
    packing
    ;
}
