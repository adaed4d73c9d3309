//! Checksums that are published beside images: reading such files, and looking for them around
//! the URL of an image.

mod find;
mod sums;

pub use find::{PublishedChecksum, PublishedError, SumsSearch, find_published_checksum};
pub use sums::{ConflictingSums, NamedChecksum, checksum_for, read_checksum_file};
