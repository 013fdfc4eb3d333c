//! What a run says at its end: metrics for programs, a summary for people.

use std::time::Instant;

use super::{
    RunArgs, parity, picture,
    rollout::{End, Outcome},
    start::Start,
};
use crate::{
    cli::backend::Chosen,
    io::Hashes,
    perf::{Device, Ledger, Metrics, PassRow, Passes, peak_alloc_mb, peak_rss_mb},
    sim::{Transforms, kernel::Form, measure, measure_by},
    state::{Invariants, State},
};

const MIB: f64 = 1024.0 * 1024.0;

/// Everything but the wall time.
pub fn metrics(
    args: &RunArgs,
    start: &Start,
    chosen: &mut Chosen,
    outcome: &mut Outcome,
    ledger: &mut Ledger,
    transforms: &Transforms,
    compared: Option<&'static str>,
) -> Metrics {
    let begun = Instant::now();
    let (kept, from) = measured(transforms, &outcome.last);
    // Sums over pairs and over modes take no transform, wherever those run.
    let on_grid = from.ends_with("grid");
    let (stage, place) = if on_grid { ("measure", transforms.device()) } else { ("invariants", Device::Cpu) };
    ledger.add(stage, place, begun.elapsed().as_secs_f64() * 1e3);
    if outcome.end != End::Done {
        // A run that came to its end was looked at there.
        outcome.growth.look(&outcome.last, transforms);
    }
    let outcome = &*outcome;
    let Outcome { last, frames, .. } = outcome;
    let (params, z, header) = (&start.params, last.background.to_z(), last.background.header);
    let hashes = Hashes::of(last);
    let on_gpu = chosen.device.through_gpu();
    let moved = moved().filter(|_| on_gpu);
    let of_z = || z.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let max_abs = match outcome.field {
        Some((max, _)) => Some(("omega", f64::from(max))),
        // Beside atoms z is not the flow.
        None => last.atoms.is_empty().then(|| ("z", of_z())),
    };
    let mut metrics = Metrics {
        backend: args.backend.name(),
        active_backend: if on_gpu { "gpu" } else { "cpu" },
        adapter: chosen.adapter.clone(),
        driver: chosen.driver.clone(),
        software_adapter: on_gpu.then_some(chosen.device == Device::SoftwareGpu),
        loop_rounds: chosen.loops.and_then(|loops| loops.survived),
        fft_backend: Some(if transforms.device().through_gpu() { "gpu" } else { "cpu" }),
        reference: compared,
        fft_device: fft_device(ledger, compared == Some("LES")),
        bytes_to_gpu: moved.map(|[to, _]| to),
        bytes_from_gpu: moved.map(|[_, from]| from),
        gpu_mem_peak_mb: outcome.device_bytes.map(|bytes| bytes as f64 / MIB),
        alloc_peak_mb: peak_alloc_mb(),
        rss_max_mb: peak_rss_mb(),
        step: last.step,
        steps: last.step - start.state.step,
        time: last.time,
        atoms: last.atoms.len(),
        vertices: last.atoms.vertex_count(),
        circulation: Some(kept.circulation),
        impulse: Some([kept.impulse_x, kept.impulse_y]),
        energy: kept.energy,
        enstrophy: kept.enstrophy,
        energy_from: Some(from),
        energy_growth: outcome.growth.factor("energy"),
        enstrophy_growth: outcome.growth.factor("enstrophy"),
        // Only an encoder measures these; a scene has none.
        support_frac: start.encoded.then_some(header.support_frac),
        resid_mid_E: start.encoded.then_some(header.resid_mid_e),
        resid_high_E: start.encoded.then_some(header.resid_high_e),
        nan_inf_count: Some(outcome.field.map_or_else(|| not_finite(last), |(_, bad)| bad)),
        max_abs: max_abs.map(|(_, x)| x),
        max_abs_of: max_abs.map(|(of, _)| of),
        l2_norm_z: Some(z.iter().map(|x| x * x).sum::<f64>().sqrt()),
        hash: Some(hashes.state),
        hash_z: Some(hashes.z),
        hashes: outcome.hashes.clone(),
        hash_every_k: args.hash_every,
        support_frac_range: outcome.range(start, 0),
        resid_mid_E_range: outcome.range(start, 1),
        resid_high_E_range: outcome.range(start, 2),
        rel_l2: outcome.distance.map(|d| d.rel_l2),
        corr: outcome.distance.map(|d| d.corr),
        dE: outcome.distance.map(|d| d.d_energy),
        dZ: outcome.distance.map(|d| d.d_enstrophy),
        mdl: chosen.engine.ledger().and_then(|ledger| Passes::of(ledger, &last.atoms)),
        dtype: chosen.dtype.name(),
        N: params.n,
        k_cut: params.k_cut,
        resid_mid_cut: params.resid_mid_cut,
        topk_mid: params.topk_mid,
        decode_stride: (frames.count > 0).then_some(args.decode_every()),
        seed: last.meta.seed,
        dt: params.dt,
        nu: params.nu,
        ..Default::default()
    };
    if let Some((form, kernel)) = chosen.kernel() {
        metrics.kernel_form = Some(match form {
            _ if kernel.operated => "operators",
            Form::Dense(_) => "dense",
            Form::Modal(_) => "modal",
            Form::Fixed => "fixed",
        });
        (metrics.spectral_radius, metrics.condition) = (kernel.spectral_radius, kernel.condition);
        metrics.fixed_bits = kernel.fixed_bits;
        (metrics.fixed_error_steps, metrics.fixed_error) = kernel.fixed_error.unzip();
    }
    if let Some(stability) = &start.stability {
        metrics.spectral_radius_fitted = stability.fitted;
        (metrics.clamp, metrics.eigenvalues_moved) = (Some(stability.how.0), stability.how.1);
    }
    metrics.velocity_solver = chosen.engine.solver();
    metrics.passes = passes(chosen);
    metrics.set_ledger(ledger);
    metrics
}

