//! Events of the table's stream, of S3, of SES, of the scheduler and of the user pool. The first
//! byte says of which, and whether S3 and SES are down.
#![no_main]

use fuzz::{down, play};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some((which, event)) = input.split_first() else { return };
    down(which & 0x80 == 0);
    play(async |scene| {
        let app = wire::app(&scene.wire);
        // Whether it is taken matters not, only that no event ends the function.
        match (which & 0x7f) % 5 {
            0 => {
                if let Ok(event) = serde_json::from_slice(event) {
                    let _ = on_change::handle(app, event).await;
                }
            }
            other => {
                let Ok(event) = serde_json::from_slice::<Value>(event) else { return };
                match other {
                    1 => drop(on_upload::handle(app, event).await),
                    2 => drop(on_mail::handle(app, event).await),
                    3 => drop(on_clock::handle(app, event).await),
                    _ => {
                        let door = wire::door(&scene.wire);
                        drop(on_sign_up::handle(door, event).await);
                    }
                }
            }
        }
    });
});
