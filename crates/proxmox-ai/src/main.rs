//! `proxmox-ai`: commands parse, call and render; there is no logic here.

mod arguments;
mod commands;
mod config;
mod failure;
mod json_file;
mod output;
mod show;

use std::process::ExitCode;

fn main() -> ExitCode {
    // One TLS provider for the whole process; a second call (tests) is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config::worker_threads())
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(commands::run());
            // Reading from a terminal blocks a thread that nothing can wake.
            runtime.shutdown_background();
            ExitCode::from(code)
        }
        Err(error) => {
            output::complain(&format!("the program cannot start its threads: {error}"));
            ExitCode::from(1)
        }
    }
}
