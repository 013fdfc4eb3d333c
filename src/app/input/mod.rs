//! Mouse and Space on the canvas as a pure state machine: events in, acts out, no window.
//!
//! | gesture | act |
//! |---|---|
//! | left drag | a + filament |
//! | right drag, Shift-left drag | a - filament |
//! | click | a round vortex of the same sign |
//! | wheel while drawing | core radius |
//! | wheel, pinch, Ctrl and two fingers | zoom about the cursor |
//! | two fingers on a touchpad, sideways wheel | pan |
//! | middle drag, Space drag | pan |
//! | Space alone | pause |
//!
//! That is the tool `draw`. With another tool the left and the right button do something else:
//!
//! | tool | gesture | act |
//! |---|---|---|
//! | pick | click | reads the atom under the cursor |
//! | move | drag | carries the atom under the cursor along |
//! | erase | drag | removes every atom that is touched |
//!
//! Positions are in view points, origin at the top left of the canvas.

use glam::DVec2;

use crate::state::Sign;

/// A press that moves less than this is a click.
pub const CLICK_RADIUS: f64 = 4.0;
/// One wheel notch zooms, or widens the core, by this factor.
pub const NOTCH: f64 = 1.15;

/// Points that fingers move for what one notch of a wheel does.
pub const POINTS: f64 = 50.0;

/// What the left and the right button do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Add filaments and vortices.
    #[default]
    Draw,
    /// Read an atom.
    Pick,
    /// Carry an atom along.
    Move,
    /// Remove atoms.
    Erase,
}

impl Tool {
    /// All, in the order of their buttons.
    pub const ALL: [Self; 4] = [Self::Draw, Self::Pick, Self::Move, Self::Erase];

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draw => "Draw",
            Self::Pick => "Pick",
            Self::Move => "Move",
            Self::Erase => "Erase",
        }
    }
}

/// A mouse button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Draws +.
    Left,
    /// Draws -.
    Right,
    /// Pans.
    Middle,
}

/// What happened on the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A button went down over the canvas.
    Press {
        /// Which one.
        button: Button,
        /// Where.
        at: DVec2,
        /// Whether Shift was held.
        shift: bool,
    },
    /// The pointer moved.
    Move {
        /// Where to.
        at: DVec2,
    },
    /// A button went up, anywhere.
    Release {
        /// Which one.
        button: Button,
    },
    /// The wheel turned over the canvas; up is positive.
    Wheel {
        /// Notches, may be a fraction.
        notches: f64,
        /// Where.
        at: DVec2,
    },
    /// Fingers on a touchpad, or a wheel that turns sideways, moved the world.
    Scroll {
        /// By how much, in view points.
        delta: DVec2,
    },
    /// Two fingers moved apart or together.
    Pinch {
        /// What lengths are multiplied by.
        factor: f64,
        /// Where.
        at: DVec2,
    },
    /// The Space key went down (not a repeat).
    SpaceDown,
    /// The Space key went up.
    SpaceUp,
    /// Escape, or the window lost the focus.
    Cancel,
}

/// What the application is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Drop a round vortex.
    Vortex {
        /// View position.
        at: DVec2,
        /// Sense of rotation.
        sign: Sign,
    },
    /// Add a filament along a path.
    Filament {
        /// View positions.
        path: Vec<DVec2>,
        /// Sense of rotation.
        sign: Sign,
    },
    /// Multiply the core radius of the brush.
    Widen(f64),
    /// Read the atom at a view position.
    Pick(DVec2),
    /// Move the atom that was picked by so many view units.
    Carry(DVec2),
    /// Remove the atoms along a path of view positions.
    Erase(Vec<DVec2>),
    /// Zoom in by a factor about a view position.
    Zoom(f64, DVec2),
    /// Move the world by so many view units.
    Pan(DVec2),
    /// Space was pressed and released without a drag.
    TogglePause,
}

