//! A model of sentences from a folder, computed here: against a second computation that is written as
//! the papers define it, and with folders that do not hold what they should.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor, safetensors};
use llm::Error;
use llm::embed::{Embedder, MiniLm};
use serde_json::{Value, json};

const HIDDEN: usize = 8;
const WIDE: usize = 12;
const HEADS: usize = 2;
const LAYERS: usize = 2;
const POSITIONS: usize = 6;
const VOCABULARY: [&str; 8] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "back", "##up", "disk", "a",
];

/// Numbers that look like weights.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

type Weights = HashMap<String, (Vec<usize>, Vec<f32>)>;

fn weights() -> Weights {
    let mut numbers = Numbers(7);
    let mut weights = Weights::new();
    let mut add = |name: String, shape: Vec<usize>| {
        let many = shape.iter().product();
        let values = (0..many).map(|_| numbers.next()).collect();
        weights.insert(name, (shape, values));
    };
    for (name, rows) in [
        ("word", VOCABULARY.len()),
        ("position", POSITIONS),
        ("token_type", 2),
    ] {
        add(
            format!("embeddings.{name}_embeddings.weight"),
            vec![rows, HIDDEN],
        );
    }
    let mut both = |name: &str, shape: Vec<usize>| {
        add(format!("{name}.bias"), vec![shape[0]]);
        add(format!("{name}.weight"), shape);
    };
    both("embeddings.LayerNorm", vec![HIDDEN]);
    for layer in 0..LAYERS {
        let at = format!("encoder.layer.{layer}");
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            both(&format!("{at}.attention.{part}"), vec![HIDDEN, HIDDEN]);
        }
        both(&format!("{at}.attention.output.LayerNorm"), vec![HIDDEN]);
        both(&format!("{at}.intermediate.dense"), vec![WIDE, HIDDEN]);
        both(&format!("{at}.output.dense"), vec![HIDDEN, WIDE]);
        both(&format!("{at}.output.LayerNorm"), vec![HIDDEN]);
    }
    weights
}

fn config() -> Value {
    json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "intermediate_size": WIDE,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12, "vocab_size": VOCABULARY.len()
    })
}

fn write(folder: &Path, weights: &Weights, config: &Value) {
    let tensors: HashMap<String, Tensor> = weights
        .iter()
        .map(|(name, (shape, values))| {
            let tensor = Tensor::from_slice(values, shape.as_slice(), &Device::Cpu).unwrap();
            (name.clone(), tensor)
        })
        .collect();
    safetensors::save(&tensors, folder.join("model.safetensors")).unwrap();
    let vocab: HashMap<&str, usize> = VOCABULARY.iter().copied().zip(0..).collect();
    let tokenizer = json!({
        "normalizer": {"type": "BertNormalizer", "lowercase": true},
        "model": {"type": "WordPiece", "vocab": vocab}
    });
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
}

/// The same in plain loops and twice the digits.
struct Plain<'a>(&'a Weights);

impl Plain<'_> {
    fn row(&self, table: &str, at: usize) -> Vec<f64> {
        let (_, values) = &self.0[&format!("embeddings.{table}_embeddings.weight")];
        let row = &values[at * HIDDEN..(at + 1) * HIDDEN];
        row.iter().map(|it| f64::from(*it)).collect()
    }

    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let weight = &self.0[&format!("{name}.weight")].1;
        let bias = &self.0[&format!("{name}.bias")].1;
        bias.iter()
            .zip(weight.chunks(x.len()))
            .map(|(bias, row)| {
                let sum: f64 = row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
                sum + f64::from(*bias)
            })
            .collect()
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let spread = x.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let weight = &self.0[&format!("{name}.weight")].1;
        let bias = &self.0[&format!("{name}.bias")].1;
        x.iter()
            .zip(weight.iter().zip(bias))
            .map(|(x, (w, b))| (x - mean) / (spread + 1e-12).sqrt() * f64::from(*w) + f64::from(*b))
            .collect()
    }

    fn vector(&self, tokens: &[usize]) -> Vec<f64> {
        let add =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        let mut state: Vec<Vec<f64>> = tokens
            .iter()
            .enumerate()
            .map(|(at, token)| {
                let sum = add(&self.row("word", *token), &self.row("position", at));
                self.norm(
                    "embeddings.LayerNorm",
                    &add(&sum, &self.row("token_type", 0)),
                )
            })
            .collect();
        for layer in 0..LAYERS {
            let at = format!("encoder.layer.{layer}");
            let part = |name: &str| -> Vec<Vec<f64>> {
                let name = format!("{at}.attention.self.{name}");
                state.iter().map(|x| self.linear(&name, x)).collect()
            };
            let (query, key, value) = (part("query"), part("key"), part("value"));
            let size = HIDDEN / HEADS;
            let mut next = Vec::new();
            for (here, x) in state.iter().enumerate() {
                let mut attended = Vec::new();
                for head in 0..HEADS {
                    let of = |row: &[f64]| row[head * size..(head + 1) * size].to_vec();
                    let scores: Vec<f64> = key
                        .iter()
                        .map(|key| {
                            let products = of(key).into_iter().zip(of(&query[here]));
                            let sum: f64 = products.map(|(k, q)| k * q).sum();
                            (sum / (size as f64).sqrt()).exp()
                        })
                        .collect();
                    let all: f64 = scores.iter().sum();
                    for number in 0..size {
                        let values = scores.iter().zip(&value);
                        let sum: f64 = values.map(|(s, v)| s / all * of(v)[number]).sum();
                        attended.push(sum);
                    }
                }
                let attended = self.linear(&format!("{at}.attention.output.dense"), &attended);
                let name = format!("{at}.attention.output.LayerNorm");
                let x = self.norm(&name, &add(x, &attended));
                let wide = self.linear(&format!("{at}.intermediate.dense"), &x);
                let wide: Vec<f64> = wide.into_iter().map(gelu).collect();
                let narrow = self.linear(&format!("{at}.output.dense"), &wide);
                next.push(self.norm(&format!("{at}.output.LayerNorm"), &add(&narrow, &x)));
            }
            state = next;
        }
        let sum = state
            .iter()
            .skip(1)
            .fold(state[0].clone(), |sum, x| add(&sum, x));
        let length = sum.iter().map(|it| it * it).sum::<f64>().sqrt();
        sum.into_iter().map(|it| it / length).collect()
    }
}

