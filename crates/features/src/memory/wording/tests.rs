//! What sentences forbid, in five languages, and what is not read.

use super::*;

fn read_as(text: &str) -> String {
    match read(text, Some("Wagon")) {
        Reading::Nothing => "nothing".to_owned(),
        Reading::Rule(found) => {
            format!(
                "{} @ {}",
                found.operations.join(" "),
                found.times.join(" | ")
            )
        }
        Reading::NoRule(why) => why.in_full(),
    }
}

const RESTART: &str = "guests.reboot guests.reset guests.shutdown guests.stop";
const STOP: &str = "guests.stop guests.shutdown";

#[test]
fn plain_prohibitions_are_read() {
    for (text, operations, times) in [
        ("never restart before 22:00", RESTART, "00:00-22:00"),
        ("never restart before 10 pm", RESTART, "00:00-22:00"),
        ("Wagon must never be rebooted.", RESTART, ""),
        ("restart it never", RESTART, ""),
        (
            "Do not restart it between 8:00 and 18:30 on weekdays!",
            RESTART,
            "mon..fri 08:00-18:30",
        ),
        ("On Saturdays and Sundays never stop wagon", STOP, "sat,sun"),
        (
            "Wagon is the payment server; never stop it after 6:00",
            STOP,
            "06:00-24:00",
        ),
        (
            "don't migrate wagon on weekends",
            "guests.migrate",
            "sat,sun",
        ),
        (
            "It is for the shop. It must not be deleted",
            "guests.delete",
            "",
        ),
        (
            "never restart it; never delete it",
            &format!("{RESTART} guests.delete"),
            "",
        ),
        (
            "never stop or restart it",
            "guests.stop guests.shutdown guests.reboot guests.reset",
            "",
        ),
        ("no restarts before 22:00", RESTART, "00:00-22:00"),
        ("restarts are forbidden on fridays", RESTART, "fri"),
    ] {
        assert_eq!(read_as(text), format!("{operations} @ {times}"), "{text}");
    }
}

#[test]
fn what_may_be_done_at_some_times_only_is_forbidden_at_all_others() {
    for (text, times) in [
        (
            "reboot only on sundays between 02:00 and 04:00",
            "mon..sat | sun 00:00-02:00 | sun 04:00-24:00",
        ),
        ("wagon may only be restarted after 22:00", "00:00-22:00"),
        ("Restarts only on weekends", "mon..fri"),
        ("Nur sonntags neu starten", "mon..sat"),
    ] {
        assert_eq!(read_as(text), format!("{RESTART} @ {times}"), "{text}");
    }
}

#[test]
fn prohibitions_are_read_in_five_languages() {
    for (text, operations, times) in [
        (
            "Bitte Wagon niemals vor 22 Uhr neu starten",
            RESTART,
            "00:00-22:00",
        ),
        (
            "Wagon darf zwischen 8 und 18 Uhr nicht neu gestartet werden",
            RESTART,
            "08:00-18:00",
        ),
        (
            "wagon werktags von 8:30 bis 18 Uhr nicht herunterfahren",
            STOP,
            "mon..fri 08:30-18:00",
        ),
        ("Keine Neustarts am Wochenende", RESTART, "sat,sun"),
        (
            "Ne jamais redémarrer wagon avant 22h",
            RESTART,
            "00:00-22:00",
        ),
        (
            "Wagon ne doit pas être arrêté de 8h30 à 18h en semaine",
            STOP,
            "mon..fri 08:30-18:00",
        ),
        ("N’arrêtez jamais wagon", STOP, ""),
        (
            "Nunca reiniciar wagon antes de las 22:00",
            RESTART,
            "00:00-22:00",
        ),
        (
            "No apagar wagon entre las 8 y las 18 los lunes",
            STOP,
            "mon 08:00-18:00",
        ),
        (
            "wagonは22時前に再起動しないでください",
            RESTART,
            "00:00-22:00",
        ),
        (
            "平日の８時から１８時半まではwagonを停止してはいけません。",
            STOP,
            "mon..fri 08:00-18:30",
        ),
        ("wagonの削除は禁止", "guests.delete", ""),
    ] {
        assert_eq!(read_as(text), format!("{operations} @ {times}"), "{text}");
    }
}

#[test]
fn what_restricts_and_is_no_rule_is_said_so_with_what_stands_in_the_way() {
    for (text, why) in [
        (
            "do not stop wagon during business hours",
            format!("{WORDS}: \"during business hours\""),
        ),
        ("never restart before lunch", format!("{WORDS}: \"lunch\"")),
        ("never restart quince", format!("{WORDS}: \"quince\"")),
        ("never restart before 25:00", format!("{WORDS}: \"25:00\"")),
        (
            "backups of the whole cluster must not be deleted",
            format!("{WORDS}: \"backups of the whole cluster must not be deleted\""),
        ),
        ("Restarts need Anna's approval", CONSENT.to_owned()),
        (
            "never restart it without the okay of Ben",
            CONSENT.to_owned(),
        ),
        ("Neustarts nur nach Freigabe durch Anna", CONSENT.to_owned()),
        (
            "Le redémarrage nécessite l'accord d'Anna",
            CONSENT.to_owned(),
        ),
        (
            "El reinicio requiere la aprobación de Ana",
            CONSENT.to_owned(),
        ),
        ("再起動にはアンナの承認が必要です", CONSENT.to_owned()),
        ("never restart before 22:00 after 23:00", WORDS.to_owned()),
        ("never restart and stop it", WORDS.to_owned()),
        ("do not restart only on mondays", WORDS.to_owned()),
        ("only restart it", NO_TIME.to_owned()),
        ("never update it", NO_OPERATION.to_owned()),
        (
            "never restart before 22:00; never stop it on fridays",
            SEVERAL.to_owned(),
        ),
        (
            "never restart before 22:00; never stop it while it rains",
            format!("{WORDS}: \"while it rains\""),
        ),
        ("Never restart it. Except on sundays.", EXCEPTION.to_owned()),
        (
            "nobody may stop it",
            format!("{WORDS}: \"nobody may stop it\""),
        ),
    ] {
        assert_eq!(read_as(text), why, "{text}");
    }
}

#[test]
fn what_forbids_nothing_forbids_nothing() {
    for text in [
        "wagon is the payment server",
        "we never agreed on a time",
        "wagon never restarts by itself",
        "wagon need not be restarted after an update",
        "Wagon muss nicht neu gestartet werden",
        "the wagon only holds backups",
        "der Wagen ist nicht rot",
        "I prefer short answers",
        "",
    ] {
        assert_eq!(read_as(text), "nothing", "{text}");
    }
}

#[test]
fn how_somebody_likes_things_is_told_from_a_note() {
    for (text, is) in [
        ("I prefer short answers", true),
        ("Ich bevorzuge kurze Antworten", true),
        ("Je préfère des réponses courtes", true),
        ("Prefiero respuestas cortas", true),
        ("短い回答が好きです", true),
        ("wagon is what I prefer", false),
        ("the shop prefers wagon", false),
        ("I preferred it before", false),
    ] {
        assert_eq!(is_a_preference(text), is, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic_and_what_is_read_can_be_a_rule(text in "\\PC{0,80}|((never|only|nicht|jamais|no|禁止|don't|restart|stop|neu starten|再起動|it|before|between|and|vor|[0-9]{1,2}:[0-9]{2}|[0-9]{1,2}( Uhr|h|時)|on weekdays|le lundi|;) ?){0,12}") {
        if let Reading::Rule(found) = read(&text, Some("wagon")) {
            proptest::prop_assert!(found.check().is_ok(), "{found:?}");
        }
    }
}
