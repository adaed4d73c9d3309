//! What the product depends on, and how it is.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use llm::ChatModel;
use ops::{
    Actor, Call, Registry, Role, Surface,
    ports::{Dependency, Health, Readiness},
};
use serde_json::{Value, json};
use store::Store;

/// A probe that takes longer says "down".
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

/// [`Health`] of store, clusters and model.
pub struct ProductHealth {
    store: Store,
    registry: Registry,
    model: Option<Arc<dyn ChatModel>>,
}

impl ProductHealth {
    pub(crate) fn new(store: Store, registry: Registry, model: Option<Arc<dyn ChatModel>>) -> Self {
        Self {
            store,
            registry,
            model,
        }
    }

    async fn clusters(&self) -> Vec<Dependency> {
        let call = Call::new(Actor::new("health", Role::Viewer, Surface::Api));
        let answer = self.registry.query(&call, "clusters.list", json!({})).await;
        let rows = match &answer {
            Ok(answer) => answer
                .get("clusters")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            Err(error) => return vec![degraded("clusters", error.sentence())],
        };
        if rows.is_empty() {
            return vec![degraded("clusters", "no cluster is connected".to_owned())];
        }
        rows.iter()
            .map(|row| {
                let text = |field: &str| row.get(field).and_then(Value::as_str);
                let name = format!("cluster {}", text("id").unwrap_or_default());
                match text("state") {
                    Some("online") => Dependency {
                        name,
                        state: Readiness::Ready,
                        reason: None,
                    },
                    state => Dependency {
                        name,
                        // The product works without a cluster: it shows what it knew.
                        state: Readiness::Degraded,
                        reason: Some(text("error").or(state).unwrap_or("unknown").to_owned()),
                    },
                }
            })
            .collect()
    }
}

fn degraded(name: &str, reason: String) -> Dependency {
    Dependency {
        name: name.to_owned(),
        state: Readiness::Degraded,
        reason: Some(reason),
    }
}

#[async_trait]
impl Health for ProductHealth {
    async fn dependencies(&self) -> Vec<Dependency> {
        let mut dependencies = Vec::new();
        dependencies.push(
            match tokio::time::timeout(PROBE_PATIENCE, self.store.ping()).await {
                Ok(Ok(())) => Dependency {
                    name: "store".into(),
                    state: Readiness::Ready,
                    reason: None,
                },
                Ok(Err(error)) => Dependency {
                    name: "store".into(),
                    state: Readiness::Down,
                    reason: Some(error.to_string()),
                },
                Err(_) => Dependency {
                    name: "store".into(),
                    state: Readiness::Down,
                    reason: Some("it does not answer".into()),
                },
            },
        );
        match tokio::time::timeout(PROBE_PATIENCE, self.clusters()).await {
            Ok(clusters) => dependencies.extend(clusters),
            Err(_) => dependencies.push(degraded("clusters", "they are being asked".to_owned())),
        }
        if let Some(model) = &self.model {
            let name = format!("model {}", model.name());
            dependencies.push(
                match tokio::time::timeout(PROBE_PATIENCE, model.probe()).await {
                    Ok(Ok(_)) => Dependency {
                        name,
                        state: Readiness::Ready,
                        reason: None,
                    },
                    Ok(Err(error)) => degraded(&name, error.to_string()),
                    Err(_) => degraded(&name, "it does not answer".to_owned()),
                },
            );
        }
        dependencies
    }
}
