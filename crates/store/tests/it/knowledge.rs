//! Sources, pages, chunks and vectors of the documentation.

use std::time::Duration;

use ops::Code;
use store::{
    ChunkRow, Knowledge, NewChunk, PageRow, SourceRow, SourceWithCounts, Store, TextVectors,
    Unembedded,
};

use crate::{
    engines::{Home, on_both},
    support::start,
};

fn source(id: &str) -> SourceRow {
    SourceRow {
        id: id.to_owned(),
        kind: "folder".to_owned(),
        name: "Runbooks".to_owned(),
        place: "/srv/runbooks".to_owned(),
        product: "own".to_owned(),
        version: None,
        refresh: Some("daily".to_owned()),
        state: "new".to_owned(),
        error: None,
        created_by: "ann".to_owned(),
        created_at: start(),
        tried_at: None,
        refreshed_at: None,
    }
}

fn page(source: &str, page: &str, hash: &str) -> PageRow {
    PageRow {
        source: source.to_owned(),
        page: page.to_owned(),
        hash: hash.to_owned(),
        title: "A page".to_owned(),
        bytes: 1234,
        fetched_at: start(),
    }
}

fn chunk(text: &str) -> NewChunk {
    NewChunk {
        anchor: Some(format!("_{text}")),
        kind: "text".to_owned(),
        path: vec!["Guide".to_owned(), "\"quoted\" — Ü".to_owned()],
        text: text.to_owned(),
        digest: format!("d-{text}"),
    }
}

fn stored(id: i64, source: &str, page: &str, ordinal: i64, text: &str) -> ChunkRow {
    let NewChunk {
        anchor,
        kind,
        path,
        text,
        digest,
    } = chunk(text);
    ChunkRow {
        id,
        source: source.to_owned(),
        page: page.to_owned(),
        ordinal,
        anchor,
        kind,
        path,
        text,
        digest,
    }
}

async fn with_sources(home: &Home, ids: &[&str]) -> (Store, Knowledge) {
    let store = home.open().await;
    let knowledge = store.knowledge();
    for id in ids {
        knowledge.put_source(&source(id)).await.unwrap();
    }
    (store, knowledge)
}

/// The first text has one passage, the second two, and so on.
fn vectors(digests: &[&str]) -> Vec<TextVectors> {
    (0_u8..)
        .zip(digests)
        .map(|(at, digest)| {
            let passage = |number| vec![f32::from(number), -0.5, f32::MIN_POSITIVE];
            ((*digest).to_owned(), (0..=at).map(passage).collect())
        })
        .collect()
}

async fn a_source_is_kept_changed_marked_counted_and_deleted(home: Home) {
    let (_store, knowledge) = with_sources(&home, &["s1", "s2"]).await;
    assert_eq!(knowledge.source("s1").await.unwrap(), Some(source("s1")));
    assert_eq!(knowledge.source("s3").await.unwrap(), None);
    let renamed = SourceRow {
        name: "Notes".to_owned(),
        created_by: "eve".to_owned(),
        ..source("s1")
    };
    knowledge.put_source(&renamed).await.unwrap();
    let later = start() + Duration::from_secs(9);
    assert!(
        knowledge
            .mark("s1", "failed", Some("it is gone"), Some(later), None, None)
            .await
            .unwrap()
    );
    assert!(
        knowledge
            .mark("s1", "ready", None, None, Some(later), Some("9.0"))
            .await
            .unwrap()
    );
    assert!(
        !knowledge
            .mark("s3", "ready", None, None, None, None)
            .await
            .unwrap()
    );
    knowledge
        .replace_page(&page("s1", "a", "h"), &[chunk("one"), chunk("two")])
        .await
        .unwrap();
    let expected = SourceRow {
        name: "Notes".to_owned(),
        state: "ready".to_owned(),
        version: Some("9.0".to_owned()),
        tried_at: Some(later),
        refreshed_at: Some(later),
        ..source("s1")
    };
    let counted = |source, pages, chunks| SourceWithCounts {
        source,
        pages,
        chunks,
    };
    assert_eq!(
        knowledge.counted_sources().await.unwrap(),
        [counted(expected, 1, 2), counted(source("s2"), 0, 0)]
    );
    assert!(knowledge.delete_source("s1").await.unwrap());
    assert!(!knowledge.delete_source("s1").await.unwrap());
    assert_eq!(knowledge.pages("s1").await.unwrap(), []);
    assert_eq!(knowledge.chunks_after("s1", 0, 9).await.unwrap(), []);
    assert_eq!(
        knowledge.counted_sources().await.unwrap(),
        [counted(source("s2"), 0, 0)]
    );
}

