//! The command line's words (design.md, section 8: kept stable).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reads a Salt tree the way Salt does and a branch the way git flow does.
#[derive(Debug, Parser)]
#[command(name = "saltflow", version, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Options of all commands
    #[command(flatten)]
    pub common: Common,
}

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// A folder of file_roots, for ENV or base; given once or more, nothing is discovered
    #[arg(long, value_name = "[ENV=]DIR", global = true)]
    pub state_root: Vec<String>,
    /// A folder of pillar_roots, likewise
    #[arg(long, value_name = "[ENV=]DIR", global = true)]
    pub pillar_root: Vec<String>,
    /// The saltenv that states are read from
    #[arg(long, value_name = "ENV", global = true)]
    pub saltenv: Option<String>,
    /// A file rendered and handed over as the pillar, such as a formula's pillar.example
    #[arg(long, value_name = "FILE", global = true)]
    pub pillar_file: Option<PathBuf>,
    /// Folders laid out like extension_modules (states/, modules/, …)
    #[arg(long, value_name = "DIR", num_args = 1.., global = true)]
    pub modules: Vec<PathBuf>,
    /// SLS names that are left out
    #[arg(long, value_name = "GLOB", num_args = 1.., global = true)]
    pub skip: Vec<String>,
    /// Settings instead of .saltflow.yaml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Print secret-like values, which are *** otherwise
    #[arg(long, global = true)]
    pub reveal: bool,
    /// Say more on stderr; twice: everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
}

/// What saltflow can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the language server on stdio
    Lsp {
        /// Accepted for editors that pass it; stdio is the only transport
        #[arg(long)]
        stdio: bool,
        /// Exit when this process has ended
        #[arg(long = "clientProcessId", value_name = "PID")]
        client_process_id: Option<u32>,
    },
    /// Find what is broken, drift against the base branch included
    Check(Check),
    /// Show how this branch has drifted apart from the branch that it merges into
    Drift(Drift),
    /// Show what a merge changes, on which minions
    Plan(PlanWords),
    /// Show what SLS render to
    Show(Show),
    /// Show which SLS a minion's top files name
    Top {
        /// The minion's profile
        #[arg(long, value_name = "FILE")]
        minion: Option<PathBuf>,
        /// How to print
        #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
        format: PlainFormat,
    },
    /// Show the pillar of a minion
    Pillar(Pillar),
    /// List every definition and use
    Index {
        /// How to print
        #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
        format: PlainFormat,
    },
    /// Write the sample git-flow repository into a folder, check it and explain
    Demo {
        /// The folder; it must not exist or be empty (default: saltflow-demo in the temporary folder)
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
    },
    /// Say what saltflow found here and why: roots, base branch, Salt, profiles; and what to do
    Doctor {
        /// The branch or commit that would be compared with
        #[arg(long, value_name = "REF")]
        base: Option<String>,
        /// How to print
        #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
        format: PlainFormat,
    },
    /// Explain a diagnostic code
    Explain {
        /// Such as drift/include-removed-upstream
        code: String,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder; made if it is not there
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Only findings in these files and folders
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The branch or commit to compare with
    #[arg(long, value_name = "REF", conflicts_with = "no_drift")]
    pub base: Option<String>,
    /// Leave drift out
    #[arg(long)]
    pub no_drift: bool,
    /// Only what merging the base branch would add: findings of the merged files that neither side has, and drift
    #[arg(long, conflicts_with = "no_drift")]
    pub merged: bool,
    /// Leave out the findings that FILE lists: what was known before
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is found now to the baseline's FILE instead
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,
    /// The minions' profiles, instead of the settings'
    #[arg(long, value_name = "FILE")]
    pub minion: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub format: CheckFormat,
    /// Exit with 1 if there is a finding of this severity or a worse one
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
}

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub struct Drift {
    /// Only findings in this file or folder
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// The branch or commit to compare with
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// The minions' profiles, instead of the settings'
    #[arg(long, value_name = "FILE")]
    pub minion: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = DriftFormat::Human)]
    pub format: DriftFormat,
    /// Exit with 1 if there is a finding of this severity or a worse one
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanWords {
    /// Two revisions, A..B; or a file or folder: only states written there
    #[arg(value_name = "A..B|PATH")]
    pub what: Option<String>,
    /// The branch or commit that this branch is merged into
    #[arg(long, value_name = "REF", conflicts_with = "merge")]
    pub base: Option<String>,
    /// The branch or commit that is merged into this branch
    #[arg(long, value_name = "REF")]
    pub merge: Option<String>,
    /// The minions' profiles, instead of the settings'
    #[arg(long, value_name = "FILE")]
    pub minion: Vec<PathBuf>,
    /// Leave states out whose ID matches
    #[arg(long, value_name = "GLOB")]
    pub ignore_state: Vec<String>,
    /// Leave arguments out, such as file.managed.mode
    #[arg(long, value_name = "GLOB")]
    pub ignore_argument: Vec<String>,
    /// Leave minions out
    #[arg(long, value_name = "GLOB")]
    pub ignore_minion: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    pub format: PlanFormat,
    /// Exit with 1 if the plan has this, or worse
    #[arg(long, value_enum, default_value_t = PlanFailOn::Error)]
    pub fail_on: PlanFailOn,
}

/// How `plan` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// A comment for a merge request
    Markdown,
    /// One page
    Html,
}

/// What makes the exit status of `plan` 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFailOn {
    /// Any change
    Change,
    /// A risk: services that restart, packages, files or users removed, commands run
    Risk,
    /// What Salt refuses, and conflicts
    Error,
    /// Nothing
    None,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Show {
    /// Names of SLS, with dots
    #[arg(value_name = "SLS", required_unless_present = "all")]
    pub sls: Vec<String>,
    /// All SLS of the saltenv
    #[arg(long, conflicts_with = "sls")]
    pub all: bool,
    /// The minion's profile; without one nothing is known of it
    #[arg(long, value_name = "FILE")]
    pub minion: Option<PathBuf>,
    /// High data with includes, after extend, `*_in` requisites, use and exclude
    #[arg(long, conflicts_with = "low")]
    pub merged: bool,
    /// Low chunks in the order in which they run
    #[arg(long)]
    pub low: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = DataFormat::Yaml)]
    pub format: DataFormat,
    /// Say where every value was written
    #[arg(long, conflicts_with_all = ["merged", "low"])]
    pub origins: bool,
}

/// Arguments of `pillar`.
#[derive(Debug, Args)]
pub struct Pillar {
    /// Only this key, parts joined by colons
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// The minion's profile
    #[arg(long, value_name = "FILE")]
    pub minion: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = DataFormat::Yaml)]
    pub format: DataFormat,
    /// Say where every value was written
    #[arg(long)]
    pub origins: bool,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlainFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
}

/// How `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Codeclimate,
    /// JUnit's XML
    Junit,
}

/// How `drift` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A comment for a merge request
    Markdown,
}

/// Data formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    /// YAML
    Yaml,
    /// One JSON document
    Json,
}

/// From which severity on findings make the exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum FailOn {
    /// Only errors
    Error,
    /// Warnings too
    Warning,
    /// Information too
    Information,
    /// Hints too
    Hint,
    /// Never
    None,
}
