//! What a row says, and peers beside it.

use std::{fmt, path::Path};

use crate::{
    error::{Error, Result},
    io::open,
};

/// Middle and spread of samples, microseconds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Times {
    /// Median.
    pub median_us: f64,
    /// Tenth and ninetieth percentile.
    pub spread_us: [f64; 2],
    /// Samples.
    pub samples: usize,
    /// Repetitions that a sample averages over.
    pub repeats: u32,
}

impl Times {
    /// Of samples in microseconds; at least one.
    pub fn of(mut samples: Vec<f64>, repeats: u32) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples.get((share * (samples.len() as f64 - 1.0)).round() as usize).copied();
        let [low, median, high] = [0.1, 0.5, 0.9].map(|share| at(share).unwrap_or(f64::NAN));
        Self { median_us: median, spread_us: [low, high], samples: samples.len(), repeats }
    }
}

/// One row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// What was timed, the same word as the peer's.
    pub name: &'static str,
    /// Grid side, vertices or side of the matrix.
    pub size: usize,
    /// Where the row was measured.
    pub device: &'static str,
    #[serde(flatten)]
    pub times: Times,
    /// Error of the same run against f64, and how it is measured.
    pub error: Option<f64>,
    pub error_is: Option<&'static str>,
    /// Bytes that must cross the memory.
    pub bytes: Option<u64>,
    /// Share of the floor: time of those bytes at the rate of a copy, over the time taken.
    pub floor_fraction: Option<f64>,
    /// Work a second in a unit of the row's own.
    pub rate: Option<f64>,
    pub rate_is: Option<&'static str>,
    /// The peer's time on this card, once a replay and in the steady state, and ours over both.
    pub peer: Option<String>,
    pub peer_us: Option<f64>,
    pub ratio: Option<f64>,
    pub peer_steady_us: Option<f64>,
    pub ratio_steady: Option<f64>,
}

impl Row {
    /// A row with a time alone.
    pub fn new(name: &'static str, size: usize, device: &'static str, times: Times) -> Self {
        Self {
            name,
            size,
            device,
            times,
            error: None,
            error_is: None,
            bytes: None,
            floor_fraction: None,
            rate: None,
            rate_is: None,
            peer: None,
            peer_us: None,
            ratio: None,
            peer_steady_us: None,
            ratio_steady: None,
        }
    }

    /// With the error of the same run.
    pub fn error(self, error: f64, is: &'static str) -> Self {
        Self { error: Some(error), error_is: Some(is), ..self }
    }

    /// With the bytes that must move, and the floor at so many bytes a second.
    pub fn bytes(self, bytes: u64, rate: Option<f64>) -> Self {
        let floor_fraction = rate.map(|rate| bytes as f64 / rate / (self.times.median_us * 1e-6));
        Self { bytes: Some(bytes), floor_fraction, ..self }
    }

    /// With work a second.
    #[cfg(feature = "gpu")]
    pub fn rate(self, rate: f64, is: &'static str) -> Self {
        Self { rate: Some(rate), rate_is: Some(is), ..self }
    }
}

/// Everything that was measured.
#[derive(serde::Serialize)]
pub struct Report {
    pub adapter: Option<String>,
    pub driver: Option<String>,
    pub software_adapter: Option<bool>,
    pub threads: usize,
    /// GB/s of a copy, bytes read and written.
    pub copy_gb_s: Option<f64>,
    pub rows: Vec<Row>,
    /// Rows that could not be measured, and why.
    pub left_out: Vec<String>,
    pub peers_device: Option<String>,
}

/// A peer's row.
#[derive(serde::Deserialize)]
struct Peer {
    name: String,
    size: usize,
    peer: String,
    us: f64,
    steady_us: Option<f64>,
}

/// Longest file of peers.
const MAX_PEERS_BYTES: u64 = 1 << 20;

/// What the peers' script wrote.
#[derive(serde::Deserialize)]
pub struct Peers {
    device: String,
    rows: Vec<Peer>,
}

impl Peers {
    /// Reads the script's JSON.
    ///
    /// # Errors
    /// [`Error::Unreadable`] and [`Error::BadFile`] for what is no such file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = open::bytes(path, MAX_PEERS_BYTES)?;
        serde_json::from_slice(&bytes).map_err(|e| Error::BadFile {
            path: path.into(),
            field: "peers' times".into(),
            expected: "the JSON that benches/peers_gpu.py writes".into(),
            found: e.to_string(),
        })
    }
}

impl Report {
    /// Enters peers of the same name and size.
    pub fn compare(&mut self, peers: &Peers) {
        self.peers_device = Some(peers.device.clone());
        for row in &mut self.rows {
            let Some(peer) = peers.rows.iter().find(|p| p.name == row.name && p.size == row.size) else { continue };
            row.peer = Some(peer.peer.clone());
            row.peer_us = Some(peer.us);
            row.ratio = Some(row.times.median_us / peer.us);
            row.peer_steady_us = peer.steady_us;
            row.ratio_steady = peer.steady_us.map(|us| row.times.median_us / us);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let adapter = self.adapter.as_deref().unwrap_or("no adapter");
        let driver = self.driver.as_deref().unwrap_or("");
        let software = if self.software_adapter == Some(true) { "; software: times say nothing of a GPU" } else { "" };
        writeln!(f, "{adapter} {driver}; {} CPU threads{software}", self.threads)?;
        if let Some(rate) = self.copy_gb_s {
            writeln!(f, "a copy moves {rate:.0} GB/s")?;
        }
        writeln!(
            f,
            "{:<16} {:>8} {:>12} {:>23} {:>9} {:>7} {:>14} {:>10} {:>7} {:>7}",
            "row", "size", "median us", "10 % .. 90 %", "error", "floor", "rate", "peer us", "ratio", "steady"
        )?;
        let number = |x: Option<f64>, digits: usize| x.map_or("-".into(), |x| format!("{x:.digits$}"));
        for row in &self.rows {
            let [low, high] = row.times.spread_us;
            let spread = format!("{low:.2} .. {high:.2}");
            let error = row.error.map_or("-".into(), |e| format!("{e:.1e}"));
            let rate = row.rate.zip(row.rate_is).map_or("-".into(), |(r, is)| format!("{r:.3} {is}"));
            writeln!(
                f,
                "{:<16} {:>8} {:>12.2} {spread:>23} {error:>9} {:>7} {rate:>14} {:>10} {:>7} {:>7}",
                row.name,
                row.size,
                row.times.median_us,
                number(row.floor_fraction, 2),
                number(row.peer_us, 1),
                number(row.ratio, 2),
                number(row.ratio_steady, 2),
            )?;
        }
        self.left_out.iter().try_for_each(|why| writeln!(f, "left out: {why}"))
    }
}
