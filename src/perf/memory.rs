//! Memory of this process.

/// Largest resident set so far in MiB; `None` where the system does not tell.
pub fn peak_rss_mb() -> Option<f64> {
    from_status("VmHWM:")
}

/// Resident set now in MiB; `None` where the system does not tell.
pub fn rss_mb() -> Option<f64> {
    from_status("VmRSS:")
}

/// The part of it that no file backs, in MiB: what the process itself has filled.
pub fn rss_anon_mb() -> Option<f64> {
    from_status("RssAnon:")
}

/// Gives freed memory back to the system, as far as the C library can: that of the driver's libraries too, which is most
/// of what a software adapter leaves. Elsewhere than on Linux with glibc it does nothing.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "the C library's own call has no safe name")]
    // SAFETY: takes a number, touches free memory alone, and may be called from any thread.
    let _some_went = unsafe { libc::malloc_trim(0) };
}

/// One heap a core from here on, and blocks of 256 KiB and more on their own, so that what is freed can be given back.
///
/// By default threads share up to eight heaps a core, in each of which one small block holds on to all around it; a
/// window makes threads with every device, export and refit, and a software adapter's pictures and code lie there too.
pub fn gather() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let heaps = i32::try_from(cores).unwrap_or(i32::MAX).max(2);
        #[allow(unsafe_code, reason = "the C library's own calls have no safe names")]
        // SAFETY: both take numbers, change how later allocations are made, and may be called from any thread.
        let _both_or_the_defaults =
            unsafe { [libc::mallopt(libc::M_ARENA_MAX, heaps), libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10)] };
    }
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
        assert!(super::rss_anon_mb().unwrap() <= mb);
    }
}
