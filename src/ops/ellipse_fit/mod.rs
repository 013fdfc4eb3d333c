//! Gaussian ellipses against samples of a field: their sum, and the slope of its misfit.
//!
//! ```text
//! w(x)   = A exp(-u^2/2),  u = F^-1 (x - c),  S = F F^T          one ellipse: peak A, centre c, covariance S
//! g_a(x) = exp(-u_a^2/2) p_a(x - c_a)                            a quadratic times the bell of ellipse a
//! f(x_s) = sum_a g_a(x_s)                                        `field`:   polynomials -> samples
//! m_a    = sum_s r_s exp(-u_a^2/2) (1, d_x, d_y, d_x^2, d_x d_y, d_y^2),  d = x_s - c_a
//!                                                                `moments`: samples -> polynomials
//! ```
//!
//! With `p = A` the first is the model itself; with a general quadratic it is the Jacobian of the model
//! times a vector, since every derivative of a Gaussian by its peak, centre and covariance is a quadratic
//! times the same bell. The second is the transposed Jacobian times a residual. Both leave out what lies
//! beyond [`REACH`] standard deviations, and leave out the same.
//!
//! Samples are scattered places of equal area with a value each: the nodes of a grid when a field is
//! encoded, points that moved with the flow when atoms are fitted anew. They are kept sorted by cell.
//! Lengths are in cells of that sorting.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
mod kept;
mod samples;

pub use kept::Kept;
pub use samples::Samples;

/// Standard deviations after which a bell is left out: 1.2e-4 of its peak.
pub const REACH: f64 = 4.25;

/// Cells a side of a tile: the device's samples are sorted by tile.
pub const TILE: usize = 8;
/// Ellipses that may reach into a tile on the device, until more do.
pub const LIST: usize = 1024;
/// Largest difference of the device's inner products and sums from the CPU's, relative to the largest.
pub const TOLERANCE: f64 = 2e-3;

crate::shared_struct! {
    /// Sizes of a fit.
    EllipseFit in "ellipse_fit_field" {
        /// Ellipses.
        count: u32,
        /// Cells a side.
        side: u32,
        /// Tiles a side.
        tiles: u32,
        /// Samples.
        samples: u32,
        /// Least standard deviation.
        least: f32,
        /// Largest standard deviation.
        most: f32,
        /// Sum of squares of the values, mean removed.
        energy: f32,
        /// Ellipses that may reach into a tile.
        list: u32,
    }
}

crate::shared_struct! {
    /// An [`Ellipse`] on the device.
    DeviceEllipse in "ellipse_fit_field" {
        /// Centre.
        center: [f32; 2],
        /// Signed vorticity at the centre.
        peak: f32,
        /// Unused.
        pad0: f32,
        /// [`Ellipse::factor`].
        factor: [f32; 3],
        /// Unused.
        pad1: f32,
    }
}

impl DeviceEllipse {
    /// Rounded to device precision.
    pub fn of(e: &Ellipse) -> Self {
        Self {
            center: e.center.map(|x| x as f32),
            peak: e.peak as f32,
            factor: e.factor().map(|x| x as f32),
            ..Self::default()
        }
    }

    /// Back to double precision.
    pub fn ellipse(&self) -> Ellipse {
        let [a, b, c] = self.factor.map(f64::from);
        Ellipse {
            peak: f64::from(self.peak),
            center: self.center.map(f64::from),
            covariance: [a * a, a * b, b * b + c * c],
        }
    }
}

/// Workgroups of the passes.
pub const WORKGROUPS: [crate::layout::Workgroup; 7] = [
    crate::layout::Workgroup { shader: "ellipse_fit_commit", size: [64, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_field", size: [64, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_gradient", size: [256, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_judge", size: [256, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_moments", size: [256, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_move", size: [64, 1, 1] },
    crate::layout::Workgroup { shader: "ellipse_fit_tiles", size: [64, 1, 1] },
];

/// One Gaussian ellipse; lengths in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipse {
    /// Signed vorticity at the centre.
    pub peak: f64,
    /// Centre; any image.
    pub center: [f64; 2],
    /// Covariance `[xx, xy, yy]`.
    pub covariance: [f64; 3],
}

impl Ellipse {
    /// Determinant of the covariance.
    pub fn determinant(&self) -> f64 {
        let [xx, xy, yy] = self.covariance;
        xx * yy - xy * xy
    }

    /// Inverse covariance `[xx, xy, yy]`.
    pub fn precision(&self) -> [f64; 3] {
        let ([xx, xy, yy], d) = (self.covariance, self.determinant());
        [yy / d, -xy / d, xx / d]
    }

    /// Minor and major standard deviation, and the angle of the major axis.
    pub fn axes(&self) -> (f64, f64, f64) {
        let [xx, xy, yy] = self.covariance;
        let (mean, half) = (0.5 * (xx + yy), 0.5 * (xx - yy));
        let spread = libm::hypot(half, xy);
        ((mean - spread).max(0.0).sqrt(), (mean + spread).sqrt(), 0.5 * libm::atan2(xy, half))
    }

    /// From standard deviations and the angle of the major axis.
    pub fn from_axes(peak: f64, center: [f64; 2], minor: f64, major: f64, angle: f64) -> Self {
        let (s, c) = libm::sincos(angle);
        let (a, b) = (major * major, minor * minor);
        Self { peak, center, covariance: [a * c * c + b * s * s, (a - b) * s * c, a * s * s + b * c * c] }
    }

    /// `F` of the factorisation `S = F F^T`, lower triangular: `[xx, yx, yy]`.
    pub fn factor(&self) -> [f64; 3] {
        let [xx, xy, yy] = self.covariance;
        let a = xx.sqrt();
        let b = xy / a;
        [a, b, (yy - b * b).max(0.0).sqrt()]
    }
}

/// A quadratic in the offset from a centre: `p0 + p1 dx + p2 dy + p3 dx^2 + p4 dx dy + p5 dy^2`.
pub type Quadratic = [f64; 6];
