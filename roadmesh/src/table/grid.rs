//! Tables as data, which terminals and pages show in their own ways.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};
use std::env;
use std::io::{self, IsTerminal};

/// A heading and the tables under it.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) tables: Vec<Table>,
    /// What has to be known to read them.
    pub(crate) note: Option<&'static str>,
}

/// Rows of cells. The first column holds names.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// How many of the rows are heads.
    pub(crate) heads: usize,
    pub(crate) rows: Vec<Vec<Cell>>,
    shape: Shape,
}

/// A cell's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// Whether it tells of something wrong.
    pub(crate) alarm: bool,
}

/// What the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Names, numbers, units; equally wide in every table.
    Pairs,
    /// Names, then numbers.
    Columns,
    /// Words.
    Words,
}

impl Cell {
    /// Something that is wrong.
    pub(crate) fn alarm(text: &str) -> Cell {
        Cell { text: text.to_owned(), alarm: true }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        text.to_owned().into()
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Cell {
        text.clone().into()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, alarm: false }
    }
}

impl Section {
    pub(crate) fn new(title: &str, tables: impl IntoIterator<Item = Table>) -> Section {
        Section { title: title.to_owned(), tables: tables.into_iter().collect(), note: None }
    }

    /// As terminals show it.
    pub(crate) fn text(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(text).collect();
        let note = self.note.map(|note| format!("{note}\n")).unwrap_or_default();
        format!("{}\n{}{note}", self.title, tables.join("\n"))
    }
}

impl Table {
    fn new(shape: Shape) -> Table {
        Table { heads: 0, rows: Vec::new(), shape }
    }

    pub(crate) fn add_row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether there is nothing under the heads.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == self.heads
    }

    /// Whether a column holds numbers.
    pub(crate) fn is_number(&self, column: usize) -> bool {
        match self.shape {
            Shape::Pairs => column == 1,
            Shape::Columns => column > 0,
            Shape::Words => false,
        }
    }
}

pub(crate) fn section(title: &str, table: Table) -> String {
    Section::new(title, [table]).text()
}

/// A table's lines, without spaces at their ends.
pub(crate) fn text(table: &Table) -> String {
    let mut lines = comfy_table::Table::new();
    lines.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in &table.rows {
        let cell = |cell: &Cell| if cell.alarm { red(&cell.text) } else { cell.text.clone() };
        lines.add_row(row.iter().map(cell));
    }
    if table.shape == Shape::Pairs {
        let at_least = |width| ColumnConstraint::LowerBoundary(Width::Fixed(width));
        lines.set_constraints([at_least(NAME_WIDTH), at_least(NUMBER_WIDTH)]);
    }
    let numbers = lines.column_iter_mut().enumerate().filter(|(index, _)| table.is_number(*index));
    for (_, column) in numbers {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = String::new();
    for line in lines.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// For people who see colours.
pub(crate) fn red(text: &str) -> String {
    let colours = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    if colours { format!("\x1b[1;31m{text}\x1b[0m") } else { text.to_owned() }
}

/// A name, a number and its unit to a line; equally wide in every section.
pub(crate) fn pairs<'a>(rows: impl IntoIterator<Item = (&'a str, String, &'a str)>) -> Table {
    let mut table = Table::new(Shape::Pairs);
    for (name, number, unit) in rows {
        table.add_row([name.to_owned(), number, unit.to_owned()]);
    }
    table
}

/// A name and a text to a line.
pub(crate) fn list<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> Table {
    let mut table = Table::new(Shape::Words);
    for (name, text) in rows {
        table.add_row([name.to_owned(), text]);
    }
    table
}

/// A header, with units under it if there are any.
pub(crate) fn columns(names: &[&str], units: &[&str]) -> Table {
    let mut table = Table::new(Shape::Columns);
    for head in [names, units].into_iter().filter(|head| !head.is_empty()) {
        table.add_row(head.iter().copied());
        table.heads += 1;
    }
    table
}

/// A header, and everything at the left.
pub(crate) fn left(names: &[&str]) -> Table {
    let mut table = Table::new(Shape::Words);
    table.add_row(names.iter().copied());
    table.heads = 1;
    table
}

const NAME_WIDTH: u16 = 34;
const NUMBER_WIDTH: u16 = 12;
