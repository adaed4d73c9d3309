//! Waiting for a server that takes its time, with a clock that the test turns.

use std::sync::{Mutex, mpsc as std_mpsc};
use std::time::Duration;

use futures_util::StreamExt;
use llm::ollama::{OllamaModel, OllamaOptions};
use llm::{ChatEvent, ChatModel, Error, LoadState, Phase};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::answers::{done, done_line, events, hello, says, text};
use crate::clock::StoppedClock;
use crate::server::{Part, Server, answer, chunk, lines, stream_head};

/// `/api/chat` never answers; `/api/ps` has nothing loaded.
fn silent() -> (Server, mpsc::Receiver<()>) {
    let (hung_up, hung_up_seen) = mpsc::channel(4);
    let server = Server::start(move |seen| {
        if seen.path == "/api/ps" {
            vec![Part::Bytes(answer("200 OK", r#"{"models":[]}"#))]
        } else {
            vec![Part::Silence(hung_up.clone())]
        }
    });
    (server, hung_up_seen)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_after_ten_minutes() {
    let clock = StoppedClock::new();
    let (mut server, _hung_up) = silent();
    let model = server.model();
    let turn = async {
        assert_eq!(server.next_request().await.path, "/api/chat");
        clock.turn(Duration::from_mins(10)).await;
    };
    let (seen, ()) = tokio::join!(events(&model, hello()), turn);
    let error = Error::Timeout {
        phase: Phase::FirstByte,
        after: Duration::from_mins(10),
        url: server.url(),
    };
    assert_eq!(
        error.to_string(),
        format!(
            "model server at {} sent nothing for 600 s before the first byte of its answer: the model may be too \
             large for the machine; try a smaller one",
            server.url()
        )
    );
    assert_eq!(seen, (Vec::new(), Some(error)));
}

#[tokio::test(start_paused = true)]
async fn headers_without_a_body_are_no_first_byte() {
    let clock = StoppedClock::new();
    let (hung_up, _seen) = mpsc::channel(1);
    let mut server =
        Server::start(move |_| vec![Part::Bytes(stream_head()), Part::Silence(hung_up.clone())]);
    let model = server.model();
    let turn = async {
        server.next_request().await;
        clock.turn(Duration::from_mins(10)).await;
    };
    let (seen, ()) = tokio::join!(events(&model, hello()), turn);
    let error = Error::Timeout {
        phase: Phase::FirstByte,
        after: Duration::from_mins(10),
        url: server.url(),
    };
    assert_eq!(seen, (Vec::new(), Some(error)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stops_in_the_middle_is_given_up_after_two_minutes() {
    let clock = StoppedClock::new();
    let (hung_up, _seen) = mpsc::channel(1);
    let server = Server::start(move |_| {
        let first = chunk(format!("{}\n", says("Well")).as_bytes());
        vec![
            Part::Bytes(stream_head()),
            Part::Bytes(first),
            Part::Silence(hung_up.clone()),
        ]
    });
    let mut stream = server
        .model()
        .chat(hello(), CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(stream.next().await, Some(Ok(text("Well"))));
    // One poll lets the wait begin before the clock is turned.
    let mut next = stream.next();
    assert!(futures_util::poll!(&mut next).is_pending());
    clock.turn(Duration::from_mins(2)).await;
    let error = Error::Timeout {
        phase: Phase::BetweenChunks,
        after: Duration::from_mins(2),
        url: server.url(),
    };
    assert_eq!(next.await, Some(Err(error)));
}

#[tokio::test(start_paused = true)]
async fn a_loading_model_is_announced_every_second_until_it_is_there() {
    let clock = StoppedClock::new();
    let (open, gate) = std_mpsc::channel();
    let gate = Mutex::new(Some(gate));
    let (loaded, is_loaded) = std_mpsc::channel::<&str>();
    let is_loaded = Mutex::new(is_loaded);
    let mut server = Server::start(move |seen| {
        if seen.path == "/api/ps" {
            return vec![Part::Bytes(answer(
                "200 OK",
                is_loaded.lock().unwrap().recv().unwrap(),
            ))];
        }
        let gate = gate.lock().unwrap().take().unwrap();
        vec![
            Part::Gate(gate),
            Part::Bytes(lines(&[says("Hi"), done_line()])),
        ]
    });
    let loading = |waited_ms| {
        let model = "m:1b".to_owned();
        let waited = Duration::from_millis(waited_ms);
        Some(Ok(ChatEvent::LoadState(LoadState::Loading {
            model,
            waited,
        })))
    };
    let nothing = r#"{"models":[]}"#;
    let another = r#"{"models":[{"name":"other:latest"}]}"#;
    let ours = r#"{"models":[{"name":"m:1b","size":7}]}"#;
    let second_later = async |state: &'static str| {
        clock.turn(Duration::from_secs(1)).await;
        loaded.send(state).unwrap();
    };
    let model = server.model();
    let mut stream = model.chat(hello(), CancellationToken::new()).await.unwrap();

    let first = async {
        assert_eq!(server.next_request().await.path, "/api/chat");
        second_later(nothing).await;
    };
    assert_eq!(tokio::join!(stream.next(), first).0, loading(1_001));
    assert_eq!(
        tokio::join!(stream.next(), second_later(another)).0,
        loading(2_002)
    );
    let ready = Some(Ok(ChatEvent::LoadState(LoadState::Ready)));
    assert_eq!(tokio::join!(stream.next(), second_later(ours)).0, ready);
    let answered = async {
        second_later(ours).await;
        open.send(()).unwrap();
    };
    assert_eq!(
        tokio::join!(stream.next(), answered).0,
        Some(Ok(text("Hi")))
    );
    assert_eq!(stream.next().await, Some(Ok(done())));
    assert_eq!(stream.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hangs_is_given_up_after_ten_seconds() {
    let clock = StoppedClock::new();
    let (hung_up, _seen) = mpsc::channel(1);
    let mut server = Server::start(move |_| vec![Part::Silence(hung_up.clone())]);
    let model = server.model();
    let turn = async {
        server.next_request().await;
        clock.turn(Duration::from_secs(10)).await;
    };
    let (capabilities, ()) = tokio::join!(model.probe(), turn);
    assert_eq!(
        capabilities,
        Err(Error::Timeout {
            phase: Phase::Probe,
            after: Duration::from_secs(10),
            url: server.url()
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_take_the_connection_is_away_after_three_seconds() {
    // With its queue of new connections full, a socket leaves further ones unanswered.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    while let Ok(filler) =
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100))
    {
        fillers.push(filler);
    }
    let url = format!("http://{address}");
    let model =
        OllamaModel::new("m", &url.parse().unwrap(), None, OllamaOptions::default()).unwrap();
    // Nothing but timers here: the paused clock turns itself.
    let error = Error::Away {
        url,
        detail: "no connection within 3 s".to_owned(),
    };
    assert_eq!(events(&model, hello()).await, (Vec::new(), Some(error)));
}

#[tokio::test]
async fn cancelling_ends_the_stream_and_the_request() {
    let (mut server, mut hung_up) = silent();
    let cancel = CancellationToken::new();
    let mut stream = server.model().chat(hello(), cancel.clone()).await.unwrap();
    let stop = async {
        server.next_request().await;
        cancel.cancel();
    };
    let (event, ()) = tokio::join!(stream.next(), stop);
    assert_eq!(event, Some(Err(Error::Cancelled)));
    assert_eq!(stream.next().await, None);
    assert_eq!(hung_up.recv().await, Some(()));
}

#[tokio::test]
async fn dropping_the_stream_ends_the_request() {
    let (mut server, mut hung_up) = silent();
    let mut stream = server
        .model()
        .chat(hello(), CancellationToken::new())
        .await
        .unwrap();
    tokio::select! {
        event = stream.next() => panic!("nothing was sent, but {event:?} came"),
        _ = server.next_request() => {}
    }
    drop(stream);
    assert_eq!(hung_up.recv().await, Some(()));
}
