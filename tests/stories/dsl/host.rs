//! The host that the stories speak to: one that is there, or a child process of this one.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Who may make orgs on the hosts that the stories start, separated by commas. More than one,
/// since a user may invite sixty people an hour, and each org's first admin is invited.
pub(crate) fn operators() -> String {
    let named = environment("CASEMENT_OPERATORS");
    named.unwrap_or_else(|| {
        (0..32).map(|n| format!("op-{n}@casement.test")).collect::<Vec<_>>().join(",")
    })
}

/// Starts the host, says its process id, and ends it when its own standard input ends: also when
/// the test process is killed; then it clears up, too. It ignores what ends a whole group of
/// processes, to be there for that.
const KEEPER: &str = r#"
trap '' INT TERM HUP
home=$1; shift
"$@" </dev/null &
host=$!
echo $host
read -r word
kill -9 $host 2>/dev/null
wait $host 2>/dev/null
[ "$word" = done ] || rm -rf "$home"
"#;

/// A running host.
pub(crate) struct Host {
    /// Where it answers; no slash at the end.
    pub(crate) url: String,
    own: Option<Own>,
}

/// What belongs to a host that this process has started.
struct Own {
    home: TempDir,
    log: PathBuf,
    more: Vec<String>,
    running: Mutex<Running>,
}

/// One run of the program. Its keeper ends it when this is dropped.
struct Running {
    keeper: Child,
    process: String,
    files: Option<String>,
    dynamodb: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut to_keeper) = self.keeper.stdin.take() {
            drop(to_keeper.write_all(b"done\n"));
        }
        drop(self.keeper.wait());
    }
}

impl Host {
    /// The host for all stories that need nothing special.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Host> = OnceLock::new();
        SHARED.get_or_init(|| match named_by_environment() {
            Some(url) => Self { url, own: None },
            None => Self::start("shared", &[]),
        })
    }

    /// The host for stories that move time; `None` where the environment names the host.
    pub(crate) fn with_clock() -> Option<&'static Self> {
        static CLOCK: OnceLock<Host> = OnceLock::new();
        (named_by_environment().is_none()).then(|| CLOCK.get_or_init(|| Self::start("clock", &[])))
    }

    /// A host for one story; `None` where the environment names the host.
    pub(crate) fn own(name: &str, more: &[&str]) -> Option<Self> {
        named_by_environment().is_none().then(|| Self::start(name, more))
    }

    /// What the host has logged.
    pub(crate) fn log(&self) -> String {
        let own = self.own.as_ref().expect("the log of a host that was started here");
        std::fs::read_to_string(&own.log).unwrap()
    }

    /// Where its table is.
    pub(crate) fn dynamodb(&self) -> String {
        let own = self.own.as_ref().expect("a host that was started here");
        own.running.lock().unwrap().dynamodb.clone()
    }

    /// Runs its program with these arguments, and these variables of the environment alone.
    #[expect(clippy::unused_self, reason = "the host says which program it is")]
    pub(crate) fn program(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().envs(environment.iter().copied());
        command.output().expect("the program starts")
    }

    /// `kill -9`, in the middle of whatever it does.
    pub(crate) fn kill(&self) {
        let own = self.own.as_ref().expect("a host that was started here");
        let process = own.running.lock().unwrap().process.clone();
        let killed = Command::new("kill").args(["-9", &process]).status().unwrap();
        assert!(killed.success(), "the host was not there to be killed");
        while !has_ended(&process) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again on its data and its ports.
    pub(crate) fn restart(&self) {
        let own = self.own.as_ref().expect("a host that was started here");
        let mut running = own.running.lock().unwrap();
        let listen = self.url.trim_start_matches("http://");
        let files = running.files.clone();
        let files = files.as_deref().map_or("127.0.0.1:0", |url| url.trim_start_matches("http://"));
        let (url, again) = run(own.home.path(), &own.log, listen, files, &own.more);
        assert_eq!(url, self.url, "the host came back elsewhere");
        *running = again;
    }

    fn start(name: &str, more: &[&str]) -> Self {
        let home =
            tempfile::Builder::new().prefix("casement-stories-").tempdir_in(place()).unwrap();
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("host-{name}.log"));
        File::create(&log).unwrap();
        let more: Vec<_> = more.iter().map(|&text| text.to_owned()).collect();
        let (url, running) = run(home.path(), &log, "127.0.0.1:0", "127.0.0.1:0", &more);
        Self { url, own: Some(Own { home, log, more, running: Mutex::new(running) }) }
    }
}

