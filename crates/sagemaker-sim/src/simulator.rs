//! A running simulator for synchronous code: its own thread, a free loopback port, and an end with the value's.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::server::{Config, serve_site};
use crate::site::Site;

/// A simulator that runs until this value is dropped
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    site: Arc<Site>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one on a free loopback port; it answers when this returns
    pub fn start(config: Config) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let site = Site::new(config, format!("http://{address}"));
        let served = Arc::clone(&site);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sagemaker-sim".into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        // accepting on a listener that is already bound fails only with the process
                        _ = serve_site(listener, served) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            site,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Tells where S3, Lambda and EventBridge are: their stand-in may need this simulator's address before it has its own
    pub fn connect(&self, aws_url: &str) {
        self.site.connect(aws_url);
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_` with `SAGEMAKER`, `GLUE` and `CLOUDWATCH`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // the thread may already have ended
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
