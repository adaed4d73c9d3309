//! The product under test: a store of its own in a folder that goes with it, the pages added as a source, every
//! question asked through the operations that people and their assistant use.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use app::{App, Role, Settings};
use assistant::AnsweredBy;
use async_trait::async_trait;
use llm::{ModelSpec, embed::EmbedderSpec};
use ops::{Acted, Actor, Call, Surface};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    knowledge::{Answered, Answers, Citation, Desk, Found, MOST_CITATIONS, Ranked, clipped},
};

const SOURCE: &str = "documentation";
/// Between two looks at vectors that a server makes in the background.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// In this time the product begins to make vectors of what it read.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);
/// An answer that takes longer is broken off; the assistant goes on without its model then.
const LONGEST_ANSWER: Duration = Duration::from_mins(5);

/// An opened product with one documentation.
pub struct Product {
    app: App,
    call: Call,
    sections: usize,
    notes: Vec<String>,
    /// Held until the store is closed.
    _data: TempDir,
}

#[derive(Deserialize)]
struct Searched {
    results: Vec<Passage>,
    answers: bool,
}

#[derive(Deserialize)]
struct Passage {
    page: String,
    section: String,
    score: f32,
}

#[derive(Deserialize)]
struct Asked {
    answer: Option<String>,
    citations: Vec<Quoted>,
}

#[derive(Deserialize)]
struct Quoted {
    page: String,
    quote: String,
}

#[derive(Deserialize)]
struct Sources {
    sources: Vec<Source>,
    embedder: Embedder,
}

#[derive(Deserialize)]
struct Source {
    id: String,
    sections: usize,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Embedder {
    name: String,
    without_vector: Option<u64>,
    working: bool,
    error: Option<String>,
}

impl Product {
    /// Reads and indexes a folder; when this returns, the first question is answered as fast as any other.
    pub async fn open(
        folder: &Path,
        embedder: EmbedderSpec,
        model: ModelSpec,
    ) -> Result<Self, Error> {
        Self::open_in(&std::env::temp_dir(), folder, embedder, model).await
    }

    /// The same with the store in a folder of its own below `place`, which is removed at the end.
    pub async fn open_in(
        place: &Path,
        folder: &Path,
        embedder: EmbedderSpec,
        model: ModelSpec,
    ) -> Result<Self, Error> {
        let folder = folder.canonicalize().map_err(|cause| Error::Folder {
            path: folder.to_owned(),
            cause,
        })?;
        let data = tempfile::Builder::new()
            .prefix("proxmox-ai-eval-")
            .tempdir_in(place)
            .map_err(Error::Place)?;
        let settings = Settings {
            embedder,
            model,
            knowledge_by_itself: false,
            ..Settings::default()
        };
        if let Some(model) = settings.model()? {
            // A model that is not there would leave every answer to the product without a word.
            model.probe().await?;
        }
        let app = App::open(data.path(), settings, Role::Command).await?;
        let mut product = Self {
            app,
            call: Call::new(Actor::new("eval", ops::Role::Admin, Surface::Cli)),
            sections: 0,
            notes: Vec::new(),
            _data: data,
        };
        match product.read(&folder).await {
            Ok(()) => Ok(product),
            Err(error) => {
                product.close().await;
                Err(error)
            }
        }
    }

    /// Ends what works in the background and removes the store.
    pub async fn close(self) {
        self.app.stop().await;
    }

    async fn read(&mut self, folder: &Path) -> Result<(), Error> {
        let place = folder.to_string_lossy();
        let input = json!({ "place": place, "id": SOURCE, "name": "Documentation" });
        let acted = self
            .app
            .registry
            .act(&self.call, "knowledge.add_source", input)
            .await?;
        if let Acted::Planned(plan) = acted {
            return Err(Error::Product(ops::Error::internal(format!(
                "reading {place} waits for an approval: {}",
                plan.summary
            ))));
        }
        let sources = self.vectors().await?;
        for source in sources.sources {
            if source.id == SOURCE {
                self.sections = source.sections;
                self.notes.extend(source.error);
            }
        }
        // The first question makes the library.
        self.find("documentation", 1).await.map(drop)?;
        let embedder = self.sources().await?.embedder;
        match embedder.error {
            Some(reason) => Err(Error::Embedder {
                embedder: embedder.name,
                reason,
            }),
            None => Ok(()),
        }
    }

