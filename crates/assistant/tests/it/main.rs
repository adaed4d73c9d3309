//! Integration tests of the assistant: one binary.

mod interpret_generated;
mod interpret_properties;
