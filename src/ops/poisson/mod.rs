//! Velocity on the grid from vorticity on the grid: `-lap psi = omega`, `u = d psi/dy`, `v = -d psi/dx`.
//!
//! In Fourier space `u_hat = i ky omega_hat/k^2`, `v_hat = -i kx omega_hat/k^2`. Both travel back as one
//! complex field `u + i v` with spectrum `(kx + i ky) omega_hat/k^2`, so the device needs three
//! dispatches: rows forward, columns forward-multiply-backward, rows backward. The highest wavenumber
//! has no signed derivative and is left out. By-product: energy `1/2 sum |omega_hat|^2/k^2` and
//! enstrophy `1/2 sum |omega_hat|^2`, means over the box. Grid side: a power of two from 16 to 1024.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU passes against f64.
pub const TOLERANCE: f64 = 1e-5;

/// Largest grid side: one line in workgroup memory.
pub const MAX_SIDE: u32 = 1024;

const fn lines(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [256, 1, 1] }
}

/// Threads of a workgroup, one line each, pass by pass.
pub const WORKGROUPS: [crate::layout::Workgroup; 3] =
    [lines("poisson_rows"), lines("poisson_columns"), lines("poisson_velocity")];
