//! Velocity on the grid from vorticity on the grid: `-lap psi = omega`, `u = d psi/dy`, `v = -d psi/dx`.
//!
//! In Fourier space `u_hat = i ky omega_hat/k^2`, `v_hat = -i kx omega_hat/k^2`. The device needs three
//! dispatches: rows forward, two at a time; columns of half the spectrum forward, times both factors, both
//! backward; rows backward as `u + i v`. 36 bytes a node. The highest wavenumber
//! has no signed derivative and is left out. By-product: energy `1/2 sum |omega_hat|^2/k^2` and
//! enstrophy `1/2 sum |omega_hat|^2`, means over the box. Grid side: a power of two from 16 to 4096.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU passes against f64.
pub const TOLERANCE: f64 = 1e-5;

/// Largest grid side.
pub const MAX_SIDE: u32 = *crate::primitives::fft::lines::SIDES.end();

/// Threads of a workgroup as the constants stand before a side is chosen.
const fn lines(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [32, 1, 1] }
}

/// Threads of a workgroup, pass by pass; the first one is that of a real transform.
pub const WORKGROUPS: [crate::layout::Workgroup; 2] = [lines("poisson_columns"), lines("poisson_velocity")];
