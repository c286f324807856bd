//! Who asks, and whether they may: the tenant and the permissions of a request, from the gateway's verified claims.
//!
//! Every route of `/v1` is registered with its permission ([`crate::routes`]), which is checked here before the handler. A handler
//! learns its tenant from [`Caller`] and from nothing else; a handler of a route without a permission has no caller.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::id::TenantId;
use lambda_http::request::RequestContext;
use store::TenantStore;

use crate::problem::Problem;
use crate::state::AppState;

/// What a sign-in may carry. None contains another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Look.
    Read,
    /// Sync, link, import.
    Write,
    /// Connect, options, disconnect.
    Manage,
}

impl Permission {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }
}

/// The longest id of a tenant or a person that is taken.
const LONGEST_ID: usize = 128;

/// The claims of a request, checked.
#[derive(Clone, Debug)]
struct Claims {
    tenant: TenantId,
    user: String,
    name: String,
    permissions: Vec<Permission>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The caller's tenant's part of the table.
    pub(crate) store: TenantStore,
    /// The person's id at the issuer.
    pub(crate) user: String,
    /// The person's name.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) permissions: Vec<Permission>,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        // Put there by the check of the route's permission.
        let claims = parts.extensions.get::<Claims>().cloned().ok_or_else(Problem::unauthorized)?;
        let Claims { tenant, user, name, permissions } = claims;
        Ok(Self { store: state.store(tenant), user, name, permissions })
    }
}

/// Lets a request through whose claims carry the permission.
pub(crate) async fn check(permission: Permission, mut request: Request, next: Next) -> Response {
    let Some(claims) = request.extensions().get::<RequestContext>().and_then(Claims::of) else {
        return Problem::unauthorized().into_response();
    };
    if !claims.permissions.contains(&permission) {
        return Problem::forbidden(permission.as_str()).into_response();
    }
    platform::tracing::name_tenant(claims.tenant.as_str());
    request.extensions_mut().insert(claims);
    next.run(request).await
}

impl Claims {
    /// `None` without a tenant that can be one. The gateway passes claims on as texts, lists as `[a b]`.
    fn of(context: &RequestContext) -> Option<Self> {
        let claims = &context.authorizer()?.jwt.as_ref()?.claims;
        let claim = |name: &str| claims.get(name).map(String::as_str).unwrap_or_default();
        let tenant = claim("tenant");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '|' | '@');
        if tenant.is_empty() || tenant.len() > LONGEST_ID || !tenant.chars().all(plain) {
            return None;
        }
        let scope = claim("scope").trim_start_matches('[').trim_end_matches(']');
        let permissions =
            Permission::ALL.into_iter().filter(|known| scope.split_whitespace().any(|word| word == known.as_str()));
        let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST_ID).collect::<String>();
        let user = shown(claim("sub"));
        let name = Some(shown(claim("name"))).filter(|name| !name.is_empty()).unwrap_or_else(|| user.clone());
        Some(Self { tenant: tenant.into(), user, name, permissions: permissions.collect() })
    }
}
