//! Work in parallel, results in order.
//!
//! Every thread is the same: it takes the next result if one is ready, else it does the next
//! piece of work. So `threads` cores are used and no more, with one as with many, and nobody
//! waits while there is anything to do. At most a window of results is ever held.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::Result;

/// How many results may wait beside those that are worked on. Enough that a thread which closes a
/// part is not waited for at once; each result is about a megabyte.
const AHEAD: usize = 6;

/// Does pieces of work on `threads` threads and takes their results in order.
///
/// `feed` gives the pieces in order, `None` behind the last, and is called by one thread at a
/// time. `worker` makes what one thread works with. `take` is called by one thread at a time, and
/// may break off: no later result is taken then.
///
/// # Errors
/// The first error by order of the pieces, whatever order they were done in.
pub fn run<W, P, T: Send>(
    threads: usize,
    feed: impl FnMut() -> Result<Option<P>> + Send,
    worker: impl Fn() -> Result<W> + Sync,
    work: impl Fn(&mut W, P) -> Result<T> + Sync,
    take: impl FnMut(T) -> Result<ControlFlow<()>> + Send,
) -> Result<()> {
    let queue = Queue {
        window: threads + AHEAD,
        state: Mutex::new(State {
            front: 0,
            results: VecDeque::new(),
            is_taking: false,
            is_feeding: false,
            is_fed: false,
            is_over: false,
            error: None,
        }),
        changed: Condvar::new(),
        feed: Mutex::new(feed),
        take: Mutex::new(take),
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| queue.serve(&worker, &work));
        }
        queue.serve(&worker, &work);
    });
    let state = queue.state.into_inner();
    match state.unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Cuts pieces of these sizes into batches of about `bytes` and at most `most` pieces. Where they
/// are cut hangs on the sizes alone, so that batches are the same for any number of threads.
pub fn batches(sizes: impl IntoIterator<Item = u64>, bytes: u64, most: usize) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut batch = 0..0;
    let mut held = 0;
    for size in sizes {
        if !batch.is_empty() && (held + size > bytes || batch.len() == most) {
            batches.push(batch.clone());
            batch.start = batch.end;
            held = 0;
        }
        batch.end += 1;
        held += size;
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

struct Queue<T, N, F> {
    window: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
    feed: Mutex<N>,
    take: Mutex<F>,
}

struct State<T> {
    /// The number of the piece whose result is taken next.
    front: usize,
    /// The results from `front` on, as far as work was begun.
    results: VecDeque<Option<Result<T>>>,
    is_taking: bool,
    is_feeding: bool,
    /// Whether there is no further piece.
    is_fed: bool,
    is_over: bool,
    error: Option<anyhow::Error>,
}

impl<T, P, N, F> Queue<T, N, F>
where
    T: Send,
    N: FnMut() -> Result<Option<P>> + Send,
    F: FnMut(T) -> Result<ControlFlow<()>> + Send,
{
    /// What each thread does until all is done.
    fn serve<W>(
        &self,
        worker: &(impl Fn() -> Result<W> + Sync),
        work: &(impl Fn(&mut W, P) -> Result<T> + Sync),
    ) {
        let _ends = EndsOnPanic(self);
        let mut own = None;
        let mut state = lock(&self.state);
        while !state.is_over {
            let may_feed = !state.is_feeding && !state.is_fed && state.results.len() < self.window;
            if !state.is_taking && matches!(state.results.front(), Some(Some(_))) {
                state = self.take_one(state);
            } else if may_feed {
                let (again, piece) = self.feed_one(state);
                state = again;
                let Some(piece) = piece else {
                    continue;
                };
                let number = state.front + state.results.len() - 1;
                drop(state);
                let result = with_own(&mut own, worker, |own| work(own, piece));
                state = lock(&self.state);
                let place = number - state.front;
                state.results[place] = Some(result);
                self.changed.notify_all();
            } else {
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Gets the next piece and makes a place for its result, which is the last one then.
    fn feed_one<'s>(
        &'s self,
        mut state: MutexGuard<'s, State<T>>,
    ) -> (MutexGuard<'s, State<T>>, Option<P>) {
        state.is_feeding = true;
        drop(state);
        let fed = lock(&self.feed)();
        let mut state = lock(&self.state);
        state.is_feeding = false;
        let mut piece = None;
        match fed {
            Ok(None) => state.is_fed = true,
            Ok(next) => {
                state.results.push_back(None);
                piece = next;
            }
            // It is given in its turn, as any other.
            Err(error) => {
                state.results.push_back(Some(Err(error)));
                state.is_fed = true;
            }
        }
        state.is_over |= state.is_fed && state.results.is_empty();
        self.changed.notify_all();
        (state, piece)
    }

    /// Takes the first result. It keeps its place until then, so that `front` does not move.
    fn take_one<'s>(&'s self, mut state: MutexGuard<'s, State<T>>) -> MutexGuard<'s, State<T>> {
        let result = state.results.front_mut().and_then(Option::take);
        state.is_taking = true;
        drop(state);
        let taken = match result {
            Some(result) => result.and_then(|result| lock(&self.take)(result)),
            None => Ok(ControlFlow::Continue(())),
        };
        let mut state = lock(&self.state);
        state.results.pop_front();
        state.front += 1;
        state.is_taking = false;
        state.is_over |= state.is_fed && state.results.is_empty();
        match taken {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => state.is_over = true,
            Err(error) => {
                state.is_over = true;
                state.error = Some(error);
            }
        }
        self.changed.notify_all();
        state
    }
}

/// Ends the work of all threads when the one that holds it panics: nobody shall wait for a result
/// that will never come.
struct EndsOnPanic<'q, T, N, F>(&'q Queue<T, N, F>);

impl<T, N, F> Drop for EndsOnPanic<'_, T, N, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let error = anyhow::anyhow!("a thread of the program panicked");
            let mut state = lock(&self.0.state);
            state.error = Some(error);
            state.is_over = true;
            drop(state);
            self.0.changed.notify_all();
        }
    }
}