/// Invariants of the last state: by the transforms, or on the CPU where their device no longer answers.
fn measured(transforms: &Transforms, state: &State) -> (Invariants, &'static str) {
    measure_by(transforms, state).unwrap_or_else(|_| measure(state))
}

/// Numbers of a state that are not finite.
fn not_finite(state: &State) -> u64 {
    let a = state.atoms.view();
    let vertices = a.vertex.iter().flat_map(|v| v.to_array());
    let others = [a.gamma, a.eps, a.weight, a.core].into_iter().flatten().copied();
    let all = vertices.chain(others).chain(state.background.to_z());
    all.filter(|x| !x.is_finite()).count() as u64
}

/// Where most of the time with FFTs was spent: encoding and learning, an LES, comparisons, and energies on a grid.
fn fft_device(ledger: &Ledger, les: bool) -> Option<&'static str> {
    let transforms = |name: &str| match name {
        "encode" | "learn" | "compare" | "measure" => true,
        "reference" => les,
        _ => false,
    };
    ledger.longest(|stage| transforms(stage.name)).map(|stage| stage.device.name())
}

/// The GPU stages of the last timed submission.
#[cfg(feature = "gpu")]
fn passes(chosen: &mut Chosen) -> Vec<PassRow> {
    let device = chosen.device;
    let row = |time: crate::gpu::PassTime| PassRow {
        device,
        expected_device: crate::gpu::stage::EXPECTED_DEVICE,
        gb_per_s: time.gb_per_s(),
        name: time.label,
        title: time.title,
        calls: time.calls,
        ms: time.ms,
        bytes: time.bytes,
    };
    chosen.engine.pass_times().into_iter().map(row).collect()
}

/// Without a device there are none.
#[cfg(not(feature = "gpu"))]
fn passes(_: &mut Chosen) -> Vec<PassRow> {
    Vec::new()
}

/// Bytes to the device and back.
#[cfg(feature = "gpu")]
fn moved() -> Option<[u64; 2]> {
    let traffic = crate::gpu::traffic();
    Some([traffic.to_device, traffic.from_device])
}

/// Without a device nothing moves.
#[cfg(not(feature = "gpu"))]
fn moved() -> Option<[u64; 2]> {
    None
}