async fn a_page_is_replaced_as_a_whole_and_its_chunks_stream_by_number(home: Home) {
    let (_store, knowledge) = with_sources(&home, &["s1", "s2"]).await;
    knowledge
        .replace_page(&page("s1", "b", "h1"), &[chunk("one"), chunk("two")])
        .await
        .unwrap();
    knowledge
        .replace_page(&page("s2", "b", "h1"), &[chunk("other")])
        .await
        .unwrap();
    knowledge
        .replace_page(&page("s1", "a", "h1"), &[chunk("three")])
        .await
        .unwrap();
    let changed = PageRow {
        title: "Another title".to_owned(),
        bytes: 1,
        fetched_at: start() + Duration::from_secs(1),
        ..page("s1", "b", "h2")
    };
    knowledge
        .replace_page(&changed, &[chunk("two"), chunk("four")])
        .await
        .unwrap();
    assert_eq!(
        knowledge.pages("s1").await.unwrap(),
        [page("s1", "a", "h1"), changed]
    );
    let all = [
        stored(4, "s1", "a", 0, "three"),
        stored(5, "s1", "b", 0, "two"),
        stored(6, "s1", "b", 1, "four"),
    ];
    assert_eq!(knowledge.chunks_after("s1", 0, 9).await.unwrap(), all);
    assert_eq!(knowledge.chunks_after("s1", 0, 2).await.unwrap(), all[..2]);
    assert_eq!(knowledge.chunks_after("s1", 5, 9).await.unwrap(), all[2..]);
    knowledge
        .remove_pages("s1", &["b".to_owned(), "never read".to_owned()])
        .await
        .unwrap();
    assert_eq!(knowledge.chunks_after("s1", 0, 9).await.unwrap(), all[..1]);
    assert_eq!(
        knowledge.chunks_after("s2", 0, 9).await.unwrap(),
        [stored(3, "s2", "b", 0, "other")]
    );
}

async fn a_page_of_a_source_that_is_gone_is_refused_and_leaves_nothing(home: Home) {
    let (_store, knowledge) = with_sources(&home, &[]).await;
    let error = knowledge
        .replace_page(&page("s1", "a", "h"), &[chunk("one")])
        .await
        .unwrap_err();
    let error = ops::Error::from(error);
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::NotFound, "there is no source of knowledge `s1`")
    );
    assert_eq!(knowledge.revision().await.unwrap(), 0);
}

async fn the_revision_rises_with_what_is_searched_also_for_another_process(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    let (one, other) = (one.knowledge(), other.knowledge());
    let mut seen = vec![other.revision().await.unwrap()];
    one.put_source(&source("s1")).await.unwrap();
    seen.push(other.revision().await.unwrap());
    one.replace_page(&page("s1", "a", "h"), &[chunk("one")])
        .await
        .unwrap();
    seen.push(other.revision().await.unwrap());
    one.mark("s1", "working", None, Some(start()), None, None)
        .await
        .unwrap();
    one.put_vectors("m", &vectors(&["d-one"])).await.unwrap();
    seen.push(other.revision().await.unwrap());
    one.remove_pages("s1", &["a".to_owned()]).await.unwrap();
    seen.push(other.revision().await.unwrap());
    one.delete_source("s1").await.unwrap();
    seen.push(other.revision().await.unwrap());
    assert_eq!(seen, [0, 1, 2, 2, 3, 4]);
    assert_eq!(other.vectors_revision().await.unwrap(), 2);
}

