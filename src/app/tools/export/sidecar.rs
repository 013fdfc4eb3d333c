//! The JSON file beside an export: with what, from what and how it was made. It has the export's whole name, so that
//! no two exports share one: `shot.png.json`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    app::model::Model,
    error::Result,
    io::{atomic, beside, hash_state, open},
    params::{Params, TABLE},
    render::kind::Sort,
    state::State,
};

/// Longest file that is looked at before it is replaced.
const MOST: u64 = 1 << 20;

/// The file beside `path`: its name and `.json`. A file of that name that does not tell of this export stays, and the
/// next name that is free is taken.
pub fn path_of(path: &Path) -> PathBuf {
    let usual = beside::with_ending(path, "json");
    if is_of(&usual, path) { usual } else { beside::free(&usual) }
}

/// Whether a file tells of the export at `path`, an earlier one of the same name.
fn is_of(file: &Path, path: &Path) -> bool {
    let value = open::bytes(file, MOST).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let name = path.file_name().map(|name| name.to_string_lossy());
    value.is_some_and(|value| value["program"] == PROGRAM && value["file"].as_str() == name.as_deref())
}

/// Writes it, whole or not at all, and says where if it is not the usual place.
///
/// # Errors
/// [`crate::Error::Unwritable`].
pub fn write(path: &Path, value: &Value) -> Result<String> {
    let file = path_of(path);
    atomic::write_io(&file, |out| writeln!(out, "{value:#}"))?;
    let usual = file == beside::with_ending(path, "json");
    Ok(if usual { String::new() } else { format!("; what it was made with in {}", file.display()) })
}

/// Writes what an exported state was made with, and says where if it is not the usual place.
///
/// # Errors
/// As [`write()`].
pub fn of_state(path: &Path, mut value: Value, state: &State) -> Result<String> {
    value["step"] = state.step.into();
    value["time"] = state.time.into();
    value["state_hash"] = hash_state(state).into();
    write(path, &value)
}

/// What says that a file is one of these.
const PROGRAM: &str = "dashi-vortex";

/// Every parameter by name; a choice as its word.
fn parameters(params: &Params) -> Value {
    let value = |info: &crate::params::ParamInfo| {
        let x = params.get(info.name)?;
        Some(match info.word(x) {
            Some(word) => json!(word),
            None if info.integer => json!(x as u64),
            None => json!(x),
        })
    };
    TABLE.iter().map(|info| (info.name.to_string(), json!(value(info)))).collect::<serde_json::Map<_, _>>().into()
}

/// What is true of every export now; `null` where a thing was not measured.
pub fn of(model: &Model, file: &Path) -> Value {
    let (device, view) = (&model.device, &model.view);
    json!({
        "program": PROGRAM,
        "version": env!("CARGO_PKG_VERSION"),
        "file": file.file_name().map(|name| name.to_string_lossy()),
        "adapter": device.name,
        "backend": device.backend,
        "driver": format!("{} {}", device.driver, device.driver_info).trim(),
        "device_type": device.device_type,
        "software_adapter": device.software,
        "scene": model.scene,
        "step": model.readout.step,
        "time": model.readout.time,
        "atoms": model.readout.atoms,
        "vertices": model.readout.vertices,
        "energy": model.readout.energy,
        "enstrophy": model.readout.enstrophy,
        "max_abs": model.readout.max_abs,
        "kernel_file": model.kernel.loaded.as_ref().map(|kernel| &kernel.name),
        "operators": model.operators.iter().filter(|row| row.on).map(|row| &row.name).collect::<Vec<_>>(),
        "parameters": parameters(&model.params),
        "view": {
            "picture": view.picture.word(),
            "colour_map": view.colormap,
            "range": [if view.picture.sort() == Sort::Signed { -view.range.limit } else { 0.0 }, view.range.limit],
            "camera_center": view.camera.center.to_array(),
            "camera_span": view.camera.span,
            "filaments": view.filaments,
            "strokes": view.strokes,
            "filament_colours": view.filament_color.name(),
            "dye": view.tracers,
        },
        "size": null,
        "decoded": null,
        "field_hash": null,
        "state_hash": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::DeviceInfo;

    #[test]
    fn it_names_adapter_parameters_and_view_and_parses() {
        let folder = tempfile::tempdir().unwrap();
        let device = DeviceInfo { name: "Test GPU".into(), driver: "d".into(), software: true, ..Default::default() };
        let model = Model { device, scene: "pair".into(), ..Model::default() };
        let file = folder.path().join("frame.png");
        assert_eq!(write(&file, &of(&model, &file)).unwrap(), "");
        let text = std::fs::read_to_string(folder.path().join("frame.png.json")).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["adapter"], "Test GPU");
        assert_eq!((&value["software_adapter"], &value["scene"]), (&json!(true), &json!("pair")));
        assert_eq!(value["parameters"]["kernel"], "galerkin");
        assert_eq!(value["parameters"]["dt"], json!(0.01));
        assert_eq!(value["parameters"]["seed"], json!(0));
        assert_eq!(value["parameters"].as_object().unwrap().len(), TABLE.len());
        assert_eq!(value["file"], "frame.png");
        assert!(value["energy"].is_null() && value["view"]["camera_span"].is_number());
    }

    #[test]
    fn exports_of_one_stem_have_files_of_their_own_and_a_foreign_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("shot.json"), "mine").unwrap();
        std::fs::write(at("shot.svg.json"), "{\"program\": \"another\"}").unwrap();
        for name in ["shot.png", "shot.svg", "shot.npz", "shot.png"] {
            let said = write(&at(name), &of(&Model::default(), &at(name))).unwrap();
            assert_eq!(said.is_empty(), name != "shot.svg", "{name}: {said}");
        }
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["shot.json", "shot.npz.json", "shot.png.json", "shot.svg-2.json", "shot.svg.json"]);
        assert_eq!(std::fs::read_to_string(at("shot.json")).unwrap(), "mine");
        assert!(std::fs::read_to_string(at("shot.svg.json")).unwrap().contains("another"));
    }
}