/// Where the hosts keep their data: in memory where there is room for it, for most of the time of a
/// story would be syncs of a disk. What the stories say of durability is about kills, which memory
/// outlives, and not about cuts of power.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let said = Command::new("df").args(["--output=avail", "--block-size=M"]).arg(memory).output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let free = said.unwrap_or_default();
    let free = free.lines().last().and_then(|line| line.trim().trim_end_matches('M').parse().ok());
    let enough = free.is_some_and(|megabytes: u64| 2_000 <= megabytes);
    if enough { memory.to_owned() } else { std::env::temp_dir() }
}

fn run(home: &Path, log: &Path, listen: &str, files: &str, more: &[String]) -> (String, Running) {
    let announce = home.join("announce");
    drop(std::fs::remove_file(&announce));
    let to_log = || File::options().append(true).open(log).unwrap();
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(home)
        .arg(program())
        .args(["serve", "--test-clock", "--dev-sign-in", "--operators"])
        .arg(operators())
        .args(["--listen", listen, "--files-listen", files])
        .arg("--data")
        .arg(home.join("data"))
        .arg("--announce")
        .arg(&announce)
        .args(more)
        .args(environment("CASEMENT_RECORD_CALLS").map(|file| format!("--record-calls={file}")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(to_log())
        .spawn()
        .expect("`sh` starts");
    let mut said = BufReader::new(keeper.stdout.take().unwrap());
    let mut process = String::new();
    said.read_line(&mut process).unwrap();
    // The host's own words go to its log; nobody would read them otherwise, and it would block.
    let mut log_file = to_log();
    std::thread::spawn(move || {
        for line in said.lines().map_while(Result::ok) {
            drop(writeln!(log_file, "{line}"));
        }
    });
    let mut running = Running {
        keeper,
        process: process.trim().to_owned(),
        files: None,
        dynamodb: String::new(),
    };
    let since = Instant::now();
    loop {
        let announced = std::fs::read(&announce).unwrap_or_default();
        if let Ok(said) = serde_json::from_slice::<Value>(&announced) {
            let address = |name: &str| Some(said[name].as_str()?.trim_end_matches('/').to_owned());
            running.files = address("files");
            running.dynamodb = address("dynamodb").unwrap_or_default();
            break (address("api").expect("the announcement says where the API is"), running);
        }
        if Duration::from_mins(1) < since.elapsed() || has_ended(&running.process) {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            panic!("the host did not start; it said:\n{log}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn has_ended(process: &str) -> bool {
    // `pid (name) state …`; a zombie waits for its keeper, and has ended when its other threads
    // have: until then they hold what it had open.
    let of = |file: &str| format!("/proc/{process}/{file}");
    let stat = std::fs::read_to_string(of("stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    let threads = std::fs::read_dir(of("task")).map_or(0, Iterator::count);
    state.is_none_or(|state| state == 'Z' && threads <= 1)
}

/// The host's program: the one that `CASEMENT_PROGRAM` names, or one that is built once, in the
/// profile of this test.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(named) = environment("CASEMENT_PROGRAM") {
            return named.into();
        }
        let here = std::env::current_exe().unwrap();
        let profile = here.ancestors().nth(2).and_then(Path::file_name).unwrap().to_str().unwrap();
        let profile = if profile == "debug" { "dev" } else { profile };
        let mut cargo = Command::new(env!("CARGO"));
        // Cargo tells a test of its package in variables that the build scripts of some crates
        // watch: they would run again here, and once more in the next build.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|start| text.starts_with(start)) {
                cargo.env_remove(name);
            }
        }
        let built = cargo
            .args(["build", "--quiet", "--package", "casement", "--bin", "casement"])
            .args(["--profile", profile, "--message-format", "json-render-diagnostics"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo starts");
        assert!(built.status.success(), "the host could not be built");
        String::from_utf8(built.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|said| said["executable"].as_str().map(PathBuf::from))
            .expect("cargo names the program that it has built")
    })
}

/// Where tokens, mail and waiting come from, if not from the host itself: `CASEMENT_DESK_URL`.
/// A deployment has none of these; `tests/aws` puts a desk with them beside it.
pub(super) fn desk() -> Option<String> {
    environment("CASEMENT_DESK_URL").map(|url| url.trim_end_matches('/').to_owned())
}

/// `CASEMENT_URL`, if it is set.
fn named_by_environment() -> Option<String> {
    environment("CASEMENT_URL").map(|url| url.trim_end_matches('/').to_owned())
}

/// A variable of the environment, unless it is empty.
/// The number that a variable of the environment says, if there is one.
pub(crate) fn number_named(name: &str) -> Option<u64> {
    environment(name).map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number")))
}

/// A variable of the environment, if it says something.
pub(crate) fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the stories' own settings are read here")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