async fn vectors_come_back_exactly_and_each_text_is_asked_for_once(home: Home) {
    let (_store, knowledge) = with_sources(&home, &["s1"]).await;
    for name in ["a", "b"] {
        knowledge
            .replace_page(
                &page("s1", name, "h"),
                &[chunk("one"), chunk("two"), chunk("three")],
            )
            .await
            .unwrap();
    }
    let text = |text: &str| Unembedded {
        digest: format!("d-{text}"),
        path: chunk(text).path,
        text: text.to_owned(),
    };
    assert_eq!(
        knowledge.without_vector("m", 2).await.unwrap(),
        [text("one"), text("three")]
    );
    let kept = vectors(&["d-one", "d-three"]);
    knowledge.put_vectors("m", &kept).await.unwrap();
    assert_eq!(
        knowledge.without_vector("m", 9).await.unwrap(),
        [text("two")]
    );
    let counted = async |model| knowledge.count_without_vector(model).await.unwrap();
    assert_eq!(
        (counted("m").await, counted("other").await),
        ((3, 1), (3, 3))
    );
    assert_eq!(knowledge.vector_models().await.unwrap(), ["m"]);
    assert_eq!(knowledge.without_vector("other", 9).await.unwrap().len(), 3);
    assert_eq!(knowledge.vectors("m", "", 9).await.unwrap(), kept);
    assert_eq!(knowledge.vectors("m", "", 1).await.unwrap(), kept[..1]);
    assert_eq!(knowledge.vectors("m", "d-one", 9).await.unwrap(), kept[1..]);
    assert_eq!(knowledge.vectors("other", "", 9).await.unwrap(), []);
    assert_eq!(knowledge.forget_vectors("m").await.unwrap(), 2);
    assert_eq!(knowledge.forget_vectors("m").await.unwrap(), 0);
    assert_eq!(knowledge.without_vector("m", 9).await.unwrap().len(), 3);
}

async fn a_vector_lives_as_long_as_its_text_stands_anywhere(home: Home) {
    let (_store, knowledge) = with_sources(&home, &["s1", "s2"]).await;
    let digests = async || -> Vec<String> {
        let vectors = knowledge.vectors("m", "", 9).await.unwrap();
        vectors.into_iter().map(|(digest, _)| digest).collect()
    };
    knowledge
        .replace_page(
            &page("s1", "a", "h1"),
            &[chunk("one"), chunk("two"), chunk("three")],
        )
        .await
        .unwrap();
    knowledge
        .replace_page(&page("s2", "b", "h1"), &[chunk("three")])
        .await
        .unwrap();
    knowledge
        .put_vectors("m", &vectors(&["d-one", "d-two", "d-three"]))
        .await
        .unwrap();
    knowledge
        .replace_page(&page("s1", "a", "h2"), &[chunk("two"), chunk("four")])
        .await
        .unwrap();
    assert_eq!(digests().await, ["d-three", "d-two"]);
    knowledge
        .remove_pages("s1", &["a".to_owned()])
        .await
        .unwrap();
    assert_eq!(digests().await, ["d-three"]);
    knowledge.delete_source("s2").await.unwrap();
    assert!(digests().await.is_empty());
}

async fn a_vector_of_another_dimension_is_refused_by_name(home: Home) {
    let (_store, knowledge) = with_sources(&home, &["s1"]).await;
    knowledge.put_vectors("m", &vectors(&["d1"])).await.unwrap();
    let error = knowledge
        .put_vectors(
            "m",
            &[("d2".to_owned(), vec![vec![1.0, 0.0, 0.0], vec![1.0, 0.0]])],
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model `m` gave a vector of 2 numbers where its others have 3; check which model \
         answers under that name, then embed everything again"
    );
    for empty in [Vec::new(), vec![Vec::new()]] {
        let error = knowledge
            .put_vectors("n", &[("d2".to_owned(), empty)])
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "the model `n` gave an empty vector");
    }
    knowledge
        .put_vectors("n", &[("d2".to_owned(), vec![vec![1.0, 0.0]])])
        .await
        .unwrap();
    assert_eq!(knowledge.vectors("m", "", 9).await.unwrap().len(), 1);
}

on_both!(
    one: [
        a_source_is_kept_changed_marked_counted_and_deleted,
        a_page_is_replaced_as_a_whole_and_its_chunks_stream_by_number,
        a_page_of_a_source_that_is_gone_is_refused_and_leaves_nothing,
        vectors_come_back_exactly_and_each_text_is_asked_for_once,
        a_vector_lives_as_long_as_its_text_stands_anywhere,
        a_vector_of_another_dimension_is_refused_by_name,
    ],
    several: [
        the_revision_rises_with_what_is_searched_also_for_another_process,
    ]
);
