//! How long PostgreSQL looks for the nearest of many vectors, and how many of the true ones it finds.
//!
//! `cargo run --release -p store --example nearest -- postgres://USER:PASSWORD@HOST/EMPTY [CHUNKS]`
//!
//! The vectors are made up: points around some thousand centres, as texts of a few thousand subjects are.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ops::ports::{Clock as _, SystemClock};
use store::{Database, NewChunk, OpenOptions, PageRow, SourceRow, Store, TextVectors, VectorIndex};

const MODEL: &str = "measured";
const DIMENSIONS: usize = 384;
const CENTRES: usize = 2_000;
const SOURCES: usize = 10;
const PAGE: usize = 500;
const QUESTIONS: usize = 400;
const MOST: u32 = 50;

/// What ends the program.
type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("the address of an empty database is missing")?;
    let chunks: usize = arguments
        .next()
        .map_or(Ok(100_000), |count| count.parse())?;
    let directory = tempfile::tempdir()?;
    let options = OpenOptions::new(Arc::new(SystemClock)).database(Database::parse(&url)?);
    let store = Store::open(directory.path(), options).await?;

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let centres: Vec<Vec<f32>> = (0..CENTRES).map(|_| random.vector()).collect();
    let vectors: Vec<Vec<f32>> = (0..chunks)
        .map(|at| random.near(centres.get(at % CENTRES)))
        .collect();

    let began = Instant::now();
    fill(&store, chunks).await?;
    println!(
        "{chunks} chunks kept in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let began = Instant::now();
    let named: Vec<TextVectors> = (0..)
        .map(digest)
        .zip(vectors.iter().map(|vector| vec![vector.clone()]))
        .collect();
    for batch in named.chunks(2_000) {
        store.knowledge().put_vectors(MODEL, batch).await?;
    }
    println!(
        "{chunks} vectors kept, with the index made on the way, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    if store.knowledge().vector_index(MODEL).await? != VectorIndex::Ready {
        return Err("there is no index".into());
    }
    let half: Vec<String> = (0..SOURCES / 2).map(|at| format!("s{at}")).collect();
    for sources in [Vec::new(), half] {
        measure(&store, &vectors, &centres, &mut random, &sources).await?;
    }
    Ok(())
}

async fn measure(
    store: &Store,
    vectors: &[Vec<f32>],
    centres: &[Vec<f32>],
    random: &mut Random,
    sources: &[String],
) -> Result<(), Failure> {
    let mut times = Vec::with_capacity(QUESTIONS);
    let (mut found_all, mut wanted) = (0, 0);
    for number in 0..QUESTIONS {
        let question = random.near(centres.get(number * 7 % CENTRES));
        let began = Instant::now();
        let found = store
            .knowledge()
            .nearest(MODEL, &question, sources, &[], MOST)
            .await?
            .ok_or("there is no index")?;
        times.push(began.elapsed());
        if number % 20 == 0 {
            let mut exact: Vec<(f32, String)> = vectors
                .iter()
                .enumerate()
                .filter(|(at, _)| sources.is_empty() || sources.contains(&source_of(*at)))
                .map(|(at, vector)| (dot(&question, vector), digest(at)))
                .collect();
            exact.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            exact.truncate(10);
            let found: Vec<&String> = found.iter().map(|(digest, _)| digest).collect();
            wanted += exact.len();
            found_all += exact
                .iter()
                .filter(|(_, digest)| found.contains(&digest))
                .count();
        }
    }
    times.sort();
    let at = |share: f64| -> Duration {
        let place = (times.len() as f64 * share) as usize;
        times
            .get(place)
            .or(times.last())
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; of the nearest 10 found among {MOST}: {:.3}",
        if sources.is_empty() {
            "all sources"
        } else {
            "half of the sources"
        },
        at(0.5).as_secs_f64() * 1e3,
        at(0.99).as_secs_f64() * 1e3,
        at(1.0).as_secs_f64() * 1e3,
        f64::from(found_all as u32) / f64::from(wanted as u32)
    );
    Ok(())
}

fn digest(number: usize) -> String {
    format!("d{number:07}")
}

/// Pages of sources alternate.
fn source_of(number: usize) -> String {
    format!("s{}", number / PAGE % SOURCES)
}

async fn fill(store: &Store, chunks: usize) -> Result<(), Failure> {
    let now = SystemClock.now();
    for source in 0..SOURCES {
        let row = SourceRow {
            id: format!("s{source}"),
            kind: "folder".to_owned(),
            name: format!("Source {source}"),
            place: "/nowhere".to_owned(),
            product: "none".to_owned(),
            version: None,
            refresh: None,
            state: "ready".to_owned(),
            error: None,
            created_by: "measure".to_owned(),
            created_at: now,
            tried_at: None,
            refreshed_at: None,
        };
        store.knowledge().put_source(&row).await?;
    }
    for first in (0..chunks).step_by(PAGE) {
        let page = PageRow {
            source: source_of(first),
            page: format!("page-{first}"),
            hash: "h".to_owned(),
            title: "A page".to_owned(),
            bytes: 1,
            fetched_at: now,
        };
        let rows: Vec<NewChunk> = (first..chunks.min(first + PAGE))
            .map(|number| NewChunk {
                anchor: None,
                kind: "text".to_owned(),
                path: vec!["A page".to_owned()],
                text: format!("The text of the piece {number}. ").repeat(20),
                digest: digest(number),
            })
            .collect();
        store.knowledge().replace_page(&page, &rows).await?;
    }
    Ok(())
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u32 << 24) as f32 - 0.5
    }

    fn vector(&mut self) -> Vec<f32> {
        let vector: Vec<f32> = (0..DIMENSIONS).map(|_| self.next()).collect();
        unit(vector)
    }

    fn near(&mut self, centre: Option<&Vec<f32>>) -> Vec<f32> {
        let away = self.vector();
        let near = away
            .iter()
            .enumerate()
            .map(|(at, away)| {
                centre
                    .and_then(|centre| centre.get(at))
                    .copied()
                    .unwrap_or_default()
                    + 0.8 * away
            })
            .collect();
        unit(near)
    }
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    vector.into_iter().map(|value| value / length).collect()
}
