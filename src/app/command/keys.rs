//! Which command a key press means, on any keyboard.
//!
//! What is printed on a key holds: first the mark that a press types, then the key's place. Marks and digits need Shift on
//! some layouts and not on others (`.` and the digits on a French one), so that Shift does not count for them, unless
//! the mark stands on its own key and a command asks for Shift; it counts for letters. Where a press types a mark that no
//! command has and the key is in the row of digits, it is that digit (`'` on the 4 of a French keyboard). Keys of
//! scripts without Latin letters come with their place instead of a mark: `egui` sees to that.

use egui::{Key, Modifiers};

use super::{Command, Shortcut, TABLE};

/// A key press as `egui` reports it.
#[derive(Clone, Copy, Debug)]
pub struct Press {
    /// What it types, or the key's name on an American keyboard where that is none that `egui` knows.
    pub key: Key,
    /// The key's name on an American keyboard.
    pub physical: Option<Key>,
    /// What is held down with it.
    pub modifiers: Modifiers,
}

/// Keys that are held down, by their places: what a key types may be another mark when it is let go, where Shift was let
/// go before it, so that marks do not say which press is the first one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held(Vec<Key>);

impl Held {
    /// Takes in that a key went down or up; whether it went down and is not repeated.
    pub fn first(&mut self, press: &Press, pressed: bool) -> bool {
        let place = press.physical.unwrap_or(press.key);
        let held = self.0.contains(&place);
        self.0.retain(|key| *key != place);
        if pressed {
            self.0.push(place);
        }
        pressed && !held
    }

