// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one way from text to HTML, and from a template to a page.

/// Text as HTML shows it, in an element or in a quoted attribute. A log may hold anything: what has no place in HTML
/// (control characters, <https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream>) and what
/// turns the reading direction of its surroundings around becomes `\u{fffd}`.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() || turns(c) => safe.push(char::REPLACEMENT_CHARACTER),
            c => safe.push(c),
        }
    }
    safe
}

/// The embeddings, overrides and isolates of <https://www.unicode.org/reports/tr9/>.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Puts HTML into a template's places, each written `{{name}}`. What is put in is not looked at again.
pub(super) fn filled(template: &str, parts: &[(&str, &str)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("the template closes what it opens");
        let part = parts.iter().find(|(known, _)| *known == name);
        page.push_str(before);
        page.push_str(part.unwrap_or_else(|| panic!("the template has a place `{name}` that nothing fills")).1);
        rest = after;
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected);
        check("plain, tab\tand line\n", "plain, tab\tand line\n");
        check("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;");
        check("\"><script>alert(1)</script>", "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
        check("' onmouseover='x", "&#39; onmouseover=&#39;x");
        check("\u{1b}[31mred\u{0}\r\u{7f}\u{85}", "\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}\u{fffd}");
        check("a\u{202e}b\u{2066}c", "a\u{fffd}b\u{fffd}c");
        check("größer 你好", "größer 你好");
    }

    #[test]
    fn filling() {
        let check = |template: &str, expected: &str| {
            assert_eq!(filled(template, &[("a", "{{b}}"), ("b", "2")]), expected);
        };
        check("none", "none");
        check("{{a}} and {{b}}, {{b}}", "{{b}} and 2, 2");
        check("{{b}}", "2");
    }
}
