//! From an address in a plan to the line that a person wrote.
//!
//! The source comes from the saved plan itself, so no checkout is needed and what is quoted is what was planned. Modules in
//! the repository are shown where they lie; a module from elsewhere cannot be edited here, so its call is shown instead.
//! Foreign HCL may be odd: a file that does not parse is left out and named in [`SourceMap::unparsed`].

mod agreement;
mod narrow;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use evidence::Location;
use hcl_edit::Span;
use hcl_edit::structure::{Block, Body};
use serde_json::Value;

use crate::{Address, ModuleSource, ResourceChange, SavedPlan, parse_path};

/// The source behind a plan's addresses.
#[derive(Debug)]
pub struct SourceMap {
    files: BTreeMap<String, String>,
    parsed: BTreeMap<String, Parsed>,
    /// By module key and block: the file and the block's place in it, overrides last.
    blocks: HashMap<(String, String), Vec<(String, usize)>>,
    /// The keys of modules whose files lie in the repository.
    local: Vec<String>,
    unparsed: Vec<Unparsed>,
}

#[derive(Debug)]
struct Parsed {
    body: Body,
    line_starts: Vec<usize>,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    /// Where it is.
    pub location: Location,
    /// How near it is to what was asked for.
    pub precision: Precision,
    /// The whole file.
    pub text: &'a str,
}

/// How near a place is to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// The attribute or nested block itself.
    Attribute,
    /// The block, because no attribute was asked for, or because it is not written there.
    Block,
    /// The call of the module, because the module lies elsewhere.
    Call,
}

/// A file whose blocks cannot be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unparsed {
    /// Its path from the repository's root.
    pub file: String,
    /// Why not.
    pub because: String,
}

impl SourceMap {
    /// Indexes the source in a saved plan; `root` is the folder of the root module, from the repository's root.
    pub fn from_saved(plan: &SavedPlan, root: &str) -> Self {
        let mut map = Self {
            files: BTreeMap::new(),
            parsed: BTreeMap::new(),
            blocks: HashMap::new(),
            local: Vec::new(),
            unparsed: Vec::new(),
        };
        for module in &plan.modules {
            if let Some(dir) = repository_folder(root, &module.dir) {
                map.local.push(module.key.clone());
                map.add_module(module, &dir);
            }
        }
        map
    }

    fn add_module(&mut self, module: &ModuleSource, dir: &str) {
        let mut names: Vec<&String> = module.files.keys().collect();
        names.sort_by_key(|name| (is_override(name), *name));
        for name in names {
            let path = if dir.is_empty() {
                name.clone()
            } else {
                format!("{dir}/{name}")
            };
            if !self.files.contains_key(&path) {
                self.add_file(&path, &module.files[name]);
            }
            let Some(parsed) = self.parsed.get(&path) else {
                continue;
            };
            for (index, block) in parsed.body.iter().enumerate() {
                if let Some(name) = block.as_block().and_then(block_name) {
                    self.blocks
                        .entry((module.key.clone(), name))
                        .or_default()
                        .push((path.clone(), index));
                }
            }
        }
    }

    fn add_file(&mut self, path: &str, text: &str) {
        let parsed = if path.ends_with(".json") {
            Err("it is written in JSON".to_owned())
        } else {
            text.parse::<Body>()
                .map_err(|error| format!("line {}: {}", error.location().line(), error.message()))
        };
        match parsed {
            Ok(body) => {
                let line_starts = std::iter::once(0)
                    .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                    .collect();
                self.parsed
                    .insert(path.to_owned(), Parsed { body, line_starts });
            }
            Err(because) => self.unparsed.push(Unparsed {
                file: path.to_owned(),
                because,
            }),
        }
        self.files.insert(path.to_owned(), text.to_owned());
    }

