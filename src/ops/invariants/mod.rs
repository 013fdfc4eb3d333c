//! Energy and enstrophy of the atoms in closed form.
//!
//! With blobs j of circulation `Gamma_j` and core `eps_j`, `e^2 = eps_i^2 + eps_j^2`, area `4 pi^2`:
//!
//! ```text
//! energy    = mean (u^2+v^2)/2 = 1/(8 pi^2) sum_ij Gamma_i Gamma_j G(x_i - x_j; e)
//! enstrophy = mean omega^2/2   = 1/(8 pi^2) sum_ij Gamma_i Gamma_j [ g(x_i - x_j; e) - 1/(4 pi^2) ]
//! ```
//!
//! G the periodic Green's function of zero mean, `-(1/4 pi)[ln r^2 + E1(r^2/2e^2) - r^2/4 pi
//! - 2 Re sum_n c_n z^4n/4n] + C + e^2/(8 pi^2)`, g the periodic Gaussian. Only a CPU reference: it is
//! the judge of runs, O(blobs^2) in f64. The window shows the sums that [`poisson`](super::poisson) leaves.

pub mod cpu;
