//! The corpus of the fuzz targets, replayed with the checks that the targets make.

use std::path::PathBuf;

#[path = "../../../../fuzz/checks.rs"]
mod checks;

#[test]
fn every_text_of_the_corpus_holds_the_checks_of_its_target() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, check) in checks::CHECKS {
        let folder = std::fs::read_dir(corpus.join(target)).unwrap();
        let mut texts = 0;
        for entry in folder {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            if let Ok(text) = String::from_utf8(bytes) {
                check(&text);
                texts += 1;
            }
        }
        assert!(texts >= 3, "{target}: {texts} texts");
    }
}

#[test]
fn texts_of_one_target_do_no_harm_to_another() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for folder in std::fs::read_dir(corpus).unwrap() {
        for entry in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else {
                continue;
            };
            for (_, check) in checks::CHECKS {
                check(&text);
            }
        }
    }
}
