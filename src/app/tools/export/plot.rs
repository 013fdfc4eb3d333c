//! Python that loads an exported field and reproduces the picture with matplotlib.

use std::path::Path;

use crate::{math::BOX, render::colormap::Colormap};

/// What is plotted.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot<'a> {
    /// The exported field, .npz or .npy.
    pub field: &'a Path,
    /// Of which flow.
    pub scene: &'a str,
    /// Simulated step.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Colours.
    pub map: Colormap,
    /// Values of the first and the last colour.
    pub values: [f64; 2],
    /// Label of the colour bar, as matplotlib's mathtext.
    pub label: &'a str,
    /// Corners of what the canvas shows, world coordinates.
    pub window: [[f64; 2]; 2],
}

/// A string of Python.
fn quoted(text: &str) -> String {
    // JSON's strings are Python's, too.
    serde_json::Value::from(text).to_string()
}

/// Lines that leave a colour map in `cmap`.
fn colormap(map: Colormap) -> String {
    let name = map.name();
    match map {
        Colormap::RdBuR | Colormap::Viridis | Colormap::Inferno => format!("cmap = plt.get_cmap(\"{name}\")\n"),
        Colormap::Vik | Colormap::Berlin | Colormap::Vanimo => format!(
            "try:\n    cmap = plt.get_cmap(\"{name}\")  # matplotlib 3.10 or newer\n\
             except ValueError:\n    try:\n        from cmcrameri import cm  # pip install cmcrameri\n\n        \
             cmap = cm.{name}\n    except ImportError:\n        cmap = plt.get_cmap(\"RdBu_r\")\n"
        ),
        Colormap::Balance => "try:\n    import cmocean  # pip install cmocean\n\n    cmap = cmocean.cm.balance\n\
             except ImportError:\n    cmap = plt.get_cmap(\"RdBu_r\")\n"
            .into(),
    }
}

/// The whole script.
pub fn script(plot: &Plot<'_>) -> String {
    let file = quoted(&plot.field.display().to_string());
    let load = match plot.field.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz")) {
        true => format!("data = np.load({file})\nomega, t = data[\"omega\"], float(data[\"t\"])\n"),
        false => format!("omega, t = np.load({file}), {:?}\n", plot.time),
    };
    let [low, high] = plot.window;
    // A look that leaves the box has no counterpart in one copy of it.
    let zoomed =
        (0..2).all(|i| low[i] >= -1e-9 && high[i] <= BOX + 1e-9) && (0..2).any(|i| high[i] - low[i] < BOX - 1e-9);
    let ticks = match zoomed {
        true => format!("ax.set_xlim({:?}, {:?})\nax.set_ylim({:?}, {:?})\n", low[0], high[0], low[1], high[1]),
        false => "ticks, words = np.linspace(0, 2 * np.pi, 5), [\"0\", \"π/2\", \"π\", \"3π/2\", \"2π\"]\n\
                  ax.set_xticks(ticks, words)\nax.set_yticks(ticks, words)\n\
                  ax.set_xlim(0, 2 * np.pi)\nax.set_ylim(0, 2 * np.pi)\n"
            .into(),
    };
    let shown = if plot.map.diverging() { "omega" } else { "np.abs(omega)" };
    let [first, last] = plot.values;
    format!(
        "# dashi-vortex {version}, {scene}, step {step}\n\
         import matplotlib.pyplot as plt\n\
         import numpy as np\n\n\
         # [N, N]: y first, row 0 at the bottom\n\
         {load}\n\
         {map}\n\
         # Node i lies at i h, and imshow draws a cell around each; the box repeats, so its first nodes end it.\n\
         h = 2 * np.pi / len(omega)\n\
         cells = np.pad({shown}, (0, 1), mode=\"wrap\")\n\n\
         fig, ax = plt.subplots(figsize=(6.0, 5.2), layout=\"constrained\")\n\
         image = ax.imshow(\n    cells,\n    origin=\"lower\",\n    \
         extent=[-h / 2, 2 * np.pi + h / 2, -h / 2, 2 * np.pi + h / 2],\n    \
         cmap=cmap,\n    vmin={first:?},\n    vmax={last:?},\n    interpolation=\"bilinear\",\n)\n\
         fig.colorbar(image, ax=ax, label=r\"{label}\")\n\
         {ticks}\
         ax.set(xlabel=\"x\", ylabel=\"y\", title=f\"t = {{t:.3f}}\")\n\
         plt.show()\n",
        version = env!("CARGO_PKG_VERSION"),
        scene = plot.scene.replace(['\n', '\r'], " "),
        step = plot.step,
        map = colormap(plot.map),
        label = plot.label,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_names_file_map_range_and_window() {
        let plot = Plot {
            field: Path::new("/tmp/a \"b\"/omega.npz"),
            scene: "pair",
            step: 12,
            time: 0.12,
            map: Colormap::Berlin,
            values: [-1.5, 1.5],
            label: r"$\omega$",
            window: [[0.0; 2], [BOX; 2]],
        };
        let text = script(&plot);
        for part in
            ["np.load(\"/tmp/a \\\"b\\\"/omega.npz\")", "vmin=-1.5", "get_cmap(\"berlin\")", "3π/2", "$\\omega$"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        let close = script(&Plot { window: [[1.0, 1.0], [2.0, 3.0]], ..plot.clone() });
        assert!(close.contains("ax.set_xlim(1.0, 2.0)") && close.contains("ax.set_ylim(1.0, 3.0)"));
        let outside = script(&Plot { window: [[-1.0, 1.0], [2.0, 3.0]], ..plot });
        assert!(outside.contains("ax.set_xlim(0, 2 * np.pi)") && !outside.contains("set_xlim(-1.0"));
    }
}
