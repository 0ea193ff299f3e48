//! Comments and attachments, as the API shows them, and who may mark them external.

mod find;
mod mark;
mod view;

pub use find::{attachment_keys, find_attachment};
pub use mark::check_mark;
pub use view::{AttachmentView, CommentView};
