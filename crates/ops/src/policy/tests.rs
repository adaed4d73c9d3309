//! The table of the policy, whole.

use jiff::tz::TimeZone;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A Wednesday, 12:00 UTC.
fn noon() -> Timestamp {
    at("2026-03-04T12:00:00Z")
}

fn facts(tags: &[&str]) -> TargetFacts {
    TargetFacts {
        known: true,
        cluster: "main".into(),
        node: "pve1".into(),
        id: Some(101),
        name: "web-02".into(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..TargetFacts::default()
    }
}

fn asked(target: Option<&TargetFacts>) -> Asked<'_> {
    Asked {
        op: "guests.reboot",
        risk: Risk::Disruptive,
        scope: Scope::Cluster,
        role: Role::Operator,
        surface: Surface::Web,
        target,
        along: &[],
    }
}

fn policy(text: &str) -> Policy {
    parse("policy.toml", text).unwrap()
}

fn freeze() -> Freeze {
    Freeze {
        id: "f_1".into(),
        reason: "storage incident".into(),
        by: "anna".into(),
        owner: None,
        at: noon(),
        until: None,
    }
}

#[test]
fn the_policy_table_is_exactly_this() {
    let policy = Policy::default();
    for risk in Risk::ALL {
        for role in Role::ALL {
            for surface in Surface::ALL {
                for scope in [Scope::Cluster, Scope::Product] {
                    let persons = [Surface::Cli, Surface::Web, Surface::Api].contains(&surface);
                    let want = match (risk, role, scope) {
                        (Risk::Read, _, _) => Decision::Pass,
                        (_, Role::Viewer, _) => Decision::Never,
                        (_, _, Scope::Product) if persons => Decision::Pass,
                        _ => Decision::Ask,
                    };
                    let asked = Asked {
                        risk,
                        scope,
                        role,
                        surface,
                        ..asked(None)
                    };
                    let ruling = decide(&policy, None, &asked, noon());
                    assert_eq!(
                        (
                            ruling.decision,
                            ruling.people,
                            ruling.rehearsal,
                            ruling.passes_by_rule()
                        ),
                        (want, 1, false, false),
                        "{asked:?}"
                    );
                }
            }
        }
    }
}

