//! The client against a server on a real TLS socket that replays recorded answers.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod pvesh_local;
#[cfg(test)]
mod pvesh_ssh;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod server;
#[cfg(test)]
mod session;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod ssh_passwords;
#[cfg(test)]
mod sshd;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod surprises;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod typed_fleet;
#[cfg(test)]
mod typed_guest_reads;
#[cfg(test)]
mod typed_guest_writes;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_recorded;