/// With the integral behind it in small steps.
fn gelu(x: f64) -> f64 {
    let steps = 20_000;
    let width = x / f64::from(steps);
    let area: f64 = (0..steps)
        .map(|step| {
            let middle = (f64::from(step) + 0.5) * width;
            (-middle * middle / 2.0).exp() * width
        })
        .sum();
    x * (0.5 + area / (2.0 * std::f64::consts::PI).sqrt())
}

#[tokio::test]
async fn a_model_in_a_folder_computes_what_its_papers_define() {
    let folder = tempfile::tempdir().unwrap();
    let weights = weights();
    write(folder.path(), &weights, &config());
    let model = MiniLm::load(folder.path().to_owned()).await.unwrap();
    assert_eq!(model.dimension(), Some(HIDDEN));
    assert!(
        model.id().starts_with("minilm/") && model.id().len() == 19,
        "{}",
        model.id()
    );

    let texts = ["Backup", "disk a what", "", "a a a a a a a a"].map(str::to_owned);
    // The last one is cut: there are six positions.
    let tokens: [&[usize]; 4] = [
        &[2, 4, 5, 3],
        &[2, 6, 7, 1, 3],
        &[2, 3],
        &[2, 7, 7, 7, 7, 3],
    ];
    let vectors = model.embed(&texts).await.unwrap();
    for (vector, tokens) in vectors.iter().zip(tokens) {
        let expected = Plain(&weights).vector(tokens);
        for (number, expected) in vector.iter().zip(&expected) {
            let off = (f64::from(*number) - expected).abs();
            assert!(off < 1e-4, "{vector:?} is not {expected}");
        }
    }
    assert_eq!(model.embed_questions(&texts).await, Ok(vectors));
}

#[tokio::test]
async fn a_folder_that_holds_no_such_model_is_refused_in_one_sentence() {
    let told = async |folder: &Path| {
        let error = MiniLm::load(folder.to_owned()).await.unwrap_err();
        let Error::ModelFiles { detail, .. } = error else {
            panic!("{error}")
        };
        detail
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert_eq!(
        told(at).await,
        "config.json: No such file or directory (os error 2)"
    );
    let error = MiniLm::load(at.to_owned()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "cannot use the model in `{}` (config.json: No such file or directory (os error 2)): \
             it must hold model.safetensors, tokenizer.json and config.json of all-MiniLM-L6-v2",
            at.display()
        )
    );

    let mut other = config();
    other["model_type"] = json!("roberta");
    write(at, &weights(), &other);
    assert_eq!(
        told(at).await,
        "config.json: a model of the type `roberta`, not bert"
    );
    other = config();
    other["vocab_size"] = json!(3);
    write(at, &weights(), &other);
    assert_eq!(
        told(at).await,
        "tokenizer.json has tokens up to 8, the model knows 3"
    );

    let name = "encoder.layer.1.output.dense.bias";
    let mut fewer = weights();
    fewer.remove(name);
    write(at, &fewer, &config());
    assert_eq!(
        told(at).await,
        format!("model.safetensors: `{name}` is missing")
    );
    fewer.insert(name.to_owned(), (vec![3], vec![0.0; 3]));
    write(at, &fewer, &config());
    assert_eq!(
        told(at).await,
        format!("model.safetensors: `{name}` has the shape [3], not [8]")
    );
    fs::write(at.join("model.safetensors"), b"version https://git-lfs").unwrap();
    let detail = told(at).await;
    assert!(detail.starts_with("model.safetensors: "), "{detail}");
}
