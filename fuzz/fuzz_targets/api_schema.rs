//! Fuzzes `checks::api_schema`.
#![no_main]

#[path = "../checks.rs"]
#[allow(dead_code, reason = "each target uses one check")]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::api_schema(text));
