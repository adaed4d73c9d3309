//! What PostgreSQL alone has: addresses, passwords, rights, a server that goes away, an index.

use std::time::Duration;

use ops::{Code, ports::Ledger as _};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use store::{
    Database, Error, Knowledge, NewChunk, OpenOptions, PageRow, SourceRow, Store, TextVectors,
    VectorIndex,
};

use crate::{
    engines::{Home, Server},
    support::{clock, opened, plan, start},
};

async fn refusal(url: &str) -> Error {
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(clock()).database(Database::parse(url).unwrap());
    let error = Store::open(directory.path(), options).await.unwrap_err();
    assert!(!error.chain().contains("hush"), "{}", error.chain());
    error
}

async fn execute(url: &str, statement: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// `host:port` of a server, and its address for another user and database.
fn for_other(server: &Server, user: &str, database: &str) -> (String, String) {
    let (_, host) = server.base().rsplit_once('@').unwrap();
    (
        host.to_owned(),
        format!("postgres://{user}@{host}/{database}"),
    )
}

#[test]
fn an_address_that_is_none_of_postgres_is_refused_without_repeating_it() {
    for url in [
        "mysql://ann:hush@db/ai",
        "sqlite:x.db",
        "/tmp/x",
        "postgres://ann:hush@[::/x",
    ] {
        let error = Database::parse(url).unwrap_err();
        assert!(matches!(error, Error::Url), "{url}");
        assert!(!error.chain().contains("hush"), "{}", error.chain());
    }
    assert!(matches!(
        Database::parse("").unwrap(),
        Database::InDataDirectory
    ));
    let parsed = Database::parse("postgresql://ann:hush@db.example:6000/ai").unwrap();
    assert_eq!(
        format!("{parsed:?}"),
        "Postgres(PostgresUrl(Address(\"postgres://db.example:6000/ai\")))"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let error = refusal(&format!("postgres://ann:hush@{address}/ai")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot reach the database `postgres://{address}/ai`; check that PostgreSQL runs there \
             and lets this machine in, or correct `store.url`"
        )
    );
    assert_eq!(
        ops::Error::from(error).sentence(),
        "the store cannot be used; the log of proxmox-ai says why"
    );
}

#[tokio::test]
async fn a_wrong_password_a_wrong_database_and_missing_rights_have_their_own_sentences() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (role, database) = (format!("{}_user", server.database()), server.database());
    execute(
        &server.url(),
        &format!("CREATE ROLE {role} LOGIN PASSWORD 'hush'"),
    )
    .await;
    let (host, url) = for_other(&server, &format!("{role}:hush-not"), database);
    assert_eq!(
        refusal(&url).await.to_string(),
        format!(
            "the database `postgres://{host}/{database}` does not let the user `{role}` in; check \
             user and password in `store.url`"
        )
    );
    let (_, url) = for_other(&server, &format!("{role}:hush"), "no_such_database");
    assert_eq!(
        refusal(&url).await.to_string(),
        format!(
            "the server of `postgres://{host}/no_such_database` has no database \
             `no_such_database`; create it, or correct `store.url`"
        )
    );
    let (_, url) = for_other(&server, &format!("{role}:hush"), database);
    assert_eq!(
        refusal(&url).await.to_string(),
        format!(
            "the user `{role}` may not create tables in the database \
             `postgres://{host}/{database}`; let its owner say `GRANT CREATE ON SCHEMA public TO \
             {role}`, or open a database that can be written"
        )
    );
    execute(
        &server.url(),
        &format!("DROP OWNED BY {role}; DROP ROLE {role}"),
    )
    .await;
    server.drop().await;
}

