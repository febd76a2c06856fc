// SPDX-License-Identifier: MIT OR Apache-2.0
//! Jobs that become ready one by one, and those who take them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};

/// A known number of jobs; what became ready first is taken first.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    ready: VecDeque<T>,
    /// Those that nobody has taken yet, ready or not.
    left: usize,
    /// Those that are taken and not yet done.
    running: usize,
}

impl<T> Queue<T> {
    /// A queue that so many jobs will be put into.
    pub(super) fn new(jobs: usize) -> Self {
        let state = State { ready: VecDeque::new(), left: jobs, running: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A job is ready.
    pub(super) fn push(&self, job: T) {
        self.change(|state| state.ready.push_back(job));
    }

    /// Jobs are ready, and come before all others.
    pub(super) fn push_in_front(&self, jobs: impl DoubleEndedIterator<Item = T>) {
        self.change(|state| jobs.rev().for_each(|job| state.ready.push_front(job)));
    }

    /// So many jobs will never be put in.
    pub(super) fn cancel(&self, jobs: usize) {
        self.change(|state| state.left = state.left.saturating_sub(jobs));
    }

    /// Nothing more is handed out.
    pub(super) fn close(&self) {
        self.change(|state| {
            state.ready.clear();
            state.left = 0;
        });
    }

    /// Waits for the next job; none when all are taken. With it comes the number of jobs that are not done yet, itself included.
    pub(super) fn next(&self) -> Option<(T, usize)> {
        let is_early = |state: &mut State<T>| state.ready.is_empty() && state.left > 0;
        let waited = self.changed.wait_while(self.state(), is_early);
        let mut state = waited.expect("no thread panics while it holds the queue");
        let job = state.ready.pop_front()?;
        let unfinished = state.left + state.running;
        state.left -= 1;
        state.running += 1;
        drop(state);
        // The others wait for the last one no longer.
        self.changed.notify_all();
        Some((job, unfinished))
    }

    /// A job that was taken is done.
    pub(super) fn done(&self) {
        self.change(|state| state.running -= 1);
    }

    /// Closes the queue when the thread that holds this panics: the others would wait for ever for what it does no more.
    pub(super) fn guard(&self) -> Guard<'_, T> {
        Guard(self)
    }

    fn change(&self, change: impl FnOnce(&mut State<T>)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().expect("no thread panics while it holds the queue")
    }
}

/// See [`Queue::guard`].
#[derive(Debug)]
pub(super) struct Guard<'a, T>(&'a Queue<T>);

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let queue = Queue::new(5);
        queue.push("a");
        queue.push("b");
        assert_eq!(queue.next(), Some(("a", 5)));
        queue.push_in_front(["a2", "a3"].into_iter());
        assert_eq!(queue.next(), Some(("a2", 5)));
        queue.done();
        assert_eq!(queue.next(), Some(("a3", 4)));
        assert_eq!(queue.next(), Some(("b", 4)));
        queue.cancel(1);
        assert_eq!(queue.next(), None);
    }

    /// Whoever waits gets what comes later, and is sent home when nothing can come.
    #[test]
    fn waiting() {
        let queue = Queue::new(40);
        let take = || {
            let mut taken = Vec::new();
            while let Some((job, _)) = queue.next() {
                taken.push(job);
                queue.done();
            }
            taken
        };
        let mut taken = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..3).map(|_| scope.spawn(take)).collect();
            for job in 0..30 {
                queue.push(job);
            }
            queue.cancel(10);
            takers.into_iter().flat_map(|taker| taker.join().expect("no panic")).collect::<Vec<_>>()
        });
        taken.sort_unstable();
        assert_eq!(taken, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_closes_it() {
        let queue = Queue::<()>::new(1);
        std::thread::scope(|scope| {
            let died = scope.spawn(|| {
                let _guard = queue.guard();
                std::panic::panic_any("on purpose");
            });
            assert!(died.join().is_err());
            assert_eq!(queue.next(), None);
        });
    }
}
