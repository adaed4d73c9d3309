//! Knowledge that is found by what it means: the vectors of a model, wherever it runs and however it fails.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ops::Acted;
use serde_json::{Value, json};
use store::Knowledge;
use tempfile::TempDir;
use testkit::World;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// No word of it stands in the text that it is about.
const IN_OTHER_WORDS: &str = "noise of kittens";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Answers,
    Fails,
    /// Nothing comes until the mode changes.
    Hangs,
}

/// What a model makes of a text.
type Model = fn(&Value) -> Value;

/// A server with Ollama's `/api/embed`.
struct Models {
    url: String,
    mode: watch::Sender<Mode>,
    texts: Arc<AtomicUsize>,
}

impl Models {
    /// With a model that knows what is about cats and what is about the weather.
    async fn start(mode: Mode) -> Self {
        Self::start_with(vector, mode).await
    }

    async fn start_with(model: Model, mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let models = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            mode: watch::Sender::new(mode),
            texts: Arc::default(),
        };
        let (changes, texts) = (models.mode.subscribe(), Arc::clone(&models.texts));
        #[expect(
            clippy::disallowed_methods,
            reason = "a server of the test, which ends with it"
        )]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, model, changes.clone(), Arc::clone(&texts)));
            }
        });
        models
    }

    fn spec(&self) -> String {
        format!("ollama:m@{}", self.url)
    }
}

/// One request; then the connection is closed.
async fn serve(
    stream: TcpStream,
    model: Model,
    mut changes: watch::Receiver<Mode>,
    texts: Arc<AtomicUsize>,
) {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).await.unwrap_or(0) > 2 {
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    let _ = changes.wait_for(|mode| *mode != Mode::Hangs).await;
    let (status, answer) = if *changes.borrow() == Mode::Fails {
        (
            "500 Internal Server Error",
            json!({ "error": "no memory left" }),
        )
    } else {
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let asked = asked["input"].as_array().unwrap();
        texts.fetch_add(asked.len(), Ordering::Relaxed);
        let vectors: Vec<Value> = asked.iter().map(model).collect();
        ("200 OK", json!({ "model": "m", "embeddings": vectors }))
    };
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        answer.len()
    );
    let _ = stream.write_all((head + &answer).as_bytes()).await;
}

fn vector(text: &Value) -> Value {
    let text = text.as_str().unwrap().to_lowercase();
    let about = |words: &[&str]| words.iter().filter(|word| text.contains(*word)).count() as f32;
    json!([
        about(&["feline", "purr", "kitten", "noise"]),
        about(&["storm", "thunder", "rain"]),
        0.1
    ])
}

async fn world(spec: &str) -> World {
    let spec = spec.parse().unwrap();
    World::builder()
        .on_disk()
        .without_background()
        .settings(|settings| settings.embedder = spec)
        .build()
        .await
}

/// Two sections, of cats and of the weather.
async fn add_house(world: &World, folder: &Path) {
    let text =
        "# House\n\n## Felines\n\nThey purr.\n\n## Storms\n\nThunder comes before the rain.\n";
    std::fs::write(folder.join("house.md"), text).unwrap();
    let input = json!({ "place": folder.to_str().unwrap(), "id": "house", "name": "House" });
    let acted = world
        .app
        .registry
        .act(&World::admin(), "knowledge.add_source", input)
        .await;
    assert!(matches!(acted, Ok(Acted::Done(_))), "{acted:?}");
}

async fn search(world: &World, question: &str) -> Value {
    let input = json!({ "question": question });
    let found = world.query("knowledge.search", input).await.unwrap();
    let titles = found["results"].as_array().unwrap().iter();
    titles.map(|row| row["title"].clone()).collect()
}

async fn embedder(world: &World) -> Value {
    let sources = world.query("knowledge.sources", json!({})).await.unwrap();
    sources["embedder"].clone()
}

async fn until_first(world: &World, question: &str, title: &str) {
    world
        .until_seen("the vectors are searched", async || {
            (search(world, question).await[0] == title).then_some(())
        })
        .await;
}

async fn until_error(world: &World) -> String {
    world
        .until_seen("the error is told", async || {
            embedder(world).await["error"].as_str().map(str::to_owned)
        })
        .await
}

fn rows(world: &World) -> Knowledge {
    world.app.store.knowledge()
}

