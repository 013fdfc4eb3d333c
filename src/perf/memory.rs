//! Memory of this process.

/// Largest resident set so far in MiB; `None` where the system does not tell.
pub fn peak_rss_mb() -> Option<f64> {
    from_status("VmHWM:")
}

/// Resident set now in MiB; `None` where the system does not tell.
pub fn rss_mb() -> Option<f64> {
    from_status("VmRSS:")
}

fn from_status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// Largest total of heap allocations in MiB, where the program's allocator counts them; the binary's does.
pub fn peak_alloc_mb() -> Option<f64> {
    let mb = peak_alloc::PeakAlloc.peak_usage_as_mb();
    (mb > 0.0).then_some(f64::from(mb))
}

/// Heap allocations now in MiB, where the program's allocator counts them; the binary's does.
pub fn alloc_mb() -> Option<f64> {
    let bytes = peak_alloc::PeakAlloc.current_usage();
    (bytes > 0).then_some(bytes as f64 / f64::from(1 << 20))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn linux_tells_and_the_peak_is_plausible() {
        let mb = super::peak_rss_mb().unwrap();
        assert!(mb > 0.5 && mb < 1e6 && super::rss_mb().unwrap() <= mb, "{mb}");
    }
}
