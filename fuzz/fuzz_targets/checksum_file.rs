//! Fuzzes `checks::checksum_file`.
#![no_main]

#[path = "../checks.rs"]
#[allow(dead_code, reason = "each target uses one check")]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::checksum_file(text));
