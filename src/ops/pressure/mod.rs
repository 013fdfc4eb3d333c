//! Pressure on the grid from vorticity on the grid: `lap p = 2 (u_x v_y - u_y v_x)`, `p` of zero mean, density 1.
//!
//! With the stream function, `u = psi_y`, `v = -psi_x`, the right side is `2 (psi_xx psi_yy - psi_xy^2)`, and with the
//! two parts of the strain, `a = psi_xx - psi_yy` and `b = 2 psi_xy`, it is `(omega^2 - a^2 - b^2) / 2`: rotation less
//! strain. In Fourier space `a_hat = (ky^2 - kx^2) omega_hat/k^2`, `b_hat = -2 kx ky omega_hat/k^2`; the highest
//! wavenumbers are left out of both. The device makes a and b as [`poisson`](super::poisson) makes u and v, and the
//! rest is a [`potential`](super::potential) of the source `(a^2 + b^2 - omega^2)/2`: seven dispatches.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU passes against f64.
pub const TOLERANCE: f64 = 2e-5;

/// Threads of a workgroup, pass by pass; those over lines as the constants stand before a side is chosen.
pub const WORKGROUPS: [crate::layout::Workgroup; 2] = [
    crate::layout::Workgroup { shader: "pressure_columns", size: [32, 1, 1] },
    crate::layout::Workgroup { shader: "pressure_source", size: [64, 1, 1] },
];
