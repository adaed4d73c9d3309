//! The corpus of the fuzz targets, replayed with the checks that the targets make.

mod corpus;

use std::path::PathBuf;

#[path = "../../../../fuzz/retrieval_checks.rs"]
mod checks;

#[test]
fn every_text_of_the_corpus_holds_the_checks_of_its_target() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, check) in checks::CHECKS {
        let mut texts = 0;
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            if let Ok(text) = String::from_utf8(bytes) {
                check(&text);
                texts += 1;
            }
        }
        assert!(texts >= 3, "{target}: {texts} texts");
    }
}
