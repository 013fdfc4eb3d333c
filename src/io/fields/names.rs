//! What the names of arrays and axes say of them. Case does not count.

/// Arrays that are vorticity, the surest first.
const VORTICITY: [&str; 15] = [
    "omega",
    "vorticity",
    "vort",
    "zeta",
    "omega_z",
    "omegaz",
    "wz",
    "w_z",
    "vor",
    "curl",
    "rot",
    "relative_vorticity",
    "rv",
    "traj",
    "omegas",
];
/// Arrays that are a streamfunction.
const STREAM: [&str; 5] = ["psi", "streamfunction", "stream_function", "stream", "sf"];
/// Arrays that hold both components of a velocity.
const VELOCITY: [&str; 7] = ["velocity", "velocities", "vel", "uv", "uvec", "u_vec", "flow"];
/// Two arrays that are the components along x and y.
const PAIRS: [(&str, &str); 18] = [
    ("u", "v"),
    ("ux", "uy"),
    ("vx", "vy"),
    ("u_x", "u_y"),
    ("v_x", "v_y"),
    ("velx", "vely"),
    ("vel_x", "vel_y"),
    ("velocity_x", "velocity_y"),
    ("x_velocity", "y_velocity"),
    ("xvel", "yvel"),
    ("uvel", "vvel"),
    ("uo", "vo"),
    ("u10", "v10"),
    ("ugos", "vgos"),
    ("water_u", "water_v"),
    ("u_velocity", "v_velocity"),
    ("u0", "v0"),
    ("u1", "u2"),
];
/// Arrays that say where or when, or where nothing is: never a field by their shape alone.
const COORDINATES: [&str; 44] = [
    "x",
    "y",
    "z",
    "t",
    "xx",
    "yy",
    "lon",
    "lat",
    "longitude",
    "latitude",
    "time",
    "times",
    "xg",
    "yg",
    "xc",
    "yc",
    "x_grid",
    "y_grid",
    "grid",
    "grid_x",
    "grid_y",
    "mesh_x",
    "mesh_y",
    "kx",
    "ky",
    "k",
    "k2",
    "ksq",
    "depth",
    "level",
    "bathymetry",
    "mask",
    "mask_low",
    "land",
    "lsm",
    "extent",
    "origin",
    "axes",
    "dx",
    "dy",
    "nav_lon",
    "nav_lat",
    "lons",
    "lats",
];
const X_AXIS: [&str; 10] = ["x", "lon", "longitude", "xc", "xg", "xx", "nx", "x_grid", "grid_x", "nav_lon"];
const Y_AXIS: [&str; 10] = ["y", "lat", "latitude", "yc", "yg", "yy", "ny", "y_grid", "grid_y", "nav_lat"];
const TIME: [&str; 8] = ["time", "t", "times", "nt", "frame", "frames", "step", "valid_time"];

/// What an axis stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Columns.
    X,
    /// Rows.
    Y,
    /// Frames.
    Time,
    /// None of these.
    Other,
}

fn place(list: &[&str], name: &str) -> Option<usize> {
    // The last part of a path in a file with groups.
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    list.iter().position(|known| *known == name)
}

/// How sure the name of an array is to be a vorticity, 0 the surest.
pub fn vorticity(name: &str) -> Option<usize> {
    place(&VORTICITY, name)
}

/// The same of a streamfunction.
pub fn streamfunction(name: &str) -> Option<usize> {
    place(&STREAM, name)
}

/// The same of both components of a velocity.
pub fn velocity(name: &str) -> Option<usize> {
    place(&VELOCITY, name)
}

/// The names of the other component, where this is the name of one, and whether this is the one along x.
pub fn component(name: &str) -> Vec<(&'static str, bool)> {
    let of = |(x, y): &(&'static str, &'static str)| {
        let along_x = place(&[*x], name).map(|_| (*y, true));
        along_x.or_else(|| place(&[*y], name).map(|_| (*x, false)))
    };
    PAIRS.iter().filter_map(of).collect()
}

/// Whether two names are one, but for case and groups.
pub fn same(known: &str, name: &str) -> bool {
    place(&[known], name).is_some()
}

/// Whether an array of this name says where or when, and is no field.
pub fn coordinate(name: &str) -> bool {
    place(&COORDINATES, name).is_some()
}

/// What an axis, or the array of its places, stands for.
pub fn axis(name: &str) -> Axis {
    let is = |list: &[&str]| place(list, name).is_some();
    match () {
        () if is(&X_AXIS) => Axis::X,
        () if is(&Y_AXIS) => Axis::Y,
        () if is(&TIME) => Axis::Time,
        () => Axis::Other,
    }
}

/// Whether an axis is an angle on a sphere.
pub fn angle(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("lon") || name.contains("lat")
}

/// What is looked for, for help and messages.
pub fn words() -> String {
    format!(
        "vorticity {}; velocity {}, or one of {}; streamfunction {}",
        VORTICITY[..6].join(", "),
        PAIRS[..5].iter().map(|(x, y)| format!("{x} and {y}")).collect::<Vec<_>>().join(", "),
        VELOCITY[..3].join(", "),
        STREAM[..3].join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_one_thing() {
        assert_eq!((vorticity("Omega"), vorticity("/run/vorticity"), vorticity("u")), (Some(0), Some(1), None));
        assert_eq!(component("U"), [("v", true)]);
        assert_eq!(component("vy"), [("vx", false)]);
        assert!(coordinate("X") && coordinate("mask") && !coordinate("omega"));
        assert_eq!(["lon", "LAT", "time", "depth"].map(axis), [Axis::X, Axis::Y, Axis::Time, Axis::Other]);
        let one = |name: &&str| {
            usize::from(vorticity(name).is_some())
                + usize::from(streamfunction(name).is_some())
                + usize::from(velocity(name).is_some())
                + usize::from(!component(name).is_empty())
                + usize::from(coordinate(name))
        };
        let all = VORTICITY.iter().chain(&STREAM).chain(&VELOCITY).chain(&COORDINATES);
        assert!(all.chain(PAIRS.iter().flat_map(|(x, y)| [x, y])).all(|name| one(name) == 1));
    }
}
