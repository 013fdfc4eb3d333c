//! What a simulation would take of a device, told before anything is allocated.

use crate::{
    error::{Error, Result},
    gpu::Context,
    ops::buffers,
    params::Params,
};

/// Bytes a node of the decode takes: sums, field, scratch of what is shown.
const NODE: u64 = 24;
/// Bytes a particle of the dye takes, trails included.
const PARTICLE: u64 = 32;
/// Share of free memory that a CPU that plays the GPU may take.
const SHARE: f64 = 0.6;

/// Refuses what does not fit, and names the largest that does.
///
/// # Errors
/// [`Error::Invalid`] with the parameter at fault.
pub fn check(context: &Context, params: &Params) -> Result<()> {
    let limits = context.device.limits();
    let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    let free = context.report.software.then(free_bytes).flatten().map(|free| (free as f64 * SHARE) as u64);
    fits(params, binding, free, context.report.software)
}

/// Memory that is free for programs; `None` where the system does not tell.
fn free_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Name, value, bytes of one in the largest buffer, bytes of one in all, and how many a value means.
type Row = (&'static str, u64, u64, u64, fn(u64) -> u64);

/// `binding` bytes are the largest buffer, `free` what all may take together.
fn fits(params: &Params, binding: u64, free: Option<u64>, software: bool) -> Result<()> {
    let vertices = u64::from(params.max_vertices);
    let [widest, all] = buffers::bytes_per_vertex(params.max_vertices as usize, software);
    let one = |n| n;
    let rows: [Row; 3] = [
        ("max-vertices", vertices, widest, all, one),
        ("N", u64::from(params.n), NODE, 2 * NODE, |n| n * n),
        ("tracers", u64::from(params.tracers), PARTICLE / 2, PARTICLE, one),
    ];
    let bytes = |row: &Row| row.4(row.1) * row.3;
    let sum: u64 = rows.iter().map(bytes).sum();
    // Of what is too much together, the most is at fault.
    let greatest = rows.iter().map(bytes).max().unwrap_or(0);
    for row in &rows {
        let (name, value, widest, all, count) = *row;
        let room = match free {
            Some(free) if sum > free && bytes(row) == greatest => free.saturating_sub(sum - bytes(row)) / all,
            _ => u64::MAX,
        };
        let most = (binding / widest).min(room);
        if count(value) > most {
            let root = (most as f64).sqrt() as u64;
            let largest = if count(2) == 4 { root } else { most };
            let needs = bytes(row) >> 20;
            return Err(Error::invalid(
                name,
                format!("at most {largest}, the largest that fits this device beside the rest"),
                format!("{value}, about {needs} MiB"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_that_is_named_fits_and_one_more_does_not() {
        let usual = Params::default();
        for (name, free) in [("max-vertices", None), ("N", None), ("tracers", None), ("tracers", Some(500 << 20))] {
            let set = |value: u64| match name {
                "max-vertices" => Params { max_vertices: value as u32, ..usual },
                "N" => Params { n: value as u32, ..usual },
                _ => Params { tracers: value as u32, ..usual },
            };
            let asked = |value: u64| fits(&set(value), 64 << 20, free, true);
            let message = asked(100_000_000).unwrap_err().to_string();
            let words = message.split("at most ").nth(1).and_then(|rest| rest.split(',').next());
            let largest: u64 = words.unwrap().parse().unwrap();
            assert!(message.starts_with(name) && largest > 64, "{message}");
            asked(largest).unwrap();
            // A vertex's share of the splits changes with their number.
            assert!(asked(largest + largest / 4 + 1).is_err(), "{message}");
        }
        fits(&usual, 128 << 20, Some(1 << 30), true).unwrap();
    }
}
