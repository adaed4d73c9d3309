//! The grammar of calendar events, read from the left; what is left over tells what was wrong.

use jiff::civil::Weekday;

use crate::calendar::{CalendarError, Field, FieldItem};

/// The parts of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    pub weekdays: Weekdays,
    pub year: Field,
    pub month: Field,
    pub day: Field,
    pub hour: Field,
    pub minute: Field,
    pub second: Field,
    pub utc: bool,
}

/// A set of days, as bits with Monday first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Weekdays(u8);

impl Weekdays {
    fn insert(&mut self, day: Weekday) {
        self.0 |= 1 << day.to_monday_zero_offset();
    }

    pub(super) fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What was read, and the text behind it.
type Read<'a, T> = Option<(T, &'a str)>;

/// Reads a whole event.
pub(super) fn parse(text: &str) -> Result<Parts, CalendarError> {
    if text.is_empty() {
        return Err(CalendarError::Empty);
    }
    let (rest, utc) = match text.strip_suffix("UTC") {
        Some(rest) => (rest.trim_end(), true),
        None => (text, false),
    };
    let (mut parts, left) = match by_word(rest) {
        Some(parts) => (parts, ""),
        None => by_parts(rest)?,
    };
    if !left.is_empty() {
        return Err(CalendarError::LeftOver {
            at: left.to_owned(),
        });
    }
    parts.utc = utc;
    Ok(parts)
}

fn by_word(text: &str) -> Option<Parts> {
    let zero = || Field::one(0);
    let list = |values: &[u32]| Field {
        items: values.iter().copied().map(FieldItem::One).collect(),
    };
    let minutely = || Parts {
        second: zero(),
        ..Parts::default()
    };
    let hourly = || Parts {
        minute: zero(),
        ..minutely()
    };
    let daily = || Parts {
        hour: zero(),
        ..hourly()
    };
    let first_of = |months: &[u32]| Parts {
        month: list(months),
        day: Field::one(1),
        ..daily()
    };
    Some(match text {
        "minutely" => minutely(),
        "hourly" => hourly(),
        "daily" => daily(),
        "weekly" => {
            let mut weekly = daily();
            weekly.weekdays.insert(Weekday::Monday);
            weekly
        }
        "monthly" => first_of(&[]),
        "quarterly" => first_of(&[1, 4, 7, 10]),
        "semiannually" | "semi-annually" => first_of(&[1, 7]),
        "yearly" | "annually" => first_of(&[1]),
        _ => return None,
    })
}

fn by_parts(text: &str) -> Result<(Parts, &str), CalendarError> {
    let mut parts = Parts::default();
    let mut rest = text;
    let mut has_any = false;
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        (parts.weekdays, rest) = weekday_list(rest)?;
        rest = rest.trim_start_matches([' ', '\t']);
        has_any = true;
    }
    if let Some(([year, month, day], left)) = date(rest) {
        (parts.year, parts.month, parts.day) = (year, month, day);
        rest = left.trim_start_matches([' ', '\t']);
        has_any = true;
    }
    if let Some(([hour, minute, second], left)) = time(rest) {
        (parts.hour, parts.minute, parts.second) = (hour, minute, second);
        return Ok((parts, left));
    }
    if !has_any {
        return Err(CalendarError::Unexpected {
            at: rest.to_owned(),
            expected: "date or time specification",
        });
    }
    parts.hour = Field::one(0);
    parts.minute = Field::one(0);
    parts.second = Field::one(0);
    Ok((parts, rest))
}

/// A day by its short or full name; if it is none, the word itself.
fn weekday(text: &str) -> Result<(Weekday, &str), &str> {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let day = match word.to_ascii_lowercase().as_str() {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return Err(word),
    };
    Ok((day, rest))
}

/// `mon`, `mon..fri`, `sat..mon`, and lists of these. What does not fit any more is left.
fn weekday_list(text: &str) -> Result<(Weekdays, &str), CalendarError> {
    let mut days = Weekdays::default();
    let (first, mut rest) = weekday(text).map_err(|word| CalendarError::Unexpected {
        at: word.to_owned(),
        expected: "weekday",
    })?;
    rest = insert_range(&mut days, first, rest);
    while let Some(Ok((day, left))) = rest.strip_prefix(',').map(weekday) {
        rest = insert_range(&mut days, day, left);
    }
    Ok((days, rest))
}

