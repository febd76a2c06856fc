# SPDX-License-Identifier: MIT OR Apache-2.0
# What fits nowhere else.
{ lib }:
{
  inherit (builtins)
    add
    bitAnd
    fromJSON
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    pathExists
    readFile
    seq
    deepSeq
    toJSON
    trace
    typeOf
    ;

  trivial = {
    inherit (lib)
      const
      flip
      id
      importJSON
      importTOML
      max
      min
      pipe
      warn
      ;
    release = "26.11";
    version = "26.11pre-stand-in";
  };
  version = "26.11pre-stand-in";

  id = it: it;
  const = it: _: it;
  flip =
    f: a: b:
    f b a;
  pipe = builtins.foldl' (value: f: f value);
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  boolToString = it: if it then "true" else "false";
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  # A function, or a set that can be called.
  isCallable =
    it: builtins.isFunction it || (it ? __functor && builtins.isFunction (it.__functor it));
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (lib.functionArgs (f.__functor f))
    else
      builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  toFunction = it: if lib.isCallable it then it else _: it;

  warn = text: builtins.trace "evaluation warning: ${text}";
  warnIf = condition: text: if condition then lib.warn text else lib.id;
  warnIfNot = condition: lib.warnIf (!condition);
  throwIf = condition: text: if condition then throw text else lib.id;
  throwIfNot = condition: lib.throwIf (!condition);
  assertMsg = condition: text: condition || throw text;
  asserts = { inherit (lib) assertMsg; };
}
