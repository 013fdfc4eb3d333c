//! The adapter that all device tests share, and words for measured numbers.

use std::sync::OnceLock;

use dashi_vortex::gpu::Context;

/// One device for the whole binary. Without an adapter the test fails; nothing is skipped.
pub fn context() -> &'static Context {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        Context::headless(None).unwrap_or_else(|error| {
            panic!(
                "this test runs on a GPU and there is none ({error}): install a Vulkan driver, \
                 for example `apt-get install libvulkan1 mesa-vulkan-drivers` for the software one"
            )
        })
    })
}

/// Relative error of a measured number, printed and held to `tolerance`.
#[track_caller]
pub fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    let error = (measured / expected - 1.0).abs();
    let line =
        format!("{what}: measured {measured:.8}, expected {expected:.8}, error {error:.2e}, at most {tolerance:.0e}");
    println!("{line}");
    assert!(error <= tolerance, "{line}");
}

/// A measured number, printed and held to an upper bound.
#[track_caller]
pub fn at_most(what: &str, measured: f64, bound: f64) {
    let line = format!("{what}: measured {measured:.3e}, at most {bound:.0e}");
    println!("{line}");
    assert!(measured <= bound, "{line}");
}
