//! A window's model with fixed numbers: the same picture on every machine and every day.

use dashi_vortex::{
    app::{
        model::{
            AdapterRow, CaseState, DeviceInfo, EncodeModel, EncodeResult, LoadedKernel, Model, OperatorRow, PassModel,
            PassRow, Readout, Residual, Sample, SceneItem, SceneModel, SceneState, StageRow, TruthModel,
            range::RangeMode, reference::Distance,
        },
        run::clock::Rates,
    },
    lab::{
        Report, Row,
        scenes::{At, Live, Row as SceneRow, Spectral, TIMES},
    },
    perf::flag,
    sim::{
        Truth,
        measure::{Share, Shares},
    },
    state::{Drift, Event, Kind, PassReport, Sums},
};

/// Software Vulkan, as the tests meet it.
pub fn device() -> DeviceInfo {
    let adapter = |name: &str, chosen: bool, why_not: Option<&str>| AdapterRow {
        label: name.into(),
        about: "Cpu, llvmpipe Mesa 25.0.7".into(),
        chosen,
        why_not: why_not.map(Into::into),
    };
    let stage = |name: &str, place: &str, ms: Option<f64>| StageRow {
        name: name.into(),
        title: format!("What {name} does"),
        place: place.into(),
        ms,
    };
    DeviceInfo {
        name: "llvmpipe (LLVM 19.1.7, 256 bits)".into(),
        backend: "Vulkan".into(),
        driver: "llvmpipe".into(),
        driver_info: "Mesa 25.0.7".into(),
        device_type: "Cpu".into(),
        software: true,
        loops_end_after: Some(65_535),
        timestamps: true,
        limits: vec![
            ("Buffer".into(), "2048 MiB".into()),
            ("Subgroup".into(), "8".into()),
            ("Loops".into(), "end after 65535 rounds".into()),
        ],
        adapters: vec![
            adapter("llvmpipe (LLVM 19.1.7, 256 bits) (Vulkan)", true, None),
            adapter("GeForce (Vulkan)", false, None),
            adapter("llvmpipe (Gl)", false, Some("It cannot draw to this window")),
        ],
        stages: vec![
            stage("advect", "software", Some(0.125)),
            stage("raster", "software", Some(4.5)),
            stage("mesh_near", "not run yet", None),
            stage("mdl", "CPU", Some(31.0)),
        ],
    }
}

/// Everything that a panel can show is there.
pub fn model() -> Model {
    let mut model = Model { scene: "pair".into(), device: device(), can_undo: (true, false), ..Model::default() };
    let scene = |name: &str, title: &str| SceneItem {
        name: name.into(),
        title: title.into(),
        physics: format!("{title}: what it shows."),
    };
    model.scenes = vec![scene("pair", "Vortex pair"), scene("sheet", "Vortex sheet"), scene("jet", "Jet")];
    model.rates = Rates {
        steps_per_s: Some(240.0),
        frames_per_s: Some(60.0),
        frame_ms: Some(16.7),
        dropped_per_s: None,
        frame_p99_ms: Some(18.2),
        standstill_ms: Some(41.0),
    };
    model.view.colormap = "berlin".into();
    model.view.colors = (0..=255).map(|i| [i as u8, 64, 255 - i as u8]).collect();
    (model.view.range.mode, model.view.range.limit) = (RangeMode::Fixed, 8.0);
    model.readout = readout();
    model.operators =
        vec![OperatorRow { name: "trail".into(), title: "t' = f t".into(), acts_on: "the field", on: true }];
    kernel(&mut model);
    lab(&mut model);
    model.encode = encoded();
    model.passes = passes();
    series(&mut model);
    frames(&mut model);
    usage(&mut model);
    model
}

fn readout() -> Readout {
    let pass = |label: &str, ms: Option<f64>| PassRow {
        label: label.into(),
        title: format!("What {label} does"),
        calls: 1,
        ms,
        bytes: Some(1 << 20),
        gb_per_s: ms.map(|ms| 1.05 / ms),
    };
    Readout {
        time: 12.5,
        step: 2500,
        atoms: 66,
        vertices: 312,
        solver: ["direct sum".into(), "direct sum over all pairs".into()],
        max_abs: Some(7.25),
        nan_inf: Some(0),
        energy: Some(0.5),
        enstrophy: Some(4.0),
        spectrum: (1..=12).map(|k| [f64::from(k), 0.01 * f64::from(k).powi(-3)]).collect(),
        passes: vec![pass("biot_savart", Some(1.25)), pass("raster", Some(4.5)), pass("low_k", None)],
        ..Readout::default()
    }
}

