//! Certificates, boot, installation, updates and common words.

use super::Entry;

/// One concept a line.
pub(super) const ENTRIES: &[Entry] = &[
    // certificates and services
    (
        "certificate*|zertifikat*|certificat*|certificado*|ssl|tls|https|証明書",
        "certificate management TLS",
    ),
    (
        "letsencrypt|let's encrypt|lets encrypt|acme",
        "ACME Let's Encrypt certificates renewal pvenode",
    ),
    (
        "renew*|expire*|erneuer*|verlanger*|ablauf*|ablaufen|renouvel*|expir*|caduc*|renov*|更新|期限",
        "renewal automatic expire",
    ),
    (
        "day before|days before|tage vor|jours avant|dias antes|日前",
        "days before",
    ),
    (
        "dns challenge|dns plugin|wildcard",
        "ACME DNS plugin challenge",
    ),
    (
        "own certificate|custom certificate|trusted certificate|browser warning|eigenes zertifikat",
        "custom certificate upload pveproxy-ssl.pem",
    ),
    (
        "web interface|web gui|gui|web ui|port 8006|8006|weboberflache|interface web|interfaz web|管理画面|Web画面",
        "web interface GUI pveproxy",
    ),
    (
        "reverse proxy|behind a proxy|other port|listen address",
        "pveproxy LISTEN_IP proxy",
    ),
    (
        "service|daemon|dienst*|welcher dienst|demonio|サービス|デーモン",
        "service daemon systemd",
    ),
    // boot, kernel, installation
    (
        "kernel parameter*|kernel command line|kernel cmdline|boot parameter*|kernelparameter*|parametre*|parametro*|カーネルパラメータ|カーネル",
        "kernel command line editing GRUB systemd-boot /etc/kernel/cmdline",
    ),
    (
        "grub|systemd-boot|boot loader|bootloader|efi boot|esp|ブートローダ",
        "boot loader GRUB systemd-boot proxmox-boot-tool",
    ),
    (
        "pin kernel|old kernel|older kernel|keep kernel|kernel version|previous kernel",
        "kernel pin proxmox-boot-tool",
    ),
    (
        "wont boot|won't boot|does not boot|doesn't boot|boot fails|startet nicht|ne demarre pas|no arranca|起動しない",
        "boot rescue recovery failed",
    ),
    (
        "install*|setup|einricht*|installier*|installer|instalar|インストール",
        "installation installer",
    ),
    (
        "usb stick install*|boot stick|bootstick|installation usb",
        "prepare installation media USB flash drive",
    ),
    (
        "unattended|automatic installation|answer file|pxe|automatische installation",
        "unattended automated installation answer file",
    ),
    (
        "system requirement*|hardware requirement*|anforderung*|prerequis|requisitos|要件",
        "system requirements minimum recommended hardware",
    ),
    (
        "on debian|existing debian|auf debian",
        "install Proxmox VE on Debian",
    ),
    (
        "repository|repositories|repo|repos|paketquelle*|depot*|repositorio*|リポジトリ",
        "package repositories enterprise no-subscription",
    ),
    (
        "subscription|license|lizenz*|nag|abonnement|suscripcion|サブスクリプション",
        "subscription key enterprise repository",
    ),
    (
        "update*|upgrade*|patch*|aktualisier*|mise a jour|mises a jour|actualiz*|アップデート|アップグレード",
        "update upgrade system software apt",
    ),
    (
        "end of life|supported until|support ends|eol|how long supported|unterstutzt|サポート期限",
        "support end of life release FAQ",
    ),
    ("firmware|microcode", "firmware updates microcode"),
    (
        "time|clock|ntp|uhrzeit|zeit|heure|hora|時刻",
        "time synchronization NTP chrony",
    ),
    (
        "metric*|graphite|influx*|grafana|prometheus|monitoring|uberwach*|surveillance|monitorizar|監視",
        "external metric server InfluxDB Graphite status",
    ),
    (
        "email|mail|notif*|alert*|benachrichtig*|notification*|notificacion*|smtp|gotify|webhook*|通知",
        "notification targets matchers SMTP sendmail Gotify webhook",
    ),
    (
        "schedule*|calendar|cron|zeitplan*|kalender*|every|jeden|jede|jeder|chaque|tous les|cada|毎|スケジュール",
        "schedule calendar events format",
    ),
    (
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|samedi|dimanche|lunes|sabado|domingo|weekday*|first of the month|monat|month|mois|mes|月曜|土曜|日曜|曜日",
        "calendar events schedule examples day month",
    ),
    (
        "log|logs|journal|protokoll*|fehlersuche|ログ",
        "log journal syslog",
    ),
    ("task|tasks|job history|aufgabe*|タスク", "task log"),
    (
        "note*|comment|description|beschreib*|anmerkung*|メモ",
        "description notes markdown",
    ),
    ("tag*|label*|etikett*|etiqueta*|タグ", "tags tag style"),
];
