//! Atoms as the device holds them: plain data, fixed-point places, and the way there and back.

use crate::{
    error::Result,
    math::{from_turns, to_turns},
    ops::{core_spread, quadrature},
    state::{Atom, Atoms, Chart, Sign, Topology},
};
use glam::DVec2;

crate::shared_struct! {
    /// One atom.
    DeviceAtom in "quadrature" {
        /// 1 where it acts.
        support: u32,
        /// -1 or 1.
        sign: i32,
        /// Total circulation.
        gamma: f32,
        /// Core radius squared.
        eps2: f32,
        /// `eps^2` in units of 2^-62, upper half of 64 bits.
        eps2_high: u32,
        /// `eps^2` in units of 2^-62, lower half.
        eps2_low: u32,
        /// Largest `eps2` the image sums carry, for its widest segment.
        eps2_limit: f32,
        /// Of an ellipse: long less short variance, which viscosity keeps.
        excess: f32,
        /// Of the long axis.
        angle: f32,
        /// Code of [`Chart`].
        chart: u32,
        /// Code of [`Topology`].
        topology: u32,
        /// First vertex.
        first: u32,
        /// Number of vertices.
        count: u32,
        /// 1 for an ellipse that parcels stand for: it has no blobs, and its covariance is in `eps2`, `excess`
        /// and `angle` alone.
        carried: u32,
    }
}

crate::shared_struct! {
    /// One vertex, and the segment that starts at it.
    DeviceVertex in "quadrature" {
        /// Whole turns around the torus.
        winding: [i32; 2],
        /// Index of the atom that the vertex belongs to.
        atom: u32,
        /// Where its segment ends; itself where there is none.
        next: u32,
        /// Share of the atom's circulation.
        weight: f32,
        /// Local core over the atom's.
        core: f32,
        /// Accumulated shear.
        twist: f32,
        /// First blob << 4 | number of blobs.
        blobs: u32,
    }
}

crate::shared_struct! {
    /// How much of each buffer is in use, and what a frame reports.
    Counts in "quadrature" {
        /// Vertices.
        vertices: u32,
        /// Blobs.
        blobs: u32,
        /// Atoms.
        atoms: u32,
        /// Vertices the last resampling asked for.
        wanted: u32,
        /// 1 while insertion is held back by the budget.
        held: u32,
        /// 1 once a displacement was not finite or passed a quarter of the box.
        runaway: u32,
        /// Bits of the largest |omega| of the last decode.
        max_abs: u32,
        /// Cells of the last decode that were not finite.
        not_finite: u32,
    }
}

crate::shared_struct! {
    /// A quadrature point.
    DeviceBlob in "quadrature" {
        /// Place in units of 2^-32 turns.
        place: [u32; 2],
        /// Signed circulation.
        circulation: f32,
        /// Core radius squared.
        eps2: f32,
    }
}

crate::shared_struct! {
    /// Geometry of a segment for the raster.
    DeviceSegment in "raster" {
        /// Midpoint.
        place: [u32; 2],
        /// Unit tangent.
        direction: [f32; 2],
        /// Signed circulation.
        circulation: f32,
        /// Core radius.
        eps: f32,
        /// Half length.
        half_length: f32,
        /// Standard deviation along `direction` of an ellipse, else 0.
        long_eps: f32,
    }
}

/// Atoms ready for upload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceAtoms {
    /// One entry an atom, in their order.
    pub atoms: Vec<DeviceAtom>,
    /// One entry a vertex, atom by atom.
    pub vertices: Vec<DeviceVertex>,
    /// Place of each vertex in units of 2^-32 turns.
    pub places: Vec<[u32; 2]>,
    /// How many of each.
    pub counts: Counts,
}

impl DeviceAtoms {
    /// Rounds a set of atoms to device precision.
    pub fn new(atoms: &Atoms) -> Self {
        Self::with(atoms, |_| false)
    }

