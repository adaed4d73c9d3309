//! What is done, and to what: two words that mean more together than side by side, wherever they stand in the
//! question. "Wie entferne ich einen toten Knoten" is about removing a node, whatever is between.

/// Words for one thing or one deed, by a name that [`PAIRS`] uses. Verbs stand with the beginnings of their
/// forms, German ones that are separated with their first part in front.
pub(super) const GROUPS: &[(&str, &str)] = &[
    // what it is done to
    (
        "vm",
        "vm|vms|virtual machine|machine virtuelle|machines virtuelles|maquina virtual|maquinas virtuales|virtuelle maschine*|virtuellen maschine*|仮想マシン",
    ),
    (
        "container",
        "ct|cts|lxc|container*|conteneur*|contenedor*|コンテナ",
    ),
    ("node", "node|nodes|knoten|noeud*|nodo*|ノード"),
    ("cluster", "cluster*|verbund|grappe|クラスタ"),
    (
        "disk",
        "disk|disks|drive|drives|rootfs|platte*|festplatte*|disque*|disco|discos|ディスク",
    ),
    (
        "mount point",
        "mount point*|mountpoint*|volume|volumes|point de montage|punto de montaje",
    ),
    (
        "storage",
        "storage|storages|speicherort*|stockage*|almacenamiento*|ストレージ",
    ),
    (
        "snapshot",
        "snapshot*|schnappschuss*|instantane*|スナップショット",
    ),
    (
        "backup",
        "backup*|back up|backing up|sicherung*|sauvegarde*|copia de seguridad|copias de seguridad|respaldo*|vzdump|バックアップ",
    ),
    (
        "template",
        "template*|vorlage*|modele*|plantilla*|テンプレート",
    ),
    (
        "firewall",
        "firewall*|pare-feu|cortafuegos|ファイアウォール",
    ),
    (
        "ha",
        "ha|high availability|hochverfugbar*|haute disponibilite|alta disponibilidad|高可用性",
    ),
    (
        "user",
        "user|users|account|benutzer|benutzers|nutzer|utilisateur*|usuario*|ユーザ",
    ),
    (
        "password",
        "password*|passwort|kennwort|mot de passe|contrasena*|パスワード",
    ),
    (
        "speed",
        "bandwidth|speed|rate|bandbreite*|geschwindigkeit*|debit|bande passante|vitesse|ancho de banda|velocidad|帯域|速度",
    ),
    (
        "directory",
        "directory|directories|folder|folders|path|paths|verzeichnis*|ordner|dossier*|repertoire*|carpeta*|directorio*|ディレクトリ|フォルダ",
    ),
    (
        "file",
        "file|files|datei|dateien|fichier*|archivo*|ファイル",
    ),
    (
        "small computer",
        "raspberry|raspberry pi|mini pc|nas|third device",
    ),
    (
        "vote",
        "vote|votes|quorum|quorate|qdevice|qnetd|witness|third|tie|stimme*|dritte*|voto|投票",
    ),
    // what is done
    (
        "start",
        "start|power on|turn on|starte|starten|hochfahr*|demarr*|lancer|lancez|arranc*|inici*|encend*|enciend*|起動",
    ),
    (
        "stop",
        "stop|kill|halt|force off|hard stop|stoppe|stoppen|anhalt*|beende|beenden|arret*|stopper|detener|detengo|detiene*|停止",
    ),
    (
        "shut down",
        "shut down|shutdown|shutting down|power off|turn off|switch off|herunterfahr*|runterfahr*|ausschalt*|eteind*|eteign*|apag*|シャットダウン",
    ),
    (
        "reboot",
        "reboot|restart|neustart*|neu starten|redemarr*|reinici*|再起動",
    ),
    (
        "create",
        "create|make|take|anleg*|erstell*|erzeug*|creer|cree|creez|creons|prendre|creo|crea|crear|tomar|hacer|作成|取得|作る",
    ),
    (
        "add",
        "add|attach|join|hinzufug*|beitret*|aufnehm*|anhang*|ajout*|rattach*|rejoindre|anad*|agreg*|追加|参加",
    ),
    (
        "remove",
        "remove|delete|destroy|get rid of|take out|losch*|entfern*|herausnehm*|rausnehm*|rauswerf*|supprim*|effac*|retirer|retirez|enlev*|elimin*|borro|borrar|borra|quito|quitar|quita|sacar|削除|取り除",
    ),
    ("list", "list|show all|see all|auflist*|lister|listar|一覧"),
    (
        "running",
        "running|lauft|en marche|en ejecucion|実行中|状態",
    ),
    (
        "show configuration",
        "show the configuration|show the config|print the config*|display the config*|konfiguration anzeigen|afficher la configuration|mostrar la configuracion|設定を表示",
    ),
    (
        "clone",
        "clone|copy|duplicate|klon*|kopier*|duplizier*|cloner|copier|dupliqu*|clono|clonar|copiar|duplicar|クローン|複製",
    ),
    (
        "convert",
        "convert|turn|make|transform*|umwandel*|umwandl*|mache|machen|convert*|conviert*|変換",
    ),
    (
        "grow",
        "grow|bigger|larger|enlarge|extend|expand|increase|resize|more space|size of|vergrosser*|erweiter*|agrand*|etend*|augment*|redimension*|ampli*|aument*|拡張|大きく|サイズ変更",
    ),
    (
        "move",
        "move|relocate|verschieb*|umzieh*|deplac*|muevo|mover|mueve*|移動",
    ),
    (
        "migrate",
        "migrate|move|verschieb*|umzieh*|migrier*|deplac*|migrer|migro|migrar|migra|muevo|mover|移動|移行",
    ),
    (
        "unlock",
        "unlock|locked|remove the lock|release the lock|entsperr*|sperre|gesperrt*|deverrouill*|debloqu*|desbloqu*|bloquead*|ロックを解除|ロック解除|ロック",
    ),
    (
        "enter",
        "shell in|shell inside|shell of|get into|log into|log in to|enter|hineinkomm*|entrer dans|entrar en",
    ),
    (
        "execute",
        "run a command|run commands|execute|run a script|befehl ausfuhr*|ausfuhr*|executer|ejecut*|実行する",
    ),
    (
        "copy a file",
        "copy a file|copy files|copy a folder|upload a file|transfer a file|put a file|datei kopier*|copier un fichier|copier des fichiers|copiar un archivo|copiar archivos",
    ),
    (
        "restore",
        "restore|recover|wiederherstell*|zuruckspiel*|ruckspiel*|einspiel*|restaur*|recuper*|復元|リストア",
    ),
    (
        "roll back",
        "roll back|rollback|revert|go back|return to|reset to|zurucksetz*|zuruckkehr*|zuruckroll*|revenir|retablir|revertir|revierto|volver|vuelvo|ロールバック|戻す|戻し",
    ),
    (
        "keep",
        "keep|kept|retain|retained|aufbewahr*|aufheb*|aufgehoben|behalt*|vorhalt*|wie lange|wie viele|conserv*|garder|garde|gardees|combien|guardar|guarda|guardan|cuanto tiempo|cuantas|retencion|保存期間|保持|世代|残す",
    ),
    (
        "limit",
        "limit|throttle|cap|restrict|slow down|begrenz*|drossel*|drossl*|beschrank*|limit*|brider|bridez|reduire|reducir|制限",
    ),
    (
        "exclude",
        "exclude|skip|leave out|ausschliess*|auslass*|exclu*|omitir|除外",
    ),
    (
        "enable",
        "enable|turn on|activate|switch on|aktivier*|einschalt*|anschalt*|activ*|habilit*|有効",
    ),
    (
        "how many",
        "how many|maximum|maximal*|max|limit|largest|wie viele|wieviele|hochstens|combien|maximum|cuantos|maximo|何台|最大",
    ),
    (
        "change",
        "change|reset|ander*|setze|setzen|zurucksetz*|modifi*|changer|cambi*|変更",
    ),
    (
        "replace",
        "replace|swap|austausch*|tausch*|ersetz*|wechsel*|remplac*|reemplaz*|cambiar|cambio|交換",
    ),
    (
        "difference",
        "difference|differ|versus|vs|unterschied*|diferencia*|違い",
    ),
];

