//! "every night at 02:30": times that come again, as calendar events of PVE.

use crate::interpret::cursor::Cursor;
use crate::interpret::doubt::{Doubt, Reading};
use crate::interpret::lexer::TokenKind;

/// Weekdays in their order, as PVE calls them.
const WEEKDAYS: &[(&str, &[&str])] = &[
    ("mon", &["monday", "mondays", "mon"]),
    ("tue", &["tuesday", "tuesdays", "tue"]),
    ("wed", &["wednesday", "wednesdays", "wed"]),
    ("thu", &["thursday", "thursdays", "thu"]),
    ("fri", &["friday", "fridays", "fri"]),
    ("sat", &["saturday", "saturdays", "sat"]),
    ("sun", &["sunday", "sundays", "sun"]),
];

/// Which days are meant, and whether a time of the day still has to be said.
enum Days {
    /// Every day, or the days named.
    At(Option<String>),
    /// Complete: `hourly`, `*:0/15`.
    Whole(String),
}

/// Whether a time that comes again could begin here.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    let mut probe = cursor.clone();
    matches!(event(&mut probe), Ok(Some(_)) | Err(Doubt::Ask { .. }))
}

/// The event that begins here; nothing when none does.
pub(super) fn event(cursor: &mut Cursor<'_>) -> Reading<Option<String>> {
    let start = cursor.at;
    // "at 02:30 every night"
    let early = take_time(cursor)?;
    let Some(days) = days(cursor)? else {
        cursor.at = start;
        return Ok(None);
    };
    match days {
        Days::Whole(_) if early.is_some() => Err(Doubt::no(
            "A time of the day and a row of minutes or hours do not go together",
        )),
        Days::Whole(event) => Ok(Some(event)),
        Days::At(days) => {
            let time = match early {
                Some(time) => Some(time),
                None => take_time(cursor)?,
            };
            let Some(time) = time else {
                return Err(Doubt::ask(
                    "At what time? Add for example \"at 02:30\".",
                    Vec::new(),
                ));
            };
            Ok(Some(match days {
                None => time,
                Some(days) => format!("{days} {time}"),
            }))
        }
    }
}

fn days(cursor: &mut Cursor<'_>) -> Reading<Option<Days>> {
    if let Some(token) = cursor
        .token()
        .filter(|token| token.kind == TokenKind::Quoted)
        && cursor.at > 0
        && cursor
            .tokens
            .get(cursor.at - 1)
            .is_some_and(|before| matches!(before.text.as_str(), "at" | "on"))
    {
        // PVE's own words, in quotes; the operation says whether they are an event.
        cursor.at += 1;
        return Ok(Some(Days::Whole(token.raw.clone())));
    }
    if cursor
        .take_any(&["hourly", "every hour", "each hour"])
        .is_some()
    {
        return Ok(Some(Days::Whole("hourly".to_owned())));
    }
    if cursor
        .take_any(&[
            "daily",
            "nightly",
            "every day",
            "each day",
            "every night",
            "each night",
            "every morning",
            "every evening",
        ])
        .is_some()
    {
        return Ok(Some(Days::At(None)));
    }
    if cursor
        .take_any(&["every weekday", "each weekday", "on weekdays", "weekdays"])
        .is_some()
    {
        return Ok(Some(Days::At(Some("mon..fri".to_owned()))));
    }
    if cursor
        .take_any(&["every weekend", "on weekends", "at weekends", "weekends"])
        .is_some()
    {
        return Ok(Some(Days::At(Some("sat,sun".to_owned()))));
    }
    let here = cursor.at;
    let each = cursor.take_any(&["every", "each"]).is_some();
    if !each && !cursor.take("on") {
        return Ok(None);
    }
    if each && let Some(event) = interval(cursor)? {
        return Ok(Some(Days::Whole(event)));
    }
    let plural = cursor.word().ends_with("days");
    let mut named = Vec::new();
    while let Some(day) = weekday(cursor.word()) {
        cursor.at += 1;
        named.push(day);
        let link = cursor.at;
        let comma = cursor.take(",");
        if !(cursor.take("and") || comma) || weekday(cursor.word()).is_none() {
            cursor.at = link;
            break;
        }
    }
    // "on monday" is one day, "on mondays" is every one of them.
    if named.is_empty() || (!each && !plural) {
        cursor.at = here;
        return Ok(None);
    }
    Ok(Some(Days::At(Some(named.join(",")))))
}

fn weekday(word: &str) -> Option<&'static str> {
    WEEKDAYS
        .iter()
        .find(|(_, words)| words.contains(&word))
        .map(|(day, _)| *day)
}

/// "15 minutes", "2 hours" behind "every".
fn interval(cursor: &mut Cursor<'_>) -> Reading<Option<String>> {
    let Ok(number) = cursor.word().parse::<u32>() else {
        return Ok(None);
    };
    let (within, event) = match cursor.word_at(1) {
        "minute" | "minutes" => (60, format!("*:0/{number}")),
        "hour" | "hours" => (24, format!("0/{number}:00")),
        _ => return Ok(None),
    };
    if number == 0 || within % number != 0 || number == within {
        return Err(Doubt::no(format!(
            "\"Every {number} {}\" does not come out even; say a number that divides {within}",
            cursor.word_at(1)
        )));
    }
    cursor.at += 2;
    Ok(Some(event))
}

/// "at 02:30", "at 3am", "at 3:15 pm", "at midnight".
fn take_time(cursor: &mut Cursor<'_>) -> Reading<Option<String>> {
    let here = cursor.at;
    let said = cursor.take("at");
    if said && cursor.take("midnight") {
        return Ok(Some("00:00".to_owned()));
    }
    if said && cursor.take("noon") {
        return Ok(Some("12:00".to_owned()));
    }
    let word = cursor.word();
    let (clock, glued) = match word.strip_suffix("am") {
        Some(clock) => (clock, "am"),
        None => match word.strip_suffix("pm") {
            Some(clock) => (clock, "pm"),
            None => (word, ""),
        },
    };
    let half = if glued.is_empty() && matches!(cursor.word_at(1), "am" | "pm") {
        cursor.word_at(1)
    } else {
        glued
    };
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let number = |text: &str| {
        ((1..=2).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (Some(hour), Some(minute)) = (number(hour), number(minute)) else {
        cursor.at = here;
        return Ok(None);
    };
    // "at 3" says too little: a number alone is no time.
    if half.is_empty() && !clock.contains(':') {
        cursor.at = here;
        return Ok(None);
    }
    let hour = match half {
        "am" | "pm" if !(1..=12).contains(&hour) => None,
        "am" => Some(hour % 12),
        "pm" => Some(hour % 12 + 12),
        _ => Some(hour).filter(|hour| *hour < 24),
    };
    let Some(hour) = hour.filter(|_| minute < 60) else {
        return Err(Doubt::no("There is no such time of the day"));
    };
    cursor.at += 1 + usize::from(glued.is_empty() && !half.is_empty());
    Ok(Some(format!("{hour:02}:{minute:02}")))
}
