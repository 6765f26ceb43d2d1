//! A SUMO that says what it is told to say.

use super::*;
use crate::traci::wire::LENGTH_BYTES;
use proptest::prelude::*;

/// Answers, the last one first, and what was asked.
#[derive(Debug, Default)]
struct Script {
    answers: Vec<Vec<u8>>,
    asked: Vec<Vec<u8>>,
}

impl Link for Script {
    fn exchange(&mut self, message: &[u8]) -> Result<Vec<u8>, TraciError> {
        self.asked.push(message[LENGTH_BYTES..].to_vec());
        self.answers.pop().ok_or_else(|| TraciError::Link("it has hung up".to_owned()))
    }

    fn send(&mut self, message: &[u8]) {
        self.asked.push(message[LENGTH_BYTES..].to_vec());
    }
}

/// Puts an answer together.
fn answer(parts: &[(u8, &[u8])]) -> Vec<u8> {
    let mut message = Request::new();
    parts.iter().for_each(|(id, content)| message.command(*id, content));
    message.finish()[LENGTH_BYTES..].to_vec()
}

fn status(code: u8, text: &str) -> Vec<u8> {
    let mut content = vec![code];
    put_text(&mut content, text);
    content
}

fn fine() -> Vec<u8> {
    status(OK, "")
}

fn version(api: i32) -> Vec<u8> {
    let mut content = api.to_be_bytes().to_vec();
    put_text(&mut content, "SUMO 1.28.0");
    answer(&[(GET_VERSION, &fine()), (GET_VERSION, &content)])
}

fn number(variable: u8, number: f64) -> Vec<u8> {
    let mut content = vec![variable];
    put_text(&mut content, "");
    content.push(0x0b);
    put_double(&mut content, number);
    answer(&[(GET_SIMULATION, &fine()), (GET_SIMULATION + ANSWERS, &content)])
}

fn names(list: &[&str]) -> Vec<u8> {
    let mut value = vec![0x0e];
    value.extend((list.len() as u32).to_be_bytes());
    list.iter().for_each(|name| put_text(&mut value, name));
    value
}

/// A response to the subscription of the simulation.
fn simulation_tells(time: f64, came: &[&str], came_back: &[&str]) -> Vec<u8> {
    let mut content = Vec::new();
    put_text(&mut content, "");
    content.extend([3, TIME, OK, 0x0b]);
    put_double(&mut content, time);
    for (variable, list) in [(CAME, came), (CAME_BACK, came_back)] {
        content.extend([variable, OK]);
        content.extend(names(list));
    }
    content
}

fn vehicle_tells(name: &str, [x, y]: [f64; 2]) -> Vec<u8> {
    let mut content = Vec::new();
    put_text(&mut content, name);
    content.extend([1, PLACE, OK, 0x01]);
    put_double(&mut content, x);
    put_double(&mut content, y);
    content
}

fn vehicle_is_gone(name: &str) -> Vec<u8> {
    let mut content = Vec::new();
    put_text(&mut content, name);
    content.extend([1, PLACE, 0xff, 0x0c]);
    put_text(&mut content, "Vehicle is not known.");
    content
}

fn step(tells: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = answer(&[(STEP, &fine())]);
    bytes.extend((tells.len() as u32).to_be_bytes());
    for (id, content) in tells {
        bytes.extend(answer(&[(*id, content)]));
    }
    bytes
}

fn greeting(end: f64) -> Vec<Vec<u8>> {
    vec![version(22), number(STEP_LENGTH, 0.5), number(END, end), number(TIME, 3.0)]
}

/// Nobody is there yet.
fn followed() -> Vec<Vec<u8>> {
    let first = simulation_tells(3.0, &[], &[]);
    let mut content = vec![NAMES];
    put_text(&mut content, "");
    content.extend(names(&[]));
    vec![
        answer(&[(SUBSCRIBE_SIMULATION, &fine()), (TELLS_OF_SIMULATION, &first)]),
        answer(&[(GET_VEHICLE, &fine()), (GET_VEHICLE + ANSWERS, &content)]),
    ]
}

