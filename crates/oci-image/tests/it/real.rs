//! Beside the stand-in: Debian's `docker-registry`, and `skopeo` to read what was pushed. Skipped, loudly, where they are
//! not installed (`apt-get install docker-registry skopeo`).

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use oci_image::{Credentials, Registry, layout};

use crate::shelf::{Shelf, carry_out};

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn server(folder: &Utf8Path) -> Option<Server> {
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = folder.join("registry.yml");
    let text = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    );
    std::fs::write(&config, text).unwrap();
    let child = Command::new("docker-registry")
        .args(["serve", config.as_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let server = Server { child, port };
    let deadline = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "docker-registry does not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

#[tokio::test]
async fn docker_registry_takes_it_and_skopeo_reads_it_back() {
    let shelf = Shelf::new();
    let Some(server) = server(&shelf.path()) else {
        println!("SKIPPED: there is no `docker-registry` on the path");
        return;
    };
    let image = shelf.usual();
    let mut target = shelf.target(&["v1"]);
    let endpoint = format!("127.0.0.1:{}", server.port);
    target.registry = Registry::new(&endpoint, Credentials::Anonymous).unwrap();
    let pushed = carry_out(&image, target.clone()).await.unwrap();
    assert_eq!(pushed.bytes, image.size());
    // no byte the second time, and mounting works there too
    assert!(!carry_out(&image, target.clone()).await.unwrap().changed);
    target.repository = crate::shelf::name("other");
    target.lenders = vec![crate::shelf::name("app")];
    let mounted = carry_out(&image, target).await.unwrap();
    assert_eq!((mounted.mounted.len(), mounted.bytes), (4, 0));

    let copy = shelf.path().join("copy");
    let ran = Command::new("skopeo")
        .args(["copy", "--quiet", "--src-tls-verify=false"])
        .arg(format!("docker://{endpoint}/app:v1"))
        .arg(format!("oci:{copy}:v1"))
        .output();
    let Ok(ran) = ran else {
        println!("SKIPPED: there is no `skopeo` on the path");
        return;
    };
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let read = layout::read(&copy, Some("v1")).unwrap();
    assert_eq!(read.digest(), image.digest());
}
