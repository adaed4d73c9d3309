//! A real SSH server of this machine: one process of `sshd` per connection, with a configuration,
//! a host key and an allowed client key of its own.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pve::{HostKeyPin, HostKeyTrust, PveshOptions, SshOptions, SshSignIn};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::stand_in::{StandIn, run};

const SSHD: &str = "/usr/sbin/sshd";
const HOST: &str = "127.0.0.2";
pub(crate) const PASSPHRASE: &str = "correct horse";

pub(crate) struct Sshd {
    folder: TempDir,
    port: u16,
    connections: Arc<AtomicUsize>,
    processes: Arc<Mutex<Vec<u32>>>,
    pub(crate) user: String,
}

/// Why there is none here, if so.
fn missing() -> Option<String> {
    if !Path::new(SSHD).exists() {
        return Some(format!("{SSHD} is not installed"));
    }
    // As root it gives its rights up in a folder that must be there.
    let is_root = run("id", &["-u"]).stdout == b"0\n";
    (is_root && !Path::new("/run/sshd").is_dir()).then(|| "/run/sshd is missing".to_owned())
}

fn generate(file: &Path, kind: &str, passphrase: &str) {
    let file = file.to_str().unwrap();
    let arguments = ["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", file];
    assert!(run("ssh-keygen", &arguments).status.success());
}

impl Sshd {
    /// A server whose commands find the programs of the stand-in first; nothing, with a printed
    /// reason, where that cannot be.
    pub(crate) async fn start(stand_in: &StandIn) -> Option<Self> {
        if let Some(reason) = missing() {
            println!("skipped: {reason} (scripts/need sshd)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        generate(&file("host"), "ed25519", "");
        for (name, kind, passphrase) in [
            ("key", "ed25519", ""),
            ("locked", "ed25519", PASSPHRASE),
            ("rsa", "rsa", ""),
            ("stranger", "ed25519", ""),
        ] {
            generate(&file(name), kind, passphrase);
        }
        let allowed: String = ["key.pub", "locked.pub", "rsa.pub"]
            .map(|name| fs::read_to_string(file(name)).unwrap())
            .concat();
        fs::write(file("allowed"), allowed).unwrap();
        let config = format!(
            "HostKey {at}/host\nPidFile none\nAuthorizedKeysFile {at}/allowed\nStrictModes no\n\
             UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nMaxAuthTries 10\n\
             KbdInteractiveAuthentication no\nSetEnv PATH={path}:/usr/bin:/bin\n",
            at = folder.path().display(),
            path = stand_in.folder().display(),
        );
        fs::write(file("config"), config).unwrap();
        let listener = TcpListener::bind((HOST, 0)).await.unwrap();
        let user = String::from_utf8(run("id", &["-un"]).stdout).unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            processes: Arc::default(),
            user: user.trim().to_owned(),
            folder,
        };
        server.serve(listener);
        Some(server)
    }

    #[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
    fn serve(&self, listener: TcpListener) {
        let (config, connections) = (self.file("config"), Arc::clone(&self.connections));
        let processes = Arc::clone(&self.processes);
        tokio::spawn(async move {
            let mut running = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let stream = stream.into_std().unwrap();
                stream.set_nonblocking(false).unwrap();
                let input = OwnedFd::from(stream.try_clone().unwrap());
                let child = tokio::process::Command::new(SSHD)
                    .args(["-i", "-e", "-f"])
                    .arg(&config)
                    .stdin(Stdio::from(input))
                    .stdout(Stdio::from(OwnedFd::from(stream)))
                    .stderr(Stdio::null())
                    .kill_on_drop(true)
                    .spawn()
                    .unwrap();
                processes.lock().unwrap().push(child.id().unwrap());
                running.push(child);
            }
        });
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Breaks all connections.
    pub(crate) fn end_connections(&self) {
        for id in self.processes.lock().unwrap().drain(..) {
            assert!(run("kill", &["-9", &id.to_string()]).status.success());
        }
    }

    /// Connections that came in.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A file of known hosts with this server's key under this name, hashed or not.
    pub(crate) fn known_hosts(&self, name: &str, hashed: bool) -> HostKeyTrust {
        let key = fs::read_to_string(self.file("host.pub")).unwrap();
        let known = self.file("known_hosts");
        fs::write(&known, format!("{name} {key}")).unwrap();
        if hashed {
            let arguments = ["-q", "-H", "-f", known.to_str().unwrap()];
            assert!(run("ssh-keygen", &arguments).status.success());
            let text = fs::read_to_string(&known).unwrap();
            assert!(text.starts_with("|1|"), "{text}");
        }
        HostKeyTrust::KnownHosts(vec![known])
    }

    pub(crate) fn own_name(&self) -> String {
        format!("[{HOST}]:{}", self.port)
    }

    pub(crate) fn pin(&self) -> HostKeyPin {
        let public = self.file("host.pub");
        let printed = run("ssh-keygen", &["-l", "-f", public.to_str().unwrap()]);
        let text = String::from_utf8(printed.stdout).unwrap();
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn key(&self, name: &str, passphrase: Option<&str>) -> SshSignIn {
        SshSignIn::KeyFile {
            path: self.file(name),
            passphrase: passphrase.map(Into::into),
        }
    }

    pub(crate) fn options(&self, sign_in: Vec<SshSignIn>, trust: HostKeyTrust) -> SshOptions {
        SshOptions {
            port: self.port,
            user: self.user.clone(),
            pvesh: PveshOptions::default(),
            ..SshOptions::new(HOST, sign_in, trust)
        }
    }

    /// With the plain key and the pinned host key.
    pub(crate) fn usual(&self) -> SshOptions {
        let trust = HostKeyTrust::Pin(self.pin());
        self.options(vec![self.key("key", None)], trust)
    }
}