#[tokio::test]
async fn whoever_waits_too_long_for_the_writers_lock_is_told_that_the_store_is_busy() {
    let Some(server) = Server::start().await else {
        return;
    };
    let store = Home::on(&server).open().await;
    opened(&store, "r1", None).await;
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::raw_sql(
        "BEGIN; SELECT pg_advisory_xact_lock(1886217569, hashtext(CAST(current_schema() AS TEXT)))",
    )
    .execute(&mut other)
    .await
    .unwrap();
    // Reading goes on.
    assert_eq!(store.runs(9).await.unwrap().len(), 1);
    let error = store.insert_plan(&plan("p1")).await.unwrap_err();
    assert_eq!(
        (error.code, error.sentence().as_str()),
        (
            Code::StoreUnavailable,
            "cannot store a plan: the store is busy; try again in a few seconds"
        )
    );
    other.close().await.unwrap();
    store.insert_plan(&plan("p1")).await.unwrap();
    store.close().await;
    server.drop().await;
}

#[tokio::test]
async fn connections_that_the_server_ended_are_made_again() {
    let Some(server) = Server::start().await else {
        return;
    };
    let store = Home::on(&server).open().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    execute(
        &format!("{}/postgres", server.base()),
        &format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            server.database()
        ),
    )
    .await;
    store.insert_plan(&plan("p2")).await.unwrap();
    assert_eq!(store.plans(None, 9).await.unwrap().len(), 2);
    store.close().await;
    server.drop().await;
}

#[tokio::test]
async fn stores_in_two_schemas_of_one_database_do_not_see_each_other() {
    let Some(server) = Server::start().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let mut stores = Vec::new();
    for schema in ["one", "two"] {
        execute(&server.url(), &format!("CREATE SCHEMA {schema}")).await;
        let url = format!("{}?options[search_path]={schema},public", server.url());
        let options = OpenOptions::new(clock()).database(Database::parse(&url).unwrap());
        stores.push(Store::open(directory.path(), options).await.unwrap());
    }
    stores[0].insert_plan(&plan("p1")).await.unwrap();
    assert_eq!(stores[1].plans(None, 9).await.unwrap(), []);
    for store in stores {
        store.close().await;
    }
    server.drop().await;
}

