//! The Intelligent Driver Model of car following.
//!
//! Treiber, Hennecke, Helbing: "Congested traffic states in empirical observations and microscopic simulations", Physical
//! Review E 62 (2000), 1805; the forms used here are those of Treiber and Kesting, "Traffic Flow Dynamics" (2013), chapter 11.

/// How a driver drives: the parameters of the Intelligent Driver Model. All of them are positive.
///
/// ```
/// use mobility_lib::traffic::Idm;
///
/// let driver = Idm::CITY;
/// assert_eq!(driver.acceleration(0.0, f64::INFINITY, 0.0), 1.0, "a free road from rest: all that is wanted");
/// assert_eq!(driver.acceleration(15.0, f64::INFINITY, 0.0), 0.0, "a free road at the speed that is wanted");
/// assert!(driver.acceleration(15.0, 30.0, 0.0) < -1.5, "a standing obstacle");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Idm {
    /// The speed on a free road, v0, metres per second.
    pub desired_speed_mps: f64,
    /// The time gap to the vehicle ahead, T, seconds.
    pub time_gap_s: f64,
    /// The gap at rest, from bumper to bumper, s0, metres.
    pub min_gap_m: f64,
    /// The acceleration from rest, a, metres per second squared.
    pub acceleration_mps2: f64,
    /// The deceleration that is comfortable, b, metres per second squared.
    pub deceleration_mps2: f64,
}

impl Idm {
    /// Drivers in a city: v0 15 m/s, T 1 s, s0 2 m, a 1 m/s², b 1.5 m/s² (Treiber and Kesting 2013, table 11.2).
    pub const CITY: Idm = Idm {
        desired_speed_mps: 15.0,
        time_gap_s: 1.0,
        min_gap_m: 2.0,
        acceleration_mps2: 1.0,
        deceleration_mps2: 1.5,
    };

    /// The same driver where another speed is wanted.
    #[must_use]
    pub fn at_most(self, desired_speed_mps: f64) -> Idm {
        Idm { desired_speed_mps, ..self }
    }

    /// The acceleration dv/dt = a \[1 - (v/v0)^4 - (s*/s)^2\], in metres per second squared, at the speed `speed` with
    /// `gap` metres to the bumper of a vehicle ahead that drives `ahead` (metres per second). With an infinite gap the
    /// road is free.
    #[inline]
    pub fn acceleration(&self, speed: f64, gap: f64, ahead: f64) -> f64 {
        let interaction = self.desired_gap(speed, speed - ahead) / gap.max(LEAST_GAP_M);
        self.acceleration_mps2 * (1.0 - self.effort(speed) - interaction * interaction)
    }

    /// The gap that is wanted, s* = s0 + max(0, v T + v Δv / (2 sqrt(a b))), in metres, at a speed and a rate of approach
    /// Δv, both in metres per second.
    #[inline]
    pub fn desired_gap(&self, speed: f64, approach: f64) -> f64 {
        let braking = 2.0 * (self.acceleration_mps2 * self.deceleration_mps2).sqrt();
        self.min_gap_m + (speed * self.time_gap_s + speed * approach / braking).max(0.0)
    }

    /// The gap in equilibrium, s_e(v) = (s0 + v T) / sqrt(1 - (v/v0)^4), in metres: where all drive the same speed and
    /// nobody accelerates. Infinite from v0 on.
    pub fn equilibrium_gap(&self, speed: f64) -> f64 {
        let free = 1.0 - self.effort(speed);
        if free <= 0.0 {
            return f64::INFINITY;
        }
        (self.min_gap_m + speed * self.time_gap_s) / free.sqrt()
    }