fn kernel(model: &mut Model) {
    let circle = (0..40).map(|i| f64::from(i) * 0.157).map(|t| [0.97 * t.cos(), 0.97 * t.sin()]);
    model.kernel.loaded = Some(LoadedKernel {
        name: "A.npz".into(),
        path: "A.npz".into(),
        side: 654,
        ridge_lambda: Some(1e-6),
        eigenvalues: Some(Ok(circle.chain([[1.02, 0.0]]).collect())),
    });
    model.kernel.reference = true;
    let distance = |i: i32| {
        let t = 0.1 * f64::from(i);
        Distance { time: t, rel_l2: 0.02 * t, correlation: 1.0 - 0.003 * t * t }
    };
    model.kernel.distances = (0..100).map(distance).collect();
}

fn lab(model: &mut Model) {
    model.lab[0] = CaseState::Done(Report::of(vec![Row::relative("eps^2", 2.0, 2.001, 5e-3)]));
    model.lab[1] = CaseState::Done(Report::of(vec![Row::absolute("period", 1.0, 1.5, 0.1)]));
    model.lab[2] = CaseState::Running(0.25);
    model.lab[3] = CaseState::Waiting;
    let truth = Truth {
        samples: 100,
        vertices: 300,
        top_speed: 2.0,
        max_error: Some(3.2e-6),
        rms_error: Some(4.1e-7),
        tolerance: 2e-5,
    };
    model.truth = TruthModel { pending: false, last: Some(truth) };
    model.scene_row = SceneModel { name: "pair".into(), state: SceneState::Done(Box::new(scene_row())) };
}

/// A scene that was measured: met three times of four.
fn scene_row() -> SceneRow {
    let some = |values: [f64; 4]| values.map(Some).to_vec();
    let at = |(t, corr): (f64, f64)| At {
        t,
        reached: t,
        corr: Some(corr),
        relL2: Some(0.02),
        floats: 5742,
        atoms: 848,
        vertices: 848,
        parcels: Some(16384),
        seconds: 0.4 * t,
        energy: 0.25,
        energy_reference: 0.25,
        energy_percent: Some(0.1),
        enstrophy: 2.5,
        enstrophy_reference: 2.5,
        enstrophy_percent: Some(-0.4),
    };
    let live = Live {
        dt: 0.01,
        refit_every: None,
        parcels: None,
        max_atoms: Some(1038.0),
        mdl: Some(1.0),
        at: TIMES.into_iter().zip([0.9999, 0.9992, 0.9971, 0.9524]).map(at).collect(),
        seconds_per_unit: Some(0.412),
        ended: None,
    };
    let spectral = |floats: usize, corr: [f64; 4]| Spectral {
        floats,
        K: 21,
        grid: 64,
        device: "cpu",
        corr: some(corr),
        steps: 800,
        seconds_per_unit: 0.02,
    };
    SceneRow {
        scene: "pair".into(),
        nu: 5e-5,
        floats_start: 2400,
        atoms_start: 400,
        vertices_start: 400,
        reference_seconds_per_unit: 2.25,
        reference_steps_per_unit: 100.0,
        ceiling: some([0.9999, 0.9998, 0.9995, 0.9991]),
        ceiling_energy_percent: some([0.0, 0.0, -0.1, -0.1]),
        ceiling_enstrophy_percent: some([-0.1, -0.2, -0.8, -2.3]),
        spectral: vec![spectral(1849, [0.991, 0.972, 0.913, 0.802]), spectral(6561, [0.999, 0.996, 0.981, 0.947])],
        live,
        asked: some([0.9979, 0.9978, 0.995, 0.98]),
        met: vec![Some(true), Some(true), Some(true), Some(false)],
        energy_met: vec![Some(true); 4],
        enstrophy_met: vec![Some(true), Some(true), Some(true), None],
        cost: None,
        cost_crosses_at: None,
        error_equal_at: vec![None; 4],
    }
}

pub fn encoded() -> EncodeModel {
    let share = |atoms: f64, background: f64| Share { atoms, background, both: 1.0 - atoms - background };
    let result = EncodeResult {
        n: 64,
        atoms: 66,
        floats: 405,
        rel_l2: Some(0.125),
        corr: Some(0.99),
        shares: Some(Shares { energy: share(0.9, 0.04), enstrophy: share(0.95, 0.01) }),
        seconds: 2.5,
    };
    let values = (0..64 * 64).map(|i| if i % 7 == 0 { -0.5 } else { 0.1 }).collect();
    let residual = Some(Residual::new(64, std::sync::Arc::new(values)));
    EncodeModel { result: Some(result), residual, atoms_now: Some(61), ..Default::default() }
}

