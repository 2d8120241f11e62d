//! Searching people by parts of what they are known by, the same on both databases.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::actor::Actor;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    names_in_any_case_and_script,
    words_in_any_order_and_place,
    every_character_is_itself,
    no_words_and_too_many,
    beside_other_conditions,
    doctors_and_their_patients,
    pages_of_what_is_found,
    what_the_server_writes_is_found,
    the_longest_texts_can_be_written,
    what_other_programs_write_is_found,
);

/// The record numbers of the patients that are found, in the order of their names.
async fn found(actor: &Actor, search: &str) -> Vec<String> {
    filtered(actor, json!({"search": search})).await
}

async fn filtered(actor: &Actor, filter: Value) -> Vec<String> {
    let query = "query($filter: PatientFilter) { patients(filter: $filter) { totalCount nodes { mrn } } }";
    let answer = actor.data(query, json!({"filter": filter})).await;
    let nodes = answer["patients"]["nodes"].as_array().expect("patients");
    assert_eq!(answer["patients"]["totalCount"], nodes.len(), "{filter}");
    nodes.iter().map(|node| node["mrn"].as_str().expect("a number").to_owned()).collect()
}

async fn check(actor: &Actor, cases: &[(&str, &[&str])]) {
    for (search, expected) in cases {
        assert_eq!(found(actor, search).await, *expected, "{search}");
    }
}

/// A server over patients of these record numbers, names and addresses.
async fn serve(database: TestDatabase, patients: &[(&str, &str, Option<&str>)]) -> TestServer {
    let factory = Factory::new(&database).await;
    for (mrn, name, email) in patients {
        factory.patient(mrn, json!({"name": name, "email": email})).await;
    }
    TestServer::start(database).await
}

async fn names_in_any_case_and_script(database: TestDatabase) {
    let names = [
        ("1", "Émile Zola"),
        ("2", "E\u{301}mile combining"),
        ("3", "Straße Jörg"),
        ("4", "İpek Yıldız"),
        ("5", "ΟΔΥΣΣΕΎΣ"),
        ("6", "ﬁne Æsir Œuvre"),
        ("7", "Łódź Đorđe Þór Ødegård"),
        ("8", "王小明"),
        ("9", "Nguyễn Thị Hường"),
        ("10", "한지민"),
        ("11", "Ｗｉｄｅ がく"),
        ("12", "Ёлкин Иван"),
    ];
    let patients: Vec<_> = names.iter().map(|(mrn, name)| (*mrn, *name, None)).collect();
    let server = serve(database, &patients).await;
    let cases: &[(&str, &[&str])] = &[
        ("emile", &["2", "1"]),
        ("ÉMILE", &["2", "1"]),
        ("E\u{301}MILE", &["2", "1"]),
        ("èmîlë", &["2", "1"]),
        ("strasse", &["3"]),
        ("STRAẞE", &["3"]),
        ("jorg", &["3"]),
        ("ipek", &["4"]),
        ("IPEK", &["4"]),
        ("İPEK", &["4"]),
        ("yildiz", &["4"]),
        ("YILDIZ", &["4"]),
        ("οδυσσευς", &["5"]),
        ("Οδυσσεύς", &["5"]),
        ("ΟΔΥΣΣΕΥΣ", &["5"]),
        ("fine aesir oeuvre", &["6"]),
        ("ﬁ ÆS œu", &["6"]),
        ("lodz dorde thor odegard", &["7"]),
        ("ŁÓDŹ ĐORĐE ÞÓR ØDEGÅRD", &["7"]),
        ("小", &["8"]),
        ("小王", &[]),
        ("nguyen huong", &["9"]),
        ("NGUYỄN", &["9"]),
        ("지", &["10"]),
        ("하", &[]),
        ("wide", &["11"]),
        ("か", &[]),
        ("か\u{3099}", &["11"]),
        ("елкин", &["12"]),
        ("ИВАН", &["12"]),
    ];
    check(&server.admin(), cases).await;
}

async fn words_in_any_order_and_place(database: TestDatabase) {
    let patients = [
        ("PG-000117", "Ana Lopez", Some("ana.lopez@Example.org")),
        ("PG-000118", "Ana Novak", Some("zed@clinic.example")),
        ("xy-117", "Bo Lopez", None),
    ];
    let server = serve(database, &patients).await;
    let cases: &[(&str, &[&str])] = &[
        ("lopez ana", &["PG-000117"]),
        ("ana lopez", &["PG-000117"]),
        ("  lopez\t\n117 ", &["PG-000117", "xy-117"]),
        ("lopez\u{a0}bo", &["xy-117"]),
        ("pg-0001", &["PG-000117", "PG-000118"]),
        ("PG-000118", &["PG-000118"]),
        ("117", &["PG-000117", "xy-117"]),
        ("@EXAMPLE.ORG", &["PG-000117"]),
        ("zed@clinic", &["PG-000118"]),
        ("nov 118 zed", &["PG-000118"]),
        ("nov 117", &[]),
        // A word lies within one text, whatever stands beside it.
        ("lopezpg", &[]),
        ("ana ana an a", &["PG-000117", "PG-000118"]),
        ("nobody", &[]),
    ];
    check(&server.admin(), cases).await;
}