/// Every tier x role x surface x scope, against rules of every kind at once.
#[test]
fn the_table_under_a_written_policy_is_exactly_this() {
    let policy = policy(
        r#"
        [[rule]]
        name = "mcp reads"
        surfaces = "mcp"
        decision = "never"
        [[rule]]
        name = "two for what loses data"
        risks = "destructive"
        decision = "ask"
        people = 2
        rehearsal = true
        [[rule]]
        name = "chat starts"
        surfaces = ["chat", "schedule"]
        roles = "admin"
        decision = "pass"
        "#,
    );
    for risk in Risk::ALL {
        for role in Role::ALL {
            for surface in Surface::ALL {
                for scope in [Scope::Cluster, Scope::Product] {
                    let persons = [Surface::Cli, Surface::Web, Surface::Api].contains(&surface);
                    let passes = role == Role::Admin
                        && [Surface::Chat, Surface::Schedule].contains(&surface);
                    let want = match (risk, role) {
                        (Risk::Read, _) => (Decision::Pass, 1, false),
                        (_, Role::Viewer) => (Decision::Never, 1, false),
                        // What is forbidden stays so; the demands of other rules do not lift it.
                        (Risk::Destructive, _) if surface == Surface::Mcp => {
                            (Decision::Never, 2, true)
                        }
                        (_, _) if surface == Surface::Mcp => (Decision::Never, 1, false),
                        // A rule that passes does not reach what loses data unless it says so.
                        (Risk::Destructive, _) => (Decision::Ask, 2, true),
                        _ if passes => (Decision::Pass, 1, false),
                        _ if scope == Scope::Product && persons => (Decision::Pass, 1, false),
                        _ => (Decision::Ask, 1, false),
                    };
                    let asked = Asked {
                        risk,
                        scope,
                        role,
                        surface,
                        ..asked(None)
                    };
                    let ruling = decide(&policy, None, &asked, noon());
                    assert_eq!(
                        (ruling.decision, ruling.people, ruling.rehearsal),
                        want,
                        "{asked:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_freeze_makes_the_gate_say_no_everywhere_and_leaves_reading() {
    let policy = policy(
        "[[rule]]\nname = \"all\"\ndecision = \"pass\"\nsurfaces = [\"cli\", \"web\", \"api\", \"chat\", \"mcp\", \"schedule\"]",
    );
    for role in Role::ALL {
        for surface in Surface::ALL {
            for scope in [Scope::Cluster, Scope::Product] {
                for risk in Risk::ALL {
                    let asked = Asked {
                        risk,
                        scope,
                        role,
                        surface,
                        ..asked(None)
                    };
                    let want = if risk == Risk::Read {
                        Decision::Pass
                    } else {
                        Decision::Never
                    };
                    let ruling = decide(&policy, Some(&freeze()), &asked, noon());
                    assert_eq!(ruling.decision, want, "{asked:?}");
                }
            }
        }
    }
    let ruling = decide(&policy, Some(&freeze()), &asked(None), noon());
    assert_eq!(
        ruling.why,
        "all changes are frozen by anna: storage incident"
    );
}

#[test]
fn a_policy_that_cannot_be_read_is_a_no_to_every_change() {
    let broken = Policy {
        broken: Some("policy.toml: line 3: there is no key `persons`".into()),
        ..policy("[[rule]]\nname = \"all\"\ndecision = \"pass\"\nsurfaces = \"web\"")
    };
    for risk in Risk::ALL {
        for scope in [Scope::Cluster, Scope::Product] {
            let asked = Asked {
                risk,
                scope,
                ..asked(None)
            };
            let ruling = decide(&broken, None, &asked, noon());
            if risk == Risk::Read {
                assert_eq!(ruling.decision, Decision::Pass);
            } else {
                assert_eq!(
                    (ruling.decision, ruling.why.as_str()),
                    (
                        Decision::Never,
                        "policy.toml: line 3: there is no key `persons`"
                    )
                );
            }
        }
    }
}

#[test]
fn the_switch_itself_works_in_a_freeze_and_under_a_broken_policy_but_not_for_viewers() {
    let broken = Policy {
        broken: Some("no".into()),
        ..Policy::default()
    };
    for op in ["incident.freeze", "incident.thaw"] {
        let by = |role| Asked {
            op,
            risk: Risk::Reversible,
            scope: Scope::Product,
            role,
            ..asked(None)
        };
        let freeze = freeze();
        let decision = |role| decide(&broken, Some(&freeze), &by(role), noon()).decision;
        assert_eq!(decision(Role::Admin), Decision::Pass);
        assert_eq!(decision(Role::Operator), Decision::Pass);
        assert_eq!(decision(Role::Viewer), Decision::Never);
    }
}

const GUESTS: &str = r#"
[[rule]]
name = "production"
guests = "tag=prod"
decision = "ask"
people = 2
[[rule]]
name = "batch"
guests = "tag=batch"
surfaces = "web"
decision = "pass"
"#;

#[test]
fn rules_about_guests_look_at_what_is_known_of_the_target() {
    let policy = policy(GUESTS);
    let table = [
        (facts(&["prod"]), Decision::Ask, 2),
        (facts(&["batch"]), Decision::Pass, 1),
        // The strictest wins, whatever the order.
        (facts(&["batch", "prod"]), Decision::Ask, 2),
        (facts(&[]), Decision::Ask, 1),
        // A tag that the step itself gives counts where it takes rights, never where it gives them.
        (
            TargetFacts {
                new_tags: vec!["prod".into()],
                ..facts(&[])
            },
            Decision::Ask,
            2,
        ),
        (
            TargetFacts {
                new_tags: vec!["batch".into()],
                ..facts(&[])
            },
            Decision::Ask,
            1,
        ),
        // What is not there yet has no tags of which anybody else consented.
        (
            TargetFacts {
                known: false,
                ..facts(&["batch"])
            },
            Decision::Ask,
            1,
        ),
    ];
    for (facts, decision, people) in table {
        let ruling = decide(&policy, None, &asked(Some(&facts)), noon());
        assert_eq!(
            (ruling.decision, ruling.people),
            (decision, people),
            "{facts:?}"
        );
    }
    let batch = facts(&["batch"]);
    let product = Asked {
        scope: Scope::Product,
        surface: Surface::Chat,
        ..asked(Some(&batch))
    };
    assert_eq!(
        decide(&policy, None, &product, noon()).decision,
        Decision::Ask
    );
}

#[test]
fn times_are_those_of_the_zone_of_the_policy() {
    let mut policy =
        policy("[[rule]]\nname = \"day\"\ntimes = \"08:00-18:00\"\ndecision = \"never\"");
    let decision = |policy: &Policy, now| decide(policy, None, &asked(None), at(now)).decision;
    assert_eq!(decision(&policy, "2026-03-04T07:30:00Z"), Decision::Ask);
    assert_eq!(decision(&policy, "2026-03-04T08:30:00Z"), Decision::Never);
    policy.zone = TimeZone::get("Europe/Berlin").unwrap();
    assert_eq!(decision(&policy, "2026-03-04T07:30:00Z"), Decision::Never);
    assert_eq!(decision(&policy, "2026-03-04T17:30:00Z"), Decision::Ask);
}

#[test]
fn rulings_on_several_steps_are_the_strictest_with_all_demands() {
    let policy = policy(GUESTS);
    let (batch, prod) = (facts(&["batch"]), facts(&["prod"]));
    let one = decide(&policy, None, &asked(Some(&batch)), noon());
    let other = decide(&policy, None, &asked(Some(&prod)), noon());
    for ruling in [one.clone().and(other.clone()), other.clone().and(one)] {
        assert_eq!(ruling, other);
    }
}

#[test]
fn consent_counts_only_from_a_person_with_the_right_role() {
    let mut allowed = Vec::new();
    for surface in Surface::ALL {
        for role in Role::ALL {
            for risk in [Risk::Reversible, Risk::Disruptive, Risk::Destructive] {
                if may_consent(risk, &Actor::new("x", role, surface)).is_ok() {
                    allowed.push((surface, role, risk));
                }
            }
        }
    }
    let want: Vec<_> = [Surface::Cli, Surface::Web, Surface::Api]
        .into_iter()
        .flat_map(|surface| {
            [
                (surface, Role::Operator, Risk::Reversible),
                (surface, Role::Operator, Risk::Disruptive),
                (surface, Role::Admin, Risk::Reversible),
                (surface, Role::Admin, Risk::Disruptive),
                (surface, Role::Admin, Risk::Destructive),
            ]
        })
        .collect();
    assert_eq!(allowed, want);
}

#[test]
fn a_token_made_without_approval_rights_cannot_consent() {
    let mut actor = Actor::new("ci", Role::Admin, Surface::Api);
    actor.may_approve = false;
    assert!(may_consent(Risk::Reversible, &actor).is_err());
}

/// The road to a Yes is laid with rules, never with a guess: this crate cannot even name a model. The
/// table of `xtask tidy` forbids the edge; this looks at the manifest itself.
#[test]
fn no_model_is_on_the_path_of_a_decision() {
    let manifest = include_str!("../../Cargo.toml");
    let dependencies: Vec<&str> = manifest
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(dependencies.contains(&"serde_json"), "{dependencies:?}");
    for model in ["llm", "assistant", "reqwest", "features", "pve"] {
        assert!(!dependencies.contains(&model), "ops must not use {model}");
    }
}

#[test]
fn what_a_step_takes_along_makes_it_stricter_and_lets_nothing_pass() {
    let node = TargetFacts {
        known: false,
        node: "pve1".into(),
        cluster: "main".into(),
        name: "pve1".into(),
        ..TargetFacts::default()
    };
    let down = |tags: &[&str]| vec![(vec!["guests.shutdown".to_owned()], facts(tags))];
    let said = |policy: &Policy, along: &[(Vec<String>, TargetFacts)], surface| {
        let asked = Asked {
            op: "nodes.power",
            surface,
            along,
            ..asked(Some(&node))
        };
        decide(policy, None, &asked, noon())
    };
    let rule = |text: &str, decision: &str| {
        policy(&format!(
            "[[rule]]\nname = \"r\"\nsurfaces = [\"web\", \"schedule\"]\n{text}\ndecision = \"{decision}\""
        ))
    };
    let of_prod = rule(
        "operations = \"guests.shutdown\"\nguests = \"tag=prod\"",
        "never",
    );
    let refused = said(&of_prod, &down(&["prod"]), Surface::Web);
    assert_eq!(
        (refused.decision, refused.why.as_str()),
        (
            Decision::Never,
            "the rule `r` forbids it, because it takes web-02 (main/pve1/101) along"
        )
    );
    // The operation of the step itself, of a guest that it takes along.
    let of_power = rule("operations = \"nodes.*\"\nguests = \"tag=prod\"", "never");
    for (policy, along, decision) in [
        (&of_prod, down(&["batch"]), Decision::Ask),
        (&of_prod, Vec::new(), Decision::Ask),
        (&of_power, down(&["prod"]), Decision::Never),
        (
            &rule("operations = \"guests.reboot\"", "never"),
            down(&["prod"]),
            Decision::Ask,
        ),
        (
            &rule("operations = \"guests.shutdown\"", "pass"),
            down(&["prod"]),
            Decision::Ask,
        ),
        (
            &rule("guests = \"tag=prod\"", "pass"),
            down(&["prod"]),
            Decision::Ask,
        ),
        // What passes by its own operation is not asked for because no rule speaks of the guests.
        (
            &rule("operations = \"nodes.power\"", "pass"),
            down(&["batch"]),
            Decision::Pass,
        ),
    ] {
        let ruling = said(policy, &along, Surface::Schedule);
        assert_eq!(ruling.decision, decision, "{ruling:?}");
    }
    // A rule that asks wins over one that lets pass.
    let both = policy(
        "[[rule]]\nname = \"night\"\nsurfaces = \"schedule\"\noperations = \"nodes.power\"\ndecision = \"pass\"\n\
         [[rule]]\nname = \"prod\"\nguests = \"tag=prod\"\ndecision = \"ask\"\npeople = 2",
    );
    let ruling = said(&both, &down(&["prod"]), Surface::Schedule);
    assert_eq!((ruling.decision, ruling.people), (Decision::Ask, 2));
    assert_eq!(ruling.rules, ["prod"]);
}
