//! Every experiment agrees with its references, or differs by what is known. The light form; `roadmesh validate` has the full one.

use validation::{Effort, Reference, Verdict, checks};

#[test]
fn everything_agrees() {
    let reference = Reference::stored().expect("results of ns-3");
    let mut wrong = Vec::new();
    for check in checks() {
        let findings = check.run(Effort::Quick, &reference).expect("an experiment");
        assert!(!findings.comparisons.is_empty(), "{} compares nothing", check.id);
        for comparison in findings.comparisons {
            let verdict = comparison.verdict();
            if !matches!(verdict, Verdict::Agrees | Verdict::DiffersAsKnown) {
                wrong.push(format!("{}: {verdict:?}: {comparison:?}", check.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
