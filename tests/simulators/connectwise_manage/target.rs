//! Paths: which of the API's calls they are.

use super::reference;

/// A path, split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target<'a> {
    /// Discovery.
    CompanyInfo(&'a str),
    /// The key of callbacks' signatures.
    Key,
    Info,
    /// A list, one of its records, or the number of them.
    List(&'static str),
    One(&'static str, &'a str),
    Count(&'static str),
    /// A setup table, perhaps of a board.
    Setup(&'static str, Option<i64>),
    Notes(&'a str),
    Note(&'a str, &'a str),
    Deactivate(&'a str),
    Unknown,
}

/// The lists that have records, by their paths.
const LIST_PATHS: [(&str, &str); 5] = [
    ("company/companies", "companies"),
    ("company/contacts", "contacts"),
    ("system/members", "members"),
    ("service/tickets", "tickets"),
    ("system/callbacks", "callbacks"),
];

/// The codebase of a path, and what is behind it. Paths are compared without case; slashes may be doubled.
pub(super) fn target(path: &str) -> (&str, Target<'_>) {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is = |part: &str, wanted: &str| part.eq_ignore_ascii_case(wanted);
    match parts.as_slice() {
        [login, info, company] if is(login, "login") && is(info, "companyinfo") => ("", Target::CompanyInfo(company)),
        [codebase, system, key, _] if is(system, "system") && is(key, "callbackkey") => (codebase, Target::Key),
        [codebase, apis, version, rest @ ..] if is(apis, "apis") && *version == "3.0" => (codebase, of_api(rest)),
        _ => ("", Target::Unknown),
    }
}

fn of_api<'a>(parts: &[&'a str]) -> Target<'a> {
    let joined = parts.join("/").to_ascii_lowercase();
    if joined == "system/info" {
        return Target::Info;
    }
    for (path, list) in reference::PATHS {
        if let Some((before, after)) = path.split_once("/{}/") {
            let board = joined
                .strip_prefix(before)
                .and_then(|rest| rest.strip_prefix('/')?.strip_suffix(after)?.strip_suffix('/'));
            if let Some(board) = board.and_then(|board| board.parse().ok()) {
                return Target::Setup(list, Some(board));
            }
        } else if joined == *path {
            return Target::Setup(list, None);
        }
    }
    match parts {
        [_, tickets, id, notes] if tickets.eq_ignore_ascii_case("tickets") && notes.eq_ignore_ascii_case("notes") => {
            return Target::Notes(id);
        }
        [_, tickets, ticket, notes, id]
            if tickets.eq_ignore_ascii_case("tickets") && notes.eq_ignore_ascii_case("notes") =>
        {
            return Target::Note(ticket, id);
        }
        [_, members, id, last]
            if members.eq_ignore_ascii_case("members") && last.eq_ignore_ascii_case("deactivate") =>
        {
            return Target::Deactivate(id);
        }
        _ => {}
    }
    for (path, list) in LIST_PATHS {
        if joined == path {
            return Target::List(list);
        }
        if let (Some(rest), Some(last)) = (joined.strip_prefix(path), parts.last())
            && parts.len() == 3
            && rest.starts_with('/')
        {
            return if last.eq_ignore_ascii_case("count") { Target::Count(list) } else { Target::One(list, last) };
        }
    }
    Target::Unknown
}

/// What the list is called that a denial or a fault may name.
pub(super) fn list_of(target: Target<'_>) -> Option<&'static str> {
    match target {
        Target::List(list) | Target::One(list, _) | Target::Count(list) | Target::Setup(list, _) => Some(list),
        Target::Notes(_) | Target::Note(..) => Some("notes"),
        Target::Deactivate(_) => Some("members"),
        _ => None,
    }
}

/// The path of a list.
pub(super) fn path_of(list: &str) -> &'static str {
    LIST_PATHS.iter().find(|(_, name)| *name == list).map_or("", |(path, _)| path)
}
