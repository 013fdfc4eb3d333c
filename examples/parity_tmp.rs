fn main() {
    let c = dashi_vortex::gpu::Context::headless(None).unwrap();
    println!("{:?}", c.report);
    for r in dashi_vortex::sim::parity::table(&c).unwrap() {
        println!(
            "{:32} {:8} {:>10} {:10.2e} @{} {}",
            r.name,
            r.count,
            r.cpu_f32.map_or("-".into(), |e| format!("{e:.1e}")),
            r.gpu,
            r.worst,
            if r.passed { "ok" } else { "FAIL" }
        );
    }
}
