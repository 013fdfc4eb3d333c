//! Fluid parcels: points of equal area that keep their vorticity while the flow carries them.
//!
//! ```text
//! omega(x, t) = sum_p omega_p a delta(x - x_p(t)),    dx_p/dt = u(x_p),   a = (2 pi/M)^2
//! u_hat(k)    = (i ky, -i kx)/k^2 * omega_hat(k) F(k)/B(k)^2
//! ```
//!
//! They start on the nodes of an `M x M` lattice with the vorticity found there. Incompressible flow keeps
//! their areas equal, so a sum over them stays an integral for as long as the lattice is not torn; they
//! live for one cycle and are thrown away. Vorticity goes to the mesh and velocity comes back by cubic
//! B-splines of transform `B(k) = (sin(kx h/2)/(kx h/2))^4 (...ky...)`, which is divided out twice;
//! `F(k) = exp(-36 (|k|/K)^36)`, `K = M/3`, cuts off what M nodes do not resolve (Cottet and Koumoutsakos,
//! Vortex Methods, 2000; Hou and Li, J. Comput. Phys. 226, 2007).
//!
//! A remesh reads the vorticity at the nodes, after viscosity since the parcels began, and new parcels begin there:
//!
//! ```text
//! omega_hat(k) <- omega_hat(k) E(k)/b(k) exp(-nu k^2 t),    b(k) = (33 + 26 cos kx h + cos 2 kx h)(...ky...)/3600
//! ```
//!
//! Parcels go to the nodes by quintic B-splines there, of which b is the transform as the nodes sample it, that is B and
//! its aliases at their largest: parcels on the nodes come back exactly, and no wave is ever amplified. Parcels beside the
//! nodes lose `(k h)^6/30240` of a wave; cubic splines lose `(k h)^4/720`, which after dozens of remeshes of compact
//! vortices is a third of their enstrophy (leapfrogging pairs on 128^2). `E(k) = exp(-36 (|k|/K)^36)`, `K = 5M/12`: F
//! costs those pairs another tenth, and with `K = M/2` a sheared lattice takes waves near its edge for one another (a jet
//! gains 1.3 % of enstrophy by t = 2).

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Transform of the quintic B-spline sampled on the nodes, `b` along one axis, at `k h`.
pub fn sampled_quintic(kh: f64) -> f64 {
    (33.0 + 26.0 * kh.cos() + (2.0 * kh).cos()) / 60.0
}

/// Transform of the cubic B-spline sampled on the nodes, along one axis, at `k h`.
pub fn sampled_cubic(kh: f64) -> f64 {
    (2.0 + kh.cos()) / 3.0
}

/// Largest relative error of the GPU passes against the reference, which is itself of single precision.
pub const TOLERANCE: f64 = 1e-5;

crate::shared_struct! {
    /// One stage of the parcels on the device.
    Parcels in "parcels_spread" {
        /// Mean flow.
        drift: [f32; 2],
        /// Time to the next stage.
        reach: f32,
        /// Weight of this slope times dt.
        share: f32,
        /// 1 for the first stage.
        first: u32,
        /// 1 for the last stage.
        last: u32,
        /// Side of mesh and lattice, a power of two.
        side: u32,
        /// Threads in a row of workgroups.
        row: u32,
        /// Whole numbers on the mesh for a unit vorticity.
        units: f32,
        /// 1 where others than parcels push them, too.
        others: u32,
        /// Viscosity times the time between remeshes.
        decay: f32,
        /// Unused.
        pad0: u32,
    }
}

crate::shared_struct! {
    /// An ellipse where its parcels began, as it rides on them.
    Ridden in "parcels_ride" {
        /// Centre in units of 2^-32 turns.
        place: [u32; 2],
        /// Long half axis at one standard deviation.
        major: [f32; 2],
        /// Short half axis.
        minor: [f32; 2],
        /// Square of the core in fixed point then: what viscosity adds is counted from it.
        core: f32,
        /// Unused.
        pad0: f32,
    }
}

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [64, 1, 1] }
}

const fn lines(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [32, 1, 1] }
}

/// Threads of a workgroup of the passes over parcels, vertices and atoms.
pub const THREADS: [crate::layout::Workgroup; 7] = [
    threads("parcels_spread"),
    threads("parcels_move"),
    threads("parcels_push"),
    threads("parcels_ride"),
    threads("parcels_remesh"),
    threads("parcels_show"),
    threads("parcels_remesh_spread"),
];

/// Threads of a workgroup of the passes over lines as the constants stand before a side is chosen.
pub const LINES: [crate::layout::Workgroup; 3] =
    [lines("parcels_rows"), lines("parcels_columns"), lines("parcels_remesh_columns")];
