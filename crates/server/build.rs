//! The console is embedded at compile time. A checkout without a built console compiles as well: the
//! folder is made, stays empty, and the server says on its front page that the console was not built.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    // A read-only checkout has either the folder or no use for it.
    let _ = std::fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
}
