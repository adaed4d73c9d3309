//! Disks, storages, backups, snapshots and replication.

use super::Entry;

/// One concept a line.
pub(super) const ENTRIES: &[Entry] = &[
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
];
