//! Time of a question over many chunks of made-up text: `bench [CHUNKS]`, 100,000 unless told.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement for developers"
)]

use std::time::{Duration, Instant};

use retrieval::{Chunk, Kind, Library, Location};

/// Words of the field, so that questions widened by the glossary hit long lists.
const WORDS: &str = "cluster node guest VM container backup restore storage disk network firewall rule migration snapshot user role \
    permission token certificate kernel memory CPU pool volume replication schedule notification quorum corosync bridge zone template";

/// The same numbers each time (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

fn text(dice: &mut Dice, field: &[&str], words: usize) -> String {
    let mut text = String::new();
    for _ in 0..words {
        // A third are words of the field, the others have the long tail of a language.
        if dice.roll(3) == 0 {
            text.push_str(field[dice.roll(field.len())]);
        } else {
            let rank = dice.roll(200) * dice.roll(200) + 1;
            text.push_str(&format!("word{rank}"));
        }
        text.push(if dice.roll(12) == 0 { '.' } else { ' ' });
        text.push(' ');
    }
    text
}

fn main() {
    let many: usize = std::env::args()
        .nth(1)
        .map_or(100_000, |many| many.parse().unwrap());
    let field: Vec<&str> = WORDS.split_whitespace().collect();
    let mut dice = Dice(7);
    let chunks: Vec<Chunk> = (0..many)
        .map(|at| Chunk {
            at: Location {
                page: format!("page-{}.html", at / 50),
                anchor: Some(format!("part-{at}")),
            },
            kind: Kind::Section,
            path: vec![format!("Page {}", at / 50), text(&mut dice, &field, 4)],
            text: text(&mut dice, &field, 80),
            also: Vec::new(),
        })
        .collect();
    let begun = Instant::now();
    let library = Library::new(chunks);
    println!("{many} chunks indexed in {:.1?}", begun.elapsed());
    let questions: Vec<String> = (0..300)
        .map(|_| text(&mut dice, &field, 10).replace('.', " "))
        .collect();
    let time = |name: &str, ask: &dyn Fn(&str)| {
        let mut times: Vec<Duration> = questions
            .iter()
            .map(|question| {
                let begun = Instant::now();
                ask(question);
                begun.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!(
            "{name}: p50 {:.1?}, p99 {:.1?}, slowest {:.1?}",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            times[times.len() - 1]
        );
    };
    time("search", &|question| {
        library.search(question, 10);
    });
    time("reply", &|question| {
        library.reply(question);
    });
}
