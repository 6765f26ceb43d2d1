//! Where to put what stands beside the road: at junctions, at equal distances, or where it reaches most.

use crate::line::Line;
use crate::net::Carriageway;
use crate::spaced::Spaced;
use crate::{Network, Position, Track};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A place that something could be put at.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Where it is.
    pub position: Position,
    /// The junction or the road that it is at.
    pub at: At,
}

/// What a site is at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The junction with this id.
    Junction(String),
    /// The road with this id.
    Road(String),
}

/// What is to be reached: places, and how much each of them counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    places: Vec<(Position, f64)>,
    total: f64,
}

/// A choice of the greedy algorithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Which of the sites.
    pub site: usize,
    /// How much of the demand it reaches that none before did.
    pub adds: f64,
}

/// The junctions of roads for cars, the largest first, by the number of lanes that lead into them; none nearer than `spacing_m` to one
/// before it, or to one of `taken`.
pub fn at_junctions(network: &Network, spacing_m: f64, taken: &[Position]) -> Vec<Site> {
    let mut junctions: Vec<_> = network
        .junctions()
        .filter_map(|id| Some((Reverse(network.lanes_into(id)), id, network.junction(id)?)))
        .filter(|(lanes, ..)| lanes.0 > 0)
        .collect();
    junctions.sort_by_key(|(lanes, id, _)| (*lanes, *id));
    let sites =
        junctions.into_iter().map(|(_, id, position)| Site { position, at: At::Junction(id.to_owned()) });
    apart(sites, spacing_m, taken)
}

/// Sites along the roads: none nearer than `spacing_m` to another one, and no part of a road farther than that from one, but for half
/// a step of the walk, which is 0.25 m to 5 m. Along a road that leads from one end of the network, one follows every `spacing_m` and
/// a step at most.
pub fn along_roads(network: &Network, spacing_m: f64, taken: &[Position]) -> Vec<Site> {
    apart(walked(network, (spacing_m / 300.0).clamp(0.5, 10.0)), spacing_m, taken)
}

/// Every junction of roads for cars, and a site every `step_m` along the roads.
pub fn everywhere(network: &Network, step_m: f64) -> Vec<Site> {
    let mut sites = at_junctions(network, 0.0, &[]);
    sites.extend(apart(
        walked(network, step_m / 2.0),
        step_m,
        &sites.iter().map(|site| site.position).collect::<Vec<_>>(),
    ));
    sites
}

/// Chooses `count` of the sites, one after the other, each where it reaches most of what none before reaches; fewer if that is
/// nothing. What one reaches by `reaches` must lie within `range_m`. `taken` reach what they reach from the start.
///
/// What is reached grows less with each site, so that this comes to 1 - 1/e (63 %) or more of what the best choice of as many sites
/// could reach; no algorithm that is fast does better in general (Nemhauser, Wolsey and Fisher 1978; Feige 1998).
pub fn greedy(
    sites: &[Site],
    demand: &Demand,
    count: usize,
    range_m: f64,
    taken: &[Position],
    reaches: &dyn Fn(Position, Position) -> bool,
) -> Vec<Choice> {
    let near = Near::new(demand, range_m);
    let mut covered = vec![false; demand.places.len()];
    for position in taken {
        near.each(*position, reaches, |index| covered[index] = true);
    }
    let reach = Reach::new(sites, &near, reaches);
    let adds = |site: usize, covered: &[bool]| -> f64 {
        let mut sum = 0.0;
        reach.each(site, |index| sum += if covered[index] { 0.0 } else { demand.places[index].1 });
        sum
    };
    // What a site adds never grows, so the first whose figure is up to date and still the greatest is the best.
    let mut queue: BinaryHeap<(Amount, Reverse<usize>)> =
        (0..sites.len()).map(|site| (Amount(adds(site, &covered)), Reverse(site))).collect();
    let mut choices = Vec::new();
    while choices.len() < count
        && let Some((Amount(before), Reverse(site))) = queue.pop()
    {
        let now = adds(site, &covered);
        if now <= 0.0 {
            if before <= 0.0 {
                break;
            }
            continue;
        }
        if queue.peek().is_some_and(|(next, rank)| (Amount(now), Reverse(site)) < (*next, *rank)) {
            queue.push((Amount(now), Reverse(site)));
            continue;
        }
        reach.each(site, |index| covered[index] = true);
        choices.push(Choice { site, adds: now });
    }
    choices
}

