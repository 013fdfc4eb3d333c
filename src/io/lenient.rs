//! Small TOML files that people edit: a value that cannot be used is lost alone, with a sentence that names its
//! key and its line.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::open;
use crate::{
    error::{Error, Result, shortened, tidy},
    params::{ParamInfo, Params, TABLE},
};

/// Longest file, bytes.
pub const MAX_BYTES: u64 = 256 * 1024;

/// Reads a short text file.
///
/// # Errors
/// [`Error::Unreadable`], or [`Error::BadFile`] for one that is longer than [`MAX_BYTES`] or no UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    text_of(path, open::bytes(path, MAX_BYTES)?)
}

/// As [`read_text`], from bytes; `path` only names them in messages.
///
/// # Errors
/// [`Error::BadFile`].
pub fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::bad_file(path, "text", "UTF-8", "other bytes"))
}

/// Most sentences about one file; the last one then says that there were more.
const MAX_LOST: usize = 20;
/// Longest key that a sentence repeats.
const MAX_KEY: usize = 60;

/// A parsed text, and what had to be left out of it so far.
pub struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// A sentence for each value that was lost.
    pub lost: Vec<String>,
}

impl<'a> Reader<'a> {
    /// For the text of a file.
    pub fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text, lost: vec![] }
    }

    /// The whole text or nothing.
    ///
    /// # Errors
    /// [`Error::BadFile`] with the line where it stops being TOML.
    pub fn parse(&self) -> Result<DeTable<'a>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|e| self.broken(&e))
    }

    /// As much of the text as can be read; the rest is lost.
    pub fn parse_what_can_be_read(&mut self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let lost: Vec<String> = errors.iter().take(3).map(|e| self.broken(e).to_string()).collect();
        self.lost.extend(lost);
        table.into_inner()
    }

    /// The line of a byte, from 1 on.
    pub fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|b| *b == b'\n').count()
    }

    fn broken(&self, error: &toml::de::Error) -> Error {
        let line = self.line(error.span().map_or(0, |span| span.start));
        let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        Error::bad_file(self.path, format!("line {line}"), "TOML", what)
    }

    /// Notes that a value is lost.
    pub fn lose(&mut self, byte: usize, key: &str, why: &str) {
        match self.lost.len() {
            MAX_LOST.. => {}
            few if few + 1 == MAX_LOST => self.lost.push(format!("{}: more is left out", self.path.display())),
            _ => {
                let (line, key) = (self.line(byte), shortened(key, MAX_KEY));
                self.lost.push(format!("{}: line {line}: {key}: {}; it is left out", self.path.display(), tidy(why)));
            }
        }
    }

    /// Puts every value of a table that fits into the field of its name. `allowed` judges the whole after each.
    pub fn fill<T: Serialize + DeserializeOwned>(
        &mut self,
        into: &mut T,
        table: &DeTable<'_>,
        allowed: impl Fn(&T) -> std::result::Result<(), String>,
    ) {
        let Ok(Value::Object(mut map)) = serde_json::to_value(&*into) else { return };
        for (key, value) in table {
            let (name, place) = (key.get_ref().as_ref(), key.span().start);
            let Some(old) = map.get(name).cloned() else {
                self.lose(place, name, "expected a key that this version knows");
                continue;
            };
            map.insert(name.into(), json(value.get_ref()));
            let read = serde_json::from_value::<T>(Value::Object(map.clone())).map_err(|e| e.to_string());
            match read.and_then(|new| allowed(&new).map(|()| new)) {
                Ok(new) => *into = new,
                Err(why) => {
                    map.insert(name.into(), old);
                    self.lose(place, name, &why);
                }
            }
        }
    }

    /// The rows of the parameter table that a table names.
    pub fn parameters(&mut self, table: &DeTable<'_>) -> Vec<(&'static str, f64)> {
        let mut found = vec![];
        for (key, value) in table {
            let (name, place) = (key.get_ref().as_ref(), key.span().start);
            let Some(info) = ParamInfo::named(name) else {
                self.lose(place, name, "expected the name of a parameter");
                continue;
            };
            let is_word = |word: &str| info.of_word(word).is_some() || !info.choices.is_empty();
            let said = match json(value.get_ref()) {
                Value::String(word) if is_word(&word) || (info.auto_at_start() && word == "auto") => info.said(&word),
                Value::Number(x) if info.choices.is_empty() => {
                    let mut params = Params::default();
                    let set = params.set(info.name, x.as_f64().unwrap_or(f64::NAN));
                    set.map(|()| params.get(info.name).unwrap_or(f64::NAN))
                }
                other => Err(Error::invalid(info.name, info.said_range(), other)),
            };
            match said {
                Ok(x) => found.push((info.name, x)),
                Err(Error::Invalid { expected, found, .. }) => {
                    self.lose(place, name, &format!("expected {expected}, found {found}"));
                }
                Err(e) => self.lose(place, name, &e.to_string()),
            }
        }
        // As the table has them, whatever the order in the file.
        found.sort_by_key(|(name, _)| TABLE.iter().position(|info| info.name == *name));
        found
    }
}

