//! Errors as people see them, and the exit codes they give.

use config_lib::ConfigError;
use device_lib::DeviceError;
use miette::{Diagnostic, NamedSource, SourceSpan};
use sim_lib::error::SimError;
use sim_lib::recorder::RecorderError;
use sim_lib::scenario::Loaded;
use sim_lib::sumo::SumoError;
use std::io;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user's input is wrong: exit code 2.
    Input(Box<Message>),
    /// Anything else: exit code 1.
    Other(Box<Message>),
    /// The output's reader went away, as `head` does: nothing to say.
    ClosedPipe,
}

/// One error: what, where, and what to do.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{text}")]
pub(crate) struct Message {
    text: String,
    #[help]
    help: Option<String>,
    #[source_code]
    source_code: Option<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

impl Failure {
    /// Prints the error and gives its exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Input(message) => {
                eprint_report(*message);
                ExitCode::from(BAD_INPUT)
            }
            Failure::Other(message) => {
                eprint_report(*message);
                ExitCode::FAILURE
            }
            Failure::ClosedPipe => ExitCode::SUCCESS,
        }
    }

    /// An error of the simulation, shown in the scenario where it has a place there.
    pub(crate) fn of_run(error: SimError, loaded: &Loaded) -> Failure {
        let text = error.to_string();
        let at = |key: &str, message: String, help: Option<String>| {
            loaded.source.mistake(key, message, help).into()
        };
        match error {
            SimError::Scenario(error) => error.into(),
            SimError::Trace(error) => input(text, Some(error.help().to_owned())),
            SimError::Sumo(error) => at("trace.sumo", error.message, Some(error.help)),
            SimError::Steps(error) => {
                let help = error.downcast_ref::<SumoError>().map(|error| error.help.clone());
                other(text, help)
            }
            SimError::Waypoints { node, source } => at(
                &format!("nodes.{node}.waypoints"),
                source.message().to_owned(),
                Some(source.help().to_owned()),
            ),
            SimError::Road { group, source } => at(
                &format!("groups.{group}.place.road.waypoints"),
                source.message().to_owned(),
                Some(source.help().to_owned()),
            ),
            SimError::Radio(error) => at("radio", error.to_string(), None),
            SimError::DuplicateName { name } => at(&named(loaded, &name), text, None),
            SimError::AddressCollision { first, .. } => at(&named(loaded, &first), text, None),
            SimError::UnknownName { place, name, or_host } => {
                at(&place, format!("nothing here is named `{name}`"), Some(format!("name a node{or_host}")))
            }
            SimError::Impossible { place, message } => at(&place, message.to_owned(), None),
            SimError::Record(error) => other(text, Some(write_help(&error).to_owned())),
            SimError::Violated(_) => other(text, Some(format!("this repeats it: {}", repeating(loaded)))),
            SimError::TimeWentBack { .. } | SimError::Stuck { .. } => {
                other(text, Some("please report it with the scenario and the seed".to_owned()))
            }
        }
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Failure {
        let help = error.help();
        other(error.to_string(), help)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        let ConfigError { file, place, option, message, help } = error;
        let file = file.map(|file| file.display().to_string());
        // With a place the snippet names the file; otherwise the message has to.
        let text = match (&place, option.as_ref().or(file.as_ref())) {
            (None, Some(where_from)) => format!("{where_from}: {message}"),
            _ => message,
        };
        let (source_code, span) = match place {
            None => (None, None),
            Some(place) => {
                let span = SourceSpan::from(place.span.start..place.span.end);
                (
                    Some(NamedSource::new(file.unwrap_or_default(), place.text).with_language("yaml")),
                    Some(span),
                )
            }
        };
        Failure::Input(Box::new(Message { text, help, source_code, span }))
    }
}

impl From<RecorderError> for Failure {
    fn from(error: RecorderError) -> Failure {
        match error {
            RecorderError::Foreign(_) | RecorderError::InUse(_) => {
                input(error.to_string(), Some("choose another folder with --out".to_owned()))
            }
            RecorderError::Write(ref why) => other(error.to_string(), Some(write_help(why).to_owned())),
        }
    }
}

/// Of printing to the standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => other(format!("can't print: {error}"), None),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        other(format!("can't be written as JSON: {error}"), None)
    }
}

/// An error of the user's input without a place in the scenario.
pub(crate) fn input(text: String, help: Option<String>) -> Failure {
    Failure::Input(Box::new(Message { text, help, source_code: None, span: None }))
}

/// An error that isn't the user's.
pub(crate) fn other(text: String, help: Option<String>) -> Failure {
    Failure::Other(Box::new(Message { text, help, source_code: None, span: None }))
}

/// The command that makes the run again, with its invariants checked.
fn repeating(loaded: &Loaded) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let file = loaded.source.file.as_ref().map_or_else(String::new, |file| file.display().to_string());
    let changes = loaded.source.overrides.iter();
    let changes =
        changes.map(|change| format!(" --set {}", quoted(&format!("{}={}", change.key, change.value))));
    format!("roadmesh sim {}{} --check", quoted(&file), changes.collect::<String>())
}

/// Where the scenario gives a name: to a group or its member, to a host, to a node, or by its trace.
fn named(loaded: &Loaded, name: &str) -> String {
    let scenario = &loaded.scenario;
    let host = scenario.wired.iter().flat_map(|wired| &wired.hosts).position(|host| host == name);
    let group = scenario.groups.get_key_value(name).map(|(group, _)| group.as_str());
    match (group.or_else(|| scenario.group_of(name).map(|(group, _)| group)), host) {
        (Some(group), _) => format!("groups.{group}"),
        (None, Some(index)) => format!("wired.hosts.{index}"),
        (None, None) if scenario.nodes.contains_key(name) => format!("nodes.{name}"),
        (None, None) => "trace.file".to_owned(),
    }
}

/// What to do where results can't be written.
fn write_help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room there, or choose another folder with --out; what was written before is whole and can be read"
        }
        _ => "check the space and the permissions there, or choose another folder with --out",
    }
}

fn eprint_report(message: Message) {
    use std::io::Write;
    // Where even the error can't be printed, the exit code has to do.
    let _ = write!(io::stderr(), "{:?}", miette::Report::new(message));
}

/// Exit code for bad input; that of clap as well.
const BAD_INPUT: u8 = 2;
