//! Faults: which calls they hit, and what they do to the answer. The same for every vendor.

mod spoil;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::exchange::{Answer, Call};
use crate::knobs::lock;
use crate::vendor::{Route, RouteKind, Vendor};
use spoil::{instead, send, spoil};

/// One fault and the calls that it hits: all those that fit every condition given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Beginning of the path, compared without case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The product's name of the record type: `clients`, `sites`, `contacts`, `agents`, `tickets`, `actions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    /// `GET`, `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only calls for a token, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteKind>,
    /// What happens.
    pub kind: FaultKind,
    /// How often; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Calls that fit and are spared first.
    #[serde(default)]
    pub after: u32,
}

impl Fault {
    /// Hits every call of every route, for ever.
    pub fn new(kind: FaultKind) -> Self {
        Self { path: None, record_type: None, method: None, route: None, kind, times: None, after: 0 }
    }

    /// Only calls of this record type.
    #[must_use]
    pub fn on(mut self, record_type: &str) -> Self {
        self.record_type = Some(record_type.to_owned());
        self
    }

    /// Only paths with this beginning.
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }

    /// Only calls for data, or only calls for a token.
    #[must_use]
    pub fn route(mut self, kind: RouteKind) -> Self {
        self.route = Some(kind);
        self
    }

    /// Only this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only so often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Not before so many calls have passed.
    #[must_use]
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    fn fits(&self, call: &Call, route: &Route) -> bool {
        let path = call.path.to_ascii_lowercase();
        self.path.as_ref().is_none_or(|prefix| path.starts_with(&prefix.to_ascii_lowercase()))
            && self.record_type.as_ref().is_none_or(|wanted| route.record_type == Some(wanted.as_str()))
            && self.route.is_none_or(|kind| kind == route.kind)
            && self.method.as_ref().is_none_or(|method| call.method.as_str().eq_ignore_ascii_case(method))
    }
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Answers in the vendor's place; with code 200 and a body, any content at all.
    Status {
        /// The status.
        code: u16,
        /// The body; none by default.
        #[serde(default)]
        body: Option<String>,
        /// `Retry-After` in any form, sensible or not.
        #[serde(default)]
        retry_after: Option<String>,
        /// Any other header (`location`, `content-type`).
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// Answers late; adds to other faults.
    DelayMs(u64),
    /// The vendor acts on the request, and the answer never comes.
    Hang,
    /// Cuts the content after so many bytes; as HTTP it is whole.
    Truncate {
        /// Bytes left.
        bytes: usize,
    },
    /// 200 with a maintenance page.
    Html,
    /// 200 without content.
    Empty,
    /// 200 with a list that has no rows.
    NoRows,
    /// Every page asked for is the first one.
    RepeatPage,
    /// The vendor acts on the request; the connection breaks in the middle of the answer.
    Reset,
    /// So many bytes of blanks, compressed.
    GzipBomb {
        /// Size when expanded.
        #[serde(default = "bomb_size")]
        bytes: usize,
    },
    /// So many blanks before the content.
    Pad {
        /// Their number.
        bytes: usize,
    },
    /// The content comes in small pieces.
    Trickle {
        /// Size of a piece.
        bytes: usize,
        /// Time between two.
        every_ms: u64,
    },
    /// The first row has values of the wrong types.
    BadRow,
    /// The first row has values that nobody has heard of.
    UnknownEnum,
    /// Sets these fields in every row; null takes a field away.
    Overlay(Map<String, Value>),
    /// A byte in the middle that no UTF-8 text contains.
    InvalidUtf8,
}

const fn bomb_size() -> usize {
    256 * 1024 * 1024
}

impl FaultKind {
    const fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::DelayMs(_) => "delay_ms",
            Self::Hang => "hang",
            Self::Truncate { .. } => "truncate",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::NoRows => "no_rows",
            Self::RepeatPage => "repeat_page",
            Self::Reset => "reset",
            Self::GzipBomb { .. } => "gzip_bomb",
            Self::Pad { .. } => "pad",
            Self::Trickle { .. } => "trickle",
            Self::BadRow => "bad_row",
            Self::UnknownEnum => "unknown_enum",
            Self::Overlay(_) => "overlay",
            Self::InvalidUtf8 => "invalid_utf8",
        }
    }
}

#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<(Fault, u32)>>);

impl Faults {
    pub(crate) fn set(&self, faults: Vec<Fault>) {
        *lock(&self.0) = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    pub(crate) fn add(&self, faults: Vec<Fault>) {
        lock(&self.0).extend(faults.into_iter().map(|fault| (fault, 0)));
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        lock(&self.0).iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// The faults that hit this call, each counted.
    fn hit(&self, call: &Call, route: &Route) -> Vec<FaultKind> {
        let mut hit = Vec::new();
        for (fault, seen) in lock(&self.0).iter_mut().filter(|(fault, _)| fault.fits(call, route)) {
            *seen = seen.saturating_add(1);
            let active = *seen > fault.after;
            if active && fault.times.is_none_or(|times| *seen - fault.after <= times) {
                hit.push(fault.kind.clone());
            }
        }
        hit
    }

    /// Lets the vendor answer and spoils it. Gives the names of the faults applied as well.
    pub(crate) async fn around(
        &self,
        mut call: Call,
        route: &Route,
        vendor: &dyn Vendor,
        answer: impl FnOnce(&Call) -> Answer,
    ) -> (Response, Vec<&'static str>) {
        let kinds = self.hit(&call, route);
        let names = kinds.iter().map(FaultKind::name).collect();
        for kind in &kinds {
            match kind {
                FaultKind::DelayMs(milliseconds) => tokio::time::sleep(Duration::from_millis(*milliseconds)).await,
                FaultKind::RepeatPage => vendor.first_page(&mut call),
                _ => {}
            }
        }
        let instead = kinds.iter().find_map(instead);
        let mut answer = instead.unwrap_or_else(|| answer(&call));
        if kinds.contains(&FaultKind::Hang) {
            std::future::pending::<()>().await;
        }
        for kind in &kinds {
            spoil(&mut answer, kind, route, vendor);
        }
        (send(answer, &kinds), names)
    }
}
