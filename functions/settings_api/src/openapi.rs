//! The OpenAPI 3.1 document, made from the routes themselves when it is first asked for.
//!
//! A handler documents what is its own: parameters, body, success and the errors that only it has. What follows from the
//! kind of route (a token, an id in the path, a body) is added here, so no route forgets it.

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::ToSchema as _;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response as Answer,
    ResponseBuilder,
};

use crate::input::{LARGEST_PAGE, USUAL_PAGE};
use crate::problem::{Details, FieldError, LinkedTo};
use crate::routes::Documented;

const SCHEME: &str = "bearer";

/// The document of some routes, made once.
pub(crate) struct Document {
    documented: Vec<Documented>,
    text: OnceLock<Bytes>,
}

impl Document {
    pub(crate) fn of(documented: Vec<Documented>) -> Self {
        Self { documented, text: OnceLock::new() }
    }

    fn make(&self) -> OpenApi {
        let mut whole = head();
        for documented in &self.documented {
            whole.merge(documented.document());
        }
        finish(whole)
    }

    /// Serves it.
    pub(crate) fn serve(&self) -> Response {
        let made = || serde_json::to_vec(&self.make()).expect("a document has text for keys").into();
        let text = self.text.get_or_init(made).clone();
        ([(header::CACHE_CONTROL, "no-cache"), (header::CONTENT_TYPE, "application/json")], text).into_response()
    }
}

/// What the document begins with.
fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Portal integrations")
        .version("1")
        .description(Some(
            "Connects a portal's tenant to the systems its MSP works with. The tenant comes from the token. Lists take \
             `limit` (1 to 200, 50 unless told) and `cursor`, and answer `items` with `next_cursor`. Errors are \
             `application/problem+json`. Times are RFC 3339 in UTC; ids are opaque.",
        ))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what all routes share.
fn finish(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_with(Components::new);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("Claims: `tenant`, and `scope` with the permissions `read`, `write`, `manage`."))
        .build();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(token));
    for (name, schema) in [
        (Details::name(), <Details as utoipa::PartialSchema>::schema()),
        (FieldError::name(), <FieldError as utoipa::PartialSchema>::schema()),
        (LinkedTo::name(), <LinkedTo as utoipa::PartialSchema>::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    document
}

/// Every operation of a path.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Documents the key that every POST takes, where the handler does not say what it does with it.
pub(crate) fn take_idempotency_key(operation: &mut Operation) {
    const KEY: &str = "Idempotency-Key";
    let parameters = operation.parameters.get_or_insert_default();
    if parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == KEY)) {
        return;
    }
    let key = ParameterBuilder::new()
        .name(KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some("Accepted; repeating is harmless anyway."));
    parameters.push(key.build().into());
}

/// Adds what follows from the kind of route.
pub(crate) fn complete(operation: &mut Operation, path: &str, guarded: bool) {
    let mut errors = vec![("500", "A defect of ours."), ("503", "Something of ours does not work at the moment.")];
    if guarded {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, [] as [&str; 0])]);
        errors.push(("401", "No token, or one without a tenant."));
        errors.push(("403", "The token does not carry the permission."));
    }
    if path.contains('{') {
        errors.push(("404", "There is nothing of this id in the caller's tenant."));
    }
    if operation.request_body.is_some() {
        errors.push(("400", "The body is no JSON."));
        errors.push(("413", "The body is larger than 256 KiB."));
        errors.push(("415", "The body is not sent as JSON."));
    }
    say_what_pages_take(operation);
    let has_query = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query));
    if operation.request_body.is_some() || has_query {
        errors.push(("422", "A field or a parameter is wrong; `errors` says which and why."));
    }
    let responses = &mut operation.responses.responses;
    for (status, what) in errors {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(what)));
    }
    if guarded && let Some(RefOr::T(response)) = responses.get_mut("401") {
        // The gateway answers in our place where there is no valid token.
        response.content.insert("application/json".to_owned(), RefOr::T(gateway_refusal()));
    }
    // Errors that a handler documents in words only.
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            response.content = problem("").content;
        }
    }
}

/// Which limits and cursors there are. Handlers take both as text, to say themselves what is wrong with them.
fn say_what_pages_take(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let schema = match parameter.name.as_str() {
            "limit" => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .maximum(Some(LARGEST_PAGE))
                .default(Some(USUAL_PAGE.into())),
            "cursor" => {
                ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).pattern(Some("^[A-Za-z0-9_-]+$"))
            }
            _ => continue,
        };
        parameter.schema = Some(schema.into());
    }
}

/// `{"message": "Unauthorized"}`, as API Gateway words it.
fn gateway_refusal() -> Content {
    let message = ObjectBuilder::new().schema_type(Type::String);
    Content::new(Some(ObjectBuilder::new().property("message", message).required("message")))
}

fn problem(what: &str) -> Answer {
    let schema = Ref::from_schema_name(Details::name());
    ResponseBuilder::new().description(what).content("application/problem+json", Content::new(Some(schema))).build()
}
