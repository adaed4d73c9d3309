//! `cargo xtask new-operation guests.suspend action`: one new file in a slice, and its two words in the
//! slice's `mod.rs`. It begins as a copy of what stands in `crates/features/src/scaffold`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};

/// What a new operation begins as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Query,
    Action,
}

impl Kind {
    pub(crate) fn parse(word: &str) -> Result<Self> {
        match word {
            "query" => Ok(Self::Query),
            "action" => Ok(Self::Action),
            other => bail!("`{other}` is no kind of operation: say `query` or `action`"),
        }
    }

    /// File, type and operation in the scaffold, and the method that registers it.
    fn scaffold(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Query => ("look", "Look", "query"),
            Self::Action => ("change", "Change", "action"),
        }
    }
}

/// Writes the operation into the slices below `slices`; answers the paths that were touched.
pub(crate) fn write(slices: &Path, name: &str, kind: Kind) -> Result<[String; 2]> {
    let Some((noun, verb)) = name.split_once('.') else {
        bail!(
            "`{name}` is no name of an operation: it reads `noun.verb`, such as `guests.suspend`"
        );
    };
    for word in [noun, verb] {
        if word.is_empty() || !word.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            bail!("`{name}`: noun and verb are lower-case letters and `_`");
        }
    }
    let slice = slices.join(noun);
    let table = slice.join("mod.rs");
    let file = slice.join(format!("{verb}.rs"));
    if !table.is_file() {
        bail!(
            "there is no slice `{noun}`: make its folder with a mod.rs and a line in lib.rs first"
        );
    }
    if file.exists() {
        bail!("`{name}` exists already");
    }
    let (module, plain, method) = kind.scaffold();
    let from = slices.join("scaffold").join(format!("{module}.rs"));
    let type_name = type_name(verb);
    let text = fs::read_to_string(&from)
        .with_context(|| format!("cannot read {}", from.display()))?
        .replace(&format!("scaffold.{module}"), name)
        .replace(&format!("struct {plain};"), &format!("struct {type_name};"))
        .replace(&format!("for {plain} "), &format!("for {type_name} "))
        .replace(&format!("{plain}::NAME"), &format!("{type_name}::NAME"));
    let listed = fs::read_to_string(&table)?;
    let listed = with_module(&listed, verb).and_then(|text| {
        with_registration(
            &text,
            &format!("        .{method}::<{verb}::{type_name}>(ctx)"),
        )
    });
    let Some(listed) = listed else {
        bail!("{} does not end in a builder chain", table.display());
    };
    fs::write(&file, text)?;
    fs::write(&table, listed)?;
    Ok([file, table].map(|path| path.display().to_string()))
}

/// `move_disk` as a type: `MoveDisk`.
fn type_name(verb: &str) -> String {
    verb.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

/// The table of contents with one more module, in the order of the alphabet.
fn with_module(text: &str, verb: &str) -> Option<String> {
    let line = format!("mod {verb};");
    let lines: Vec<&str> = text.lines().collect();
    let modules: Vec<usize> = (0..lines.len())
        .filter(|at| lines.get(*at).is_some_and(|line| line.starts_with("mod ")))
        .collect();
    let at = modules
        .iter()
        .copied()
        .find(|at| lines.get(*at).is_some_and(|other| *other > line.as_str()))
        .or_else(|| modules.last().map(|last| last + 1))?;
    Some(inserted(&lines, at, &line))
}

/// One more link at the end of the chain that registers the slice.
fn with_registration(text: &str, link: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let last = lines
        .iter()
        .rposition(|line| line.trim_end().ends_with(">(ctx)"))?;
    Some(inserted(&lines, last + 1, link))
}

fn inserted(lines: &[&str], at: usize, line: &str) -> String {
    let (before, after) = lines.split_at(at.min(lines.len()));
    let mut text = [before, &[line], after].concat().join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    /// Copies the slices into a folder of the test.
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }

    #[test]
    fn a_new_operation_is_one_file_and_its_words_in_the_table_of_the_slice() {
        let slices = Workspace::load().unwrap().root.join("crates/features/src");
        let folder = std::env::temp_dir().join(format!("new-operation-{}", std::process::id()));
        copy(&slices, &folder);
        for (name, kind) in [
            ("snapshots.weigh", Kind::Query),
            ("snapshots.keep_longer", Kind::Action),
        ] {
            write(&folder, name, kind).unwrap();
        }
        let before = fs::read_to_string(slices.join("snapshots/mod.rs")).unwrap();
        let after = fs::read_to_string(folder.join("snapshots/mod.rs")).unwrap();
        let added: Vec<&str> = after
            .lines()
            .filter(|line| !before.contains(line))
            .collect();
        assert_eq!(
            added,
            [
                "mod keep_longer;",
                "mod weigh;",
                "        .query::<weigh::Weigh>(ctx)",
                "        .action::<keep_longer::KeepLonger>(ctx)"
            ]
        );
        assert_eq!(after.lines().count(), before.lines().count() + 4);
        for (file, name, declared) in [
            ("weigh", "snapshots.weigh", "impl Query for Weigh {"),
            (
                "keep_longer",
                "snapshots.keep_longer",
                "impl Action for KeepLonger {",
            ),
        ] {
            let text = fs::read_to_string(folder.join(format!("snapshots/{file}.rs"))).unwrap();
            assert!(
                text.contains(&format!("const NAME: &'static str = \"{name}\";")),
                "{text}"
            );
            assert!(text.contains(declared), "{text}");
            assert!(!text.contains("scaffold"), "{text}");
        }
        let refused = |name: &str| write(&folder, name, Kind::Query).unwrap_err().to_string();
        assert_eq!(
            refused("snapshots.weigh"),
            "`snapshots.weigh` exists already"
        );
        assert!(refused("snapshots").contains("`noun.verb`"));
        assert!(refused("nothing.here").contains("there is no slice `nothing`"));
        assert!(refused("Guests.X").contains("lower-case"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
