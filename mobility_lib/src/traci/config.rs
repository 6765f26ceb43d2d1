//! What a SUMO configuration is made of.

use crate::xml::attribute::attributes;
use crate::xml::{self, ElementFault, Handler, Sort};
use crate::{MobilityError, Place};
use quick_xml::events::BytesStart;
use std::path::{Path, PathBuf};

/// The files that a configuration has SUMO read: its network, its routes and what else there is, in the order in which they are
/// written; relative to the configuration's folder.
///
/// # Errors
/// If the file can't be opened or read, or is no SUMO configuration.
pub fn input_files(path: &Path) -> Result<Vec<PathBuf>, MobilityError> {
    let (file, name) = xml::open_file(path, "configuration of SUMO")?;
    // SUMO takes either name.
    let sort = if crate::outermost(path).as_deref() == Some(LONG.root) { &LONG } else { &SHORT };
    let mut parser = Parser { files: Vec::new() };
    xml::read(file, &name, sort, &mut parser)?;
    Ok(parser.files)
}

struct Parser {
    files: Vec<PathBuf>,
}

impl Handler for Parser {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        _: usize,
        _: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        if !INPUTS.contains(&element.name().as_ref()) {
            return Ok(());
        }
        for value in attributes(element, ["value", "v"])?.into_iter().flatten() {
            let text = value.text()?;
            let names = text.split([',', ' ']).filter(|name| !name.is_empty());
            self.files.extend(names.map(PathBuf::from));
        }
        Ok(())
    }
}

/// Options of SUMO that name files to be read, with the other names that they have.
const INPUTS: [&str; 10] = [
    "net-file",
    "net",
    "n",
    "route-files",
    "routes",
    "r",
    "additional-files",
    "additional",
    "a",
    "weight-files",
];

static SHORT: Sort = Sort { root: "configuration", ..SORT };
static LONG: Sort = SORT;
const SORT: Sort = Sort {
    name: "configuration",
    root: "sumoConfiguration",
    written: "let SUMO write one: sumo --save-configuration town.sumocfg",
    give: "give a configuration of SUMO, as in `sumo -c`",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Result<Vec<PathBuf>, MobilityError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town.sumocfg");
        std::fs::write(&file, text).unwrap();
        input_files(&file)
    }

    #[test]
    fn network_routes_and_additional_files_are_inputs() {
        let content = r#"<input><net-file value="town.net.xml"/><route-files value="a.rou.xml, b.rou.xml"/>
            <a v="more.add.xml"/></input><output><fcd-output value="out.xml"/></output><time><begin value="0"/></time>"#;
        let expected = ["town.net.xml", "a.rou.xml", "b.rou.xml", "more.add.xml"].map(PathBuf::from);
        for root in ["configuration", "sumoConfiguration"] {
            assert_eq!(files(&format!("<{root}>{content}</{root}>")).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for text in ["", "<net/>", "<configuration><input>", "name: town"] {
            let error = files(text).unwrap_err();
            assert!(!error.help().is_empty(), "{error}");
        }
        assert!(input_files(Path::new("/nowhere/town.sumocfg")).is_err());
    }
}
