//! Who is in which cells: asked before a change begins, never while a connection is held (decisions B5).
//!
//! A job that depends on it runs twice. First on a snapshot without a lock, where nobody is in any cell and every question
//! is noted. Then the questions are asked. Then under the prison's lock; a question that has no answer now means that
//! the locations have changed meanwhile, and all begins again.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use super::{ServiceError, Services};
use crate::clients::{Prisoner, RemoteError};
use crate::domain::Refusal;
use crate::domain::tree::{Index, Tree};

/// How often a job begins again when other cells turn up than were asked about.
pub const ATTEMPTS: usize = 3;

/// Up to so many questions are asked one by one, as the live service does; more are put together in larger ones.
const ONE_BY_ONE: usize = 16;
/// Cells in one of the larger questions.
const CELLS_OF_A_QUESTION: usize = 200;
/// Questions that are under way at the same time.
const AT_ONCE: usize = 4;

/// The counted cells of one location.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    prison_id: String,
    /// Paths without the prison, sorted.
    cells: Vec<String>,
}

impl Question {
    fn about(tree: &Tree, i: Index) -> Self {
        let mut cells: Vec<String> = tree.counted_cells(i).into_iter().map(|c| tree.get(c).path.clone()).collect();
        cells.sort_unstable();
        Self { prison_id: tree.get(i).prison_id.clone(), cells }
    }
}

/// The paths of the cells in which prisoners were found, one for each prisoner; or why it is not known.
type Answered = Result<Vec<String>, RemoteError>;

/// Questions and answers of one job.
#[derive(Debug, Default)]
pub struct Prisoners {
    answers: BTreeMap<Question, Answered>,
    noted: BTreeSet<Question>,
    surveying: bool,
}

/// Why a job stopped.
#[derive(Debug)]
pub enum Halt {
    /// For good.
    Failed(ServiceError),
    /// Until a question that has come up is answered.
    Unanswered,
}

impl<E: Into<ServiceError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Prisoners {
    /// From now on every question is noted, and nobody is in any cell.
    pub fn survey(&mut self) {
        self.surveying = true;
    }

    /// Asks the questions that were noted and have no answer yet; from now on answers count. What goes wrong with a
    /// question concerns only the job that needs its answer.
    pub async fn ask(&mut self, services: &Services) {
        self.surveying = false;
        let open: Vec<Question> =
            std::mem::take(&mut self.noted).into_iter().filter(|q| !self.answers.contains_key(q)).collect();
        if open.len() > ONE_BY_ONE {
            self.ask_together(services, open).await;
            return;
        }
        let calls = open.into_iter().map(|question| async move {
            let found = call(services, &question.prison_id, &question.cells).await;
            (question, found.map(cells_of))
        });
        let answers: Vec<(Question, Answered)> = futures_util::stream::iter(calls).buffered(AT_ONCE).collect().await;
        self.answers.extend(answers);
    }

    /// Asks about the cells of many questions in few calls. If one of them fails, it is not known who is in any cell.
    async fn ask_together(&mut self, services: &Services, open: Vec<Question>) {
        let mut cells: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for question in &open {
            cells.entry(&question.prison_id).or_default().extend(question.cells.iter().map(String::as_str));
        }
        let mut batches: Vec<(&str, Vec<String>)> = Vec::new();
        for (prison_id, paths) in &cells {
            let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
            batches.extend(paths.chunks(CELLS_OF_A_QUESTION).map(|c| (*prison_id, c.to_vec())));
        }
        let calls = batches.iter().map(|(prison_id, cells)| async move {
            let found = call(services, prison_id, cells).await?;
            Ok::<_, RemoteError>((*prison_id, found))
        });
        let answers: Vec<Result<(&str, Vec<Prisoner>), RemoteError>> =
            futures_util::stream::iter(calls).buffered(AT_ONCE).collect().await;
        let mut occupied: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut failed = None;
        for answer in answers {
            match answer {
                Ok((prison_id, found)) => {
                    for cell in cells_of(found) {
                        *occupied.entry((prison_id.to_owned(), cell)).or_default() += 1;
                    }
                }
                Err(error) => failed = Some(error),
            }
        }
        if let (Some(error), Some(first)) = (failed, open.first()) {
            self.answers.insert(first.clone(), Err(error));
            return;
        }
        for question in open {
            let found = question.cells.iter().flat_map(|cell| {
                let key = (question.prison_id.clone(), cell.clone());
                let count = occupied.get(&key).copied().unwrap_or(0);
                std::iter::repeat_n(cell.clone(), count)
            });
            let found = found.collect();
            self.answers.insert(question, Ok(found));
        }
    }

    /// The cells of the prisoners at or below a location, one for each prisoner.
    ///
    /// # Errors
    /// Why it is not known.
    fn in_cells_of(&mut self, tree: &Tree, i: Index) -> Result<Vec<String>, Halt> {
        let question = Question::about(tree, i);
        if question.cells.is_empty() {
            return Ok(Vec::new());
        }
        if self.surveying {
            self.noted.insert(question);
            return Ok(Vec::new());
        }
        match self.answers.get(&question) {
            Some(Ok(found)) => return Ok(found.clone()),
            None => return Err(Halt::Unanswered),
            Some(Err(_)) => {}
        }
        match self.answers.remove(&question) {
            Some(Err(error)) => Err(error.into()),
            _ => Err(Halt::Unanswered),
        }
    }

    /// *NoPrisoners* (04 section 3.3).
    ///
    /// # Errors
    /// 109 when a prisoner is in a cell at or below the location.
    pub fn none_in(&mut self, tree: &Tree, i: Index) -> Result<(), Halt> {
        let cells: BTreeSet<String> = tree.counted_cells(i).into_iter().map(|c| tree.get(c).path.clone()).collect();
        let found: Vec<String> = self.in_cells_of(tree, i)?.into_iter().filter(|f| cells.contains(f)).collect();
        if found.is_empty() {
            return Ok(());
        }
        let occupied: BTreeSet<&String> = found.iter().collect();
        Err(Refusal::Occupied { locations: occupied.len(), prisoners: found.len() }.into())
    }

    /// *Occupancy* (04 section 3.3): how many prisoners Prisoner Search says there are.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn occupancy(&mut self, tree: &Tree, i: Index) -> Result<i32, Halt> {
        Ok(i32::try_from(self.in_cells_of(tree, i)?.len()).unwrap_or(i32::MAX))
    }
}

async fn call(services: &Services, prison_id: &str, cells: &[String]) -> Result<Vec<Prisoner>, RemoteError> {
    services.clients.prisoner_search.prisoners_in_cells(prison_id, cells).await
}

fn cells_of(prisoners: Vec<Prisoner>) -> Vec<String> {
    prisoners.into_iter().map(|p| p.cell_location.unwrap_or_default()).collect()
}

/// What came of one attempt of a job: its result, or none when it has to begin again.
pub fn settle<T>(attempt: Result<T, Halt>) -> Option<Result<T, ServiceError>> {
    match attempt {
        Ok(done) => Some(Ok(done)),
        Err(Halt::Failed(error)) => Some(Err(error)),
        Err(Halt::Unanswered) => None,
    }
}
