// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files as they are printed, and words that mean harm.

use expect_test::expect;

use super::*;

fn plan(driver: &str, kernels: &[&str], workbench: &str, revision: &str) -> Result<Plan> {
    let kernels: Vec<Wish> = kernels.iter().map(|kernel| kernel.parse().expect("a kernel's name")).collect();
    Plan::new(driver, &kernels, workbench.to_owned(), revision.to_owned())
}

const URL: &str = "https://example.org/workbench";

/// The lines that names go into.
fn lines_with(file: &str, marks: &[&str]) -> String {
    let lines = file.lines().filter(|line| marks.iter().any(|mark| line.contains(mark)));
    lines.map(|line| format!("{}\n", line.trim_start())).collect()
}

#[test]
fn github() {
    let marks = ["kernel: [", "DRIVER: ", "URL: ", "REVISION: "];
    let plan = plan(".", &["6_1", "6_12-cloud", "6.12.117+deb13-amd64"], URL, "main").expect("a plan");
    expect![[r#"
        kernel: ["6_1", "6_12-cloud", "6.12.117+deb13-amd64"]
        VM_TEST_DRIVER: "."
        WORKBENCH_URL: "https://example.org/workbench"
        WORKBENCH_REVISION: "main"
    "#]]
    .assert_eq(&lines_with(&plan.file(Service::Github), &marks));
    let evil = plan_of_evil();
    expect![[r#"
        kernel: ["6_1"]
        VM_TEST_DRIVER: "a b'; echo \"$HOME\" `id` ${{ '${{' }} secrets.TOKEN }} # $REVISION_TEXT $KERNELS \\"
        WORKBENCH_URL: "https://example.org/a'b"
        WORKBENCH_REVISION: "$(id)"
    "#]]
    .assert_eq(&lines_with(&evil.file(Service::Github), &marks));
}

#[test]
fn gitlab() {
    let marks = ["KERNEL: [", "git ", "cargo "];
    let plan = plan("src/driver", &["6_1", "latest"], URL, "v1.0").expect("a plan");
    expect![[r##"
        # Made by `cargo xtask ci gitlab` of the kernel module workbench; for .gitlab-ci.yml
        - VM_TEST_KERNEL: ["6_1", "latest"]
        - "git clone --quiet https://example.org/workbench /tmp/workbench"
        - "git -C /tmp/workbench checkout --quiet v1.0"
        - "cargo xtask vm-test \"$CI_PROJECT_DIR\"/src/driver --kernel \"$VM_TEST_KERNEL\" --junit \"$CI_PROJECT_DIR/vm-test.xml\" --html \"$CI_PROJECT_DIR/vm-test.html\""
    "##]].assert_eq(&lines_with(&plan.file(Service::Gitlab), &marks));
    let evil = plan_of_evil();
    expect![[r##"
        # Made by `cargo xtask ci gitlab` of the kernel module workbench; for .gitlab-ci.yml
        - VM_TEST_KERNEL: ["6_1"]
        - "git clone --quiet 'https://example.org/a'\\''b' /tmp/workbench"
        - "git -C /tmp/workbench checkout --quiet '$(id)'"
        - "cargo xtask vm-test \"$CI_PROJECT_DIR\"/'a b'\\''; echo \"$HOME\" `id` ${{ secrets.TOKEN }} # $REVISION_TEXT $KERNELS \\' --kernel \"$VM_TEST_KERNEL\" --junit \"$CI_PROJECT_DIR/vm-test.xml\" --html \"$CI_PROJECT_DIR/vm-test.html\""
    "##]].assert_eq(&lines_with(&evil.file(Service::Gitlab), &marks));
}

fn plan_of_evil() -> Plan {
    let driver = "a b'; echo \"$HOME\" `id` ${{ secrets.TOKEN }} # $REVISION_TEXT $KERNELS \\";
    plan(driver, &["6_1"], "https://example.org/a'b", "$(id)").expect("a plan")
}

#[test]
fn whole_files() {
    let plan = plan(".", &["6_1"], URL, "main").expect("a plan");
    for service in [Service::Github, Service::Gitlab] {
        let file = plan.file(service);
        for place in ["$KERNELS", "_TEXT", "$SCRIPT"] {
            assert!(!file.contains(place), "{place} is left in {file}");
        }
        assert!(file.contains("\"6_1\"") && file.contains(URL), "{file}");
        assert!(!file.contains('\t') && file.ends_with('\n'), "{file}");
        assert_eq!(file.lines().find(|line| line.ends_with(' ')), None);
    }
}

#[test]
fn refused() {
    let check = |driver: &str, kernels: &[&str], workbench: &str, revision: &str, expected: &str| {
        let err = plan(driver, kernels, workbench, revision).expect_err("it is refused").to_string();
        assert_eq!(err.lines().next(), Some(expected));
    };
    check("/home/me/driver", &["6_1"], URL, "main", "`/home/me/driver` does not lie in the driver's repository");
    check("../driver", &["6_1"], URL, "main", "`../driver` does not lie in the driver's repository");
    check("a\nb", &["6_1"], URL, "main", r#""a\nb" can't stand in a CI file"#);
    check("", &["6_1"], URL, "main", r#""" can't stand in a CI file"#);
    check(".", &["6_1"], "--upload-pack=x", "main", "`--upload-pack=x` is not the address of a repository");
    check(".", &["6_1"], URL, "-b", "`-b` is not the name of a commit");
    check(".", &["6_1", "/src/linux"], URL, "main", "`/src/linux` is a folder of this host, which a CI job has not");
}

#[test]
fn addresses() {
    let check = |url: &str, expected: Option<&str>| assert_eq!(public(url).as_deref(), expected, "{url}");
    check("https://example.org/a/b.git", Some("https://example.org/a/b.git"));
    check("https://me:secret@example.org/a/b", Some("https://example.org/a/b"));
    check("https://example.org/a/b@c", Some("https://example.org/a/b@c"));
    check("git@example.org:a/b.git", Some("https://example.org/a/b.git"));
    check("ssh://git@example.org/a/b.git", Some("https://example.org/a/b.git"));
    check("/home/me/workbench", None);
    check("../workbench", None);
    check("file:///home/me/workbench", None);
}
