//! Workflow commands in what a step printed, found by the runner's rule: `::` where a line begins, after any space, a
//! known name, `::`, and the data. Nothing is a command between `::stop-commands::token` and `::token::`.

/// How much an annotation weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnnotationLevel {
    /// `::error::`
    Error,
    /// `::warning::`
    Warning,
    /// `::notice::`
    Notice,
}

impl AnnotationLevel {
    /// The command's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation as GitHub would show it: nothing in it is escaped any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How much it weighs.
    pub level: AnnotationLevel,
    /// Its message.
    pub message: String,
    /// `title`, `file`, `line`, `endLine`, `col` and `endColumn`, as they were given.
    pub properties: Vec<(String, String)>,
}

impl Annotation {
    /// One property.
    pub fn property(&self, name: &str) -> Option<&str> {
        let found = self
            .properties
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the runner acts upon in a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) masks: Vec<String>,
}

impl Commands {
    pub(crate) fn read(&mut self, log: &str) {
        let mut stopped: Option<String> = None;
        for line in log.split(['\n', '\r']) {
            let Some((name, properties, data)) = command(line) else {
                continue;
            };
            match &stopped {
                Some(token) if name == token => stopped = None,
                Some(_) => {}
                None => self.obey(name, properties, data, &mut stopped),
            }
        }
    }

    fn obey(&mut self, name: &str, properties: &str, data: &str, stopped: &mut Option<String>) {
        let level = match name.to_ascii_lowercase().as_str() {
            "error" => AnnotationLevel::Error,
            "warning" => AnnotationLevel::Warning,
            "notice" => AnnotationLevel::Notice,
            "add-mask" => return self.masks.push(unescape(data)),
            "stop-commands" => {
                *stopped = Some(data.to_owned());
                return;
            }
            _ => return,
        };
        self.annotations.push(Annotation {
            level,
            message: unescape(data),
            properties: properties.split(',').filter_map(property).collect(),
        });
    }
}

/// The name, the properties and the data of a command, still escaped.
fn command(line: &str) -> Option<(&str, &str, &str)> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    Some((name, properties, data))
}

fn property(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    // the reverse of escaping, which begins with the percent sign
    let value = value.replace("%3A", ":").replace("%2C", ",");
    Some((name.to_owned(), unescape(&value)))
}

fn unescape(data: &str) -> String {
    data.replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(log: &str) -> Commands {
        let mut commands = Commands::default();
        commands.read(log);
        commands
    }

    #[test]
    fn an_annotation_is_read_as_it_was_meant() {
        let commands =
            read("x\n  ::error file=a%2Cb.tf,line=3,title=s3%3A 100%25::one%0Atwo: 50%25, %250A\n");
        let annotation = &commands.annotations[0];
        assert_eq!(annotation.level, AnnotationLevel::Error);
        assert_eq!(annotation.message, "one\ntwo: 50%, %0A");
        assert_eq!(annotation.property("file"), Some("a,b.tf"));
        assert_eq!(annotation.property("line"), Some("3"));
        assert_eq!(annotation.property("title"), Some("s3: 100%"));
        assert_eq!(annotation.property("col"), None);
    }

    #[test]
    fn what_only_looks_like_a_command_is_text() {
        let log = "arn:aws:s3:::x ::error::a\n::group::b\n::unknown::c\n:: error::d\n::error\n";
        assert_eq!(read(log), Commands::default());
    }

    #[test]
    fn nothing_is_a_command_while_commands_are_stopped() {
        let commands = read(
            "::stop-commands::t0k\n::error::a\n::add-mask::b\n::t0k::\n::add-mask::c\n::notice::d\n",
        );
        assert_eq!(commands.masks, ["c"]);
        assert_eq!(commands.annotations.len(), 1);
        assert_eq!(commands.annotations[0].level, AnnotationLevel::Notice);
    }
}