    /// The keyboard went elsewhere: nobody says when keys are let go.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

const DIGITS: [Key; 10] =
    [Key::Num0, Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// Whether a key is a mark or a digit, which some layouts type with Shift.
fn is_mark(key: Key) -> bool {
    use Key::{
        Backslash, Backtick, CloseBracket, CloseCurlyBracket, Colon, Comma, Equals, Exclamationmark, Minus,
        OpenBracket, OpenCurlyBracket, Period, Pipe, Plus, Questionmark, Quote, Semicolon, Slash,
    };
    let signs = matches!(key, Colon | Comma | Equals | Exclamationmark | Minus | Period | Plus | Questionmark);
    let brackets = matches!(key, OpenBracket | CloseBracket | OpenCurlyBracket | CloseCurlyBracket);
    let strokes = matches!(key, Backslash | Backtick | Pipe | Quote | Semicolon | Slash);
    signs || brackets || strokes || DIGITS.contains(&key)
}

impl Press {
    /// Whether Ctrl (Command on a Mac) is held; AltGr, which some systems report as Ctrl and Alt, is part of a mark.
    fn ctrl(&self) -> bool {
        self.modifiers.command && !self.modifiers.alt
    }

    fn alone(&self) -> bool {
        !self.modifiers.alt || (self.modifiers.ctrl && is_mark(self.key))
    }

    fn is(&self, shortcut: &Shortcut) -> bool {
        let own_key = !is_mark(self.key) || self.physical.is_none_or(|key| key == self.key);
        let shift = self.modifiers.shift == shortcut.shift && (own_key || !shortcut.shift);
        self.key == shortcut.key && shift && self.ctrl() == shortcut.ctrl && self.alone()
    }

    fn types(&self, shortcut: &Shortcut) -> bool {
        is_mark(self.key) && !shortcut.shift && Self { modifiers: self.modifiers_but_shift(), ..*self }.is(shortcut)
    }

    fn modifiers_but_shift(&self) -> Modifiers {
        Modifiers { shift: false, ..self.modifiers }
    }

    /// The same on the digit of its key.
    fn digit(&self) -> Option<Self> {
        let key = self.physical.filter(|key| DIGITS.contains(key) && !self.modifiers.shift)?;
        Some(Self { key, ..*self })
    }

    /// The command that is meant; Space is left to the canvas, where a drag with it pans.
    pub fn command(&self) -> Option<Command> {
        let of = |fits: &dyn Fn(&Shortcut) -> bool| {
            let row = TABLE.iter().find(|row| row.keys.iter().any(|key| key.key != Key::Space && fits(key)));
            row.map(|row| row.command)
        };
        let digit = || self.digit().and_then(|press| of(&|key| press.is(key)));
        of(&|key| self.is(key)).or_else(|| of(&|key| self.types(key))).or_else(digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the keys type, without Shift and with it, row by row from the key left of 1 on. Dead keys type nothing.
    struct Layout {
        name: &'static str,
        rows: [[&'static str; 2]; 4],
        /// What AltGr types: the key without it, and the mark.
        third: &'static [(char, char)],
    }

    const KEYS: [&str; 4] = ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "zxcvbnm,./"];

    const LAYOUTS: [Layout; 5] = [
        Layout {
            name: "us",
            rows: [
                ["`1234567890-=", "~!@#$%^&*()_+"],
                ["qwertyuiop[]", "QWERTYUIOP{}"],
                ["asdfghjkl;'\\", "ASDFGHJKL:\"|"],
                ["zxcvbnm,./", "ZXCVBNM<>?"],
            ],
            third: &[],
        },
        Layout {
            name: "de",
            rows: [
                ["†1234567890ß†", "°!\"§$%&/()=?†"],
                ["qwertzuiopü+", "QWERTZUIOPÜ*"],
                ["asdfghjklöä#", "ASDFGHJKLÖÄ'"],
                ["yxcvbnm,.-", "YXCVBNM;:_"],
            ],
            third: &[('8', '['), ('9', ']')],
        },
        Layout {
            name: "fr",
            rows: [
                ["²&é\"'(-è_çà)=", "²1234567890°+"],
                ["azertyuiop†$", "AZERTYUIOP†£"],
                ["qsdfghjklmù*", "QSDFGHJKLM%µ"],
                ["wxcvbn,;:!", "WXCVBN?./§"],
            ],
            third: &[('(', '['), (')', ']')],
        },
        Layout {
            name: "es",
            rows: [
                ["º1234567890'¡", "ª!\"·$%&/()=?¿"],
                ["qwertyuiop†+", "QWERTYUIOP†*"],
                ["asdfghjklñ†ç", "ASDFGHJKLÑ†Ç"],
                ["zxcvbnm,.-", "ZXCVBNM;:_"],
            ],
            third: &[('†', '['), ('+', ']')],
        },
        Layout {
            name: "dvorak",
            rows: [
                ["`1234567890[]", "~!@#$%^&*(){}"],
                ["',.pyfgcrl/=", "\"<>PYFGCRL?+"],
                ["aoeuidhtns-\\", "AOEUIDHTNS_|"],
                [";qjkxbmwvz", ":QJKXBMWVZ"],
            ],
            third: &[],
        },
    ];

    fn named(c: char) -> Option<Key> {
        Key::from_name(&c.to_string())
    }

    /// Every press of the main block: what it types, and what `egui` makes of it.
    fn presses(layout: &Layout) -> Vec<(char, Press)> {
        let mut all = vec![];
        for (row, places) in layout.rows.iter().zip(KEYS) {
            assert!(row.iter().all(|row| row.chars().count() == places.chars().count()), "{}", layout.name);
            for (shift, typed) in [(false, row[0]), (true, row[1])] {
                for (typed, place) in typed.chars().zip(places.chars()) {
                    let physical = named(place);
                    let modifiers = Modifiers { shift, ..Modifiers::NONE };
                    let mut push = |typed: char| {
                        let key = named(typed).or(physical).unwrap();
                        all.push((typed, Press { key, physical, modifiers }));
                    };
                    push(typed);
                    let third = layout.third.iter().find(|(from, _)| !shift && *from == typed);
                    third.into_iter().for_each(|(_, mark)| push(*mark));
                }
            }
        }
        all
    }

    /// What is printed for a plain shortcut.
    fn printed(shortcut: &Shortcut) -> Option<char> {
        let text = shortcut.text();
        let mut letters = text.chars();
        let first = letters.next().filter(|_| letters.next().is_none() && !shortcut.ctrl && !shortcut.shift)?;
        Some(first.to_ascii_lowercase())
    }

    #[test]
    fn what_is_printed_on_a_key_is_what_it_does_on_five_layouts() {
        for layout in &LAYOUTS {
            let presses = presses(layout);
            for (row, key) in TABLE.iter().flat_map(|row| row.keys.iter().map(move |key| (row, key))) {
                let Some(mark) = printed(key) else { continue };
                let found: Vec<_> = presses.iter().filter(|(typed, _)| *typed == mark).collect();
                // Every layout types every mark, but that `=` and `+` are two ways to one command.
                assert!(!found.is_empty(), "{}: nothing types {mark}", layout.name);
                for (_, press) in found {
                    assert_eq!(press.command(), Some(row.command), "{}: {mark} {press:?}", layout.name);
                }
            }
        }
    }

    #[test]
    fn a_mark_that_stands_for_no_command_does_nothing_but_for_the_row_of_digits() {
        let marks: Vec<char> = TABLE.iter().flat_map(|row| row.keys).filter_map(printed).collect();
        for layout in &LAYOUTS {
            for (typed, press) in presses(layout) {
                let known = named(typed).is_some();
                if marks.contains(&typed) || !known || typed.is_ascii_alphabetic() {
                    continue;
                }
                let digit = press.physical.filter(|key| DIGITS.contains(key) && !press.modifiers.shift);
                let expected = digit.and_then(|key| Press { key, ..press }.command());
                assert_eq!(press.command(), expected, "{}: {typed}", layout.name);
            }
        }
    }

    #[test]
    fn the_row_of_digits_chooses_pictures_on_every_layout_with_shift_or_without() {
        for layout in &LAYOUTS {
            for (typed, press) in presses(layout) {
                if let Some(digit) = typed.to_digit(10) {
                    let us = Press { key: DIGITS[digit as usize], physical: None, modifiers: Modifiers::NONE };
                    assert_eq!(press.command(), us.command(), "{}: {typed}", layout.name);
                }
            }
        }
        // A French 4 without Shift types an apostrophe, and 6 the minus that is printed there.
        let french = |key, physical| Press { key, physical: Some(physical), modifiers: Modifiers::NONE }.command();
        assert_eq!(french(Key::Quote, Key::Num4), french(Key::Num4, Key::Num4));
        assert_eq!(french(Key::Minus, Key::Num6), Some(Command::Slower));
    }

    #[test]
    fn ten_steps_have_a_key_on_every_layout() {
        for layout in &LAYOUTS {
            for (_, press) in presses(layout).into_iter().filter(|(typed, _)| *typed == '.') {
                let modifiers = Modifiers { shift: press.modifiers.shift, ..Modifiers::COMMAND };
                assert_eq!(Press { modifiers, ..press }.command(), Some(Command::StepTen), "{}", layout.name);
            }
        }
        let shift = Modifiers { shift: true, ..Modifiers::NONE };
        let american = Press { key: Key::Period, physical: Some(Key::Period), modifiers: shift };
        assert_eq!(american.command(), Some(Command::StepTen));
    }

    #[test]
    fn marks_by_altgr_and_on_the_number_pad_are_the_same_marks() {
        let altgr = Modifiers { alt: true, ..Modifiers::CTRL | Modifiers::COMMAND };
        let windows = Press { key: Key::OpenBracket, physical: Some(Key::Num8), modifiers: altgr };
        let plain = Press { key: Key::OpenBracket, physical: None, modifiers: Modifiers::NONE };
        assert!(windows.command().is_some() && windows.command() == plain.command());
        for key in [Key::Plus, Key::Equals] {
            let pad = Press { key, physical: Some(key), modifiers: Modifiers::NONE };
            assert_eq!(pad.command(), Some(Command::Faster));
        }
        let held = Press { key: Key::Z, physical: Some(Key::Z), modifiers: altgr };
        assert_eq!(held.command(), None, "AltGr and a letter are no command");
    }

    #[test]
    fn a_mark_counts_again_though_shift_was_let_go_before_its_key() {
        let press = |key| Press { key, physical: Some(Key::Equals), modifiers: Modifiers::NONE };
        let mut held = Held::default();
        assert!(held.first(&press(Key::Plus), true));
        assert!(!held.first(&press(Key::Plus), true), "a repetition");
        assert!(!held.first(&press(Key::Equals), false), "let go after Shift");
        assert!(held.first(&press(Key::Plus), true));
        held.forget();
        assert!(held.first(&press(Key::Plus), true));
    }

    #[test]
    fn the_documented_keys_work() {
        let shift = Modifiers { shift: true, ..Modifiers::NONE };
        let both = Modifiers { shift: true, ..Modifiers::COMMAND };
        for (key, modifiers, command) in [
            (Key::P, Modifiers::NONE, Command::TogglePause),
            (Key::Period, Modifiers::NONE, Command::StepOne),
            (Key::Period, Modifiers::COMMAND, Command::StepTen),
            (Key::R, Modifiers::NONE, Command::Reset),
            (Key::Z, Modifiers::COMMAND, Command::Undo),
            (Key::Z, both, Command::Redo),
            (Key::O, Modifiers::COMMAND, Command::OpenState),
            (Key::S, Modifiers::COMMAND, Command::SaveState),
            (Key::F12, Modifiers::NONE, Command::CleanPicture),
            (Key::P, Modifiers::COMMAND, Command::Palette),
            (Key::Questionmark, shift, Command::Help),
        ] {
            assert_eq!(Press { key, physical: None, modifiers }.command(), Some(command));
        }
        let space = Press { key: Key::Space, physical: Some(Key::Space), modifiers: Modifiers::NONE };
        assert_eq!(space.command(), None, "Space acts on release, in the canvas");
    }
}
