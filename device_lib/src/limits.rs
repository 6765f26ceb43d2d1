//! How much a process may have.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the number of files that this process may open to the most it may ask for. A lab has three for each live host; shells
/// start with 1024, for the sake of programs that use select(2).
pub fn raise_open_files() {
    // Where it can't be raised, the error of the file that is one too many says so.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
