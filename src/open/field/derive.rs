//! Velocity or streamfunction to vorticity.

use crate::{
    error::Result,
    io::{At, fields::Quantity, slab::Plane},
    primitives::fft::along::{Axis, derivative},
};

/// Imaginary parts below this share of the largest number are rounding: the field is real.
const REAL: f64 = 1e-6;
/// Two planes are u and v where `rms(du/dx + dv/dy)` is below this share of `rms(|du/dx| + |dv/dy|)`.
const FREE: f64 = 0.1;

/// Planes of one size, and what they are.
pub struct Parts {
    /// One, or u and v.
    pub all: Vec<Vec<f64>>,
    /// Rows and columns.
    pub sides: [usize; 2],
    /// `None` where two planes may be two frames.
    pub quantity: Option<Quantity>,
    /// The planes were one of complex numbers.
    complex: bool,
}

impl Parts {
    /// Of what stands in a file.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for complex numbers where real ones are meant.
    pub fn of(planes: Vec<Plane>, quantity: Option<Quantity>, at: At) -> Result<Self> {
        let sides = planes.first().map_or([0, 0], |plane| plane.sides);
        let mut all: Vec<Vec<f64>> = vec![];
        let (mut quantity, mut complex) = (quantity, false);
        for plane in planes {
            all.push(plane.re);
            if plane.im.is_empty() {
                continue;
            }
            let largest =
                |part: &[f64]| part.iter().filter(|x| x.is_finite()).fold(0.0, |most: f64, x| most.max(x.abs()));
            let real = largest(&plane.im) <= REAL * all.last().map_or(0.0, |re| largest(re));
            match quantity {
                None if real => quantity = Some(Quantity::Vorticity),
                Some(Quantity::Vorticity | Quantity::Streamfunction) if real => {}
                None | Some(Quantity::Velocity) => {
                    all.push(plane.im);
                    (quantity, complex) = (Some(Quantity::Velocity), true);
                }
                Some(other) => {
                    let expected = format!("real numbers for a {} (--from velocity takes u + i v)", other.name());
                    return Err(at.bad(expected, "complex ones whose imaginary parts are not rounding"));
                }
            }
        }
        Ok(Self { all, sides, quantity, complex })
    }

    /// The vorticity on these nodes, in a box of side `side`, and what it was made of.
    ///
    /// # Errors
    /// None so far; a plane too few would be a fault of this program.
    pub fn vorticity(mut self, side: f64, told: &mut Vec<String>, at: At) -> Result<(Flat, Quantity)> {
        let (sides, name) = (self.sides, at.field);
        let scale = crate::math::BOX / side;
        let quantity = self.quantity.unwrap_or_else(|| self.guess(told, name));
        let omega = match (quantity, self.all.as_slice()) {
            (Quantity::Velocity, [u, v]) => {
                let mut omega = derivative(v, sides, Axis::X, 1);
                let shear = derivative(u, sides, Axis::Y, 1);
                omega.iter_mut().zip(shear).for_each(|(w, s)| *w = scale * (*w - s));
                let what = if self.complex { " as u + i v" } else { "" };
                told.push(format!("{name}: taken{what} as a velocity u, v; omega = dv/dx - du/dy"));
                omega
            }
            (Quantity::Streamfunction, [psi, ..]) => {
                let mut omega = derivative(psi, sides, Axis::X, 2);
                let other = derivative(psi, sides, Axis::Y, 2);
                omega.iter_mut().zip(other).for_each(|(w, o)| *w = -scale * scale * (*w + o));
                told.push(format!("{name}: taken as a streamfunction (u = d psi/dy, v = -d psi/dx); omega = -lap psi"));
                omega
            }
            _ => self.all.swap_remove(0),
        };
        Ok((Flat { omega, sides }, quantity))
    }

    /// Two planes without a name that says what they are: a velocity of a fluid that keeps its area, or two frames.
    fn guess(&self, told: &mut Vec<String>, name: &str) -> Quantity {
        let [u, v] = self.all.as_slice() else { return Quantity::Vorticity };
        let (ux, vy) = (derivative(u, self.sides, Axis::X, 1), derivative(v, self.sides, Axis::Y, 1));
        let square = |f: fn(f64, f64) -> f64| ux.iter().zip(&vy).map(|(a, b)| f(*a, *b).powi(2)).sum::<f64>();
        let (divergence, all) = (square(|a, b| a + b), square(|a, b| a.abs() + b.abs()));
        if divergence.sqrt() <= FREE * all.sqrt() {
            return Quantity::Velocity;
        }
        told.push(format!(
            "{name}: taken as frame 0 of 2 of a vorticity (as a velocity it would not be free of divergence); --from \
             velocity takes it as u and v"
        ));
        Quantity::Vorticity
    }
}

/// A vorticity on any grid.
pub struct Flat {
    /// Row-major.
    pub omega: Vec<f64>,
    /// Rows and columns.
    pub sides: [usize; 2],
}
