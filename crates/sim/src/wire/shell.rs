//! The small shell behind terminal consoles: enough to see that somebody is there. It reads keys as a
//! terminal sends them, echoes them, and knows a few commands.

/// What the shell tells about where it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) hostname: String,
    /// Release of the kernel.
    pub(crate) kernel: String,
    /// What `pveversion` says; empty inside guests.
    pub(crate) version: String,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Shell {
    place: Place,
    directory: String,
    line: String,
    /// Inside an escape sequence, such as that of an arrow key.
    escape: bool,
    is_over: bool,
}

/// The time, for commands that show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) now_ms: i64,
    pub(crate) uptime_s: u64,
}

impl Shell {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            place,
            directory: "/root".to_owned(),
            line: String::new(),
            escape: false,
            is_over: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What is shown at the start.
    pub(crate) fn greeting(&self) -> String {
        format!(
            "Linux {} {} x86_64\r\n\r\nThis is a simulated system; `help` lists what it knows.\r\n{}",
            self.place.hostname,
            self.place.kernel,
            self.prompt()
        )
    }

    fn prompt(&self) -> String {
        let shown = match self.directory.strip_prefix("/root") {
            Some(below) => format!("~{below}"),
            None => self.directory.clone(),
        };
        format!("root@{}:{shown}# ", self.place.hostname)
    }

    /// Takes keys, gives what appears on the terminal.
    pub(crate) fn type_keys(&mut self, keys: &str, times: Times) -> String {
        let mut shown = String::new();
        for key in keys.chars().filter(|key| *key != '\n') {
            if self.is_over {
                break;
            }
            if self.escape {
                self.escape = !(key.is_ascii_alphabetic() || key == '~');
                continue;
            }
            match key {
                '\x1b' => self.escape = true,
                '\r' => {
                    let line = std::mem::take(&mut self.line);
                    shown.push_str("\r\n");
                    for out in self.run(line.trim(), times).lines() {
                        shown.push_str(out);
                        shown.push_str("\r\n");
                    }
                    if !self.is_over {
                        shown.push_str(&self.prompt());
                    }
                }
                '\x03' => {
                    self.line.clear();
                    shown.push_str("^C\r\n");
                    shown.push_str(&self.prompt());
                }
                '\x04' if self.line.is_empty() => {
                    self.is_over = true;
                    shown.push_str("logout\r\n");
                }
                '\x7f' | '\x08' if self.line.pop().is_some() => shown.push_str("\x08 \x08"),
                key if !key.is_control() && self.line.len() < 4096 => {
                    self.line.push(key);
                    shown.push(key);
                }
                _ => {}
            }
        }
        shown
    }

    fn run(&mut self, line: &str, times: Times) -> String {
        let mut words = line.split_whitespace();
        let Some(command) = words.next() else {
            return String::new();
        };
        let rest: Vec<&str> = words.collect();
        match command {
            "exit" | "logout" => {
                self.is_over = true;
                "logout".to_owned()
            }
            "help" => {
                "cat cd clear date echo exit hostname id ls pwd uname uptime whoami".to_owned()
            }
            "clear" => "\x1b[H\x1b[2J".to_owned(),
            "hostname" => self.place.hostname.clone(),
            "whoami" => "root".to_owned(),
            "id" => "uid=0(root) gid=0(root) groups=0(root)".to_owned(),
            "pwd" => self.directory.clone(),
            "echo" => rest.join(" "),
            "date" => crate::api::time_text(times.now_ms, "%a %b %e %H:%M:%S UTC %Y"),
            "uname" if rest.is_empty() => "Linux".to_owned(),
            "uname" => format!(
                "Linux {} {} x86_64 GNU/Linux",
                self.place.hostname, self.place.kernel
            ),
            "uptime" => uptime(times),
            "pveversion" if !self.place.version.is_empty() => self.place.version.clone(),
            "ls" => {
                let at = self.path(rest.iter().find(|word| !word.starts_with('-')).copied());
                match entries(&at) {
                    Some(names) => names.join("  "),
                    None => format!("ls: cannot access '{at}': No such file or directory"),
                }
            }
            "cd" => {
                let at = self.path(rest.first().copied().or(Some("/root")));
                if entries(&at).is_some() {
                    self.directory = at;
                    String::new()
                } else {
                    format!("-bash: cd: {at}: No such file or directory")
                }
            }
            "cat" => {
                let at = self.path(rest.first().copied());
                match at.as_str() {
                    "/etc/hostname" => self.place.hostname.clone(),
                    "/proc/version" => format!("Linux version {}", self.place.kernel),
                    _ if entries(&at).is_some() => format!("cat: {at}: Is a directory"),
                    _ => format!("cat: {at}: No such file or directory"),
                }
            }
            other => format!("-bash: {other}: command not found"),
        }
    }

    fn path(&self, given: Option<&str>) -> String {
        let text = match given {
            None => self.directory.clone(),
            Some(absolute) if absolute.starts_with('/') => absolute.to_owned(),
            Some(relative) => format!("{}/{relative}", self.directory),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }
}

/// The directories there are.
fn entries(at: &str) -> Option<&'static [&'static str]> {
    match at {
        "/" => Some(&[
            "bin", "dev", "etc", "home", "proc", "root", "tmp", "usr", "var",
        ]),
        "/etc" => Some(&["hostname"]),
        "/proc" => Some(&["version"]),
        "/usr" => Some(&["bin", "lib", "share"]),
        "/var" => Some(&["lib", "log"]),
        "/bin" | "/dev" | "/home" | "/root" | "/tmp" | "/usr/bin" | "/usr/lib" | "/usr/share"
        | "/var/lib" | "/var/log" => Some(&[]),
        _ => None,
    }
}

fn uptime(times: Times) -> String {
    let clock = crate::api::time_text(times.now_ms, "%H:%M:%S");
    let (days, rest) = (times.uptime_s / 86_400, times.uptime_s % 86_400);
    let (hours, minutes) = (rest / 3600, rest % 3600 / 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        more => format!("{more} days, "),
    };
    format!(" {clock} up {days}{hours}:{minutes:02},  1 user,  load average: 0.08, 0.05, 0.01")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times {
        now_ms: 1_795_521_600_000,
        uptime_s: 93_784,
    };

    fn shell() -> Shell {
        Shell::new(Place {
            hostname: "pve1".to_owned(),
            kernel: "6.17".to_owned(),
            version: String::new(),
        })
    }

    #[test]
    fn what_is_typed_is_echoed_and_answered() {
        let mut shell = shell();
        assert_eq!(
            shell.type_keys("hosx\x7ftname\r", TIMES),
            "hosx\x08 \x08tname\r\npve1\r\nroot@pve1:~# "
        );
        assert_eq!(
            shell.type_keys("cd /var/../etc\r", TIMES),
            "cd /var/../etc\r\nroot@pve1:/etc# "
        );
        assert!(shell.type_keys("ls\r", TIMES).contains("\r\nhostname\r\n"));
        assert!(
            shell
                .type_keys("uptime\r", TIMES)
                .contains("up 1 day, 2:03,")
        );
        assert!(
            shell
                .type_keys("rm -rf /\r", TIMES)
                .contains("-bash: rm: command not found")
        );
        assert_eq!(shell.type_keys("\x1b[Aexit\r", TIMES), "exit\r\nlogout\r\n");
        assert!(shell.is_over());
    }
}
