//! Cycles of questions, on one thread and between threads.

mod toy;

use std::sync::Barrier;

use toy::{ask, during, path, world};
use world::{Memo, World};

#[test]
fn a_cycle_is_cut_and_what_follows_from_the_cut_is_not_stored() {
    let memo = Memo::new();
    let world = world(&[("a", "say a\nuse b\n"), ("b", "say b\nuse a\n"), ("out", "use a\n")]);
    assert_eq!(ask(&memo, &world, "a"), "a\nb\ncycle\n");
    // Had b been stored as a saw it, it would be "b cycle".
    assert_eq!(ask(&memo, &world, "b"), "b\na\ncycle\n");
    // Seen from outside, both are functions of the world, so asking again costs nothing.
    let again = during(&memo, || {
        assert_eq!(ask(&memo, &world, "a"), "a\nb\ncycle\n");
        assert_eq!(ask(&memo, &world, "b"), "b\na\ncycle\n");
    });
    assert_eq!(again.computed, 0);
    let outside = during(&memo, || assert_eq!(ask(&memo, &world, "out"), "a\nb\ncycle\n"));
    assert_eq!(outside.computed, 1);
}

#[test]
fn answers_in_a_cycle_do_not_depend_on_what_was_asked_before() {
    let files = [("a", "say a\nuse b\nuse c\n"), ("b", "say b\nuse c\n"), ("c", "say c\nuse a\n")];
    let world = world(&files);
    let alone = |file: &str| ask(&Memo::new(), &world, file);
    for order in [["a", "b", "c"], ["b", "c", "a"], ["c", "b", "a"], ["c", "a", "b"]] {
        let memo = Memo::new();
        for file in order {
            assert_eq!(ask(&memo, &world, file), alone(file), "{file} in {order:?}");
        }
    }
}

#[test]
fn an_edit_inside_a_cycle_is_seen() {
    let memo = Memo::new();
    let before = world(&[("a", "say a\nuse b\n"), ("b", "say b\nuse a\n"), ("out", "use a\n")]);
    assert_eq!(ask(&memo, &before, "out"), "a\nb\ncycle\n");
    let after = before.with(&path("b"), Some(b"say c\nuse a\n"));
    assert_eq!(memo.affected(&before, &after).len(), 2, "a, which stands for the cycle, and out");
    assert_eq!(ask(&memo, &after, "out"), "a\nc\ncycle\n");
    let open = before.with(&path("b"), Some(b"say end\n"));
    assert_eq!(ask(&memo, &open, "out"), "a\nend\n");
    // The stored trace of `a` asks for b, which now asks for a.
    assert_eq!(ask(&memo, &before, "out"), "a\nb\ncycle\n");
}

/// `n` files, each of which uses all others.
fn knot(n: usize) -> World {
    let uses = |me: usize| (0..n).filter(|other| *other != me).map(|other| format!("use f{other}\n")).collect();
    let files: Vec<(String, String)> = (0..n).map(|me| (format!("f{me}"), uses(me))).collect();
    World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

#[test]
fn a_knot_costs_one_run_each() {
    let memo = Memo::new();
    let stats = during(&memo, || _ = ask(&memo, &knot(12), "f0"));
    assert_eq!(stats.computed, 12);
}

/// `n` files, each of which uses the next two and the one before: loops within loops.
fn ladder(n: usize) -> World {
    let text = |me: usize| format!("use f{}\nuse f{}\nuse f{}\n", me + 1, me + 2, me.saturating_sub(1));
    let files: Vec<(String, String)> = (0..n).map(|me| (format!("f{me}"), text(me))).collect();
    World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

#[test]
fn loops_within_loops_cost_one_run_each() {
    let memo = Memo::new();
    let stats = during(&memo, || _ = ask(&memo, &ladder(20), "f0"));
    assert_eq!(stats.computed, 20 + 2, "and two that do not exist");
}

#[test]
fn a_deep_chain_ends() {
    let files: Vec<_> = (0..1000).map(|n| (format!("f{n}"), format!("say {n}\nuse f{}\n", n + 1))).collect();
    let world = World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let memo = Memo::new();
    assert!(ask(&memo, &world, "f0").ends_with("cycle\n"));
    // Near its end the chain is short enough, whatever was cut before.
    assert_eq!(ask(&memo, &world, "f998"), "998\n999\nabsent\n");
}

#[test]
fn two_threads_cannot_deadlock_on_a_cycle() {
    let world = world(&[("a", "say a\nuse x\nuse b\n"), ("b", "say b\nuse x\nuse a\n"), ("x", "say x\n")]);
    for _ in 0..200 {
        let (memo, barrier) = (Memo::new(), Barrier::new(2));
        std::thread::scope(|scope| {
            for (file, expected) in [("a", "a\nx\nb\nx\ncycle\n"), ("b", "b\nx\na\nx\ncycle\n")] {
                let (memo, barrier, world) = (&memo, &barrier, &world);
                scope.spawn(move || {
                    barrier.wait();
                    assert_eq!(ask(memo, world, file), expected);
                });
            }
        });
    }
}

#[test]
fn a_key_is_computed_once_for_all_threads() {
    let files: Vec<_> = (0..200).map(|n| (format!("f{n}"), format!("say {n}\nuse g{}\n", n % 7))).collect();
    let shared: Vec<_> = (0..7).map(|n| (format!("g{n}"), "say g\nlist \n".to_owned())).collect();
    let all = files.iter().chain(&shared).map(|(path, text)| (path.as_str(), text.as_str()));
    let (world, memo, barrier) = (World::in_memory(all), Memo::new(), Barrier::new(4));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                (0..200).for_each(|n| _ = ask(&memo, &world, &format!("f{n}")));
            });
        }
    });
    assert_eq!(memo.stats().computed, 207);
}
