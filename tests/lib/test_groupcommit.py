"""Group commit: who comes while somebody works is worked for together, and gets what is its own."""

import threading

import pytest

from cam2bytes.lib.groupcommit import GroupCommit


class Work:
    """Doubles numbers; the first group waits until it is let go, so that others gather behind it."""

    def __init__(self):
        self.groups = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, numbers):
        self.groups.append(sorted(numbers))
        if len(self.groups) == 1:
            self.begun.set()
            self.go.wait(30)
        if "broken" in numbers:
            raise OSError("all of it")
        return [ValueError(number) if number < 0 else number * 2 for number in numbers]


def submitted(commit, wanted, outcomes):
    def submit():
        try:
            outcomes[wanted] = commit.submit(wanted)
        except Exception as error:
            outcomes[wanted] = error

    thread = threading.Thread(target=submit)
    thread.start()
    return thread


def gathered(most, first, others):
    """Outcomes and groups when `others` come while `first` is under way."""
    work, outcomes = Work(), {}
    commit = GroupCommit(work, most)
    threads = [submitted(commit, first, outcomes)]
    assert work.begun.wait(30)
    threads += [submitted(commit, wanted, outcomes) for wanted in others]
    while len(commit._waiting) < len(others):
        threads[0].join(0.01)
    work.go.set()
    for thread in threads:
        thread.join(30)
    return outcomes, work.groups


def test_one_alone_waits_for_nobody():
    work = Work()
    work.go.set()
    assert GroupCommit(work, 10).submit(4) == 8
    assert work.groups == [[4]]


def test_those_who_come_meanwhile_go_together():
    outcomes, groups = gathered(10, 1, [2, 3, 4])
    assert outcomes == {1: 2, 2: 4, 3: 6, 4: 8}
    assert groups == [[1], [2, 3, 4]]


def test_a_group_has_an_end():
    outcomes, groups = gathered(2, 1, [2, 3, 4])
    assert outcomes == {1: 2, 2: 4, 3: 6, 4: 8}
    assert sorted(map(len, groups)) == [1, 1, 2]


def test_what_one_did_wrong_is_its_own():
    outcomes, _ = gathered(10, 1, [2, -3])
    assert (outcomes[1], outcomes[2]) == (2, 4)
    assert isinstance(outcomes[-3], ValueError)


def test_what_fails_for_all_is_told_to_all_and_the_next_begin_anew():
    outcomes, _ = gathered(10, 1, ["broken", "b"])
    assert outcomes[1] == 2
    assert isinstance(outcomes["broken"], OSError) and outcomes["broken"] is outcomes["b"]


def test_no_lock_stays_behind_a_failure():
    work = Work()
    work.go.set()
    commit = GroupCommit(work, 10)
    with pytest.raises(OSError):
        commit.submit("broken")
    assert commit.submit(3) == 6


def test_many_at_once_all_get_their_own():
    groups, wrong = [], []

    def work(numbers):
        groups.append(len(numbers))
        return [number * 2 for number in numbers]

    commit = GroupCommit(work, 5)

    def submit_many(start):
        wrong.extend(number for number in range(start, start + 300) if commit.submit(number) != number * 2)

    threads = [threading.Thread(target=submit_many, args=(place * 1000,)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong and not any(thread.is_alive() for thread in threads)
    assert sum(groups) == 16 * 300 and max(groups) <= 5
