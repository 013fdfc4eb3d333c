//! What `encode` prints.

use super::EncodeArgs;
use crate::{
    encode::BITS_PER_FLOAT,
    error::Result,
    io::{Hashes, field_file::Field},
    math::Nearness,
    sim::measure::{Share, shares},
    spectral::{Cuts, Encoder},
    state::State,
};

/// What `encode` found.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct Report {
    out: String,
    N: usize,
    k_cut: u32,
    resid_mid_cut: u32,
    topk_mid: u32,
    atoms: usize,
    vertices: usize,
    modes: usize,
    floats: usize,
    bits: f64,
    z: usize,
    ratio: f64,
    /// `None` for a field that is zero.
    relL2: Option<f64>,
    /// `None` where a field is constant.
    corr: Option<f64>,
    /// `None` on a grid too coarse for the low pass.
    support_cells: Option<u64>,
    support_frac: Option<f64>,
    resid_mid_E: f64,
    resid_high_E: f64,
    /// `None` for a state that is zero.
    energy: Option<Share>,
    enstrophy: Option<Share>,
    unresolved_energy: f64,
    seconds: f64,
    /// Where atoms were fitted; `None` without atoms.
    place: Option<String>,
    #[serde(flatten)]
    hashes: Hashes,
}

impl Report {
    /// Of a state and the field it stands for.
    ///
    /// # Errors
    /// What the encoder refuses.
    pub fn new(
        args: &EncodeArgs,
        field: &Field,
        state: &State,
        near: Nearness,
        spent: (f64, Option<String>),
    ) -> Result<Self> {
        let (background, header) = (&state.background, &state.background.header);
        let (basis, n) = (background.basis(), field.n);
        let cells = (n * n) as f64;
        // The carrier is that of the whole field; beside atoms the background has seen only their rest.
        let support = if args.z_only { Some(header.support_frac) } else { carrier(field, args)? };
        let square = field.omega.iter().map(|w| w * w).sum::<f64>() / cells;
        let rest = near.rel_l2 * near.rel_l2 * square;
        let floats = state.floats();
        let shares = shares(state);
        Ok(Self {
            out: args.out.display().to_string(),
            N: n,
            k_cut: basis.k_cut(),
            resid_mid_cut: basis.resid_mid_cut(),
            topk_mid: basis.topk_mid(),
            atoms: state.atoms.len(),
            vertices: state.atoms.vertex_count(),
            modes: basis.modes().count(),
            floats,
            bits: floats as f64 * BITS_PER_FLOAT,
            z: basis.dimension(),
            ratio: floats as f64 / cells,
            relL2: Some(near.rel_l2).filter(|x| x.is_finite()),
            corr: Some(near.corr).filter(|x| x.is_finite()),
            support_cells: support.map(|share| (share * cells).round() as u64),
            support_frac: support,
            resid_mid_E: header.resid_mid_e,
            resid_high_E: header.resid_high_e,
            energy: shares.map(|s| s.energy),
            enstrophy: shares.map(|s| s.enstrophy),
            unresolved_energy: if args.z_only { background.unresolved_energy() } else { rest },
            seconds: spent.0,
            place: spent.1,
            hashes: Hashes::of(state),
        })
    }

    /// The report as text.
    pub fn text(&self) -> String {
        let maybe = |x: Option<f64>| x.map_or("not defined".into(), |x| format!("{x:.6}"));
        let share = |s: Option<Share>| {
            s.map_or("not defined".into(), |s| {
                let [a, b, both] = [s.atoms, s.background, s.both].map(|x| 100.0 * x);
                format!("atoms {a:.2} %, background {b:.2} %, both {both:.2} %")
            })
        };
        let r = self;
        format!(
            "{}: N {}, {} atoms, k_cut {}, resid_mid_cut {}, topk_mid {}\n\
             floats             {} independent, z holds {}\nratio              {:.6}\nrelL2              {}\n\
             corr               {}\nsupport_cells      {}\nsupport_frac       {}\nenergy             {}\n\
             enstrophy          {}\nunresolved_energy  {:.6e}\ntime               {:.1} s{}\n{}\n",
            r.out,
            r.N,
            r.atoms,
            r.k_cut,
            r.resid_mid_cut,
            r.topk_mid,
            r.floats,
            r.z,
            r.ratio,
            maybe(r.relL2),
            maybe(r.corr),
            r.support_cells.map_or("not defined".into(), |x| x.to_string()),
            maybe(r.support_frac),
            share(r.energy),
            share(r.enstrophy),
            r.unresolved_energy,
            r.seconds,
            r.place.as_ref().map_or(String::new(), |place| format!(" on {place}")),
            r.hashes
        )
    }
}

/// Support of the carrier of the whole field, with the usual low pass.
fn carrier(field: &Field, args: &EncodeArgs) -> Result<Option<f64>> {
    let cuts = Cuts { topk_mid: 0, ..args.cuts.cuts(0) };
    if 2 * cuts.k_cut as usize >= field.n {
        return Ok(None);
    }
    let encoder = Encoder::new(field.n, &cuts)?;
    let basis = encoder.basis(&field.omega)?;
    Ok(Some(encoder.encode(&field.omega, &basis)?.header.support_frac))
}
