//! The operators. One stem everywhere: `<op>/mod.rs` the equation and the numbers, `<op>/cpu.rs` the
//! textbook reference in any precision, `<op>/gpu.rs` the pass, `shaders/<op>*.wgsl` its kernel.

pub mod advect;
pub mod atom_modes;
pub mod biot_savart;
#[cfg(feature = "gpu")]
pub mod buffers;
pub mod compose;
pub mod core_spread;
pub mod device;
pub mod ellipse_fit;
pub mod invariants;
pub mod kernel_dense;
pub mod kernel_fixed;
pub mod kernel_galerkin;
pub mod kernel_linear;
pub mod kernel_modal;
pub mod low_k;
pub mod mdl;
pub mod mesh;
pub mod mode_velocity;
pub mod parcels;
pub mod part;
pub mod poisson;
pub mod potential;
pub mod pressure;
pub mod quadrature;
pub mod raster;
pub mod resample;
pub mod sample;
pub mod stretch;
pub mod tracers;
pub mod window;
pub mod z_square;

use crate::layout::{StructLayout, Workgroup};

/// Every struct that Rust and a shader share.
pub const LAYOUTS: &[StructLayout] = &[
    advect::Advect::LAYOUT,
    atom_modes::AtomModes::LAYOUT,
    biot_savart::BiotSavart::LAYOUT,
    compose::Compose::LAYOUT,
    core_spread::CoreSpread::LAYOUT,
    device::Counts::LAYOUT,
    device::DeviceAtom::LAYOUT,
    device::DeviceBlob::LAYOUT,
    device::DeviceSegment::LAYOUT,
    device::DeviceVertex::LAYOUT,
    ellipse_fit::DeviceEllipse::LAYOUT,
    ellipse_fit::EllipseFit::LAYOUT,
    kernel_fixed::KernelFixed::LAYOUT,
    kernel_galerkin::KernelGalerkin::LAYOUT,
    kernel_modal::KernelModal::LAYOUT,
    low_k::LowK::LAYOUT,
    mesh::Mesh::LAYOUT,
    mode_velocity::ModeVelocity::LAYOUT,
    parcels::Parcels::LAYOUT,
    parcels::Ridden::LAYOUT,
    part::Part::LAYOUT,
    resample::Resample::LAYOUT,
    sample::Sample::LAYOUT,
    stretch::Stretch::LAYOUT,
    tracers::Tracers::LAYOUT,
    window::Window::LAYOUT,
    z_square::ZSquare::LAYOUT,
];

/// Workgroup size of every entry point.
pub const WORKGROUPS: &[Workgroup] = &[
    advect::WORKGROUP,
    atom_modes::WORKGROUP,
    biot_savart::WORKGROUPS[0],
    biot_savart::WORKGROUPS[1],
    biot_savart::WORKGROUPS[2],
    compose::WORKGROUP,
    core_spread::WORKGROUP,
    ellipse_fit::WORKGROUPS[0],
    ellipse_fit::WORKGROUPS[1],
    ellipse_fit::WORKGROUPS[2],
    ellipse_fit::WORKGROUPS[3],
    ellipse_fit::WORKGROUPS[4],
    ellipse_fit::WORKGROUPS[5],
    ellipse_fit::WORKGROUPS[6],
    kernel_dense::WORKGROUP,
    kernel_fixed::WORKGROUP,
    kernel_galerkin::WORKGROUP,
    kernel_linear::WORKGROUP,
    kernel_modal::WORKGROUP,
    low_k::ROWS_WORKGROUP,
    low_k::WORKGROUP,
    mesh::GATE,
    mesh::MORE,
    mesh::THREADS[0],
    mesh::THREADS[1],
    mesh::THREADS[2],
    mesh::THREADS[3],
    mesh::THREADS[4],
    mesh::THREADS[5],
    mesh::THREADS[6],
    mesh::THREADS[7],
    mesh::THREADS[8],
    mesh::THREADS[9],
    mesh::THREADS[10],
    mesh::THREADS[11],
    mesh::LINES[0],
    mesh::LINES[1],
    mesh::LINES[2],
    mesh::LINES[3],
    mode_velocity::WORKGROUP,
    parcels::THREADS[0],
    parcels::THREADS[1],
    parcels::THREADS[2],
    parcels::THREADS[3],
    parcels::THREADS[4],
    parcels::THREADS[5],
    parcels::THREADS[6],
    parcels::LINES[0],
    parcels::LINES[1],
    parcels::LINES[2],
    poisson::WORKGROUPS[0],
    poisson::WORKGROUPS[1],
    potential::WORKGROUP,
    pressure::WORKGROUPS[0],
    pressure::WORKGROUPS[1],
    quadrature::WORKGROUP,
    raster::BIN_WORKGROUP,
    raster::SEGMENTS_WORKGROUP,
    raster::WORKGROUP,
    resample::WORKGROUPS[0],
    resample::WORKGROUPS[1],
    resample::WORKGROUPS[2],
    sample::WORKGROUP,
    stretch::WORKGROUPS[0],
    stretch::WORKGROUPS[1],
    stretch::WORKGROUPS[2],
    tracers::WORKGROUP,
    z_square::BACK_WORKGROUP,
    z_square::WORKGROUP,
];
