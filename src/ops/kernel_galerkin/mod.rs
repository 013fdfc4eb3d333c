//! Galerkin kernel: the vorticity equation truncated to the stored modes.
//!
//! `d omega/dt + u . grad omega = nu lap omega` for the background's vorticity, advected by the total
//! velocity of atoms, background and mean flow U. For mode k, with `p = k - q`,
//!
//! ```text
//! d omega_k/dt = sum_q (qx py - qy px)/p^2  W_p omega_q  -  (nu k^2 + i k.U) omega_k
//! ```
//!
//! where q runs over the stored modes and W is the vorticity of the background (in its band) plus
//! that of the atoms up to twice the band; parcels that carry the background, too, bring both. Without atoms and viscosity energy and enstrophy are
//! conserved exactly by the sum (tested). Cost: modes^2 a stage.
//!
//! The field is real: `omega_-k = conj(omega_k)`. Slopes are summed for one half of the modes and mirrored, so that
//! this holds to the bit. Summed twice, the halves differ by rounding, the difference is an imaginary part of the
//! field that grows as fast as any disturbance of the flow, and with it energy is no longer conserved: in single
//! precision a flow of eddies of size 1 then leaves all bounds after some 40 turnover times, whatever dt.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// One stage of the device pass.
    KernelGalerkin in "kernel_galerkin" {
        /// Mean flow.
        drift: [f32; 2],
        /// Radius of the square of modes.
        radius: i32,
        /// Viscosity.
        nu: f32,
        /// Time to the next stage.
        reach: f32,
        /// Weight of this slope times dt.
        share: f32,
        /// 1 for the first stage.
        first: u32,
        /// 1 for the last stage.
        last: u32,
        /// 1 where the atoms' amplitudes are to be added.
        atoms: u32,
        /// 1 where these hold the background, too.
        whole: u32,
        /// Unused.
        pad1: u32,
        /// Unused.
        pad2: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "kernel_galerkin", size: [64, 1, 1] };
