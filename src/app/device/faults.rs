//! What the device complains about, kept until the frame reads it; nothing panics.

use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Kept {
    errors: Vec<String>,
    lost: Option<String>,
    /// The device is destroyed on purpose, and that is to count as a loss.
    expected: bool,
}

/// Errors of a device and whether it is lost.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Kept>>);

impl Faults {
    /// Listens to a device.
    pub fn watch(device: &wgpu::Device) -> Self {
        let faults = Self::default();
        let heard = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| heard.add(&error.to_string())));
        let heard = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            // Dropping the device on the way out is not a loss.
            heard.with(|kept| {
                if reason != wgpu::DeviceLostReason::Destroyed || kept.expected {
                    kept.lost = Some(if message.is_empty() { format!("{reason:?}") } else { message.clone() });
                }
            });
        });
        faults
    }

    /// The device is about to be destroyed by a test.
    pub fn expect_loss(&self) {
        self.with(|kept| kept.expected = true);
    }

    fn add(&self, text: &str) {
        self.with(|kept| {
            if kept.errors.len() < 8 {
                kept.errors.push(text.lines().map(str::trim).collect::<Vec<_>>().join(" "));
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The errors since the last call.
    pub fn take(&self) -> Vec<String> {
        self.with(|kept| std::mem::take(&mut kept.errors))
    }

    /// Whether the device is lost and nobody has taken notice.
    pub fn is_lost(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost.is_some()
    }

    /// Why the device was lost, once.
    pub fn take_lost(&self) -> Option<String> {
        self.with(|kept| kept.lost.take())
    }
}
