//! Clusters, high availability, networks, firewall and access.

use super::Entry;

/// One concept a line.
pub(super) const ENTRIES: &[Entry] = &[
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
        "qdevice|tie breaker|tiebreaker|witness|third vote",
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
];
