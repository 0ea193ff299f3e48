//! Stories.

