//! The typed calls of this crate: verb, path, function. Written by `cargo xtask gen` from the
//! sources, and compared with them by a test.

pub(super) const TYPED_CALLS: &[(&str, &str, &str)] = &[("GET", "/version", "version")];
