//! What a hand does to a window in an hour, by chance: seeds, parameters, keys, views, files.

use std::path::Path;

use glam::DVec2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::{
    app::{
        command::{Command, TABLE},
        input::Act,
        model::table::Table,
        model::{Ask, AtomAsk, Preset, SPEEDS, TimeAsk, dialog::Purpose},
        window::hands::Hands,
    },
    error::Result,
    io::movie::Format,
    params::{self, Params},
    state::Sign,
};

/// Parameters that the machine chose, or that one wrong number of makes a frame of minutes.
const LEFT_ALONE: [&str; 8] =
    ["n", "tracers", "max_vertices", "parcels", "filaments", "seed", "substeps", "resid_mid_cut"];

/// Commands that open a dialog, end the window, write where nobody asked, or take minutes.
fn is_for_people(command: Command) -> bool {
    use Command as C;
    matches!(
        command,
        C::OpenState
            | C::OpenField
            | C::OpenKernel
            | C::OpenOperator
            | C::OpenSession
            | C::SaveSession
            | C::SaveState
            | C::SavePlot
            | C::ExportFrame
            | C::ExportFigure
            | C::ExportField
            | C::ExportSeries
            | C::CopyPlot
            | C::Record
            | C::Quit
            | C::RunLab
    )
}

