use super::*;

fn read(variables: &[(&str, &str)]) -> Result<DatabaseSettings, Vec<String>> {
    let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    DatabaseSettings::from_env(&find)
}

fn read_url(url: &str) -> Result<DatabaseSettings, Vec<String>> {
    read(&[("DATABASE_URL", url)])
}

fn login(user: &str, password: &str) -> Login {
    Login { user: user.to_owned(), password: Some(password.to_owned()) }
}

const DEPLOYED: [(&str, &str); 4] = [
    ("DATABASE_ENDPOINT", "db.example.com:5433"),
    ("DATABASE_NAME", "locations"),
    ("DATABASE_USERNAME", "svc"),
    ("DATABASE_PASSWORD", "s3:c/r@t"),
];

#[test]
fn a_deployment_names_the_parts_and_verifies_the_server() {
    let settings = read(&DEPLOYED).unwrap();
    assert_eq!(
        settings,
        DatabaseSettings {
            host: "db.example.com".to_owned(),
            port: 5433,
            database: "locations".to_owned(),
            login: login("svc", "s3:c/r@t"),
            migration_login: None,
            tls: Tls::VerifyFull,
            root_certificate: None,
        }
    );
    let options = settings.options().unwrap();
    assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull));
    assert_eq!(options.get_host(), "db.example.com");
    assert_eq!(options.get_port(), 5433);
    assert_eq!(options.get_database(), Some("locations"));
    assert_eq!(options.get_username(), "svc");
    let session = options.get_options().unwrap();
    for limit in ["lock_timeout=5s", "statement_timeout=20s", "idle_in_transaction_session_timeout=30s", "TimeZone=UTC"]
    {
        assert!(session.contains(limit), "{limit} in {session}");
    }
}

#[test]
fn the_parts_verify_the_server_on_this_machine_too() {
    let mut local = DEPLOYED;
    local[0].1 = "localhost";
    let settings = read(&local).unwrap();
    assert_eq!((settings.tls, settings.port), (Tls::VerifyFull, 5432));
}

#[test]
fn each_missing_part_has_its_line() {
    assert_eq!(
        read(&DEPLOYED[..1]).unwrap_err(),
        ["DATABASE_NAME: not set", "DATABASE_USERNAME: not set", "DATABASE_PASSWORD: not set"]
    );
    let wrong = [("DATABASE_ENDPOINT", "db:port"), ("DATABASE_NAME", ""), DEPLOYED[2], DEPLOYED[3]];
    assert_eq!(read(&wrong).unwrap_err(), ["DATABASE_ENDPOINT: port is not a port", "DATABASE_NAME: not set"]);
    assert_eq!(read(&[]).unwrap_err().len(), 1);
}

#[test]
fn an_endpoint_may_be_an_ipv6_address() {
    assert_eq!(host_and_port("[::1]:5433"), Ok(("::1".to_owned(), 5433)));
    assert_eq!(host_and_port("[::1]"), Ok(("::1".to_owned(), 5432)));
    assert!(host_and_port(":5433").is_err());
    assert!(host_and_port("[::1]5433").is_err());
    assert!(host_and_port("db:70000").is_err());
}

#[test]
fn a_url_wins_and_is_decoded() {
    let mut variables = DEPLOYED.to_vec();
    variables.push((
        "DATABASE_URL",
        "postgres://us%40er:p%2Bw%C3%A9%20+@db:6000/na%2Fme?sslmode=require&sslrootcert=/ca.pem",
    ));
    let settings = read(&variables).unwrap();
    assert_eq!((settings.host.as_str(), settings.port, settings.database.as_str()), ("db", 6000, "na/me"));
    assert_eq!(settings.login, login("us@er", "p+wé +"));
    assert_eq!(settings.tls, Tls::Require);
    assert_eq!(settings.root_certificate, Some(PathBuf::from("/ca.pem")));
}

#[test]
fn a_url_is_plain_only_where_it_says_so_or_stays_on_this_machine() {
    let tls = |url: &str| read_url(url).unwrap().tls;
    assert_eq!(tls("postgresql://u@db.example.com/n"), Tls::VerifyFull);
    assert_eq!(tls("postgresql://u@10.0.0.1/n"), Tls::VerifyFull);
    assert_eq!(tls("postgresql://u@localhost.example.com/n"), Tls::VerifyFull);
    assert_eq!(tls("postgresql://u@db.example.com/n?sslmode=disable"), Tls::Disable);
    assert_eq!(tls("postgresql://u@db.example.com/n?sslmode=prefer"), Tls::Prefer);
    assert_eq!(tls("postgresql://u@db.example.com/n?sslmode=verify-ca"), Tls::VerifyCa);
    assert_eq!(tls("postgresql://u@localhost/n"), Tls::Prefer);
    assert_eq!(tls("postgresql://u@127.0.0.2:5433/n"), Tls::Prefer);
    assert_eq!(tls("postgresql://u@[::1]/n"), Tls::Prefer);
    assert_eq!(tls("postgresql://u@localhost/n?sslmode=verify-full"), Tls::VerifyFull);
}

