//! A statement and its values, for either engine.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Encode, FromRow, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite, Type,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnection, PgRow},
    sqlite::{SqliteArguments, SqliteConnection, SqliteRow},
};

use super::{Kind, Pool, Tx, postgres};

/// A statement with the values of `$1`, `$2`, …
#[derive(Debug)]
pub(crate) struct Query {
    sql: SqlStr,
    values: Vec<Value>,
    /// Whether the connection remembers how it is carried out; not for statements of many shapes.
    often: bool,
    patience: Duration,
}

pub(crate) fn query(sql: &'static str) -> Query {
    Query {
        sql: sql.into_sql_str(),
        values: Vec::new(),
        often: true,
        patience: postgres::PATIENCE,
    }
}

/// What stands in a column. A missing value has a type, too: PostgreSQL asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// Where a statement is carried out.
#[derive(Debug)]
pub(crate) enum On<'a> {
    Pool(&'a Pool),
    Tx(&'a mut Tx),
}

/// What is read of a row: one value, or a tuple of several.
pub(crate) trait Row: Sized {
    fn of_sqlite(row: &SqliteRow) -> Result<Self, sqlx::Error>;
    fn of_postgres(row: &PgRow) -> Result<Self, sqlx::Error>;
}

impl Query {
    /// A statement that was put together. The caller vouches for each of its parts: values are bound.
    pub(crate) fn built(sql: String) -> Self {
        Self {
            sql: AssertSqlSafe(sql).into_sql_str(),
            values: Vec::new(),
            often: false,
            patience: postgres::PATIENCE,
        }
    }

    /// For what takes long because there is much.
    pub(crate) fn patiently(mut self) -> Self {
        self.patience = postgres::LONG_PATIENCE;
        self
    }

    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Carries the statement out and says how many rows it touched.
    pub(crate) async fn execute<'a>(self, on: impl Into<On<'a>>) -> Result<u64, sqlx::Error> {
        match on.into().connection().await? {
            Connection::Sqlite(mut link) => self
                .for_sqlite()?
                .execute(link.get())
                .await
                .map(|done| done.rows_affected()),
            Connection::Postgres(mut link) => {
                let patience = self.patience;
                Box::pin(postgres::timed(
                    patience,
                    self.for_postgres()?.execute(link.get()),
                ))
                .await
                .map(|done| done.rows_affected())
            }
        }
    }

    pub(crate) async fn all<'a, T: Row>(
        self,
        on: impl Into<On<'a>>,
    ) -> Result<Vec<T>, sqlx::Error> {
        match self.rows(on.into()).await? {
            Rows::Sqlite(rows) => rows.iter().map(T::of_sqlite).collect(),
            Rows::Postgres(rows) => rows.iter().map(T::of_postgres).collect(),
        }
    }

    /// The first row, if there is one; such statements ask for one row at most.
    pub(crate) async fn optional<'a, T: Row>(
        self,
        on: impl Into<On<'a>>,
    ) -> Result<Option<T>, sqlx::Error> {
        match self.rows(on.into()).await? {
            Rows::Sqlite(rows) => rows.first().map(T::of_sqlite).transpose(),
            Rows::Postgres(rows) => rows.first().map(T::of_postgres).transpose(),
        }
    }

    /// A row that must be there.
    pub(crate) async fn one<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<T, sqlx::Error> {
        self.optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Rows of columns that are known only now.
    pub(crate) async fn values<'a>(
        self,
        on: impl Into<On<'a>>,
        kinds: &[Kind],
    ) -> Result<Vec<Vec<Value>>, sqlx::Error> {
        match self.rows(on.into()).await? {
            Rows::Sqlite(rows) => rows.iter().map(|row| values(row, kinds)).collect(),
            Rows::Postgres(rows) => rows.iter().map(|row| values(row, kinds)).collect(),
        }
    }

    async fn rows(self, on: On<'_>) -> Result<Rows, sqlx::Error> {
        match on.connection().await? {
            Connection::Sqlite(mut link) => self
                .for_sqlite()?
                .fetch_all(link.get())
                .await
                .map(Rows::Sqlite),
            Connection::Postgres(mut link) => {
                let patience = self.patience;
                Box::pin(postgres::timed(
                    patience,
                    self.for_postgres()?.fetch_all(link.get()),
                ))
                .await
                .map(Rows::Postgres)
            }
        }
    }

    fn for_sqlite(
        self,
    ) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            value.add_to(&mut arguments)?;
        }
        Ok(sqlx::query_with(self.sql, arguments).persistent(self.often))
    }

    fn for_postgres(
        self,
    ) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>, sqlx::Error> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            value.add_to(&mut arguments)?;
        }
        Ok(sqlx::query_with(self.sql, arguments).persistent(self.often))
    }
}

enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Value {
    fn add_to<A>(self, arguments: &mut A) -> Result<(), sqlx::Error>
    where
        A: sqlx::Arguments,
        Option<String>: Encode<'static, A::Database> + Type<A::Database>,
        Option<i64>: Encode<'static, A::Database> + Type<A::Database>,
        Option<bool>: Encode<'static, A::Database> + Type<A::Database>,
        Option<Vec<u8>>: Encode<'static, A::Database> + Type<A::Database>,
    {
        match self {
            Self::Text(text) => arguments.add(text),
            Self::Integer(number) => arguments.add(number),
            Self::Boolean(flag) => arguments.add(flag),
            Self::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)
    }
}

fn values<R>(row: &R, kinds: &[Kind]) -> Result<Vec<Value>, sqlx::Error>
where
    R: sqlx::Row,
    usize: sqlx::ColumnIndex<R>,
    String: for<'r> sqlx::Decode<'r, R::Database> + Type<R::Database>,
    i64: for<'r> sqlx::Decode<'r, R::Database> + Type<R::Database>,
    bool: for<'r> sqlx::Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: for<'r> sqlx::Decode<'r, R::Database> + Type<R::Database>,
{
    kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| {
            Ok(match kind {
                Kind::Text => Value::Text(row.try_get(at)?),
                Kind::Integer => Value::Integer(row.try_get(at)?),
                Kind::Boolean => Value::Boolean(row.try_get(at)?),
                Kind::Bytes => Value::Bytes(row.try_get(at)?),
            })
        })
        .collect()
}

/// A connection, borrowed from a pool or from a transaction.
enum Connection<'a> {
    Sqlite(Link<PoolConnection<Sqlite>, &'a mut SqliteConnection>),
    Postgres(Link<PoolConnection<Postgres>, &'a mut PgConnection>),
}

enum Link<P, T> {
    Pooled(P),
    InTransaction(T),
}

impl Link<PoolConnection<Sqlite>, &mut SqliteConnection> {
    fn get(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::InTransaction(connection) => connection,
        }
    }
}

impl Link<PoolConnection<Postgres>, &mut PgConnection> {
    fn get(&mut self) -> &mut PgConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::InTransaction(connection) => connection,
        }
    }
}

impl<'a> On<'a> {
    async fn connection(self) -> Result<Connection<'a>, sqlx::Error> {
        Ok(match self {
            On::Pool(Pool::Sqlite(pool)) => Connection::Sqlite(Link::Pooled(pool.acquire().await?)),
            On::Pool(Pool::Postgres(pool)) => {
                Connection::Postgres(Link::Pooled(Box::pin(postgres::acquire(pool)).await?))
            }
            On::Tx(Tx::Sqlite(tx)) => Connection::Sqlite(Link::InTransaction(&mut **tx)),
            On::Tx(Tx::Postgres(tx)) => Connection::Postgres(Link::InTransaction(&mut **tx)),
        })
    }
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// PostgreSQL has no place for the character zero in text, so neither engine gets one: what comes from
/// outside (a broken page, the output of a task) is kept with a mark in its place.
fn without_zero(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(without_zero(text)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(without_zero))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.clone().into()
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map(str::to_owned).into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(Some(flag))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        bytes.clone().into()
    }
}

macro_rules! one_value {
    ($($kind:ty),*) => {$(
        impl Row for $kind {
            fn of_sqlite(row: &SqliteRow) -> Result<Self, sqlx::Error> {
                row.try_get(0)
            }

            fn of_postgres(row: &PgRow) -> Result<Self, sqlx::Error> {
                row.try_get(0)
            }
        }
    )*};
}

one_value!(String, i64, bool, Vec<u8>, Option<i64>);

macro_rules! tuples {
    ($(($($part:ident),+)),*) => {$(
        impl<$($part),+> Row for ($($part,)+)
        where
            Self: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
        {
            fn of_sqlite(row: &SqliteRow) -> Result<Self, sqlx::Error> {
                Self::from_row(row)
            }

            fn of_postgres(row: &PgRow) -> Result<Self, sqlx::Error> {
                Self::from_row(row)
            }
        }
    )*};
}

tuples!(
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, F),
    (A, B, C, D, E, F, G),
    (A, B, C, D, E, F, G, H),
    (A, B, C, D, E, F, G, H, I),
    (A, B, C, D, E, F, G, H, I, J),
    (A, B, C, D, E, F, G, H, I, J, K),
    (A, B, C, D, E, F, G, H, I, J, K, L),
    (A, B, C, D, E, F, G, H, I, J, K, L, M)
);
