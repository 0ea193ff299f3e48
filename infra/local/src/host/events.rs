//! The events of the host, each on its way to its function.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use shared::clock::Clock;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::aws::dynamodb::DynamoDb;
use crate::aws::s3::UploadedHook;
use crate::aws::schema::BUCKET;
use crate::control::Control;
use crate::data::Paths;
use crate::events::bus::{Bus, Handler, Line};
use crate::events::clock::Schedule;
use crate::events::pump::{self, Pump};
use crate::events::{Failed, housekeeping, scan, uploads};
use crate::functions::{self, Shared};

/// The stand-in for a scanner takes its time, so that `scanning` can be seen.
const SCAN: Duration = Duration::from_millis(250);

/// A bus and its end.
pub(super) struct Way {
    pub(super) bus: Bus,
    line: Line,
}

/// What the events need.
pub(super) struct Events {
    pub(super) uploads: Way,
    pub(super) mail: Way,
    pub(super) changed: Arc<Notify>,
    pub(super) scanned: bool,
}

/// The buses for uploads and for mail.
pub(super) fn buses(paths: &Paths) -> io::Result<(Way, Way)> {
    let open = |kind| {
        let (bus, line) = Bus::open(kind, &paths.events())?;
        io::Result::Ok(Way { bus, line })
    };
    Ok((open("upload")?, open("mail")?))
}

/// Publishes each accepted upload.
pub(super) fn upload_hook(bus: &Bus, clock: &Clock) -> UploadedHook {
    let (bus, clock) = (bus.clone(), clock.clone());
    Arc::new(move |uploaded| {
        bus.publish(uploads::created(&uploaded.key, uploaded.size_bytes, clock.now()))
    })
}

impl Events {
    /// Starts everything that runs in the background.
    pub(super) fn start(
        self,
        functions: &Shared,
        dynamodb: &DynamoDb,
        paths: &Paths,
    ) -> (Control, Vec<JoinHandle<()>>) {
        let (pump, handle) = Pump::new(pump::Parts {
            http: dynamodb.http_client(),
            position: paths.stream_position(),
            handler: functions::on_change(functions.app("on-change")),
            changed: Arc::clone(&self.changed),
        });
        let on_clock = waking(functions::on_clock(functions.app("on-clock")), &self.changed);
        let schedule = Schedule::new(on_clock, functions.clock.clone());
        let mut on_upload = functions::on_upload(functions.app("on-upload"));
        if self.scanned {
            on_upload = with_scan(on_upload, &self.uploads.bus, paths, &functions.clock);
        }
        let on_upload = waking(on_upload, &self.changed);
        let on_mail = waking(functions::on_mail(functions.app("on-mail")), &self.changed);
        let control = Control {
            clock: functions.clock.clone(),
            pump: handle.clone(),
            buses: [self.uploads.bus, self.mail.bus],
            schedule: schedule.clone(),
        };
        let background = vec![
            tokio::spawn(pump.run()),
            tokio::spawn(self.uploads.line.run(on_upload)),
            tokio::spawn(self.mail.line.run(on_mail)),
            tokio::spawn(schedule.run()),
            tokio::spawn(housekeeping::run(dynamodb.broom(), handle)),
        ];
        (control, background)
    }
}

/// Tells the pump after each event: what a function changed may be waiting for mail.
fn waking(handler: Handler, changed: &Arc<Notify>) -> Handler {
    let changed = Arc::clone(changed);
    Arc::new(move |event| {
        let (work, changed) = (handler(event), Arc::clone(&changed));
        Box::pin(async move {
            let done = work.await;
            changed.notify_one();
            done
        })
    })
}

/// After an upload was looked at, scans it and publishes what was found, as `GuardDuty` does.
fn with_scan(handler: Handler, bus: &Bus, paths: &Paths, clock: &Clock) -> Handler {
    let (bus, clock, folder) = (bus.clone(), clock.clone(), paths.files().join(BUCKET));
    Arc::new(move |event: Value| {
        let key = uploads::created_key(&event).map(str::to_owned);
        let (bus, clock, folder) = (bus.clone(), clock.clone(), folder.clone());
        let work = handler(event);
        Box::pin(async move {
            work.await?;
            let Some(key) = key else { return Ok(()) };
            tokio::time::sleep(SCAN).await;
            let scanned = tokio::task::spawn_blocking(move || {
                // An upload that was refused is gone already.
                match scan::scan(&folder.join(&key))? {
                    Some(verdict) => bus.publish(uploads::scanned(&key, verdict, clock.now())),
                    None => Ok(()),
                }
            });
            scanned.await.map_err(|error| Failed::of(&error))?.map_err(|error| Failed::of(&error))
        })
    })
}