#[test]
fn a_url_may_name_a_socket() {
    for url in ["postgresql://u@%2Frun%2Fpg:5433/n", "postgresql:///n?host=/run/pg&user=u&port=5433"] {
        let settings = read_url(url).unwrap();
        assert_eq!((settings.host.as_str(), settings.port, settings.tls), ("/run/pg", 5433, Tls::Prefer), "{url}");
        assert_eq!(settings.login, Login { user: "u".to_owned(), password: None });
        assert_eq!(settings.options().unwrap().get_socket(), Some(&PathBuf::from("/run/pg")));
    }
}

#[test]
fn an_address_of_version_6_loses_its_brackets() {
    assert_eq!(read_url("postgresql://u@[::1]:5433/n").unwrap().host, "::1");
}

#[test]
fn a_wrong_url_is_refused_without_its_password() {
    let cases = [
        ("locations", "not a URL: relative URL without a base"),
        ("mysql://u:hidden@db/n", "expected postgresql://user:password@host:port/database"),
        ("postgresql://u:hidden@db:port/n", "not a URL: invalid port number"),
        ("postgresql://u:hidden@db/n?port=x", "x is not a port"),
        ("postgresql://u:hidden@db/n?sslmode=off", "off is not an sslmode"),
        ("postgresql://u:hidden@db", "it has no name of the database"),
        ("postgresql://db/n", "it has no user"),
        ("postgresql:///n?user=u", "it has no host"),
        ("postgresql://u:hid%zzden@db/n", "a part of it is not percent-encoded UTF-8"),
    ];
    for (url, reason) in cases {
        assert_eq!(read_url(url).unwrap_err(), [format!("DATABASE_URL: {reason}")], "{url}");
    }
}

#[test]
fn the_live_services_url_is_taken() {
    let url = ("SPRING_DATASOURCE_URL", "jdbc:postgresql://db.example.com:5433/locations?sslmode=verify-full");
    let settings = read(&[url, DEPLOYED[2], DEPLOYED[3]]).unwrap();
    assert_eq!(settings, read(&DEPLOYED).unwrap());

    let own_user = ("SPRING_DATASOURCE_URL", "jdbc:postgresql://localhost/n?user=u&password=p%26w");
    let settings = read(&[own_user, DEPLOYED[2], DEPLOYED[3]]).unwrap();
    assert_eq!((settings.login, settings.tls), (login("u", "p&w"), Tls::Prefer));

    assert_eq!(
        read(&[("SPRING_DATASOURCE_URL", "jdbc:postgresql://db/n")]).unwrap_err(),
        ["SPRING_DATASOURCE_URL: it has no user"]
    );
    assert_eq!(
        read(&[("SPRING_DATASOURCE_URL", "postgresql://u@db/n")]).unwrap_err(),
        ["SPRING_DATASOURCE_URL: expected jdbc:postgresql://host:port/database"]
    );
}

#[test]
fn another_user_may_make_the_tables() {
    let mut variables = DEPLOYED.to_vec();
    variables.extend([("SPRING_FLYWAY_USER", "owner"), ("SPRING_FLYWAY_PASSWORD", "other")]);
    let settings = read(&variables).unwrap();
    assert_eq!(settings.migration_login, Some(login("owner", "other")));
    assert_eq!(settings.grantee(), Some("svc"));
    assert_eq!(settings.migration_options().unwrap().get_username(), "owner");
    assert_eq!(settings.options().unwrap().get_username(), "svc");

    variables[4].1 = "svc";
    assert_eq!(read(&variables).unwrap().grantee(), None);
}

#[test]
fn no_password_is_shown() {
    let mut variables = DEPLOYED.to_vec();
    variables.extend([("SPRING_FLYWAY_USER", "owner"), ("SPRING_FLYWAY_PASSWORD", "other")]);
    let shown = format!("{:?}", read(&variables).unwrap());
    assert!(shown.contains("Login(svc)") && shown.contains("Login(owner)"), "{shown}");
    assert!(!shown.contains("s3:c") && !shown.contains("other"), "{shown}");
}

#[test]
fn root_certificates_are_read_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("root.pem");
    let text = path.to_str().unwrap().to_owned();
    let refusal = || {
        let mut variables = DEPLOYED.to_vec();
        variables.push(("DATABASE_ROOT_CERTIFICATE", &text));
        read(&variables).unwrap().options().err().map(|e| e.to_string())
    };
    assert_eq!(refusal(), Some(format!("DATABASE_ROOT_CERTIFICATE: {text}: No such file or directory (os error 2)")));
    std::fs::write(&path, "nothing").unwrap();
    assert_eq!(refusal(), Some(format!("DATABASE_ROOT_CERTIFICATE: {text}: no certificate in PEM form in it")));
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").unwrap();
    assert_eq!(refusal(), None);
}
