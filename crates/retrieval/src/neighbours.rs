//! Names of other products that people run beside a hypervisor, on it, or instead of it.
//!
//! Who names one asks about it, unless the documentation speaks of it in the same place. An unknown word that is
//! none of these may be anything: a slip, a host, jargon.

/// Whether a word, in lower case, is the name of another product.
pub(crate) fn is_neighbour(word: &str) -> bool {
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    NEIGHBOURS
        .split_whitespace()
        .any(|name| name == word || stem.len() >= LEAST_LETTERS && name == stem)
}

/// So many letters stand before the number of a release: `icinga2`.
const LEAST_LETTERS: usize = 4;

/// Sorted. Names that are plain words as well (`chef`, `steam`) are left out.
const NEIGHBOURS: &str = "
    acronis adguard adobe ahv airsonic alexa amazon android ansible anydesk apple arcserve argocd arista aruba
    asrock asus asustor asuswrt audiobookshelf authelia authentik autocad avm aws awx azure backblaze backuppc
    bacula baikal bambu bareos barracuda bazarr beelink bhyve bicep bind9 bitcoin bitlocker bitwarden bookstack
    borgbackup borgmatic bosch brocade bsod buildah cacti calibre calico capistrano cassandra chatgpt checkmk
    checkpoint chromebook cilium cisco citrix claude clickhouse clonezilla cloudflare cloudflared cloudformation
    cloudstack cmake cobol cockroachdb cohesity commvault confluence contabo coolify copilot corsair cortana
    couchdb cpanel crossplane crowdsec crowdstrike cuda cygwin daikin datadog ddwrt deconz dell digitalocean
    directadmin directx discourse dism django dokku dokploy dotnet dovecot draytek dropbox drupal duplicacy
    duplicati dynatrace ec2 edgerouter edgeswitch eks elasticsearch emacs emby epson ersatztv esphome etcd
    ethereum evernote excel exim facebook factorio fail2ban fastapi ffmpeg figma filebeat filebrowser
    firecracker flannel flask fluentd fluxcd fortigate fortinet fortnite fortran freenas frigate fritzbox
    fronius fujitsu gcc gcp geforce gitea github gitlab-ci gke gmail golang google gradle grafana graylog
    guacamole hackintosh hailo hamachi handbrake haproxy harvester hashicorp haskell hass headscale heroku
    hetzner hevc hgst hikvision hoarder homarr homeassistant homebridge hpe hyper-v hyperv icinga icinga2 icloud
    idrac ikea ilo imac immich influxql infomaniak innodb inspur instagram intune invidious ionos ipad iphone
    ipmitool ispconfig istio jackett javascript jellyfin jellyseerr jenkins jira joomla jquery juniper junos k0s
    k3d k3s k8s kafka kaggle kaspersky kavita kibana kingston kioxia kodi komga kopia kotlin kubeadm kubectl
    kubelet kubernetes kubespray kubevirt kustomize laravel lenovo lexmark librenms lidarr linkedin linkerd
    linkwarden linode logitech logstash longhorn looking-glass lxd macbook macos macrium magento mailcow
    makefile mariadb matlab matomo mattermost maven mealie melanox mellanox memcached metallb microk8s mikrotik
    minecraft minikube minio minisforum modoboa mongodb moonlight mosquitto motioneye msconfig mssql mysql
    nagios nakivo navidrome neo4j nessus netapp netbird netcup netdata netflix netgear netlify netmaker newrelic
    nextcloud nginx-proxy-manager ngrok nintendo node-red nodejs nodered norton npm ntlite nuc numpy nutanix
    nvenc nvidia-smi nzxt observium octoprint odoo odroid ollama omada omv onedrive onenote openai opencore
    openhab openmediavault opennebula opensearch openshift openstack opentofu openvas openwrt opnsense optane
    oracle orangepi overseerr ovhcloud ovirt owncloud packer paloalto palworld pandas paperless paperless-ngx
    parsec perc pfsense philips-hue photoprism photoshop photovoltaik php php-fpm phpmyadmin pi-hole pihole
    playstation plesk plex podman portainer postfixadmin postgres postgresql poweredge powerline powerpoint
    powershell prestashop prodesk proliant prometheus promtail prowlarr prtg pterodactyl pulumi pycharm python
    pytorch qbittorrent qnap quadlet quadlets quadro qualys quicksync rabbitmq radarr radeon rancher raspberry
    razer rclone readarr reddit redis regedit restic rhev rke rke2 roblox rocketchat rocm roundcube routeros
    rsnapshot rspamd rtx rubrik ruckus ryzen sabnzbd salesforce saltstack samsung sandisk sap scala scaleway
    sccm scrypted scvmm seafile seagate searxng sendgrid sensu sentinelone sharepoint shelly shopify sidero siri
    skopeo skype slmgr snapdragon snort solaredge sonarr sonicwall sonoff sonos sophos spamassassin splunk
    spotify strato supermicro syncthing synology sysinternals tailscale tandoor tasmota tautulli tdarr
    teamviewer telegraf telegram tensorflow tensorrt terraform terragrunt terramaster thinkcentre thinkpad
    threadripper tiktok timeshift tomcat topton toshiba tp-link tplink traefik trello trendmicro tripwire
    truenas tuya tvheadend twingate twitch twitter typescript typo3 ubiquiti unifi unitrends unmanic unraid
    untangle uptime-kuma uptimekuma urbackup vagrant vaillant valheim varnish vaultwarden vbscript vcenter
    vcloud vdi veeam velero vembu ventoy vercel veritas victoriametrics victron viessmann vikunja virt-manager
    virtualbox virtualmin vmotion vmware-player vsan vscode vsphere vultr vyos wallabag wallbox wasabi
    watchguard wazuh wdc webmin webpack whatsapp wikijs wildfly winget winpe wireguard wordpress wsl wsl2 xbox
    xcp-ng xcpng xenapp xendesktop xpenology yara youtube zabbix zeek zerotier zerto zigbee zigbee2mqtt
    zimaboard zimbra zoneminder zotac zwave zyxel
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ordinary::is_ordinary, words::Words};

    #[test]
    fn neighbours_stand_once_and_are_no_ordinary_words() {
        let all: Vec<&str> = NEIGHBOURS.split_whitespace().collect();
        assert!(all.is_sorted_by(|a, b| a < b));
        let words = Words::default();
        for name in all {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(is_plain), "{name}");
            // `unifi` is the stem of a word that is in every dictionary.
            assert!(name == "unifi" || !is_ordinary(name, &words), "{name}");
        }
    }

    #[test]
    fn the_number_of_a_release_is_no_part_of_a_name() {
        for word in ["veeam", "icinga2", "vsphere8", "k3s"] {
            assert!(is_neighbour(word), "{word}");
        }
        for word in ["zfs", "corosync", "steam", "proxmox", "", "8"] {
            assert!(!is_neighbour(word), "{word}");
        }
    }
}