fn script(mut answers: Vec<Vec<u8>>) -> Script {
    answers.reverse();
    Script { answers, asked: Vec::new() }
}

type Seen = Vec<(String, [f64; 2])>;

fn steps(client: &mut Client<Script>) -> Result<Option<(u64, Seen)>, TraciError> {
    let mut seen = Vec::new();
    let at = client.step(0, &mut |name, place| seen.push((name.to_owned(), [place.x, place.y])))?;
    Ok(at.map(|at| (at, seen)))
}

#[test]
fn vehicles_are_followed_from_the_step_that_brings_them() {
    let both = [vehicle_tells("a", [1.123_456_789, 2.0]), vehicle_tells("b", [3.0, 4.0])];
    let answers = [
        greeting(4.5),
        followed(),
        vec![step(&[(TELLS_OF_SIMULATION, simulation_tells(3.5, &["a", "b"], &[]))])],
        vec![answer(&[
            (SUBSCRIBE_VEHICLE, &fine()),
            (TELLS_OF_VEHICLE, &both[0]),
            (SUBSCRIBE_VEHICLE, &status(0xff, "Vehicle 'b' is not known.")),
            (TELLS_OF_VEHICLE, &vehicle_is_gone("b")),
        ])],
        vec![step(&[
            (TELLS_OF_SIMULATION, simulation_tells(4.0, &[], &["a"])),
            (TELLS_OF_VEHICLE, both[1].clone()),
            (TELLS_OF_VEHICLE, vehicle_tells("a", [NOWHERE, NOWHERE])),
        ])],
        vec![step(&[(TELLS_OF_SIMULATION, simulation_tells(4.5, &[], &[]))])],
    ];
    let mut client = Client::new(script(answers.concat())).unwrap();
    let hello =
        Hello { program: "SUMO 1.28.0".into(), version: 22, step_us: 500_000, end_us: Some(4_500_000) };
    assert_eq!((client.hello(), client.next_us()), (&hello, 3_000_000));
    let first = steps(&mut client).unwrap().unwrap();
    assert_eq!(
        first,
        (3_000_000, vec![("a".to_owned(), [1.123_457, 2.0])]),
        "b went before it was asked for"
    );
    let second = steps(&mut client).unwrap().unwrap();
    assert_eq!(second, (3_500_000, vec![("b".to_owned(), [3.0, 4.0])]), "a is being teleported");
    assert_eq!(steps(&mut client).unwrap(), Some((4_000_000, vec![])));
    assert_eq!(steps(&mut client).unwrap(), None, "the configuration ends");
    client.close();
    let asked = &client.link.asked;
    assert_eq!(asked[0], [2, GET_VERSION]);
    assert_eq!(asked.last().unwrap(), &[2, CLOSE]);
    let subscriptions = asked.iter().filter(|asked| asked.get(1) == Some(&SUBSCRIBE_VEHICLE)).count();
    assert_eq!(subscriptions, 1, "a subscription outlives a teleport");
}

#[test]
fn until_somebody_looks_nobody_is_followed() {
    let plain = step(&[]);
    let answers = [greeting(-1.0), vec![plain.clone(), plain], followed(), vec![step(&[])]].concat();
    let mut client = Client::new(script(answers)).unwrap();
    assert_eq!(client.hello().end_us, None);
    let mut at = || client.step(4_000_000, &mut |_, _| {}).unwrap();
    assert_eq!([at(), at(), at()], [Some(3_000_000), Some(3_500_000), Some(4_000_000)]);
}

