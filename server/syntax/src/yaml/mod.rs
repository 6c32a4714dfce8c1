//! YAML 1.1 as Salt loads it (`salt/utils/yamlloader.py` over PyYAML's libyaml loader).

mod node;

pub use node::*;
