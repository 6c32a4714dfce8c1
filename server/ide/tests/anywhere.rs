//! A cursor may stand anywhere, in whole files and in files cut off there: questions are answered.

mod support;

use ide::FilePosition;
use support::{path, webshop};
use world::Stop;

/// Every so many bytes.
const STEP: usize = 61;

#[test]
fn every_place_of_the_sample_is_answered() {
    let tree = webshop(None);
    let stop = Stop::new();
    let mut completions = 0;
    for (file, text) in tree.fixture.files("base") {
        for offset in (0..=text.len()).step_by(STEP).filter(|offset| text.is_char_boundary(*offset)) {
            let at = FilePosition { path: path(file), offset: u32::try_from(offset).expect("a small file") };
            let found = ide::completion(&tree.analysis, &at, &stop).expect("nobody stops it");
            for item in &found.items {
                let range = item.edit.range;
                assert!(range.touches(at.offset), "{file}:{offset} {item:?}");
                assert!(text.get(range.start as usize..range.end as usize).is_some_and(|word| !word.contains('\n')));
            }
            completions += found.items.len();
            ide::hover(&tree.analysis, &at, &stop).expect("nobody stops it");
            ide::definition(&tree.analysis, &at, &stop).expect("nobody stops it");
            ide::references(&tree.analysis, &at, true, &stop).expect("nobody stops it");
        }
    }
    assert!(completions > 1_000, "{completions}");
}

#[test]
fn files_cut_off_anywhere_are_completed() {
    let whole = webshop(None);
    let stop = Stop::new();
    for file in
        ["states/webshop/config.sls", "states/nginx/map.jinja", "states/common/macros.jinja", "pillar/users.sls"]
    {
        let text = whole.fixture.text("base", file);
        for offset in (0..text.len()).step_by(STEP) {
            let Some(cut) = text.get(..offset) else { continue };
            let mut analysis = whole.analysis.clone();
            analysis.world = analysis.world.with(&path(file), Some(cut.as_bytes()));
            let at = FilePosition { path: path(file), offset: u32::try_from(offset).expect("a small file") };
            ide::completion(&analysis, &at, &stop).expect("nobody stops it");
        }
    }
}