#[test]
fn whoever_is_there_already_is_followed_from_the_next_step_on() {
    let mut content = vec![NAMES];
    put_text(&mut content, "");
    content.extend(names(&["a"]));
    let answers = [
        greeting(-1.0),
        followed()[..1].to_vec(),
        vec![
            answer(&[(GET_VEHICLE, &fine()), (GET_VEHICLE + ANSWERS, &content)]),
            answer(&[(SUBSCRIBE_VEHICLE, &fine()), (TELLS_OF_VEHICLE, &vehicle_tells("a", [1.0, 1.0]))]),
            step(&[(TELLS_OF_VEHICLE, vehicle_tells("a", [2.0, 1.0]))]),
        ],
    ];
    let mut client = Client::new(script(answers.concat())).unwrap();
    assert_eq!(steps(&mut client).unwrap(), Some((3_000_000, vec![("a".to_owned(), [2.0, 1.0])])));
}

#[test]
fn refusals_and_nonsense_say_what_is_wrong() {
    let of = |answers: Vec<Vec<u8>>| match Client::new(script(answers)) {
        Ok(mut client) => steps(&mut client).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let and = |last: Vec<u8>| of([greeting(-1.0), followed(), vec![last]].concat());
    assert_eq!(of(vec![]), "it has hung up");
    assert!(
        of(vec![version(17)]).starts_with("SUMO 1.28.0 speaks version 17 of TraCI, and 18 is the oldest")
    );
    assert_eq!(of(vec![version(22), number(STEP_LENGTH, 0.0)]), "SUMO's clock shows 0 s");
    assert_eq!(of(vec![version(22), number(STEP_LENGTH, f64::NAN)]), "SUMO's clock shows NaN s");
    let refused = answer(&[(STEP, &status(0xff, "no"))]);
    assert_eq!(and(refused), "SUMO refuses command 0x02: no");
    assert_eq!(and(answer(&[(GET_VERSION, &fine())])), "the answer to command 0x02 is of another kind");
    let stays = step(&[(TELLS_OF_SIMULATION, simulation_tells(3.0, &[], &[]))]);
    assert_eq!(and(stays), "SUMO's clock shows 3 s");
    let far = step(&[(TELLS_OF_VEHICLE, vehicle_tells("a", [1e9, 0.0]))]);
    assert_eq!(and(far), "SUMO says that \"a\" is at (1000000000, 0)");
    let nan = step(&[(TELLS_OF_VEHICLE, vehicle_tells("a", [0.0, f64::NAN]))]);
    assert_eq!(and(nan), "SUMO says that \"a\" is at (0, NaN)");
    let short = answer(&[(STEP, &fine())]);
    assert_eq!(and(short), "a message ends in the middle of what it says");
}

proptest! {
    /// Whatever is wrong with an answer: cut off, or with another byte somewhere, it gives a step or an error.
    #[test]
    fn no_answer_makes_it_panic(cut in 0usize..400, place in 0usize..400, byte in any::<u8>(), which in 0usize..8) {
        let answers = [
            greeting(9.0),
            followed(),
            vec![
                step(&[
                    (TELLS_OF_SIMULATION, simulation_tells(3.5, &["a"], &["b"])),
                    (TELLS_OF_VEHICLE, vehicle_tells("c", [1.0, 1.0])),
                ]),
                answer(&[(SUBSCRIBE_VEHICLE, &fine()), (TELLS_OF_VEHICLE, &vehicle_tells("a", [1.0, 1.0]))]),
            ],
        ];
        let mut answers = answers.concat();
        if let Some(there) = answers[which].get_mut(place) {
            *there = byte;
        }
        answers[which].truncate(cut);
        if let Ok(mut client) = Client::new(script(answers)) {
            let _ = steps(&mut client);
        }
    }

    /// Nor do any bytes at all.
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let answers = [greeting(9.0), followed(), vec![bytes.clone(), bytes.clone(), bytes]].concat();
        let mut client = Client::new(script(answers)).unwrap();
        let _ = steps(&mut client);
    }
}
