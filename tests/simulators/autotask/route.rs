//! Paths, compared without case.

use super::schema::{self, Entity};

/// What a path asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// `zoneInformation`
    Zone,
    /// `versioninformation`
    Versions,
    /// `Version`
    Version,
    /// `ThresholdInformation`
    Threshold,
    /// `{Entity}`
    Whole,
    /// `{Entity}/entityInformation`
    Information,
    /// `{Entity}/entityInformation/fields`
    Fields,
    /// `{Entity}/entityInformation/userDefinedFields`
    OwnFields,
    /// `{Entity}/query`
    Query,
    /// `{Entity}/query/next`
    Next,
    /// `{Entity}/query/count`
    Count,
    /// `{Entity}/{id}`
    One(&'a str),
    /// `{Parent}/{id}/{Children}`
    Children(i64),
    /// `{Parent}/{id}/{Children}/{id}`
    Child(i64, &'a str),
}

pub(super) struct Target<'a> {
    pub(super) entity: Option<&'static Entity>,
    pub(super) asked: Asked<'a>,
}

pub(super) fn target(path: &str) -> Option<Target<'_>> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is = |part: &str, name: &str| part.eq_ignore_ascii_case(name);
    let (root, rest) = parts.split_first()?;
    if !is(root, "ATServicesRest") {
        return None;
    }
    let plain = |asked| Some(Target { entity: None, asked });
    let (version, rest) = rest.split_first()?;
    if is(version, "versioninformation") && rest.is_empty() {
        return plain(Asked::Versions);
    }
    if !is(version, "V1.0") {
        return None;
    }
    match rest {
        [name] if is(name, "zoneInformation") => return plain(Asked::Zone),
        [name] if is(name, "Version") => return plain(Asked::Version),
        [name] if is(name, "ThresholdInformation") => return plain(Asked::Threshold),
        _ => {}
    }
    let (name, rest) = rest.split_first()?;
    let entity = schema::entity(name)?;
    let of = |entity, asked| Some(Target { entity: Some(entity), asked });
    match rest {
        [] => of(entity, Asked::Whole),
        [information] if is(information, "entityInformation") => of(entity, Asked::Information),
        [information, fields] if is(information, "entityInformation") && is(fields, "fields") => {
            of(entity, Asked::Fields)
        }
        [information, fields] if is(information, "entityInformation") && is(fields, "userDefinedFields") => {
            of(entity, Asked::OwnFields)
        }
        [query] if is(query, "query") => of(entity, Asked::Query),
        [query, next] if is(query, "query") && is(next, "next") => of(entity, Asked::Next),
        [query, count] if is(query, "query") && is(count, "count") => of(entity, Asked::Count),
        [id] => of(entity, Asked::One(id)),
        [parent, child, more @ ..] => {
            let below = schema::entities().iter().find(|below| {
                below.parent.is_some_and(|place| place.entity == entity.name && is(place.child, child))
            })?;
            let parent = parent.parse().ok()?;
            match more {
                [] => of(below, Asked::Children(parent)),
                [id] => of(below, Asked::Child(parent, id)),
                _ => None,
            }
        }
    }
}

impl Target<'_> {
    pub(super) fn record_type(&self) -> Option<&'static str> {
        self.entity?.record_type
    }

    pub(super) fn template(&self) -> String {
        let root = "/ATServicesRest/V1.0";
        let name = self.entity.map_or("", |entity| entity.name);
        let place = self.entity.and_then(|entity| entity.parent);
        let below =
            || place.map_or_else(String::new, |place| format!("{root}/{}/{{id}}/{}", place.entity, place.child));
        match self.asked {
            Asked::Zone => format!("{root}/zoneInformation"),
            Asked::Versions => "/ATServicesRest/versioninformation".to_owned(),
            Asked::Version => format!("{root}/Version"),
            Asked::Threshold => format!("{root}/ThresholdInformation"),
            Asked::Whole => format!("{root}/{name}"),
            Asked::Information => format!("{root}/{name}/entityInformation"),
            Asked::Fields => format!("{root}/{name}/entityInformation/fields"),
            Asked::OwnFields => format!("{root}/{name}/entityInformation/userDefinedFields"),
            Asked::Query => format!("{root}/{name}/query"),
            Asked::Next => format!("{root}/{name}/query/next"),
            Asked::Count => format!("{root}/{name}/query/count"),
            Asked::One(_) => format!("{root}/{name}/{{id}}"),
            Asked::Children(_) => below(),
            Asked::Child(..) => format!("{}/{{id}}", below()),
        }
    }
}
