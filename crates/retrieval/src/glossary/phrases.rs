//! Ways to say it: what people describe when they do not know what a thing is called.

use super::Entry;

/// One concept a line.
pub(super) const ENTRIES: &[Entry] = &[
    // clusters and high availability
    (
        "external vote*|vote daemon|extra vote|arbiter|externe stimme|vote externe|voto externo|外部投票",
        "QDevice corosync external vote support",
    ),
    (
        "third server|fourth server|fifth server|another server|one more node|additional node|weiterer knoten|weiteren knoten|noeud supplementaire|otro nodo",
        "join node to cluster pvecm add",
    ),
    (
        "on different hosts|different hosts|never on the same|not on the same|apart from each other|nie auf demselben|nicht auf demselben|jamais sur le meme|nunca en el mismo",
        "negative resource affinity rule separate HA",
    ),
    (
        "on the same host|always together|stay together|immer zusammen|toujours ensemble|siempre juntos",
        "positive resource affinity rule together HA",
    ),
    (
        "without real hardware|play with ha|practice ha|practise ha|test ha",
        "HA simulator",
    ),
    (
        "turn off fencing|disable fencing|stop fencing|fencing abschalten|fencing deaktivieren|no fencing",
        "disarm HA fencing watchdog",
    ),
    (
        "automatically proposed|next free id|next vmid|id range|suggested id*|freie id|nachste id|id suivant|siguiente id",
        "next free VMID range guest ID auto-selection",
    ),
    (
        "power failure|power cut|lost power|blackout|stromausfall|coupure de courant|apagon|停電",
        "cold start cluster power failure",
    ),
    (
        "second network card|dedicated network|own network for|separate network|eigenes netz*|reseau dedie|red dedicada|専用ネットワーク",
        "separate network cluster corosync migration",
    ),
    // notifications
    (
        "office hours|working hours|business hours|out of hours|arbeitszeit*|heures de bureau|horario laboral|勤務時間",
        "calendar matching rules matcher match-calendar",
    ),
    (
        "wording|own text|customise the mail|customize the mail|mail template|eigener text|mailvorlage*|texte du mail|texto del correo",
        "overriding notification templates",
    ),
    (
        "slack|discord|teams|ntfy|telegram|chat channel",
        "webhook notification target",
    ),
    (
        "mails to root|mail to root|root mail|system mail|systemmail*|cron mail*",
        "system mail forwarding notification",
    ),
    // containers
    (
        "device node|serial adapter|serial port|dev ttyusb0|coral usb|zigbee|pass a device|gerat durchreichen|gerate durchreichen",
        "device mount points passthrough dev[n]",
    ),
    (
        "which linux distributions|supported distributions|which distros|unterstutzte distribution*|distributions supportees|distribuciones soportadas",
        "supported distributions containers",
    ),
    (
        "docker registry|docker hub|docker image|oci image*|pull an image",
        "Open Container Initiative OCI images registry",
    ),
    (
        "before a container starts|before a vm starts|when a vm starts|when a container starts|on start of a guest|skript beim start|script au demarrage|script al iniciar",
        "hookscripts hookscript pre-start post-stop",
    ),
    (
        "half a core|part of a core|fair share|busy host|halber kern|demi coeur|medio nucleo",
        "cpulimit cpuunits cores",
    ),
    (
        "systemd too old|old systemd|unified hierarchy|cgroupv2|cgroup v2",
        "control groups cgroup version compatibility",
    ),
    // firewall
    (
        "someone else's address|foreign address|fake address|stolen ip|fremde adresse*|usurper|usurpation|suplantar|なりすまし",
        "IP filter ipfilter",
    ),
    (
        "ban|banned|blocklist|block list|deny list|bannen|aussperren|bannir|liste noire|vetar|lista negra|ブラックリスト",
        "blacklist IP set firewall drop",
    ),
    (
        "name for a network|give a network a name|instead of the cidr|named network|netz benennen",
        "IP aliases firewall",
    ),
    (
        "which rule it was|see dropped|dropped packets|verworfene pakete|paquets rejetes|paquetes descartados",
        "logging of firewall rules log level",
    ),
    (
        "intrusion prevention|intrusion detection|ids",
        "Suricata IPS integration",
    ),
    ("ftp", "FTP nf_conntrack_ftp firewall"),
    (
        "listens on|listen on|tcp ports|network ports",
        "ports used by Proxmox VE",
    ),
    // the console
    (
        "legal text|legal notice|disclaimer|before sign-in|before login|login banner|rechtlicher hinweis|mention legale|aviso legal|同意",
        "consent banner datacenter login",
    ),
    (
        "colour*|color*|farbe*|farben|couleur*|colores|色",
        "tags style color configuration",
    ),
    (
        "session expires|signed out|logged out|automatically logged",
        "ticket session login",
    ),
    (
        "dark mode|dark theme|dunkel*|mode sombre|modo oscuro|ダークモード",
        "color theme user interface",
    ),
    // installation
    (
        "usb stick|flash drive|thumb drive|pendrive|on a stick|to a stick|bootable stick|bootbarer stick|cle usb|memoria usb|usbメモリ",
        "prepare USB flash drive installation medium",
    ),
    ("macos|on a mac|mac os|dmg", "instructions for macOS"),
    (
        "at least|minimum|how much memory must|mindest*|mindestens|au moins|au minimum|como minimo|最低|最小",
        "minimum requirements",
    ),
    (
        "at setup time|during setup|while installing|bei der installation|pendant l'installation|durante la instalacion|インストール中",
        "installation advanced options installer",
    ),
    // storage
    (
        "windows-freigabe*|netzwerkfreigabe*|partage windows|recurso compartido|共有フォルダ|ファイル共有",
        "CIFS SMB share backend username password",
    ),
    (
        "placement group*|pick the number of|pg autoscal*",
        "PG autoscaler placement groups",
    ),
    (
        "two copies|three copies|number of copies|k=2|m=1|coding chunks",
        "erasure coded pools size",
    ),
    (
        "fast disks|only on ssd*|slow disks|device class*",
        "device classes CRUSH rule",
    ),
    (
        "check its data|consistency check|auf fehler|deep scrub|verifie ses donnees|verificar datos|整合性",
        "scrub deep scrub",
    ),
    (
        "owner of a volume|who owns|wem gehort|appartient|pertenece|所有者",
        "volume ownership owner",
    ),
    (
        "values of content|content values|valeurs de content|valores de content",
        "common storage properties content",
    ),
    (
        "metadata on ssd*|small files on ssd*|fast disks for metadata",
        "ZFS special device",
    ),
    // backups
    (
        "from being deleted|never delete|not be deleted|keep this one|nicht geloscht|vor dem loschen|ne pas supprimer|no borrar|削除されない",
        "protection protected backup",
    ),
    (
        "one document|single document|one folder from|some files from|einzelnes dokument|un seul document|un solo documento|1つのファイル",
        "single file restore File Restore",
    ),
    (
        "scratch|temporary image|local image while|target is slow|slow target|langsames ziel|cible lente|destino lento",
        "VM backup fleecing",
    ),
    (
        "several threads|multi-threaded|multithread*|threads|mehrere kerne",
        "zstd pigz threads compression",
    ),
    // accounts
    (
        "on paper|lost phone|phone gets lost|lost my phone|handy verloren|telephone perdu|perdi el telefono",
        "recovery keys second factor TFA",
    ),
    (
        "force everybody|enforce|require a second|mandatory|verpflichtend|erzwing*|obligatoire|obligatorio|必須",
        "realm enforced two-factor authentication required",
    ),
    (
        "at first login|first sign-in|on first login|premiere connexion|erste anmeldung|primer inicio|autocreate",
        "autocreate users realm OpenID Connect",
    ),
    (
        "student*|tenant*|customer*|department*|mandant*|kunde*|locataire*|cliente*",
        "pool permissions group delegate",
    ),
    // virtual machines
    (
        "sound|audio|speaker|ton|audiogerat|son|sonido|音声",
        "audio device intel-hda spice",
    ),
    (
        "shared between two|common memory|gemeinsamen arbeitsspeicher|memoire partagee|memoria compartida|共有メモリ",
        "inter-VM shared memory ivshmem",
    ),
    (
        "encrypted memory|encrypt guest memory|encrypt memory|memory encryption|confidential|sev|epyc|tdx",
        "memory encryption AMD SEV",
    ),
    (
        "known cluster-wide|cluster-wide name|under one name|on every node the same",
        "resource mapping PCI USB devices",
    ),
    (
        "sysprep|cloudbase|cloudbase-init",
        "Cloudbase-Init Sysprep Windows cloud-init",
    ),
    // messages
    (
        "expected to be a mount point|not mounted|is_mountpoint",
        "is_mountpoint directory backend",
    ),
    (
        "can t lock|lock file|lock timeout|is locked",
        "lock unlock qm pct",
    ),
    ("pve-cluster", "pmxcfs Proxmox Cluster File System"),
    (
        "not viable|failed to open dev vfio|no iommu",
        "IOMMU group PCI passthrough host device",
    ),
    (
        "snapshot feature|does not support snapshots|feature is not available",
        "storage types snapshots supported",
    ),
    (
        "authentication failure|login failed|permission check failed",
        "authentication realm permissions login",
    ),
    (
        "no space left|out of space|thin pool full|data full",
        "full thin pool space usage metadata",
    ),
    (
        "uses local devices|local resources|local disk attached|local cdrom",
        "migration local resources disks online requirements",
    ),
    (
        "host key verification|known_hosts|ssh public key",
        "SSH keys known_hosts updatecerts cluster",
    ),
    (
        "certificate verify failed|certificate has expired|tls handshake",
        "certificate pvecm updatecerts renewal",
    ),
    (
        "does not exist at usr share perl5|not available on node|is not online",
        "storage nodes available disable active status",
    ),
    (
        "watchdog expired|client watchdog|watchdog timeout",
        "watchdog fencing self-fence quorum",
    ),
    (
        "totem|retransmit list|token was not received",
        "corosync network latency redundancy token",
    ),
    // hosts
    (
        "wake|wake up|powered-off node|aufwecken|reveiller|despertar|wol|起こす",
        "Wake-on-LAN wakeonlan",
    ),
    (
        "until the first guest|delay the first|delay after boot|after boot wait|erst nach|startverzogerung",
        "first guest boot delay",
    ),
    (
        "all guests at once|many guests|bulk|alle gaste|alle vms|tous les invites|todas las vms|一括",
        "bulk actions guests start shutdown migrate",
    ),
    (
        "lacp|two cards|bundle|two cables|zwei kabel|zwei karten",
        "Linux bond 802.3ad",
    ),
    (
        "own ntp|time server*|ntp server*|zeitserver*|serveur de temps|servidor de hora",
        "custom NTP servers chrony",
    ),
    (
        "my own kernel module|kernel module rejected|dkms|unsigned module|third party module*",
        "DKMS third party modules Secure Boot MOK",
    ),
    (
        "real client address|client ip|x-forwarded-for|forwarded for",
        "real client IP PROXY_REAL_IP_HEADER",
    ),
    (
        "bind the web|only on one address|listen only|bind address|listening address",
        "listening IP address LISTEN_IP pveproxy",
    ),
    (
        "old tls|tls version*|tls 1|cipher*|forbid tls",
        "SSL cipher suite TLS versions pveproxy",
    ),
    (
        "own certificate*|own ca|internal ca|company ca|propio certificado|mi certificado|certificado propio|eigenes zertifikat|eigene ca|propre certificat|自己証明書",
        "upload custom certificate pveproxy-ssl.pem",
    ),
    (
        "api from the shell|api on the command line|without http|without curl",
        "pvesh API shell tool",
    ),
    (
        "boots with|arranca con|startet mit|demarre avec|which boot loader|which bootloader",
        "determine which bootloader is used",
    ),
];
