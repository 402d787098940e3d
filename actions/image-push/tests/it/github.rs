//! The action as GitHub would run it: its `action.yml`, its inputs, and the runner's files.

use camino::Utf8Path;
use test_support::ActionRun;

use crate::desk::Desk;

#[test]
fn a_push_as_github_sees_it() {
    let desk = Desk::new();
    let image = desk.layout("one", &[("app/b.py", b"b")]);
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_image-push"));
    let run = ActionRun::new("actions/image-push")
        .cwd(desk.path(""))
        .env("TOWPATH_BIN", program.parent().unwrap())
        .input("layout", "layout/one")
        .input("tag", "v1\nv2");
    let run = desk
        .environment()
        .into_iter()
        .fold(run, |run, (name, value)| run.env(name, value));
    let digest = image.digest();
    let short = digest.short();
    let (digest, host) = (digest.to_string(), desk.sim.host().to_owned());
    let filters = vec![
        (digest.as_str(), "[digest]"),
        (short.as_str(), "[short]"),
        (host.as_str(), "[host]"),
        // Markdown takes the point for one of its own
        (r"0\\\.\[duration\]", "[duration]"),
        (r"\d+ B", "[bytes]"),
        (r"bytes=\d+", "bytes=[bytes]"),
    ];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(run.run(), @"
        exit code: 0
        --- stdout
        its names
          [loopback]/app@sha256:[sha256]
          [loopback]/app:v1
          [loopback]/app:v2

        pushed  image app  [short]  [bytes]  2 uploads  0 mounts  builder layout  [duration]
        --- stderr
        fetch: image-push from TOWPATH_BIN
        --- outputs
        bytes=[bytes]
        changed=true
        digest=sha256:[sha256]
        evidence=.towpath/evidence/images/app/image-push.json
        tags=v1 v2
        uri=[loopback]/app@sha256:[sha256]
        --- summary
        ### Image push: pushed

        image `app` · [short] · [bytes] · 2 uploads · 0 mounts · builder `layout` · [duration]

        <details>
        <summary>its names</summary>

        ```
        [loopback]/app@sha256:[sha256]
        [loopback]/app:v1
        [loopback]/app:v2
        ```

        </details>
        ");
    });
}