    /// As [`Self::new`], the atoms that `carried` names (points or ellipses) without blobs: parcels stand for them.
    pub fn with(atoms: &Atoms, carried: impl Fn(usize) -> bool) -> Self {
        let a = atoms.view();
        let places: Vec<[f64; 2]> = a.vertex.iter().map(|v| v.to_array()).collect();
        let mut device = Self::default();
        let mut blobs = 0;
        for i in 0..atoms.len() {
            let (first, count) = (a.start[i], a.start[i + 1] - a.start[i]);
            let eps2 = a.eps[i] * a.eps[i];
            let (eps2_high, eps2_low) = fixed_eps2(eps2);
            device.atoms.push(DeviceAtom {
                support: u32::from(a.support[i]),
                sign: a.sign[i] as i32,
                gamma: a.gamma[i] as f32,
                eps2: eps2 as f32,
                eps2_high,
                eps2_low,
                eps2_limit: core_spread::limit(a, i) as f32,
                excess: (eps2 * (a.aspect[i] * a.aspect[i] - 1.0)) as f32,
                angle: a.angle[i] as f32,
                chart: a.chart[i] as u32,
                topology: a.topology[i] as u32,
                first: first as u32,
                count: count as u32,
                carried: u32::from(carried(i)),
            });
            for v in 0..count {
                let (x, y) = (to_turns(a.vertex[first + v].x), to_turns(a.vertex[first + v].y));
                device.places.push([x.0, y.0]);
                let has_segment = v < a.segment_count(i);
                let entry = a.segment_start[i] + v.min(a.segment_count(i) - 1);
                let acts = has_segment && !carried(i);
                let nodes = if acts { quadrature::cpu::count(a, &places, i, v) } else { 0 };
                let next = match a.topology[i] {
                    Topology::Point => v,
                    Topology::Open => (v + 1).min(count - 1),
                    Topology::Closed => (v + 1) % count,
                };
                device.vertices.push(DeviceVertex {
                    winding: [x.1, y.1],
                    atom: i as u32,
                    next: (first + next) as u32,
                    weight: if has_segment { a.weight[entry] as f32 } else { 0.0 },
                    core: a.core[entry] as f32,
                    twist: if has_segment { a.twist[entry] as f32 } else { 0.0 },
                    blobs: (blobs << 4) | nodes as u32,
                });
                blobs += nodes as u32;
            }
        }
        device.counts = Counts {
            vertices: device.vertices.len() as u32,
            blobs,
            atoms: device.atoms.len() as u32,
            wanted: device.vertices.len() as u32,
            ..Default::default()
        };
        device
    }

    /// Of copies of the device's counts, atoms, vertices and starts; what follows them is left alone.
    #[cfg(feature = "gpu")]
    pub fn unpack(copies: &[Vec<u8>]) -> Self {
        use crate::gpu::ticket::items;
        let counts: Counts = items(&copies[0], 1).first().copied().unwrap_or_default();
        Self {
            atoms: items(&copies[1], counts.atoms as usize),
            vertices: items(&copies[2], counts.vertices as usize),
            places: items(&copies[3], counts.vertices as usize),
            counts,
        }
    }

    /// Ellipses as they ride on parcels: their covariance is in `eps2`, not in its fixed-point twin.
    pub fn riding(mut self) -> Self {
        for a in self.atoms.iter_mut().filter(|a| a.carried != 0) {
            (a.eps2_high, a.eps2_low) = fixed_eps2(f64::from(a.eps2));
        }
        self
    }

