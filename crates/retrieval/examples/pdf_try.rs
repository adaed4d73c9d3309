//! Throwaway.
fn main() {
    for f in std::env::args().skip(1) {
        let bytes = std::fs::read(&f).unwrap();
        let began = std::time::Instant::now();
        match retrieval::read(&f, &bytes, retrieval::Format::Pdf) {
            Ok(chunks) => {
                for c in &chunks { println!("## {} [{}]\n{}\n", c.section(), c.at.link(), c.text); }
                println!("== {f}: {} chunks {:?}", chunks.len(), began.elapsed());
            }
            Err(e) => println!("== {f}: {e} {:?}", began.elapsed()),
        }
    }
}
