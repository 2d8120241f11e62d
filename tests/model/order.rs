//! What clients sent at the same time, explained by some order.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::call::{Answer, Call};
use super::state::{State, key};
use super::turn::perform;

/// What a client sent and was answered.
#[derive(Debug)]
pub struct Entry {
    pub call: Call,
    pub answer: Answer,
    /// The test's clock.
    pub now: DateTime<Utc>,
    /// When it was sent and when it was answered, in the order of all these events.
    pub began: usize,
    pub ended: usize,
}

/// How the order of what was sent at the same time is guessed first.
const GUESSES: [fn(&Entry) -> usize; 3] = [|entry| entry.ended, |entry| entry.began, |entry| entry.began + entry.ended];

/// How many steps are tried with each guess before it is said that there is no order.
const STEPS: usize = 20_000;

/// A search for an order in which the model gives every answer that was given: each client's own order, and nothing
/// before what was answered before it was sent.
struct Search<'s> {
    journals: &'s [Vec<Entry>],
    /// The patients who are erased on the way.
    erased: Vec<Value>,
    /// What comes first where several can.
    by: fn(&Entry) -> usize,
    /// Where no way leads on: how much of each journal was done, and the state.
    dead: HashSet<(Vec<usize>, u64)>,
    steps: usize,
    /// With how many steps this guess is given up.
    most: usize,
    /// How far it came, and what it found there.
    furthest: (usize, String),
}

/// The state after all of it.
///
/// # Errors
/// Where there is no such order: what nobody could explain.
pub fn explain(state: &State, journals: &[Vec<Entry>]) -> Result<State, String> {
    let erasures = journals.iter().flatten().filter(|entry| entry.call.mutation == "deletePatient");
    let erased = erasures.filter_map(|entry| key("Patient", entry.answer.at("/deletedId"))).collect();
    let (dead, furthest) = (HashSet::new(), (0, String::new()));
    let mut search = Search { journals, erased, by: GUESSES[0], dead, steps: 0, most: 0, furthest };
    let found = GUESSES.iter().find_map(|guess| {
        (search.by, search.most) = (*guess, search.steps + STEPS);
        search.go_on(state.clone(), &mut vec![0; journals.len()])
    });
    found.ok_or_else(|| {
        format!("after {} mutations, in {} steps:\n{}", search.furthest.0, search.steps, search.furthest.1)
    })
}

impl Search<'_> {
    fn go_on(&mut self, state: State, at: &mut Vec<usize>) -> Option<State> {
        let heads: Vec<(usize, &Entry)> =
            at.iter().enumerate().filter_map(|(client, at)| Some((client, self.journals[client].get(*at)?))).collect();
        let Some(first_end) = heads.iter().map(|(_, entry)| entry.ended).min() else { return Some(state) };
        let here = (at.clone(), state.digest());
        if self.dead.contains(&here) {
            return None;
        }
        let mut next: Vec<(usize, &Entry)> = heads.into_iter().filter(|(_, entry)| entry.began < first_end).collect();
        next.sort_by_key(|(_, entry)| (self.by)(entry));
        let mut possible = vec![];
        let mut reasons = String::new();
        for (client, entry) in next {
            self.steps += 1;
            match perform(&state, &entry.call, entry.now, &entry.answer, Some(&self.erased)) {
                // What changes nothing is best done with at once.
                Ok(after) if entry.answer.written().is_empty() => {
                    possible = vec![(client, after)];
                    break;
                }
                Ok(after) => possible.push((client, after)),
                Err(why) => {
                    let Entry { call, answer, .. } = entry;
                    reasons += &format!(
                        "client {client} {}: {}\n  {answer:?}\n  the model: {why}\n",
                        call.mutation, call.input
                    );
                }
            }
        }
        let done = at.iter().sum();
        if possible.is_empty() && done >= self.furthest.0 {
            self.furthest = (done, reasons);
        }
        for (client, after) in possible {
            at[client] += 1;
            let found = self.go_on(after, at);
            at[client] -= 1;
            if found.is_some() || self.steps > self.most {
                return found;
            }
        }
        self.dead.insert(here);
        None
    }
}
