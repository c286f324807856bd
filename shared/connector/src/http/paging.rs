//! Paging by URL: in a link header (RFC 8288) or in the body.
//!
//! Invariant: a next page is on the origin of the page before it.

use url::Url;

use super::response::Response;
use crate::error::Result;

/// The URL of `rel="next"` in an answer's `Link` headers; `None` on the last page.
///
/// # Errors
/// As [`follow`].
pub fn next_link(response: &Response, page: &Url) -> Result<Option<Url>> {
    next_target(response).map(|target| follow(response, target, page)).transpose()
}

/// The target of `rel="next"` as it stands in an answer's `Link` headers. It may name any host: only for vendors whose
/// links are read for a parameter and never called.
pub fn next_target(response: &Response) -> Option<&str> {
    let values = response.headers.get_all(http::header::LINK).iter().filter_map(|value| value.to_str().ok());
    let next = values.flat_map(links).find(|(_, rel)| rel.split_whitespace().any(|rel| rel == "next"));
    next.map(|(target, _)| target)
}

/// The URL that a page names as its next one, resolved against the page's own URL.
///
/// # Errors
/// [`crate::ErrorKind::Malformed`] when it leads to another origin: credentials must not follow it there, and taking it for the
/// end of the list would make every record behind it look deleted.
pub fn follow(response: &Response, target: &str, page: &Url) -> Result<Url> {
    let next = page.join(target).ok().filter(|next| next.origin() == page.origin());
    next.ok_or_else(|| response.malformed("next page", "the next page is at another address"))
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

    fn next(link: &str) -> Result<Option<String>> {
        let headers = HeaderMap::from_iter([(header::LINK, link.parse().unwrap())]);
        let response = Response::new("list companies", StatusCode::OK, headers, "[]");
        let page = "https://api.vendor.com/v1/companies?page=2".parse().unwrap();
        next_link(&response, &page).map(|next| next.map(String::from))
    }

    fn address(url: &str) -> Option<String> {
        Some(url.to_owned())
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let link = "<https://api.vendor.com/v1/companies?page=1>; rel=\"prev\", \
                    <https://api.vendor.com/v1/companies?page=3,4;5>; rel=\"next\", </last>; rel=last";
        assert_eq!(next(link).unwrap(), address("https://api.vendor.com/v1/companies?page=3,4;5"));
        let relative = next("<?page=3>; title=x; REL=Next").unwrap();
        assert_eq!(relative, address("https://api.vendor.com/v1/companies?page=3"));
    }

    #[test]
    fn no_next_link_ends_the_pages() {
        assert_eq!(next(r#"</v1/companies?page=1>; rel="first""#).unwrap(), None);
        assert_eq!(next("nonsense").unwrap(), None);
    }

    #[test]
    fn a_next_page_elsewhere_is_an_error_and_not_the_end() {
        let error = next(r#"<https://evil.com/v1/companies?page=3>; rel="next""#).unwrap_err();
        assert_eq!(error.to_string(), "list companies: the answer could not be read at next page");
    }
}