async fn every_character_is_itself(database: TestDatabase) {
    let patients = [
        ("A", "100% sure_thing", None),
        ("B", "back\\slash", None),
        ("C", "O'Brien \"Bob\"", None),
        ("D", "plain", Some("p*[a-z]?@example.org")),
    ];
    let server = serve(database, &patients).await;
    let cases: &[(&str, &[&str])] = &[
        ("%", &["A"]),
        ("_", &["A"]),
        ("0%  e_t", &["A"]),
        ("s%g", &[]),
        ("\\", &["B"]),
        ("k\\s", &["B"]),
        ("o'b", &["C"]),
        ("\"bob\"", &["C"]),
        ("*[a-z]?", &["D"]),
        ("pl*n", &[]),
        ("p..in", &[]),
        ("; --", &[]),
        ("$1", &[]),
        ("pl\0ain", &[]),
    ];
    check(&server.admin(), cases).await;
}

async fn no_words_and_too_many(database: TestDatabase) {
    let server = serve(database, &[("A", "Ann a b c d e f g h", None), ("B", "Bob", None)]).await;
    let actor = server.admin();
    let all = ["A", "B"];
    for blank in [json!(""), json!(" \t\n\u{3000}"), json!(" ".repeat(300)), Value::Null] {
        assert_eq!(filtered(&actor, json!({"search": blank})).await, all);
        assert_eq!(filtered(&actor, json!({"or": [{"search": blank}, {"mrn": {"eq": "B"}}]})).await, all);
    }
    assert!(filtered(&actor, json!({"not": {"search": ""}})).await.is_empty());
    assert_eq!(found(&actor, "a b c d e f g h").await, ["A"]);
    assert_eq!(found(&actor, &format!(" {} ", "x".repeat(200))).await, Vec::<String>::new());
    for (search, message) in [
        ("a b c d e f g h a".to_owned(), "`search` takes at most 8 words: leave some out."),
        ("é".repeat(201), "`search` takes at most 200 characters: leave some words out."),
    ] {
        for list in ["patients", "doctors"] {
            let query = format!("query($search: String) {{ {list}(filter: {{search: $search}}) {{ totalCount }} }}");
            let answer = actor.query(&query, json!({"search": search})).await;
            assert_eq!(answer["errors"][0]["message"], message);
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        }
    }
    for filter in ["{search: 7}", "{search: {eq: \"a\"}}", "{search: [\"a\", \"b\"]}"] {
        let query = format!("{{ patients(filter: {filter}) {{ totalCount }} }}");
        assert_eq!(actor.error_codes(&query, json!({})).await, ["BAD_USER_INPUT"], "{filter}");
    }
}

async fn beside_other_conditions(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let archived = json!("2025-01-01T00:00:00.000000Z");
    for (mrn, name, gender, archived) in [
        ("A", "Aná", "female", &Value::Null),
        ("B", "Banana", "male", &Value::Null),
        ("C", "Carl", "male", &Value::Null),
        ("D", "Dana", "female", &archived),
    ] {
        factory.patient(mrn, json!({"name": name, "gender": gender, "archived_at": archived})).await;
    }
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for (filter, expected) in [
        (json!({"search": "ana"}), &["A", "B"][..]),
        (json!({"search": "ana", "gender": {"eq": "MALE"}}), &["B"]),
        (json!({"not": {"search": "ana"}}), &["C"]),
        (json!({"or": [{"search": "carl"}, {"search": "ána", "gender": {"eq": "FEMALE"}}]}), &["A", "C"]),
        (json!({"and": [{"search": "an"}, {"search": "ban"}]}), &["B"]),
        (json!({"search": "ana", "archived": {"eq": true}}), &["D"]),
        (json!({"search": "ana", "archived": {"in": [true, false]}}), &["A", "B", "D"]),
    ] {
        assert_eq!(filtered(&actor, filter.clone()).await, expected, "{filter}");
    }
}

