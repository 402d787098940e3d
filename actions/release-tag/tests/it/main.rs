//! The action from the outside: its program in repositories with histories.

mod oracle;
mod publish;
mod seen;
