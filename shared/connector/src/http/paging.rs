//! Paging by link header (RFC 8288).

use url::Url;

use super::response::Response;

/// The URL of `rel="next"` in an answer's `Link` headers, resolved against the page's own URL.
///
/// Only an address of the same origin counts: credentials must not follow a link elsewhere.
pub fn next_link(response: &Response, page: &Url) -> Option<Url> {
    let values = response.headers.get_all(http::header::LINK).iter().filter_map(|value| value.to_str().ok());
    let target = values.flat_map(links).find(|(_, rel)| rel.split_whitespace().any(|rel| rel == "next"))?.0;
    page.join(target).ok().filter(|next| next.origin() == page.origin())
}

/// Each `<target>; rel="..."` of a header value. Targets may hold commas and semicolons; they end at `>`.
fn links(value: &str) -> impl Iterator<Item = (&str, String)> {
    value.split('<').skip(1).filter_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let rel = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.trim().trim_end_matches(',').split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        })?;
        Some((target, rel))
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode, header};

    use super::*;

    fn next(link: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::LINK, link.parse().unwrap())]);
        let response = Response::new("list companies", StatusCode::OK, headers, "[]");
        next_link(&response, &"https://api.vendor.com/v1/companies?page=2".parse().unwrap()).map(String::from)
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let link = r#"<https://api.vendor.com/v1/companies?page=1>; rel="prev", <https://api.vendor.com/v1/companies?page=3,4;5>; rel="next", </last>; rel=last"#;
        assert_eq!(next(link).unwrap(), "https://api.vendor.com/v1/companies?page=3,4;5");
        assert_eq!(next("<?page=3>; title=x; REL=Next").unwrap(), "https://api.vendor.com/v1/companies?page=3");
    }

    #[test]
    fn no_link_and_links_to_other_hosts_end_the_pages() {
        assert_eq!(next(r#"</v1/companies?page=1>; rel="first""#), None);
        assert_eq!(next(r#"<https://evil.com/v1/companies?page=3>; rel="next""#), None);
        assert_eq!(next("nonsense"), None);
    }
}
