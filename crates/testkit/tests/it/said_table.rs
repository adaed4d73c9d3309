//! What people say, and which operation with which input it means. One sentence of each operation at least.

use serde_json::{Value, json};

/// A sentence, the operation, its input.
pub(crate) fn table() -> Vec<(&'static str, &'static str, Value)> {
    let apples = "tag=apple template=false";
    vec![
        (
            "clone wagon as wagon-test",
            "guests.clone",
            json!({ "guests": ["wagon"], "name": "wagon-test" }),
        ),
        (
            "please make 3 copies of quince to node oak",
            "guests.clone",
            json!({ "guests": ["quince"], "copies": 3, "target": "oak" }),
        ),
        (
            "make a linked clone of quince called quince-b with id 140",
            "guests.clone",
            json!({ "guests": ["quince"], "linked": true, "name": "quince-b", "id": 140 }),
        ),
        (
            "migrate apple-01 to oak",
            "guests.migrate",
            json!({ "guests": ["apple-01"], "target": "oak" }),
        ),
        (
            "could you move all apple boxes on elm to the node oak with their local disks?",
            "guests.migrate",
            json!({ "guests": ["tag=apple node=elm template=false"], "target": "oak", "with_local_disks": true }),
        ),
        (
            "live-migrate pear-1 to yew using storage barn",
            "guests.migrate",
            json!({ "guests": ["pear-1"], "target": "yew", "target_storage": ["barn"] }),
        ),
        (
            "spread all guests on elm over the other nodes",
            "guests.migrate",
            json!({ "guests": ["node=elm template=false"], "spread": true }),
        ),
        (
            "grow scsi0 of wagon to 64 GB",
            "guests.resize",
            json!({ "guests": ["wagon"], "disk": "scsi0", "size": "64G" }),
        ),
        (
            "extend the disk rootfs of pear-1 by 512 MiB",
            "guests.resize",
            json!({ "guests": ["pear-1"], "disk": "rootfs", "size": "+512M" }),
        ),
        (
            "enlarge wagon's disk virtio1 by 2T",
            "guests.resize",
            json!({ "guests": ["wagon"], "disk": "virtio1", "size": "+2T" }),
        ),
        (
            "add 10G to scsi1 of wagon",
            "guests.resize",
            json!({ "guests": ["wagon"], "disk": "scsi1", "size": "+10G" }),
        ),
        (
            "move disk scsi0 of wagon to silo-ssd and delete the original",
            "guests.move_disk",
            json!({ "guests": ["wagon"], "disk": "scsi0", "storage": "silo-ssd", "delete_source": true }),
        ),
        (
            "tag wagon and quince with blue",
            "guests.tag",
            json!({ "guests": ["wagon", "quince"], "add": ["blue"] }),
        ),
        (
            "label all apple boxes as ripe and red",
            "guests.tag",
            json!({ "guests": [apples], "add": ["ripe", "red"] }),
        ),
        (
            "add the tag pear to wagon",
            "guests.tag",
            json!({ "guests": ["wagon"], "add": ["pear"] }),
        ),
        (
            "remove tag pear from wagon",
            "guests.tag",
            json!({ "guests": ["wagon"], "remove": ["pear"] }),
        ),
        (
            "untag wagon pear",
            "guests.tag",
            json!({ "guests": ["wagon"], "remove": ["pear"] }),
        ),
        (
            "rename wagon to cart-1",
            "guests.rename",
            json!({ "guests": ["wagon"], "name": "cart-1" }),
        ),
        (
            "put wagon into the harvest pool",
            "guests.pool",
            json!({ "guests": ["wagon"], "pool": "harvest" }),
        ),
        (
            "take wagon out of its pool",
            "guests.pool",
            json!({ "guests": ["wagon"], "none": true }),
        ),
        (
            "set the notes of wagon to \"Wheels, not legs\"",
            "guests.notes",
            json!({ "guests": ["wagon"], "text": "Wheels, not legs" }),
        ),
        (
            "add a note \"oiled\" to wagon",
            "guests.notes",
            json!({ "guests": ["wagon"], "text": "oiled", "append": true }),
        ),
        (
            "protect all apple boxes against deletion",
            "guests.protect",
            json!({ "guests": [apples] }),
        ),
        (
            "lift the protection of wagon",
            "guests.protect",
            json!({ "guests": ["wagon"], "off": true }),
        ),
        (
            "convert wagon to a template",
            "guests.template",
            json!({ "guests": ["wagon"] }),
        ),
        (
            "pause wagon",
            "guests.suspend",
            json!({ "guests": ["wagon"] }),
        ),
        (
            "hibernate wagon",
            "guests.suspend",
            json!({ "guests": ["wagon"], "to_disk": true }),
        ),
        (
            "resume wagon, please",
            "guests.resume",
            json!({ "guests": ["wagon"] }),
        ),
        (
            "reset wagon",
            "guests.reset",
            json!({ "guests": ["wagon"] }),
        ),
        (
            "destroy wagon and purge it",
            "guests.delete",
            json!({ "guests": ["wagon"], "purge": true }),
        ),
        (
            "take wagon out of ha",
            "guests.ha",
            json!({ "guests": ["wagon"], "remove": true }),
        ),
        (
            "disable autostart of wagon",
            "guests.startup",
            json!({ "guests": ["wagon"], "onboot": false }),
        ),
        (
            "set the memory of wagon to 1.5 GiB",
            "guests.edit",
            json!({ "guests": ["wagon"], "memory": 1536 }),
        ),
        (
            "give wagon 2G more memory",
            "guests.edit",
            json!({ "guests": ["wagon"], "add_memory": 2048 }),
        ),
        (
            "give wagon six cores",
            "guests.edit",
            json!({ "guests": ["wagon"], "cores": 6 }),
        ),
        (
            "roll wagon back to snapshot pre-paint after a safety snapshot",
            "snapshots.rollback",
            json!({ "guests": ["wagon"], "name": "pre-paint", "safety": true }),
        ),
        (
            "revert wagon to pre-paint",
            "snapshots.rollback",
            json!({ "guests": ["wagon"], "name": "pre-paint" }),
        ),
        (
            "delete snapshot pre-paint of wagon",
            "snapshots.delete",
            json!({ "guests": ["wagon"], "name": "pre-paint" }),
        ),
        (
            "prune the old snapshots of all apple boxes keeping the last 5",
            "snapshots.prune",
            json!({ "guests": [apples], "keep_last": 5 }),
        ),
        (
            "prune snapshots of wagon older than 3 weeks",
            "snapshots.prune",
            json!({ "guests": ["wagon"], "older_than_days": 21 }),
        ),
        (
            "show the snapshot tree of wagon",
            "snapshots.tree",
            json!({ "guests": ["wagon"] }),
        ),
        ("snapshot policies", "snapshots.policies", json!({})),
        (
            "every night at 02:30 snapshot tag=apple keep 7",
            "snapshots.set_policy",
            json!({ "schedule": "02:30", "guests": ["tag=apple template=false"], "keep": 7, "name": "every-night-at-02-30-snapshot-tag-apple" }),
        ),
        (
            "take snapshots of wagon every sunday at 4pm and keep the last 3 of them, called wheels",
            "snapshots.set_policy",
            json!({ "schedule": "sun 16:00", "guests": ["wagon"], "keep": 3, "name": "wheels" }),
        ),
        (
            "apply the snapshot policy wheels",
            "snapshots.apply_policy",
            json!({ "policy": "wheels" }),
        ),
        (
            "end the snapshot policy wheels",
            "snapshots.delete_policy",
            json!({ "name": "wheels" }),
        ),
        (
            "show me the contents of barn",
            "storages.content",
            json!({ "storage": "barn" }),
        ),
        (
            "which isos are on silo-ssd?",
            "storages.content",
            json!({ "storage": "silo-ssd", "content": "iso" }),
        ),
        (
            "find orphaned disks on barn",
            "storages.orphans",
            json!({ "storage": "barn" }),
        ),
        ("are there any orphans?", "storages.orphans", json!({})),
        (
            "clean up storage barn",
            "storages.clean_up",
            json!({ "storage": "barn" }),
        ),
        (
            "delete all orphaned volumes on barn older than 30 days",
            "storages.clean_up",
            json!({ "storage": "barn", "older_than_days": 30 }),
        ),
        (
            "download https://mirror.invalid/pear.iso to barn as an iso through elm",
            "storages.download",
            json!({ "url": "https://mirror.invalid/pear.iso", "storage": "barn", "content": "iso", "node": "elm" }),
        ),
        (
            "which services are running on oak?",
            "nodes.services",
            json!({ "node": "oak" }),
        ),
        (
            "restart the pvestatd service on elm and oak",
            "nodes.service",
            json!({ "service": "pvestatd", "nodes": ["elm", "oak"], "do": "restart" }),
        ),
        (
            "reload service sshd on all nodes",
            "nodes.service",
            json!({ "service": "sshd", "nodes": ["all"], "do": "reload" }),
        ),
        (
            "what updates are available on oak?",
            "nodes.updates",
            json!({ "nodes": ["oak"] }),
        ),
        (
            "refresh the package lists of oak",
            "nodes.refresh_updates",
            json!({ "nodes": ["oak"] }),
        ),
        (
            "reboot node oak after evacuating it",
            "nodes.reboot",
            json!({ "node": "oak", "evacuate": true }),
        ),
        (
            "shut down the host yew",
            "nodes.shutdown",
            json!({ "node": "yew" }),
        ),
        (
            "evacuate oak including stopped guests",
            "nodes.evacuate",
            json!({ "node": "oak", "stopped": true }),
        ),
        ("wake up yew", "nodes.wake", json!({ "nodes": ["yew"] })),
        (
            "show the running tasks on elm",
            "nodes.tasks",
            json!({ "node": "elm", "running": true }),
        ),
        (
            "list the disks of node elm",
            "nodes.disks",
            json!({ "node": "elm" }),
        ),
        ("show certificates", "nodes.certificates", json!({})),
        (
            "every weekday at 6:15 am start all apple boxes",
            "schedules.create",
            json!({ "calendar": "mon..fri 06:15", "op": "guests.start", "input": { "guests": [apples] }, "name": "every-weekday-at-6-15-am-start-all-apple" }),
        ),
        (
            "migrate wagon to oak every night at 1:00 called wagon-home in time zone Europe/Berlin",
            "schedules.create",
            json!({ "calendar": "01:00", "op": "guests.migrate", "input": { "guests": ["wagon"], "target": "oak" }, "name": "wagon-home", "time_zone": "Europe/Berlin" }),
        ),
        (
            "run the runbook wash every day at noon",
            "schedules.create",
            json!({ "calendar": "12:00", "runbook": "wash", "name": "run-the-runbook-wash-every-day-at-noon" }),
        ),
        ("what is scheduled?", "schedules.list", json!({})),
        (
            "show schedule wagon-home",
            "schedules.show",
            json!({ "schedule": "wagon-home" }),
        ),
        (
            "run schedule wagon-home now",
            "schedules.run",
            json!({ "schedule": "wagon-home" }),
        ),
        (
            "switch off the schedule wagon-home",
            "schedules.set",
            json!({ "schedule": "wagon-home", "enabled": false }),
        ),
        (
            "cancel the schedule wagon-home",
            "schedules.delete",
            json!({ "schedule": "wagon-home" }),
        ),
        ("list my runbooks", "runbooks.list", json!({})),
        (
            "show the runbook wash",
            "runbooks.show",
            json!({ "name": "wash" }),
        ),
        (
            "export runbook wash",
            "runbooks.export",
            json!({ "name": "wash" }),
        ),
        (
            "run the runbook wash",
            "runbooks.run",
            json!({ "name": "wash" }),
        ),
        (
            "remove the runbook wash",
            "runbooks.delete",
            json!({ "name": "wash" }),
        ),
        ("undo the last run", "runs.undo", json!({ "run": "last" })),
        ("undo that", "runs.undo", json!({ "run": "last" })),
        (
            "take back the run r_1a2b",
            "runs.undo",
            json!({ "run": "r_1a2b" }),
        ),
        (
            "show me the receipt of the last run",
            "runs.receipt",
            json!({ "run": "last" }),
        ),
        ("rehearse it", "plans.rehearse", json!({ "plan": "last" })),
        (
            "rehearse plan p_7",
            "plans.rehearse",
            json!({ "plan": "p_7" }),
        ),
        ("list plans", "plans.list", json!({})),
        (
            "show the last plan",
            "plans.show",
            json!({ "plan": "last" }),
        ),
        ("list standing approvals", "approvals.list", json!({})),
        ("show the rules", "policy.show", json!({})),
        ("verify the audit chain", "audit.verify", json!({})),
        ("is anything frozen?", "incident.show", json!({})),
        (
            "freeze all changes because \"the barn burns\"",
            "incident.freeze",
            json!({ "reason": "the barn burns" }),
        ),
        ("lift the freeze", "incident.thaw", json!({})),
        (
            "remember that wagon carries the apples, mostly",
            "memory.add",
            json!({ "guest": "wagon", "text": "wagon carries the apples, mostly" }),
        ),
        (
            "please remember for the team that orders close at 5.",
            "memory.add",
            json!({ "text": "orders close at 5", "team": true }),
        ),
        (
            "remember about wagon: never restart before 22:00",
            "memory.add",
            json!({ "guest": "wagon", "text": "never restart before 22:00" }),
        ),
        (
            "forget the fact f_12ab",
            "memory.delete",
            json!({ "fact": "f_12ab" }),
        ),
        (
            "what do you remember about wagon?",
            "memory.recall",
            json!({ "guests": ["wagon"] }),
        ),
        (
            "what do you know about quince?",
            "memory.recall",
            json!({ "guests": ["quince"] }),
        ),
        (
            "correct the fact f_12ab to \"wagon carries pears\"",
            "memory.edit",
            json!({ "fact": "f_12ab", "text": "wagon carries pears" }),
        ),
        ("refresh the documentation", "knowledge.refresh", json!({})),
        ("read the docs again", "knowledge.refresh", json!({})),
        (
            "please read the source farm-docs again",
            "knowledge.refresh",
            json!({ "sources": ["farm-docs"] }),
        ),
        ("which sources are there?", "knowledge.sources", json!({})),
        (
            "what documentation have you read?",
            "knowledge.sources",
            json!({}),
        ),
        (
            "add the source https://farm.invalid/guide/ for release 9.1",
            "knowledge.add_source",
            json!({ "place": "https://farm.invalid/guide/", "version": "9.1" }),
        ),
        (
            "add a knowledge source \"/srv/farm/docs\" called \"The farm\"",
            "knowledge.add_source",
            json!({ "place": "/srv/farm/docs", "name": "The farm" }),
        ),
        (
            "forget the source farm-docs",
            "knowledge.remove_source",
            json!({ "source": "farm-docs" }),
        ),
        (
            "search the documentation for live migration of pears",
            "knowledge.search",
            json!({ "question": "live migration of pears" }),
        ),
        (
            "write down that carts are washed on fridays.",
            "knowledge.note_add",
            json!({ "text": "carts are washed on fridays" }),
        ),
        (
            "add a knowledge note \"Carts have four wheels\"",
            "knowledge.note_add",
            json!({ "text": "Carts have four wheels" }),
        ),
        (
            "delete the note note_12ab",
            "knowledge.note_delete",
            json!({ "note": "note_12ab" }),
        ),
        ("which notes are there?", "knowledge.notes", json!({})),
        ("what do you remember?", "memory.list", json!({})),
        ("export my memory", "memory.export", json!({})),
        ("show the proposed rules", "memory.propose_rules", json!({})),
    ]
}
