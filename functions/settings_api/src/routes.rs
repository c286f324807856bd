//! Routes with the permission that each needs and its documentation, which is made when the document is first asked for.
//!
//! A route cannot be registered without a permission, and the same value is checked before the handler and written into the
//! document, so the two cannot differ. Method and path of a handler come from its `#[utoipa::path]`, once for the router and
//! the document. `utoipa_axum`'s own router makes every schema as it is built: that was more than half of what a start of this
//! function computed, for a document that hardly any of its environments is asked for.

use axum::Router;
use axum::handler::Handler;
use axum::middleware;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa_axum::PathItemExt as _;

use crate::access::{self, Permission};
use crate::openapi;
use crate::state::AppState;

/// Routes and how they are documented.
pub(crate) struct Routes {
    router: Router<AppState>,
    documented: Vec<Documented>,
}

/// Handlers of one path.
pub(crate) struct Handlers {
    path: String,
    router: MethodRouter<AppState>,
    document: fn() -> OpenApi,
}

/// How the handlers of one path are documented.
#[derive(Clone, Copy)]
pub(crate) struct Documented {
    permission: Permission,
    document: fn() -> OpenApi,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), documented: Vec::new() }
    }

    /// A path whose handlers need this permission.
    pub(crate) fn route(mut self, permission: Permission, handlers: Handlers) -> Self {
        let check = middleware::from_fn(move |request, next| access::check(permission, request, next));
        self.router = self.router.route(&handlers.path, handlers.router.route_layer(check));
        self.documented.push(Documented { permission, document: handlers.document });
        self
    }

    /// These and others.
    pub(crate) fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.documented.extend(others.documented);
        self
    }

    /// The router, and what the document is made of.
    pub(crate) fn split(self) -> (Router<AppState>, Vec<Documented>) {
        (self.router, self.documented)
    }
}

impl Handlers {
    /// No handler yet; for [`handlers`].
    pub(crate) fn documented_by(document: fn() -> OpenApi) -> Self {
        Self { path: String::new(), router: MethodRouter::new(), document }
    }

    /// Adds a handler that `P` is the declaration of; for [`handlers`].
    pub(crate) fn with<P: utoipa::Path, T: 'static>(mut self, handler: impl Handler<T, AppState>) -> Self {
        debug_assert!(self.path.is_empty() || self.path == P::path(), "{} and {}", self.path, P::path());
        self.path = P::path();
        let methods = P::methods().iter().map(|method| method.to_method_filter()).reduce(MethodFilter::or);
        self.router = self.router.on(methods.expect("a declaration has a method"), handler);
        self
    }
}

impl Documented {
    /// The document of these handlers alone.
    pub(crate) fn document(self) -> OpenApi {
        let mut document = (self.document)();
        for (path, item) in &mut document.paths.paths {
            for operation in openapi::operations(item) {
                // The derive has put the handler's module there.
                operation.tags = None;
                let declared = ExtensionsBuilder::new().add("x-permission", self.permission.as_str()).build();
                operation.extensions.get_or_insert_default().merge(declared);
                openapi::complete(operation, path, true);
            }
            if let Some(post) = &mut item.post {
                openapi::take_idempotency_key(post);
            }
        }
        document
    }
}

/// Handlers of one path, each a function with `#[utoipa::path]`: `handlers!(get, change::patch)`.
macro_rules! handlers {
    ($($first:ident $(:: $second:ident)?),+) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($first $(:: $second)?),+))]
        struct Document;
        $crate::routes::Handlers::documented_by(<Document as utoipa::OpenApi>::openapi)
            $(.with::<$crate::routes::handlers!(@declaration $first $($second)?), _>($first $(:: $second)?))+
    }};
    (@declaration $handler:ident) => { utoipa_axum::paste! { [<__path_ $handler>] } };
    (@declaration $module:ident $handler:ident) => { utoipa_axum::paste! { $module::[<__path_ $handler>] } };
}
pub(crate) use handlers;
