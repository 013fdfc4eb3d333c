//! Changed files into every reader, as many as asked for, on a stable compiler: no execution may panic, or take more
//! memory than readers are given (`io::open::affordable`) and 16 MB of buffers.
//!
//!     cargo run --release --example fuzz_readers -- --reader all --executions 1000000 --seed 0
//!     cargo run --release --example fuzz_readers -- --reader state --from 4711 --executions 1
//!
//! Execution i of a reader depends on seed and i alone, so that one is repeated by `--from`. `--corpus DIR` adds the
//! files of a folder (scripts/corpus.py makes one). The sister with coverage is in `fuzz/`.

mod mutate;
mod readers;
mod seeds;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use dashi_vortex::io::open::affordable;
use mutate::{Random, mutated};
use peak_alloc::PeakAlloc;
use readers::{READERS, Reader, gave_up};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Most bytes beside what a reader may take for its file.
const BUFFERS: u64 = 16_000_000;
/// What counts as slow.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Parser)]
struct Arguments {
    /// Which, or all.
    #[arg(long, default_value = "all")]
    reader: String,
    /// Executions of each.
    #[arg(long, default_value_t = 1_000_000)]
    executions: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Another sequence.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Valid and hostile files to change.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// One file, as it is, instead of changed ones.
    #[arg(long)]
    replay: Option<PathBuf>,
    /// Where a file that breaks the promise is left.
    #[arg(long, default_value = "target")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen: Vec<&Reader> =
        READERS.iter().filter(|reader| arguments.reader == "all" || arguments.reader == reader.name).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = READERS.iter().map(|reader| reader.name).collect();
        eprintln!("--reader: expected all, {}", names.join(", "));
        return ExitCode::from(2);
    }
    println!("reader      executions  accepted   refused  gave up  peak MB  of file  slowest ms  slow  per s");
    for reader in chosen {
        // The stack of a thread, as files are opened in the program, too.
        let run = std::thread::scope(|scope| {
            let one = std::thread::Builder::new().spawn_scoped(scope, || fuzz(reader, &arguments));
            one.map_err(|e| e.to_string()).and_then(|one| one.join().unwrap_or(Err("the fuzzer fell".into())))
        });
        if let Err(what) = run {
            eprintln!("{}: {what}", reader.name);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// All executions of one reader.
fn fuzz(reader: &Reader, arguments: &Arguments) -> Result<(), String> {
    if let Some(path) = &arguments.replay {
        let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
        let (before, clock) = (ALLOCATED.current_usage(), Instant::now());
        ALLOCATED.reset_peak_usage();
        let verdict = (reader.feed)(&bytes).map_or_else(|e| e.to_string(), |()| "accepted".into());
        let (time, took) = (clock.elapsed(), ALLOCATED.peak_usage().saturating_sub(before));
        println!("{:<10} {} bytes, {took} of memory, {time:?}: {verdict}", reader.name, bytes.len());
        return Ok(());
    }
    let seeds = seeds::of(reader.name, arguments.corpus.as_deref()).map_err(|e| e.to_string())?;
    if let Err(error) = seeds.first().map_or(Ok(()), |seed| (reader.feed)(&seed.bytes)) {
        return Err(format!("a valid file is refused: {error}"));
    }
    // A panic is reported below, with the file that caused it.
    std::panic::set_hook(Box::new(|_| {}));
    let (start, mut accepted, mut fell) = (Instant::now(), 0u64, 0u64);
    let (mut peak, mut of, mut slowest, mut slow) = (0, 0, Duration::ZERO, 0u64);
    for i in arguments.from..arguments.from + arguments.executions {
        let mut random =
            Random(arguments.seed.wrapping_mul(0x1000_0000_0000_003f) ^ i.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let bytes = mutated(&seeds, &mut random);
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        let clock = Instant::now();
        let verdict = catch_unwind(AssertUnwindSafe(|| (reader.feed)(&bytes)));
        let (time, took) = (clock.elapsed(), ALLOCATED.peak_usage().saturating_sub(before));
        let left = |what: &str| {
            let path = arguments.out.join(format!("fuzz-{}-{}-{i}.bin", reader.name, arguments.seed));
            let kept = std::fs::write(&path, &bytes).map_or_else(|e| e.to_string(), |()| path.display().to_string());
            Err(format!("execution {i} of seed {}: {what} ({kept})", arguments.seed))
        };
        match verdict {
            Err(_) => return left("a panic"),
            Ok(Ok(())) => accepted += 1,
            Ok(Err(error)) => fell += u64::from(gave_up(&error)),
        }
        if took as u64 > affordable(bytes.len() as u64) + BUFFERS {
            return left(&format!("{took} bytes of memory for {} of file", bytes.len()));
        }
        if took > peak {
            (peak, of) = (took, bytes.len());
        }
        slowest = slowest.max(time);
        slow += u64::from(time > SLOW);
    }
    let count = arguments.executions;
    println!(
        "{:<10} {count:>11} {accepted:>9} {:>9} {fell:>8} {:>8.1} {of:>8} {:>11.1} {slow:>5} {:>6.0}",
        reader.name,
        count - accepted,
        peak as f64 / 1e6,
        slowest.as_secs_f64() * 1e3,
        count as f64 / start.elapsed().as_secs_f64(),
    );
    Ok(())
}
