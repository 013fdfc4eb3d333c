//! Honest performance: what was asked for beside what happened.
//!
//! A run keeps a [`Ledger`] of its stages (name, where it ran, how long), [`flag`] turns intent and
//! ledger into findings, and [`Metrics`] is the JSON object that says all of it. Others measure and
//! fill in; nothing here touches a device. What was not measured is `None` and becomes `null`.

pub mod flag;
mod ledger;
mod memory;
mod metrics;

pub use flag::{Finding, Flag, Severity};
pub use ledger::{Device, Ledger, Stage};
pub use memory::{alloc_mb, gather, give_back, peak_alloc_mb, peak_rss_mb, rss_anon_mb, rss_mb};
pub use metrics::{Metrics, Parity, PassRow, Passes};
