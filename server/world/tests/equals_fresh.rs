//! Whatever was asked before, in whatever worlds: the memo's answer is that of an empty memo.

mod toy;

use proptest::prelude::*;
use toy::{Eval, ask, path};
use world::{Memo, MemoOptions, World};

const FILES: [&str; 6] = ["a", "b", "c", "d/e", "d/f", "d/g/h"];

fn file() -> impl Strategy<Value = &'static str> {
    prop::sample::select(FILES.to_vec())
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..3u8).prop_map(|n| format!("say x={n}\n")),
        (0..3u8).prop_map(|n| format!("say y={n}\n")),
        file().prop_map(|file| format!("use {file}\n")),
        file().prop_map(|file| format!("part {file} x\n")),
        file().prop_map(|file| format!("exists {file}\n")),
        prop::sample::select(vec!["", "d", "d/g"]).prop_map(|folder| format!("list {folder}\n")),
        Just("# a remark\n".to_owned()),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    /// Write or remove a file of the newest world.
    Edit(&'static str, Option<String>),
    /// Go back to an older world, and on from there.
    Back(usize),
    /// Ask, of the newest world or an older one.
    Ask(&'static str, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = prop::option::weighted(0.85, prop::collection::vec(line(), 0..4).prop_map(|lines| lines.concat()));
    let step = prop_oneof![
        3 => (file(), text).prop_map(|(file, text)| Step::Edit(file, text)),
        1 => (0..8usize).prop_map(Step::Back),
        6 => (file(), prop_oneof![3 => Just(0), 1 => 0..8usize]).prop_map(|(file, back)| Step::Ask(file, back)),
    ];
    prop::collection::vec(step, 1..40)
}

fn older(worlds: &[World], back: usize) -> &World {
    &worlds[worlds.len() - 1 - back.min(worlds.len() - 1)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn answers_are_those_of_an_empty_memo(steps in steps(), traces in 1..4usize, live in 1..4usize) {
        let memo = Memo::with(MemoOptions { traces, worlds: live, check_purity: true });
        let mut worlds = vec![toy::world(&[("a", "use b\nuse c\n"), ("b", "use d/e\n"), ("c", "part b x\n")])];
        for step in steps {
            match step {
                Step::Edit(file, text) => {
                    let newest = worlds[worlds.len() - 1].with(&path(file), text.as_ref().map(String::as_bytes));
                    worlds.push(newest);
                }
                Step::Back(back) => worlds.push(older(&worlds, back).clone()),
                Step::Ask(file, back) => {
                    let world = older(&worlds, back);
                    prop_assert_eq!(ask(&memo, world, file), ask(&Memo::new(), world, file), "{}", file);
                }
            }
        }
        prop_assert_eq!(memo.impurities(), [""; 0]);
    }

    #[test]
    fn what_is_not_affected_has_the_same_answer(steps in steps()) {
        let memo = Memo::new();
        let mut world = toy::world(&[("a", "use b\nuse c\n"), ("b", "use d/e\n")]);
        for step in steps {
            let Step::Edit(file, text) = step else { continue };
            FILES.iter().for_each(|file| _ = ask(&memo, &world, file));
            let next = world.with(&path(file), text.as_ref().map(String::as_bytes));
            let affected = memo.affected(&world, &next);
            for file in FILES {
                if !affected.contains(&Eval(path(file))) {
                    prop_assert_eq!(ask(&memo, &world, file), ask(&Memo::new(), &next, file), "{}", file);
                }
            }
            world = next;
        }
    }

    #[test]
    fn threads_get_the_same_answers(texts in prop::collection::vec(prop::collection::vec(line(), 0..4), 12)) {
        let memo = Memo::with(MemoOptions { traces: 2, worlds: 2, check_purity: false });
        let texts: Vec<String> = texts.iter().map(|lines| lines.concat()).collect();
        let world = |texts: &[String]| World::in_memory(FILES.into_iter().zip(texts.iter().map(String::as_str)));
        let mixed: Vec<String> = texts[..3].iter().chain(&texts[9..]).cloned().collect();
        let worlds = [world(&texts[..6]), world(&texts[6..]), world(&mixed)];
        let expected = worlds.each_ref().map(|world| FILES.map(|file| ask(&Memo::new(), world, file)));
        let wrong = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|thread| {
                let (memo, worlds, expected) = (&memo, &worlds, &expected);
                scope.spawn(move || {
                    let order = (0..36).map(move |n| (n * 5 + thread * 7) % 36);
                    let ask_one = |n: usize| ask(memo, &worlds[n % 3], FILES[n / 3 % 6]) != expected[n % 3][n / 3 % 6];
                    order.filter(|n| ask_one(*n)).count()
                })
            }).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        prop_assert_eq!(wrong, 0);
    }
}