fn passes() -> PassModel {
    let report = |i: i32| PassReport {
        step: 20 * i as u64,
        time: 0.1 * f64::from(i),
        atoms: 90 - i as usize / 3,
        vertices: 400 - i as usize,
        bits_before: 9000.0 - 20.0 * f64::from(i),
        bits_voluntary: 8990.0 - 20.0 * f64::from(i),
        bits_after: 8990.0 - 20.0 * f64::from(i),
        ms: 31.0,
        ..PassReport::default()
    };
    let event = |step: u64, kind: Kind, reason: &'static str, voluntary: bool| Event {
        step,
        kind,
        reason,
        voluntary,
        count: 2,
        bits: -42.0,
        circulation: 0.0,
        impulse: [1e-4, -2e-4],
        enstrophy: Some(-1e-5),
    };
    let sums = |events: u64, bits: f64| Sums { events, count: 2 * events, bits, enstrophy: -1e-3, ..Sums::default() };
    PassModel {
        count: 70,
        changes: 90,
        history: (0..70).map(report).collect(),
        kinds: vec![
            (Kind::Prune, sums(3, -90.0)),
            (Kind::Merge, sums(11, -640.0)),
            (Kind::Split, sums(0, 0.0)),
            (Kind::Refit, Sums { unmeasured: 20, ..sums(20, 126.0) }),
        ],
        events: vec![
            event(1300, Kind::Merge, "same place", true),
            event(1380, Kind::Prune, "weak", true),
            event(1400, Kind::Budget, "over the budget", false),
            Event { enstrophy: None, ..event(1400, Kind::Refit, "end of a cycle", false) },
        ],
        drift: Some(Drift {
            circulation: 1e-7,
            impulse: [0.0; 2],
            unaccounted_circulation: 2e-16,
            unaccounted_impulse: [0.0; 2],
            causes: vec![],
        }),
    }
}

/// An edit at t = 8 brings another vortex.
fn series(model: &mut Model) {
    for i in 0..=200 {
        let t = 0.0625 * f64::from(i);
        let more = if i > 128 { 1.0 } else { 0.0 };
        if i == 129 {
            model.invariants.samples.interrupt();
        }
        model.invariants.samples.push(Sample {
            time: t,
            step: 12 * i as u64,
            circulation: [more, 3.0 + more, -3.0],
            impulse: [2.0 + 0.02 * (0.9 * t).sin(), -1.0 + 0.01 * t],
            angular_impulse: 20.0 + 3.0 * (0.4 * t).sin(),
            energy: Some(0.5 * (-0.01 * t).exp() + 0.05 * more),
            enstrophy: Some(4.0 * (-0.12 * t).exp() + 0.4 * more),
            resolved: true,
            unresolved: [None; 2],
            dropped: Some(1e-3 * (t / 12.5).floor()),
            max_abs: Some(8.0 - 0.06 * t),
            length: (i > 16).then_some(9000.0 - 20.0 * t),
            atoms: 60 + i as usize / 32,
        });
    }
    model.invariants.spectrum = (1..=128).map(f64::from).map(|k| [k, 0.2 * k.powi(-2) * (-0.02 * k).exp()]).collect();
}

fn frames(model: &mut Model) {
    let stages = ["raster", "biot_savart", "advect", "low_k", "compose", "tracers", "quadrature", "poisson_columns"];
    for i in 0..300_u32 {
        let wave = 1.0 + 0.3 * (0.07 * f64::from(i)).sin() + 0.05 * f64::from(i % 3);
        let pass = |(n, name): (usize, &&str)| PassRow {
            label: (*name).into(),
            title: String::new(),
            calls: 1,
            ms: Some(wave * 4.0 / (n + 1) as f64),
            bytes: None,
            gb_per_s: None,
        };
        let passes: Vec<PassRow> = stages.iter().enumerate().map(pass).collect();
        model.frames.push(14.0 + wave, &passes);
    }
}

fn usage(model: &mut Model) {
    let intent = flag::Intent {
        gpu: false,
        device: dashi_vortex::perf::Device::SoftwareGpu,
        adapter: Some("llvmpipe (LLVM 19.1.7, 256 bits)"),
        why_cpu: None,
        fallback: None,
        n: 64,
        work: flag::Work::Vertices(312),
    };
    let usage = &mut model.usage;
    usage.moved = Some([12_345_678, 987_654_321]);
    usage.moved_per_s = Some([45_600.0, 2_300_000.0]);
    (usage.device_bytes, usage.rss_mb) = (Some(26_000_000), Some(312.0));
    usage.findings = flag::before(&intent);
}