#[tokio::test]
async fn what_is_said_in_other_words_is_found_by_the_vectors_of_a_model() {
    let models = Models::start(Mode::Hangs).await;
    let world = world(&models.spec()).await;
    let home = TempDir::new().unwrap();
    add_house(&world, home.path()).await;
    // While the model takes its time, words are searched.
    assert_eq!(search(&world, "purr").await, json!(["Felines"]));
    assert_eq!(search(&world, IN_OTHER_WORDS).await, json!([]));
    models.mode.send_replace(Mode::Answers);
    until_first(&world, IN_OTHER_WORDS, "Felines").await;
    until_first(&world, "thundering", "Storms").await;
    let (texts, without) = rows(&world).count_without_vector("ollama/m").await.unwrap();
    assert_eq!(without, 0);
    let at_rest = json!({ "name": models.spec(), "texts": texts, "without_vector": 0, "working": false, "error": null });
    world
        .until_seen("an end of the work", async || {
            (embedder(&world).await == at_rest).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_changed_model_embeds_anew_and_the_old_vectors_go_when_the_new_are_complete() {
    let models = Models::start(Mode::Fails).await;
    let world = world(&models.spec()).await;
    let old = [("text".to_owned(), vec![vec![1.0; 5]])];
    // One of another name, and one that answered under the same name with more numbers.
    for name in ["ollama/old", "ollama/m"] {
        rows(&world).put_vectors(name, &old).await.unwrap();
    }
    let home = TempDir::new().unwrap();
    add_house(&world, home.path()).await;
    until_error(&world).await;
    let kept = rows(&world).vector_models().await.unwrap();
    assert_eq!(kept, ["ollama/m", "ollama/old"]);
    models.mode.send_replace(Mode::Answers);
    world.clock.advance(Duration::from_secs(31));
    world.app.refresh_knowledge().await.unwrap();
    world
        .until_seen("the new vectors alone are kept", async || {
            let kept = rows(&world).vector_models().await.unwrap();
            (kept == ["ollama/m"]).then_some(())
        })
        .await;
    let kept = rows(&world).vectors("ollama/m", "", 100).await.unwrap();
    assert!(
        kept.iter()
            .flat_map(|(_, of)| of)
            .all(|vector| vector.len() == 3)
    );
    until_first(&world, IN_OTHER_WORDS, "Felines").await;
}

#[tokio::test]
async fn a_model_that_fails_or_is_late_is_told_and_words_find_what_they_find() {
    let models = Models::start(Mode::Fails).await;
    let world = world(&models.spec()).await;
    let home = TempDir::new().unwrap();
    add_house(&world, home.path()).await;
    let error = until_error(&world).await;
    assert!(error.contains("no memory left"), "{error}");
    assert_eq!(search(&world, "purr").await, json!(["Felines"]));
    // It is left alone for a while and then asked again.
    models.mode.send_replace(Mode::Answers);
    world.app.refresh_knowledge().await.unwrap();
    assert_eq!(models.texts.load(Ordering::Relaxed), 0);
    world.clock.advance(Duration::from_secs(31));
    world.app.refresh_knowledge().await.unwrap();
    until_first(&world, IN_OTHER_WORDS, "Felines").await;
    world
        .until_seen("an end of the work", async || {
            (embedder(&world).await["working"] == false).then_some(())
        })
        .await;
    assert_eq!(embedder(&world).await["error"], Value::Null);

    // The server unloads its model and takes its time to load it again.
    models.mode.send_replace(Mode::Hangs);
    assert_eq!(search(&world, "purr").await[0], "Felines");
    let late = "ollama/m did not answer within 500 ms; until it does, words alone are searched";
    assert_eq!(until_error(&world).await, late);
    assert_eq!(search(&world, IN_OTHER_WORDS).await, json!([]));
    models.mode.send_replace(Mode::Answers);
    until_first(&world, IN_OTHER_WORDS, "Felines").await;
    assert_eq!(embedder(&world).await["error"], Value::Null);
}

#[tokio::test]
async fn a_text_has_a_vector_for_each_of_its_passages_and_the_nearest_one_counts() {
    let models = Models::start(Mode::Answers).await;
    let world = world(&models.spec()).await;
    let home = TempDir::new().unwrap();
    let other = "Something else is told here at length. ".repeat(30);
    let text = format!(
        "# House\n\n## Rooms\n\n{}{other}\n\n## Roofs\n\n{other} A kitten, thunder, rain.\n",
        "A kitten sleeps, kittens purr. ".repeat(8)
    );
    std::fs::write(home.path().join("rooms.md"), text).unwrap();
    add_house(&world, home.path()).await;
    // In the middle of its passages the section on rooms is about nothing.
    // "Felines" are found by that word already, rooms by vectors alone.
    world
        .until_seen("the vectors are searched", async || {
            (search(&world, "feline").await[1] == "Rooms").then_some(())
        })
        .await;
    assert_eq!(search(&world, "feline").await[0], "Felines");
    let kept = rows(&world).vectors("ollama/m", "", 100).await.unwrap();
    assert!(kept.iter().any(|(_, passages)| passages.len() > 2));
}

const TOPICS: usize = 40;

fn word(seed: usize) -> String {
    format!("term{}", number(seed) % 80)
}

/// Numbers that look random and are the same each time.
fn number(seed: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33) as usize
}

/// Near to each other what is about one topic; each word moves it a little.
fn topics(text: &Value) -> Value {
    let mut sum = [0.0_f32; 256];
    for word in text.as_str().unwrap().split_whitespace() {
        let (weight, seed) = match word.strip_prefix("topic") {
            Some(topic) => (4.0, topic.parse().unwrap_or(0)),
            None => (
                1.5,
                word.bytes()
                    .fold(7, |sum, byte| sum * 31 + usize::from(byte))
                    % 65_536
                    + 100,
            ),
        };
        for (at, sum) in sum.iter_mut().enumerate() {
            *sum += weight * ((number(seed * 256 + at) % 2_001) as f32 / 1_000.0 - 1.0);
        }
    }
    json!(sum.to_vec())
}

fn many_sections() -> String {
    (0..600).fold("# Many\n\n".to_owned(), |page, at| {
        let words: Vec<String> = (0..7).map(|each| word(at * 7 + each)).collect();
        page + &format!(
            "## Part {at}\n\ntopic{} {}\n\n",
            at % TOPICS,
            words.join(" ")
        )
    })
}

#[tokio::test]
async fn a_database_that_looks_for_what_is_near_gives_the_ranks_of_memory() {
    let models = Models::start_with(topics, Mode::Answers).await;
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("many.md"), many_sections()).unwrap();
    let spec = models.spec();
    let mut ranks = Vec::new();
    for index_from in [200, 1_000_000] {
        let spec = spec.parse().unwrap();
        let world = World::builder()
            .on_postgres()
            .without_background()
            .index_from(index_from)
            .settings(|settings| settings.embedder = spec)
            .build()
            .await;
        if !world.is_on_postgres() {
            println!(
                "skipped: only PostgreSQL looks for what is near, and PROXMOX_AI_TEST_POSTGRES names none"
            );
            return;
        }
        add_house(&world, home.path()).await;
        world
            .until_seen("every text has its vectors", async || {
                let counted = rows(&world).count_without_vector("ollama/m").await.unwrap();
                (counted.0 >= 600 && counted.1 == 0).then_some(())
            })
            .await;
        let by_index = rows(&world)
            .is_searched_by_index("ollama/m", 600)
            .await
            .unwrap();
        assert_eq!(by_index, index_from == 200);
        // A process that finds all of it there.
        let world_of_later = world.open(app::Role::Command).await;
        let mut of_questions = Vec::new();
        for question in 0..60 {
            let (topic, word) = (number(question) % TOPICS, word(question * 3));
            let input = json!({ "question": format!("{word} topic{topic}") });
            let found = world_of_later
                .registry
                .query(&World::admin(), "knowledge.search", input)
                .await
                .unwrap();
            let places: Vec<Value> = found["results"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["title"].clone())
                .collect();
            of_questions.push(places);
        }
        ranks.push(of_questions);
    }
    // Vectors are kept in eight bits here and in sixteen there: what is equally near may change places.
    let (mut first, mut shared) = (0, 0);
    for (by_index, in_memory) in ranks[0].iter().zip(&ranks[1]) {
        first += usize::from(by_index[0] == in_memory[0]);
        let five = in_memory[..5].iter();
        shared += five.filter(|place| by_index[..5].contains(place)).count();
    }
    assert!(
        first >= 58 && shared >= 291,
        "{first} of 60, {shared} of 300"
    );
}

#[tokio::test]
async fn the_model_in_the_program_needs_no_server_and_keeps_nothing() {
    let world = world("builtin").await;
    let home = TempDir::new().unwrap();
    add_house(&world, home.path()).await;
    assert_eq!(search(&world, "lightning").await[0], "Storms");
    assert_eq!(rows(&world).vector_models().await.unwrap(), [""; 0]);
    assert_eq!(
        embedder(&world).await,
        json!({ "name": "builtin", "texts": null, "without_vector": null, "working": false, "error": null })
    );
}
