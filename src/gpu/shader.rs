//! WGSL sources and a small include-once `#import`.

use std::collections::HashSet;

use crate::error::{Error, Result};

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// Every shader file: path below `shaders/` and text.
        pub const SOURCES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../shaders/", $name))),)*];
    };
}

sources![
    "advect.wgsl",
    "atom_modes.wgsl",
    "biot_savart.wgsl",
    "biot_savart_modes.wgsl",
    "biot_savart_pairs.wgsl",
    "compose.wgsl",
    "copy.wgsl",
    "core_spread.wgsl",
    "ellipse_fit_commit.wgsl",
    "ellipse_fit_field.wgsl",
    "ellipse_fit_gradient.wgsl",
    "ellipse_fit_judge.wgsl",
    "ellipse_fit_moments.wgsl",
    "ellipse_fit_move.wgsl",
    "ellipse_fit_tiles.wgsl",
    "fft_complex.wgsl",
    "fft_lines.wgsl",
    "fft_rows.wgsl",
    "fft_rows_back.wgsl",
    "kernel_dense.wgsl",
    "kernel_fixed.wgsl",
    "kernel_galerkin.wgsl",
    "kernel_linear.wgsl",
    "kernel_modal.wgsl",
    "les_band.wgsl",
    "les_columns.wgsl",
    "les_field.wgsl",
    "les_rows.wgsl",
    "les_sums.wgsl",
    "loop_check.wgsl",
    "low_k.wgsl",
    "low_k_rows.wgsl",
    "mesh_back.wgsl",
    "mesh_bin.wgsl",
    "mesh_bin_targets.wgsl",
    "mesh_columns.wgsl",
    "mesh_count.wgsl",
    "mesh_fold.wgsl",
    "mesh_gate.wgsl",
    "mesh_gather.wgsl",
    "mesh_more.wgsl",
    "mesh_near.wgsl",
    "mesh_order.wgsl",
    "mesh_order_targets.wgsl",
    "mesh_rows.wgsl",
    "mesh_scale.wgsl",
    "mesh_sort.wgsl",
    "mesh_spread.wgsl",
    "mesh_tiles.wgsl",
    "mesh_weigh.wgsl",
    "mode_velocity.wgsl",
    "parcels_columns.wgsl",
    "parcels_move.wgsl",
    "parcels_push.wgsl",
    "parcels_remesh.wgsl",
    "parcels_remesh_columns.wgsl",
    "parcels_remesh_spread.wgsl",
    "parcels_ride.wgsl",
    "parcels_rows.wgsl",
    "parcels_show.wgsl",
    "parcels_spread.wgsl",
    "poisson_columns.wgsl",
    "poisson_velocity.wgsl",
    "potential_columns.wgsl",
    "pressure_columns.wgsl",
    "pressure_source.wgsl",
    "quadrature.wgsl",
    "raster.wgsl",
    "raster_bin.wgsl",
    "raster_segments.wgsl",
    "render_arrows.wgsl",
    "render_field.wgsl",
    "render_filaments.wgsl",
    "render_lic.wgsl",
    "render_strokes.wgsl",
    "render_trails.wgsl",
    "render_upload.wgsl",
    "resample_commit.wgsl",
    "resample_mark.wgsl",
    "resample_scatter.wgsl",
    "sample.wgsl",
    "scan_add.wgsl",
    "scan_blocks.wgsl",
    "scan_sums.wgsl",
    "stretch.wgsl",
    "stretch_gamma.wgsl",
    "stretch_twist.wgsl",
    "ternary_add.wgsl",
    "ternary_field.wgsl",
    "ternary_fuse.wgsl",
    "ternary_saturate.wgsl",
    "ternary_smooth.wgsl",
    "ternary_threshold.wgsl",
    "tracers.wgsl",
    "tracers_splat.wgsl",
    "z_square.wgsl",
    "z_square_back.wgsl",
    "shared/atoms.wgsl",
    "shared/background.wgsl",
    "shared/complex.wgsl",
    "shared/ellipse.wgsl",
    "shared/erf.wgsl",
    "shared/fft.wgsl",
    "shared/les.wgsl",
    "shared/mesh.wgsl",
    "shared/pairs.wgsl",
    "shared/parcels.wgsl",
    "shared/parcels_filter.wgsl",
    "shared/shown.wgsl",
    "shared/part.wgsl",
    "shared/resample.wgsl",
    "shared/segment.wgsl",
    "shared/flow.wgsl",
    "shared/stretch.wgsl",
    "shared/summary.wgsl",
    "shared/ternary.wgsl",
    "shared/torus.wgsl",
    "shared/trig.wgsl",
    "shared/view.wgsl",
    "shared/wavenumber.wgsl",
    "shared/wide.wgsl",
    "shared/window.wgsl",
];

fn source(path: &str) -> Result<&'static str> {
    let found = SOURCES.iter().find(|(name, _)| *name == path);
    found.map(|(_, text)| *text).ok_or_else(|| Error::Run(format!("shader {path} is not part of this build")))
}

/// The text of shader `name` (a file stem) with every `#import shared/x.wgsl` line replaced by that
/// file, each file once.
///
/// # Errors
/// [`Error::Run`] for a file that is not part of this build.
pub fn expand(name: &str) -> Result<String> {
    let mut text = String::new();
    append(&format!("{name}.wgsl"), &mut HashSet::new(), &mut text)?;
    Ok(text)
}

fn append(path: &str, seen: &mut HashSet<String>, text: &mut String) -> Result<()> {
    if !seen.insert(path.into()) {
        return Ok(());
    }
    for line in source(path)?.lines() {
        match line.strip_prefix("#import ") {
            Some(other) => append(other.trim(), seen, text)?,
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    Ok(())
}