impl Demand {
    /// The length of the roads for cars, metres. Both directions of a road count, where it has two.
    pub fn of_roads(network: &Network) -> Demand {
        Demand::of(
            network
                .roads()
                .flat_map(|road| along(&road.line, ROAD_STEP_M))
                .map(|(position, length, _)| (position, length)),
        )
    }

    /// The time of vehicles, seconds: where each of them is, once a second of the `seconds` that are looked at.
    pub fn of_tracks<'a>(tracks: impl Iterator<Item = &'a Track>, seconds: u64) -> Demand {
        Demand::of(tracks.flat_map(|track| {
            track.spans().iter().flat_map(move |span| {
                let end = span.end_us.map_or(seconds, |end_us| end_us.div_ceil(1_000_000).min(seconds));
                let there = span.start_us.div_ceil(1_000_000)..end;
                there.filter_map(|second| Some((track.at(second * 1_000_000)?, 1.0)))
            })
        }))
    }

    /// What is within a metre of each other is taken together.
    fn of(places: impl Iterator<Item = (Position, f64)>) -> Demand {
        let mut squares: BTreeMap<(i64, i64), f64> = BTreeMap::new();
        for (Position { x, y }, weight) in places {
            *squares.entry((x.round() as i64, y.round() as i64)).or_default() += weight;
        }
        let places: Vec<_> = squares
            .into_iter()
            .map(|((x, y), weight)| (Position { x: x as f64, y: y as f64 }, weight))
            .collect();
        let total = places.iter().map(|(_, weight)| weight).sum();
        Demand { places, total }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// How much of it each of the sites reaches, and how much all together; see [`greedy`].
    pub fn reached(
        &self,
        sites: &[Position],
        range_m: f64,
        reaches: &dyn Fn(Position, Position) -> bool,
    ) -> (Vec<f64>, f64) {
        let near = Near::new(self, range_m);
        let mut covered = vec![false; self.places.len()];
        let mut each = Vec::with_capacity(sites.len());
        for site in sites {
            let mut own = 0.0;
            near.each(*site, reaches, |index| {
                own += self.places[index].1;
                covered[index] = true;
            });
            each.push(own);
        }
        let reached = self.places.iter().zip(covered).filter(|(_, covered)| *covered);
        (each, reached.map(|((_, weight), _)| weight).sum())
    }
}

/// The demand by squares of the range's size.
struct Near<'a> {
    demand: &'a Demand,
    range_m: f64,
    squares: BTreeMap<(i64, i64), Vec<usize>>,
}

impl Near<'_> {
    fn new(demand: &Demand, range_m: f64) -> Near<'_> {
        let mut near = Near { demand, range_m: range_m.max(1.0), squares: BTreeMap::new() };
        for (index, (position, _)) in demand.places.iter().enumerate() {
            near.squares.entry(near.square(*position)).or_default().push(index);
        }
        near
    }

    fn square(&self, Position { x, y }: Position) -> (i64, i64) {
        ((x / self.range_m).floor() as i64, (y / self.range_m).floor() as i64)
    }

    fn each(
        &self,
        site: Position,
        reaches: &dyn Fn(Position, Position) -> bool,
        mut each: impl FnMut(usize),
    ) {
        let (x, y) = self.square(site);
        for square in (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y))) {
            for index in self.squares.get(&square).into_iter().flatten() {
                let place = self.demand.places[*index].0;
                if site.distance(place) <= self.range_m && reaches(site, place) {
                    each(*index);
                }
            }
        }
    }
}

/// What each site reaches.
struct Reach<'a> {
    sites: &'a [Site],
    near: &'a Near<'a>,
    reaches: &'a dyn Fn(Position, Position) -> bool,
    /// Of the first sites, as many as there is memory for.
    kept: Vec<Vec<u32>>,
}

