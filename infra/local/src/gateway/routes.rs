//! The routes of the gateway: explicit ones only, as the template has them.

use std::collections::BTreeMap;

use axum::http::Method;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// The one operation that needs no token.
pub(super) const OPEN: (&str, &str) = ("POST", "/v1/invitations/preview");

/// All routes, taken from what the functions say of themselves.
pub(super) struct Routes {
    routes: Vec<Route>,
}

struct Route {
    method: &'static str,
    template: String,
}

/// The route of a request.
pub(super) struct Matched {
    /// E.g. `GET /v1/cases/{case}`.
    pub(super) key: String,
    /// What stands in the path in the place of each parameter.
    pub(super) parameters: BTreeMap<String, String>,
    /// Whether it needs no token.
    pub(super) is_open: bool,
}

impl Routes {
    /// The routes of `openapi`, literal segments before parameters.
    pub(super) fn of(openapi: &OpenApi) -> Self {
        let mut routes: Vec<_> = openapi
            .paths
            .paths
            .iter()
            .flat_map(|(template, item)| {
                methods(item).map(|method| Route { method, template: template.clone() })
            })
            .collect();
        // `{` sorts after every letter and digit, so `/a/search` comes before `/a/{case}`.
        routes.sort_by(|one, other| one.template.cmp(&other.template));
        Self { routes }
    }

    /// The route of a request, by its decoded path.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Matched> {
        // A dot segment would be resolved behind the gateway, and then be another path.
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None;
        }
        self.routes.iter().filter(|route| route.method == method.as_str()).find_map(|route| {
            let parameters = route.parameters(path)?;
            Some(Matched {
                key: format!("{} {}", route.method, route.template),
                parameters,
                is_open: (route.method, route.template.as_str()) == OPEN,
            })
        })
    }
}

impl Route {
    /// The parameters of `path`, if it is one of this route.
    fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut asked = path.split('/');
        for segment in self.template.split('/') {
            let value = asked.next()?;
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(_) if value.is_empty() => return None,
                Some(name) => {
                    parameters.insert(name.to_owned(), value.to_owned());
                }
                None if segment == value => {}
                None => return None,
            }
        }
        asked.next().is_none().then_some(parameters)
    }
}

fn methods(item: &PathItem) -> impl Iterator<Item = &'static str> {
    [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, is_there)| is_there.then_some(method))
}
