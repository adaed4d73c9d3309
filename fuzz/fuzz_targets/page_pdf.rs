//! Fuzzes `page_checks::pdf`.
#![no_main]

#[path = "../page_checks.rs"]
#[allow(dead_code, reason = "each target uses one check")]
mod page_checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| page_checks::pdf(bytes));
