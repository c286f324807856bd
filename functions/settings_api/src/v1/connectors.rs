//! The catalogue: what can be connected, and what is asked for. Derived from the descriptors.

use axum::Json;
use axum::extract::State;
use connector::webhook::Provisioning;
use connector::{ChoiceSource, CredentialField, Descriptor, Direction, FieldKind, OptionField, TechnicianCreation};
use domain::record::{Choice, RecordType};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::input::{Listing, PageParams, Params};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::AppState;

const LIST: &str = "connectors";

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

/// A connector of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connector {
    id: &'static str,
    name: &'static str,
    /// For sentences: "Halo".
    short_name: &'static str,
    /// One line on what it brings.
    about: &'static str,
    /// PSA, RMM, Cloud, Billing, Training.
    category: &'static str,
    /// Guide for the vendor's screens.
    setup: Vec<SetupGuide>,
    /// How long the guide takes somebody who knows the vendor's screens.
    setup_minutes: u32,
    /// Rights to ask the vendor's admin for.
    permissions: Vec<VendorPermission>,
    /// The credentials form.
    credentials: Vec<Field>,
    /// Option fields beyond those that every connector has; their values go into `filters`.
    options: Vec<Field>,
    /// Live picklists: see choices.
    choices: Vec<Picklist>,
    /// What may be set for tickets that the portal creates.
    ticket_defaults: Vec<Field>,
    /// Who counts as a company's primary contact, in words; absent: the vendor does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_contact: Option<&'static str>,
    record_types: Vec<DeclaredType>,
    webhook: Webhook,
}

/// A step of the guide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetupGuide {
    title: &'static str,
    text: &'static str,
    /// Text to copy into the vendor's screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<&'static str>,
}

/// A right at the vendor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VendorPermission {
    name: &'static str,
    why: &'static str,
    /// Without it nothing works.
    required: bool,
    record_types: &'static [RecordType],
}

/// The control that a field is entered with.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Control {
    Text,
    Secret,
    Choice,
    Flag,
    List,
    Number,
}

/// A field of a form.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Field {
    key: &'static str,
    label: &'static str,
    help: &'static str,
    example: &'static str,
    kind: Control,
    /// Regular expression that the whole value must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
    /// Its values are read from the vendor: see choices.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    live: bool,
    /// The picklist that they come from; several fields may share one.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<&'static str>,
    /// The record types that an option narrows.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    record_types: &'static [RecordType],
    required: bool,
}

/// A live picklist.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Picklist {
    key: &'static str,
    label: &'static str,
    /// Each board has values of its own.
    per_board: bool,
}

/// A record type that a connector syncs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeclaredType {
    id: RecordType,
    /// The vendor's word for it.
    label: &'static str,
    direction: Way,
    default_on: bool,
    /// What the vendor's API cannot do.
    #[serde(skip_serializing_if = "Option::is_none")]
    limitation: Option<&'static str>,
    /// Technicians can be added from here, and what it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    creation: Option<Creation>,
}

/// What it takes to add a technician at the vendor.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Creation {
    /// Nothing.
    Free,
    /// A licence: send `confirm_seat`.
    TakesLicence,
}

impl Creation {
    const fn of(creation: TechnicianCreation) -> Option<Self> {
        match creation {
            TechnicianCreation::Unsupported => None,
            TechnicianCreation::Free => Some(Self::Free),
            TechnicianCreation::TakesLicence => Some(Self::TakesLicence),
        }
    }
}

/// Which way a record type flows.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// Vendor to portal.
    Pull,
    /// Both ways.
    Both,
}

impl Way {
    pub(super) const fn of(direction: Direction) -> Self {
        match direction {
            Direction::Pull => Self::Pull,
            Direction::Both => Self::Both,
        }
    }
}

/// How the vendor tells of changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    mode: WebhookKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<&'static [&'static str]>,
}

/// Who creates the vendor's subscriptions.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookKind {
    /// The connector.
    Api,
    /// A person, in the vendor's screens.
    Manual,
    /// The vendor does not push.
    None,
}

