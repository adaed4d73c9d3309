//! Files to and from a server on a real TLS socket.

use std::time::Duration;

use pve::{
    Acted, CallWords, Checksum, ChecksumKind, Client, ErrorClass, ErrorKind, FileSource, Method,
    Params, Phase, Transferred, UploadContent,
};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::server::{Answer, SECRET, Server};
use crate::sink::{Manner, Sink, UPID};

const MIB: u64 = 1024 * 1024;

/// A file that is not kept anywhere.
fn zeros(name: &str, size_bytes: u64) -> FileSource {
    FileSource {
        field: "filename".to_owned(),
        file_name: name.to_owned(),
        size_bytes,
        reader: Box::new(tokio::io::repeat(0).take(size_bytes)),
    }
}

async fn upload(client: &Client, file: FileSource) -> pve::Result<pve::Upid> {
    let node = "pve1".parse().unwrap();
    let mut quiet = |_: Transferred| ();
    client
        .upload(&node, "local", UploadContent::Iso, file, None, &mut quiet)
        .await
}

#[tokio::test]
async fn a_file_is_sent_under_our_name_after_its_parameters_with_its_checksum() {
    let sink = Sink::start(Manner::Takes).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("local name.iso");
    let content: Vec<u8> = (0..300_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    std::fs::write(&path, &content).unwrap();
    let checksum = Checksum::of_file(&path, ChecksumKind::Sha256)
        .await
        .unwrap();
    let mut file = FileSource::open("filename", &path).await.unwrap();
    assert_eq!(
        (file.file_name.as_str(), file.size_bytes),
        ("local name.iso", 300_000)
    );
    file.file_name = "debian-13.iso".to_owned();
    let mut seen = Vec::new();
    let mut note = |progress: Transferred| seen.push(progress);
    let (client, node) = (sink.client(), "pve1".parse().unwrap());
    let upid = client
        .upload(
            &node,
            "local",
            UploadContent::Iso,
            file,
            Some(&checksum),
            &mut note,
        )
        .await
        .unwrap();
    assert_eq!(upid.to_string(), UPID);
    let got = &sink.got()[0];
    assert!(
        got.head
            .starts_with("POST /api2/json/nodes/pve1/storage/local/upload HTTP/1.1\r\n")
    );
    assert!(!got.head.to_lowercase().contains("chunked"), "{}", got.head);
    assert!(
        got.head
            .contains(&format!("PVEAPIToken=root@pam!demo={SECRET}"))
    );
    let (_, boundary) = got.head.split_once("boundary=").unwrap();
    let boundary = boundary.lines().next().unwrap();
    let part = |name: &str, value: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let last = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"filename\"; \
         filename=\"debian-13.iso\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    let before = [
        part("content", "iso"),
        part("checksum-algorithm", "sha256"),
        part("checksum", checksum.hex()),
        last,
    ];
    assert_eq!(got.before, before.concat());
    assert_eq!(
        (got.file_bytes, got.sha256.as_str()),
        (300_000, checksum.hex())
    );
    let total_bytes = Some(300_000);
    let last = Transferred {
        bytes: 300_000,
        total_bytes,
    };
    assert_eq!(seen.last(), Some(&last));
    assert!(seen.windows(2).all(|pair| pair[0].bytes <= pair[1].bytes));
    let counters = client.requests();
    assert_eq!(
        (counters.count, counters.writes, counters.failed),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn d4_no_time_limit_of_calls_is_on_an_upload_that_goes_on() {
    let sink = Sink::start(Manner::Takes).await;
    let mut options = sink.options();
    let limit = Duration::from_millis(50);
    options.timeouts.total = limit;
    options.timeouts.first_byte = limit;
    let client = Client::connect(options).unwrap();
    let started = Instant::now();
    upload(&client, zeros("big.iso", 64 * MIB)).await.unwrap();
    assert!(started.elapsed() > limit, "{:?}", started.elapsed());
    assert_eq!(sink.got()[0].file_bytes, 64 * MIB);
}

/// The most memory this process ever held, in bytes.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

#[tokio::test]
async fn d5_a_large_upload_needs_no_more_memory_than_a_small_one_and_arrives_exactly() {
    let sink = Sink::start(Manner::Takes).await;
    let client = sink.client();
    upload(&client, zeros("small.iso", 4 * MIB)).await.unwrap();
    let before = peak_bytes();
    upload(&client, zeros("big.iso", 192 * MIB)).await.unwrap();
    let grown = peak_bytes() - before;
    assert!(grown < 16 * MIB, "{} MiB more", grown / MIB);
    let sizes: Vec<u64> = sink.got().iter().map(|got| got.file_bytes).collect();
    assert_eq!(sizes, [4 * MIB, 192 * MIB]);
}

#[tokio::test]
async fn an_upload_that_stands_still_is_given_up_and_may_have_arrived() {
    let sink = Sink::start(Manner::Stalls).await;
    let mut options = sink.options();
    let after = Duration::from_secs(1);
    options.timeouts.upload = after;
    let client = Client::connect(options).unwrap();
    let error = upload(&client, zeros("big.iso", 256 * MIB))
        .await
        .unwrap_err();
    let phase = Phase::Upload;
    assert_eq!(error.kind(), &ErrorKind::Timeout { phase, after });
    assert_eq!(error.class(), ErrorClass::MaybeSent);
}

#[tokio::test]
async fn a_refused_upload_says_what_is_wrong_and_is_not_sent_again() {
    let sink = Sink::start(Manner::Refuses).await;
    let client = sink.client();
    let error = upload(&client, zeros("x.txt", MIB)).await.unwrap_err();
    let ErrorKind::Parameters { errors, .. } = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(errors["filename"], "wrong file extension");
    assert_eq!((sink.got().len(), client.requests().failed), (1, 1));
}

#[tokio::test]
async fn a_file_that_ends_too_early_is_broken_off_with_the_reason() {
    let sink = Sink::start(Manner::Takes).await;
    let mut file = zeros("x.iso", 1000);
    file.size_bytes = 2000;
    let error = upload(&sink.client(), file).await.unwrap_err();
    let said = "it ends 1000 bytes too early";
    assert!(
        matches!(error.kind(), ErrorKind::Invalid(text) if text.contains(said)),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_would_end_up_elsewhere_is_refused_before_anything_is_sent() {
    let sink = Sink::start(Manner::Takes).await;
    for name in ["../x.iso", "a/b.iso", "a\"b.iso", "a\r\nb.iso", ""] {
        let error = upload(&sink.client(), zeros(name, 10)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    }
    assert_eq!(sink.got(), []);
}

#[tokio::test]
async fn an_upload_ends_when_it_is_cancelled() {
    let sink = Sink::start(Manner::Stalls).await;
    let cancel = CancellationToken::new();
    let client = sink.client().until(cancel.clone());
    let node = "pve1".parse().unwrap();
    // The first report of progress is the moment.
    let mut stop = |_: Transferred| cancel.cancel();
    let file = zeros("big.iso", 256 * MIB);
    let result = client
        .upload(&node, "local", UploadContent::Iso, file, None, &mut stop)
        .await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
    assert_eq!(error.class(), ErrorClass::MaybeSent);
}

#[tokio::test]
async fn words_with_a_file_become_an_upload_whose_task_is_followed() {
    let server = Server::start(|request| match request.target.as_str() {
        "/api2/json/nodes/pve1/storage/local/upload" => Answer::data(&json!(UPID)),
        target if target.ends_with("/status") => {
            Answer::data(&json!({"status": "stopped", "exitstatus": "OK"}))
        }
        _ => Answer::data(&json!([{"n": 1, "t": "finished file import successfully"}])),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.iso");
    std::fs::write(&path, "content").unwrap();
    let file = format!("filename=@{}", path.display());
    let words = CallWords::parse(["content=iso", &file]).unwrap();
    let (mut events, mut reports) = (Vec::new(), Vec::new());
    let acted = server
        .client()
        .act_with_file(
            &"/nodes/pve1/storage/local/upload".parse().unwrap(),
            &words,
            &mut |progress| reports.push(progress.bytes),
            &mut |event| events.push(event),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
    let Acted::Task(end) = acted else {
        panic!("{acted:?}")
    };
    assert_eq!((end.upid.as_str(), end.outcome.is_success()), (UPID, true));
    assert_eq!((events.len(), reports.last()), (1, Some(&7)));
    let body = &server.seen()[0].body;
    assert!(
        body.contains("\r\n\r\niso\r\n--") && body.contains("\r\n\r\ncontent\r\n--"),
        "{body}"
    );
}

#[tokio::test]
async fn a_call_without_a_task_is_done_with_its_answer_and_one_with_is_followed() {
    let server = Server::start(|request| match request.line().as_str() {
        "POST /api2/json/pools" => Answer::data(&json!(null)),
        "POST /api2/json/nodes/pve1/vzdump" => Answer::data(&json!("OK")),
        "POST /api2/json/nodes/pve1/qemu/102/status/start" => Answer::data(&json!(UPID)),
        line if line.ends_with("/status") => {
            Answer::data(&json!({"status": "stopped", "exitstatus": "start failed: no"}))
        }
        _ => Answer::data(&json!([])),
    })
    .await;
    let client = server.client();
    let act = async |path: &str| {
        let cancel = CancellationToken::new();
        let path = path.parse().unwrap();
        client
            .act(Method::Post, &path, &Params::new(), &mut |_| (), &cancel)
            .await
            .unwrap()
    };
    let done = |acted: Acted| match acted {
        Acted::Done(reply) => reply.data,
        Acted::Task(end) => panic!("{end:?}"),
    };
    assert_eq!(done(act("/pools").await), json!(null));
    assert_eq!(done(act("/nodes/pve1/vzdump").await), json!("OK"));
    let Acted::Task(end) = act("/nodes/pve1/qemu/102/status/start").await else {
        panic!("no task")
    };
    assert_eq!(end.outcome.to_string(), "failed: start failed: no");
}

#[tokio::test]
async fn a_download_is_written_as_it_comes_with_its_size_and_checksum() {
    let content = vec![7_u8; 3_000_000];
    let body = content.clone();
    let server =
        Server::answering(move || Answer::with(200, "OK", "application/octet-stream", &body)).await;
    let client = server.client();
    let path = "/nodes/pve1/storage/backup/file-restore/download"
        .parse()
        .unwrap();
    let params = Params::new()
        .with("volume", "backup/x")
        .with("filepath", "L2V0Yw==");
    let (mut sink, mut last) = (Vec::new(), None);
    let mut note = |progress| last = Some(progress);
    let downloaded = client
        .download(&path, &params, &mut sink, &mut note)
        .await
        .unwrap();
    assert_eq!(sink, content);
    assert_eq!(downloaded.size_bytes, 3_000_000);
    assert_eq!(
        downloaded.content_type.as_deref(),
        Some("application/octet-stream")
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    std::fs::write(&file, &content).unwrap();
    let checksum = Checksum::of_file(&file, ChecksumKind::Sha256)
        .await
        .unwrap();
    assert_eq!(downloaded.sha256, checksum.hex());
    let total_bytes = Some(3_000_000);
    let bytes = 3_000_000;
    assert_eq!(last, Some(Transferred { bytes, total_bytes }));
}

#[tokio::test]
async fn a_refused_download_writes_nothing_and_a_cut_one_says_so() {
    let refused = || Answer::json(403, "Permission check failed", &json!({"data": null}));
    let server = Server::answering(refused).await;
    let path = "/nodes/pve1/tasks/x/log".parse().unwrap();
    let mut sink = Vec::new();
    let mut quiet = |_: Transferred| ();
    let client = server.client();
    let error = client
        .download(&path, &Params::new(), &mut sink, &mut quiet)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden { .. }),
        "{error}"
    );
    assert_eq!(sink, b"");

    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc".to_vec();
    let server = Server::answering(move || Answer::Bytes(cut.clone())).await;
    let client = server.client();
    let error = client
        .download(&path, &Params::new(), &mut sink, &mut quiet)
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Body(_)), "{error}");
    assert_eq!((sink.as_slice(), server.seen().len()), (&b"abc"[..], 1));
}

#[tokio::test]
async fn checksums_of_every_kind_are_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("abc");
    std::fs::write(&file, "abc").unwrap();
    for (kind, start) in [
        (ChecksumKind::Sha1, "a9993e36"),
        (ChecksumKind::Sha224, "23097d22"),
        (ChecksumKind::Sha256, "ba7816bf"),
        (ChecksumKind::Sha384, "cb00753f"),
        (ChecksumKind::Sha512, "ddaf35a1"),
    ] {
        let checksum = Checksum::of_file(&file, kind).await.unwrap();
        assert!(checksum.hex().starts_with(start), "{checksum:?}");
        let upper = checksum.hex().to_uppercase();
        assert_eq!(Checksum::new(kind, &upper), Ok(checksum));
        assert!(Checksum::new(kind, "abc").is_err());
    }
}
