//! Virtual machines, containers, their processors and memory.

use super::Entry;

/// One concept a line.
pub(super) const ENTRIES: &[Entry] = &[
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
