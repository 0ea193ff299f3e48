//! One start of one function.

use std::error::Error;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::binaries::{Binary, HELLO};
use super::events;
use super::stand_in::{Did, StandIn};

/// Invocations after the first; the last one counts as warm.
const WARM: usize = 5;

/// What one start cost.
pub(super) struct Start {
    /// From the start of the process until it asks for work.
    pub(super) init_ms: f64,
    /// CPU time of all its threads until then.
    pub(super) init_cpu_ms: f64,
    /// From handing out work to its answer, the first time.
    pub(super) first_ms: f64,
    /// The same, warm.
    pub(super) warm_ms: f64,
    /// The most memory that it held (`VmHWM`).
    pub(super) memory_kb: f64,
}

/// Ends the function whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a function, invokes it a few times and ends it.
pub(super) async fn start(binary: &Binary, stand_in: &StandIn) -> Result<Start, Box<dyn Error>> {
    let mut did = stand_in.watch();
    let endpoint = format!("http://{}", stand_in.aws);
    let begun = Instant::now();
    let child = Command::new(&binary.path)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", stand_in.runtime.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", &binary.name)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .env("AWS_LAMBDA_LOG_LEVEL", "WARN")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("CASEMENT_TABLE", "casement")
        .env("CASEMENT_BUCKET", "casement")
        .env("CASEMENT_KEY", "key")
        .env("CASEMENT_TARGET_KEY", "key")
        .env("CASEMENT_ISSUER", events::ISSUER)
        .env("CASEMENT_APP_URL", "https://app.example")
        .env("CASEMENT_MAIL_FROM", "casement@example.org")
        .env("CASEMENT_MAIL_SET", "casement")
        // The one who signs up in the event is let in.
        .env("CASEMENT_OPERATORS", "ada@acme.example")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running(child);
    let process = running.0.id();

    let (asked, mut work) = asks(&mut did, &binary.name).await?;
    let init_cpu_ms = cpu_ms(process)?;
    let mut times_ms = Vec::new();
    let event = events::event(&binary.name)?;
    for _ in 0..=WARM {
        let handed = Instant::now();
        work.send(event.clone()).map_err(|_| "the function has gone")?;
        let answered = answers(&mut did, &binary.name).await?;
        times_ms.push(ms(answered - handed));
        (_, work) = asks(&mut did, &binary.name).await?;
    }
    Ok(Start {
        init_ms: ms(asked - begun),
        init_cpu_ms,
        first_ms: times_ms.first().copied().unwrap_or(f64::NAN),
        warm_ms: times_ms.last().copied().unwrap_or(f64::NAN),
        memory_kb: memory_kb(process)?,
    })
}

async fn heard(did: &mut UnboundedReceiver<Did>, name: &str) -> Result<Did, Box<dyn Error>> {
    let patience = Duration::from_secs(20);
    match tokio::time::timeout(patience, did.recv()).await {
        Ok(Some(Did::Fail(why))) => Err(format!("`{name}` failed: {why}").into()),
        Ok(Some(did)) => Ok(did),
        Ok(None) | Err(_) => Err(format!("`{name}` says nothing").into()),
    }
}

async fn asks(
    did: &mut UnboundedReceiver<Did>,
    name: &str,
) -> Result<(Instant, oneshot::Sender<serde_json::Value>), Box<dyn Error>> {
    match heard(did, name).await? {
        Did::Ask(at, work) => Ok((at, work)),
        Did::Answer(..) | Did::Fail(_) => Err(format!("`{name}` answers what nobody asked").into()),
    }
}

async fn answers(did: &mut UnboundedReceiver<Did>, name: &str) -> Result<Instant, Box<dyn Error>> {
    let Did::Answer(at, body) = heard(did, name).await? else {
        return Err(format!("`{name}` asks again without an answer").into());
    };
    // A refusal of the request as such would measure nothing.
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    let status = answer.get("statusCode").and_then(serde_json::Value::as_u64);
    if name != HELLO && status.is_some_and(|status| !matches!(status, 200..300 | 403 | 404)) {
        return Err(format!("`{name}` answers {answer}").into());
    }
    Ok(at)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// CPU time of all threads of a process: the first field of their `schedstat`, in nanoseconds.
fn cpu_ms(process: u32) -> Result<f64, Box<dyn Error>> {
    let mut total_ms = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds: f64 = text.split_whitespace().next().ok_or("no schedstat")?.parse()?;
        total_ms += nanoseconds / 1e6;
    }
    Ok(total_ms)
}

/// `VmHWM` of a process.
fn memory_kb(process: u32) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
