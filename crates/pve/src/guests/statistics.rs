//! Statistics of guests over time (PVE: `rrddata`).

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::GuestAt;
use crate::params::Params;
use crate::path::ApiPath;
use crate::rrd::{RrdConsolidation, RrdTimeframe};
use crate::transport::Method;

answers! {
    /// The figures of a guest at one time. A missing one is a gap: nothing was measured, mostly
    /// because the guest was off. The last point often has a time alone.
    GuestSample {
        /// Seconds since 1970, the end of what it stands for.
        time_s: u64 = "time",
        /// Use of its processors, 0 to 1 for all of them.
        cpu_fraction: Option<f64> = "cpu",
        /// Its processors.
        cpu_count: Option<f64> = "maxcpu",
        /// Memory in use.
        memory_bytes: Option<f64> = "mem",
        /// Memory it may use.
        memory_max_bytes: Option<f64> = "maxmem",
        /// Memory the host spends on it (virtual machines, 9.x).
        memory_host_bytes: Option<f64> = "memhost",
        /// Space in use (containers).
        disk_bytes: Option<f64> = "disk",
        /// Size of the boot disk or root volume.
        disk_max_bytes: Option<f64> = "maxdisk",
        /// Received per second.
        net_in_bytes_s: Option<f64> = "netin",
        /// Sent per second.
        net_out_bytes_s: Option<f64> = "netout",
        /// Read per second.
        disk_read_bytes_s: Option<f64> = "diskread",
        /// Written per second.
        disk_write_bytes_s: Option<f64> = "diskwrite",
        /// Percent of the time in which some of it waited for a processor (9.x, as the others).
        pressure_cpu_some_percent: Option<f64> = "pressurecpusome",
        /// All of it waited for a processor.
        pressure_cpu_full_percent: Option<f64> = "pressurecpufull",
        /// Some of it waited for disks.
        pressure_io_some_percent: Option<f64> = "pressureiosome",
        /// All of it waited for disks.
        pressure_io_full_percent: Option<f64> = "pressureiofull",
        /// Some of it waited for memory.
        pressure_memory_some_percent: Option<f64> = "pressurememorysome",
        /// All of it waited for memory.
        pressure_memory_full_percent: Option<f64> = "pressurememoryfull",
    }
}

impl Client {
    /// The figures of a guest over time, the oldest first (PVE: `…/rrddata`). Of guests nothing is
    /// kept for a decade.
    pub async fn guest_statistics(
        &self,
        guest: &GuestAt,
        timeframe: RrdTimeframe,
        consolidation: RrdConsolidation,
    ) -> Result<Vec<GuestSample>> {
        if timeframe == RrdTimeframe::Decade {
            let text = "of guests a year is the longest time";
            return Err(self.invalid_for(guest, Method::Get, &["rrddata"], text));
        }
        let params = Params::new()
            .with("timeframe", timeframe.as_str())
            .with("cf", consolidation.as_str());
        let path = ApiPath::guest(guest, &["rrddata"]);
        let mut samples: Vec<GuestSample> = self.list_of(path, params).await?;
        samples.sort_by_key(|sample| sample.time_s);
        Ok(samples)
    }
}
