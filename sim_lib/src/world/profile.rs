//! From the scenario's radio to the medium's profile.

use super::parties::{Parties, PartyKind};
use super::plan::Names;
use crate::error::SimError;
use crate::scenario::model::{FadingSpec, IdealSpec, LinkProperties, LinkSpec, RadioProfile, RadioSpec};
use node_lib::buffer_pool::AccessCategory;
use radio_lib::airtime::mean_unicast_time;
use radio_lib::{Access, Dot11p, Fading, Geometric, Ideal, IdealLink, LinkParams, Profile, RadioError, Rate};
use std::time::Duration;

/// The medium's profile for these parties, and for vehicles that `join` them if some do.
pub(crate) fn profile(spec: &RadioSpec, parties: &Parties, join: bool) -> Result<Profile, SimError> {
    let mut radios: Vec<_> = parties.iter().filter_map(|party| Some((party.radio?, party.kind))).collect();
    radios.sort_unstable_by_key(|(radio, _)| *radio);
    match with_places(spec, radios.iter().map(|(_, kind)| *kind == PartyKind::Rsu))? {
        Some(Profile::Dot11p(mut dot11p)) => {
            dot11p.propagation.joining = join.then(|| spec.dot11p.propagation.car());
            Ok(Profile::Dot11p(dot11p))
        }
        Some(profile) => Ok(profile),
        None => Ok(Profile::Ideal(ideal(spec, &Names { parties, join })?)),
    }
}

/// The profile for radios of which each stands on a mast or not, where it matters where they are.
pub(super) fn with_places(
    spec: &RadioSpec,
    masts: impl Iterator<Item = bool>,
) -> Result<Option<Profile>, RadioError> {
    Ok(match spec.profile {
        RadioProfile::Ideal => None,
        RadioProfile::Geometric => Some(Profile::Geometric(geometric(spec)?)),
        RadioProfile::Dot11p => Some(Profile::Dot11p(dot11p(spec, masts)?)),
    })
}

/// Mean time of one full-sized unicast, acknowledgement included; `None` where the profile doesn't tell.
pub(crate) fn unicast_time(spec: &RadioSpec, mtu: usize) -> Option<Duration> {
    match spec.profile {
        RadioProfile::Geometric => {
            let rate = Rate::from_mbps(spec.geometric.rate_mbps)?;
            Some(mean_unicast_time(rate, mtu, AccessCategory::Background))
        }
        RadioProfile::Dot11p => {
            let access = spec.dot11p.access.background.rate_mbps;
            let rate = Rate::from_mbps(access.unwrap_or(spec.dot11p.rate_mbps))?;
            Some(mean_unicast_time(rate, mtu, AccessCategory::Background))
        }
        RadioProfile::Ideal => None,
    }
}

fn ideal(spec: &RadioSpec, names: &Names<'_>) -> Result<Ideal, SimError> {
    let IdealSpec { links, default } = &spec.ideal;
    let link = |(index, link): (usize, &LinkSpec)| {
        let place = format!("radio.ideal.links.{index}.between");
        let (_, a) = names.radio(&place, &link.between[0])?;
        let (_, b) = names.radio(&place, &link.between[1])?;
        Ok::<_, SimError>(IdealLink {
            a,
            b,
            latency: link.latency.unwrap_or(default.latency).get(),
            jitter: link.jitter.unwrap_or(default.jitter).get(),
            loss: link.loss.unwrap_or(default.loss),
            rate_bps: link.rate.or(default.rate).map(bits),
        })
    };
    Ok(Ideal {
        links: links.iter().enumerate().map(link).collect::<Result<_, _>>()?,
        full_mesh: links.is_empty().then(|| params(default)),
        attempts: spec.attempts,
        queue: spec.queue,
    })
}

fn geometric(spec: &RadioSpec) -> Result<Geometric, RadioError> {
    let section = &spec.geometric;
    Ok(Geometric {
        tx_power_dbm: section.tx_power_dbm,
        noise_figure_db: section.noise_figure_db,
        rate: rate("geometric.rate_mbps", section.rate_mbps)?,
        fading: match section.fading {
            FadingSpec::None => Fading::None,
            FadingSpec::Nakagami => Fading::default(),
        },
        attempts: spec.attempts,
        queue: spec.queue,
        ..Geometric::default()
    })
}

fn dot11p(spec: &RadioSpec, masts: impl Iterator<Item = bool>) -> Result<Dot11p, RadioError> {
    let section = &spec.dot11p;
    let mut access = [Access::default(); 4];
    for (access, own) in access.iter_mut().zip(section.access.by_category()) {
        *access = Access {
            tx_power_dbm: own.tx_power_dbm.unwrap_or(section.tx_power_dbm),
            rate: rate("80211p.rate_mbps", own.rate_mbps.unwrap_or(section.rate_mbps))?,
        };
    }
    Ok(Dot11p {
        access,
        rate_control: section.rate_control.into(),
        propagation: section.propagation.settings(masts)?,
        noise_figure_db: section.noise_figure_db,
        implementation_loss_db: section.implementation_loss_db,
        energy_threshold_dbm: section.energy_threshold_dbm,
        capture_db: section.capture_db,
        floor_db: section.floor_db,
        attempts: spec.attempts,
        queue: spec.queue,
        ..Dot11p::default()
    })
}

fn rate(setting: &'static str, mbps: f64) -> Result<Rate, RadioError> {
    let allowed = "3, 4.5, 6, 9, 12, 18, 24 or 27";
    Rate::from_mbps(mbps).ok_or(RadioError::OutOfRange { setting, value: mbps, allowed })
}

fn params(spec: &LinkProperties) -> LinkParams {
    LinkParams {
        latency: spec.latency.get(),
        jitter: spec.jitter.get(),
        loss: spec.loss,
        rate_bps: spec.rate.map(bits),
    }
}

fn bits(rate: f64) -> u64 {
    rate.round() as u64
}
