//! How the device lays lines out in a workgroup: `shaders/shared/fft.wgsl` and its constants.
//!
//! A line of N numbers belongs to N/8 lanes, which exchange it through workgroup memory. As many lines as
//! a pass wants, and as the device has threads and memory for, share a workgroup. Memory in the order of
//! preference: both parts of every number, with room against bank conflicts; the parts one after the
//! other; the same without that room (16 KB at N = 4096).

use crate::error::{Error, Result};

/// Sides that a transform may have: powers of two in this range.
pub const SIDES: std::ops::RangeInclusive<u32> = 8..=4096;

/// Bytes up to which both parts of the numbers share workgroup memory: beyond it the device would hold too few
/// workgroups at a time (measured on an H100: 88 us became 72 at N = 2048).
const WHOLE: u32 = 20_480;

/// What a device offers a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Threads.
    pub threads: u32,
    /// Bytes of workgroup memory.
    pub memory: u32,
}

/// Lines of a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Numbers of a line.
    pub n: u32,
    /// Lines of a workgroup.
    pub slots: u32,
    /// Neighbouring threads hold the same place of neighbouring lines.
    woven: bool,
    /// Real and imaginary parts take turns in workgroup memory.
    split: bool,
    /// Room against bank conflicts.
    padded: bool,
}

impl Lines {
    /// Up to `slots` lines of `n` a workgroup. `woven` if memory holds the same place of neighbouring
    /// lines side by side, and not places of a line.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `n` that is no power of two in [`SIDES`]; [`Error::Run`] where the device's
    /// workgroups are too small for a line.
    pub fn new(offer: Offer, n: u32, slots: u32, woven: bool) -> Result<Self> {
        if !n.is_power_of_two() || !SIDES.contains(&n) {
            let expected = format!("a power of two from {} to {}", SIDES.start(), SIDES.end());
            return Err(Error::invalid("side of a transform on the device", expected, n));
        }
        let slots = std::iter::successors(Some(slots.next_power_of_two()), |s| (*s > 1).then_some(s / 2));
        let mut made = slots.flat_map(|slots| {
            [(false, true), (true, true), (true, false)].map(|(split, padded)| Self { n, slots, woven, split, padded })
        });
        let fits = |l: &Self| {
            let memory = if l.split { offer.memory } else { offer.memory.min(WHOLE) };
            l.threads() <= offer.threads && 4 * l.room() <= memory
        };
        made.find(fits).ok_or_else(|| {
            Error::Run(format!(
                "a transform of {n} x {n} needs workgroups of {} threads and {} bytes, this device has {} and {}",
                n / 8,
                4 * n,
                offer.threads,
                offer.memory
            ))
        })
    }

    /// Threads of a line.
    pub fn lanes(&self) -> u32 {
        self.n / 8
    }

    /// Threads of a workgroup.
    pub fn threads(&self) -> u32 {
        self.lanes() * self.slots
    }

    /// Numbers of a part of all lines.
    fn part(&self) -> u32 {
        self.slots * if self.padded { self.n + self.n / 8 } else { self.n }
    }

    /// Numbers in workgroup memory.
    fn room(&self) -> u32 {
        if self.split { self.part() } else { 2 * self.part() }
    }

    /// Workgroups for so many lines.
    pub fn groups(&self, lines: u32) -> [u32; 3] {
        [lines.div_ceil(self.slots), 1, 1]
    }

    /// The constants of `shared/fft.wgsl`, and others of a pass.
    pub fn constants(&self, others: &[(&'static str, f64)]) -> Vec<(&'static str, f64)> {
        let flag = |on: bool| f64::from(u8::from(on));
        let own = [
            ("N", f64::from(self.n)),
            ("LANES", f64::from(self.lanes())),
            ("SLOTS", f64::from(self.slots)),
            ("THREADS", f64::from(self.threads())),
            ("WOVEN", flag(self.woven)),
            ("SPLIT", flag(self.split)),
            ("PAD", if self.padded { 3.0 } else { 31.0 }),
            ("PART", f64::from(self.part())),
            ("ROOM", f64::from(self.room())),
        ];
        own.into_iter().chain(others.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_what_is_offered() {
        let small = Offer { threads: 256, memory: 16_384 };
        let large = Offer { threads: 1024, memory: 49_152 };
        let made = |offer, n, slots| Lines::new(offer, n, slots, true).map(|l| (l.slots, l.split, l.padded));
        assert_eq!(made(large, 1024, 2).unwrap(), (2, false, true));
        assert_eq!(made(large, 1024, 4).unwrap(), (4, true, true));
        assert_eq!(made(large, 4096, 2).unwrap(), (2, true, true));
        assert_eq!(made(small, 64, 8).unwrap(), (8, false, true));
        assert_eq!(made(small, 2048, 4).unwrap(), (1, true, true));
        assert_eq!(made(Offer { threads: 512, memory: 16_384 }, 4096, 4).unwrap(), (1, true, false));
        assert!(made(small, 4096, 1).unwrap_err().to_string().contains("512 threads and 16384 bytes"));
        for n in [0, 4, 48, 8192] {
            assert_eq!(made(large, n, 1).unwrap_err().exit_code(), 2);
        }
    }
}
