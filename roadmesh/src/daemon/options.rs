//! Every setting as an option of the command line, and whether a running node can change it.

use super::settings::Sources;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use config_lib::Override;
use std::path::PathBuf;

/// One setting.
pub(super) struct Setting {
    /// Where it stands in the file.
    pub(super) key: &'static str,
    /// Its option, without the dashes.
    option: &'static str,
    /// What it takes: a word for the help.
    takes: &'static str,
    kind: Kind,
    /// Whether a running node can take a new value over.
    pub(super) on_reload: bool,
    help: &'static str,
}

/// How an option's text becomes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As it is.
    Text,
    /// As YAML: a number, a time.
    Value,
    /// As one of a list of texts.
    Texts,
}

/// What `roadmesh obu` and `roadmesh rsu` take.
#[derive(Clone, Debug)]
pub(crate) struct NodeArgs {
    pub(super) sources: Sources,
}

impl Args for NodeArgs {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .short('c')
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The node's settings (YAML). Each is an option too, and options win");
        SETTINGS.iter().fold(command.arg(config), |command, setting| command.arg(setting.arg()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for NodeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let file = matches.get_one(CONFIG).cloned();
        let flags = SETTINGS.iter().filter_map(|setting| setting.read(matches)).collect();
        Ok(NodeArgs { sources: Sources { file, flags } })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Setting {
    fn arg(&self) -> Arg {
        let live = if self.on_reload { " [reload]" } else { "" };
        let action = if self.kind == Kind::Texts { ArgAction::Append } else { ArgAction::Set };
        Arg::new(self.option)
            .long(self.option)
            .value_name(self.takes)
            .help(format!("{}{live}", self.help))
            .action(action)
            .allow_hyphen_values(true)
    }

    fn read(&self, matches: &ArgMatches) -> Option<Override> {
        let texts: Vec<&String> = matches.get_many(self.option)?.collect();
        let given =
            texts.iter().map(|text| format!("--{} {text}", self.option)).collect::<Vec<_>>().join(" ");
        let value = match (self.kind, texts.as_slice()) {
            (Kind::Texts, texts) => {
                format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
            }
            (Kind::Text, texts) => quoted(texts.last()?),
            (Kind::Value, texts) => (*texts.last()?).clone(),
        };
        Some(Override::new(self.key, value, given))
    }
}

/// A text as YAML; what JSON quotes, YAML takes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const CONFIG: &str = "config";

const fn setting(
    key: &'static str,
    option: &'static str,
    takes: &'static str,
    kind: Kind,
    help: &'static str,
) -> Setting {
    Setting { key, option, takes, kind, on_reload: false, help }
}

/// One that a running node can change.
const fn live(
    key: &'static str,
    option: &'static str,
    takes: &'static str,
    kind: Kind,
    help: &'static str,
) -> Setting {
    Setting { on_reload: true, ..setting(key, option, takes, kind, help) }
}

/// All settings, in the order of the help.
pub(super) const SETTINGS: &[Setting] = &[
    setting("interface", "interface", "NAME", Kind::Text, "The radio's interface (needed)"),
    setting("tap", "tap", "NAME", Kind::Text, "The TAP's name [default: rm-INTERFACE]"),
    setting("tap_mac", "tap-mac", "MAC", Kind::Text, "The TAP's address [default: made from the radio's]"),
    setting(
        "addresses",
        "address",
        "ADDRESS/PREFIX",
        Kind::Texts,
        "An address of the host on the TAP; may be given several times",
    ),
    setting("mtu", "mtu", "BYTES", Kind::Value, "The TAP's MTU [default: what fits the radio, at most 1500]"),
    setting(
        "protocol.heartbeat_interval",
        "heartbeat-interval",
        "TIME",
        Kind::Value,
        "Mean time between an RSU's heartbeats; the same on every node [default: 200ms]",
    ),
    setting(
        "protocol.reply_interval",
        "reply-interval",
        "TIME",
        Kind::Value,
        "Longest time between an OBU's replies; the same on every node [default: 1s]",
    ),
    live(
        "protocol.candidates",
        "candidates",
        "N",
        Kind::Value,
        "Copies of a heartbeat that suppress our relay [default: 3]",
    ),
    live(
        "protocol.missed",
        "missed",
        "N",
        Kind::Value,
        "Heartbeats missed in a row that end a next hop [default: 3]",
    ),
    live(
        "protocol.tx_failures",
        "tx-failures",
        "N",
        Kind::Value,
        "Consecutive failed unicasts that end a next hop [default: 2]",
    ),
    live(
        "protocol.hysteresis_percent",
        "hysteresis-percent",
        "PERCENT",
        Kind::Value,
        "How much better another path must be [default: 15]",
    ),
    live(
        "protocol.tx_status",
        "tx-status",
        "auto|on|off",
        Kind::Text,
        "Whether the radio reports the fate of unicasts; auto: if it is wireless [default: auto]",
    ),
    live(
        "protocol.hop_limit",
        "hop-limit",
        "N",
        Kind::Value,
        "Transmissions a data frame may make [default: 8]",
    ),
    setting(
        "protocol.ethertype",
        "ethertype",
        "NUMBER",
        Kind::Value,
        "Marker of our frames; the same on every node [default: 0x88b5]",
    ),
    live(
        "flood_rate",
        "flood-rate",
        "N",
        Kind::Value,
        "Copies of broadcast, multicast and unknown unicast on the air, per second [default: 50]",
    ),
    setting("max_hosts", "max-hosts", "N", Kind::Value, "Host addresses that are kept [default: 4096]"),
    setting("max_downstream", "max-downstream", "N", Kind::Value, "OBUs that are kept [default: 4096]"),
    setting(
        "busy_poll",
        "busy-poll",
        "TIME",
        Kind::Value,
        "Look for frames for so long before sleeping; takes a whole core [default: 0s]",
    ),
    setting("capture", "capture", "FILE", Kind::Text, "Write all frames of both sides to a pcapng file"),
    setting("faults.lose", "fault-lose", "SHARE", Kind::Value, "For tests: frames lost at the radio, 0 to 1"),
    setting("faults.damage", "fault-damage", "SHARE", Kind::Value, "For tests: frames with a wrong bit"),
    setting("faults.cut", "fault-cut", "SHARE", Kind::Value, "For tests: frames that end too early"),
    setting("faults.repeat", "fault-repeat", "SHARE", Kind::Value, "For tests: frames that come twice"),
    setting(
        "socket",
        "socket",
        "FILE",
        Kind::Text,
        "The control socket [default: /run/roadmesh/TAP.sock, or the same below $XDG_RUNTIME_DIR]",
    ),
    setting(
        "state",
        "state",
        "DIR",
        Kind::Text,
        "Folder that keeps the boot number [default: $STATE_DIRECTORY, or /var/lib/roadmesh]",
    ),
    live("log_level", "log-level", "error|warn|info|debug", Kind::Text, "What is logged [default: info]"),
    setting("log_format", "log-format", "text|json", Kind::Text, "How it is logged [default: text]"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn of_project(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
    }

    #[test]
    fn the_manual_has_every_setting() {
        let manual = fs::read_to_string(of_project("docs/daemon.md")).unwrap();
        let rows: Vec<&str> = manual.lines().filter(|line| line.contains("` | `--")).collect();
        assert_eq!(rows.len(), SETTINGS.len());
        for (row, Setting { key, option, on_reload, .. }) in rows.iter().zip(SETTINGS) {
            assert!(row.starts_with(&format!("| `{key}` | `--{option}`")), "{row}");
            assert_eq!(row.contains("| at once"), *on_reload, "{row}");
        }
    }

    #[test]
    fn the_example_has_no_mistake_with_its_comments_or_without() {
        let file = of_project("dist/node.yaml");
        let loaded = Sources { file: Some(file.clone()), flags: Vec::new() }.load().unwrap();
        // Its prose begins with a capital letter, and what is commented out doesn't.
        let uncommented: String = fs::read_to_string(file)
            .unwrap()
            .lines()
            .map(|line| match line.trim_start().strip_prefix("# ") {
                Some(text) if !text.starts_with(char::is_uppercase) => line.replacen("# ", "", 1) + "\n",
                _ => line.to_owned() + "\n",
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let full = folder.path().join("node.yaml");
        fs::write(&full, uncommented).unwrap();
        let full = Sources { file: Some(full), flags: Vec::new() }.load().unwrap();
        let differing = loaded.value.differing(&full.value);
        assert_eq!(differing, ["tap", "tap_mac", "addresses", "mtu"]);
    }
}
