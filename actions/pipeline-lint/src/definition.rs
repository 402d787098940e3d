//! A definition as SageMaker reads it: parameters, and steps that stand in the branches of conditions and in loops.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Node;
use crate::reference::{self, Reference, Source};

/// A pipeline definition.
#[derive(Debug)]
pub(crate) struct Definition<'d> {
    pub(crate) root: &'d Node,
    pub(crate) parameters: Vec<Parameter<'d>>,
    pub(crate) steps: Vec<Step<'d>>,
    /// Every reference, with the step in which it stands.
    pub(crate) references: Vec<(Option<usize>, Reference<'d>)>,
}

/// A parameter of the pipeline.
#[derive(Debug)]
pub(crate) struct Parameter<'d> {
    pub(crate) node: &'d Node,
    pub(crate) name: &'d str,
    pub(crate) kind: &'d str,
}

/// One step, wherever it stands.
#[derive(Debug)]
pub(crate) struct Step<'d> {
    pub(crate) node: &'d Node,
    pub(crate) name: &'d str,
    pub(crate) kind: &'d str,
    /// The conditions around it by their index, outermost first, and whether it is in the branch for a true one.
    pub(crate) branches: Vec<(usize, bool)>,
    /// The `ForEach` step in whose body it stands, by index.
    pub(crate) inside: Option<usize>,
    /// The steps that it waits for, by index: by name or by reference, without those that do not exist.
    pub(crate) needs: BTreeSet<usize>,
}

/// A step that another waits for by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dependency<'d> {
    pub(crate) node: &'d Node,
    pub(crate) name: &'d str,
    /// How the other has to end, where that is said: `Failed` for `{"Step": "Train", "Trigger": "Failed"}`.
    pub(crate) trigger: Option<&'d Node>,
}

const BRANCHES: [(&str, bool); 2] = [("IfSteps", true), ("ElseSteps", false)];
const BODY: &str = "ForEachBody";

impl<'d> Definition<'d> {
    pub(crate) fn of(root: &'d Node) -> Self {
        let parameters = root.get("Parameters").map(Node::list).unwrap_or_default();
        let mut definition = Self {
            root,
            parameters: parameters
                .iter()
                .map(|node| Parameter {
                    node,
                    name: node.text_of("Name").unwrap_or_default(),
                    kind: node.text_of("Type").unwrap_or_default(),
                })
                .collect(),
            steps: Vec::new(),
            references: Vec::new(),
        };
        let steps = root.get("Steps").map(Node::list).unwrap_or_default();
        definition.add(steps, &[], None);
        definition.find_references();
        definition.find_needs();
        definition
    }

    fn add(&mut self, steps: &'d [Node], branches: &[(usize, bool)], inside: Option<usize>) {
        for node in steps {
            let index = self.steps.len();
            self.steps.push(Step {
                node,
                name: node.text_of("Name").unwrap_or_default(),
                kind: node.text_of("Type").unwrap_or_default(),
                branches: branches.to_vec(),
                inside,
                needs: BTreeSet::new(),
            });
            for (member, truth) in BRANCHES {
                if let Some(inner) = node.at(&["Arguments", member]) {
                    let around = [branches, &[(index, truth)]].concat();
                    self.add(inner.list(), &around, inside);
                }
            }
            if let Some(body) = node.at(&["Arguments", BODY]) {
                self.add(body.list(), branches, Some(index));
            }
        }
    }

    fn find_references(&mut self) {
        for index in 0..self.steps.len() {
            let mut found = Vec::new();
            self.steps[index].own(&mut |node| found.extend(reference::of(node)));
            let found = found.into_iter().map(|reference| (Some(index), reference));
            self.references.extend(found);
        }
        for member in self.root.members() {
            if member.name != "Steps" {
                let mut found = Vec::new();
                member
                    .value
                    .walk(&mut |node| found.extend(reference::of(node)));
                self.references
                    .extend(found.into_iter().map(|reference| (None, reference)));
            }
        }
    }

    fn find_needs(&mut self) {
        let index: BTreeMap<&str, usize> = self
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (step.name, index))
            .collect();
        let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.steps.len()];
        for (user, reference) in &self.references {
            if let (Some(user), Source::Step { step, .. }) = (user, &reference.source) {
                needs[*user].extend(index.get(step));
            }
        }
        for (number, step) in self.steps.iter().enumerate() {
            let named = step.depends_on().filter_map(|other| index.get(other.name));
            needs[number].extend(named);
            needs[number].extend(step.branches.iter().map(|(condition, _)| *condition));
            needs[number].extend(step.inside);
        }
        for (step, needs) in self.steps.iter_mut().zip(needs) {
            step.needs = needs;
        }
    }

    pub(crate) fn step(&self, name: &str) -> Option<&Step<'d>> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Whether `step` stands in the body of `around`.
    pub(crate) fn is_in(&self, step: &Step<'_>, around: &Step<'_>) -> bool {
        step.inside
            .is_some_and(|index| std::ptr::eq(self.steps[index].node, around.node))
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter<'d>> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }

    /// Everything that a step waits for, near and far, by index.
    pub(crate) fn all_needs(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![index];
        while let Some(next) = waiting.pop() {
            for need in &self.steps[next].needs {
                if found.insert(*need) {
                    waiting.push(*need);
                }
            }
        }
        found
    }

    /// A value as it is when nobody says otherwise: a literal, or the default of the parameter that it names.
    pub(crate) fn settled<'n>(&'n self, node: &'n Node) -> Option<&'n Node> {
        match reference::of(node).map(|reference| reference.source) {
            Some(Source::Parameter(name)) => self.parameter(name)?.node.get("DefaultValue"),
            Some(_) => None,
            None if node.is_computed() => None,
            None => Some(node),
        }
    }
}

impl<'d> Step<'d> {
    /// The step's arguments.
    pub(crate) fn arguments(&self) -> Option<&'d Node> {
        self.node.get("Arguments")
    }

    /// The node at `path` below the arguments.
    pub(crate) fn argument(&self, path: &[&str]) -> Option<&'d Node> {
        self.arguments().and_then(|node| node.at(path))
    }

    /// What stands in `DependsOn`: names, and names with how that step has to end.
    pub(crate) fn depends_on(&self) -> impl Iterator<Item = Dependency<'d>> {
        let named = self.node.get("DependsOn").map(Node::list);
        named.unwrap_or_default().iter().filter_map(|node| {
            Some(Dependency {
                node,
                name: node.text().or_else(|| node.text_of("Step"))?,
                trigger: node.get("Trigger"),
            })
        })
    }

    /// Visits what belongs to this step and not to a step in one of its branches or in its body.
    pub(crate) fn own(&self, visit: &mut dyn FnMut(&'d Node)) {
        for member in self.node.members() {
            if member.name != "Arguments" {
                member.value.walk(visit);
                continue;
            }
            visit(&member.value);
            for argument in member.value.members() {
                let steps = BRANCHES.iter().any(|(name, _)| *name == argument.name);
                if !steps && argument.name != BODY {
                    argument.value.walk(visit);
                }
            }
        }
    }
}
