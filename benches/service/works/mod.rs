//! What is measured: the requests, the number of connections, the live service's figures (of 24 November 2026, on the same kind of
//! machine) and the floor of each work.

mod bulk;
mod certificates;
mod reads;
mod sync;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use uuid::Uuid;

use crate::client::Requests;
use crate::estate::Estate;
use crate::load::scatter;

pub use certificates::prepare as prepare_certificates;
pub use sync::{Answers, UPDATED, UPDATED_AT_A_PACE};

/// Told of each answer: the operation, the body, and when it came.
pub type Observer = Box<dyn Fn(&Operation, &[u8], Instant) + Send + Sync>;

/// A kind of request, many times.
pub struct Work {
    /// What it is, as the tables have it.
    pub name: &'static str,
    /// How many connections there are.
    pub connections: usize,
    /// Operations a second, instead of as many as possible.
    pub pace: Option<f64>,
    /// What the live service reaches.
    pub live: Option<Live>,
    /// The same by pgbench.
    pub floor: Option<Floor>,
    /// Whether operations have something to undo.
    pub has_undo: bool,
    /// The operation of this number; none when there is nothing more to do.
    pub operation: Box<dyn Fn(u64) -> Option<Operation> + Send + Sync>,
    /// Whether a good status has a good body too.
    pub is_well: fn(&[u8]) -> bool,
    /// Is told of each good answer.
    pub observe: Observer,
}

/// One request.
pub struct Operation {
    /// What is sent.
    pub request: Vec<u8>,
    /// The location that it is about, where it matters.
    pub subject: Option<Uuid>,
    /// What is sent afterwards, outside of the measurement.
    pub undo: Option<Vec<u8>>,
}

impl From<Vec<u8>> for Operation {
    fn from(request: Vec<u8>) -> Self {
        Self { request, subject: None, undo: None }
    }
}

/// Figures of the live service.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// Requests a second.
    pub per_second: f64,
    /// Half of the requests are answered within so many milliseconds.
    pub p50: f64,
    /// 99 of 100 are.
    pub p99: f64,
}

const fn live(per_second: f64, p50: f64, p99: f64) -> Option<Live> {
    Some(Live { per_second, p50, p99 })
}

/// A script of `benches/floor/`, and what it is about: values of its variables, one set for each copy of the script. pgbench takes
/// one of the copies at random for each transaction.
#[derive(Clone, Debug)]
pub struct Floor {
    /// Name of the file, without `.sql`.
    pub script: &'static str,
    /// The sets of values.
    pub targets: Vec<Vec<(&'static str, String)>>,
    /// How many requests a transaction of the script stands for.
    pub requests: f64,
}

/// pgbench takes 128 scripts at most.
const MOST_TARGETS: usize = 100;

impl Work {
    fn new(
        name: &'static str,
        connections: usize,
        operation: impl Fn(u64) -> Option<Operation> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            connections,
            pace: None,
            live: None,
            floor: None,
            has_undo: false,
            operation: Box::new(operation),
            is_well: |_| true,
            observe: Box::new(|_, _, _| {}),
        }
    }

    /// The work of sending one of these requests at random, again and again.
    fn any_of(name: &'static str, connections: usize, requests: Vec<Vec<u8>>) -> Self {
        Self::new(name, connections, move |number| any(&requests, number).cloned().map(Operation::from))
    }

    fn live(self, live: Option<Live>) -> Self {
        Self { live, ..self }
    }

    fn floor(self, script: &'static str, targets: impl IntoIterator<Item = Vec<(&'static str, String)>>) -> Self {
        let targets = targets.into_iter().take(MOST_TARGETS).collect();
        Self { floor: Some(Floor { script, targets, requests: 1.0 }), ..self }
    }
}

/// One of these, which looks like chance.
fn any<T>(all: &[T], number: u64) -> Option<&T> {
    let place = scatter(number).checked_rem(all.len() as u64)?;
    all.get(usize::try_from(place).ok()?)
}

/// So many of these, spread over all.
fn some<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / MOST_TARGETS).max(1))
}

/// What the works have in common.
pub struct Material {
    /// The locations.
    pub estate: Estate,
    /// How requests are made.
    pub requests: Requests,
    /// When which location's update was answered.
    pub answers: Answers,
    /// Locations made by the work that creates, for the one that deletes.
    pub created: Arc<Mutex<Vec<Uuid>>>,
}

/// All works in the order in which they are measured: reads find the estate as it was migrated, and a prison has certificates only
/// at the end, for they make its other changes dearer.
pub fn all(material: &Material) -> Vec<Work> {
    let mut works = reads::works(material);
    works.extend(sync::works(material));
    works.extend(bulk::works(material));
    works.extend(certificates::works(material));
    works
}
