//! The client against a server on a real TLS socket that replays recorded answers.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod board;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod ha_tasks;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod published;
#[cfg(test)]
mod pvesh_local;
#[cfg(test)]
mod pvesh_ssh;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod schema_recorded;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod server;
#[cfg(test)]
mod session;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod ssh_passwords;
#[cfg(test)]
mod sshd;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod surprises;
#[cfg(test)]
mod surprises_of_guests;
#[cfg(test)]
mod task_logs;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod typed_access;
#[cfg(test)]
mod typed_backup;
#[cfg(test)]
mod typed_datacenter;
#[cfg(test)]
mod typed_fleet;
#[cfg(test)]
mod typed_guest_reads;
#[cfg(test)]
mod typed_guest_writes;
#[cfg(test)]
mod typed_list;
#[cfg(test)]
mod typed_node;
#[cfg(test)]
mod typed_storage;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_recorded;
