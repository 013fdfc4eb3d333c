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
    fits(params, binding, free, context.report.software).map_err(|error| on(context, error))
}

/// Refuses a decode of a background alone that does not fit: one field and nothing beside it.
///
/// # Errors
/// [`Error::Invalid`] naming N.
pub fn field(context: &Context, n: u32) -> Result<()> {
    let limits = context.device.limits();
    let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    alone(n, binding).map_err(|error| on(context, error))
}

fn alone(n: u32, binding: u64) -> Result<()> {
    let bytes = 4 * u64::from(n) * u64::from(n);
    if bytes <= binding {
        return Ok(());
    }
    let largest = ((binding / 4) as f64).sqrt() as u64;
    let expected = format!("at most {largest}, the largest field that fits this device");
    Err(Error::invalid("N", expected, format!("{n}, {} MiB", bytes >> 20)))
}

/// The device by its name.
fn on(context: &Context, error: Error) -> Error {
    match error {
        Error::Invalid { what, expected, found } => {
            let expected = expected.replace("this device", &context.report.name);
            Error::Invalid { what, expected, found }
        }
        other => other,
    }
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
    use crate::params::ParamInfo;

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

    #[test]
    fn the_finest_decode_fits_a_large_device_and_is_refused_by_a_small_one() {
        let fine = Params { n: 6400, ..Params::default() };
        let finest = Params { n: ParamInfo::named("n").unwrap().max as u32, ..fine };
        fits(&finest, 4 << 30, None, false).unwrap();
        let message = fits(&fine, 128 << 20, None, true).unwrap_err().to_string();
        assert!(message.starts_with("N: expected at most 2364,") && message.contains("found 6400, about 1875 MiB"));
        alone(6400, 157 << 20).unwrap();
        let message = alone(6400, 128 << 20).unwrap_err().to_string();
        assert_eq!(message, "N: expected at most 5792, the largest field that fits this device, found 6400, 156 MiB");
        alone(5792, 128 << 20).unwrap();
        assert!(alone(5793, 128 << 20).is_err());
    }
}
