//! Tokens (07 sections 1.1 to 1.6, decisions B6).

use std::time::Instant;

use super::*;

#[tokio::test]
async fn without_a_token_everything_but_open_paths_is_401_with_an_empty_body() {
    let service = Service::start(&KeyServer::start(&[&SigningKey::first()]).await, &[]).await;
    for (method, path) in [
        ("GET", "/locations"),
        ("POST", "/sync/upsert"),
        ("GET", "/no/such/path"),
        ("PATCH", "/locations"),
        ("PUT", "/reset-training"),
    ] {
        for authorization in [None, Some("Basic dXNlcjpwYXNz")] {
            let mut request = service.request(method, path);
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{method} {path}");
            let challenge = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.starts_with("Bearer resource_metadata=\"http://127.0.0.1:"), "{challenge}");
            assert_eq!(answer.headers()["x-frame-options"], "SAMEORIGIN");
            assert_eq!(answer.text().await.unwrap(), "");
        }
    }
}

#[tokio::test]
async fn open_paths_want_no_token_rather_than_a_bad_one() {
    let service = Service::start(&KeyServer::start(&[]).await, &[]).await;
    for path in [
        "/health/ping",
        "/info",
        "/v3/api-docs",
        "/v3/api-docs.yaml",
        "/v3/api-docs/swagger-config",
        "/swagger-ui/index.html",
    ] {
        assert_eq!(service.get(path).send().await.unwrap().status(), 200, "{path}");
        assert_eq!(service.get(path).bearer_auth("bad").send().await.unwrap().status(), 401, "{path}");
    }
    for path in ["/favicon.ico", "/csrf", "/webjars/x"] {
        assert_eq!(service.get(path).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn training_opens_its_reset() {
    let keys = KeyServer::start(&[]).await;
    let training = Service::start(&keys, &[("SPRING_PROFILES_ACTIVE", "train")]).await;
    assert_ne!(training.request("PUT", "/reset-training").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn good_tokens_are_let_in() {
    let first = SigningKey::first();
    let service = Service::start(&KeyServer::start(&[&first]).await, &[]).await;
    let plain = Header::new(Algorithm::RS256);
    for (what, token) in [
        ("plain", first.sign(&claims())),
        ("late by less than a minute", first.sign(&claims_with("exp", (now() - 30).into()))),
        ("early by less than a minute", first.sign(&claims_with("nbf", (now() + 30).into()))),
        ("without an end", first.sign(&claims_with("exp", Value::Null))),
        ("without a key id", first.sign_with(&plain, &claims())),
        (
            "without a type",
            first.sign_with(&Header { typ: None, kid: Some("first".into()), ..plain.clone() }, &claims()),
        ),
        (
            "of a type in small letters",
            first.sign_with(&Header { typ: Some("jwt".into()), kid: Some("first".into()), ..plain.clone() }, &claims()),
        ),
        ("of any issuer", first.sign(&claims_with("iss", "http://elsewhere".into()))),
    ] {
        assert_eq!(service.status_with(&token).await, LET_IN, "{what}");
    }
}

#[tokio::test]
async fn bad_tokens_are_not() {
    let (first, second) = (SigningKey::first(), SigningKey::second());
    let service = Service::start(&KeyServer::start(&[&first]).await, &[]).await;
    let header = Header { kid: Some("first".into()), ..Header::new(Algorithm::RS256) };
    let good = first.sign(&claims());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let hmac = jsonwebtoken::encode(
        &Header { kid: Some("first".into()), ..Header::new(Algorithm::HS256) },
        &claims(),
        &EncodingKey::from_secret(first.public()["n"].as_str().unwrap().as_bytes()),
    );
    // {"alg":"none","kid":"first"}
    let none = format!("eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ.{}.", good.split('.').nth(1).unwrap());
    for (what, token) in [
        ("late", first.sign(&claims_with("exp", (now() - 120).into()))),
        ("early", first.sign(&claims_with("nbf", (now() + 120).into()))),
        ("with an end that is no number", first.sign(&claims_with("exp", "tomorrow".into()))),
        ("without a client", first.sign(&claims_with("client_id", Value::Null))),
        ("signed by somebody else in our name", second.sign_with(&header, &claims())),
        ("signed by a key that is not known", second.sign(&claims())),
        (
            "signed by a key that is not known, without a key id",
            second.sign_with(&Header::new(Algorithm::RS256), &claims()),
        ),
        (
            "of another algorithm",
            first.sign_with(&Header { kid: Some("first".into()), ..Header::new(Algorithm::RS512) }, &claims()),
        ),
        ("of a shared secret", hmac.unwrap()),
        ("of no algorithm", none),
        ("of another type", first.sign_with(&Header { typ: Some("at+jwt".into()), ..header.clone() }, &claims())),
        ("without a signature", format!("{head}.")),
        ("with a changed signature", format!("{head}.{}", signature.chars().rev().collect::<String>())),
        ("no token at all", "x".into()),
    ] {
        let answer = service.get("/locations").bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{what}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
        assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description="), "{what}: {challenge}");
        assert_eq!(answer.text().await.unwrap(), "", "{what}");
    }
    let spaced = service.get("/locations").header("authorization", format!("Bearer  {good}")).send().await.unwrap();
    assert_eq!(spaced.status(), 401);
}

#[tokio::test]
async fn issuer_and_audience_are_checked_when_the_settings_say_so() {
    let first = SigningKey::first();
    let keys = KeyServer::start(&[&first]).await;
    let service = Service::start(&keys, &[("JWT_ISSUER", "http://auth"), ("JWT_AUDIENCE", "locations")]).await;
    let with = |issuer: &str, audience: Value| {
        let mut claims = claims_with("iss", issuer.into());
        claims["aud"] = audience;
        first.sign(&claims)
    };
    assert_eq!(service.status_with(&with("http://auth", json!("locations"))).await, LET_IN);
    assert_eq!(service.status_with(&with("http://auth", json!(["x", "locations"]))).await, LET_IN);
    assert_eq!(service.status_with(&with("http://other", json!("locations"))).await, 401);
    assert_eq!(service.status_with(&with("http://auth", json!("x"))).await, 401);
    assert_eq!(service.status_with(&first.sign(&claims())).await, 401);
}

#[tokio::test]
async fn a_token_that_was_good_ends_when_it_says() {
    let first = SigningKey::first();
    let service = Service::start(&KeyServer::start(&[&first]).await, &[]).await;
    // A minute of leeway leaves it about two seconds.
    let token = first.sign(&claims_with("exp", (now() - 58).into()));
    assert_eq!(service.status_with(&token).await, LET_IN);
    let begun = Instant::now();
    while service.status_with(&token).await != 401 {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (first, second) = (SigningKey::first(), SigningKey::second());
    let keys = KeyServer::start(&[&first]).await;
    let service = Service::start(&keys, &[]).await;
    assert_eq!(service.status_with(&first.sign(&claims())).await, LET_IN);
    assert_eq!(keys.times_asked(), 1);
    keys.publish(&[&first, &second]);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(service.status_with(&second.sign(&claims())).await, LET_IN);
    assert_eq!(service.status_with(&first.sign(&claims())).await, LET_IN);
    assert_eq!(keys.times_asked(), 2);
}

#[tokio::test]
async fn a_crowd_with_an_unknown_key_makes_one_call() {
    let (first, second) = (SigningKey::first(), SigningKey::second());
    let keys = KeyServer::start(&[&first]).await;
    let service = Service::start(&keys, &[]).await;
    let unknown = second.sign(&claims());
    let crowd = (0..40).map(|_| service.status_with(&unknown));
    let statuses = futures_util::future::join_all(crowd).await;
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(keys.times_asked(), 1);
}

#[tokio::test]
async fn a_key_set_that_is_down_takes_nobody_down_whose_key_is_known() {
    let (first, second) = (SigningKey::first(), SigningKey::second());
    let keys = KeyServer::start(&[&first, &second]).await;
    keys.set_broken(true);
    let service = Service::start(&keys, &[]).await;
    assert_eq!(service.status_with(&first.sign(&claims())).await, 401, "nobody knows this key yet");
    assert_eq!(service.get("/health/ping").send().await.unwrap().status(), 200);

    keys.set_broken(false);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(service.status_with(&first.sign(&claims())).await, LET_IN, "it came back");

    keys.set_broken(true);
    tokio::time::sleep(Duration::from_millis(250)).await;
    let third = Header { kid: Some("third".into()), ..Header::new(Algorithm::RS256) };
    assert_eq!(service.status_with(&first.sign_with(&third, &claims())).await, 401, "an unknown key");
    assert_eq!(service.status_with(&second.sign(&claims())).await, LET_IN, "a known one that was not used yet");
}

#[tokio::test]
async fn a_key_set_without_a_usable_key_replaces_nothing() {
    let (first, second) = (SigningKey::first(), SigningKey::second());
    let keys = KeyServer::start(&[&first]).await;
    let service = Service::start(&keys, &[]).await;
    assert_eq!(service.status_with(&first.sign(&claims())).await, LET_IN);
    let mut encrypting = second.public();
    encrypting["use"] = "enc".into();
    *keys.keys.lock().unwrap() = vec![encrypting];
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(service.status_with(&second.sign(&claims())).await, 401);
    assert_eq!(service.status_with(&first.sign(&claims_with("jti", "new".into()))).await, LET_IN);
}

#[tokio::test]
async fn the_wrong_role_is_403_but_an_unreadable_body_comes_first() {
    let first = SigningKey::first();
    let service = Service::start(&KeyServer::start(&[&first]).await, &[]).await;
    let token = first.sign(&claims());
    let upsert = |body: &'static str| {
        service
            .request("POST", "/sync/upsert")
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(body)
    };
    let unreadable = upsert("{").send().await.unwrap();
    assert_eq!(unreadable.status(), 400);
    let forbidden = upsert(r#"{"prisonId": "MDI", "code": "A", "locationType": "WING", "lastUpdatedBy": "X"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(forbidden.status(), 403);
    assert_eq!(
        forbidden.json::<Value>().await.unwrap(),
        json!({"status": 403, "userMessage": "Forbidden: Access Denied", "developerMessage": "Access Denied"})
    );
    let wrong_id =
        service.get("/sync/id/x").bearer_auth(first.sign(&claims_with("authorities", json!([])))).send().await.unwrap();
    assert_eq!(wrong_id.status(), 400);
}
