//! What `roadmesh ctl` and a daemon say to each other: one JSON object a line, a request and its response.

use crate::report::{CountersReport, ExplainReport, RoutesReport, StatusReport};
use serde::{Deserialize, Serialize};

/// A question: `{"request":"explain","rsu":"02:00:00:00:00:01"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub(crate) enum Request {
    Status,
    Routes,
    /// About one RSU, or about all.
    Explain {
        #[serde(default)]
        rsu: Option<String>,
    },
    Counters,
    /// Read the settings again.
    Reload,
}

/// An answer: `{"status":{…}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Response {
    Status(Box<StatusReport>),
    Routes(RoutesReport),
    Explain(ExplainReport),
    Counters(CountersReport),
    Reload(ReloadReport),
    Error(Refusal),
}

/// What became of settings that were read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReloadReport {
    /// Keys whose new values hold from now on.
    pub(crate) applied: Vec<String>,
    /// Keys whose new values hold after a restart.
    pub(crate) needs_restart: Vec<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Response {
    pub(crate) fn error(message: impl Into<String>, help: Option<String>) -> Response {
        Response::Error(Refusal { message: message.into(), help })
    }
}