    /// Where a resource is written, or, when `attribute` (for example `ingress[1].cidr_blocks`) is written there, where that is.
    ///
    /// None when the block is not in the plan's source, as for a resource that is destroyed because its block is gone.
    /// An index in `attribute` counts blocks as they are written; when the plan is at hand, [`Self::locate_change`] is better.
    pub fn locate(&self, address: &str, attribute: Option<&str>) -> Option<Located<'_>> {
        self.find(address, attribute, &Value::Null)
    }

    /// The same for a planned change: among nested blocks, the one whose values are those of the indexed element.
    ///
    /// Terraform sorts sets, so the first element of a set in a plan need not be the first block in the source.
    pub fn locate_change(
        &self,
        change: &ResourceChange<'_>,
        attribute: Option<&str>,
    ) -> Option<Located<'_>> {
        let values = if change.after.is_null() {
            change.before
        } else {
            change.after
        };
        self.find(change.address, attribute, values)
    }

    fn find(&self, address: &str, attribute: Option<&str>, values: &Value) -> Option<Located<'_>> {
        let address = Address::parse(address)?;
        let names: Vec<&str> = address
            .modules
            .iter()
            .map(|call| call.name.as_str())
            .collect();
        let foreign =
            (0..=names.len()).find(|&depth| !self.local.contains(&names[..depth].join(".")));
        if let Some(depth) = foreign {
            let depth = depth.checked_sub(1)?;
            let (path, block) = self
                .block(
                    &names[..depth].join("."),
                    &format!("module.{}", names[depth]),
                )
                .next()?;
            return self.located(path, header(block)?, Precision::Call);
        }
        let data = if address.data { "data." } else { "" };
        let name = format!("{data}{}.{}", address.kind, address.name);
        let module = names.join(".");
        let steps = attribute.and_then(parse_path);
        if let Some(steps) = steps {
            let mut best: Option<(usize, &str, Range<usize>)> = None;
            for (path, block) in self.block(&module, &name) {
                let found = narrow::narrow(&block.body, &steps, values);
                let is_better = |depth| best.as_ref().is_none_or(|(known, ..)| depth >= *known);
                if let Some((depth, span)) = found.filter(|(depth, _)| is_better(*depth)) {
                    best = Some((depth, path, span));
                }
            }
            if let Some((depth, path, span)) = best {
                let precision = if depth == steps.len() {
                    Precision::Attribute
                } else {
                    Precision::Block
                };
                return self.located(path, span, precision);
            }
        }
        let (path, block) = self.block(&module, &name).next()?;
        self.located(path, header(block)?, Precision::Block)
    }

    /// Every file, by its path from the repository's root.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The files whose blocks cannot be found.
    pub fn unparsed(&self) -> &[Unparsed] {
        &self.unparsed
    }

    fn block(&self, module: &str, name: &str) -> impl Iterator<Item = (&str, &Block)> {
        let places = self.blocks.get(&(module.to_owned(), name.to_owned()));
        places.into_iter().flatten().filter_map(|(path, index)| {
            let block = self.parsed.get(path)?.body.get(*index)?.as_block()?;
            Some((path.as_str(), declaring(block)?))
        })
    }

    fn located(&self, path: &str, span: Range<usize>, precision: Precision) -> Option<Located<'_>> {
        let text = self.files.get(path)?;
        let line_starts = &self.parsed.get(path)?.line_starts;
        let position = |offset: usize| {
            let line = line_starts.partition_point(|start| *start <= offset);
            let start = line_starts.get(line.checked_sub(1)?)?;
            let column = text.get(*start..offset)?.chars().count() + 1;
            Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
        };
        let (line, column) = position(span.start)?;
        let (end_line, end_column) = position(span.end)?;
        let location = Location {
            file: path.to_owned(),
            line,
            column,
            end_line,
            end_column: Some(end_column),
        };
        Some(Located {
            location,
            precision,
            text,
        })
    }
}

/// What a block declares, as it is named within its module.
fn block_name(block: &Block) -> Option<String> {
    let block = declaring(block)?;
    let label = |index: usize| block.labels.get(index).map(|label| label.as_str());
    match block.ident.as_str() {
        "resource" => Some(format!("{}.{}", label(0)?, label(1)?)),
        "data" => Some(format!("data.{}.{}", label(0)?, label(1)?)),
        "module" => Some(format!("module.{}", label(0)?)),
        // What is forgotten or destroyed by such a block is written nowhere else.
        "removed" => Some(
            block
                .body
                .get_attribute("from")?
                .value
                .to_string()
                .trim()
                .to_owned(),
        ),
        _ => None,
    }
}

/// A data source may be written inside a check; it belongs to the module all the same.
fn declaring(block: &Block) -> Option<&Block> {
    if block.has_ident("check") {
        block.body.get_blocks("data").next()
    } else {
        Some(block)
    }
}

/// A block's first line, without the brace.
fn header(block: &Block) -> Option<Range<usize>> {
    let start = block.ident.span()?;
    let end = block
        .labels
        .last()
        .and_then(Span::span)
        .unwrap_or_else(|| start.clone());
    Some(start.start..end.end)
}

fn is_override(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// A module's folder from the repository's root; none when it lies outside, or was downloaded.
fn repository_folder(root: &str, dir: &str) -> Option<String> {
    if dir.starts_with('/') || dir.contains(':') {
        return None;
    }
    let dir = dir.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in root.split('/').chain(dir.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            ".terraform" => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