    /// Back to double precision. Going to the device again changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where what came back breaks an invariant of an atom.
    pub fn atoms(&self) -> Result<Atoms> {
        Atoms::try_from_iter(self.atoms.iter().map(|a| {
            let range = a.first as usize..(a.first + a.count) as usize;
            let (vertices, places) = (&self.vertices[range.clone()], &self.places[range]);
            let topology = match a.topology {
                0 => Topology::Point,
                1 => Topology::Open,
                _ => Topology::Closed,
            };
            let segments = &vertices[..if topology == Topology::Open { vertices.len() - 1 } else { vertices.len() }];
            let sum: f64 = segments.iter().map(|v| f64::from(v.weight)).sum();
            // Weights stay what the device holds, unless resampling has rounded them off 1.
            let weight = |v: &DeviceVertex| match (sum - 1.0).abs() <= WEIGHT_SLACK {
                true => f64::from(v.weight),
                false => f64::from((f64::from(v.weight) / sum) as f32),
            };
            let fixed = (u64::from(a.eps2_high) << 32 | u64::from(a.eps2_low)) as f64;
            let eps2 = (fixed / EPS2_COARSE).round() * (EPS2_COARSE / EPS2_UNITS);
            Atom {
                support: a.support != 0,
                sign: if a.sign < 0 { Sign::Minus } else { Sign::Plus },
                gamma: f64::from(a.gamma),
                eps: eps2.sqrt(),
                aspect: (1.0 + f64::from(a.excess) / eps2).sqrt(),
                angle: f64::from(a.angle),
                chart: if a.chart == Chart::Ellipse as u32 { Chart::Ellipse } else { Chart::Polyline },
                topology,
                vertices: unwrapped(vertices, places),
                weight: segments.iter().map(weight).collect(),
                core: segments.iter().map(|v| f64::from(v.core)).collect(),
                twist: segments.iter().map(|v| f64::from(v.twist)).collect(),
            }
        }))
    }
}

/// Units of `eps2` in fixed point.
pub const EPS2_UNITS: f64 = (1_u64 << 62) as f64;
/// Units a state keeps: few enough bits that a square root in f64 and back finds them again.
const EPS2_COARSE: f64 = (1_u64 << 13) as f64;
/// `eps2` in fixed point, upper and lower half.
fn fixed_eps2(eps2: f64) -> (u32, u32) {
    let fixed = ((eps2 * (EPS2_UNITS / EPS2_COARSE)).round() * EPS2_COARSE) as u64;
    ((fixed >> 32) as u32, fixed as u32)
}

/// Largest distance of the sum of f32 weights from 1 that is left alone.
const WEIGHT_SLACK: f64 = 3e-7;

/// Unwrapped coordinates, each vertex at the image nearest to the one before. That is where its
/// winding puts it, except behind a segment that grew past half the box while the budget was full:
/// the device already joins its ends the other way around the torus.
fn unwrapped(vertices: &[DeviceVertex], places: &[[u32; 2]]) -> Vec<DVec2> {
    let Some(first) = vertices.first() else { return vec![] };
    let turn = |axis: usize| (i64::from(first.winding[axis]) << 32) + i64::from(places[0][axis]);
    let (mut at, mut before) = ([turn(0), turn(1)], places[0]);
    let step = |p: &[u32; 2]| {
        for axis in 0..2 {
            at[axis] += i64::from(p[axis].wrapping_sub(before[axis]) as i32);
        }
        before = *p;
        DVec2::from_array(at.map(|x| from_turns(x as u32, (x >> 32) as i32)))
    };
    places.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_precision_round_trips() {
        let line = (0..5).map(|i| DVec2::new(6.0 + 0.2 * f64::from(i), -0.1)).collect();
        let atoms = Atoms::try_from_iter([
            Atom::polyline(Topology::Open, Sign::Minus, 1.5, 0.1, line),
            Atom::point(Sign::Plus, 0.25, 0.5, DVec2::new(-7.0, 3.0)),
            Atom::ellipse(Sign::Plus, 0.25, 0.125, 2.0, 0.5, DVec2::new(1.0, 3.0)),
        ])
        .unwrap();
        let device = DeviceAtoms::new(&atoms);
        let back = device.atoms().unwrap();
        for (a, b) in atoms.view().vertex.iter().zip(back.view().vertex) {
            assert!((*a - *b).length() < 2e-9);
        }
        assert_eq!(DeviceAtoms::new(&back), device);
    }
}
