//! Names, tags and sizes of guests as people have them.

use crate::cluster::guest::GuestKind;

/// A kind of machine that people run.
pub(crate) struct Role {
    /// Start of the name; a number follows when there are several.
    pub(crate) name: &'static str,
    pub(crate) kind: GuestKind,
    pub(crate) tags: &'static [&'static str],
    pub(crate) pool: Option<&'static str>,
    pub(crate) cores: u64,
    pub(crate) memory_mib: u64,
    pub(crate) disk_gib: f64,
    /// Mean processor and memory use as fractions.
    pub(crate) load: (f64, f64),
    pub(crate) os: &'static str,
    /// Numbered from the start: `web-01`.
    pub(crate) numbered: bool,
    pub(crate) notes: &'static str,
}

const fn vm(
    name: &'static str,
    tags: &'static [&'static str],
    pool: Option<&'static str>,
    (cores, memory_mib, disk_gib): (u64, u64, f64),
    load: (f64, f64),
) -> Role {
    Role {
        name,
        kind: GuestKind::Qemu,
        tags,
        pool,
        cores,
        memory_mib,
        disk_gib,
        load,
        os: "l26",
        numbered: true,
        notes: "",
    }
}

const fn container(
    name: &'static str,
    tags: &'static [&'static str],
    (cores, memory_mib, disk_gib): (u64, u64, f64),
    load: (f64, f64),
) -> Role {
    Role {
        name,
        kind: GuestKind::Lxc,
        tags,
        pool: Some("infra"),
        cores,
        memory_mib,
        disk_gib,
        load,
        os: "debian",
        numbered: false,
        notes: "",
    }
}

/// Stand in every world, in this order, before the drawn ones.
pub(crate) const FIRST: &[Role] = &[
    vm(
        "web",
        &["prod", "web"],
        Some("production"),
        (2, 4096, 32.0),
        (0.18, 0.46),
    ),
    vm(
        "web",
        &["prod", "web"],
        Some("production"),
        (2, 4096, 32.0),
        (0.14, 0.41),
    ),
    vm(
        "web",
        &["prod", "web"],
        Some("production"),
        (2, 4096, 32.0),
        (0.22, 0.52),
    ),
    vm(
        "db",
        &["db", "prod"],
        Some("production"),
        (4, 16384, 200.0),
        (0.27, 0.81),
    ),
    vm(
        "db",
        &["db", "prod"],
        Some("production"),
        (4, 16384, 200.0),
        (0.12, 0.77),
    ),
    container("dns", &["infra"], (1, 512, 8.0), (0.01, 0.22)),
    Role {
        notes: "Merge trains run at 02:00",
        ..vm(
            "gitlab",
            &["dev"],
            Some("development"),
            (4, 8192, 120.0),
            (0.31, 0.74),
        )
    },
    container("nextcloud", &["apps"], (2, 4096, 80.0), (0.06, 0.49)),
    vm(
        "k8s-master",
        &["k8s", "prod"],
        Some("kubernetes"),
        (2, 4096, 40.0),
        (0.12, 0.56),
    ),
    vm(
        "k8s-worker",
        &["k8s", "prod"],
        Some("kubernetes"),
        (8, 16384, 100.0),
        (0.43, 0.68),
    ),
    vm(
        "k8s-worker",
        &["k8s", "prod"],
        Some("kubernetes"),
        (8, 16384, 100.0),
        (0.38, 0.63),
    ),
    Role {
        os: "win11",
        ..vm(
            "win11-anna",
            &["desktop"],
            None,
            (4, 8192, 120.0),
            (0.09, 0.58),
        )
    },
    container("proxy", &["infra", "prod"], (2, 1024, 8.0), (0.04, 0.31)),
    vm(
        "mail",
        &["prod"],
        Some("production"),
        (2, 4096, 60.0),
        (0.05, 0.44),
    ),
    container("monitoring", &["infra"], (2, 2048, 40.0), (0.11, 0.62)),
    vm(
        "jenkins",
        &["ci", "dev"],
        Some("development"),
        (4, 8192, 80.0),
        (0.24, 0.55),
    ),
    vm(
        "shop-test",
        &["dev"],
        Some("development"),
        (2, 2048, 32.0),
        (0.03, 0.28),
    ),
    vm(
        "homeassistant",
        &["apps"],
        None,
        (2, 2048, 32.0),
        (0.07, 0.47),
    ),
    container("wiki", &["apps"], (1, 1024, 16.0), (0.02, 0.29)),
    container("vault", &["infra", "prod"], (1, 1024, 8.0), (0.02, 0.33)),
];

/// Drawn for the rest of the world; the order gives no weight.
pub(crate) const MORE: &[Role] = &[
    vm(
        "web",
        &["prod", "web"],
        Some("production"),
        (2, 4096, 32.0),
        (0.16, 0.43),
    ),
    vm(
        "app",
        &["prod"],
        Some("production"),
        (4, 8192, 60.0),
        (0.21, 0.58),
    ),
    vm(
        "db",
        &["db", "prod"],
        Some("production"),
        (4, 16384, 200.0),
        (0.19, 0.79),
    ),
    vm(
        "k8s-worker",
        &["k8s", "prod"],
        Some("kubernetes"),
        (8, 16384, 100.0),
        (0.37, 0.66),
    ),
    vm(
        "ci-runner",
        &["ci", "dev"],
        Some("development"),
        (8, 8192, 80.0),
        (0.34, 0.47),
    ),
    vm(
        "dev",
        &["dev"],
        Some("development"),
        (2, 4096, 40.0),
        (0.05, 0.33),
    ),
    vm(
        "test",
        &["dev"],
        Some("development"),
        (2, 2048, 32.0),
        (0.03, 0.24),
    ),
    Role {
        os: "win11",
        ..vm(
            "win11-desk",
            &["desktop"],
            None,
            (4, 8192, 120.0),
            (0.08, 0.54),
        )
    },
    Role {
        os: "win11",
        ..vm(
            "win2022-srv",
            &["prod", "windows"],
            Some("production"),
            (4, 8192, 100.0),
            (0.1, 0.6),
        )
    },
    vm(
        "storage-gw",
        &["infra"],
        Some("infra"),
        (2, 4096, 60.0),
        (0.06, 0.37),
    ),
    Role {
        numbered: true,
        ..container("cache", &["infra", "prod"], (1, 2048, 8.0), (0.07, 0.71))
    },
    Role {
        numbered: true,
        ..container("queue", &["infra", "prod"], (2, 2048, 16.0), (0.09, 0.42))
    },
    Role {
        numbered: true,
        ..container("worker", &["apps"], (2, 1024, 16.0), (0.12, 0.38))
    },
    Role {
        numbered: true,
        ..container("sandbox", &["dev"], (1, 512, 8.0), (0.01, 0.18))
    },
];
