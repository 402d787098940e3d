//! All trees in one array, walked several at a time.
//!
//! A walk is a chain of loads, each waiting for the one before; eight walks beside each other fill the waiting. A leaf is its own
//! child, so that walks of different lengths can go in step. The leaves are added in the order of the trees, as XGBoost does.

use crate::saved::{Refused, SavedTree};

/// How many trees are walked beside each other
const ABREAST: usize = 8;
/// A missing value goes left
const DEFAULT_LEFT: u32 = 1 << 31;
/// The condition is a set of categories; `value` is then its place among the sets, in bits
const CATEGORICAL: u32 = 1 << 30;
const FEATURE: u32 = CATEGORICAL - 1;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// What a lower value goes left of; in a leaf the answer
    value: f32,
    feature: u32,
    left: u32,
    right: u32,
}

#[derive(Debug, Clone, Copy)]
struct Root {
    place: u32,
    /// Steps to the deepest leaf
    depth: u32,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
    roots: Vec<Root>,
    /// Categories that go right, ascending
    sets: Vec<Vec<u32>>,
}

impl Forest {
    /// Adds what hangs on a tree's root; XGBoost leaves pruned nodes in the file
    pub(crate) fn plant(&mut self, saved: &SavedTree, features: usize) -> Result<(), Refused> {
        let tree = self.roots.len();
        let refused = |reason| Refused::Tree { tree, reason };
        let count = saved.left_children.len();
        let columns = [
            saved.right_children.len(),
            saved.split_indices.len(),
            saved.split_conditions.len(),
            saved.default_left.len(),
        ];
        if count == 0 || columns.iter().any(|length| *length != count) {
            return Err(refused("its columns are not of one length"));
        }
        let first = self.nodes.len();
        let mut root = Root {
            place: u32::try_from(first).map_err(|_| refused("it is too large"))?,
            depth: 0,
        };
        // node of the file, the node it hangs on, its depth
        let mut open = vec![(0, None, 0)];
        while let Some((index, parent, depth)) = open.pop() {
            let place = self.nodes.len();
            if place - first == count {
                return Err(refused("a node hangs on two others"));
            }
            let place = u32::try_from(place).map_err(|_| refused("it is too large"))?;
            match parent {
                Some((parent, true)) => self.nodes[parent as usize].left = place,
                Some((parent, false)) => self.nodes[parent as usize].right = place,
                None => {}
            }
            root.depth = root.depth.max(depth);
            let mut node = Node {
                value: saved.split_conditions[index],
                feature: 0,
                left: place,
                right: place,
            };
            if saved.left_children[index] != -1 {
                node.feature = saved.split_indices[index];
                if node.feature as usize >= features || node.feature > FEATURE {
                    return Err(refused(
                        "it asks for a feature that the model does not have",
                    ));
                }
                if saved.default_left[index].0 {
                    node.feature |= DEFAULT_LEFT;
                }
                if saved.split_type.get(index).is_some_and(|kind| *kind == 1) {
                    let set = set(saved, index)
                        .ok_or_else(|| refused("a set of categories is not in it"))?;
                    node.feature |= CATEGORICAL;
                    node.value = f32::from_bits(self.sets.len() as u32);
                    self.sets.push(set);
                }
                for (side, left) in [(&saved.right_children, false), (&saved.left_children, true)] {
                    let child = usize::try_from(side[index])
                        .ok()
                        .filter(|child| *child < count)
                        .ok_or_else(|| refused("a child is not in it"))?;
                    open.push((child, Some((place, left)), depth + 1));
                }
            }
            self.nodes.push(node);
        }
        self.roots.push(root);
        Ok(())
    }

    /// `base` and the leaves' values for a row, which has a value for every feature
    pub(crate) fn sum(&self, base: f32, row: &[f32]) -> f32 {
        let mut sum = base;
        for group in self.roots.chunks(ABREAST) {
            let mut places = [0; ABREAST];
            for (place, root) in places.iter_mut().zip(group) {
                *place = root.place;
            }
            // the walks that a last, smaller group does not need begin at the first tree, and are not counted
            let deepest = group.iter().map(|root| root.depth).max();
            for _ in 0..deepest.unwrap_or_default() {
                for place in &mut places {
                    *place = self.step(*place, row);
                }
            }
            for place in &places[..group.len()] {
                sum += self.nodes[*place as usize].value;
            }
        }
        sum
    }

    #[inline(always)]
    fn step(&self, place: u32, row: &[f32]) -> u32 {
        let node = &self.nodes[place as usize];
        let value = row[(node.feature & FEATURE) as usize];
        // a leaf can ask for any category: both of its sides are the same
        let lower = if node.feature & CATEGORICAL == 0 {
            value < node.value
        } else {
            !value.is_nan() && !self.holds(node.value.to_bits(), value)
        };
        let left = lower | (value.is_nan() & (node.feature & DEFAULT_LEFT != 0));
        if left { node.left } else { node.right }
    }

    /// What is no category is in no set
    fn holds(&self, set: u32, value: f32) -> bool {
        let set = &self.sets[set as usize];
        (0.0..16_777_216.0).contains(&value) && set.binary_search(&(value as u32)).is_ok()
    }
}

/// The categories that go right at a node
fn set(saved: &SavedTree, node: usize) -> Option<Vec<u32>> {
    let at = saved
        .categories_nodes
        .iter()
        .position(|with_set| *with_set as usize == node)?;
    let start = *saved.categories_segments.get(at)?;
    let end = start.checked_add(*saved.categories_sizes.get(at)?)?;
    let mut set = saved.categories.get(start..end)?.to_vec();
    set.sort_unstable();
    Some(set)
}
