//! `dashi-vortex scenes`: what there is to start from.

use crate::{error::Result, genesis, params::Params};

/// Arguments of `scenes`.
#[derive(clap::Args)]
pub struct ScenesArgs {
    /// One JSON array instead of text
    #[arg(long)]
    json: bool,
}

/// One scene as the list shows it.
#[derive(serde::Serialize)]
struct Entry {
    name: &'static str,
    title: &'static str,
    physics: &'static str,
    atoms: usize,
    vertices: usize,
}

/// Lists every scene, the default first; counts are those of seed 0.
///
/// # Errors
/// [`crate::Error::Unwritable`] where stdout cannot be written.
pub fn scenes(args: &ScenesArgs) -> Result<()> {
    let entries = genesis::scenes().iter().map(|scene| {
        let atoms = genesis::make(scene.name, &mut Params::default())?.atoms;
        let (name, title, physics) = (scene.name, scene.title, scene.physics);
        Ok(Entry { name, title, physics, atoms: atoms.len(), vertices: atoms.vertex_count() })
    });
    let entries: Vec<Entry> = entries.collect::<Result<_>>()?;
    if args.json {
        return super::print_json(&entries);
    }
    let mut text = String::new();
    for e in &entries {
        let Entry { name, title, physics, atoms, vertices } = e;
        text += &format!("{name:<12} {title}: {atoms} atoms, {vertices} vertices\n             {physics}\n");
    }
    super::print(&text)
}