/// A few lines for people.
pub fn summary(args: &RunArgs, start: &Start, m: &Metrics, outcome: &Outcome) -> String {
    let number = |x: Option<f64>, digits: usize| x.map_or("not measured".into(), |x| format!("{x:.digits$}"));
    let ended = match outcome.end {
        End::Interrupted => format!("interrupted after {} of {}", m.steps, start.steps),
        End::Failed => format!("failed after {} of {}", m.steps, start.steps),
        _ => m.steps.to_string(),
    };
    let adapter = m.adapter.as_deref().unwrap_or("CPU");
    let software = if m.software_adapter == Some(true) { ", software" } else { "" };
    let [ix, iy] = m.impulse.unwrap_or([f64::NAN; 2]);
    let mut text = format!(
        "{}: {ended} steps of dt {}, now step {}, t = {:.4}, on {} ({adapter}{software}, {})\n\
         {} atoms, {} vertices; circulation {}, impulse ({ix:.6}, {iy:.6})\n\
         energy {}, enstrophy {} ({})\n",
        start.label,
        m.dt,
        m.step,
        m.time,
        m.active_backend,
        m.dtype,
        m.atoms,
        m.vertices,
        number(m.circulation, 6),
        number(m.energy, 6),
        number(m.enstrophy, 6),
        m.energy_from.unwrap_or("not measured"),
    );
    let seconds = |name: &str| number(m.stages.ms(name).map(|ms| ms * 1e-3), 3);
    text += &format!(
        "[timing] encode={} learn={} rollout={} decode_total={} decode_per_snap={} steps_per_sec={} wall={} backend={} dtype={}\n",
        seconds("encode"),
        seconds("learn"),
        seconds("rollout"),
        seconds("decode"),
        number(m.decode_ms_per_snap.map(|ms| ms * 1e-3), 4),
        number(m.steps_per_sec, 1),
        number(m.wall_time_s, 3),
        m.active_backend,
        m.dtype,
    );
    if args.timing {
        for pass in &m.passes {
            let ms = number(pass.ms, 3);
            text += &format!(
                "[pass] {:<20} {ms:>10} ms, {} calls, {}: {}\n",
                pass.name, pass.calls, pass.device, pass.title
            );
        }
        for stage in m.stages.stages() {
            let time = number(stage.ms.map(|ms| ms * 1e-3), 3);
            text += &format!("[timing] {:<12} {time:>10} s, {} calls, {}\n", stage.name, stage.calls, stage.device);
        }
    }
    text += &m.mdl.as_ref().map_or(String::new(), book);
    if let Some((reference, d)) = m.reference.zip(outcome.distance) {
        text += &format!(
            "against the {reference} at the last picture: relative L2 {:.4}, correlation {:.4}, dE {:.2e}, dZ {:.2e}\n",
            d.rel_l2, d.corr, d.d_energy, d.d_enstrophy
        );
    }
    if let Some((scheme, cfl)) = m.les_scheme.zip(m.les_cfl_max) {
        let parts = m.les_parts_max.filter(|parts| *parts > 1);
        let parts = parts.map_or(String::new(), |parts| format!(", steps in up to {parts} parts"));
        text += &format!("the LES by {scheme}: largest CFL of a step {cfl:.2}{parts}\n");
    }
    if let Some(stability) = &start.stability {
        text += &format!("A, fitted by this run: {}\n", stability.text());
    }
    if let Some(form) = m.kernel_form {
        text += &format!(
            "kernel {form}, D = {}, spectral radius {}, condition {}, {} ns a step, peak memory {} MiB\n",
            outcome.last.background.basis().dimension(),
            number(m.spectral_radius, 12),
            number(m.condition, 1),
            number(m.ns_per_step, 1),
            number(m.rss_max_mb, 1),
        );
    }
    text += &format!("{}\n", Hashes::of(&outcome.last));
    if let Some((parity, hash)) = m.parity.as_ref().zip(m.backend_parity_hash.as_ref()) {
        text += &parity::line(parity, hash);
    }
    text += &format!("wrote {}", args.out_dir.join("z0.npz").display());
    if outcome.frames.count > 0 {
        let Outcome { frames, .. } = outcome;
        text += &format!(", {} pictures up to {}", frames.count, picture::path(args, frames.last).display());
    }
    if args.picture.apng {
        text += &format!(", {}", picture::animation_path(args).display());
    }
    for path in args.output.files().chain(args.metrics_json.as_deref()).chain(args.picture.movie.as_deref()) {
        text += &format!(", {}", path.display());
    }
    text + "\n"
}

/// What passes and the transport changed, in two or three lines.
fn book(mdl: &Passes) -> String {
    let mut text = String::new();
    if let (Some(length), Some(mean), Some(slowest)) = (mdl.length, mdl.mean_ms, mdl.slowest_ms)
        && let (Some(atoms), Some(vertices)) = (mdl.most_atoms, mdl.most_vertices)
    {
        text += &format!(
            "description length {length:.0} bits after {} passes ({mean:.2} ms each, {slowest:.1} at most), at most \
             {atoms} atoms and {vertices} vertices\n",
            mdl.passes
        );
    }
    let kinds = mdl.kinds.iter().filter(|(_, sums)| sums.events > 0);
    let kinds: Vec<String> = kinds.map(|(kind, s)| format!("{kind} {} ({:.0} bits)", s.events, s.bits)).collect();
    text + &format!(
        "{}\ncirculation drift {:.2e}, {:.1e} of it unaccounted for\n",
        if kinds.is_empty() { "nothing was changed".into() } else { kinds.join(", ") },
        mdl.drift.circulation,
        mdl.drift.unaccounted_circulation,
    )
}
