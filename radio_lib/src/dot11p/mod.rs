//! The profile `80211p`: propagation, interference, and stations that contend for the channel.
//!
//! A [`signal`] is a transmission with its power at everybody it reaches. An [`ear`] is one radio's reception and carrier sense, a
//! [`station`] its medium access. [`access`] decides who sends and when, [`air`] carries what is sent.

mod access;
mod air;
mod ear;
mod places;
mod rates;
mod settings;
mod signal;
mod station;

pub use settings::{Access, Dot11p, RateControl};

use crate::airtime::{ACK_BYTES, ETHERNET_HEADER, Rate, psdu_bytes};
use crate::error::RadioError;
use crate::field::Field;
use crate::grid::squared_distance;
use crate::medium::{Locations, MeanLink, RadioId, RadioSetup, Reception};
use crate::propagation::{Channel, from_db};
use crate::reception::{Decoder, noise_dbm};
use ear::{Ear, FrontEnd};
use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;
use places::Places;
use rates::Rates;
use signal::{SignalId, Signals};
use station::Station;
use std::time::Duration;

/// The state behind the profile.
#[derive(Debug)]
pub(crate) struct Dot11pModel {
    links: [Link; 4],
    attempts: u8,
    rates: Rates,
    sensing: Duration,
    front: FrontEnd,
    /// By rate.
    decoders: [Decoder; Rate::ALL.len()],
    channel: Channel,
    pub(crate) field: Field,
    places: Places,
    /// Names of the radios in the draws of those that send to them.
    names: Vec<u64>,
    ears: Vec<Ear>,
    stations: Vec<Station>,
    signals: Signals,
    /// Signals whose senders were switched off, with their ends.
    cut: Vec<(Instant, SignalId)>,
    /// Radius within which less than one frame in a million is received.
    cutoff_m: f64,
    /// An empty list.
    spare: Vec<Reception>,
}

/// What follows from the power and the rate of one category.
#[derive(Clone, Copy, Debug)]
struct Link {
    rate: Rate,
    milliwatts: f64,
    /// Below this mean gain hardly a frame's SIGNAL field is heard: less than [`UNHEARD`] of them.
    heard_gain: f64,
    /// The least mean gain that matters.
    least_gain: f64,
    /// Beyond this distance the mean gain is less than that.
    reach_m: f64,
}

impl Dot11pModel {
    pub(crate) fn new(
        settings: &Dot11p,
        seed: Key,
        radios: &[RadioSetup],
    ) -> Result<Dot11pModel, RadioError> {
        settings.check()?;
        let names: Vec<u64> = radios.iter().map(|setup| setup.key).collect();
        let mut channel = Channel::new(&settings.propagation, seed.with(PROPAGATION), &names)?;
        let noise = noise_dbm(settings.noise_figure_db) + settings.implementation_loss_db;
        let front = FrontEnd::new(noise, settings.energy_threshold_dbm, settings.capture_db);
        let decoders = Rate::ALL.map(Decoder::new);
        let links = settings.access.map(|access| {
            let header = &decoders[Rate::Mbps3 as usize];
            let heard_gain = gain_for(UNHEARD, &access, noise, header, 0.0, &channel);
            let least_gain = from_db(noise - settings.floor_db - access.tx_power_dbm).min(heard_gain);
            let reach_m = channel.reach_m(least_gain);
            Link {
                rate: access.rate,
                milliwatts: from_db(access.tx_power_dbm),
                heard_gain,
                least_gain,
                reach_m,
            }
        });
        channel.neglect_below(links.iter().map(|link| link.least_gain).fold(f64::INFINITY, f64::min));
        // The smallest frame reaches furthest.
        let smallest = bits(psdu_bytes(ETHERNET_HEADER));
        let cutoff = |access: &Access| {
            let decoder = &decoders[access.rate as usize];
            channel.reach_m(gain_for(NEGLIGIBLE, access, noise, decoder, smallest, &channel))
        };
        let cutoff_m = settings.access.iter().map(cutoff).fold(0.0, f64::max);
        let reach_m = links.iter().map(|link| link.reach_m).fold(0.0, f64::max);
        Ok(Dot11pModel {
            links,
            attempts: settings.attempts,
            rates: Rates::new(settings.rate_control, radios.len()),
            sensing: settings.sensing,
            front,
            decoders,
            channel,
            field: Field::new(radios.len(), reach_m),
            places: Places::new(radios.len()),
            names,
            ears: vec![Ear::new(); radios.len()],
            stations: radios.iter().map(|_| Station::default()).collect(),
            signals: Signals::default(),
            cut: Vec::new(),
            cutoff_m,
            spare: Vec::with_capacity(radios.len()),
        })
    }

