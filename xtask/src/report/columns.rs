// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables as text: each column as wide as its widest cell.

/// The head and the rows, two blanks between columns and none at the ends of lines.
pub(super) fn aligned(columns: &[String], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain(columns.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = columns.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>();
    [head.as_slice()].into_iter().chain(rows.iter().map(Vec::as_slice)).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns() {
        let cells = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let rows = [cells(&["6_1", "6.1.0-56-amd64", ""]), cells(&["6_12-cloud", "6.12", "x"])];
        expect![[r#"
            NAME        RELEASE         HAS
            6_1         6.1.0-56-amd64
            6_12-cloud  6.12            x"#]]
        .assert_eq(&aligned(&cells(&["name", "release", "has"]), &rows));
        assert_eq!(aligned(&cells(&["name"]), &[]), "NAME");
    }
}
