"""CPython's own event loop in virtual time, with the three places made definite where CPython leaves an order open."""

import asyncio
import inspect
import itertools
import textwrap
from asyncio import base_events, events, runners, taskgroups, tasks


class Deadlock(Exception):
    """Nothing is ready and no timer is set: a real loop would sleep for ever."""


class OrderedSet(dict):
    """Stands in for `set` where asyncio iterates one: in insertion order, and not in the order of addresses."""

    def __init__(self, items=()):
        super().__init__((item, None) for item in items)

    def add(self, item):
        self[item] = None

    def remove(self, item):
        del self[item]

    def discard(self, item):
        self.pop(item, None)


class StableTimerHandle(events.TimerHandle):
    """CPython's heap leaves the order of timers of equal time open; here they run in the order they were made."""

    __slots__ = ("_number",)
    _numbers = itertools.count()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._number = next(StableTimerHandle._numbers)

    def __lt__(self, other):
        return (self._when, self._number) < (other._when, other._number)


class VirtualLoop(asyncio.BaseEventLoop):
    """`select` is where a loop waits, so that is where time jumps."""

    def __init__(self):
        super().__init__()
        self._selector = self
        self._clock_resolution = 1e-9
        self._now = 0
        # shutdown_asyncgens() goes through a WeakSet, whose order hangs on addresses. Strong references do no harm: a
        # program's generators live as long as the program.
        self._asyncgens = OrderedSet()
        # Every task ever made. It keeps them alive, so that nothing is reported at a garbage collection, and it has
        # the order for all_tasks().
        self.created = []
        # What a task that has outlived the shutdown does while the default executor is shut down (there is none, but
        # it takes two turns) is not compared.
        self.over = False

    def time(self):
        return self._now

    def select(self, timeout):
        if timeout is None:
            raise Deadlock
        self._now += timeout
        return ()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def create_task(self, coro, **kwargs):
        # An eager task makes others before this returns; it comes before them.
        position = len(self.created)
        task = super().create_task(coro, **kwargs)
        self.created.insert(position, task)
        return task

    async def shutdown_asyncgens(self):
        # Without the strong references, those that have ended would be gone by now.
        for generator in list(self._asyncgens):
            if generator.ag_frame is None:
                self._asyncgens.discard(generator)
        await super().shutdown_asyncgens()

    def shutdown_default_executor(self, timeout=None):
        self.over = True
        return super().shutdown_default_executor(timeout)


def _ordered_all_tasks(loop=None):
    """all_tasks() in the order of creation: that is the order in which the runner's shutdown cancels them."""
    loop = loop or events.get_running_loop()
    return OrderedSet(task for task in loop.created if not task.done())


def _replace_in_source(function, old, new):
    """A set *comprehension* has no name to replace, so the function is compiled again from its own source."""
    source = inspect.getsource(function)
    assert source.count(old) == 1, source
    namespace = {}
    exec(textwrap.dedent(source.replace(old, new)), function.__globals__, namespace)
    return namespace[function.__name__]


def install():
    tasks.set = OrderedSet
    taskgroups.set = OrderedSet
    iterator = tasks._AsCompletedIterator
    iterator.__init__ = _replace_in_source(
        iterator.__init__,
        "{ensure_future(aw, loop=loop) for aw in set(aws)}",
        "set(ensure_future(aw, loop=loop) for aw in set(aws))",
    )
    events.TimerHandle = StableTimerHandle
    runners.tasks.all_tasks = _ordered_all_tasks
    assert base_events.tasks is tasks
    # The accelerated classes are what users run: be sure that they are what is measured against.
    assert tasks.Task.__module__ == asyncio.Future.__module__ == "_asyncio"
    # Pyodide's own loop counts as running, and would forbid another.
    events._set_running_loop(None)