    /// The speed in equilibrium at a gap in metres: the inverse of [`Idm::equilibrium_gap`]. 0 up to s0.
    pub fn equilibrium_speed(&self, gap: f64) -> f64 {
        // The gap rises with the speed.
        let (mut low, mut high) = (0.0, self.desired_speed_mps);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if self.equilibrium_gap(middle) <= gap {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The flow in equilibrium, vehicles per second and lane, with so many vehicles of `length` metres on each metre.
    pub fn equilibrium_flow(&self, density: f64, length: f64) -> f64 {
        density * self.equilibrium_speed(1.0 / density - length)
    }

    /// The most vehicles of `length` metres that a lane carries in equilibrium: their density (vehicles per metre) and the
    /// flow (vehicles per second).
    pub fn capacity(&self, length: f64) -> (f64, f64) {
        let density = |speed: f64| 1.0 / (self.equilibrium_gap(speed) + length);
        // The flow has one maximum over the speed: halve on the sign of its slope.
        let (mut low, mut high) = (0.0, self.desired_speed_mps);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            let step = 1e-6 * self.desired_speed_mps;
            if (middle + step) * density(middle + step) > (middle - step) * density(middle - step) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (density(low), low * density(low))
    }

    /// (v/v0)^4.
    #[inline]
    fn effort(&self, speed: f64) -> f64 {
        let square = (speed / self.desired_speed_mps) * (speed / self.desired_speed_mps);
        square * square
    }
}

/// The way driven and the speed afterwards, after `step` seconds from this speed at a constant acceleration; whoever comes
/// to rest within the step stays there. (The ballistic update: Treiber, Kanagaraj, "Comparing numerical integration schemes
/// for time-continuous car-following models", Physica A 419 (2015), 183.)
#[inline]
pub fn ballistic(speed: f64, acceleration: f64, step: f64) -> (f64, f64) {
    let after = speed + acceleration * step;
    if after >= 0.0 {
        return (0.5 * (speed + after) * step, after);
    }
    (0.5 * speed * speed / -acceleration, 0.0)
}

/// Where a gap is none, the interaction is as if it had this: strong, but a number.
const LEAST_GAP_M: f64 = 0.01;
/// Halvings until an interval has no more digits.
const BISECTIONS: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equation_is_treibers() {
        // By hand, with the parameters of the paper's table I: v0 120 km/h, T 1.6 s, a 0.73, b 1.67, s0 2 m.
        let paper = Idm {
            desired_speed_mps: 120.0 / 3.6,
            time_gap_s: 1.6,
            min_gap_m: 2.0,
            acceleration_mps2: 0.73,
            deceleration_mps2: 1.67,
        };
        for (speed, gap, ahead, expected) in [
            // s* = 2 + 32 = 34: 0.73 (1 - 0.6^4 - (34/40)^2).
            (20.0, 40.0, 20.0, 0.107_967),
            // s* = 2 + 32 + 20 x 10 / 2.208_257 = 124.569_194: 0.73 (1 - 0.1296 - (124.569_194/60)^2).
            (20.0, 60.0, 10.0, -2.511_207),
            // The one ahead leaves: s* = s0.
            (20.0, 40.0, 40.0, 0.73 * (1.0 - 0.1296 - 0.0025)),
        ] {
            let acceleration = paper.acceleration(speed, gap, ahead);
            assert!((acceleration - expected).abs() < 1e-5, "{acceleration} {expected}");
        }
    }

    #[test]
    fn nobody_accelerates_in_equilibrium_and_capacity_is_the_greatest_flow() {
        let driver = Idm::CITY;
        for tenths in 0..150 {
            let speed = f64::from(tenths) / 10.0;
            let gap = driver.equilibrium_gap(speed);
            assert!(driver.acceleration(speed, gap, speed).abs() < 1e-9);
            assert!((driver.equilibrium_speed(gap) - speed).abs() < 1e-9);
        }
        assert_eq!(driver.equilibrium_speed(1.0), 0.0);
        let (density, flow) = driver.capacity(4.6);
        for permille in 1..200 {
            assert!(driver.equilibrium_flow(f64::from(permille) / 1000.0, 4.6) <= flow + 1e-9);
        }
        assert!((driver.equilibrium_flow(density, 4.6) - flow).abs() < 1e-9);
    }

    #[test]
    fn whoever_comes_to_rest_within_a_step_stays_there() {
        assert_eq!(ballistic(10.0, 1.0, 1.0), (10.5, 11.0));
        assert_eq!(ballistic(1.0, -2.0, 1.0), (0.25, 0.0));
        assert_eq!(ballistic(0.0, -2.0, 1.0), (0.0, 0.0));
    }
}
