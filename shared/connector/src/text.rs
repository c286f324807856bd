//! Between the HTML that vendors keep and the plain text that the portal keeps.

/// Plain text of HTML: tags dropped, blocks on their own lines, entities decoded, scripts and styles left out.
///
/// It is for reading and comparing. The result is text, never markup: whoever shows it escapes it.
pub fn from_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&spaces(&rest[..at]));
        rest = &rest[at..];
        rest = if rest.starts_with('<') { tag(rest, &mut text) } else { entity(rest, &mut text) };
    }
    text.push_str(&spaces(rest));
    tidy(&text)
}

/// HTML that shows the text as it is, one paragraph per block, line breaks kept.
pub fn to_html(text: &str) -> String {
    let escaped = text.replace("\r\n", "\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let escaped = escaped.replace('"', "&quot;");
    let blocks = escaped.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.map(|block| format!("<p>{}</p>", block.replace('\n', "<br>"))).collect()
}

/// Text in the form in which two bodies are compared: white space folded, case kept.
pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A full name as first and last name: read back, both together are the name again. What is known of either decides where to cut,
/// else the last word is the last name. `None`: there are not two.
pub fn split_name(name: &str, first: Option<&str>, last: Option<&str>) -> Option<(String, String)> {
    let name = folded(name);
    let pair = |first: &str, last: &str| {
        let (first, last) = (first.trim(), last.trim());
        (!first.is_empty() && !last.is_empty()).then(|| (first.to_owned(), last.to_owned()))
    };
    let before = last.map(folded).and_then(|last| pair(name.strip_suffix(&last)?.strip_suffix(' ')?, &last));
    let behind = || first.map(folded).and_then(|first| pair(&first, name.strip_prefix(&first)?.strip_prefix(' ')?));
    before.or_else(behind).or_else(|| name.rsplit_once(' ').and_then(|(first, last)| pair(first, last)))
}

/// Line ends in HTML are only white space.
fn spaces(text: &str) -> String {
    text.replace(['\r', '\n', '\t'], " ")
}

/// Drops the tag that `rest` starts with and says what follows it.
fn tag<'a>(rest: &'a str, text: &mut String) -> &'a str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, after)| after);
    }
    let body = &rest[1..];
    let name_start = body.strip_prefix('/').unwrap_or(body);
    if !name_start.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
        // "a < b" is text.
        text.push('<');
        return body;
    }
    let Some((inside, after)) = body.split_once('>') else { return "" };
    let name: String = name_start.chars().take_while(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        skipped @ ("script" | "style") if !inside.starts_with('/') => {
            let Some(at) = end_of(skipped, after) else { return "" };
            return after[at..].split_once('>').map_or("", |(_, after)| after);
        }
        "br" | "p" | "div" | "li" | "tr" | "ul" | "ol" | "table" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "hr" => text.push('\n'),
        "td" | "th" => text.push(' '),
        _ => {}
    }
    after
}

/// Where the end tag of this name begins. Looked for in place: a vendor may send thousands of such elements.
fn end_of(name: &str, text: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|at| {
        let found = text.as_bytes().get(at + 2..at + 2 + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// Decodes the entity that `rest` starts with; what is no entity is text.
fn entity<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let known = rest[1..].split_once(';').filter(|(name, _)| name.len() <= 8);
    let decoded = known.and_then(|(name, after)| Some((decode(name)?, after)));
    if let Some((c, after)) = decoded {
        text.push(c);
        return after;
    }
    text.push('&');
    &rest[1..]
}

fn decode(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(|c| if c == '\u{a0}' { ' ' } else { c })
        }
    }
}

/// Lines without space around them, and never two empty ones in a row.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = folded(line);
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if blank > 1 { "\n\n" } else { "\n" });
        }
        tidy.push_str(&line);
        blank = 0;
    }
    tidy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html_becomes_what_a_person_reads() {
        let cases = [
            ("<p>Printer <b>down</b></p>", "Printer down"),
            ("one<br/>two<BR>three", "one\ntwo\nthree"),
            ("<p>a</p>\r\n<p>b</p>", "a\nb"),
            ("<p>a</p><p>&nbsp;</p><p></p><p>b</p>", "a\n\nb"),
            ("Tom &amp; Jerry &lt;3 &#39;x&#x27; &euro; & co", "Tom & Jerry <3 'x' &euro; & co"),
            ("&amp;lt;", "&lt;"),
            ("a < b <!-- not -->and c", "a < b and c"),
            ("<style>p{}</style><script>x<y</script>text", "text"),
            ("<STYLE>p{}</ style></sTyLe >text<script>a</scrip", "text"),
            ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
            ("no markup", "no markup"),
            ("cut <a href=", "cut"),
            ("", ""),
        ];
        for (html, text) in cases {
            assert_eq!(from_html(html), text, "{html}");
        }
    }

    /// Eight times as much takes some eight times as long; copying the rest at each element, it took 64 times.
    #[test]
    fn four_megabytes_of_styles_are_read_once() {
        let element = "<style>p{}</style>x";
        let took = |bytes: usize| {
            let html = element.repeat(bytes / element.len());
            let began = std::time::Instant::now();
            assert_eq!(from_html(&html).len(), html.len() / element.len());
            began.elapsed()
        };
        took(500_000);
        let (small, large) = (took(500_000), took(4_000_000));
        assert!(large < small * 30, "{small:?} for 0.5 MB, {large:?} for 4 MB");
    }

    #[test]
    fn a_name_is_cut_where_what_is_known_of_it_says() {
        let cut = |name, first, last| {
            split_name(name, first, last).map_or_else(|| "-".to_owned(), |(first, last)| format!("{first}|{last}"))
        };
        assert_eq!(cut("Bob  van Dyke", Some("Bo"), Some("van Dyke")), "Bob|van Dyke");
        assert_eq!(cut("Bo van den Berg", Some("Bo"), Some("van Dyke")), "Bo|van den Berg");
        assert_eq!(cut("Bo Anne Dyke", Some("Bo"), Some("Dyke")), "Bo Anne|Dyke");
        assert_eq!(cut(" Ann Mary Reed ", None, None), "Ann Mary|Reed");
        for (name, first, last) in [("Cher", None, None), ("", None, None), ("Bo", Some("Bo"), Some(""))] {
            assert_eq!(cut(name, first, last), "-", "{name}");
        }
    }

    #[test]
    fn text_becomes_html_that_shows_it_as_it_is() {
        assert_eq!(to_html("a <b> & \"c\"\nd\r\n\r\ne"), "<p>a &lt;b&gt; &amp; &quot;c&quot;<br>d</p><p>e</p>");
    }

    proptest! {
        #[test]
        fn any_text_survives_the_way_there_and_back(text in "[ -~\\n]{0,80}") {
            prop_assert_eq!(folded(&from_html(&to_html(&text))), folded(&text));
        }

        #[test]
        fn any_html_can_be_read(html in "\\PC{0,80}") {
            from_html(&html);
        }
    }
}
