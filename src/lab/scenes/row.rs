//! A scene's row: the numbers, what they are held to, and their text.

use super::asked;
use crate::params::Params;

/// The state at a time beside the reference.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct At {
    /// The time asked for.
    pub t: f64,
    /// The time that whole steps came to.
    pub reached: f64,
    /// `None` where a field is constant.
    pub corr: Option<f64>,
    /// Relative L2 distance.
    pub relL2: Option<f64>,
    /// Floats of the state.
    pub floats: usize,
    /// Atoms of the state.
    pub atoms: usize,
    /// Vertices of the state's atoms.
    pub vertices: usize,
    /// Most parcels that carried the atoms on the way here; `None` where there were none.
    pub parcels: Option<usize>,
    /// Of the steps since the time before.
    pub seconds: f64,
    /// Mean of `(u^2 + v^2)/2`.
    pub energy: f64,
    /// Of the reference.
    pub energy_reference: f64,
    /// Ours less the reference's, percent of it.
    pub energy_percent: Option<f64>,
    /// Mean of `omega^2/2`.
    pub enstrophy: f64,
    /// Of the reference.
    pub enstrophy_reference: f64,
    /// Ours less the reference's, percent of it.
    pub enstrophy_percent: Option<f64>,
}

/// A live run.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Live {
    /// Time step of the run.
    pub dt: f64,
    /// The parameters that say how it moved.
    pub refit_every: Option<f64>,
    /// Most parcels a side.
    pub parcels: Option<f64>,
    /// `max_atoms`, the most atoms.
    pub max_atoms: Option<f64>,
    /// Whether passes ran.
    pub mdl: Option<f64>,
    /// At each time that it came to.
    pub at: Vec<At>,
    /// Steps alone; `None` where it did not come to its end.
    pub seconds_per_unit: Option<f64>,
    /// What ended it before, in words.
    pub ended: Option<String>,
}

impl Live {
    /// Nothing run yet.
    pub fn new(params: &Params) -> Self {
        let [refit_every, parcels, max_atoms, mdl] =
            ["refit_every", "parcels", "max_atoms", "mdl"].map(|name| params.get(name));
        Self { dt: params.dt, refit_every, parcels, max_atoms, mdl, at: vec![], seconds_per_unit: None, ended: None }
    }
}

/// A spectral solver of few numbers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct Spectral {
    /// Numbers that the solver's state holds.
    pub floats: usize,
    /// Largest wavenumber.
    pub K: usize,
    /// Side of the grid of its products.
    pub grid: usize,
    /// Where the run took its steps.
    pub device: &'static str,
    /// Correlation at each time.
    pub corr: Vec<Option<f64>>,
    /// Steps taken.
    pub steps: u64,
    /// Seconds of a unit of time.
    pub seconds_per_unit: f64,
}

/// Cost and error of the grid solver.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct Cost {
    /// Side of its grid.
    pub N: usize,
    /// Seconds of a unit of time.
    pub seconds_per_unit: f64,
    /// Correlation at each time.
    pub corr: Vec<Option<f64>>,
    /// Relative L2 distance at each time.
    pub relL2: Vec<Option<f64>>,
}

/// A case.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    /// Name of the scene.
    pub scene: String,
    /// Viscosity.
    pub nu: f64,
    /// Floats of the start.
    pub floats_start: usize,
    /// Atoms that the scene starts with.
    pub atoms_start: usize,
    /// Vertices of it.
    pub vertices_start: usize,
    /// Of the reference, steps alone.
    pub reference_seconds_per_unit: f64,
    /// Steps of the reference in a unit of time.
    pub reference_steps_per_unit: f64,
    /// Correlation of the reference on N/2 nodes with it.
    pub ceiling: Vec<Option<f64>>,
    /// Energy of the reference on N/2 nodes less its own, percent of it.
    pub ceiling_energy_percent: Vec<Option<f64>>,
    /// Enstrophy of the reference on N/2 nodes less the reference's own, percent of it.
    pub ceiling_enstrophy_percent: Vec<Option<f64>>,
    /// Spectral solvers of few numbers.
    pub spectral: Vec<Spectral>,
    /// The state as it runs.
    pub live: Live,
    /// Correlation that is asked for at each time.
    pub asked: Vec<Option<f64>>,
    /// Whether the correlation asked for was reached within the budget; `None` where nothing is asked.
    pub met: Vec<Option<bool>>,
    /// Whether energy is within 2 % of the reference's; `None` where that on N/2 nodes is not.
    pub energy_met: Vec<Option<bool>>,
    /// Whether enstrophy is within 2 % of the reference's; `None` where that on N/2 nodes is not.
    pub enstrophy_met: Vec<Option<bool>>,
    /// The grid solver on other grids, where it was asked for.
    pub cost: Option<Vec<Cost>>,
    /// Smallest N of those whose solver takes longer than the state.
    pub cost_crosses_at: Option<usize>,
    /// Smallest N of those whose error is as small, at each time.
    pub error_equal_at: Vec<Option<usize>>,
}

