//! Starting a function.

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::level_filters::LevelFilter;

use crate::app::{App, Door};
use crate::aws::Aws;
use crate::clock::Clock;
use crate::routes::Routes;
use crate::settings::{Settings, SignUpSettings};

/// How long the start waits for the table's connection: init has the full CPU, the handler has not.
const WARM_UP: std::time::Duration = std::time::Duration::from_millis(500);

/// Log lines go to standard output, from where Lambda takes them, as text or JSON and from the level
/// on that its logging controls say, but never below `INFO`: there the AWS crates print requests.
///
/// Source: AWS Lambda Developer Guide, "Configuring advanced logging controls".
fn log() {
    #[expect(clippy::disallowed_methods, reason = "this is where the logging controls are read")]
    let said = |name| std::env::var(name).unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_max_level(level(&said("AWS_LAMBDA_LOG_LEVEL")))
        .with_target(false)
        .without_time();
    if said("AWS_LAMBDA_LOG_FORMAT").eq_ignore_ascii_case("json") {
        lines.json().init();
    } else {
        lines.init();
    }
}

/// The level of the logging controls.
fn level(said: &str) -> LevelFilter {
    match said.to_ascii_uppercase().as_str() {
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// Reads the environment and makes the world; `with` adds the clients that this function needs.
async fn start(with: impl FnOnce(App, &Aws) -> App) -> Result<App, lambda_runtime::Error> {
    log();
    let settings = Settings::from_env()?;
    let aws = Aws::from_env()?;
    let app = with(App::new(settings, Clock::system(), &aws), &aws);
    // Without a connection the first request opens it.
    let _ = tokio::time::timeout(WARM_UP, app.table.warm_up()).await;
    Ok(app)
}

/// Serves a function that answers HTTP.
///
/// # Errors
///
/// A setting is missing or wrong, or the runtime failed.
pub async fn serve(
    routes: Routes,
    with: impl FnOnce(App, &Aws) -> App,
) -> Result<(), lambda_http::Error> {
    let app = start(with).await?;
    lambda_http::run(crate::http::served(routes.into_router()).with_state(app)).await
}

/// Serves a function that takes events.
///
/// # Errors
///
/// A setting is missing or wrong, or the runtime failed.
pub async fn take<Event, Answer, Handler, Work, Failure>(
    with: impl FnOnce(App, &Aws) -> App,
    handle: Handler,
) -> Result<(), lambda_runtime::Error>
where
    Event: DeserializeOwned,
    Answer: Serialize,
    Handler: Fn(App, Event) -> Work,
    Work: Future<Output = Result<Answer, Failure>>,
    Failure: std::error::Error + Send + Sync + 'static,
{
    run(start(with).await?, handle).await
}

/// Serves `on-sign-up`, whose world is the table alone.
///
/// # Errors
///
/// A setting is missing or wrong, or the runtime failed.
pub async fn guard<Event, Answer, Handler, Work, Failure>(
    handle: Handler,
) -> Result<(), lambda_runtime::Error>
where
    Event: DeserializeOwned,
    Answer: Serialize,
    Handler: Fn(Door, Event) -> Work,
    Work: Future<Output = Result<Answer, Failure>>,
    Failure: std::error::Error + Send + Sync + 'static,
{
    log();
    let settings = SignUpSettings::from_env()?;
    let door = Door::new(settings, Clock::system(), &Aws::from_env()?);
    let _ = tokio::time::timeout(WARM_UP, door.table.warm_up()).await;
    run(door, handle).await
}

/// Hands each event to `handle`, with the same world.
async fn run<World, Event, Answer, Handler, Work, Failure>(
    world: World,
    handle: Handler,
) -> Result<(), lambda_runtime::Error>
where
    World: Clone,
    Event: DeserializeOwned,
    Answer: Serialize,
    Handler: Fn(World, Event) -> Work,
    Work: Future<Output = Result<Answer, Failure>>,
    Failure: std::error::Error + Send + Sync + 'static,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| {
        let world = world.clone();
        async move { handle(world, event.payload).await.map_err(lambda_runtime::Error::from) }
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_aws_crates_print_below_info_is_never_logged() {
        for said in ["", "TRACE", "DEBUG", "INFO", "of another kind"] {
            assert_eq!(level(said), LevelFilter::INFO, "{said}");
        }
        assert_eq!(level("WARN"), LevelFilter::WARN);
        assert_eq!(level("fatal"), LevelFilter::ERROR);
    }
}
