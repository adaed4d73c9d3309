//! The HTTP face over real sockets: a small registry of toys, the real ledger and accounts in memory.

#[cfg(test)]
mod assets;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod face;
#[cfg(test)]
mod judgement;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod toys;
#[cfg(test)]
mod world;