impl Act {
    /// In a word, for measurements.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Vortex { .. } => "vortex",
            Self::Filament { .. } => "filament",
            Self::Widen(_) => "widen",
            Self::Pick(_) => "pick",
            Self::Carry(_) => "carry",
            Self::Erase(_) => "erase",
            Self::Zoom(..) => "zoom",
            Self::Pan(_) => "pan",
            Self::TogglePause => "pause",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Phase {
    #[default]
    Idle,
    Drawing {
        button: Button,
        sign: Sign,
        path: Vec<DVec2>,
        reach: f64,
    },
    Panning {
        button: Button,
        last: DVec2,
    },
    Carrying {
        button: Button,
        start: DVec2,
        last: DVec2,
    },
    Erasing {
        button: Button,
        path: Vec<DVec2>,
    },
}

/// The state of the hand on the canvas.
#[derive(Clone, Debug, Default)]
pub struct Gestures {
    /// What the left and the right button do.
    pub tool: Tool,
    /// The left button draws -, the right one +.
    pub inverted: bool,
    phase: Phase,
    space: bool,
    space_panned: bool,
}

impl Gestures {
    /// One event; at most one act.
    pub fn on(&mut self, event: Event) -> Option<Act> {
        match event {
            Event::Press { button, at, shift } => self.press(button, at, shift),
            Event::Move { at } => self.moved(at),
            Event::Release { button } => self.release(button),
            Event::Wheel { notches, at } => {
                let factor = NOTCH.powf(notches.clamp(-20.0, 20.0));
                let drawing = matches!(self.phase, Phase::Drawing { .. });
                Some(if drawing { Act::Widen(factor) } else { Act::Zoom(factor, at) })
            }
            Event::Scroll { delta } => {
                let drawing = matches!(self.phase, Phase::Drawing { .. });
                let widen = || Act::Widen(NOTCH.powf((delta.y / POINTS).clamp(-20.0, 20.0)));
                (delta.is_finite() && delta != DVec2::ZERO).then(|| if drawing { widen() } else { Act::Pan(delta) })
            }
            Event::Pinch { factor, at } => {
                (factor > 0.0 && factor.is_finite()).then(|| Act::Zoom(factor.clamp(0.1, 10.0), at))
            }
            Event::SpaceDown => {
                (self.space, self.space_panned) = (true, false);
                None
            }
            Event::SpaceUp => {
                let alone = self.space && !self.space_panned;
                self.space = false;
                alone.then_some(Act::TogglePause)
            }
            Event::Cancel => {
                *self = Self { tool: self.tool, inverted: self.inverted, ..Self::default() };
                None
            }
        }
    }

    /// The path being erased, for a preview.
    pub fn erasing(&self) -> Option<&[DVec2]> {
        match &self.phase {
            Phase::Erasing { path, .. } => Some(path),
            _ => None,
        }
    }

    /// How far the picked atom is being carried, for a preview.
    pub fn carrying(&self) -> Option<DVec2> {
        match &self.phase {
            Phase::Carrying { start, last, .. } => Some(*last - *start),
            _ => None,
        }
    }

    /// The path being drawn and its sign, for a preview.
    pub fn drawing(&self) -> Option<(&[DVec2], Sign)> {
        match &self.phase {
            Phase::Drawing { path, sign, .. } => Some((path, *sign)),
            _ => None,
        }
    }

    /// Whether the world is being dragged, or would be by the next press.
    pub fn panning(&self) -> bool {
        self.space || matches!(self.phase, Phase::Panning { .. })
    }

    /// Whether a gesture is under way.
    pub fn active(&self) -> bool {
        self.phase != Phase::Idle
    }

    fn press(&mut self, button: Button, at: DVec2, shift: bool) -> Option<Act> {
        if self.active() {
            return None;
        }
        self.phase = if button == Button::Middle || self.space {
            self.space_panned = self.space;
            Phase::Panning { button, last: at }
        } else {
            match self.tool {
                Tool::Draw => {
                    let minus = (button == Button::Right || shift) != self.inverted;
                    let sign = if minus { Sign::Minus } else { Sign::Plus };
                    Phase::Drawing { button, sign, path: vec![at], reach: 0.0 }
                }
                Tool::Pick => return Some(Act::Pick(at)),
                Tool::Move => {
                    self.phase = Phase::Carrying { button, start: at, last: at };
                    return Some(Act::Pick(at));
                }
                Tool::Erase => Phase::Erasing { button, path: vec![at] },
            }
        };
        None
    }

    fn moved(&mut self, at: DVec2) -> Option<Act> {
        match &mut self.phase {
            Phase::Idle => None,
            Phase::Drawing { path, reach, .. } => {
                *reach = reach.max((at - path[0]).length());
                if path.last() != Some(&at) {
                    path.push(at);
                }
                None
            }
            Phase::Panning { last, .. } => {
                let delta = at - *last;
                *last = at;
                (delta != DVec2::ZERO).then_some(Act::Pan(delta))
            }
            Phase::Carrying { last, .. } => {
                *last = at;
                None
            }
            Phase::Erasing { path, .. } => {
                if path.last() != Some(&at) {
                    path.push(at);
                }
                None
            }
        }
    }

    fn release(&mut self, released: Button) -> Option<Act> {
        match std::mem::take(&mut self.phase) {
            Phase::Drawing { button, sign, path, reach } if button == released => Some(if reach < CLICK_RADIUS {
                Act::Vortex { at: path[0], sign }
            } else {
                Act::Filament { path, sign }
            }),
            Phase::Panning { button, .. } if button == released => None,
            Phase::Carrying { button, start, last } if button == released => {
                (start != last).then_some(Act::Carry(last - start))
            }
            Phase::Erasing { button, path } if button == released => Some(Act::Erase(path)),
            other => {
                self.phase = other;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
