//! Who is in which cells: asked before a change begins, never while a connection is held (decisions B5).
//!
//! A job that depends on it runs twice. First on a snapshot without a lock, where nobody is in any cell and every question
//! is noted. Then the questions are asked. Then under the prison's lock; a question that has no answer now means that
//! the locations have changed meanwhile, and all begins again.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{ServiceError, Services};
use crate::clients::RemoteError;
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
        for questions in open.chunks(AT_ONCE) {
            let calls: Vec<_> =
                questions.iter().map(|q| call(services, q.prison_id.clone(), q.cells.clone())).collect();
            let answers = join_all(calls).await;
            self.answers.extend(questions.iter().cloned().zip(answers));
        }
    }

    /// Asks about the cells of many questions in few calls. If one of them fails, it is not known who is in any cell.
    async fn ask_together(&mut self, services: &Services, open: Vec<Question>) {
        let mut cells: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for question in &open {
            cells.entry(&question.prison_id).or_default().extend(question.cells.iter().map(String::as_str));
        }
        let mut batches: Vec<(String, Vec<String>)> = Vec::new();
        for (prison_id, paths) in cells {
            let paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
            batches.extend(paths.chunks(CELLS_OF_A_QUESTION).map(|c| (prison_id.to_owned(), c.to_vec())));
        }
        let mut occupied: BTreeMap<(String, String), usize> = BTreeMap::new();
        for batches in batches.chunks(AT_ONCE) {
            let calls: Vec<_> = batches.iter().map(|(p, cells)| call(services, p.clone(), cells.clone())).collect();
            for ((prison_id, _), answer) in batches.iter().zip(join_all(calls).await) {
                match answer {
                    Ok(found) => {
                        for cell in found {
                            *occupied.entry((prison_id.clone(), cell)).or_default() += 1;
                        }
                    }
                    Err(error) => {
                        self.answers.extend(open.first().cloned().map(|first| (first, Err(error))));
                        return;
                    }
                }
            }
        }
        for question in open {
            let found = question.cells.iter().flat_map(|cell| {
                let count = occupied.get(&(question.prison_id.clone(), cell.clone())).copied().unwrap_or(0);
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

async fn call(services: &Services, prison_id: String, cells: Vec<String>) -> Answered {
    let found = services.clients.prisoner_search.prisoners_in_cells(&prison_id, &cells).await?;
    Ok(found.into_iter().map(|p| p.cell_location.unwrap_or_default()).collect())
}

/// What came of one attempt of a job: its result, or none when it has to begin again.
pub fn settle<T>(attempt: Result<T, Halt>) -> Option<Result<T, ServiceError>> {
    match attempt {
        Ok(done) => Some(Ok(done)),
        Err(Halt::Failed(error)) => Some(Err(error)),
        Err(Halt::Unanswered) => None,
    }
}
