//! What a server asks of those who read it by themselves (RFC 9309).

/// A file larger than this is read up to here.
pub(super) const MOST_BYTES: u64 = 512 * 1024;
const US: &str = "proxmox-ai";

/// The rules that hold for us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Robots {
    /// Allowed or not, and the pattern.
    rules: Vec<(bool, String)>,
}

impl Robots {
    pub(super) fn parse(text: &str) -> Self {
        let mut ours: Option<Vec<(bool, String)>> = None;
        let mut anybodys: Vec<(bool, String)> = Vec::new();
        let mut agents: Vec<String> = Vec::new();
        let mut in_rules = false;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    if in_rules {
                        agents.clear();
                        in_rules = false;
                    }
                    let agent = value.to_ascii_lowercase();
                    if agent == US {
                        ours.get_or_insert_default();
                    }
                    agents.push(agent);
                }
                key @ ("allow" | "disallow") => {
                    in_rules = true;
                    if value.is_empty() {
                        continue;
                    }
                    let rule = (key == "allow", value.to_owned());
                    if agents.iter().any(|agent| agent == US) {
                        ours.get_or_insert_default().push(rule.clone());
                    }
                    if agents.iter().any(|agent| agent == "*") {
                        anybodys.push(rule);
                    }
                }
                _ => {}
            }
        }
        Self {
            rules: ours.unwrap_or(anybodys),
        }
    }

    /// The longest pattern that fits decides; of two of one length the one that allows.
    pub(super) fn allows(&self, path: &str) -> bool {
        self.rules
            .iter()
            .filter(|(_, pattern)| fits(pattern, path))
            .max_by_key(|(allowed, pattern)| (pattern.len(), *allowed))
            .is_none_or(|(allowed, _)| *allowed)
    }
}

/// `*` is anything, a `$` at the end is the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == parts.len();
        if last && whole {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    !whole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_rule_of_our_group_decides() {
        let robots = Robots::parse(
            "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /private # not this\nAllow: /private/docs\n\
             Disallow: /*.cgi$\nDisallow:\n",
        );
        for (path, want) in [
            ("/", true),
            ("/private", false),
            ("/private/x", false),
            ("/private/docs/a", true),
            ("/a/b.cgi", false),
            ("/a/b.cgi/c", true),
        ] {
            assert_eq!(robots.allows(path), want, "{path}");
        }
        let ours = Robots::parse(
            "User-agent: *\nUser-agent: x\nDisallow: /\nUser-agent: Proxmox-AI\nDisallow: /no\n",
        );
        assert!(ours.allows("/yes") && !ours.allows("/no/x"));
        assert!(Robots::parse("<html>no robots here</html>").allows("/"));
    }

    proptest! {
        #[test]
        fn any_file_gives_an_answer_and_a_path_fits_itself(text in "(user-agent: \\*|disallow: |allow: |/[a-z*$]{0,5}|\n){0,40}", path in "/[a-z/.]{0,20}") {
            let _ = Robots::parse(&text).allows(&path);
            prop_assert!(fits(&path, &path));
            let whole = format!("{path}$");
            prop_assert!(fits(&whole, &path));
            prop_assert!(fits("/*", &path));
        }
    }
}
