//! The assistant: understands what a person wants and turns it into operations of the registry.

pub mod interpret;
