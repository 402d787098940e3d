//! One more finding never makes the gate more permissive, whatever else lies on the desk.
//!
//! `evidence` holds this for its pure function, at random; here it is held for the exit code of the program, over every
//! combination of what can be wrong.

use evidence::{Canary, Level, Standing};

use crate::desk::{Desk, approvals_at, change, finding, plan, policies};

/// Exit codes from the most permissive on.
const ORDER: [i32; 3] = [0, 4, 3];

fn rank(desk: &Desk) -> usize {
    let code = desk.program().run().exit_code;
    ORDER.iter().position(|known| *known == code).unwrap()
}

#[test]
fn one_more_finding_is_never_more_permissive() {
    for wrong in 0..16 {
        let is = |bit: u32| wrong & (1 << bit) != 0;
        let mut plan = plan();
        plan.clean = !is(0);
        if is(1) {
            plan.changes.push(change("aws_s3_bucket.old", "delete"));
        }
        let standing = if is(2) {
            Standing::Pending
        } else {
            Standing::Approved
        };
        let mut facts = policies();
        if is(3) {
            facts.canary = Canary::Absent;
        }
        let desk = Desk::empty().with(plan).with(approvals_at(standing));
        let mut before = 0;
        for level in [None, Some(Level::Warn), Some(Level::Deny)] {
            facts.findings.extend(level.map(finding));
            desk.put(facts.clone());
            let now = rank(&desk);
            assert!(now >= before, "{wrong:04b} {level:?}");
            before = now;
        }
        assert_eq!(ORDER[before], 3, "a denial is final");
    }
}
