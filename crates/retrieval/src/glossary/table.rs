//! Phrases that people use (`a|b`, folded to lower case without accents), and the documentation's words.

/// One concept of the field a line. Several may apply to one question.
pub(super) const ENTRIES: &[(&str, &str)] = &[
    // guests and their life
    (
        "vm|vms|virtual machine|machine virtuelle|machines virtuelles|maquina virtual|maquinas virtuales|virtuelle maschine*|virtuellen maschine*|仮想マシン|仮想機",
        "virtual machine VM guest QEMU",
    ),
    (
        "ct|cts|lxc|container*|conteneur*|contenedor*|コンテナ",
        "container CT LXC guest",
    ),
    (
        "guest*|gast|gaste|invite|invites|invitado*|ゲスト",
        "guest VM container",
    ),
    ("machine*|box|server*", "guest node host"),
    (
        "move|relocate|transfer|shift|verschieb*|umzieh*|umzug*|deplacer|mover|mueve*|vmotion|移動",
        "migrate migration move",
    ),
    (
        "migrate|migrier*|migration*|migrer|migrar|migracion|移行|マイグレーション",
        "migration migrate online offline",
    ),
    (
        "live|without downtime|no downtime|without interruption|ohne ausfall|ohne unterbrechung|im laufenden betrieb|sans interruption|sin parada|sin interrupcion|無停止|ライブ",
        "online live migration",
    ),
    (
        "notice|noticing|unterbrechung*|interruption|interrupcion",
        "online live downtime",
    ),
    (
        "power off|powered off|turn off|switch off|shut down|shutdown|herunterfahr*|ausschalt*|ausgeschaltet|eteindre|arreter|apagar|apagado|シャットダウン|電源",
        "shutdown stop poweroff",
    ),
    (
        "kill|killing|hard stop|force off|pull the plug|hart*|forcer|forzar|強制",
        "stop force timeout",
    ),
    (
        "start|starts|boot up|power on|turn on|starten|demarrer|iniciar|arrancar|起動",
        "start boot",
    ),
    (
        "start at boot|after boot|after reboot|when the host boots|boot order|autostart*|automatisch starten|demarrage automatique|inicio automatico|自動起動",
        "onboot start at boot order automatic startup shutdown",
    ),
    (
        "start order|startup order|before the others|reihenfolge|ordre de demarrage|orden de inicio|delay between|verzoger*|順序",
        "startup order up delay shutdown timeout",
    ),
    (
        "hibernate|hibernation|suspend to disk|sleep|ruhezustand|schlaf*|mise en veille|hibernar|suspender|resume later|休止|サスペンド",
        "hibernation suspend todisk resume memory",
    ),
    ("pause|pausier*|一時停止", "suspend pause resume"),
    (
        "restart|reboot|neustart*|neu starten|redemarr*|reinici*|再起動",
        "reboot restart",
    ),
    (
        "clone|copy|duplicate|klon*|kopie*|kopier*|cloner|copier|dupliquer|clonar|copiar|クローン|複製",
        "clone copy template linked full",
    ),
    (
        "linked clone|thin clone|copy on write",
        "linked clone base template",
    ),
    (
        "template*|golden image|vorlage*|modele|plantilla*|テンプレート",
        "template base image clone",
    ),
    ("rename|umbenennen|renommer|renombrar", "name hostname"),
    (
        "delete|remove|destroy|get rid of|drop|losch*|entfern*|supprimer|effacer|eliminar|borrar|quitar|削除",
        "delete remove destroy",
    ),
    (
        "protect|accidentally deleted|accidental|schutz*|versehentlich*|proteger|保護",
        "protection protected remove",
    ),
    (
        "locked|lock|gesperrt|sperre|verrouill*|bloquead*|ロック",
        "lock unlock",
    ),
    (
        "import|vmware|esxi|vmdk|ova|ovf|hyper-v|vhdx|importier*|importer|importar|インポート",
        "import disk image OVF ESXi foreign hypervisor migrate to Proxmox VE",
    ),
    ("export|exportier*", "export"),
    (
        "console|konsole|vnc|spice|screen|terminal|コンソール",
        "console noVNC SPICE xterm.js serial terminal",
    ),
    (
        "serial console|serielle*|text console",
        "serial terminal socket console",
    ),
    (
        "guest agent|qemu agent|agent|gastagent",
        "QEMU guest agent qemu-guest-agent fsfreeze",
    ),
    (
        "freeze|fsfreeze|quiesce|konsisten*|coherent*|consisten*",
        "freeze consistency guest agent fsfreeze",
    ),
    (
        "cloud-init|cloud init|cloudinit|ssh key injection|user data|userdata",
        "cloud-init ciuser sshkeys ipconfig cicustom",
    ),
    (
        "windows|win10|win11|win2022",
        "Windows VirtIO drivers ostype",
    ),
    (
        "virtio|paravirtual*|treiber*|driver*|pilote*|controlador*",
        "VirtIO paravirtualized drivers",
    ),
    (
        "nested|vm in vm|hypervisor inside|verschachtelt*|imbrique*|anidad*|ネスト",
        "nested virtualization host CPU type",
    ),
    (
        "lost password|forgot password|passwort vergessen|mot de passe oublie",
        "password root reset",
    ),
    // processor and memory
    (
        "cpu|processor*|prozessor*|core|cores|kern|kerne|vcpu*|processeur*|coeur*|procesador*|nucleo*|コア|プロセッサ",
        "CPU cores sockets vCPU",
    ),
    (
        "cpu type|cpu model|cpu flags|avx*|aes|instruction set|befehlssatz*|different cpu*|mixed cpu*",
        "CPU type model flags host x86-64-v2-AES live migration",
    ),
    (
        "throttle cpu|limit cpu|cpu limit|cap cpu|cpu begrenz*|limiter le cpu|limitar cpu",
        "cpulimit cpuunits",
    ),
    (
        "priority|weight|prioritat*|priorite|prioridad|優先",
        "cpuunits weight priority",
    ),
    (
        "pin|pinning|specific cores|affinity|bestimmte kerne",
        "affinity CPU cores host",
    ),
    ("numa", "NUMA sockets nodes memory"),
    (
        "memory|ram|speicher|arbeitsspeicher*|memoire*|memoria*|メモリ",
        "memory RAM",
    ),
    (
        "balloon*|dynamic memory|min and max memory|minimum memory|maximum memory|dynamischer speicher|memoire dynamique|memoria dinamica|バルーン",
        "ballooning balloon memory minimum shares dynamically",
    ),
    (
        "dedup memory|share memory|same pages|memory deduplication|ksm",
        "KSM kernel samepage merging",
    ),
    (
        "out of memory|oom|swap|swapping|auslager*|swaps|スワップ",
        "swap memory swappiness OOM",
    ),
    (
        "hot plug|hotplug|hot-plug|on the fly|while running|im betrieb|wahrend der laufzeit|a chaud|en caliente|ホットプラグ",
        "hotplug running vCPU memory disk",
    ),
    ("huge pages|hugepages", "hugepages memory"),
    (
        "machine type|machine version|i440fx|q35|pinned machine|fixed machine",
        "machine type version QEMU deprecation q35 i440fx",
    ),
    (
        "uefi|efi|secure boot|ovmf|bios|seabios|セキュアブート",
        "OVMF UEFI BIOS EFI disk Secure Boot",
    ),
    ("tpm", "TPM tpmstate trusted platform module"),
    (
        "gpu|graphics card|grafikkarte*|passthrough|pass through|pci device|pcie|durchreich*|carte graphique|tarjeta grafica|パススルー|グラフィック",
        "PCI passthrough hostpci IOMMU vfio GPU",
    ),
    (
        "vgpu|mediated|split gpu|mdev|sr-iov|sriov",
        "mediated devices vGPU SR-IOV mdev",
    ),
    (
        "iommu|vt-d|amd-vi",
        "IOMMU PCI passthrough kernel command line",
    ),
    ("usb|usb stick|dongle", "USB passthrough device"),
    ("watchdog|hangs|frozen|haengt|hangt", "watchdog fencing"),
    ("random numbers|entropy|rng", "VirtIO RNG entropy"),
    (
        "share folder|shared folder|virtiofs|host directory into|ordner freigeb*|dossier partage|carpeta compartida",
        "virtiofs shared directory mount point",
    ),
    // disks and volumes
    (
        "disk|disks|drive|drives|hard disk*|platte*|festplatte*|disque*|disco*|ディスク",
        "disk hard disk drive volume",
    ),
    (
        "grow|bigger|enlarge|extend|expand|increase|resize|full disk|vergrosser*|erweiter*|agrandir|ampliar|aumentar|拡張|サイズ変更",
        "resize disk grow extend",
    ),
    (
        "shrink|smaller|reduce size|verkleiner*|reduire|reducir",
        "shrink resize",
    ),
    (
        "raw|qcow2|disk format|image format|format de disque|formato de disco",
        "image format raw qcow2 snapshots thin provisioning",
    ),
    (
        "thin|thin provisioning|overcommit|over provisioning|schlank*|aprovisionamiento",
        "thin provisioning LVM-thin",
    ),
    (
        "discard|trim|reclaim space|give space back|freigeb*|liberer l'espace|liberar espacio|fstrim|unmap",
        "discard trim fstrim thin provisioning",
    ),
    (
        "ssd|nvme|spinning|spinning disks|hdd",
        "SSD emulation discard enterprise disks",
    ),
    (
        "cache mode|write cache|writeback|write back|writethrough|disk cache|キャッシュ",
        "cache writeback none writethrough disk",
    ),
    (
        "iothread|io thread|disk performance|disk speed|slow disk|iops",
        "IO thread VirtIO SCSI single performance",
    ),
    (
        "scsi|ide|sata|controller",
        "bus controller VirtIO SCSI IDE SATA",
    ),
    (
        "limit disk|throttle disk|bandwidth limit|rate limit|speed limit|bandbreite*|begrenz*|bande passante|ancho de banda|帯域",
        "bandwidth limit bwlimit rate mbps",
    ),
    (
        "unused disk|detached disk|orphan*|verwaist*|orphelin*|huerfan*",
        "unused disk rescan volume",
    ),
    (
        "physical disk|whole disk|real disk to vm|disk passthrough",
        "passthrough physical disk scsi",
    ),
    (
        "smart|disk health|failing disk|disk fails|broken disk|defekte platte|disque defectueux|disco roto|故障",
        "disk health monitoring S.M.A.R.T. smartmontools replace failed device",
    ),
    // storage kinds
    (
        "storage|storages|speicherort*|stockage|almacenamiento|ストレージ",
        "storage pool content",
    ),
    (
        "shared storage|san|nas|network storage|gemeinsamer speicher|stockage partage|almacenamiento compartido|共有ストレージ",
        "shared storage NFS CIFS iSCSI Ceph",
    ),
    ("nfs", "NFS backend server export"),
    (
        "smb|cifs|samba|windows share|freigabe*",
        "CIFS SMB share backend",
    ),
    (
        "iscsi|fibre channel|fc san|lun|multipath*",
        "iSCSI LVM multipath LUN",
    ),
    ("ceph|rbd|rados", "Ceph RBD pool OSD"),
    ("osd|osds", "OSD Ceph create destroy replace"),
    ("cephfs|ceph file system", "CephFS metadata server MDS"),
    (
        "placement groups|pgs|pg_num",
        "placement groups pg_num autoscale pool",
    ),
    (
        "replica|replicas|size and min_size|min_size|erasure coding|erasure-coded",
        "size min_size pool replicas erasure coded",
    ),
    (
        "ceph monitor*|mon|mons|manager daemon",
        "Ceph monitor manager quorum",
    ),
    ("btrfs", "BTRFS subvolume snapshots RAID"),
    ("lvm|volume group|vg", "LVM volume group thin pool"),
    (
        "lvm-thin|thin pool|lvmthin|metadata full",
        "LVM-thin thin pool metadata",
    ),
    ("zfs|zpool|z-raid|zraid|プール", "ZFS pool zpool"),
    (
        "arc|zfs memory|zfs ram|zfs cache|zfs eats",
        "ZFS ARC memory usage limit zfs_arc_max",
    ),
    (
        "raid|raid1|raid10|raidz|raidz1|raidz2|mirror|mirrors|spiegel*|miroir|espejo|pool layout|ミラー",
        "RAID mirror RAIDZ ZFS pool",
    ),
    (
        "add disk to raidz|extend raidz|expand raidz|raidz expansion",
        "extend RAIDZ zpool attach expansion",
    ),
    (
        "random io|random access|datenbank*|database*|db performance|base de donnees|base de datos",
        "performance IOPS random mirror vdev",
    ),
    (
        "slog|zil|l2arc|special device|metadata device",
        "ZFS log ZIL cache L2ARC special device",
    ),
    (
        "scrub|silent corruption|bit rot|checksum errors",
        "ZFS scrub checksum errors",
    ),
    (
        "replace disk|failed disk|swap out a disk|platte tausch*|platte ersetz*|changer un disque|remplacer|reemplazar|交換",
        "replace failed device changing a failed bootable device zpool replace",
    ),
    (
        "encrypt|encryption|verschlussel*|chiffr*|cifr*|暗号",
        "encryption encrypted key",
    ),
    (
        "compress*|kompression|komprim*|圧縮",
        "compression zstd lzo",
    ),
    (
        "iso|iso image|install medium|installation medium|installationsmedium|cd image|dvd",
        "ISO image upload content CD-ROM",
    ),
    (
        "container image|container template*|appliance*|oci|docker*",
        "container images appliance template pveam OCI Docker",
    ),
    (
        "content type|inhaltstyp|type de contenu",
        "content types images rootdir vztmpl iso backup snippets",
    ),
    ("volume id|volid", "volume ID storage path"),
    (
        "upload|hochlad*|televerser|subir|アップロード",
        "upload content storage",
    ),
    // backup
    (
        "backup*|back up|backing up|sicher*|datensicher*|sauvegard*|copia de seguridad|copias de seguridad|respald*|バックアップ",
        "backup vzdump",
    ),
    (
        "restore|recover|get back|roll back a backup|wiederherstell*|zuruckspiel*|restaurer|restauration|recuperar|restaurar|復元|リストア",
        "restore qmrestore backup",
    ),
    (
        "single file|one file|file from backup|einzelne datei*|un seul fichier|un solo archivo",
        "single file restore File Restore",
    ),
    (
        "live restore|start while restoring|boot during restore",
        "live-restore restore",
    ),
    (
        "retention|keep backups|how many backups|old backups|aufbewahr*|vorhalt*|prune|pruning|retencion|conserver|保持",
        "retention prune-backups keep-last keep-daily",
    ),
    (
        "backup job|scheduled backup*|nightly|nachtlich*|every night|jede nacht|chaque nuit|cada noche|毎晩",
        "backup jobs schedule",
    ),
    (
        "missed|missed job|never ran|catch up|verpasst*|nachhol*|manque|perdido|逃した",
        "repeat-missed missed job schedule",
    ),
    (
        "backup mode|stop mode|suspend mode|snapshot mode",
        "backup modes stop suspend snapshot downtime consistency",
    ),
    (
        "exclude|skip files|leave out|ausschliess*|auslass*|exclure|excluir|除外",
        "exclude backup=0 exclude-path pxarexclude",
    ),
    (
        "incremental|inkrementell*|dirty bitmap|incremental*|増分",
        "Proxmox Backup Server incremental dirty bitmap deduplication",
    ),
    (
        "pbs|proxmox backup server|backup server",
        "Proxmox Backup Server storage",
    ),
    (
        "fleecing|backup slows|slow backup*|backup makes vm slow",
        "backup fleecing performance",
    ),
    (
        "backup hook|hook script|hookscript|script before backup|before and after",
        "hook script hookscript",
    ),
    (
        "wait for lock|lock wait|waiting for lock|second one waits|gives up",
        "lockwait timeout lock",
    ),
    ("stop wait|how long to wait", "stopwait timeout"),
    (
        "backup email|backup report|mail after backup",
        "notification mailto backup job",
    ),
    (
        "backup name*|backup notes|notes template|label backups",
        "notes-template backup notes",
    ),
    (
        "protected backup|keep forever|nicht loschen",
        "protected backup prune",
    ),
    // snapshot and replication
    (
        "snapshot*|schnappschuss*|instantane*|instantanea*|スナップショット",
        "snapshot rollback",
    ),
    (
        "roll back|rollback|revert|zurucksetz*|revenir|revertir|ロールバック",
        "rollback snapshot",
    ),
    (
        "replicat*|replikation*|replizier*|replicacion|レプリケーション|複製ジョブ",
        "replication pvesr ZFS schedule job",
    ),
    (
        "failed replication|replication fails|replication broken",
        "replication error handling failed",
    ),
    // cluster
    (
        "cluster*|verbund|grappe|cluster|クラスタ",
        "cluster nodes corosync",
    ),
    (
        "quorum|quoru*|majority|mehrheit|majorite|mayoria|cluster not ready|no quorum|クォーラム|定足数",
        "quorum votes expected pvecm",
    ),
    (
        "join|add node|new node|add a server|beitret*|hinzufug*|ajouter un noeud|rejoindre|anadir nodo|unir|ノード追加|参加",
        "join cluster add node pvecm add",
    ),
    (
        "remove node|delete node|dead node|kaputter knoten|knoten entfern*|retirer un noeud|eliminar nodo|ノード削除",
        "remove a cluster node pvecm delnode",
    ),
    (
        "separate node|split cluster|leave the cluster|without reinstall*",
        "separate a node without reinstalling",
    ),
    (
        "two nodes|2 nodes|two node*|2 servers|two servers|zwei knoten|zwei server*|deux noeuds|dos nodos|二台|2台|2ノード",
        "two nodes quorum QDevice corosync external vote",
    ),
    (
        "qdevice|tie breaker|tiebreaker|raspberry|witness|third vote",
        "QDevice corosync external vote support",
    ),
    (
        "corosync|heartbeat|cluster network|ring|link0|link1|redundant link*|knet",
        "corosync cluster network redundancy links",
    ),
    (
        "latency|latenz*|ping time|ms between|millisekunden|latence|latencia|遅延|レイテンシ|standort*|two sites|datacenters apart|distance|entfern*",
        "latency network requirements ms LAN cluster",
    ),
    (
        "ports|open ports|which ports|firewall ports|ports ouvrir|puertos|ポート",
        "ports UDP TCP requirements",
    ),
    (
        "hostname|node name|rename node|rechnername|nom d'hote|nombre de host|ホスト名",
        "hostname node name",
    ),
    (
        "node*|host|hosts|hypervisor|knoten|noeud*|nodo*|ノード|ホスト",
        "node host",
    ),
    (
        "etc pve|pmxcfs|cluster file system|config file system|konfigurationsdateisystem",
        "pmxcfs Proxmox Cluster File System /etc/pve",
    ),
    (
        "maximum size|max size|size limit|maximale grosse|taille maximale|tamano maximo|最大サイズ|上限",
        "maximum size limit",
    ),
    (
        "migration network|migration traffic|separate network for migration",
        "migration network type secure insecure",
    ),
    ("ssh", "SSH keys known_hosts cluster"),
    // high availability
    (
        "ha|high availability|failover|fail over|hochverfugbar*|haute disponibilite|alta disponibilidad|高可用性|可用性",
        "high availability HA manager resources",
    ),
    (
        "fence|fencing|fenced|self fence|node reboots itself|reboots by itself|フェンス|フェンシング",
        "fencing watchdog quorum node",
    ),
    (
        "restart policy|max_restart|max_relocate|retry|retries|tries again|how often|gives up|wie oft|combien de fois|cuantas veces|再試行",
        "start failure policy max_restart max_relocate",
    ),
    (
        "affinity|keep together|keep apart|same node|different nodes|getrennt|zusammen|separes|separad*",
        "affinity rules resource node HA",
    ),
    (
        "preferred node|node priority|ha group*|run on certain nodes|bevorzugt*",
        "node affinity rules priorities HA groups",
    ),
    (
        "maintenance|wartung*|maintenance mode|mantenimiento|メンテナンス",
        "maintenance mode node ha-manager crm-command",
    ),
    (
        "shutdown policy|reboot a node|node reboot policy|shut down a node",
        "shutdown policy migrate freeze failover conditional",
    ),
    (
        "rebalance|load balanc*|scheduler|crs|lastverteil*|distribuir carga|負荷",
        "cluster resource scheduling CRS static-load rebalance",
    ),
    (
        "ha error|error state|stuck in error|fehlerzustand",
        "error recovery HA state disabled",
    ),
    ("crm|lrm|master", "cluster resource manager CRM LRM"),
    // network
    (
        "network|netzwerk*|reseau*|red|redes|ネットワーク",
        "network configuration interfaces",
    ),
    (
        "bridge|vmbr*|brucke*|pont|puente|ブリッジ",
        "bridge vmbr0 network",
    ),
    (
        "bond|bonding|lacp|link aggregation|nic teaming|buendel*|bundel*|agregation|ボンディング",
        "bond LACP 802.3ad network",
    ),
    ("vlan*|tagged|trunk|タグVLAN", "VLAN aware bridge tag"),
    (
        "nat|masquerad*|private network|only one ip|one public ip",
        "masquerading NAT iptables",
    ),
    ("routed|routing", "routed configuration"),
    (
        "ip address|change ip|static ip|ip adresse*|adresse ip|direccion ip|IPアドレス|dhcp",
        "IP address static DHCP network configuration",
    ),
    ("ipv6", "IPv6 network"),
    ("mtu|jumbo", "MTU jumbo frames"),
    (
        "nic name*|interface name*|interface renamed|predictable|schnittstellenname*|nom d'interface|インターフェース名",
        "network interface names pinning predictable naming",
    ),
    ("mac address|mac adresse", "MAC address prefix"),
    (
        "network model|e1000|network card|netzwerkkarte*|carte reseau|tarjeta de red",
        "network device VirtIO E1000 model",
    ),
    (
        "sdn|zone|zones|vnet*|virtual network*",
        "SDN zone VNet subnet",
    ),
    ("vxlan|evpn|bgp|qinq", "VXLAN EVPN BGP zone controller"),
    ("fabric*|openfabric|ospf", "SDN fabric OpenFabric OSPF"),
    ("ipam|dhcp server|phpipam|netbox", "IPAM DHCP SDN subnet"),
    ("dns", "DNS server search domain"),
    (
        "apply network|reload network|pending network|ifreload|network restart",
        "apply network configuration ifupdown2 reload",
    ),
    // firewall
    (
        "firewall*|pare-feu|cortafuegos|ファイアウォール",
        "firewall rules enable",
    ),
    (
        "block|allow|drop|reject|sperr*|erlaub*|bloquer|autoriser|bloquear|permitir|遮断|許可",
        "firewall rule ACCEPT DROP REJECT policy",
    ),
    (
        "security group*|sicherheitsgruppe*|groupe de securite",
        "security groups firewall rules",
    ),
    (
        "ip set*|ipset*|list of ips|alias*",
        "IP sets aliases firewall",
    ),
    (
        "no effect|not applied|rules ignored|wirkungslos|greift nicht|ne fonctionne pas|no funciona|効かない",
        "enable firewall network interface option",
    ),
    (
        "locked out|ausgesperrt|lock myself out",
        "enabling the firewall SSH remote management ipset localhost",
    ),
    ("spoof*|ipfilter|mac filter", "IP filter ipfilter macfilter"),
    (
        "synflood|syn flood|ddos|rate of connections|conntrack",
        "synflood protection conntrack",
    ),
    ("nftables", "nftables proxmox-firewall"),
    ("ips|suricata|intrusion", "Suricata IPS integration"),
    (
        "restrict access|limit access|only certain ips|only from|zugriff beschrank*|zugriff begrenz*|restreindre|restringir|アクセス制限",
        "host based access control allow from deny from policy pveproxy",
    ),
    // access
    (
        "user*|benutzer*|utilisateur*|usuario*|ユーザ",
        "user management",
    ),
    (
        "permission*|right|rights|privilege*|acl|berechtigung*|rechte|droits|permisos|権限",
        "permission privileges role ACL path",
    ),
    (
        "role|roles|rolle*|papel|rol|ロール",
        "roles privileges permission",
    ),
    ("group|groups|gruppe*|groupe*|grupo*|グループ", "groups"),
    (
        "wins|precedence|override|overrides|which rule|inherit*|vererb*|vorrang|herite|heredar|優先順位|継承",
        "inheritance propagate permission override path",
    ),
    (
        "realm|ldap|active directory|ad|windows domain|domane|domaine|dominio|レルム",
        "authentication realm LDAP Active Directory sync",
    ),
    (
        "oidc|openid|sso|single sign on|keycloak",
        "OpenID Connect realm",
    ),
    (
        "2fa|two factor|two-factor|mfa|totp|authenticator|yubikey|webauthn|second factor|zwei faktor|zwei-faktor*|deux facteurs|dos factores|二要素|認証",
        "two-factor authentication TOTP WebAuthn recovery keys",
    ),
    (
        "lockout|too many attempts|locked account|konto gesperrt|account locked",
        "limits lockout second factor unlock",
    ),
    (
        "api token*|token*|automation access|トークン",
        "API tokens privilege separation",
    ),
    (
        "api|rest|rest api|programmatic*|script access",
        "API pvesh REST",
    ),
    (
        "root|administrator|admin|superuser",
        "root@pam Administrator",
    ),
    (
        "self service|delegat*|limited user|only his vms|pool|pools|resource pool",
        "resource pool permissions pool-based",
    ),
    (
        "password*|passwort|kennwort|mot de passe|contrasena|パスワード",
        "password",
    ),
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
    // containers
    (
        "unprivileged|privileged|root in container|unprivilegiert*|sin privilegios|非特権",
        "unprivileged privileged containers uid mapping",
    ),
    (
        "uid|gid|user mapping|id mapping|idmap|permission denied in container",
        "uid gid mapping bind mount unprivileged",
    ),
    (
        "bind mount|mount point*|host path into|mountpoint*|einhangepunkt*|point de montage|punto de montaje|マウント",
        "bind mount points mp0 container",
    ),
    (
        "docker in|docker inside|nesting|keyctl|fuse in",
        "nesting keyctl features container Docker",
    ),
    (
        "container network|container nic",
        "container network net0 bridge",
    ),
    (
        "enter container|shell in container|pct enter|attach",
        "pct enter console exec",
    ),
    (
        "distro|distribution|ubuntu|debian|alpine|fedora|centos|archlinux",
        "container guest operating system configuration ostype",
    ),
    (
        "vm or container|container or vm|vm oder container|vs container|versus",
        "virtual machine container difference",
    ),
    (
        "difference*|compare|versus|vs|unterschied*|difference entre|diferencia*|違い",
        "difference compared",
    ),
    (
        "recommend*|best|advice|should i|empfehl*|empfohlen|recomend*|conseil*|おすすめ|推奨",
        "recommended recommendation",
    ),
    (
        "default*|standard*|voreingestellt*|par defaut|por defecto|デフォルト|既定",
        "default",
    ),
    (
        "maximum|max|limit*|hochst*|grenze*|maximal*|maximo",
        "maximum limit",
    ),
    (
        "error*|fail*|fehler*|fehlgeschlagen|erreur*|echec*|fallo*|エラー|失敗",
        "error failed",
    ),
    (
        "timeout|time out|waits|wait|warte*|attend*|espera*|タイムアウト",
        "timeout wait seconds",
    ),
    (
        "command|cli|command line|befehl*|kommandozeile|commande|comando*|コマンド",
        "command line tool",
    ),
    (
        "config file*|configuration file*|konfigurationsdatei*|fichier de configuration|archivo de configuracion|設定ファイル",
        "configuration file format",
    ),
    (
        "enable|turn on|activate|aktivier*|einschalt*|activer|activar|habilitar|有効",
        "enable",
    ),
    (
        "disable|turn off|deactivate|deaktivier*|abschalt*|desactiver|desactivar|無効",
        "disable",
    ),
    ("create|make|new|erstell*|anleg*|creer|crear|作成", "create"),
    (
        "change|modify|edit|ander*|andern|bearbeit*|eintrag*|modifier|changer|cambiar|editar|変更|編集",
        "edit change set configuration",
    ),
    ("host memory|reserve*", "memory usage host"),
];