/// The catalogue.
#[utoipa::path(
    get,
    path = "/v1/connectors",
    operation_id = "list_connectors",
    params(PageParams),
    responses((status = 200, body = Listing<Connector>)),
)]
async fn list(
    _: Caller,
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Listing<Connector>>> {
    let page = params.page()?;
    let after = page.key(LIST)?;
    let mut rest = state.descriptors().skip_while(|descriptor| after.is_some_and(|id| descriptor.id != id));
    if after.is_some() {
        rest.next();
    }
    let items: Vec<Connector> = rest.by_ref().take(page.size()).map(Connector::of).collect();
    let next = rest.next().and(items.last()).map(|last| last.id);
    Ok(Json(Listing::until_key(items, LIST, next)))
}

impl Connector {
    fn of(descriptor: &'static Descriptor) -> Self {
        let creation = Creation::of(descriptor.technician_creation);
        Self {
            id: descriptor.id,
            name: descriptor.name,
            short_name: descriptor.short_name,
            about: descriptor.about,
            category: descriptor.category,
            setup: descriptor
                .setup
                .iter()
                .map(|step| SetupGuide { title: step.title, text: step.text, copy: step.copy })
                .collect(),
            setup_minutes: descriptor.setup_minutes,
            permissions: descriptor
                .permissions
                .iter()
                .map(|right| VendorPermission {
                    name: right.name,
                    why: right.why,
                    required: right.required,
                    record_types: right.record_types,
                })
                .collect(),
            credentials: descriptor.credentials.iter().map(Field::credential).collect(),
            options: descriptor.options.iter().map(Field::option).collect(),
            choices: descriptor
                .choices
                .iter()
                .map(|list| Picklist { key: list.key, label: list.label, per_board: list.per_board })
                .collect(),
            ticket_defaults: descriptor.ticket_defaults.iter().map(Field::option).collect(),
            primary_contact: descriptor.primary_contact,
            record_types: descriptor
                .record_types
                .iter()
                .map(|declared| DeclaredType {
                    id: declared.record_type,
                    label: declared.label,
                    direction: Way::of(declared.direction),
                    default_on: declared.default_on,
                    limitation: declared.limitation,
                    creation: creation.filter(|_| declared.record_type == RecordType::Users),
                })
                .collect(),
            webhook: match descriptor.webhook.map(|webhook| webhook.provisioning) {
                Some(Provisioning::Api) => Webhook { mode: WebhookKind::Api, steps: None },
                Some(Provisioning::Manual(steps)) => Webhook { mode: WebhookKind::Manual, steps: Some(steps) },
                None => Webhook { mode: WebhookKind::None, steps: None },
            },
        }
    }
}

impl Field {
    fn credential(field: &'static CredentialField) -> Self {
        let kind = match (field.secret, field.choices.is_empty()) {
            (true, _) => Control::Secret,
            (false, true) => Control::Text,
            (false, false) => Control::Choice,
        };
        Self {
            key: field.key,
            label: field.label,
            help: field.help,
            example: field.example,
            kind,
            pattern: field.pattern,
            choices: fixed(field.choices),
            live: false,
            list: None,
            record_types: &[],
            required: field.required,
        }
    }

    fn option(field: &'static OptionField) -> Self {
        let kind = match field.kind {
            FieldKind::Text => Control::Text,
            FieldKind::Secret => Control::Secret,
            FieldKind::Choice => Control::Choice,
            FieldKind::Flag => Control::Flag,
            FieldKind::List => Control::List,
            FieldKind::Number => Control::Number,
        };
        let choices = match field.choices {
            ChoiceSource::Live | ChoiceSource::List(_) | ChoiceSource::Free => Vec::new(),
            ChoiceSource::Fixed(choices) => fixed(choices),
        };
        Self {
            key: field.key,
            label: field.label,
            help: field.help,
            example: field.example,
            kind,
            pattern: None,
            choices,
            live: field.list().is_some(),
            list: field.list(),
            record_types: field.record_types,
            required: false,
        }
    }
}

pub(super) fn fixed(choices: &[(&str, &str)]) -> Vec<Choice> {
    choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect()
}
