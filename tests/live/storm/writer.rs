//! Another program that writes notes at random, in transactions of any length.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, TransactionTrait};
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::dice::Dice;

/// When the commit of each new note began, by its title.
#[derive(Clone, Default)]
pub struct Commits(Arc<Mutex<HashMap<String, Instant>>>);

impl Commits {
    /// When the note of this title was committed.
    pub fn of(&self, title: &str) -> Option<Instant> {
        self.0.lock().expect("nobody panics with it").get(title).copied()
    }
}

/// Writes so many transactions, and rests after each for so many milliseconds at most.
pub async fn write(
    connection: DatabaseConnection,
    mut dice: Dice,
    patients: Vec<String>,
    (transactions, pace): (usize, usize),
    commits: Commits,
) {
    let mut notes: Vec<String> = vec![];
    for _ in 0..transactions {
        let mut titles = vec![];
        let many = if dice.chance(20) { 1 + dice.below(3) } else { 1 };
        let statements: Vec<String> =
            (0..many).map(|_| statement(&mut dice, &patients, &mut notes, &mut titles)).collect();
        while let Err(error) = run(&connection, &mut dice, &statements, &titles, &commits).await {
            // SQLite has one writer at a time, and PostgreSQL gives one of two up that wait for each other.
            let text = error.to_string();
            assert!(["locked", "busy", "deadlock"].iter().any(|word| text.contains(word)), "{text}");
        }
        sleep(Duration::from_millis(dice.below(pace) as u64)).await;
    }
}

async fn run(
    connection: &DatabaseConnection,
    dice: &mut Dice,
    statements: &[String],
    titles: &[String],
    commits: &Commits,
) -> Result<(), DbErr> {
    let tx = connection.begin().await?;
    for statement in statements {
        tx.execute_unprepared(statement).await?;
        // Transactions commit in another order than they began.
        if connection.get_database_backend() == DbBackend::Postgres && dice.chance(30) {
            sleep(Duration::from_millis(dice.below(40) as u64)).await;
        }
    }
    let now = Instant::now();
    commits.0.lock().expect("nobody panics with it").extend(titles.iter().map(|title| (title.clone(), now)));
    tx.commit().await
}

fn statement(dice: &mut Dice, patients: &[String], notes: &mut Vec<String>, titles: &mut Vec<String>) -> String {
    let patient = dice.pick(patients).clone();
    let visible = if dice.chance(60) { "TRUE" } else { "FALSE" };
    let title = Uuid::now_v7().to_string();
    if notes.is_empty() || dice.chance(60) {
        let key = Uuid::now_v7().to_string();
        notes.push(key.clone());
        titles.push(title.clone());
        return format!(
            "INSERT INTO patient_timeline (id, patient_id, event_type, event_title, patient_visible) \
             VALUES ('{key}', '{patient}', 'note', '{title}', {visible})"
        );
    }
    let note = notes[dice.below(notes.len())].clone();
    let set = match dice.below(5) {
        0 => return format!("DELETE FROM patient_timeline WHERE id = '{note}'"),
        1 => format!("patient_visible = {visible}"),
        2 => format!("patient_id = '{patient}'"),
        3 => "version = version + 1".to_owned(),
        _ => format!("event_title = '{title}'"),
    };
    format!("UPDATE patient_timeline SET {set} WHERE id = '{note}'")
}