/// Does one thing; its kind in a word or two.
///
/// # Errors
/// None of the program's: what it refuses is told in the window.
pub fn act(hands: &mut Hands<'_>, folder: &Path, random: &mut ChaCha8Rng) -> Result<&'static str> {
    let size = hands.model().canvas_size();
    let point = |random: &mut ChaCha8Rng| DVec2::new(random.random::<f64>(), random.random::<f64>()) * size;
    let sign = if random.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
    let model = hands.model_mut();
    let (ask, name) = match random.random_range(0..100) {
        0..4 => {
            let scene = random.random_range(0..model.scenes.len());
            (Ask::Scene(model.scenes[scene].name.clone()), "scene")
        }
        4..18 => (Ask::Act(Act::Vortex { at: point(random), sign }), "vortex"),
        18..34 => {
            let (begin, by) = (point(random), 0.02 * (point(random) - 0.5 * size));
            let count = random.random_range(2..30);
            let bend = |i: i32| DVec2::new(0.0, 12.0 * (0.4 * f64::from(i)).sin());
            let path = (0..count).map(|i| begin + f64::from(i) * by + bend(i)).collect();
            (Ask::Act(Act::Filament { path, sign }), "filament")
        }
        34..37 => {
            let (begin, end) = (point(random), point(random));
            (Ask::Act(Act::Erase((0..8).map(|i| begin.lerp(end, f64::from(i) / 7.0)).collect())), "erase")
        }
        37..41 => (Ask::Act(Act::Pick(point(random))), "pick"),
        41..43 => (Ask::Act(Act::Carry(0.1 * (point(random) - 0.5 * size))), "carry"),
        43..45 => {
            let (gamma, eps) = (random.random_range(0.05..2.0), random.random_range(0.03..0.3));
            (Ask::Atom(AtomAsk::Set { sign, gamma, eps }), "atom")
        }
        45..50 => (Ask::Act(Act::Zoom(random.random_range(0.5..2.0), point(random))), "zoom"),
        50..53 => (Ask::Act(Act::Pan(0.3 * (point(random) - 0.5 * size))), "pan"),
        53..68 => {
            parameter(&mut model.params, random);
            return Ok("parameter");
        }
        68..71 => {
            let speed = SPEEDS[random.random_range(0..8)];
            (Ask::Time(TimeAsk::Speed(speed)), "speed")
        }
        71..90 => {
            let all: Vec<_> = TABLE.iter().map(|entry| entry.command).filter(|c| !is_for_people(*c)).collect();
            (Ask::Command(all[random.random_range(0..all.len())]), "command")
        }
        _ => return file(hands, folder, random),
    };
    hands.ask(ask);
    Ok(name)
}

/// One of the table, up to four times larger or smaller; a choice by chance.
fn parameter(params: &mut Params, random: &mut ChaCha8Rng) {
    let rows: Vec<_> = params::TABLE.iter().filter(|row| !LEFT_ALONE.contains(&row.name)).collect();
    let row = rows[random.random_range(0..rows.len())];
    let usual = Params::default().get(row.name).filter(|x| *x >= row.min).unwrap_or(row.max.sqrt());
    let value = if row.choices.is_empty() {
        let least = if usual == 0.0 { 0.01 * (row.max - row.min) } else { usual };
        let value = (least * 4_f64.powf(random.random_range(-1.0..1.0))).clamp(row.min, row.max);
        if row.integer { value.round() } else { value }
    } else {
        random.random_range(0..row.choices.len()) as f64
    };
    // Inside its range; what does not fit the others is refused by the window.
    let _refused = params.set(row.name, value);
}

/// Something goes into a file, or comes out of one that the soak has written.
fn file(hands: &mut Hands<'_>, folder: &Path, random: &mut ChaCha8Rng) -> Result<&'static str> {
    let export = &mut hands.model_mut().export;
    (export.preset, export.custom, export.side) = (Preset::Custom, [480, 360], 128);
    (export.frames, export.endless, export.stride) = (12, false, random.random_range(1..4));
    (export.axes, export.bar, export.time) = (random.random(), random.random(), random.random());
    (export.sidecar, export.dots) = (random.random(), 72.0);
    let written = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
    let (purpose, name, what) = match random.random_range(0..16) {
        0 => (Purpose::ExportFrame, "frame.png", "picture"),
        1 => (Purpose::ExportFigure, "figure.png", "figure"),
        2 => (Purpose::ExportFigure, "figure.svg", "figure"),
        3 => (Purpose::ExportField, "omega.npy", "field"),
        4 => (Purpose::ExportField, "omega.npz", "field"),
        5 => (Purpose::SavePlot, "plot.py", "script"),
        6 => (Purpose::ExportCsv(Table::All), "invariants.csv", "table"),
        7 => (Purpose::SaveState, "z0.npz", "state"),
        8 => (Purpose::SaveSession, "session.toml", "session"),
        9 => (Purpose::Record(Format::Gif), "movie.gif", "movie"),
        10 => (Purpose::Record(Format::Apng), "movie.png", "movie"),
        11 => (Purpose::Record(Format::Mp4), "movie.mp4", "movie"),
        12 => (Purpose::Record(Format::Frames), "frames/frame.png", "frames"),
        13 => (Purpose::OpenState, "z0.npz", "state opened"),
        14 => (Purpose::OpenSession, "session.toml", "session opened"),
        _ => (Purpose::OpenField, "omega.npy", "field encoded"),
    };
    if name.starts_with("frames/") {
        let frames = folder.join("frames");
        // Numbered by step, they would fill the disk.
        let _none_yet = std::fs::remove_dir_all(&frames);
        std::fs::create_dir_all(&frames).map_err(|source| crate::error::Error::Unwritable { path: frames, source })?;
    }
    if purpose == Purpose::SavePlot {
        // A script takes a field of its own along each time.
        let fields = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
        let is_field = |path: &std::path::PathBuf| {
            path.file_name().is_some_and(|name| {
                name.to_string_lossy().starts_with("plot") && path.extension().is_some_and(|e| e == "npz")
            })
        };
        // One that stays fills a little of the disk.
        fields.filter(is_field).for_each(|path| drop(std::fs::remove_file(path)));
    }
    if !purpose.writes() && written(name).is_none() {
        return Ok("nothing to open");
    }
    if matches!(purpose, Purpose::Record(_)) && hands.model().export.job.is_some() {
        hands.ask(Ask::Command(Command::CancelRecording));
        return Ok("movie given up");
    }
    hands.ask(Ask::Path(purpose, folder.join(name)));
    Ok(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn parameters_stay_in_their_ranges_and_those_of_the_machine_alone() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let (mut params, usual) = (Params::default(), Params::default());
        let mut changed = std::collections::BTreeSet::new();
        for _ in 0..2000 {
            parameter(&mut params, &mut random);
            changed
                .extend(params::TABLE.iter().filter(|row| params.get(row.name) != usual.get(row.name)).map(|r| r.name));
        }
        assert!(LEFT_ALONE.iter().all(|name| !changed.contains(name)), "{changed:?}");
        assert!(LEFT_ALONE.iter().all(|name| usual.get(name).is_some()), "known names");
        assert_eq!(changed.len(), params::TABLE.len() - LEFT_ALONE.len(), "{changed:?}");
    }

    #[test]
    fn a_hand_may_do_most_of_the_table() {
        let open = TABLE.iter().filter(|entry| !is_for_people(entry.command)).count();
        assert!(open > TABLE.len() - 20 && is_for_people(Command::Quit));
    }
}