fn with_own<W, T>(
    own: &mut Option<W>,
    worker: &impl Fn() -> Result<W>,
    work: impl FnOnce(&mut W) -> Result<T>,
) -> Result<T> {
    match own {
        Some(own) => work(own),
        None => work(own.insert(worker()?)),
    }
}

/// A thread that panicked ends the run with its own message; what it held is as good as ever.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use anyhow::bail;

    use super::*;

    fn feed(mut pieces: Range<usize>) -> impl FnMut() -> Result<Option<usize>> {
        move || Ok(pieces.next())
    }

    fn check(threads: usize, count: usize) {
        let mut taken = Vec::new();
        run(
            threads,
            feed(0..count),
            || Ok(0),
            |_, piece| Ok(piece * 2),
            |result| {
                taken.push(result);
                Ok(ControlFlow::Continue(()))
            },
        )
        .unwrap();
        assert_eq!(taken, (0..count).map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        for threads in 1..5 {
            for count in [0, 1, 7, 100] {
                check(threads, count);
            }
        }
    }

    #[test]
    fn a_panic_ends_all_threads() {
        for threads in 1..4 {
            let ended = std::panic::catch_unwind(|| {
                run(
                    threads,
                    feed(0..100),
                    || Ok(()),
                    |(), piece| {
                        assert!(piece != 20, "as this test wants it");
                        Ok(())
                    },
                    |()| Ok(ControlFlow::Continue(())),
                )
            });
            assert!(ended.is_err());
        }
    }

    #[test]
    fn nothing_is_taken_after_a_break() {
        for threads in 1..5 {
            let mut taken = 0;
            let take = |piece| {
                taken += 1;
                Ok(match piece {
                    20.. => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                })
            };
            run(
                threads,
                feed(3..100),
                || Ok(()),
                |(), piece| Ok(piece),
                take,
            )
            .unwrap();
            assert_eq!(taken, 18);
        }
    }

    #[test]
    fn the_first_error_by_order_is_given() {
        for threads in 1..5 {
            let error = run(
                threads,
                feed(0..100),
                || Ok(()),
                |(), piece| match piece {
                    20.. => bail!("{piece}"),
                    _ => Ok(()),
                },
                |()| Ok(ControlFlow::Continue(())),
            );
            assert_eq!(error.unwrap_err().to_string(), "20");
        }
    }
}
