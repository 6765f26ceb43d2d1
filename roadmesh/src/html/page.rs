//! The page around a report's content.

use crate::table::{Cell, Section, Table};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// One of the few figures that everybody looks for first.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) unit: &'static str,
}

/// What is on a page, from its top.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) about: Vec<String>,
    pub(super) warnings: Vec<&'a str>,
    pub(super) tiles: Vec<Tile>,
    pub(super) map: Option<Markup>,
    pub(super) plots: Vec<Markup>,
    pub(super) sections: Vec<Section>,
    pub(super) repeat: Markup,
}

impl Page<'_> {
    /// The whole file.
    pub(super) fn text(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · roadmesh" }
                    style { (PreEscaped(COLOURS)) (PreEscaped(STYLE)) (PreEscaped(PLOTS)) }
                }
                body {
                    header {
                        h1 { (self.title) }
                        @for line in &self.about { p { (line) } }
                        @for warning in &self.warnings { p.warning role="alert" { (warning) } }
                    }
                    main {
                        @if !self.tiles.is_empty() {
                            dl.tiles {
                                @for Tile { name, value, unit } in &self.tiles {
                                    div { dt { (name) } dd { (value) " " small { (unit) } } }
                                }
                            }
                        }
                        @if let Some(map) = &self.map { div.wide { (map) } }
                        div.plots { @for plot in &self.plots { (plot) } }
                        @if !self.sections.is_empty() {
                            h2 { "Figures" }
                            div.sections { @for section in &self.sections { (table_section(section)) } }
                        }
                        (self.repeat)
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }
}

fn table_section(section: &Section) -> Markup {
    html! {
        section.figures {
            h3 { (section.title) }
            @for table in &section.tables { (rows(table)) }
            @if let Some(note) = section.note { p.note { (note) } }
        }
    }
}

fn rows(table: &Table) -> Markup {
    let (heads, body) = table.rows.split_at(table.heads);
    let class = |column: usize| table.is_number(column).then_some("number");
    let cell = |column: usize, cell: &Cell| {
        html! {
            @if column == 0 { th scope="row" { (cell.text) } }
            @else if cell.alarm { td.alarm class=[class(column)] { (cell.text) } }
            @else { td class=[class(column)] { (cell.text) } }
        }
    };
    html! {
        div.scroll {
            table {
                @if !heads.is_empty() {
                    thead {
                        @for row in heads {
                            tr { @for (column, cell) in row.iter().enumerate() {
                                th class=[class(column)] scope="col" { (cell.text) }
                            } }
                        }
                    }
                }
                tbody {
                    @for row in body {
                        tr { @for (column, content) in row.iter().enumerate() { (cell(column, content)) } }
                    }
                }
            }
        }
    }
}

const COLOURS: &str = include_str!("colours.css");
const STYLE: &str = include_str!("page.css");
/// A convenience; a page is whole without it.
const SCRIPT: &str = include_str!("page.js");
/// What a drawing alone needs.
const PLOTS: &str = include_str!("plots.css");
