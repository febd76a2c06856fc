// SPDX-License-Identifier: MIT OR Apache-2.0
//! What other options keep an option from its value.

use expect_test::expect;

use crate::check;

trials!(
    a_dependency_that_is_off_and_one_that_is_on,
    a_module_is_content_with_modules,
    selected_alone,
    nobody_selects_it,
    implied,
    who_selects_it,
    blocks_around_it_and_a_hidden_menu,
    one_of_a_choice,
    a_default_that_nobody_is_asked_about,
    a_circle,
    a_dependency_with_a_condition,
);

fn a_dependency_that_is_off_and_one_that_is_on() {
    check(
        "CARD=y",
        &expect![[r#"
            error: CARD was to be y, but is off
              CARD is n: tristate "A card", Kconfig:25
                depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
                  BUS is n: tristate "A bus", Kconfig:22
                  OLD_CARD is m: tristate "An old card", Kconfig:30
            help: also set BUS=y OLD_CARD=n

            exit status 1
        "#]],
    );
}

fn a_module_is_content_with_modules() {
    check(
        "CARD=m",
        &expect![[r#"
            error: CARD was to be m, but is off
              CARD is n: tristate "A card", Kconfig:25
                depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
                  BUS is n: tristate "A bus", Kconfig:22
            help: also set BUS=m

            exit status 1
        "#]],
    );
}

fn selected_alone() {
    check(
        "ENGINE=y",
        &expect![[r#"
            error: ENGINE was to be y, but is off
              ENGINE is n: tristate without a prompt, Kconfig:33
                CARD is n: tristate "A card", Kconfig:25
                  depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
                    BUS is n: tristate "A bus", Kconfig:22
                    OLD_CARD is m: tristate "An old card", Kconfig:30
                EXPERT is n: bool "Expert settings", Kconfig:15
            help: also set BUS=y CARD=y EXPERT=y OLD_CARD=n

            exit status 1
        "#]],
    );
}

fn nobody_selects_it() {
    check(
        "ORPHAN=y",
        &expect![[r#"
            error: ORPHAN was to be y, but is off
              ORPHAN is n: bool without a prompt, Kconfig:36
                nothing selects it, and it has no default
            help: leave it out; nothing that can be set gives it that value

            exit status 1
        "#]],
    );
}

fn implied() {
    check(
        "USER=y",
        &expect![[r#"
            error: USER was to be y, but is off
              USER is n: bool "Uses a part", parts/Kconfig.second:2
                depends on, parts/Kconfig.second:4: PART [=n]
                  PART is n: tristate without a prompt, parts/Kconfig.first:6
                    IMPLIER is n: bool "Implies a part", parts/Kconfig.first:2
            help: also set IMPLIER=y

            exit status 1
        "#]],
    );
}

fn who_selects_it() {
    check(
        "NEEDED=n",
        &expect![[r#"
            error: NEEDED was to be n, but is y
              NEEDED is y: bool "Selected by another", Kconfig:39
                NEEDS selects it, Kconfig:45
            help: also set NEEDS=n

            exit status 1
        "#]],
    );
}

fn blocks_around_it_and_a_hidden_menu() {
    check(
        "DEEP=y",
        &expect![[r#"
            error: DEEP was to be y, but is off
              DEEP is n: bool "Deep inside", Kconfig:52
                menu "Deep": depends on, Kconfig:49: ROOT [=n]
                  ROOT is n: bool "Root", Kconfig:57
                if Kconfig:47: EXPERT [=n]
                  EXPERT is n: bool "Expert settings", Kconfig:15
                menu "Deep": visible if, Kconfig:50: !SIMPLE [=y]
                  SIMPLE is y: bool "Keep it simple", Kconfig:60
                    the prompt at Kconfig:62: EXPERT [=n]
                      EXPERT is n: bool "Expert settings", Kconfig:15
            help: also set EXPERT=y ROOT=y SIMPLE=n

            exit status 1
        "#]],
    );
}

fn one_of_a_choice() {
    check(
        "FAST=y SLOW=n",
        &expect![[r#"
            error: FAST was to be y, but is off
              FAST is n: bool "Fast", in the choice "Speed", Kconfig:71
                depends on, Kconfig:73: CARD [=n] || BUS [=n]
                  one of these is needed:
                    BUS is n: tristate "A bus", Kconfig:22
                    CARD is n: tristate "A card", Kconfig:25
                      depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
                        BUS is n: tristate "A bus", Kconfig:22
            help: also set BUS=m

            error: SLOW was to be n, but is y
              SLOW is y: bool "Slow", in the choice "Speed", Kconfig:68
                it is what is chosen in the choice "Speed"
                  depends on, Kconfig:73: CARD [=n] || BUS [=n]
                    one of these is needed:
                      BUS is n: tristate "A bus", Kconfig:22
                      CARD is n: tristate "A card", Kconfig:25
                        depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
                          BUS is n: tristate "A bus", Kconfig:22
            help: also set BUS=m FAST=y

            exit status 1
        "#]],
    );
}

fn a_default_that_nobody_is_asked_about() {
    check(
        "SIMPLE=n",
        &expect![[r#"
            error: SIMPLE was to be n, but is y
              SIMPLE is y: bool "Keep it simple", Kconfig:60
                the prompt at Kconfig:62: EXPERT [=n]
                  EXPERT is n: bool "Expert settings", Kconfig:15
            help: also set EXPERT=y

            exit status 1
        "#]],
    );
}

fn a_circle() {
    check(
        "HEN=y",
        &expect![[r#"
            error: HEN was to be y, but is off
              HEN is n: bool "A hen", Kconfig:97
                depends on, Kconfig:99: EGG [=n]
                  EGG is n: bool "An egg", Kconfig:101
                    depends on, Kconfig:103: HEN [=n]
                      HEN is n: bool "A hen", Kconfig:97
                        depends on, Kconfig:99: EGG [=n]
            help: leave it out; nothing that can be set gives it that value

            exit status 1
        "#]],
    );
}

fn a_dependency_with_a_condition() {
    check(
        "GUARDED=y",
        &expect![[r#"
            error: GUARDED was to be y, but is off
              GUARDED is n: bool "Guarded", Kconfig:105
            help: nothing stands against it: set GUARDED=y where the configuration is made

            exit status 1
        "#]],
    );
}
