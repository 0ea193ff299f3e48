//! A listener that can be closed without cutting anybody off.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A listener that answers.
pub(super) struct Listener {
    close: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Answers on `listener` with `router`.
    pub(super) fn serve(listener: TcpListener, router: Router) -> Self {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (close, closed) = oneshot::channel();
        let task = tokio::spawn(async move {
            let until = async move {
                // An error means that the host is gone, which is a reason to stop, too.
                let _ = closed.await;
            };
            let served = axum::serve(listener, service).with_graceful_shutdown(until).await;
            if let Err(error) = served {
                tracing::error!(%error, "a listener ended");
            }
        });
        Self { close, task }
    }

    /// Takes no new requests, and waits for those that are running.
    pub(super) async fn close(self) {
        // A listener that has ended needs no telling.
        let _ = self.close.send(());
        // And one that panicked has ended, too.
        let _ = self.task.await;
    }
}
