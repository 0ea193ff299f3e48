//! The stories are in `stories/`; this library is empty.
