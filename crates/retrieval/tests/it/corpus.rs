//! The corpus of the fuzz targets, replayed with the checks that the targets make.

use std::path::PathBuf;

#[path = "../../../../fuzz/page_checks.rs"]
mod page_checks;

#[test]
fn every_page_of_the_corpus_holds_the_checks_of_its_target() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, check) in page_checks::CHECKS {
        let mut pages = 0;
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            check(&std::fs::read(entry.unwrap().path()).unwrap());
            pages += 1;
        }
        assert!(pages >= 3, "{target}: {pages} pages");
    }
}
