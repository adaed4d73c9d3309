//! Fuzzes `retrieval_checks::question`.
#![no_main]

#[path = "../retrieval_checks.rs"]
#[allow(dead_code, reason = "each target uses one check")]
mod retrieval_checks;

libfuzzer_sys::fuzz_target!(|text: &str| retrieval_checks::question(text));