/// Both engines keep the same columns; on PostgreSQL text sorts by its bytes, as SQLite sorts it.
#[tokio::test]
async fn the_schemas_of_both_engines_are_the_same() {
    let Some(server) = Server::start().await else {
        return;
    };
    let files = Home::in_files();
    files.open().await.close().await;
    let store = Home::on(&server).open().await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let on_postgres: Vec<(String, String, String, bool)> = sqlx::query(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES', \
         coalesce(collation_name::text, '-') FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> 'schema_version' \
         ORDER BY table_name COLLATE \"C\", ordinal_position",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
    .iter()
    .map(|row| {
        let kind: String = row.get(2);
        let collation: String = row.get(4);
        assert_eq!(
            collation == "C",
            kind == "text",
            "{}",
            row.get::<String, _>(1)
        );
        (row.get(0), row.get(1), kind, row.get(3))
    })
    .collect();
    let on_sqlite: Vec<(String, String, String, bool)> = sqlx::query(
        "SELECT tables.name, columns.name, lower(columns.type), \
         columns.\"notnull\" = 0 AND columns.pk = 0 \
         FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' \
         AND tables.name <> 'schema_version' ORDER BY tables.name, columns.cid",
    )
    .fetch_all(&crate::support::raw(files.path()).await)
    .await
    .unwrap()
    .iter()
    .map(|row| {
        let kind: String = row.get(2);
        let kind = match kind.as_str() {
            "integer" => "bigint".to_owned(),
            "blob" => "bytea".to_owned(),
            _ => kind,
        };
        (row.get(0), row.get(1), kind, row.get(3))
    })
    .collect();
    assert_eq!(on_postgres, on_sqlite);
    connection.close().await.unwrap();
    store.close().await;
    server.drop().await;
}

const CHUNKS: usize = 120;

/// Unit vectors around a circle, one for each chunk; the even ones are of source `s0`.
fn vector(number: f32) -> Vec<f32> {
    let angle = number / CHUNKS as f32 * std::f32::consts::TAU;
    vec![angle.cos(), angle.sin(), 0.0]
}

async fn learn(knowledge: &Knowledge) {
    let text = |text: &str| text.to_owned();
    for at in 0..2 {
        let source = SourceRow {
            id: format!("s{at}"),
            kind: text("folder"),
            name: text("Runbooks"),
            place: text("/srv/runbooks"),
            product: text("own"),
            version: None,
            refresh: None,
            state: text("ready"),
            error: None,
            created_by: text("ann"),
            created_at: start(),
            tried_at: None,
            refreshed_at: None,
        };
        knowledge.put_source(&source).await.unwrap();
        let page = PageRow {
            source: format!("s{at}"),
            page: text("a.md"),
            hash: text("h"),
            title: text("A"),
            bytes: 9,
            fetched_at: start(),
        };
        let chunks: Vec<NewChunk> = (0..CHUNKS)
            .filter(|number| number % 2 == at)
            .map(|number| NewChunk {
                anchor: None,
                kind: text("text"),
                path: Vec::new(),
                text: format!("text {number}"),
                digest: format!("d{number}"),
            })
            .collect();
        knowledge.replace_page(&page, &chunks).await.unwrap();
    }
}

/// Each text has a second passage that points away from the circle, and one that points nowhere.
async fn put(knowledge: &Knowledge, numbers: std::ops::Range<usize>) {
    let vectors: Vec<TextVectors> = numbers
        .map(|number| {
            let passages = vec![
                vec![0.0, 0.0, 1.0],
                vector(number as f32),
                vec![0.0, 0.0, 0.0],
            ];
            (format!("d{number}"), passages)
        })
        .collect();
    knowledge.put_vectors("m", &vectors).await.unwrap();
}

/// Digests and cosines of the texts that are nearest, the nearest first, and of those that are named.
async fn near(
    knowledge: &Knowledge,
    to: f32,
    sources: &[&str],
    named: &[&str],
    most: u32,
) -> Vec<(String, f32)> {
    let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
    let mut found = knowledge
        .nearest("m", &vector(to), &sources, named, most)
        .await
        .unwrap()
        .unwrap();
    found.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    found
}

async fn nearest(knowledge: &Knowledge, to: f32, sources: &[&str], most: u32) -> Vec<String> {
    let found = near(knowledge, to, sources, &[], most).await;
    found.into_iter().map(|(digest, _)| digest).collect()
}

/// Whether a question has the database look for what is near, among so many texts.
async fn by_index(knowledge: &Knowledge, texts: usize) -> bool {
    knowledge.is_searched_by_index("m", texts).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_made_when_there_are_many_vectors_and_follows_them() {
    let Some(server) = Server::start().await else {
        return;
    };
    let home = Home::on(&server);
    let options = home.options(&clock()).index_from(100);
    let store = Store::open(home.path(), options).await.unwrap();
    let knowledge = store.knowledge();
    learn(&knowledge).await;
    put(&knowledge, 0..50).await;
    assert_eq!(
        knowledge
            .nearest("m", &vector(1.0), &[], &[], 3)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        knowledge.vector_index("m").await.unwrap(),
        VectorIndex::NotNeeded
    );
    assert!(!by_index(&knowledge, CHUNKS).await);
    put(&knowledge, 50..110).await;
    assert!(by_index(&knowledge, 100).await && !by_index(&knowledge, 99).await);
    assert_eq!(
        knowledge.vector_index("m").await.unwrap(),
        VectorIndex::Ready
    );
    assert_eq!(
        nearest(&knowledge, 20.25, &[], 3).await,
        ["d20", "d21", "d19"].map(str::to_owned)
    );
    assert_eq!(
        nearest(&knowledge, 20.25, &["s1"], 2).await,
        ["d21", "d19"].map(str::to_owned)
    );
    // What is named is told as well, however far it is; what has no vector is not.
    let told = near(&knowledge, 20.0, &[], &["d80", "d115"], 1).await;
    let digests: Vec<&str> = told.iter().map(|(digest, _)| digest.as_str()).collect();
    assert_eq!(digests, ["d20", "d80"]);
    let cosines: Vec<f32> = told.iter().map(|(_, cosine)| *cosine).collect();
    // Of two passages the nearer one counts.
    assert!((cosines[0] - 1.0).abs() < 1e-3 && cosines[1].abs() < 1e-3);
    // Embedded again, with fewer passages.
    let again = [("d20".to_owned(), vec![vector(80.0)])];
    knowledge.put_vectors("m", &again).await.unwrap();
    assert_eq!(nearest(&knowledge, 20.25, &[], 1).await, ["d21"]);
    put(&knowledge, 20..21).await;
    // Written later: the index follows.
    put(&knowledge, 110..CHUNKS).await;
    // What is less than half of all is compared in memory.
    let others: Vec<TextVectors> = (0..100)
        .map(|number| (format!("other{number}"), vec![vec![0.0, 0.0, -1.0]]))
        .collect();
    knowledge.put_vectors("m", &others).await.unwrap();
    assert!(by_index(&knowledge, 110).await && !by_index(&knowledge, 109).await);
    assert_eq!(nearest(&knowledge, 115.25, &[], 1).await, ["d115"]);
    // Deleted: the index forgets.
    knowledge
        .remove_pages("s0", &["a.md".to_owned()])
        .await
        .unwrap();
    assert_eq!(
        nearest(&knowledge, 20.25, &["s0"], 9).await,
        Vec::<String>::new()
    );
    // Another model may have another dimension under the same name.
    knowledge.forget_vectors("m").await.unwrap();
    assert_eq!(
        knowledge
            .nearest("m", &vector(1.0), &[], &[], 3)
            .await
            .unwrap(),
        None
    );
    knowledge
        .put_vectors("m", &[("d1".to_owned(), vec![vec![1.0, 0.0]])])
        .await
        .unwrap();
    store.close().await;
    server.drop().await;
}

#[tokio::test]
async fn without_the_extension_all_works_and_the_index_says_what_is_missing() {
    let Some(server) = Server::start().await else {
        return;
    };
    // Only a superuser may create the extension.
    let role = format!("{}_owner", server.database());
    execute(
        &server.url(),
        &format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'hush'; GRANT CREATE ON SCHEMA public TO {role}"
        ),
    )
    .await;
    let (_, url) = for_other(&server, &format!("{role}:hush"), server.database());
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(clock())
        .database(Database::parse(&url).unwrap())
        .index_from(100);
    let store = Store::open(directory.path(), options).await.unwrap();
    let knowledge = store.knowledge();
    learn(&knowledge).await;
    put(&knowledge, 0..CHUNKS).await;
    assert_eq!(
        knowledge.vectors("m", "", 1_000).await.unwrap().len(),
        CHUNKS
    );
    assert_eq!(
        knowledge
            .nearest("m", &vector(1.0), &[], &[], 3)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        knowledge.vector_index("m").await.unwrap(),
        VectorIndex::Missing(
            "PostgreSQL has no extension `vector` here, so vectors are compared in memory; install \
             pgvector and let a superuser say `CREATE EXTENSION vector` in the database"
                .to_owned()
        )
    );
    execute(&server.url(), "CREATE EXTENSION vector").await;
    put(&knowledge, 0..1).await;
    assert_eq!(
        knowledge.vector_index("m").await.unwrap(),
        VectorIndex::Ready
    );
    store.close().await;
    execute(
        &server.url(),
        &format!("DROP OWNED BY {role}; DROP ROLE {role}"),
    )
    .await;
    server.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_may_open_an_empty_database_together() {
    let Some(server) = Server::start().await else {
        return;
    };
    let home = std::sync::Arc::new(Home::on(&server));
    let mut opening = tokio::task::JoinSet::new();
    for number in 0..6 {
        let home = home.clone();
        opening.spawn(async move {
            let store = home.open().await;
            store
                .insert_plan(&plan(&format!("p{number}")))
                .await
                .unwrap();
            store
                .secrets()
                .put(&format!("s{number}"), &"x".into())
                .await
                .unwrap();
            store.close().await;
        });
    }
    while let Some(ended) = opening.join_next().await {
        ended.unwrap();
    }
    let store = home.open().await;
    assert_eq!(store.plans(None, 100).await.unwrap().len(), 6);
    assert_eq!(store.secrets().list_names().await.unwrap().len(), 6);
    tokio::time::timeout(Duration::from_secs(30), store.close())
        .await
        .unwrap();
    server.drop().await;
}
