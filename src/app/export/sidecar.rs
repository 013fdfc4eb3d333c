//! The JSON file beside an export: with what, from what and how it was made.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    app::model::Model,
    error::Result,
    io::atomic,
    params::{Params, TABLE},
    render::kind::Sort,
};

/// The file beside `path`: the same name with the ending `.json`.
pub fn path_of(path: &Path) -> PathBuf {
    path.with_extension("json")
}

/// Writes it, whole or not at all.
///
/// # Errors
/// [`crate::Error::Unwritable`].
pub fn write(path: &Path, value: &Value) -> Result<()> {
    let path = path_of(path);
    atomic::write_io(&path, |out| writeln!(out, "{value:#}"))
}

/// Every parameter by name; a choice as its word.
fn parameters(params: &Params) -> Value {
    let value = |info: &crate::params::ParamInfo| {
        let x = params.get(info.name)?;
        Some(match info.choices.get(x as usize) {
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
        "program": "dashi-vortex",
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
        write(&file, &of(&model, &file)).unwrap();
        let text = std::fs::read_to_string(folder.path().join("frame.json")).unwrap();
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
}