impl Row {
    /// Fills in what is asked and whether it was met. `times` are those at which the flows were compared, in order.
    pub fn judge(&mut self, times: &[f64], budget: usize) {
        let most = self.live.at.iter().map(|at| at.floats).max();
        // The solver of as many floats: the small one only where the state never has more.
        let small = most.is_some_and(|floats| floats <= asked::SMALL);
        let peer = if small { self.spectral.first() } else { self.spectral.get(1) };
        let of = |(i, t): (usize, &f64)| {
            let corr = |list: &[Option<f64>]| list.get(i).copied().flatten();
            let figure = asked::figure(&self.scene, *t, budget);
            let wanted = asked::asked(figure, peer.and_then(|p| corr(&p.corr)), corr(&self.ceiling));
            let wanted = wanted.filter(|_| asked::is_asked(&self.scene, *t));
            let ours = self.live.at.get(i);
            let met = wanted.map(|wanted| ours.is_some_and(|at| at.corr >= Some(wanted) && at.floats <= budget));
            (wanted, met)
        };
        (self.asked, self.met) = times.iter().enumerate().map(of).unzip();
        let scene = &self.scene;
        let met = |ceiling: &[Option<f64>], ours: fn(&At) -> Option<f64>| {
            let at = |(i, t): (usize, &f64)| {
                let most = ceiling.get(i).copied().flatten().filter(|_| asked::is_asked(scene, *t));
                asked::within(self.live.at.get(i).and_then(ours), most)
            };
            times.iter().enumerate().map(at).collect::<Vec<_>>()
        };
        let energy = met(&self.ceiling_energy_percent, |at| at.energy_percent);
        let enstrophy = met(&self.ceiling_enstrophy_percent, |at| at.enstrophy_percent);
        (self.energy_met, self.enstrophy_met) = (energy, enstrophy);
    }

    /// Finds where the grid solver's lines cross the state's.
    pub fn cross(&mut self) {
        let Some(cost) = &self.cost else { return };
        self.cost_crosses_at =
            self.live.seconds_per_unit.and_then(|ours| cost.iter().find(|c| c.seconds_per_unit >= ours)).map(|c| c.N);
        let as_near = |i: usize, ours: Option<f64>| {
            cost.iter().find(|c| c.relL2.get(i).copied().flatten().zip(ours).is_some_and(|(a, b)| a <= b)).map(|c| c.N)
        };
        self.error_equal_at = self.live.at.iter().enumerate().map(|(i, at)| as_near(i, at.relL2)).collect();
    }
}

/// Words of some values.
pub fn list<T>(values: impl IntoIterator<Item = T>, word: impl Fn(T) -> String) -> String {
    values.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Four digits, without the 0 in front.
pub fn corr(x: Option<f64>) -> String {
    x.map_or("-".into(), |x| format!("{x:.4}").replacen("0.", ".", 1))
}

fn seconds(x: Option<f64>) -> String {
    x.map_or("-".into(), |x| if x < 1.0 { format!("{:.1} ms", 1e3 * x) } else { format!("{x:.2} s") })
}

impl Row {
    /// As lines of text.
    pub fn text(&self) -> String {
        let at = &self.live.at;
        let each = |name: &str, values: String, more: String| format!("  {name:<16} {values:<28} {more}\n");
        let mut text = format!(
            "{} (nu {:e}; start: {} floats, {} atoms, {} vertices)\n",
            self.scene, self.nu, self.floats_start, self.atoms_start, self.vertices_start
        );
        let most = at.iter().filter_map(|at| at.parcels).max().map_or("-".into(), |n| n.to_string());
        text += &each(
            "live",
            list(at, |a| corr(a.corr)),
            format!("{}/unit, {most} parcels", seconds(self.live.seconds_per_unit)),
        );
        if let Some(why) = &self.live.ended {
            text += &each("", String::new(), format!("ended: {why}"));
        }
        for s in &self.spectral {
            let name = format!("spectral {}", s.floats);
            text +=
                &each(&name, list(&s.corr, |c| corr(*c)), format!("{}/unit on cpu", seconds(Some(s.seconds_per_unit))));
        }
        text += &each(
            "ceiling (N/2)",
            list(&self.ceiling, |c| corr(*c)),
            format!("{}/unit of the reference", seconds(Some(self.reference_seconds_per_unit))),
        );
        let met = |met: &[Option<bool>]| list(met, |m| m.map_or("-", |m| if m { "yes" } else { "NO" }).into());
        text += &each("asked", list(&self.asked, |c| corr(*c)), format!("met: {}", met(&self.met)));
        text +=
            &each("floats", list(at, |a| a.floats.to_string()), format!("atoms {}", list(at, |a| a.atoms.to_string())));
        let percent = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:+.2}"));
        text += &each(
            "energy, %",
            list(at, |a| percent(a.energy_percent)),
            format!("enstrophy, % {}", list(at, |a| percent(a.enstrophy_percent))),
        );
        text += &each(
            "  of the ceiling",
            list(&self.ceiling_energy_percent, |x| percent(*x)),
            format!("             {}", list(&self.ceiling_enstrophy_percent, |x| percent(*x))),
        );
        text += &each("  within 2 %", met(&self.energy_met), format!("             {}", met(&self.enstrophy_met)));
        for c in self.cost.iter().flatten() {
            let near = list(&c.relL2, |x| x.map_or("-".into(), |x| format!("{x:.4}")));
            text += &each(
                &format!("grid N = {}", c.N),
                list(&c.corr, |c| corr(*c)),
                format!("{}/unit, relL2 {near}", seconds(Some(c.seconds_per_unit))),
            );
        }
        if self.cost.is_some() {
            let near = list(at, |a| a.relL2.map_or("-".into(), |x| format!("{x:.4}")));
            let word = |n: Option<usize>| n.map_or("none".into(), |n| n.to_string());
            text += &format!(
                "  relL2 of the state {near}; a grid takes as long from N = {}, is as near from N = {}\n",
                word(self.cost_crosses_at),
                list(&self.error_equal_at, |n| word(*n))
            );
        }
        text
    }
}
