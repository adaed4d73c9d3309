//! The program as a person at a terminal meets it: arguments, files, what it prints and how it ends.

mod program;
mod store;