async fn doctors_and_their_patients(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let row = json!({"license_number": "LIC-77/É", "email": "Muller@clinic.example"});
    let doctor = factory.doctor("Müller, Jörg", row).await;
    let other = factory.doctor("Bell", json!({"license_number": null, "email": "bell@clinic.example"})).await;
    for (mrn, name, doctor) in
        [("1", "Émile", &doctor), ("2", "Emil", &doctor), ("3", "Bob", &doctor), ("4", "Émile", &other)]
    {
        let patient = factory.patient(mrn, json!({"name": name})).await;
        factory.assignment(&patient, doctor, json!({})).await;
    }
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for (search, names) in [
        ("lic-77/e", json!([{"name": "Müller, Jörg"}])),
        ("JORG muller", json!([{"name": "Müller, Jörg"}])),
        ("CLINIC", json!([{"name": "Bell"}, {"name": "Müller, Jörg"}])),
        ("bell 77", json!([])),
    ] {
        let query = "query($search: String) { doctors(filter: {search: $search}) { totalCount nodes { name } } }";
        let answer = actor.data(query, json!({"search": search})).await;
        assert_eq!(answer["doctors"]["nodes"], names, "{search}");
    }
    let query = "{ doctors(filter: {search: \"e\"}) { nodes {
        patients(filter: {search: \"emil\"}) { totalCount nodes { mrn } } } } }";
    let nodes = json!([
        {"patients": {"totalCount": 1, "nodes": [{"mrn": "4"}]}},
        {"patients": {"totalCount": 2, "nodes": [{"mrn": "2"}, {"mrn": "1"}]}},
    ]);
    assert_eq!(actor.data(query, json!({})).await["doctors"]["nodes"], nodes);
    let query = "query($id: ID!) { doctor(id: $id) { patients(first: 1, filter: {search: \"é\"}) {
        totalCount pageInfo { hasNextPage } nodes { mrn } } } }";
    let page = json!({"totalCount": 2, "pageInfo": {"hasNextPage": true}, "nodes": [{"mrn": "2"}]});
    let answer = actor.data(query, json!({"id": id("Doctor", &doctor)})).await;
    assert_eq!(answer["doctor"]["patients"], page);
}

async fn pages_of_what_is_found(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    for number in 0..20 {
        // Every other is not found; equal names are told apart by their keys.
        let name = if number % 2 == 0 { format!("Éva {}", number / 6) } else { format!("Bob {number}") };
        factory.patient(&format!("{number:02}"), json!({"name": name})).await;
    }
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for order in ["{field: NAME}", "{field: NAME, direction: DESC}", "{field: MRN}", "{field: LAST_VISIT}"] {
        let page = |arguments: &str| {
            format!(
                "query($at: String) {{ patients({arguments}, filter: {{search: \"eva\"}}, orderBy: {order}) {{
                    totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} nodes {{ mrn }} }} }}"
            )
        };
        let whole = actor.data(&page("first: 100, after: $at"), json!({})).await;
        let whole = whole["patients"]["nodes"].as_array().expect("patients").clone();
        assert_eq!(whole.len(), 10, "{order}");
        for (arguments, more, cursor) in [
            ("first: 3, after: $at", "hasNextPage", "endCursor"),
            ("last: 3, before: $at", "hasPreviousPage", "startCursor"),
        ] {
            let (mut at, mut pages) = (Value::Null, vec![]);
            loop {
                let answer = actor.data(&page(arguments), json!({"at": at})).await;
                let list = &answer["patients"];
                assert_eq!(list["totalCount"], 10);
                pages.push(list["nodes"].as_array().expect("patients").clone());
                at = list["pageInfo"][cursor].clone();
                if list["pageInfo"][more] == false {
                    break;
                }
            }
            if arguments.starts_with("last") {
                pages.reverse();
            }
            assert_eq!(pages.concat(), whole, "{order} {arguments}");
        }
    }
}

async fn what_the_server_writes_is_found(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let create = "mutation { createPatient(input: {mrn: \"N-1\", name: \"José Núñez\", email: \"Jose@Example.org\"}) {
        patient { id version } userErrors { message } } }";
    let created = actor.data(create, json!({})).await;
    let patient = &created["createPatient"]["patient"];
    check(&actor, &[("nunez n-1 jose@example", &["N-1"])]).await;
    let mut version = patient["version"].clone();
    for (change, found, lost) in [
        // Another writing of the same name: the search text is what it was.
        (json!({"name": "JOSE NUÑEZ"}), "jose nunez n-1 example.org", "imre"),
        (json!({"name": "Ímre"}), "imre n-1 jose@example.org", "nunez"),
        (json!({"mrn": "É-2"}), "imre e-2 jose@", "n-1"),
        (json!({"email": null}), "imre e-2", "example.org"),
        (json!({"phone": "1"}), "imre e-2", "example.org"),
        (json!({"email": "new@example.org"}), "imre e-2 new@", "jose@"),
    ] {
        let mut input = change.clone();
        (input["id"], input["version"]) = (patient["id"].clone(), version);
        let update = "mutation($input: UpdatePatientInput!) { updatePatient(input: $input) {
            patient { version } userErrors { message } } }";
        let answer = actor.data(update, json!({"input": input})).await;
        version = answer["updatePatient"]["patient"]["version"].clone();
        assert_eq!(self::found(&actor, found).await.len(), 1, "{change}");
        assert!(self::found(&actor, lost).await.is_empty(), "{change}");
    }
    assert!(patientgraph::verify::verify(server.db.connection()).await.unwrap().is_empty());
}

