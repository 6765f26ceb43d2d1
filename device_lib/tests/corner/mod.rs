//! Tests in a corner of the machine of their own: see [`device_lib::sandbox`]. They need no rights, and leave nothing behind.
//!
//! A test program here has `harness = false` and gives its tests to [`main`]. That enters the corner while the process has
//! one thread, and starts the program again as the first process there, which runs the tests.
#![allow(dead_code, reason = "each test uses its part")]

pub mod net;

use device_lib::DeviceError;
use device_lib::sandbox;
use libtest_mimic::{Arguments, Trial};
use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, Output};

/// What a test has done by a process of its own, under this name: see [`run_errand`].
pub type Errand = (&'static str, fn());

/// Runs the tests in a corner. Where this machine doesn't let us make one, says so; and fails, if the environment has
/// `ROADMESH_REQUIRE_NAMESPACES`.
pub fn main(tests: Vec<Trial>, errands: &[Errand]) -> ExitCode {
    match env::var(STAGE).as_deref() {
        Err(_) => enter().unwrap_or_else(|error| {
            not_tested("namespaces", &format!("{error}\n{}", error.help().unwrap_or_default()))
        }),
        Ok(TESTS) => match sandbox::settle("") {
            Ok(()) => libtest_mimic::run(&Arguments::from_args(), tests).exit_code(),
            Err(error) => not_tested("mounts of our own", &error.to_string()),
        },
        Ok(name) => match errands.iter().find(|(known, _)| *known == name) {
            Some((_, errand)) => {
                errand();
                ExitCode::SUCCESS
            }
            None => panic!("no errand `{name}`"),
        },
    }
}

/// Makes the corner, has the tests run in it, and passes on how that ended.
fn enter() -> Result<ExitCode, DeviceError> {
    let standing = sandbox::enter()?;
    let mut command = this_program(TESTS);
    command.args(env::args_os().skip(1));
    sandbox::first_process(&mut command)?;
    eprintln!("in a corner of our own, with the rights of {standing:?}");
    let status = command.status().expect("this program can be started again");
    if let Some(signal) = status.signal() {
        eprintln!("the first process of the corner was ended by signal {signal}");
    }
    Ok(status.code().map_or(ExitCode::FAILURE, |code| ExitCode::from(code as u8)))
}

/// Has an errand done by a new process of this program, with one thread when it begins.
pub fn run_errand(name: &str) -> Output {
    this_program(name).output().expect("this program can be started again")
}

/// Says that something was not tested, because this machine doesn't have what it takes.
pub fn not_tested(what: &str, why: &str) -> ExitCode {
    let rule = "*".repeat(80);
    eprintln!("\n{rule}\nNOT TESTED, for want of {what}:\n{why}\n{rule}\n");
    if env::var_os(REQUIRED).is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn this_program(stage: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.env(STAGE, stage);
    command
}

/// Tests by the names of their functions.
macro_rules! trials {
    ($($module:ident::$test:ident),+ $(,)?) => {
        vec![$(libtest_mimic::Trial::test(concat!(stringify!($module), "::", stringify!($test)), || {
            $module::$test();
            Ok(())
        })),+]
    };
}
pub(crate) use trials;

/// Tells a process of this program what it is for.
const STAGE: &str = "ROADMESH_TEST_STAGE";
const TESTS: &str = "tests";
/// Set where a machine without namespaces is a fault and no reason to skip.
const REQUIRED: &str = "ROADMESH_REQUIRE_NAMESPACES";