/// Parameters in which `params` differs from any of `others`.
pub fn differing(params: &Params, others: &[&Params]) -> Vec<(&'static str, f64)> {
    let differs = |name: &str| others.iter().any(|other| other.get(name) != params.get(name));
    TABLE
        .iter()
        .filter(|info| differs(info.name))
        .filter_map(|info| Some((info.name, params.get(info.name)?)))
        .collect()
}

/// Puts parameters over others.
///
/// # Errors
/// [`Error::Invalid`] where one is out of range.
pub fn apply(list: &[(&'static str, f64)], params: &mut Params) -> Result<()> {
    list.iter().try_for_each(|(name, x)| params.set(name, *x))
}

/// Parameters as a TOML table: whole numbers, numbers, and the words of choices.
pub fn table(list: &[(&'static str, f64)]) -> toml::Table {
    let value = |name: &str, x: f64| match ParamInfo::named(name) {
        Some(info) if info.word(x).is_some() => info.word(x).unwrap_or_default().into(),
        Some(info) if info.integer => toml::Value::Integer(x as i64),
        _ => toml::Value::Float(x),
    };
    list.iter().map(|(name, x)| ((*name).to_owned(), value(name, *x))).collect()
}

/// A TOML value as the nearest JSON one. A date becomes its text, a number that JSON lacks null.
pub fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(x) => {
            i64::from_str_radix(&x.as_str().replace('_', ""), x.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(x) => x.as_str().replace('_', "").parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(x) => Value::Bool(*x),
        DeValue::Datetime(x) => Value::String(x.to_string()),
        DeValue::Array(list) => list.iter().map(|x| json(x.get_ref())).collect(),
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::AUTO;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Some3 {
        a: f64,
        b: bool,
        c: Option<String>,
    }

    #[test]
    fn a_bad_value_is_lost_alone_and_named_with_its_line() {
        let text = "a = 2\nb = \"yes\"\nd = 1\nc = \"x\"\n";
        let path = Path::new("f.toml");
        let mut reader = Reader::new(path, text);
        let table = reader.parse().unwrap();
        let mut it = Some3 { a: 1.0, b: true, c: None };
        reader.fill(&mut it, &table, |_| Ok(()));
        assert_eq!(it, Some3 { a: 2.0, b: true, c: Some("x".into()) });
        assert_eq!(reader.lost.len(), 2, "{:?}", reader.lost);
        assert!(reader.lost[0].starts_with("f.toml: line 2: b: ") && reader.lost[1].contains("line 3: d"));
    }

    #[test]
    fn parameters_are_checked_one_by_one() {
        let text = "nu = 1e-4\ndt = 9\nkernel = \"linear\"\nmagic = 1\nseed = 4294967295\nmdl = 1\nn = 100.5\n";
        let mut reader = Reader::new(Path::new("p"), text);
        let table = reader.parse().unwrap();
        let found = reader.parameters(&table);
        assert_eq!(found, [("nu", 1e-4), ("kernel", 1.0), ("seed", 4294967295.0)]);
        assert_eq!(reader.lost.len(), 4, "{:?}", reader.lost);
        let again = table_text(&found);
        assert!(again.contains("kernel = \"linear\"") && again.contains("seed = 4294967295"), "{again}");
    }

    #[test]
    fn a_step_may_be_left_to_the_start_of_a_run() {
        for (text, expected, lost) in
            [("dt = \"auto\"\n", vec![("dt", AUTO)], 0), ("dt = -1\nnu = \"auto\"", vec![], 2)]
        {
            let mut reader = Reader::new(Path::new("p"), text);
            let table = reader.parse().unwrap();
            assert_eq!((reader.parameters(&table), reader.lost.len()), (expected, lost), "{text}");
        }
        assert!(table_text(&[("dt", AUTO)]).contains("dt = \"auto\""));
    }

    fn table_text(list: &[(&'static str, f64)]) -> String {
        toml::to_string(&table(list)).unwrap()
    }
}