impl<'a> Reach<'a> {
    fn new(
        sites: &'a [Site],
        near: &'a Near<'a>,
        reaches: &'a dyn Fn(Position, Position) -> bool,
    ) -> Reach<'a> {
        let mut reach = Reach { sites, near, reaches, kept: Vec::new() };
        let mut count = 0;
        while count < MAX_KEPT && reach.kept.len() < sites.len() {
            let mut reached = Vec::new();
            near.each(sites[reach.kept.len()].position, reaches, |index| reached.push(index as u32));
            count += reached.len();
            reach.kept.push(reached);
        }
        reach
    }

    fn each(&self, site: usize, mut each: impl FnMut(usize)) {
        match self.kept.get(site) {
            Some(reached) => reached.iter().for_each(|index| each(*index as usize)),
            None => self.near.each(self.sites[site].position, self.reaches, each),
        }
    }
}

/// An amount that has an order.
#[derive(Clone, Copy, PartialEq)]
struct Amount(f64);

impl Eq for Amount {}

impl Ord for Amount {
    fn cmp(&self, other: &Amount) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Amount) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Those that are far enough from those before them.
fn apart(sites: impl IntoIterator<Item = Site>, spacing_m: f64, taken: &[Position]) -> Vec<Site> {
    let mut spaced = Spaced::new(spacing_m);
    taken.iter().for_each(|place| spaced.add(*place));
    sites.into_iter().filter(|site| spaced.takes(site.position)).collect()
}

/// Places along all roads, every `step_m` or a little less, in the order of their way from the western end of their part of the
/// network.
fn walked(network: &Network, step_m: f64) -> Vec<Site> {
    let mut roads_at: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    let roads: Vec<&Carriageway> = network.roads().collect();
    for (index, road) in roads.iter().enumerate() {
        roads_at.entry(&road.from).or_default().push((index, &road.to));
        roads_at.entry(&road.to).or_default().push((index, &road.from));
    }
    let mut starts: Vec<_> =
        roads_at.keys().filter_map(|id| Some((Amount(network.junction(id)?.x), *id))).collect();
    starts.sort();
    let mut sites = Vec::new();
    let mut ways: BTreeMap<&str, f64> = BTreeMap::new();
    for (_, start) in starts {
        if ways.contains_key(start) {
            continue;
        }
        let mut found: Vec<(Amount, usize, usize, Site)> = Vec::new();
        let mut done = vec![false; roads.len()];
        let mut queue = BinaryHeap::from([Reverse((Amount(0.0), start))]);
        while let Some(Reverse((Amount(way), id))) = queue.pop() {
            if ways.contains_key(id) {
                continue;
            }
            ways.insert(id, way);
            for (index, other) in &roads_at[id] {
                let road = roads[*index];
                let length = road.length();
                if !std::mem::replace(&mut done[*index], true) {
                    for (number, (position, _, along)) in along(&road.line, step_m).enumerate() {
                        let on = if road.from == id { along } else { length - along };
                        let at = At::Road(road.id.clone());
                        found.push((Amount(way + on), *index, number, Site { position, at }));
                    }
                }
                queue.push(Reverse((Amount(way + length), other)));
            }
        }
        found.sort_by_key(|(way, road, number, _)| (*way, *road, *number));
        sites.extend(found.into_iter().map(|(.., site)| site));
    }
    sites
}

/// Places along a line from its start to its end, `step_m` or a little less apart: where, what length it stands for, and how far along.
fn along(line: &[Position], step_m: f64) -> impl Iterator<Item = (Position, f64, f64)> + use<> {
    let line = Line::new(line.to_vec());
    let samples: Vec<_> = line.samples(step_m).collect();
    let (length, last) = (line.length(), samples.len() - 1);
    samples.into_iter().enumerate().map(move |(index, (along, position))| {
        let share = if index == 0 || index == last { 0.5 } else { 1.0 };
        (position, share * length / last as f64, along)
    })
}

/// Roads are looked at this often.
const ROAD_STEP_M: f64 = 1.0;
/// How many places in reach of sites are kept in memory, 4 bytes each; what is beyond is looked for each time.
const MAX_KEPT: usize = 64 << 20;