/// Inserts a day, or the days from it to the one behind the dots; returns the rest.
fn insert_range<'a>(days: &mut Weekdays, first: Weekday, rest: &'a str) -> &'a str {
    days.insert(first);
    let Some(Ok((last, left))) = rest.strip_prefix("..").map(weekday) else {
        return rest;
    };
    let mut day = first;
    while day != last {
        day = day.next();
        days.insert(day);
    }
    left
}

/// `year-month-day` or `month-day`.
fn date(text: &str) -> Read<'_, [Field; 3]> {
    year_date(text).or_else(|| {
        let (month, rest) = field(text, 1, 13)?;
        let (day, rest) = field(rest.strip_prefix('-')?, 1, 32)?;
        Some(([Field::any(), month, day], rest))
    })
}

fn year_date(text: &str) -> Read<'_, [Field; 3]> {
    let (year, rest) = field(text, 0, 3000)?;
    let (month, rest) = field(rest.strip_prefix('-')?, 1, 13)?;
    let (day, rest) = field(rest.strip_prefix('-')?, 1, 32)?;
    Some(([year, month, day], rest))
}

/// `hour:minute:second`, `hour:minute`, or `minute` alone. An hour that is none is taken for a
/// minute.
fn time(text: &str) -> Read<'_, [Field; 3]> {
    let (hour, rest) = field(text, 0, 24)
        .and_then(|(hour, rest)| Some((hour, rest.strip_prefix(':')?)))
        .unwrap_or((Field::any(), text));
    let (minute, rest) = field(rest, 0, 60)?;
    let (second, rest) = rest
        .strip_prefix(':')
        .and_then(|rest| field(rest, 0, 60))
        .unwrap_or((Field::one(0), rest));
    Some(([hour, minute, second], rest))
}

/// `*`, `*/n` or a list of items. `least` is where `*/n` begins, `limit` the first number too
/// large.
fn field(text: &str, least: u32, limit: u32) -> Read<'_, Field> {
    if let Some(rest) = text.strip_prefix('*') {
        let Some(repeated) = rest.strip_prefix('/') else {
            return Some((Field::any(), rest));
        };
        let (step, behind) = number(repeated, limit)?;
        if step == 0 {
            return Some((Field::any(), rest));
        }
        let items = vec![FieldItem::Every(least, step)];
        return Some((Field { items }, behind));
    }
    let (first, mut rest) = item(text, limit)?;
    let mut items = vec![first];
    while let Some((next, left)) = rest.strip_prefix(',').and_then(|text| item(text, limit)) {
        items.push(next);
        rest = left;
    }
    Some((Field { items }, rest))
}

fn item(text: &str, limit: u32) -> Read<'_, FieldItem> {
    let (from, rest) = number(text, limit)?;
    let step_of = |rest| match <str>::strip_prefix(rest, '/') {
        Some(repeated) => number(repeated, limit).map(|(step, rest)| (Some(step), rest)),
        None => Some((None, rest)),
    };
    if let Some((to, rest)) = rest.strip_prefix("..").and_then(|rest| number(rest, limit)) {
        if from > to {
            return None;
        }
        let (step, rest) = step_of(rest)?;
        let item = match step {
            Some(step) => FieldItem::RangeEvery(from, to, step),
            None => FieldItem::Range(from, to),
        };
        return Some((item, rest));
    }
    let (step, rest) = step_of(rest)?;
    let item = match step {
        Some(step) => FieldItem::Every(from, step),
        None => FieldItem::One(from),
    };
    Some((item, rest))
}

fn number(text: &str, limit: u32) -> Read<'_, u32> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let value: u32 = digits.parse().ok()?;
    (value < limit).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_where_the_text_is_not_understood() {
        let refusal = |text| parse(text).unwrap_err().to_string();
        assert_eq!(
            refusal(""),
            "unable to parse calendar event - event is empty"
        );
        assert_eq!(
            refusal("last sun 02:00"),
            "unable to parse calendar event at 'last' - Context(\"weekday\")"
        );
        assert_eq!(
            refusal("0 3 * * *"),
            "unable to parse calendar event at ' 3 * * *' - Nom(Eof)"
        );
        assert_eq!(
            refusal("5,60"),
            "unable to parse calendar event at ',60' - Nom(Eof)"
        );
        assert_eq!(
            refusal("5..3"),
            "unable to parse calendar event at '5..3' - Context(\"date or time specification\")"
        );
        assert_eq!(
            refusal("mon,foo"),
            "unable to parse calendar event at ',foo' - Nom(Eof)"
        );
    }
}
