// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values and names that an option can't have, and how the script is asked.

use expect_test::expect;

use crate::check;

trials!(
    what_is_as_wanted,
    nothing_stands_against_it,
    a_number_out_of_its_range,
    a_value_that_nobody_is_asked_for,
    what_the_compiler_was_asked,
    of_another_architecture,
    a_slip_of_the_pen,
    values_of_another_type,
    before_there_is_a_config,
    no_option_at_all,
    a_fragment_that_mends_it,
    several_of_a_choice,
    a_fragment_of_a_choice,
    one_of_a_choice_beside_others,
    a_whole_configuration,
);

fn what_is_as_wanted() {
    check(
        "HZ=250 LEVEL=0x010 OLD_CARD=m ENGINE=n",
        &expect![[r#"
            exit status 0
        "#]],
    );
}

fn nothing_stands_against_it() {
    check(
        "HUGE_PAGES=y",
        &expect![[r#"
            error: HUGE_PAGES was to be y, but is n
              HUGE_PAGES is n: bool "Huge pages", arch/x86/Kconfig:5
            help: nothing stands against it: set HUGE_PAGES=y where the configuration is made

            exit status 1
        "#]],
    );
}

fn a_number_out_of_its_range() {
    check(
        "HZ=5000",
        &expect![[r#"
            error: HZ was to be 5000, but is 250
              it has to be from 100 to 1000, Kconfig:79
            help: give it such a value

            exit status 1
        "#]],
    );
}

fn a_value_that_nobody_is_asked_for() {
    check(
        "LEVEL=0x20",
        &expect![[r#"
            error: LEVEL was to be 0x20, but is 0x10
              the prompt at Kconfig:83: EXPERT [=n]
                EXPERT is n: bool "Expert settings", Kconfig:15
            help: also set EXPERT=y

            exit status 1
        "#]],
    );
}

fn what_the_compiler_was_asked() {
    check(
        "MAGIC=y SPELL=y",
        &expect![[r#"
            error: MAGIC was to be y, but is off
              MAGIC is n: bool "Magic", Kconfig:89
                depends on, Kconfig:91: CC_HAS_MAGIC [=n]
                  CC_HAS_MAGIC is n: bool without a prompt, Kconfig:86
                    the compiler has no $(cc-option,-fmagic)
            help: leave it out; nothing that can be set gives it that value

            error: SPELL was to be y, but is off
              SPELL is n: bool "A spell", Kconfig:93
                depends on, Kconfig:95: $(cc-option,-fspell)
                  it asks the compiler: $(cc-option,-fspell)
            help: a compiler that agrees to $(cc-option,-fspell) is needed

            exit status 1
        "#]],
    );
}

fn of_another_architecture() {
    check(
        "ARM_ALONE=y",
        &expect![[r#"
            error: ARM_ALONE was to be y, but this kernel has no such option
              it is defined in arch/arm64/Kconfig:2, which is not read for x86_64
            help: leave it out for x86_64

            exit status 1
        "#]],
    );
}

fn a_slip_of_the_pen() {
    check(
        "HUGE_PAGE=y NOT_AN_OPTION=y",
        &expect![[r#"
            error: HUGE_PAGE was to be y, but this kernel has no such option
            help: did you mean HUGE_PAGES?

            error: NOT_AN_OPTION was to be y, but this kernel has no such option
            help: leave it out, or set the option that replaced it

            exit status 1
        "#]],
    );
}

fn values_of_another_type() {
    check(
        "NEEDED=m MODULES=yes",
        &expect![[r#"
            error: NEEDED was to be m, but is y
              it is of type bool, which is y or n, and never a module
            help: set NEEDED=y, or leave it out

            error: MODULES was to be yes, but is y
              it is of type bool, which is y or n
            help: give MODULES such a value

            exit status 1
        "#]],
    );
}

fn before_there_is_a_config() {
    check(
        "--types NEEDED=m HZ=5000 CARD=y HUGE_PAGE=y",
        &expect![[r#"
            error: NEEDED was to be m, but can't be
              it is of type bool, which is y or n, and never a module
            help: set NEEDED=y, or leave it out

            error: HZ was to be 5000, but can't be
              it has to be from 100 to 1000, Kconfig:79
            help: give it such a value

            exit status 1
        "#]],
    );
}

fn no_option_at_all() {
    check(
        "huh",
        &expect![[r#"
            error: `huh` is no option
            help: write NAME=VALUE, such as KGDB=y
            exit status 2
        "#]],
    );
}

fn a_fragment_that_mends_it() {
    check(
        "--fragment CARD=y ORPHAN=y",
        &expect![[r#"
            CONFIG_BUS=y
            CONFIG_CARD=y
            # CONFIG_OLD_CARD is not set
            # ORPHAN can't be had
            exit status 1
        "#]],
    );
}

fn several_of_a_choice() {
    check(
        "FAST=y SLOW=y HZ=5000",
        &expect![[r#"
            error: FAST and SLOW were to be y, but of the choice "Speed", Kconfig:64, only one can be
            help: keep one of FAST and SLOW

            error: HZ was to be 5000, but is 250
              it has to be from 100 to 1000, Kconfig:79
            help: give it such a value

            exit status 1
        "#]],
    );
    check(
        "--types SLOW=y FAST=y",
        &expect![[r#"
            error: SLOW and FAST were to be y, but of the choice "Speed", Kconfig:64, only one can be
            help: keep one of SLOW and FAST

            exit status 1
        "#]],
    );
}

fn a_fragment_of_a_choice() {
    check(
        "--fragment SLOW=y FAST=y HUGE_PAGES=y",
        &expect![[r#"
        # SLOW and FAST can't be had together
        CONFIG_HUGE_PAGES=y
        exit status 1
    "#]],
    );
}

/// nixpkgs says much of its own beside what a description does.
fn one_of_a_choice_beside_others() {
    check(
        "--types --beside tests/kconfig/wanted/others FAST=y",
        &expect![[r#"
            error: FAST and SLOW were to be y, but of the choice "Speed", Kconfig:64, only one can be
            help: also set SLOW=n, or leave FAST out

            exit status 1
        "#]],
    );
    check(
        "--types --beside tests/kconfig/wanted/others FAST=y SLOW=n",
        &expect![[r#"
            exit status 0
        "#]],
    );
}

/// What is said beside a whole .config goes before what the .config has chosen.
fn a_whole_configuration() {
    check(
        "--whole tests/kconfig/wanted/whole.config",
        &expect![[r#"
            exit status 0
        "#]],
    );
    check(
        "--whole tests/kconfig/wanted/whole.config FAST=y",
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

            exit status 1
        "#]],
    );
}
