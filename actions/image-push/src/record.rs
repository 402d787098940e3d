//! What is said and written down of a push: outputs, the report, and evidence.

use evidence::{ImageRecord, Kind, Sha256, Statement, Subject};
use evidence_store::Store;
use gha::Host;
use oci_image::push::Pushed;
use oci_image::{Digest, Tag};
use report_formats::{Fact, Report, Section, Sources};

use crate::Error;
use crate::wanted::Wanted;

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) repository: String,
    pub(crate) digest: Option<Digest>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) builder: String,
    pub(crate) fingerprint: Option<Digest>,
    pub(crate) base: Option<String>,
    pub(crate) label: &'static str,
    pub(crate) changed: bool,
    /// Of blobs, sent or to be sent.
    pub(crate) bytes: u64,
    pub(crate) uploaded: usize,
    pub(crate) mounted: usize,
    pub(crate) present: usize,
    pub(crate) seconds: f64,
    pub(crate) reasons: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) evidence: Option<String>,
}

impl Carried {
    pub(crate) fn took(&mut self, pushed: &Pushed) {
        self.bytes = pushed.bytes;
        self.uploaded = pushed.uploaded.len();
        self.mounted = pushed.mounted.len();
        self.present = pushed.present;
    }

    fn uri(&self) -> String {
        match self.digest {
            Some(digest) => format!("{}@{digest}", self.repository),
            None => self.repository.clone(),
        }
    }
}

/// Writes evidence of what the tags lead to.
pub(crate) fn write(wanted: &Wanted, carried: &mut Carried) -> Result<(), Error> {
    let Some(digest) = carried.digest else {
        return Ok(());
    };
    let sha256 = |digest: Digest| {
        let parsed = digest.hex().parse::<Sha256>();
        parsed.unwrap_or_else(|_| unreachable!("both are 64 hexadecimal digits"))
    };
    let record = ImageRecord {
        produced_at: wanted.now,
        image: wanted.image.name.clone(),
        repository: carried.repository.clone(),
        digest: digest.to_string(),
        tags: carried.tags.iter().map(Tag::to_string).collect(),
        platform: wanted.platform.to_string(),
        changed: carried.changed,
        builder: carried.builder.clone(),
        fingerprint: carried.fingerprint.map(sha256),
        base: carried.base.clone(),
        commit: wanted.git.commit.clone(),
        clean: wanted.git.clean,
    };
    let subject = Subject::new(carried.repository.clone(), sha256(digest));
    let store = Store::new(&wanted.evidence.join("images"), &wanted.image.name);
    let path = store.save(&Statement::new(vec![subject], record))?;
    carried.evidence = Some(path.into_string());
    Ok(())
}

/// Sets the outputs and shows the report.
pub(crate) fn report(wanted: &Wanted, carried: &Carried, host: &mut Host) -> Result<(), Error> {
    let digest = carried.digest.map(|digest| digest.to_string());
    host.output("digest", digest.as_deref().unwrap_or_default())?;
    host.output("uri", &carried.uri())?;
    let tags: Vec<&str> = carried.tags.iter().map(Tag::as_str).collect();
    host.output("tags", &tags.join(" "))?;
    host.output("changed", if carried.changed { "true" } else { "false" })?;
    host.output("bytes", &carried.bytes.to_string())?;
    if let Some(evidence) = &carried.evidence {
        host.output("evidence", evidence)?;
    }
    let mut facts = vec![Fact::name("image", &wanted.image.name)];
    if let Some(digest) = carried.digest {
        facts.push(Fact::plain("digest", digest.short()));
    }
    facts.push(Fact::plain("bytes", bytes(carried.bytes)));
    facts.push(Fact::count("upload", carried.uploaded));
    facts.push(Fact::count("mount", carried.mounted));
    facts.push(Fact::name("builder", &carried.builder));
    if carried.seconds > 0.0 {
        facts.push(Fact::plain("duration", format!("{:.1} s", carried.seconds)));
    }
    let section = |title: &str, lines: Vec<String>| Section {
        title: title.to_owned(),
        language: "",
        lines,
    };
    let named = tags
        .iter()
        .map(|tag| format!("{}:{tag}", carried.repository));
    let sections = [
        section(
            "its names",
            std::iter::once(carried.uri()).chain(named).collect(),
        ),
        section("notes", carried.notes.clone()),
    ];
    let sources = Sources::new();
    let report = Report {
        tool: Kind::ImagePush.name(),
        title: "Image push",
        outcome: report_formats::Outcome {
            label: carried.label,
            ok: carried.reasons.is_empty(),
        },
        facts,
        reasons: carried.reasons.clone(),
        findings: &[],
        sections: sections
            .into_iter()
            .filter(|section| !section.lines.is_empty())
            .collect(),
        sources: &sources,
    };
    Ok(project::publish(&report, wanted.output, host)?)
}

/// A number of bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}
