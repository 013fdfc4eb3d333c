//! How the simulation steps in time, and how long a step of each scheme may be.
//!
//! ```text
//! rk4   y2 = y + h/2 k1,  y3 = y + h/2 k2,  y4 = y + h k3,   y' = y + h/6 (k1 + 2 k2 + 2 k3 + k4)
//! rk3   y1 = y + h k1,    y2 = 3/4 y + 1/4 (y1 + h f(y1)),   y' = 1/3 y + 2/3 (y2 + h f(y2))
//! rk2   y1 = y + h/2 k1,                                     y' = y + h f(y1)
//! ```
//!
//! A part of length h of a step is looked at through two numbers,
//!
//! ```text
//! CFL = h max(|u| + |v|)/Delta            the largest frequency of advection is (2 pi/3) CFL / h
//! nu* = h (nu0 + max nu_t) 2 K^2          the largest rate of viscosity is nu* / h
//! ```
//!
//! On the imaginary axis rk4 is stable up to CFL 1.35, rk3 (strong stability preserving, Shu and Osher, J. Comput.
//! Phys. 77, 1988) up to 0.83; on the real axis they are up to nu* 2.78 and 2.51. Each axis alone is not enough:
//! where both numbers are near their ends a mode grows threefold a part. Within the ellipse
//!
//! ```text
//! (CFL/c)^2 + (nu*/r)^2 <= 1,       c, r = 1.2, 2.5 (rk4)  and  0.75, 2.25 (rk3)
//! ```
//!
//! no mode grows. The midpoint rule, rk2, has no limit on the imaginary axis at all: every mode that advection alone
//! moves grows, slowly at first. It keeps the rule `max(CFL, nu*/2) <= 1` and the figures of an earlier system.

/// A scheme of Runge and Kutta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LesScheme {
    /// The classical one of fourth order.
    #[default]
    Rk4,
    /// Third order, strong stability preserving.
    SspRk3,
    /// The midpoint rule, not stable for advection: for the figures of an earlier system.
    Rk2,
}

impl LesScheme {
    /// Every scheme.
    pub const ALL: [Self; 3] = [Self::Rk4, Self::SspRk3, Self::Rk2];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rk4 => "rk4",
            Self::SspRk3 => "rk3",
            Self::Rk2 => "rk2",
        }
    }

    /// Slopes of a part.
    pub fn stages(self) -> u32 {
        match self {
            Self::Rk4 => 4,
            Self::SspRk3 => 3,
            Self::Rk2 => 2,
        }
    }

    /// Largest CFL of a part without viscosity.
    pub fn cfl_limit(self) -> f64 {
        match self {
            Self::Rk4 => 1.2,
            Self::SspRk3 => 0.75,
            Self::Rk2 => 1.0,
        }
    }

    /// Largest `nu*` of a part of a flow at rest.
    pub fn viscous_limit(self) -> f64 {
        match self {
            Self::Rk4 => 2.5,
            Self::SspRk3 => 2.25,
            Self::Rk2 => 2.0,
        }
    }

    /// Parts that a time of this CFL and `nu*` asks for.
    pub fn parts(self, cfl: f64, viscous: f64) -> f64 {
        let (a, b) = (cfl / self.cfl_limit(), viscous / self.viscous_limit());
        if self == Self::Rk2 { a.max(b) } else { a.hypot(b) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Complex64;

    /// What a part makes of a mode of rate `z/h`.
    fn factor(scheme: LesScheme, z: Complex64) -> f64 {
        let mut term = Complex64::new(1.0, 0.0);
        let mut sum = term;
        for i in 1..=scheme.stages() {
            term = term * z / f64::from(i);
            sum += term;
        }
        sum.norm()
    }

    #[test]
    fn no_mode_grows_within_the_limits_and_the_two_axes_alone_would_not_do() {
        let mode = |cfl: f64, viscous: f64| Complex64::new(-viscous, cfl * std::f64::consts::TAU / 3.0);
        for scheme in [LesScheme::Rk4, LesScheme::SspRk3] {
            let (c, r) = (scheme.cfl_limit(), scheme.viscous_limit());
            for i in 0..=200 {
                for j in 0..=200 {
                    let (cfl, viscous) = (c * f64::from(i) / 200.0, r * f64::from(j) / 200.0);
                    let inside = scheme.parts(cfl, viscous) <= 1.0;
                    assert!(!inside || factor(scheme, mode(cfl, viscous)) <= 1.0 + 1e-14, "{scheme:?} {cfl} {viscous}");
                }
            }
            assert!(factor(scheme, mode(c, r)) > 1.5, "{scheme:?}: the corner is not stable");
            // The ends of the axes as they are quoted, to their last digit.
            let [imaginary, real] = if scheme == LesScheme::Rk4 { [1.35, 2.785] } else { [0.826, 2.512] };
            assert!(factor(scheme, mode(imaginary, 0.0)) <= 1.0 && factor(scheme, mode(imaginary + 0.01, 0.0)) > 1.0);
            assert!(factor(scheme, mode(0.0, real)) <= 1.0 && factor(scheme, mode(0.0, real + 0.01)) > 1.0);
        }
        assert!(factor(LesScheme::Rk2, mode(0.1, 0.0)) > 1.0, "the midpoint rule has no limit");
    }
}
