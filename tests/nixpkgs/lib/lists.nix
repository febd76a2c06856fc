# SPDX-License-Identifier: MIT OR Apache-2.0
# Lists.
{ lib }:
{
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    length
    map
    partition
    sort
    tail
    ;

  lists = {
    inherit (lib)
      all
      any
      concatLists
      concatMap
      elem
      filter
      findFirst
      flatten
      foldr
      head
      last
      optional
      optionals
      range
      sort
      subtractLists
      tail
      toList
      unique
      ;
  };

  optional = condition: it: if condition then [ it ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  singleton = it: [ it ];
  toList = it: if builtins.isList it then it else [ it ];
  last = list: builtins.elemAt list (builtins.length list - 1);
  init = list: lib.take (builtins.length list - 1) list;
  take = count: list: lib.sublist 0 count list;
  drop = count: list: lib.sublist count (builtins.length list) list;
  sublist =
    start: count: list:
    let
      rest = lib.max 0 (builtins.length list - start);
    in
    builtins.genList (index: builtins.elemAt list (start + index)) (lib.min count rest);
  reverseList =
    list:
    let
      count = builtins.length list;
    in
    builtins.genList (index: builtins.elemAt list (count - index - 1)) count;
  range =
    first: last:
    if first > last then [ ] else builtins.genList (index: first + index) (last - first + 1);
  foldr =
    f: start: list:
    builtins.foldl' (result: it: f it result) start (lib.reverseList list);
  fold = lib.foldr;
  foldl = builtins.foldl';
  findFirst =
    fits: default: list:
    let
      found = builtins.filter fits list;
    in
    if found == [ ] then default else builtins.head found;
  count = fits: list: builtins.length (builtins.filter fits list);
  remove = it: builtins.filter (other: other != it);
  subtractLists = gone: builtins.filter (it: !builtins.elem it gone);
  intersectLists = kept: builtins.filter (it: builtins.elem it kept);
  unique = builtins.foldl' (seen: it: if builtins.elem it seen then seen else seen ++ [ it ]) [ ];
  flatten = it: if builtins.isList it then builtins.concatMap lib.flatten it else [ it ];
  forEach = list: f: map f list;
  imap0 =
    f: list: builtins.genList (index: f index (builtins.elemAt list index)) (builtins.length list);
  imap1 = f: lib.imap0 (index: f (index + 1));
  zipLists = lib.zipListsWith (fst: snd: { inherit fst snd; });
  zipListsWith =
    f: a: b:
    builtins.genList (index: f (builtins.elemAt a index) (builtins.elemAt b index)) (
      lib.min (builtins.length a) (builtins.length b)
    );
  sortOn = key: builtins.sort (a: b: key a < key b);
  cartesianProduct =
    sets:
    builtins.foldl' (
      rows: name: builtins.concatMap (row: map (value: row // { ${name} = value; }) sets.${name}) rows
    ) [ { } ] (builtins.attrNames sets);
  crossLists = f: builtins.foldl' (fs: args: builtins.concatMap (g: map g args) fs) [ f ];
}
