//! Methods by words.

use crate::schema::Schema;
use crate::schema::model::ApiMethod;

/// How much a word tells about a method: the more, the nearer it stands to what the method is.
const SEGMENT: u32 = 8;
const IN_PATH: u32 = 4;
const IN_NAME: u32 = 3;
const IN_DESCRIPTION: u32 = 2;
const IN_PARAMETER: u32 = 1;

impl Schema {
    /// The methods in which all words occur: in the path, the name, the description or a
    /// parameter; `post`, `put`, `get` and `delete` also choose the method. The best come first;
    /// no words are all methods.
    pub fn search<W: AsRef<str>>(&self, words: impl IntoIterator<Item = W>) -> Vec<&ApiMethod> {
        let words: Vec<String> = words
            .into_iter()
            .flat_map(|words| {
                words
                    .as_ref()
                    .split_whitespace()
                    .map(str::to_lowercase)
                    .collect::<Vec<_>>()
            })
            .collect();
        let mut ranked: Vec<(u32, &ApiMethod)> = self
            .methods
            .iter()
            .filter_map(|method| Some((rank(method, &words)?, method)))
            .collect();
        // Shorter paths are the more general methods; the sort keeps the order of the rest.
        ranked.sort_by_key(|(rank, method)| (u32::MAX - rank, method.path.matches('/').count()));
        ranked.into_iter().map(|(_, method)| method).collect()
    }
}

fn rank(method: &ApiMethod, words: &[String]) -> Option<u32> {
    let path = method.path.to_lowercase();
    let name = method.name.to_lowercase();
    let description = method.description.to_lowercase();
    words.iter().try_fold(0, |sum, word| {
        let at = word.trim_end_matches('/');
        if method.method.as_str().eq_ignore_ascii_case(word)
            || path.split('/').any(|segment| segment == at)
        {
            Some(sum + SEGMENT)
        } else if path.contains(at) {
            Some(sum + IN_PATH)
        } else if name.contains(word.as_str()) {
            Some(sum + IN_NAME)
        } else if description.contains(word.as_str()) {
            Some(sum + IN_DESCRIPTION)
        } else if method.parameters.iter().any(|known| known.name == *word) {
            Some(sum + IN_PARAMETER)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_occur_and_the_nearest_come_first() {
        let schema = Schema::read(
            br#"[{"path":"/nodes/{node}/vzdump","info":{"POST":{"name":"vzdump","description":"Create backup."}}},
            {"path":"/cluster/backup","info":{"GET":{"name":"index","description":"List jobs."},
              "POST":{"name":"create_job","description":"Make a job.","parameters":{"properties":{"starttime":{}}}}}},
            {"path":"/cluster/backup-info","info":{"GET":{"name":"about"}}}]"#,
        )
        .unwrap();
        let found = |words: &str| -> Vec<String> {
            schema
                .search([words])
                .into_iter()
                .map(|method| format!("{} {}", method.method, method.path))
                .collect()
        };
        assert_eq!(
            found("backup"),
            [
                "GET /cluster/backup",
                "POST /cluster/backup",
                "GET /cluster/backup-info",
                "POST /nodes/{node}/vzdump"
            ]
        );
        assert_eq!(found("BACKUP post job"), ["POST /cluster/backup"]);
        assert_eq!(found("starttime"), ["POST /cluster/backup"]);
        assert_eq!(found("/cluster/backup-info"), ["GET /cluster/backup-info"]);
        assert_eq!(found("backup nothing"), [""; 0]);
        assert_eq!(found("").len(), 4);
    }
}
