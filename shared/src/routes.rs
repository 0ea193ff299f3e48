//! The routes of a function, and what describes them.

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::Path;
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;

/// The routes of a function.
///
/// To describe many of them takes longer than all else that a function does when it starts, and
/// only the document of the API needs it. So it is done when it is asked for.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    documents: Vec<fn() -> OpenApi>,
    descriptions: Vec<Description>,
}

/// Describes what one path does.
type Description = fn() -> UtoipaMethodRouter<App>;

/// What one path does, by method. [`routes!`](crate::routes!) makes it of handlers.
pub struct Route {
    path: String,
    methods: MethodRouter<App>,
    description: Description,
}

impl Route {
    /// The path that `P` says, at which nothing is done yet.
    #[must_use]
    pub fn at<P: Path>(description: Description) -> Self {
        Self { path: P::path(), methods: MethodRouter::new(), description }
    }

    /// The same, where `handler` answers the methods that `P` says.
    #[must_use]
    pub fn on<P, H, T>(mut self, handler: &H) -> Self
    where
        P: Path,
        H: axum::handler::Handler<T, App>,
        T: 'static,
    {
        for method in P::methods() {
            self.methods = self.methods.on(method.to_method_filter(), handler.clone());
        }
        self
    }
}

impl Routes {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// None, of a document that begins with `base`.
    #[must_use]
    pub fn with_openapi(base: fn() -> OpenApi) -> Self {
        Self { documents: vec![base], ..Self::default() }
    }

    /// These, and what another path does.
    #[must_use]
    pub fn routes(mut self, route: Route) -> Self {
        self.router = self.router.route(&route.path, route.methods);
        self.descriptions.push(route.description);
        self
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.documents.extend(others.documents);
        self.descriptions.extend(others.descriptions);
        self
    }

    /// What leads requests to their handlers.
    pub fn into_router(self) -> Router<App> {
        self.router
    }

    /// Every schema that they name, once for each path that does.
    pub fn schemas(&self) -> impl Iterator<Item = (String, RefOr<Schema>)> {
        self.descriptions.iter().flat_map(|description| description().0)
    }

    /// What describes them.
    #[must_use]
    pub fn into_openapi(self) -> OpenApi {
        let mut document = OpenApi::default();
        for base in self.documents {
            document.merge(base());
        }
        let begun = OpenApiRouter::with_openapi(document);
        let descriptions = self.descriptions.into_iter();
        descriptions.fold(begun, |all, description| all.routes(description())).into_openapi()
    }
}

/// The [`Route`] of handlers that answer different methods of one path; each has a
/// `#[utoipa::path]`, which says which.
#[macro_export]
macro_rules! routes {
    ( $( $first:ident )::+ $( , $( $more:ident )::+ )* $(,)? ) => {
        $crate::routes::Route::at::<$crate::path_of!( $( $first )::+ )>(
            || utoipa_axum::routes!( $( $first )::+ $( , $( $more )::+ )* ),
        )
        .on::<$crate::path_of!( $( $first )::+ ), _, _>(&$( $first )::+)
        $( .on::<$crate::path_of!( $( $more )::+ ), _, _>(&$( $more )::+) )*
    };
}

/// What the `#[utoipa::path]` of a handler makes.
#[doc(hidden)]
#[macro_export]
macro_rules! path_of {
    ( $handler:ident ) => {
        utoipa_axum::paste! { [<__path_ $handler>] }
    };
    ( $module:ident :: $handler:ident ) => {
        utoipa_axum::paste! { $module::[<__path_ $handler>] }
    };
}
