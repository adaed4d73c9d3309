//! Recall of the search on a set of questions: `measure DOCS QUESTIONS`.
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, time::Instant};
fn plain(t: &str) -> String {
    t.replace(['`', '*', '"', '\''], "").trim().to_lowercase()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let begin = Instant::now();
    let mut chunks = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(&args[1])
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    for f in files {
        if f.extension().is_some_and(|e| e == "html") {
            let t = std::fs::read_to_string(&f).unwrap();
            chunks.extend(retrieval::html::chunks(
                Path::new(&f).file_name().unwrap().to_str().unwrap(),
                &t,
            ));
        }
    }
    let raw = chunks.len();
    let chunks = retrieval::fold(chunks);
    let parsed = begin.elapsed();
    let index = retrieval::Index::build(&chunks, retrieval::Weights::default());
    eprintln!(
        "{raw} chunks, {} folded, parsed {parsed:?}, all {:?}",
        chunks.len(),
        begin.elapsed()
    );
    if args.get(3).is_some_and(|a| a == "dump") {
        for c in &chunks {
            println!(
                "{:?} {} {} [{}]",
                c.kind,
                c.at.link(),
                c.section(),
                c.also
                    .iter()
                    .map(|l| l.link())
                    .collect::<Vec<_>>()
                    .join(" ")
            );
        }
        return;
    }
    let mut ranks = Vec::new();
    let mut by: BTreeMap<String, Vec<Option<usize>>> = BTreeMap::new();
    for line in std::fs::read_to_string(&args[2]).unwrap().lines() {
        let q: Value = serde_json::from_str(line).unwrap();
        if q["answerable"] != true {
            continue;
        }
        let mut scores = vec![0.0; index.len()];
        let query = retrieval::Query::parse(q["question"].as_str().unwrap());
        let ex: f32 = std::env::var("EX")
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(0.3);
        for (t, w) in query.terms() {
            index.score(t, if w < 1.0 { ex } else { w }, &mut scores);
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        let mut gold: Vec<(String, String)> = Vec::new();
        for key in ["gold", "also"] {
            if let Some(list) = q[key].as_array() {
                for g in list {
                    if let Some(h) = g["html"].as_array() {
                        for h in h {
                            gold.push((
                                h.as_str().unwrap().to_owned(),
                                plain(g["section"].as_str().unwrap()),
                            ));
                        }
                    }
                }
            }
        }
        let hit = |i: usize| {
            let c = &chunks[i];
            let link = c.at.link();
            let last = plain(c.title());
            let last = last
                .split(':')
                .next()
                .unwrap()
                .trim_start_matches('-')
                .trim()
                .to_owned();
            gold.iter().any(|(h, s)| {
                if h.contains('#') {
                    *h == link
                } else {
                    *h == c.at.page && *s == last
                }
            })
        };
        let rank = order.iter().take(10).position(|i| hit(*i)).map(|r| r + 1);
        let any = order.iter().position(|i| hit(*i)).map(|r| r + 1);
        if std::env::var("SHOW").is_ok() && !rank.is_some_and(|r| r <= 5) {
            println!(
                "{} rank {any:?} {} {}\n    gold {:?}\n    got {:?}",
                q["id"],
                q["lang"],
                q["question"],
                gold.first(),
                order
                    .iter()
                    .take(3)
                    .map(|i| chunks[*i].at.link() + " " + chunks[*i].title())
                    .collect::<Vec<_>>()
            );
        }
        ranks.push(rank);
        by.entry(if q["lang"] == "en" {
            "en".into()
        } else {
            "other".into()
        })
        .or_default()
        .push(rank);
        by.entry(format!("kind {}", q["kind"]))
            .or_default()
            .push(rank);
    }
    let show = |name: &str, r: &[Option<usize>]| {
        let n = r.len() as f64;
        let at = |k| r.iter().filter(|x| x.is_some_and(|x| x <= k)).count() as f64 / n;
        println!(
            "{name:20} n={n} R1 {:.3} R5 {:.3} R10 {:.3} MRR {:.3}",
            at(1),
            at(5),
            at(10),
            r.iter().flatten().map(|x| 1.0 / *x as f64).sum::<f64>() / n
        );
    };
    show("all", &ranks);
    for (k, v) in &by {
        show(k, v);
    }
}
