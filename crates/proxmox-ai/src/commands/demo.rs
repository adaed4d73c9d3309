//! `demo`: simulator in-process, embedded store, console.

use app::{App, Demo, DemoOptions, Role};
use secrecy::ExposeSecret as _;
use sim::{SimOptions, World};

use super::{Session, serve, simulator};
use crate::{
    arguments::{DemoArgs, Global},
    config::{self, Config},
    failure::Failure,
    output,
};

pub(super) async fn run(global: Global, arguments: DemoArgs) -> Result<u8, Failure> {
    // A demo must not touch the data of a real installation unless told to.
    let data = match (&global.data, config::environment("PROXMOX_AI_DATA")) {
        (None, None) => Demo::default_directory(&config::data_home()?),
        _ => config::data_directory(&global)?,
    };
    let config = Config::load(&global, &data)?;
    super::logging(&global, &config);
    let session = Session {
        global,
        data,
        config,
    };
    let settings = session.config.settings(arguments.model.as_deref())?;
    let listener = serve::bind(&arguments.listen).await?;
    let app = session.app_with(Role::Server, settings).await?;
    let world = match &arguments.world {
        Some(path) => simulator::world(path)?,
        None => World::seeded(arguments.nodes, arguments.guests, arguments.seed),
    };
    let options = SimOptions {
        time_scale: arguments.time_scale,
        seed: arguments.seed,
        ..SimOptions::new(world)
    };
    let demo = start(&app, options).await?;
    app.start_background();
    let line = format!(
        "ready http://{} user={} password={} token={}",
        listener
            .local_addr()
            .map_or_else(|_| arguments.listen.clone(), |address| address.to_string()),
        demo.user.user,
        demo.user.password.expose_secret(),
        demo.user.token.expose_secret(),
    );
    let served = serve::serve(&session, &app, listener, None, || output::say(&line)).await;
    demo.sim.stop().await;
    served
}

async fn start(app: &App, sim: SimOptions) -> Result<Demo, Failure> {
    let now = app.registry.clock().now();
    Ok(Demo::start(&app.store, DemoOptions { sim }, now).await?)
}