async fn the_longest_texts_can_be_written(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    // Letters of four bytes, none of which repeats soon: nothing to compress.
    let text = |start: u32, length: u32| {
        (0..length).filter_map(|at| char::from_u32(0x2_0000 + (start + at * 7919) % 40_000)).collect()
    };
    let texts: [String; 3] = [text(0, 200), text(1, 450), text(2, 450)];
    let input = json!({"name": texts[0], "mrn": texts[1], "email": format!("{}@example.org", texts[2])});
    let create = "mutation($input: CreatePatientInput!) { createPatient(input: $input) { userErrors { message } } }";
    let created = actor.data(create, json!({"input": input})).await;
    assert_eq!(created["createPatient"]["userErrors"], json!([]));
    for text in &texts {
        let letters = |from: usize| text.chars().skip(from).take(10).collect::<String>();
        assert_eq!(found(&actor, &letters(90)).await.len(), 1);
        // Nobody looks for what comes after a hundred characters.
        assert!(found(&actor, &letters(95)).await.is_empty());
    }
}

async fn what_other_programs_write_is_found(database: TestDatabase) {
    let backend = database.backend;
    let factory = Factory::new(&database).await;
    let texts = async |table: &str| {
        let sql = format!("SELECT search_text FROM {table} ORDER BY name");
        let statement = Statement::from_string(factory.connection.get_database_backend(), sql);
        let rows = factory.connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "search_text").unwrap()).collect::<Vec<String>>()
    };
    let long = "Q".repeat(120);
    for statement in [
        "INSERT INTO patients (patient_id, mrn, name) VALUES ('10000000-0000-7000-8000-000000000001', 'X-1', 'Ann B')",
        "INSERT INTO patients (patient_id, mrn, name, email) \
         VALUES ('10000000-0000-7000-8000-000000000002', 'X-2', 'Bob', 'Bob@Example.org')",
        "INSERT INTO patients (patient_id, mrn, name, search_text) \
         VALUES ('10000000-0000-7000-8000-000000000003', 'X-3', 'Zoë', 'zoe x-3')",
        "INSERT INTO doctors (doctor_id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Dr C')",
        &format!(
            "INSERT INTO doctors (doctor_id, name, license_number) \
             VALUES ('00000000-0000-7000-8000-000000000002', 'Dr D', '{long}')"
        ),
    ] {
        factory.run(statement).await;
    }
    assert_eq!(texts("patients").await, ["ann b\nx-1", "bob\nx-2\nbob@example.org", "zoe x-3"]);
    let long = "q".repeat(100);
    assert_eq!(texts("doctors").await, ["dr c".to_owned(), format!("dr d\n{long}")]);

    for statement in [
        "UPDATE patients SET name = 'Ann K' WHERE mrn = 'X-1'",
        "UPDATE patients SET mrn = 'Y-2', email = NULL WHERE mrn = 'X-2'",
        // What it says itself holds.
        "UPDATE patients SET name = 'Zoë Q', search_text = 'zoe q' WHERE mrn = 'X-3'",
        "UPDATE patients SET phone = '1', search_text = 'zoe r' WHERE mrn = 'X-3'",
        "UPDATE doctors SET license_number = 'L', email = 'D@Example.org' WHERE name = 'Dr D'",
    ] {
        factory.run(statement).await;
    }
    assert_eq!(texts("patients").await, ["ann k\nx-1", "bob\ny-2", "zoe r"]);
    assert_eq!(texts("doctors").await, ["dr c", "dr d\nl\nd@example.org"]);

    // SQLite knows no accents; `patientgraph verify --repair` does the rest.
    factory.run("UPDATE patients SET name = 'Ænn Åsa Straße ŁØ' WHERE mrn = 'X-1'").await;
    let filled = texts("patients").await;
    let expected =
        if backend == Backend::Postgres { "aenn asa strasse lo\nx-1" } else { "Ænn Åsa straße ŁØ\nx-1" };
    assert!(filled.contains(&expected.to_owned()), "{filled:?}");
    patientgraph::verify::repair(&factory.connection).await.unwrap();
    assert!(texts("patients").await.contains(&"aenn asa strasse lo\nx-1".to_owned()));
}