/// A deed, what it is done to, and the documentation's words for both together.
pub(super) const PAIRS: &[(&str, &str, &str)] = &[
    ("start", "vm", "qm start"),
    ("start", "container", "pct start"),
    ("stop", "vm", "qm stop"),
    ("stop", "container", "pct stop"),
    ("shut down", "vm", "qm shutdown"),
    ("shut down", "container", "pct shutdown"),
    ("reboot", "vm", "qm reboot"),
    ("reboot", "container", "pct reboot"),
    ("list", "vm", "qm list"),
    ("list", "container", "pct list"),
    ("running", "vm", "qm status"),
    ("running", "container", "pct status"),
    ("show configuration", "vm", "qm config"),
    ("show configuration", "container", "pct config"),
    ("clone", "vm", "qm clone"),
    ("clone", "container", "pct clone"),
    ("remove", "vm", "qm destroy"),
    ("remove", "container", "pct destroy"),
    ("unlock", "vm", "qm unlock locks"),
    ("unlock", "container", "pct unlock locks"),
    ("grow", "vm", "qm disk resize"),
    ("grow", "container", "pct resize"),
    ("grow", "disk", "resize disk"),
    ("grow", "mount point", "resize"),
    ("convert", "template", "template convert"),
    ("template", "vm", "qm template"),
    ("template", "container", "pct template"),
    ("enter", "container", "pct enter"),
    ("execute", "container", "pct exec"),
    ("execute", "vm", "qm guest exec agent"),
    ("copy a file", "container", "pct push"),
    ("migrate", "vm", "qm migrate migration"),
    ("migrate", "container", "pct migrate migration"),
    ("move", "storage", "move disk volume storage"),
    ("add", "disk", "add disk hard disk qm set"),
    ("restore", "vm", "qmrestore restore"),
    (
        "restore",
        "container",
        "pct restore restoring container backups",
    ),
    ("restore", "backup", "restore"),
    ("create", "snapshot", "snapshot create"),
    ("remove", "snapshot", "delsnapshot delete snapshot"),
    ("roll back", "snapshot", "rollback snapshot"),
    ("keep", "backup", "backup retention prune-backups keep-last"),
    ("limit", "speed", "bwlimit bandwidth limit"),
    ("limit", "backup", "bwlimit"),
    ("exclude", "backup", "exclude-path file exclusions"),
    ("exclude", "directory", "exclude-path file exclusions"),
    ("add", "node", "adding nodes join cluster pvecm add"),
    ("add", "cluster", "adding nodes join cluster pvecm add"),
    ("remove", "node", "remove cluster node pvecm delnode"),
    (
        "small computer",
        "vote",
        "QDevice corosync external vote support",
    ),
    ("how many", "node", "explicit limit number nodes cluster"),
    ("enable", "firewall", "enabling firewall enable"),
    ("enable", "ha", "ha-manager add resources"),
    ("create", "user", "pveum user add"),
    ("add", "user", "pveum user add"),
    ("change", "password", "pveum passwd password"),
    ("replace", "disk", "changing failed device zpool replace"),
    (
        "difference",
        "shut down",
        "stop immediately clean shutdown qm",
    ),
];
