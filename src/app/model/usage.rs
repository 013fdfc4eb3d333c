//! What the run takes, as panels show it.

use crate::{gpu::traffic::Traffic, perf::Finding};

/// What was found at the last look. What was not measured is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Bytes of the simulation to and from the device since the start.
    pub moved: Option<[u64; 2]>,
    /// The same in a real second.
    pub moved_per_s: Option<[f64; 2]>,
    /// Bytes of the device's buffers that hold the state and its operators' scratch.
    pub device_bytes: Option<u64>,
    /// Resident memory of this process, MiB.
    pub rss_mb: Option<f64>,
    /// Findings, as `run` prints them.
    pub findings: Vec<Finding>,
    /// When that was, and the bytes then.
    pub last: Option<(f64, Traffic)>,
}
