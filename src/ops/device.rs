//! Atoms as the device holds them: plain data, fixed-point places, and the way there and back.

use crate::{
    error::Result,
    math::{from_turns, to_turns},
    ops::quadrature,
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
        /// What rounding left out of `eps2`.
        eps2_rest: f32,
        /// Long over short standard deviation.
        aspect: f32,
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
    }
}

crate::shared_struct! {
    /// One vertex, and the segment that starts at it.
    DeviceVertex in "quadrature" {
        /// Whole turns around the torus.
        winding: [i32; 2],
        /// Its atom.
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
    /// One an atom.
    pub atoms: Vec<DeviceAtom>,
    /// One a vertex.
    pub vertices: Vec<DeviceVertex>,
    /// Place of each vertex in units of 2^-32 turns.
    pub places: Vec<[u32; 2]>,
    /// How many of each.
    pub counts: Counts,
}

impl DeviceAtoms {
    /// Rounds a set of atoms to device precision.
    pub fn new(atoms: &Atoms) -> Self {
        let a = atoms.view();
        let places: Vec<[f64; 2]> = a.vertex.iter().map(|v| v.to_array()).collect();
        let mut device = Self::default();
        let mut blobs = 0;
        for i in 0..atoms.len() {
            let (first, count) = (a.start[i], a.start[i + 1] - a.start[i]);
            device.atoms.push(DeviceAtom {
                support: u32::from(a.support[i]),
                sign: a.sign[i] as i32,
                gamma: a.gamma[i] as f32,
                eps2: (a.eps[i] * a.eps[i]) as f32,
                eps2_rest: 0.0,
                aspect: a.aspect[i] as f32,
                angle: a.angle[i] as f32,
                chart: a.chart[i] as u32,
                topology: a.topology[i] as u32,
                first: first as u32,
                count: count as u32,
            });
            for v in 0..count {
                let (x, y) = (to_turns(a.vertex[first + v].x), to_turns(a.vertex[first + v].y));
                device.places.push([x.0, y.0]);
                let has_segment = v < a.segment_count(i);
                let entry = a.segment_start[i] + v.min(a.segment_count(i) - 1);
                let nodes = if has_segment { quadrature::cpu::count(a, &places, i, v) } else { 0 };
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

    /// Back to double precision; weights are brought to sum 1 within rounding.
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
            let place = |(v, p): (&DeviceVertex, &[u32; 2])| {
                DVec2::new(from_turns(p[0], v.winding[0]), from_turns(p[1], v.winding[1]))
            };
            Atom {
                support: a.support != 0,
                sign: if a.sign < 0 { Sign::Minus } else { Sign::Plus },
                gamma: f64::from(a.gamma),
                eps: (f64::from(a.eps2) + f64::from(a.eps2_rest)).sqrt(),
                aspect: f64::from(a.aspect),
                angle: f64::from(a.angle),
                chart: if a.chart == Chart::Ellipse as u32 { Chart::Ellipse } else { Chart::Polyline },
                topology,
                vertices: vertices.iter().zip(places).map(place).collect(),
                weight: segments.iter().map(|v| f64::from(v.weight) / sum).collect(),
                core: segments.iter().map(|v| f64::from(v.core)).collect(),
                twist: segments.iter().map(|v| f64::from(v.twist)).collect(),
            }
        }))
    }
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
