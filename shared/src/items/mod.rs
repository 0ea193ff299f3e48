//! Items as the API shows them, and who may mark them external.

mod add;
mod find;
mod mark;
mod observed;
mod share;
mod view;

pub use add::{added, value_key};
pub use find::{attachment_keys, find_attachment};
pub use mark::check_mark;
pub use observed::NewObservable;
pub use share::{comes_in, from_the_start, share_row, shared_singly};
pub use view::{AttachmentView, ItemView};