    /// Waits until every text has its vector, where vectors are kept.
    async fn vectors(&self) -> Result<Sources, Error> {
        let mut idle_since = Instant::now();
        loop {
            let sources = self.sources().await?;
            let embedder = &sources.embedder;
            let reason = match (&embedder.error, embedder.without_vector) {
                (Some(reason), _) => reason.clone(),
                (None, None | Some(0)) => return Ok(sources),
                (None, Some(missing)) if idle_since.elapsed() > BEGINS_WITHIN => {
                    format!("{missing} texts have none, and nothing is done about it")
                }
                (None, Some(_)) => {
                    if embedder.working {
                        idle_since = Instant::now();
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
            };
            return Err(Error::Embedder {
                embedder: embedder.name.clone(),
                reason,
            });
        }
    }

    async fn sources(&self) -> Result<Sources, Error> {
        self.query("knowledge.sources", json!({})).await
    }

    async fn query<T: DeserializeOwned>(&self, op: &'static str, input: Value) -> Result<T, Error> {
        let answer = self.app.registry.query(&self.call, op, input).await?;
        serde_json::from_value(answer).map_err(|cause| Error::Shape { op, cause })
    }

    async fn extracted(&self, question: &str) -> Result<Answered, Error> {
        let asked: Asked = self
            .query("knowledge.ask", json!({ "question": question }))
            .await?;
        Ok(Answered {
            text: asked.answer.unwrap_or_default(),
            citations: asked
                .citations
                .into_iter()
                .map(|cited| Citation {
                    html: cited.page,
                    quote: cited.quote,
                })
                .collect(),
            by: AnsweredBy::Documentation,
        })
    }

    /// What somebody sees who asks the assistant. It goes on without its model when that fails or is late.
    async fn assisted(&self, question: &str) -> Result<Answered, Error> {
        let cancel = CancellationToken::new();
        let asking = self
            .app
            .assistant
            .ask(&self.call.actor, None, question, cancel.clone());
        tokio::pin!(asking);
        let turn = tokio::select! {
            turn = &mut asking => turn,
            () = tokio::time::sleep(LONGEST_ANSWER) => {
                cancel.cancel();
                asking.await
            }
        }?;
        Ok(Answered {
            text: clipped(turn.without_places()),
            citations: turn
                .citations
                .iter()
                .take(MOST_CITATIONS)
                .map(|cited| Citation {
                    html: cited.page.clone(),
                    quote: cited.quote.clone(),
                })
                .collect(),
            by: turn.answered_by,
        })
    }
}

#[async_trait]
impl Desk for Product {
    fn sections(&self) -> usize {
        self.sections
    }

    async fn find(&self, question: &str, most: usize) -> Result<Found, Error> {
        let input = json!({ "question": question, "limit": most });
        let searched: Searched = self.query("knowledge.search", input).await?;
        Ok(Found {
            ranked: searched.results.into_iter().map(ranked).collect(),
            abstained: !searched.answers,
        })
    }

    async fn answer(&self, question: &str, answers: Answers) -> Result<Option<Answered>, Error> {
        Ok(match answers {
            Answers::None => None,
            Answers::Extract => Some(self.extracted(question).await?),
            Answers::Assistant => Some(self.assisted(question).await?),
        })
    }

    async fn notes(&self) -> Result<Vec<String>, Error> {
        let mut notes = self.notes.clone();
        let embedder = self.sources().await?.embedder;
        notes.extend(
            embedder
                .error
                .map(|error| format!("vectors of questions: {error}")),
        );
        Ok(notes)
    }
}

fn ranked(passage: Passage) -> Ranked {
    let file = passage.page.split('#').next().unwrap_or_default();
    Ranked {
        file: file.to_owned(),
        html: passage.page,
        section: passage.section,
        score: passage.score,
    }
}