    /// One radio more, whose draws are keyed by this name.
    pub(crate) fn add(&mut self, name: u64) {
        self.channel.add(name);
        self.field.add();
        self.places.add();
        self.names.push(name);
        self.ears.push(Ear::new());
        self.stations.push(Station::default());
        self.rates.add();
    }

    pub(crate) fn cutoff_m(&self) -> f64 {
        self.cutoff_m
    }

    /// The rate of frames of this category.
    pub(crate) fn rate(&self, category: AccessCategory) -> Rate {
        self.links[category as usize].rate
    }

    /// How long a radio has taken the channel for busy since the run began, its own transmissions included.
    pub(crate) fn busy_time(&self, radio: RadioId, now: Instant) -> Duration {
        self.ears[radio.index()].busy_time(now)
    }

    /// A radio goes up or down. What it sends when it goes down can't be decoded by anybody any more; returns whether that was a
    /// frame of its own.
    pub(crate) fn set_up(&mut self, now: Instant, radio: RadioId, up: bool) -> bool {
        self.field.up.set(radio, up);
        let (ear, station) = (&mut self.ears[radio.index()], &mut self.stations[radio.index()]);
        ear.reset();
        ear.turn(now, &self.front);
        ear.counting = false;
        let sending = station.sending;
        station.reset();
        self.rates.reset(radio);
        if let Some(sending) = sending {
            self.signals.get_mut(sending.signal).cut = true;
            self.cut.push((sending.end, sending.signal));
        }
        sending.is_some_and(|sending| sending.ack_to.is_none())
    }

    pub(crate) fn mean_link(
        &self,
        [from, to]: [RadioId; 2],
        [here, there]: [[f64; 2]; 2],
        at: Instant,
        loc: &dyn Locations,
    ) -> MeanLink {
        MeanLink {
            gain: self.channel.peek_gain(at, (from, here), (to, there), loc),
            near: self.channel.fades_near(squared_distance(here, there)),
        }
    }

    /// Of a broadcast in the category of heartbeats, without interference.
    pub(crate) fn delivery_over(&self, MeanLink { gain, near }: MeanLink, psdu: usize) -> f64 {
        let link = &self.links[AccessCategory::Video as usize];
        let (mean, decoder, bits) = (link.milliwatts * gain, &self.decoders[link.rate as usize], bits(psdu));
        let success = |gain| decoder.success(self.front.ratio(FrontEnd::power(mean * gain), 0), bits);
        self.channel.mean_over_fading(near, success)
    }

    /// Keeps a list's memory for the next broadcast.
    pub(crate) fn reuse(&mut self, mut receptions: Vec<Reception>) {
        receptions.clear();
        self.spare = receptions;
    }
}

/// The mean gain at which `share` of the frames come through, by `decoder` for `bits` bits, without interference.
fn gain_for(
    share: f64,
    access: &Access,
    noise_dbm: f64,
    decoder: &Decoder,
    bits: f64,
    channel: &Channel,
) -> f64 {
    let ratio_at_no_loss = from_db(access.tx_power_dbm - noise_dbm);
    let success = |mean: f64| {
        channel.largest_mean_over_fading(|gain| decoder.success(ratio_at_no_loss * mean * gain, bits))
    };
    let (mut low, mut high) = (LEAST_GAIN, 1.0);
    for _ in 0..60 {
        let middle = f64::sqrt(low * high);
        if success(middle) < share { low = middle } else { high = middle }
    }
    low
}

fn bits(psdu: usize) -> f64 {
    (8 * psdu) as f64
}

/// Of an acknowledgement's PSDU.
const ACK_BITS: f64 = (8 * ACK_BYTES) as f64;
/// A mean probability of reception that doesn't matter.
const NEGLIGIBLE: f64 = 1e-6;
/// A share of frames heard that makes no difference: they come as noise instead.
const UNHEARD: f64 = 1e-4;
/// Less than what any radio is heard at.
const LEAST_GAIN: f64 = 1e-30;

/// Purposes of draws.
const BACKOFF: u64 = 0x20;
const RECEPTION: u64 = 0x21;
const ACKNOWLEDGEMENT: u64 = 0x22;
const LINK: u64 = 0x23;
const PROPAGATION: u64 = 0x24;
const RATE: u64 = 0x25;
