//! The equilibrium of the Intelligent Driver Model (Treiber, Hennecke and Helbing, Physical Review E 62, 2000).

/// What a driver's equilibrium depends on, in metres and seconds.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// The speed on a free road.
    pub speed: f64,
    /// The time gap.
    pub time_gap: f64,
    /// The gap at rest.
    pub gap: f64,
    /// Of the vehicle.
    pub length: f64,
}

impl Driver {
    /// Vehicles a second at a density in vehicles per metre.
    pub fn flow(&self, density: f64) -> f64 {
        let room = 1.0 / density - self.length;
        // At the equilibrium's speed the gap that is wanted is the one there is.
        let wanted = |v: f64| (self.gap + v * self.time_gap) / (1.0 - (v / self.speed).powi(4)).sqrt();
        let (mut low, mut high) = (0.0, self.speed);
        for _ in 0..100 {
            let middle = (low + high) / 2.0;
            if wanted(middle) < room { low = middle } else { high = middle }
        }
        density * low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flow_has_the_limits_that_the_formula_says() {
        // At 10 m/s the gap is 12 / sqrt(1 - (2/3)^4) = 13.397 m: one vehicle each 18.397 m.
        let driver = Driver { speed: 15.0, time_gap: 1.0, gap: 2.0, length: 5.0 };
        assert!((driver.flow(1.0 / 18.397) - 10.0 / 18.397).abs() < 1e-4);
        // Bumper to bumper nobody drives; alone, everybody as fast as wanted.
        assert!(driver.flow(1.0 / 7.0) < 1e-6);
        assert!((driver.flow(0.001) / 0.001 - 15.0).abs() < 0.01);
    }
}
