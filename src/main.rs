fn main() {
    let mut options = dashi_vortex::app::Options::default();
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        match a.as_str() {
            "--scene" => options.scene = args.next(),
            "--status-json" => options.status_json = args.next().map(Into::into),
            _ => {}
        }
    }
    if let Err(e) = dashi_vortex::app::run(options) {
        eprintln!("{e}");
        std::process::exit(e.exit_code().into());
    }
}
